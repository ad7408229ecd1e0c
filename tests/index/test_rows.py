"""Rows of the index as pairs of document and passage."""

import numpy as np
import pytest

from index import Rows

ROWS = Rows([2, 0, 3, 0])
PAIRS = [(0, 0), (0, 1), (2, 0), (2, 1), (2, 2)]


def test_they_are_pairs_in_order() -> None:
    assert (len(ROWS), list(ROWS)) == (5, PAIRS)
    assert [ROWS[n] for n in range(-5, 5)] == PAIRS + PAIRS
    assert ROWS[np.int32(3)] == (2, 1)
    assert ROWS[1:4] == PAIRS[1:4]
    for beyond in (5, -6):
        with pytest.raises(IndexError):
            ROWS[beyond]


def test_a_document_has_its_span() -> None:
    assert [ROWS.span_of(n) for n in range(4)] == [(0, 2), (2, 2), (2, 5), (5, 5)]


def test_rows_of_the_same_documents_are_the_same() -> None:
    assert Rows(iter([2, 0, 3, 0])) == ROWS != Rows([2, 3])
    assert hash(Rows([2, 0, 3, 0])) == hash(ROWS)
    assert len(Rows([])) == 0 and list(Rows([])) == []


def test_the_best_of_each_document() -> None:
    scores = np.array([0.1, 0.4, -np.inf, 0.2, -0.3], dtype=np.float32)
    assert ROWS.best_of_documents(scores).tolist() == pytest.approx([0.4, -np.inf, 0.2, -np.inf])
    assert Rows([0]).best_of_documents(scores[:0]).tolist() == [-np.inf]


def test_which_rows_are_of_some_documents() -> None:
    assert ROWS.of_documents([0, 1]).tolist() == [True, True, False, False, False]
    assert ROWS.of_documents(range(4)).all() and not ROWS.of_documents([]).any()
