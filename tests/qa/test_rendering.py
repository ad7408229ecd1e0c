"""Answer -> JSON, Markdown."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index import Facet
from qa.rendering import escape_markdown, to_json, to_markdown, visible
from qa.types import Answer, DocumentRef, Kind, Point, Status


def point(
    text: str = "要建设**镇高标准农田**万亩", start: int = 0, path: tuple[str, ...] = ("第一，抓粮食",)
) -> Point:
    return Point(
        text, start, start + len(text), ((start + 1, start + 3),), DocumentRef("d", "意见"), 0, path, 2, 1, Facet.REQUIREMENT, "《意见》第一部分第2段"
    )  # fmt: skip


def answer(
    *points: Point, status: Status = Status.ANSWERED, note: str | None = None, total: int | None = None
) -> Answer:
    nearest = (replace(point(), score=0.5),)
    return Answer("i", "s", "问", "问", status, None, note, Kind.LIST, None, 0.9, points, nearest, total)


def test_json_shape() -> None:
    shape = to_json(answer(point()))
    assert shape["points"][0] == {
        "text": "要建设**镇高标准农田**万亩", "start": 0, "end": 15, "marks": [[1, 3]],
        "document": {"id": "d", "title": "意见"}, "section": 0, "path": ["第一，抓粮食"], "page": None, "scan": None,
        "paragraph": 2, "sentence": 1, "facet": "requirement", "citation": "《意见》第一部分第2段",
    }  # fmt: skip
    assert shape["passages"][0]["score"] == 0.5
    assert "score" not in shape["points"][0]


@given(st.text())
def test_nothing_a_terminal_obeys_gets_through(text: str) -> None:
    shown = visible(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E for c in shown)
    shown.encode()


def test_markdown_escapes_what_it_would_interpret() -> None:
    text = to_markdown(answer(point("增长**%、*亿元 [链接](x) # $a$ <b> ~~x~~ `c`")))
    assert r"增长\*\*%、\*亿元 \[链接\]\(x\) \# \$a\$ \<b\> \~\~x\~\~ \`c\`" in text
    assert escape_markdown("_a_") == r"\_a\_"
