"""How much of what people ask about each sentence of a document holds: what a digest chooses its key sentences by.

A logistic model over what the index knows of a sentence (qa/training/salience.py fits it): how near its vector is to the
middle of its unit's, whether it opens the unit, its figures, its facet.
"""

from __future__ import annotations

import functools
import json
from bisect import bisect_left
from collections.abc import Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from index import Facet, IndexedDocument, Snapshot

MANY = 5  # figures from which a sentence is full of them
LIKE = 1.5  # logits taken off for a sentence that says the same as one already chosen (cosine 1)
FEATURES = ("middle", "first", "figure", "figures", *(facet.value for facet in Facet))

Floats = NDArray[np.float64]


def sentence_vectors(snapshot: Snapshot, number: int) -> Floats:
    """Return a vector of unit length for each sentence of a document, shape (sentences, dimension)."""
    one = snapshot.documents[number]
    first, after = snapshot.span_of(number)
    rows = snapshot.dense.vectors(first, after - first)
    found = np.zeros((len(one.sentences), snapshot.dimension))
    for passage, vector in zip(one.passages, rows, strict=True):
        found[slice(*passage.sentences)] += vector
    return _unit(found)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def sentence_inputs(one: IndexedDocument, vectors: Floats) -> Floats:
    """Return FEATURES of each sentence, shape (sentences, features), each 0 to 1."""
    starts = [s.start for s in one.sentences]
    homes: dict[int | None, list[int]] = {}
    for sentence in one.sentences:
        homes.setdefault(sentence.section, []).append(sentence.index)
    found = np.zeros((len(starts), len(FEATURES)))
    for members in homes.values():
        middle = _unit(vectors[members].mean(axis=0, keepdims=True))[0]
        found[members, 0] = vectors[members] @ middle
        found[members[0], 1] = 1.0
    for quantity in one.knowledge.quantities:
        place = bisect_left(starts, quantity.start + 1) - 1
        if place >= 0:
            found[place, 3] += 1 / MANY
    found[:, 2] = found[:, 3] > 0
    found[:, 3] = np.minimum(found[:, 3], 1.0)
    for sentence in one.sentences:
        if sentence.facet is not None:
            column = FEATURES.index(sentence.facet.value)
            found[sentence.index, column] = sentence.facet_probability or 0.0
    return found


@functools.cache
def load_weights() -> Floats:
    """Return the weights of FEATURES."""
    found = json.loads((resources.files("qa") / "data" / "salience.json").read_text("utf-8"))
    return np.array([found["weights"][name] for name in FEATURES])


def salience(one: IndexedDocument, vectors: Floats) -> Floats:
    """Return how much each sentence holds of what people ask about, as logits but for a constant, shape (sentences,)."""
    return np.asarray(sentence_inputs(one, vectors) @ load_weights())


def ranked(scores: Floats, vectors: Floats, among: Sequence[int], count: int) -> list[int]:
    """Return the best `count` of the sentences `among`, best first, each weighed against those chosen before it.

    Maximal marginal relevance, Carbonell and Goldstein 1998.
    """
    left = list(among)
    worth = scores[left].copy()
    alike = np.zeros(len(left))
    chosen: list[int] = []
    while left and len(chosen) < count:
        best = int(np.argmax(worth - LIKE * alike))
        chosen.append(left.pop(best))
        worth, alike = np.delete(worth, best), np.delete(alike, best)
        if left:
            alike = np.maximum(alike, vectors[left] @ vectors[chosen[-1]])
    return chosen
