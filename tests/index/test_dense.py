"""Vectors in FAISS."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dense import DenseIndex

VECTORS = np.eye(4, 8, dtype=np.float32)


def random_vectors(rows: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_scores_every_row() -> None:
    index = DenseIndex.build(VECTORS)
    assert len(index) == 4
    assert index.dimension == 8
    assert index.scores(VECTORS[2]).tolist() == [0, 0, 1, 0]
    assert index.scores(-VECTORS[2]).tolist() == [0, 0, -1, 0]


def test_a_question_of_another_dimension_is_refused() -> None:
    index = DenseIndex.build(VECTORS)
    for query in (VECTORS[0, :4], np.zeros(9, dtype=np.float32)):
        with pytest.raises(ValueError, match="vectors of 8"):
            index.scores(query)


@given(st.integers(1, 300), st.integers(0, 10_000))
def test_scores_are_the_cosines(rows: int, seed: int) -> None:
    vectors = random_vectors(rows, seed)
    query = random_vectors(1, seed + 1)[0]
    scores = DenseIndex.build(vectors).scores(query)
    assert scores.dtype == np.float32
    assert scores.shape == (rows,)
    np.testing.assert_allclose(scores, vectors @ query, atol=1e-6)


def test_the_best_come_first() -> None:
    vectors, query = random_vectors(200, 1), random_vectors(1, 2)[0]
    rows, scores = DenseIndex.build(vectors).search(query, 10)
    assert rows.tolist() == np.argsort(-(vectors @ query))[:10].tolist()
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_search_among_given_rows() -> None:
    rows, scores = DenseIndex.build(VECTORS).search(
        VECTORS[2] + 0.5 * VECTORS[1], 3, np.array([0, 1], dtype=np.int64)
    )
    assert rows.tolist() == [1, 0]
    assert scores.tolist() == [0.5, 0]


@pytest.mark.parametrize("given_rows", [[1, 1, 1], [1, 99], [], [-5]])
def test_given_rows_that_are_none(given_rows: list[int]) -> None:
    rows, scores = DenseIndex.build(VECTORS).search(VECTORS[1], 3, np.array(given_rows, dtype=np.int64))
    assert rows.tolist() == [1][: len({1} & set(given_rows))]
    assert len(scores) == len(rows)


def test_more_than_there_are() -> None:
    rows, _ = DenseIndex.build(VECTORS).search(VECTORS[1], 99)
    assert rows[0] == 1
    assert sorted(rows.tolist()) == [0, 1, 2, 3]


def test_no_rows() -> None:
    empty = DenseIndex.build(np.empty((0, 8), dtype=np.float32))
    assert empty.scores(VECTORS[0]).shape == (0,)
    assert [x.tolist() for x in empty.search(VECTORS[0], 5)] == [[], []]
    assert len(DenseIndex.from_bytes(empty.to_bytes())) == 0


def test_a_vector_that_is_no_number_is_like_none() -> None:
    nothing = np.full(8, np.nan, dtype=np.float32)
    assert DenseIndex.build(VECTORS).scores(nothing).tolist() == [0, 0, 0, 0]


def test_the_file_keeps_every_score() -> None:
    data = DenseIndex.build(VECTORS).to_bytes()
    assert DenseIndex.from_bytes(data).scores(VECTORS[3]).tolist() == [0, 0, 0, 1]
    assert DenseIndex.from_bytes(data).to_bytes() == data
    with pytest.raises(RuntimeError):
        DenseIndex.from_bytes(data[: len(data) // 2])


def test_threads_may_search_at_once() -> None:
    vectors = random_vectors(500, 3)
    index = DenseIndex.build(vectors)
    some = np.arange(0, 500, 3, dtype=np.int64)

    def ask(row: int) -> tuple[list[int], list[int]]:
        return index.search(vectors[row], 5)[0].tolist(), index.search(vectors[row], 5, some)[0].tolist()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(200))) == [ask(row) for row in range(200)]
