"""Sentences: they end at 。！？；, stay inside one line and one section, and cover all text."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index.reading import View, read_view
from index.structure.sentences import deepest_section, split_sentences
from index.types import Section


def view(text: str, has_lines: bool = True) -> View:
    return replace(read_view(text), has_lines=has_lines)


def split(text: str, sections: tuple[Section, ...] = (), has_lines: bool = True) -> list[str]:
    return [text[s.start : s.end] for s in split_sentences(view(text, has_lines), sections)]


def section(index: int, parent: int | None, start: int, end: int) -> Section:
    return Section(index, parent, 1 if parent is None else 2, start, start + 1, end, "", None)


def test_ends_with_closing_quotes() -> None:
    assert split("要抓好“三农”。他说：“好！”大家鼓掌；散会？") == [
        "要抓好“三农”。",
        "他说：“好！”",
        "大家鼓掌；",
        "散会？",
    ]


def test_a_quoted_sentence_that_goes_on_is_not_cut() -> None:
    assert split("弘扬“吃苦耐劳。”，再接再厉。") == ["弘扬“吃苦耐劳。”，再接再厉。"]


def test_numbers_and_decimals_do_not_end_a_sentence() -> None:
    assert split("增长4.7%，达到2.67万亿元。") == ["增长4.7%，达到2.67万亿元。"]


def test_paragraphs_count_lines_that_hold_text() -> None:
    found = split_sentences(view("一。\n\n 二。三。\n"), ())
    assert [(s.paragraph, s.number) for s in found] == [(1, 1), (2, 1), (2, 2)]


def test_no_paragraphs_where_line_breaks_are_lost() -> None:
    found = split_sentences(view("一。二。", has_lines=False), ())
    assert [(s.paragraph, s.number) for s in found] == [(None, 1), (None, 2)]


def test_a_section_start_cuts_a_sentence() -> None:
    text = "新华社记者 鞠鹏/摄三是抓落实。"
    at = text.index("三是")
    assert split(text, (section(0, None, at, len(text)),)) == ["新华社记者 鞠鹏/摄", "三是抓落实。"]


def test_deepest_section() -> None:
    sections = (section(0, None, 2, 9), section(1, 0, 4, 6), section(2, None, 9, 12))
    starts = [s.start for s in sections]
    assert [deepest_section(sections, starts, at) for at in (0, 2, 5, 7, 9, 12)] == [None, 0, 1, 0, 2, None]


@given(st.text(alphabet="要抓好。；！？\n ”“，a*", max_size=80))
def test_sentences_cover_everything_that_a_reader_sees(text: str) -> None:
    seen = view(text)
    found = split_sentences(seen, ())
    assert [s.index for s in found] == list(range(len(found)))
    at = 0
    covered: set[int] = set()
    for sentence in found:
        assert at <= sentence.start < sentence.end <= len(text)
        piece = text[sentence.start : sentence.end]
        assert piece == piece.strip()
        covered.update(range(sentence.start, sentence.end))
        at = sentence.end
    assert {int(seen.starts[n]) for n, c in enumerate(seen.text) if not c.isspace()} <= covered
