"""Passages: they cover every sentence, never cross one, and are short enough to read at a glance."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from index.reading import read_view
from index.structure.passages import MAX_LENGTH, cut_passages
from index.structure.sentences import split_sentences
from index.types import Document


@given(st.lists(st.text(alphabet="要抓好，：、。“”a*", max_size=400), max_size=4).map("\n".join))
def test_passages_tile_the_sentences(text: str) -> None:
    document = Document("id", "标题", text, True, "")
    sentences = split_sentences(read_view(text), ())
    passages = cut_passages(document, sentences)
    assert [p.index for p in passages] == list(range(len(passages)))
    for sentence in sentences:
        own = [p for p in passages if p.sentences == (sentence.index, sentence.index + 1)]
        assert own[0].start == sentence.start
        assert own[-1].end == sentence.end
        assert all(a.end == b.start for a, b in itertools.pairwise(own))
        assert all(0 < p.end - p.start <= MAX_LENGTH for p in own)


def test_a_long_sentence_is_cut_at_commas_into_even_pieces() -> None:
    text = "，".join(["抓好项目建设和招商引资工作"] * 24) + "。"
    passages = cut_passages(Document("id", "t", text, True, ""), split_sentences(read_view(text), ()))
    lengths = [p.end - p.start for p in passages]
    assert len(lengths) == 3
    assert max(lengths) - min(lengths) <= 28
    assert all(text[p.end - 1] in "，。" for p in passages)
