"""Vectors in FAISS: exact inner product, which is the cosine of unit vectors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

BLOCK = 512  # rows that stay in a processor's cache while several questions are compared with them


class DenseIndex:
    """A flat index. Never changed after it is built, so that threads may search it at once.

    Flat is exact and takes about 1 ms at 10,000 rows of 400 dimensions; a library of 100 documents has 30,000.
    """

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: NDArray[np.float32]) -> DenseIndex:
        """Index the rows of `vectors`, shape (rows, dimension), of unit length."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def joined(cls, parts: Iterable[NDArray[np.float32]], rows: int, dimension: int) -> DenseIndex:
        """Index `rows` vectors in all, one part after another; each is let go before the next is taken.

        Raises ValueError where there are others.
        """
        index = faiss.IndexFlatIP(dimension)
        index.codes.resize(
            4 * rows * dimension
        )  # else it grows by copying, and for a while takes three times as much
        index.ntotal = rows
        room = np.zeros((0, dimension), np.float32)
        if rows:
            held = faiss.rev_swig_ptr(index.codes.data(), 4 * rows * dimension)
            room = held.view(np.float32).reshape(rows, dimension)
        first = 0
        for part in parts:
            room[first : first + len(part)] = part
            first += len(part)
        if first != rows:
            raise ValueError("rows")
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return int(self._index.d)

    def search(
        self, query: NDArray[np.float32], count: int, rows: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the best `count` rows and their cosines, best first; among `rows` only, where given."""
        parameters = None
        if rows is not None:
            selector = faiss.IDSelectorBatch(np.asarray(rows, dtype=np.int64))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        count = min(count, len(self) if rows is None else len(rows))
        if count <= 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        scores, found = self._index.search(query.reshape(1, -1).astype(np.float32), count, params=parameters)
        is_row = found[0] >= 0  # FAISS fills up with -1 where `rows` names fewer
        return found[0][is_row], scores[0][is_row]

    def scores(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of every row, shape (rows,)."""
        return np.asarray(self.scores_of(query.reshape(1, -1))[0])

    def scores_of(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of every row for each question, shape (questions, rows); `queries` is (questions, dimension).

        Questions are compared with BLOCK rows in turn, which are then read from memory once for all of them: three
        take half as long together as one after another. By FAISS's own product, so to the bit what `search` gives.
        Raises ValueError for another dimension.
        """
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        if queries.ndim != 2 or queries.shape[1] != self.dimension:  # what follows reads memory unasked
            raise ValueError(f"queries of shape {queries.shape} for vectors of {self.dimension}")
        result = np.empty((len(queries), len(self)), dtype=np.float32)
        if not len(self):
            return result
        rows = faiss.rev_swig_ptr(self._index.get_xb(), len(self) * self.dimension)
        block = len(self) if len(queries) == 1 else BLOCK
        for first in range(0, len(self), block):
            count = min(block, len(self) - first)
            some = rows[first * self.dimension : (first + count) * self.dimension]
            for query, found in zip(queries, result, strict=True):
                faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]
                    faiss.swig_ptr(found[first : first + count]),
                    faiss.swig_ptr(query),
                    faiss.swig_ptr(some),
                    self.dimension,
                    count,
                )
        result[~(result > np.finfo(np.float32).min)] = 0  # a vector that is no number is like none
        return result

    def vectors(self, first: int = 0, count: int | None = None) -> NDArray[np.float32]:
        """Return `count` rows from `first` on (None: all that follow), shape (rows, dimension)."""
        count = len(self) - first if count is None else count
        if count <= 0:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.asarray(self._index.reconstruct_n(first, count), dtype=np.float32)

    def to_bytes(self) -> bytes:
        """Return the index in FAISS's own format."""
        data: bytes = faiss.serialize_index(self._index).tobytes()
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> DenseIndex:
        """Read what `to_bytes` wrote. The bytes must have been checked: FAISS loads flipped ones silently."""
        return cls(faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8)))
