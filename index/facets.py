"""Sentence -> facet: achievement, goal, requirement, background or other, with a probability.

A small linear model over cues that a reader names too: aspect and modality words, numbers, how the
sentence opens, what its headings announce, where it stands. A second pass lets neighbours speak, since
such texts keep to one facet for long stretches. The weights are in data/facets.json, one line a cue.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from index.cues import sentence_cues
from index.types import Document, Facet, Section, Sentence

Floats = NDArray[np.float64]
FACETS = tuple(Facet)


def label_facets(
    document: Document, sections: Sequence[Section], sentences: Sequence[Sentence]
) -> tuple[Sentence, ...]:
    """Return the sentences with `facet` and `facet_probability` set."""
    if not sentences:
        return ()
    model = shipped_model()
    first = model.first(sentence_cues(document, sections, sentences))
    final = model.second(first)
    return tuple(
        replace(s, facet=FACETS[int(p.argmax())], facet_probability=round(float(p.max()), 4))
        for s, p in zip(sentences, final, strict=True)
    )


class FacetModel:
    """Two linear layers with softmax: over a sentence's cues, then over its own and its neighbours' result."""

    def __init__(
        self,
        cues: dict[str, list[float]],
        bias: list[float],
        second: list[list[float]],
        second_bias: list[float],
    ) -> None:
        """Take one weight a facet for each cue, and (inputs, facets) weights for the second layer."""
        self.cues = {name: np.array(weights) for name, weights in cues.items()}
        self.bias = np.array(bias)
        self._second = np.array(second)
        self._second_bias = np.array(second_bias)

    def first(self, rows: Sequence[Sequence[str]]) -> Floats:
        """Return each sentence's probabilities from its own cues, shape (sentences, facets)."""
        scores = np.tile(self.bias, (len(rows), 1))
        for number, row in enumerate(rows):
            for name in row:
                weights = self.cues.get(name)
                if weights is not None:
                    scores[number] += weights
        return softmax(scores)

    def second(self, first: Floats) -> Floats:
        """Return the final probabilities, shape (sentences, facets)."""
        return softmax(neighbour_inputs(first) @ self._second + self._second_bias)


def softmax(scores: Floats) -> Floats:
    """Return exp(s) / Σ exp(s) along the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def neighbour_inputs(first: Floats) -> Floats:
    """Return the second layer's inputs, shape (sentences, 3 × facets).

    Log-probabilities of the sentence, of the one before and of the one after. Wider windows (three on
    each side, the section) were no better on documents left out of the fit.
    """
    logs = np.log(np.clip(first, 1e-4, None))
    return np.hstack([logs, np.vstack([logs[:1], logs[:-1]]), np.vstack([logs[1:], logs[-1:]])])


@functools.cache
def shipped_model() -> FacetModel:
    """Load the model that is shipped with the package."""
    data = json.loads((resources.files("index") / "data" / "facets.json").read_text("utf-8"))
    return FacetModel(data["cues"], data["bias"], data["second"], data["second_bias"])
