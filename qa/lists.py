"""All points that belong to a topic, over the whole document, in document order.

A list is not the top of a ranking: a speech deals with a topic in runs of neighbouring sentences, many of
which do not repeat its name, and mentions it elsewhere. So every sentence's relevance is spread to its
neighbours within the section and down from the section's heading, weighed by the wanted facet, and all
sentences above a share of the best one are taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import Facet, IndexedDocument

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ListWeights:
    """How relevance is spread and cut."""

    neighbour: float = 0.35  # share of a direct neighbour's relevance that a sentence gains
    heading: float = 0.5  # share of its headings' relevance that a sentence gains
    facet: float = 0.6  # how far a sentence of another facet is held back: 1 hides it
    share: float = 0.55  # of the best sentence's relevance, from which a sentence belongs


def list_spans(
    indexed: IndexedDocument,
    passages: Floats,
    facet: Facet | None,
    section: int | None,
    weights: ListWeights,
) -> list[tuple[int, int]]:
    """Return the spans of the sentences that belong, in document order.

    `passages` holds each passage's fused relevance, shape (passages,). `section` restricts the list to
    one section.
    """
    if not indexed.sentences:
        return []
    relevance = spread(indexed, sentence_scores(indexed, passages), weights)
    relevance *= facet_factors(indexed, facet, weights)
    if section is not None:
        start, end = indexed.sections[section].start, indexed.sections[section].end
        inside = np.array([start <= s.start < end for s in indexed.sentences])
        relevance = np.where(inside, relevance, 0.0)
    best = float(relevance.max())
    if best <= 0:
        return []
    chosen = np.flatnonzero(relevance >= weights.share * best)
    return [(indexed.sentences[i].start, indexed.sentences[i].end) for i in chosen]


def sentence_scores(indexed: IndexedDocument, passages: Floats) -> Floats:
    """Return each sentence's relevance: that of its best passage, never below 0."""
    scores = np.zeros(len(indexed.sentences))
    for passage, score in zip(indexed.passages, passages, strict=True):
        for sentence in range(*passage.sentences):
            scores[sentence] = max(scores[sentence], score)
    return scores


def spread(indexed: IndexedDocument, scores: Floats, weights: ListWeights) -> Floats:
    """Add to each sentence a share of its neighbours' relevance and of its headings'."""
    home = np.array([-1 if s.section is None else s.section for s in indexed.sentences])
    together = home[1:] == home[:-1]
    result = scores.copy()
    result[1:] += weights.neighbour * np.where(together, scores[:-1], 0.0)
    result[:-1] += weights.neighbour * np.where(together, scores[1:], 0.0)
    headings = heading_scores(indexed, scores)
    result += weights.heading * np.array([headings[h] if h >= 0 else 0.0 for h in home])
    return result


def heading_scores(indexed: IndexedDocument, scores: Floats) -> list[float]:
    """Return for each section the best relevance among its own heading and those above it."""
    first: dict[int, int] = {s.start: s.index for s in reversed(indexed.sentences)}
    result: list[float] = []
    for section in indexed.sections:
        own = scores[first[section.start]] if section.start in first else 0.0
        above = result[section.parent] if section.parent is not None else 0.0
        result.append(max(float(own), above))
    return result


def facet_factors(indexed: IndexedDocument, facet: Facet | None, weights: ListWeights) -> Floats:
    """Return 1 for sentences of the wanted facet, less for others by how sure their label is."""
    if facet is None:
        return np.ones(len(indexed.sentences))
    factors = []
    for sentence in indexed.sentences:
        other = 0.0 if sentence.facet in (facet, None) else sentence.facet_probability or 0.0
        factors.append(1 - weights.facet * other)
    return np.array(factors)
