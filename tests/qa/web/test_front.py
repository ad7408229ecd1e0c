"""The shell: something to read before Streamlit is there, and nothing of a document taken for HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import streamlit

from index import FAST, Snapshot, build_index, load_encoder, read_text
from qa.web.front import TITLES, documents_html, front_page, shell
from qa.web.middleware import Shell, page_policy
from qa.web.responses import _page
from qa.web.scripts import lighter_css, page_address, page_script, tokens, widget_script
from tests.qa.web.test_packing import nobody

INDEX = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def test_the_front_page_comes_before_what_keeps_it_from_being_painted() -> None:
    html = shell(INDEX, "讲话问答")
    assert html.startswith("<!DOCTYPE html>") and '<html lang="zh-CN">' in html
    front = html.index('id="speechqa-front"')
    assert (
        html.index("<title>讲话问答</title>")
        < front
        < html.index('rel="stylesheet"')
        < html.index('id="root"')
    )
    assert html.count('rel="stylesheet"') == INDEX.count('rel="stylesheet"')
    assert html.count("modulepreload") == INDEX.count("modulepreload") + 1
    assert page_address() in html and "service-desc" not in html and 'as="font"' not in html


def test_its_script_is_allowed_by_its_policy() -> None:
    policy = page_policy(shell(INDEX, "讲话问答"), [])
    inline = [
        t for t in re.findall(r"<script(?: [^>]*)?>(.*?)</script>", shell(INDEX, "x"), re.S) if t.strip()
    ]
    assert len(inline) == 2 and policy.count("'sha256-") == 2
    assert "unsafe-eval" not in policy and "script-src 'self' blob:" in policy


def test_documents_are_named_and_inert(snapshot: Snapshot) -> None:
    named = documents_html(snapshot.documents)
    assert "《在县委全会上的讲话》" in named and "第一，牢记领袖嘱托" in named
    hostile = "<script>alert(1)</script>**x**"
    text = "第一，抓好<img src=x onerror=alert(1)>粮食。\n\n第二，抓好农业。\n"
    many = build_index(
        [read_text(f"{text}第{n}篇。", title=f"{hostile}{n}") for n in range(TITLES + 2)],
        encoder=load_encoder(FAST),
    ).documents
    tags = Tags()
    tags.feed(documents_html(many))
    assert set(tags.found) <= {"h2", "small", "ol", "li", "p"}
    assert "另有 2 篇" in documents_html(many)
    assert documents_html(many[: TITLES + 1]).count("<h2>") == TITLES + 1
    assert "<!--documents-->" not in front_page(INDEX, "x", many)


def test_it_names_the_documents_that_there_are_now() -> None:
    """Of a library that has changed, the front page names no document that is gone."""
    encoder = load_encoder(FAST)
    old, new = (build_index([read_text("抓好农业。\n", title=t)], encoder=encoder) for t in ("旧稿", "新稿"))
    there = [(old.id, old.documents)]
    front = Shell(nobody, INDEX, "x", [], lambda: there[-1])
    before = front._front()
    assert "《旧稿》" in before.body.decode() and front._front() is before  # made once
    there.append((new.id, new.documents))
    now = front._front().body.decode()
    assert "《新稿》" in now and "旧稿" not in now
    there.append(("nothing", ()))
    assert "《" not in front._front().body.decode()


def test_one_set_of_tokens() -> None:
    """Page, widget, shell and error pages show the same colours, from one file."""
    light = dict(re.findall(r"(--sq-[\w-]+): ?([^;]+)", tokens("light")))
    dark = dict(re.findall(r"(--sq-[\w-]+): ?([^;]+)", tokens("dark")))
    assert light.keys() == dark.keys() and len(light) > 12
    page = _page("/nothing/at/all", 404, "没有。").decode()
    for text in (shell(INDEX, "x"), page, page_script(), widget_script()):
        for colour in (light["--sq-accent"], dark["--sq-accent"], light["--sq-link"], dark["--sq-page"]):
            assert colour in text
    for sheet in ("answer", "reader", "widget", "history", "front", "base"):
        used = (Path(__file__).parents[3] / "qa" / "web" / f"{sheet}.css").read_text("utf-8")
        assert not re.findall(r"#[0-9a-f]{3,8}\b(?<!#0004)(?<!#0005)", used), (
            sheet
        )  # only shadows have their own


# Not ours: what Streamlit draws, before the tokens may be there, and somebody else's portal.
FOREIGN = {"streamlit", "demo"}
WEB = Path(__file__).parents[3] / "qa" / "web"


def test_type_and_spacing_are_the_tokens() -> None:
    """Sizes of type and what stands between things come from tokens.css; more than 2rem is a layout of its own."""
    sheets = [one for one in WEB.glob("*.css") if one.stem not in FOREIGN | {"tokens"}]
    used = {}
    for sheet in sheets:
        text = sheet.read_text("utf-8")
        assert len(text.splitlines()) <= 300, sheet.name
        for size in re.findall(r"\bfont(?:-size)?: ?([^;]*)", text):
            used[f"{sheet.name}: font {size}"] = re.findall(r"(?<!-)\b(?!1rem)\d*\.?\d+rem", size)
        for name, space in re.findall(r"\b((?:padding|margin|gap)[\w-]*): ?([^;]*)", text):
            own = re.findall(r"(\d*\.?\d+)rem", space)
            used[f"{sheet.name}: {name} {space}"] = [size for size in own if float(size) <= 2]
    assert len(used) > 100
    used.pop("reader.css: font var(--sq-reading, 1.125rem)")  # which the reader chooses
    assert {where: sizes for where, sizes in used.items() if sizes} == {}


def test_an_unknown_address_has_a_page() -> None:
    page = _page("/a/b/<script>\x07", 404, "这里没有这个地址。").decode()
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.found and "\x07" not in page
    assert "404" in page and 'href="../../"' in page and "这里没有这个地址" in page
    assert len(_page("/" + "x" * 5000, 404, "没有。")) < 4500


def test_style_sheets_get_lighter_and_stay_the_same() -> None:
    assert lighter_css("/* x */\na ,\nb {\n  color: red;\n}\n") == "a , b{color: red;}"
