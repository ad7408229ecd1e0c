"""The first stage served by a snapshot in memory: the default's own search, behind the protocol."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.docfile import DocumentFile
from index.encoder import Vectors
from index.gist import gist
from index.lexical import LexicalIndex
from index.shelving import file_of_snapshot
from index.snapshot import Snapshot
from index.stage import Found, Statistics, Where
from index.types import Document


class LocalStage:
    """A snapshot as a first stage: exact, over all of its rows."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Take a loaded snapshot."""
        self.fingerprint, self.encoder = snapshot.fingerprint, snapshot.encoder
        self.dimension = snapshot.dimension
        self._snapshot = snapshot
        self._numbers = {one.document.id: n for n, one in enumerate(snapshot.documents)}
        self._files: dict[str, DocumentFile] = {}

    def generation(self) -> str:
        """Return the snapshot's id."""
        return self._snapshot.id

    def documents(self) -> Sequence[Document]:
        """Return the documents' gists."""
        return [gist(one.document) for one in self._snapshot.documents]

    def statistics(self, terms: Collection[str]) -> Statistics:
        """Return the counts of terms, and the mean length that the weights were made with."""
        index = self._snapshot.lexical
        holding = {term: len(index.rows_with(term)) for term in terms}
        return Statistics(len(index), self._mean, holding)

    @cached_property
    def _mean(self) -> float:
        lengths = [file.frequencies.lengths for file in self.load(list(self._numbers))]
        return float(np.concatenate(lengths).mean())

    def dense(self, vector: Vectors, count: int, where: Where) -> list[Found]:
        """Return the nearest rows."""
        rows, scores = self._snapshot.dense.search(vector, count, self._rows(where))
        return [self._found(row, score) for row, score in zip(rows, scores, strict=True)]

    def lexical(self, weights: Mapping[str, float], count: int, where: Where) -> list[Found]:
        """Return the rows with the highest scores; none that scores nothing."""
        index: LexicalIndex = self._snapshot.lexical
        scores = index.scores(weights, {term: weight / index.idf(term) for term, weight in weights.items()})
        among = self._rows(where)
        rows = np.arange(len(index)) if among is None else among
        rows = rows[scores[rows] > 0]
        best = rows[np.argsort(-scores[rows], kind="stable")][:count]
        return [self._found(row, scores[row]) for row in best]

    def load(self, ids: Sequence[str]) -> list[DocumentFile]:
        """Return documents; what is made of each is kept."""
        for identity in ids:
            if identity in self._numbers and identity not in self._files:
                self._files[identity] = file_of_snapshot(self._snapshot, self._numbers[identity])
        return [self._files[identity] for identity in ids if identity in self._files]

    def close(self) -> None:
        """Do nothing: a snapshot holds nothing open."""

    def _rows(self, where: Where) -> NDArray[np.int64] | None:
        if where.keys is not None:
            firsts = ((self._snapshot.span_of(self._numbers[d])[0], n) for d, n in where.keys)
            return np.array([first + n for first, n in firsts], dtype=np.int64)
        if where.documents is None and not where.without:
            return None
        named = self._numbers if where.documents is None else where.documents
        numbers = sorted(self._numbers[d] for d in named if d in self._numbers and d not in where.without)
        spans = [np.arange(*self._snapshot.span_of(n), dtype=np.int64) for n in numbers]
        return np.concatenate(spans) if spans else np.empty(0, dtype=np.int64)

    def _found(self, row: int, score: float) -> Found:
        number, passage = self._snapshot.rows[row]
        return Found((self._snapshot.documents[number].document.id, passage), float(score))
