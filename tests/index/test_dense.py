"""Vectors in FAISS."""

import numpy as np
import pytest

from index.dense import DenseIndex

VECTORS = np.eye(4, 8, dtype=np.float32)


def test_scores_every_row() -> None:
    index = DenseIndex.build(VECTORS)
    assert len(index) == 4
    assert index.dimension == 8
    assert index.scores(VECTORS[2]).tolist() == [0, 0, 1, 0]


def test_search_among_given_rows() -> None:
    rows, scores = DenseIndex.build(VECTORS).search(
        VECTORS[2] + 0.5 * VECTORS[1], 3, np.array([0, 1], dtype=np.int64)
    )
    assert rows.tolist() == [1, 0]
    assert scores.tolist() == [0.5, 0]


def test_no_rows() -> None:
    empty = DenseIndex.build(np.empty((0, 8), dtype=np.float32))
    assert empty.scores(VECTORS[0]).shape == (0,)
    assert [x.tolist() for x in empty.search(VECTORS[0], 5)] == [[], []]


def test_the_file_keeps_every_score() -> None:
    data = DenseIndex.build(VECTORS).to_bytes()
    assert DenseIndex.from_bytes(data).scores(VECTORS[3]).tolist() == [0, 0, 0, 1]
    with pytest.raises(RuntimeError):
        DenseIndex.from_bytes(data[: len(data) // 2])
