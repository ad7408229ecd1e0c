"""The page's shell: Streamlit's index.html in our language, with something to read while the rest is on its way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from index import IndexedDocument
from qa.rendering import shortened, visible
from qa.web.scripts import lighter_css, page_address, read, root_style

TITLES = 3  # documents that are named; one more is, too
PARTS = 12  # headings of the first one
_PRELOADED_FONT = re.compile(r'\s*<link\s+rel="preload"[^>]*as="font"[^>]*>', re.S)
_STYLESHEET = re.compile(r'\s*<link rel="stylesheet"[^>]*>')


def shell(index: str, name: str, language: str = "zh-CN") -> str:
    """Return Streamlit's index.html with our language and title and our front page in it.

    Its pointer to a closed path goes, and a font that is not used; its style sheet, which would keep everything
    from being painted, comes after the front page.
    """
    html = re.sub(r'<html lang="[^"]*">', f'<html lang="{language}">', index, count=1)
    html = re.sub(r"<title>[^<]*</title>", f"<title>{name}</title>", html, count=1)
    html = re.sub(
        r"<noscript>.*?</noscript>", "<noscript>这个网页要用 JavaScript。</noscript>", html, flags=re.S
    )
    html = re.sub(r'\s*<link rel="service-desc"[^>]*>', "", html)
    html = re.sub(r"^\s*<!--.*?-->\s*", "", html, count=1, flags=re.S)  # the licence, told in the notices
    html = _PRELOADED_FONT.sub("", html)
    sheets = "".join(_STYLESHEET.findall(html))
    style = f"<style>{root_style()}{lighter_css(read('front.css'))}</style>"
    script = "\n".join(line.strip() for line in read("front.js").splitlines() if not line.startswith("/*"))
    front = f"{style}{read('front.html')}<script>{script}</script>"
    preload = f'<link rel="modulepreload" href="./{page_address()}">'
    html = _STYLESHEET.sub("", html).replace("</head>", f"{preload}</head>", 1)
    return html.replace('<div id="root"></div>', f'{front}{sheets}<div id="root"></div>', 1)


def documents_html(documents: Sequence[IndexedDocument]) -> str:
    """Return the first documents' titles and sizes, and the headings of the first, as HTML."""
    lines = []
    shown = documents[: TITLES + (len(documents) == TITLES + 1)]
    for number, one in enumerate(shown):
        title, size = escape(visible(one.document.title)), f"{len(one.document.text):,} 字"
        lines.append(f"<h2>《{title}》 <small>{size}</small></h2>")
        parts = [section for section in one.sections if section.parent is None] if number == 0 else []
        if parts:
            items = (
                f"<li>{escape(visible(shortened(one.title_of(s.index), 40)))}</li>" for s in parts[:PARTS]
            )
            lines.append(f"<ol>{''.join(items)}</ol>")
    more = len(documents) - len(shown)
    return "".join(lines) + (f"<p>另有 {more} 篇。</p>" if more > 0 else "")


def front_page(index: str, name: str, documents: Sequence[IndexedDocument]) -> str:
    """Return the whole shell with the documents' names. Raises SpeechIndexError where a document cannot be read."""
    return shell(index, name).replace("<!--documents-->", documents_html(documents), 1)
