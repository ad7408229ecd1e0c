"""BM25: a worked example, the ceiling, and the file."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import K1, B, LexicalIndex, term_frequencies

ROWS = [{"粮食": 2.0, "安全": 1.0}, {"粮食": 1.0, "口岸": 1.0, "贸易": 1.0}, {"口岸": 1.0}]


def test_worked_example() -> None:
    """Lucene's BM25 times (k1 + 1), worked out by hand (Kamphuis et al. 2020, table 1)."""
    index = LexicalIndex.build(ROWS)
    mean = (3 + 3 + 1) / 3
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    expected = [
        idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / mean)) if tf else 0.0
        for tf, length in ((2, 3), (1, 3), (0, 1))
    ]
    assert index.scores(["粮食"]) == pytest.approx(expected, rel=1e-6)


def test_a_repeated_query_term_counts_once() -> None:
    index = LexicalIndex.build(ROWS)
    assert np.array_equal(index.scores(["口岸", "口岸"]), index.scores(["口岸"]))


def test_unknown_terms_score_nothing_and_raise_the_ceiling() -> None:
    index = LexicalIndex.build(ROWS)
    assert not index.scores(["火星"]).any()
    assert index.ceiling(["口岸", "火星"]) > index.ceiling(["口岸"])
    assert index.idf("火星") == pytest.approx(math.log(1 + 3.5 / 0.5))
    assert index.holds("口岸")
    assert not index.holds("火星")
    assert index.rows_with("口岸").tolist() == [1, 2]
    assert index.rows_with("火星").tolist() == []


def test_nothing_at_all() -> None:
    empty = LexicalIndex.build([])
    assert len(empty) == 0
    assert empty.scores(["口岸"]).shape == (0,)
    blank = LexicalIndex.build([{}, {}])
    assert blank.scores(["口岸"]).tolist() == [0.0, 0.0]


terms = st.dictionaries(st.text(alphabet="甲乙丙丁a", min_size=1, max_size=2), st.floats(0.1, 9), max_size=5)


@given(
    st.lists(terms, max_size=8), st.lists(st.text(alphabet="甲乙丙丁a", min_size=1, max_size=2), max_size=4)
)
def test_no_score_reaches_the_ceiling_and_the_file_keeps_every_score(
    rows: list[dict[str, float]], query: list[str]
) -> None:
    index = LexicalIndex.build(rows)
    scores = index.scores(query)
    assert (scores <= index.ceiling(query) + 1e-4).all()
    data = index.to_bytes()
    again = LexicalIndex.from_bytes(data)
    assert np.array_equal(again.scores(query), scores)
    assert again.to_bytes() == data


def test_field_weights_are_summed() -> None:
    assert term_frequencies((["粮食", "安全"], 1.0), (["粮食"], 0.3)) == {"粮食": 1.3, "安全": 1.0}
