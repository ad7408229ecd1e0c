"""Which passages of several documents speak of a year: by their own dates, else by the year of their document.

A report of 2024 says what shall be done in 2024, one of 2025 what was done in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index import Facet, IndexedDocument, Passage, Snapshot
from qa.directory import document_year
from qa.retrieval import best_of

LOOKED = 200  # best rows that are looked at: dates of whole documents are read for them
BONUS = 0.08  # for a passage of the year that is asked for, and taken off for one of another year, as in qa/evidence.py


def of_years(
    years: Sequence[str], snapshot: Snapshot, rows: Sequence[tuple[int, int]], fused: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the scores with BONUS for the best rows that speak of one of the years (four digits), less it for others."""
    result = fused.copy()
    for row in (int(n) for n in best_of(fused, LOOKED) if np.isfinite(fused[n])):
        document, passage = rows[row]
        one = snapshot.documents[document]
        result[row] += BONUS * speaks_of(years, one, one.passages[passage])
    return result


def speaks_of(years: Sequence[str], one: IndexedDocument, passage: Passage) -> int:
    """Return 1 where a passage speaks of one of the years, -1 where of another one, 0 where nothing shows."""
    inside = (d for d in one.dates if d.start < passage.end and passage.start < d.end)
    dated = [part[:4] for d in inside for part in (d.value or "").split("/") if part]
    if dated:
        return 1 if set(dated) & set(years) else -1
    own = document_year(one)
    if own is None:
        return 0
    done = one.sentences[passage.sentences[0]].facet is Facet.ACHIEVEMENT
    return 1 if str(own - done) in years else -1
