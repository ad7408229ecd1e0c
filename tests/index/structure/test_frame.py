"""Pairs of marks and sentence ends."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from index.structure.frame import Frame


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in Frame.of(text).sentences()]


def test_a_sentence_does_not_end_inside_a_pair() -> None:
    assert sentences("他说：“好。马上去。”大家走了（很快。）。\n完了") == [
        "他说：“好。马上去。”",
        "大家走了（很快。）。",
        "完了",
    ]


def test_a_quoted_sentence_that_goes_on_does_not_end() -> None:
    assert sentences("“不要。”，他说。") == ["“不要。”，他说。"]


def test_straight_and_curly_marks_close_each_other() -> None:
    frame = Frame.of('加快“一网通办"建设，推进"蒙速办”。')
    assert [frame.text[a : b + 1] for a, b in sorted(frame.pairs.items())] == ['“一网通办"', '"蒙速办”']


def test_a_mark_without_a_partner_in_its_line_is_none() -> None:
    assert sentences("“第一句。第二句。\n第三句。”") == ["“第一句。", "第二句。", "第三句。", "”"]


@given(st.text('甲。！“”（）"\n，', max_size=80))
def test_sentences_cover_the_text_in_order(text: str) -> None:
    found = list(Frame.of(text).sentences())
    assert all(a < b for a, b in found)
    assert all(b <= c for (_, b), (c, _) in itertools.pairwise(found))
    assert "".join(text[a:b] for a, b in found).replace("\n", "") == "".join(text.split())
