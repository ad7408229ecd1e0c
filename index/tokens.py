"""Late interaction: does each token of a question have one like it in a passage.

A mean of word vectors is pulled away by whatever else a passage says. So a passage is also scored token by
token (MaxSim, Khattab & Zaharia 2020, arXiv 2004.12832), over the same vectors: 4 points more of everyday
questions and of facts are found first by the encoder alone, 6 of ordinary questions (index/data/encoder/README.md).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoder import Ids

# What a passage that has nothing to do with the question sums up to: the mean over all passages and questions of 42
# training documents is 0.38 (0.41, 0.37 and 0.41 for the golden ones). Taken off, so that 0 means as little as a cosine of 0 does.
UNRELATED = 0.4


class TokenIndex:
    """The token ids of every row, end to end. Immutable, safe to share between threads.

    A row may have none; all rows have none where an encoder's tokens have no vectors of their own.
    """

    def __init__(self, ids: Ids, starts: NDArray[np.int64]) -> None:
        """Take the tokens of row i as ids[starts[i]:starts[i + 1]]."""
        self._ids = ids
        self._starts = starts

    @classmethod
    def build(cls, rows: Sequence[Ids]) -> TokenIndex:
        """Index each row's token ids, each once: the best of a row does not count them."""
        rows = [np.unique(row) for row in rows]
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        starts[1:] = np.cumsum([len(row) for row in rows])
        return cls(np.concatenate([np.empty(0, np.int32), *rows]).astype(np.int32), starts)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __bool__(self) -> bool:
        """Tell whether any row has tokens."""
        return len(self._ids) > 0

    def rows(self) -> list[Ids]:
        """Return the tokens of each row."""
        return np.split(self._ids, self._starts[1:-1]) if len(self) else []

    def scores(
        self, table: Callable[[Ids], NDArray[np.float32]], rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return how far each of the rows has the question's tokens, shape (rows,): 1 all of them, about 0 none.

        The best of a row's tokens counts for each of the question's. `table` is `Encoder.token_scores` of the
        question: what each of the given tokens is worth for each of the question's.
        """
        result = np.zeros(len(rows), dtype=np.float32)
        lengths = self._starts[rows + 1] - self._starts[rows]
        filled = np.flatnonzero(lengths)
        if not len(filled):
            return result
        lengths = lengths[filled]
        starts = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum()) + np.repeat(self._starts[rows[filled]] - starts, lengths)
        used, own = _renumbered(self._ids[places])
        worth = table(used)
        if worth.shape[1]:
            sums = np.maximum.reduceat(worth[own], starts, axis=0).sum(axis=1)
            result[filled] = (sums - UNRELATED) / (1 - UNRELATED)
        return result

    @classmethod
    def joined(cls, parts: Sequence[TokenIndex]) -> TokenIndex:
        """Return the rows of all parts, one after another."""
        lengths = np.concatenate([np.empty(0, np.int64), *(np.diff(part._starts) for part in parts)])
        starts = np.zeros(len(lengths) + 1, dtype=np.int64)
        starts[1:] = np.cumsum(lengths)
        return cls(np.concatenate([np.empty(0, np.int32), *(part._ids for part in parts)]), starts)

    def part(self, first: int, after: int) -> TokenIndex:
        """Return the rows from `first` to before `after`."""
        starts = self._starts[first : after + 1]
        return TokenIndex(self._ids[starts[0] : starts[-1]], starts - starts[0])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is written."""
        return {"ids": self._ids, "starts": self._starts}

    def to_bytes(self) -> bytes:
        """Return the index as one npz file (no pickle; the same index gives the same bytes)."""
        buffer = io.BytesIO()
        np.savez(buffer, ids=self._ids, starts=self._starts)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> TokenIndex:
        """Read what `to_bytes` wrote; raises ValueError, KeyError, OSError or BadZipFile on anything else."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return cls.from_arrays(file["ids"], file["starts"])

    @classmethod
    def from_arrays(cls, ids: Ids, starts: NDArray[np.int64]) -> TokenIndex:
        """Read what `arrays` gave. Raises ValueError where they do not fit."""
        if starts[0] != 0 or starts[-1] != len(ids) or (np.diff(starts) < 0).any():
            raise ValueError("starts")
        return cls(ids, starts)


def _renumbered(ids: Ids) -> tuple[Ids, NDArray[np.int64]]:
    """Return the tokens used, each once, and each token's place among them (`np.unique` sorts: twice as slow)."""
    present = np.zeros(int(ids.max()) + 1, dtype=np.bool_)
    present[ids] = True
    used = np.flatnonzero(present)
    place = np.cumsum(present) - 1
    return used.astype(np.int32), place[ids]
