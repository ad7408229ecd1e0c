import pytest

from index.cues import sentence_cues
from index.reading import read_text, read_view
from index.structure.sentences import split_sentences
from index.structure.tree import parse_sections


def cues(text: str) -> list[set[str]]:
    document = read_text(text)
    view = read_view(document.text)
    sections = parse_sections(view)
    return [set(row) for row in sentence_cues(document, sections, split_sentences(view, sections))]


@pytest.mark.parametrize(
    ("text", "present", "absent"),
    [
        ("一要坚持党的领导。", {"要:opens"}, {"要:first", "要:later"}),
        ("各级党委要坚持党的领导。", {"要:first", "begins:actor"}, {"要:opens"}),
        ("形势复杂，要坚持党的领导。", {"要:later", "cue:problem"}, {"要:opens", "要:first"}),
        ("这是重要的、主要的要求。", {"first:是", "begins:this"}, {"要:opens", "要:first", "要:later"}),
        ("第二，加强组织建设。", {"begins:加强", "ends:建设"}, {"begins:第二"}),
        ("二是加强组织建设。", {"begins:加强"}, {"first:是"}),
        ("2025年增长6%。", {"cue:past", "cue:counted", "cue:rate", "begins:202"}, {"cue:must"}),
        ("增长**%。", {"cue:counted", "cue:rate"}, set()),
        ("必须坚持。", {"must:first"}, {"must:later"}),
        ("为此，必须坚持。", {"must:later"}, {"must:first"}),
        ("怎么办？", {"cue:question"}, {"cue:quoted"}),
        ("他说：“好”。", {"cue:quoted"}, set()),
    ],
)
def test_wording(text: str, present: set[str], absent: set[str]) -> None:
    (row,) = cues(text)
    assert present <= row
    assert not absent & row


def test_full_width_and_traditional_text_gives_the_same_cues() -> None:
    assert cues("各級黨委要堅持，必須落實。") == cues("各级党委要坚持,必须落实。")


def test_a_paragraph_passes_its_opener_on() -> None:
    rows = cues("还存在不少问题和不足。产业不优。\n天气晴朗。")
    assert "opener" in rows[0]
    assert "opener:problem" in rows[1]
    assert "opener" in rows[2]
    assert not any(name.startswith("opener:") for name in rows[2])


def test_the_parts_of_a_list_know_how_it_began() -> None:
    rows = cues("预期目标是：粮食稳产；就业稳定；物价平稳。会议结束。")
    assert ["list" in row for row in rows] == [False, True, True, False]
    assert all("list:target" in row for row in rows[1:3])


def test_headings_speak_for_what_stands_under_them() -> None:
    text = "一、工作回顾\n（一）产业\n粮食丰收。\n（二）民生\n收入提高。\n二、今年目标\n粮食稳产。\n"
    rows = cues(text)
    assert "above:review" in rows[2]
    assert "heading:itself" in rows[0]
    assert "heading:aim" in rows[-1]
    assert "above:review" not in rows[-1]
