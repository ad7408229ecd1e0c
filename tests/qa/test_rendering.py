"""Answer -> JSON, terminal, Markdown."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index import Facet
from qa.rendering import FOLD, escape_markdown, to_json, to_markdown, to_terminal, visible
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


def test_terminal_shows_masks_as_they_stand_and_marks_in_bold() -> None:
    assert "  [1] 要建设**镇高标准农田**万亩" in to_terminal(answer(point()))
    assert "要\x1b[1m建设\x1b[0m**镇" in to_terminal(answer(point()), color=True)


def test_a_long_list_folds_and_says_so() -> None:
    points = [point(start=100 * n) for n in range(FOLD + 3)]
    folded = to_terminal(answer(*points, total=len(points)))
    assert f"全文共 {FOLD + 3} 处" in folded
    assert "还有 3 处，加 --all 全部显示" in folded
    whole = to_terminal(answer(*points, total=len(points)), full=True)
    assert f"[{FOLD + 3}]" in whole
    assert "还有" not in whole


def test_the_path_is_shown_where_it_changes() -> None:
    text = to_terminal(answer(point(), point(start=50), point(start=90, path=("第二，抓项目",))))
    assert text.count("◆") == 2


def test_not_found_offers_the_nearest_places() -> None:
    text = to_terminal(answer(status=Status.NOT_FOUND, note="原文未提及。"))
    assert text.startswith("原文未提及。")
    assert "最接近的地方" in text


def test_the_resolved_question_is_shown() -> None:
    assert to_terminal(replace(answer(point()), standalone="农业有哪些要求")).startswith(
        "理解为：农业有哪些要求"
    )


@given(st.text())
def test_nothing_a_terminal_obeys_gets_through(text: str) -> None:
    shown = visible(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E for c in shown)
    shown.encode()


def test_markdown_escapes_what_it_would_interpret() -> None:
    text = to_markdown(answer(point("增长**%、*亿元 [链接](x) # $a$ <b> ~~x~~ `c`")))
    assert r"增长\*\*%、\*亿元 \[链接\]\(x\) \# \$a\$ \<b\> \~\~x\~\~ \`c\`" in text
    assert escape_markdown("_a_") == r"\_a\_"
