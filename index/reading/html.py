"""Stray HTML: tags, comments and entities left out, block tags as line ends, headings remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from index.reading.trace import Edit, Trace

_BLOCK = frozenset(
    [
        "p",
        "br",
        "div",
        "tr",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "table",
        "tbody",
        "thead",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "header",
        "footer",
        "nav",
        "blockquote",
        "pre",
        "center",
        "form",
        "title",
        "body",
        "html",
        "head",
        "caption",
    ]
)
_INLINE = frozenset(
    [
        "span",
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "del",
        "ins",
        "font",
        "img",
        "input",
        "button",
        "label",
        "sup",
        "sub",
        "small",
        "big",
        "td",
        "th",
        "col",
        "colgroup",
        "tfoot",
        "script",
        "style",
        "meta",
        "link",
        "iframe",
        "strike",
        "mark",
        "code",
        "kbd",
        "o:p",
        "w:sdt",
        "st1:chsdate",
        "abbr",
        "cite",
        "q",
        "main",
        "figure",
        "figcaption",
        "video",
        "audio",
        "source",
        "object",
        "param",
        "embed",
        "select",
        "option",
        "textarea",
        "noscript",
        "base",
    ]
)
_TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9:]{0,15})((?:[\s/][^<>]{0,4000})?)>|<!(?:DOCTYPE|doctype)[^<>]{0,300}>|<\?xml[^<>]{0,300}>"
)
_OPENING = re.compile(r"<!--|<[/!?]?[A-Za-z]")
_OPENING_OR_LINE = re.compile(r"<!--|<[/!?]?[A-Za-z]|\n")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ENTITY = re.compile(r"&(?:amp;)?(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_NOTE = re.compile(r"[\[［〔]?\d{1,3}[\]］〕]?")

Headings = list[tuple[int, int]]  # place in the source, level


def leave_out_html(trace: Trace) -> tuple[Trace, Headings]:
    """Return `trace` without HTML, and where its headings begin.

    Where the tags break the lines, a line end in the source is a blank, as a browser takes it.
    """
    text = trace.text
    headings: Headings = []
    if "<" in text:
        breaks = sum(1 for m in _TAG.finditer(text) if (m[2] or "").lower() in ("p", "br", "tr", "li", "div"))
        reflows = breaks >= 4 and breaks > 2 * text.count("\n")
        trace = trace.edited(_untagged(trace, headings, reflows))
    if "&" in trace.text:
        trace = trace.edited(_plain(trace.text))
    return trace, headings


def _untagged(trace: Trace, headings: Headings, reflows: bool) -> Iterator[Edit]:
    text, at, in_cell = trace.text, 0, False
    endless: set[str] = set()  # what is known not to end any more: it is looked for once
    pattern = _OPENING_OR_LINE if reflows else _OPENING
    while found := pattern.search(text, at):
        start, at = found.start(), found.end()
        if found[0] == "\n":
            yield start, at, " "
        elif found[0] == "<!--":
            if (end := _find(text, "-->", at, endless)) > 0:
                yield start, (at := end + 3), ""
        elif (tag := _TAG.match(text, start)) and _is_known(tag[2]):
            name, closes, at = (tag[2] or "").lower(), bool(tag[1]), tag.end()
            in_cell = (name in ("td", "th") and not closes) or (
                in_cell and name not in ("td", "th", "tr", "table")
            )
            if name in _HEADINGS and not closes:
                headings.append((int(trace.ends[at - 1]), _HEADINGS[name]))
            if not closes and name in ("script", "style", "sup"):
                end = _find(text, f"</{tag[2]}", at, endless)
                if end > 0 and (name != "sup" or _NOTE.fullmatch(text, at, end)):
                    at = end
            yield start, at, _replacement(name, closes, in_cell)


def _find(text: str, what: str, at: int, endless: set[str]) -> int:
    end = -1 if what in endless else text.find(what, at)
    if end < 0:
        endless.add(what)
    return end


def _is_known(name: str | None) -> bool:
    return name is None or name.lower() in _BLOCK or name.lower() in _INLINE


def _replacement(name: str, closes: bool, in_cell: bool) -> str:
    """Return what takes the place of a tag: a line end, a cell's end, a blank or nothing."""
    if name in ("td", "th"):
        return "\t" if closes else ""
    if name not in _BLOCK:
        return ""
    return " " if in_cell else "\n"


def _plain(text: str) -> Iterator[Edit]:
    """Yield each entity's character; one that stands for none or for several stays as it is."""
    for match in _ENTITY.finditer(text):
        character = unescape(f"&{match[1]};")
        if len(character) == 1:
            yield match.start(), match.end(), character
