"""Documents that a first stage found -> a snapshot of them, whose words are weighed as in the whole library."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.dense import DenseIndex
from index.docfile import DocumentFile
from index.frequencies import Frequencies
from index.lexical import K1, B, LexicalIndex, inverse_document_frequency
from index.rows import Rows
from index.snapshot import Snapshot
from index.stage import FirstStage, Statistics
from index.tokens import TokenIndex

Counting = Callable[[Collection[str]], Statistics]


class WideLexicalIndex(LexicalIndex):
    """BM25 over some documents with the counts of a library; gives to the bit what the library's own index would.

    Weights are made for the terms that are asked for only: their counts may be far away.
    """

    def __init__(self, parts: Sequence[Frequencies], counting: Counting) -> None:
        """Take the documents' frequencies, one after another, and what counts terms in the library."""
        self.terms = ()
        self.size = sum(len(part.lengths) for part in parts)
        self._parts = parts
        self._counting = counting
        self._lengths = np.concatenate([np.empty(0), *(part.lengths for part in parts)])
        self._counts: dict[str, int] = {}
        empty = counting(())
        self._all, self._mean = empty.passages, empty.mean
        self._norm = K1 * (1 - B + B * self._lengths / self._mean)
        self._kept: dict[str, tuple[NDArray[np.int32], NDArray[np.float64]]] = {}

    def know(self, terms: Iterable[str]) -> None:
        """Ask for the counts of several terms at once."""
        if unknown := [term for term in dict.fromkeys(terms) if term not in self._counts]:
            found = self._counting(unknown).holding
            self._counts.update((term, found.get(term, 0)) for term in unknown)

    def scores(self, query: Iterable[str], weights: Mapping[str, float] | None = None) -> NDArray[np.float32]:
        """Return the BM25 score of every row, shape (size,); a repeated query term counts once."""
        terms = list(dict.fromkeys(query))
        self.know(terms)
        total = np.zeros(self.size, dtype=np.float32)
        for term in terms:
            rows, count = self._postings(term)
            if len(rows):
                idf = inverse_document_frequency(self._all, self._counts[term])
                own = (count * (K1 + 1) / (count + self._norm[rows]) * idf).astype(np.float32)
                total[rows] += np.float32(1.0 if weights is None else weights.get(term, 1.0)) * own
        return total

    def idf(self, term: str) -> float:
        """Return the term's inverse document frequency in the library."""
        self.know([term])
        return float(inverse_document_frequency(self._all, self._counts[term]))

    def ceiling(self, query: Iterable[str]) -> float:
        """Return a bound no score can reach: the sum of idf·(k1+1) over the query's distinct terms."""
        terms = list(dict.fromkeys(query))
        self.know(terms)
        return super().ceiling(terms)

    def holds(self, term: str) -> bool:
        """Tell whether any passage of the library holds the term, or any row here, which may be newer than the counts."""
        self.know([term])
        return self._counts[term] > 0 or len(self._postings(term)[0]) > 0

    def rows_with(self, term: str) -> NDArray[np.int32]:
        """Return the rows that hold the term, ascending."""
        return self._postings(term)[0]

    def _postings(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the rows that hold a term and how often each does."""
        if (known := self._kept.get(term)) is not None:
            return known
        rows: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
        counts: list[NDArray[np.float64]] = [np.empty(0)]
        first = 0
        for part in self._parts:
            place = bisect_left(part.terms, term)
            if place < len(part.terms) and part.terms[place] == term:
                start = int(part.sizes[:place].sum(dtype=np.int64))
                span = slice(start, start + int(part.sizes[place]))
                rows.append(part.rows[span].astype(np.int32) + np.int32(first))
                counts.append(part.values[part.codes[span]])
            first += len(part.lengths)
        found = self._kept[term] = (np.concatenate(rows), np.concatenate(counts))
        return found


def near_snapshot(stage: FirstStage, files: Sequence[DocumentFile], apart: Mapping[str, str]) -> Snapshot:
    """Return a snapshot of documents that a stage found; `apart` is what citations add to a title, by id."""
    documents = tuple(f.document.with_apart(apart.get(f.document.document.id, "")) for f in files)
    sizes = [len(file.vectors) for file in files]
    return Snapshot(
        stage.generation(),
        None,
        stage.encoder,
        stage.fingerprint,
        stage.dimension,
        documents,
        WideLexicalIndex([f.frequencies for f in files], stage.statistics),
        DenseIndex.joined((file.vectors for file in files), sum(sizes), stage.dimension),
        TokenIndex.joined([f.tokens for f in files]),
        Rows(sizes),
    )
