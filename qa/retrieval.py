"""Query -> ranked passages: BM25 over words and sounds, and cosine over vectors, fused.

Fusion is a convex combination, with BM25 divided by the highest score the query could reach at all
(Bruch et al. 2023, arXiv 2210.11934, "theoretical maximum"): so a query whose words the document does
not have leaves the say to the dense side, and a score of 0.9 means the same for every query.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import Encoder, Snapshot, fold, sound_terms, words
from qa.settings import Settings
from qa.types import Hit, Query


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every row's scores, shape (rows,) each; `rows` are the snapshot's (document, passage) pairs.

    `lexical` is BM25 over the query's ceiling (0 to 1), `dense` the cosine, `fused` both.
    `fused` is -inf for rows outside the wanted document.
    """

    rows: tuple[tuple[int, int], ...]
    fused: NDArray[np.float32]
    lexical: NDArray[np.float32]
    dense: NDArray[np.float32]

    def hits(self, count: int) -> tuple[Hit, ...]:
        """Return the `count` best rows, best first, ties in document order; none that scores nothing."""
        order = np.argsort(-self.fused, kind="stable")[:count]
        return tuple(self.hit(int(row)) for row in order if self.fused[row] > 0)

    def of_document(self, document: int) -> NDArray[np.float64]:
        """Return the fused score of each passage of one document, in the document's order."""
        rows = [row for row, (number, _) in enumerate(self.rows) if number == document]
        return self.fused[rows].astype(np.float64)

    def hit(self, row: int) -> Hit:
        """Return one row as a Hit."""
        document, passage = self.rows[row]
        scores = (float(x[row]) for x in (self.fused, self.lexical, self.dense))
        return Hit(document, passage, *scores)


def rank(query: Query, snapshot: Snapshot, encoder: Encoder, settings: Settings) -> Ranking:
    """Score every passage of the snapshot (of one document where the query names it)."""
    text = fold(query.topic or query.standalone)
    lexical = lexical_scores(text, snapshot, settings)
    dense = snapshot.dense.scores(encoder.encode_queries([text])[0])
    fused = settings.lexical_weight * lexical + (1 - settings.lexical_weight) * dense
    if query.document is not None:
        wanted = [snapshot.documents[d].document.id == query.document for d, _ in snapshot.rows]
        fused = np.where(wanted, fused, -np.inf)
    return Ranking(snapshot.rows, fused.astype(np.float32), lexical, dense)


def lexical_scores(text: str, snapshot: Snapshot, settings: Settings) -> NDArray[np.float32]:
    """Return every row's BM25 over words and sounds as a share of the query's ceiling, 0 to 1."""
    terms, sounds = words(text), sound_terms(text)
    index, weight = snapshot.lexical, settings.sound_weight
    ceiling = index.ceiling(terms) + weight * index.ceiling(sounds)
    if not ceiling:
        return np.zeros(len(index), dtype=np.float32)
    scores = index.scores(terms + sounds, dict.fromkeys(sounds, weight))
    return np.asarray(scores / np.float32(ceiling))
