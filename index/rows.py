"""Which row of the index is which passage of which document: as pairs, and by document at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import overload

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]  # number of the document in its snapshot, number of the passage in it


class Rows(Sequence[Pair]):
    """Every row's (document, passage), the documents' passages one after another. Immutable.

    Kept as where each document begins: some 50 bytes a document instead of 90 a row.
    """

    def __init__(self, sizes: Iterable[int]) -> None:
        """Take how many passages each document has."""
        counts = np.fromiter(sizes, np.int64)
        self.starts: NDArray[np.int64] = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._firsts: list[int] = self.starts.tolist()

    def __len__(self) -> int:
        return self._firsts[-1]

    @overload
    def __getitem__(self, row: int) -> Pair: ...
    @overload
    def __getitem__(self, row: slice) -> list[Pair]: ...
    def __getitem__(self, row: int | slice) -> Pair | list[Pair]:
        if isinstance(row, slice):
            return [self[n] for n in range(*row.indices(len(self)))]
        row = int(row)
        if not -len(self) <= row < len(self):
            raise IndexError(row)
        row %= len(self)
        document = bisect_right(self._firsts, row) - 1
        return document, row - self._firsts[document]

    def __iter__(self) -> Iterator[Pair]:
        for document, (first, after) in enumerate(pairwise(self._firsts)):
            yield from ((document, passage) for passage in range(after - first))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and np.array_equal(self.starts, other.starts)

    def __hash__(self) -> int:
        return hash(self.starts.tobytes())

    def span_of(self, document: int) -> tuple[int, int]:
        """Return the first row of a document, by its number, and the one behind its last."""
        return self._firsts[document], self._firsts[document + 1]

    def of_documents(self, numbers: Sequence[int]) -> NDArray[np.bool_]:
        """Tell of each row whether it is of one of some documents, shape (rows,)."""
        taken = np.zeros(len(self.starts) - 1, dtype=np.bool_)
        taken[np.asarray(numbers, dtype=np.int64)] = True
        return np.repeat(taken, np.diff(self.starts))

    def best_of_documents(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return each document's highest score, shape (documents,); `scores` has one a row. -inf where it has no row."""
        found = np.full(len(self.starts) - 1, -np.inf, dtype=np.float32)
        filled = np.flatnonzero(np.diff(self.starts))
        if len(filled):
            found[filled] = np.maximum.reduceat(scores, self.starts[filled])
        return found
