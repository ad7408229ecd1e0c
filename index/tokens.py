"""The tokens of every passage, for late interaction: does each token of a question have a like one in a passage?

A mean of word vectors is pulled away by whatever else a passage says. So a passage is also scored token by
token (MaxSim, Khattab & Zaharia 2020, arXiv 2004.12832), over the same vectors: 4 points more of everyday
questions and 6 of facts are found first (index/data/encoder/README.md).
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]


class TokenIndex:
    """The token ids of every row, end to end. Immutable, safe to share between threads.

    A row may have none; all rows have none where an encoder's tokens have no vectors of their own.
    """

    def __init__(self, ids: Ids, starts: NDArray[np.int64]) -> None:
        """Take the tokens of row i as ids[starts[i]:starts[i + 1]]."""
        self._ids = ids
        self._starts = starts
        self._filled = np.flatnonzero(np.diff(starts))

    @classmethod
    def build(cls, rows: Sequence[Ids]) -> TokenIndex:
        """Index each row's token ids."""
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        starts[1:] = np.cumsum([len(row) for row in rows])
        return cls(np.concatenate([np.empty(0, np.int32), *rows]).astype(np.int32), starts)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __bool__(self) -> bool:
        """Tell whether any row has tokens."""
        return len(self._filled) > 0

    def scores(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return for every row the sum over the question's tokens of the best score among the row's, shape (rows,).

        `table` gives each token of the vocabulary a score for each token of the question, 0 or more, shape
        (vocabulary, question's tokens).
        """
        result = np.zeros(len(self), dtype=np.float32)
        if self and table.shape[1]:
            own = np.maximum.reduceat(table[self._ids], self._starts[self._filled], axis=0)
            result[self._filled] = own.sum(axis=1)
        return result

    def to_bytes(self) -> bytes:
        """Return the index as one npz file (no pickle; the same index gives the same bytes)."""
        buffer = io.BytesIO()
        np.savez(buffer, ids=self._ids, starts=self._starts)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> TokenIndex:
        """Read what `to_bytes` wrote; raises ValueError, KeyError or OSError on anything else."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return cls(file["ids"], file["starts"])
