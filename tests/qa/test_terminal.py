"""Answer and digest -> terminal text."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index import Snapshot
from qa import Engine
from qa.digest import digest_of
from qa.fitting import SCREEN
from qa.notes import MASKED
from qa.rendering import visible
from qa.terminal import FOLD, NEAR, digest_text, hung, to_terminal, width_of
from qa.types import Status
from tests.qa.test_rendering import answer, point


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
    one_more = to_terminal(answer(*points[: FOLD + 1], total=FOLD + 1))
    assert (
        f"[{FOLD + 1}]" in one_more and "还有" not in one_more
    )  # a line that says so would take no less room


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


def test_not_found_is_short() -> None:
    long = replace(point("远" * 300 + "要建设的事" + "近" * 300), marks=((301, 304),), score=0.5)
    found = replace(answer(status=Status.NOT_FOUND, note="原文未提及。"), passages=(long,) * 5)
    lines = to_terminal(found, color=True).splitlines()
    assert len(lines) == 5  # the reason, the words above, three places
    assert all("\x1b[1m建设的\x1b[0m" in line for line in lines[2:])
    assert all(len(visible(line)) < NEAR + 60 for line in lines[2:])


def test_the_badge_stands_with_its_reason() -> None:
    assert "〔把握较大〕" in to_terminal(answer(point()))
    assert "〔把握不大〕" in to_terminal(replace(answer(point()), confidence=0.4))


def test_what_stars_stand_for_is_said_once() -> None:
    noted = answer(point(), note=MASKED)
    assert MASKED in to_terminal(noted)
    assert MASKED not in to_terminal(noted, masked=True)
    planned = replace(noted, note="文中这里说的是目标。")
    assert "文中这里说的是目标。" in to_terminal(planned, masked=True)


def test_lines_hang_under_the_quotation() -> None:
    lines = to_terminal(answer(point("粮食安全，" * 30)), columns=60).splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("  [1] "))
    assert lines[first + 1].startswith("      粮食") or lines[first + 1].startswith("      安全")
    assert all(width_of(line) <= 62 for line in lines)  # a mark may stand out by its width
    assert not any(line.lstrip().startswith("，") for line in lines)


@given(st.text(alphabet="要建设，。”(ab 1x", max_size=200), st.integers(30, 120))
def test_wrapping_loses_nothing(text: str, columns: int) -> None:
    wrapped = hung(text, "[1] ", columns)
    assert "".join(wrapped.split()) == "".join(f"[1] {text}".split())
    assert hung(text, "[1] ", None) == f"[1] {text}"


@given(st.text(alphabet="要建设ab1x", max_size=300), st.integers(30, 60))
def test_no_line_is_wider_than_the_terminal(text: str, columns: int) -> None:
    for given_ in (text, "建" * 15 + "，" + "x" * 100 + text):
        assert all(width_of(line) <= columns + 2 for line in hung(given_, "[1] ", columns).splitlines())


def test_a_digest_fits_a_screen(snapshot: Snapshot) -> None:
    text = digest_text(digest_of(snapshot), 80)
    assert len(text.splitlines()) <= SCREEN
    assert text.startswith(f"《{snapshot.documents[0].document.title}》\n全文分 5 个部分")
    assert "没有列出" in text
    assert all(width_of(line) <= 82 for line in text.splitlines())


def test_a_chain_of_follow_ups_names_what_stands_alone(engine: Engine) -> None:
    asked = ["口岸有哪些成绩", "粮食呢", "教育呢", "为什么"]
    said = [engine.ask(q, history=asked[:n]).standalone for n, q in enumerate(asked)]
    assert said[1] == "粮食呢？（承接：口岸有哪些成绩）"
    assert said[2] == "教育呢？（承接：口岸有哪些成绩）"
    assert said[3] == "为什么？（承接：口岸有哪些成绩；教育呢）"
