"""Late interaction over the tokens of every row."""

from functools import partial
from zipfile import BadZipFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Encoder, TokenIndex
from index.tokens import UNRELATED

ROWS = [np.array(row, dtype=np.int32) for row in ([0, 1], [], [2], [1, 2, 2], [])]
TABLE = np.array([[0.1, 0.4], [0.5, 0.0], [0.2, 0.3]], dtype=np.float32)


EVERY = np.arange(5)


def table(others: np.ndarray) -> np.ndarray:
    return TABLE[others]


def sums(scores: np.ndarray) -> np.ndarray:
    return scores * (1 - UNRELATED) + UNRELATED


def test_each_token_of_the_question_counts_its_best() -> None:
    index = TokenIndex.build(ROWS)
    assert len(index) == 5
    found = sums(index.scores(table, EVERY))
    np.testing.assert_allclose(found, [0.9, UNRELATED, 0.5, 0.8, UNRELATED], atol=1e-6)
    np.testing.assert_allclose(sums(index.scores(table, EVERY[[3, 1, 0]])), [0.8, UNRELATED, 0.9], atol=1e-6)


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=8), st.integers(0, 4), st.integers(0, 10_000)
)
def test_as_counted_row_by_row(rows: list[list[int]], asked: int, seed: int) -> None:
    worth = np.random.default_rng(seed).random((10, asked)).astype(np.float32)
    index = TokenIndex.from_bytes(TokenIndex.build([np.array(r, dtype=np.int32) for r in rows]).to_bytes())
    order = np.random.default_rng(seed).permutation(len(rows))
    wanted = [worth[rows[i]].max(axis=0).sum() if rows[i] and asked else UNRELATED for i in order]
    np.testing.assert_allclose(sums(index.scores(lambda others: worth[others], order)), wanted, atol=1e-4)
    assert bool(index) == any(rows)


def test_the_same_rows_give_the_same_bytes() -> None:
    assert TokenIndex.build(ROWS).to_bytes() == TokenIndex.build(ROWS).to_bytes()


@pytest.mark.parametrize("data", [b"", b"PK", TokenIndex.build(ROWS).to_bytes()[:-40]])
def test_broken_bytes(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, OSError, EOFError, BadZipFile)):
        TokenIndex.from_bytes(data)


def test_rows_that_overlap() -> None:
    with pytest.raises(ValueError, match="starts"):
        TokenIndex.from_bytes(TokenIndex(np.arange(3, dtype=np.int32), np.array([0, 2, 1, 3])).to_bytes())


def scores(encoder: Encoder, question: str, texts: list[str]) -> np.ndarray:
    index = TokenIndex.build(encoder.token_ids(texts))
    return index.scores(partial(encoder.token_scores, question), np.arange(len(texts)))


def test_a_row_with_all_tokens_of_the_question_scores_1(encoder: Encoder) -> None:
    found = scores(encoder, "口岸货运量创历史新高", ["口岸货运量创历史新高", "", "抓好基层党建"])
    assert found[0] == pytest.approx(1, abs=1e-3)
    assert found[1] == 0
    assert found[2] < 0.9


@pytest.mark.parametrize("question", ["", "😀", "**"])
def test_a_question_without_tokens(encoder: Encoder, question: str) -> None:
    assert scores(encoder, question, ["口岸货运量创历史新高"]).tolist() == [0]
