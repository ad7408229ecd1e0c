"""Fit what a digest's key sentences are chosen by: `python -m qa.training.salience --eval ../shared/eval`.

A sentence is right where somebody's question about the document is answered by it. The figures are those of documents left
out: the share of all evidence that the chosen sentences hold, at most BUDGET characters of each part.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from index.build import build_index
from index.loading import load_encoder
from index.reading import read_text
from qa.partition import Ground, candidates_of, parts_of
from qa.salience import FEATURES, ranked, sentence_inputs, sentence_vectors
from qa.training.sources import Source, read_development

BUDGET = 250  # characters of a part's key sentences
HELD = 0.5  # share of a sentence, or of the evidence, that the other holds from which it is the same
PENALTY = 0.1  # inverse of the L2 penalty

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A document's sentences: their inputs, vectors, sizes, whether each holds evidence; the candidates of each part."""

    inputs: Floats
    vectors: Floats
    sizes: list[int]
    held: NDArray[np.bool_]  # (evidence, sentences)
    parts: list[list[int]]


def sample_of(source: Source) -> Sample:
    """Return a document as it is fitted on."""
    snapshot = build_index([read_text(source.text)], encoder=load_encoder())
    one = snapshot.documents[0]
    said = (group[0] for record in source.records for group in record["evidence"] or [])
    found = ((one.document.text.find(span), len(span)) for span in said)
    spans = [(at, at + size) for at, size in found if at >= 0]
    held = np.zeros((len(spans), len(one.sentences)), dtype=np.bool_)
    for row, (start, end) in enumerate(spans):
        for s in one.sentences:
            shared = min(end, s.end) - max(start, s.start)
            held[row, s.index] = shared >= HELD * min(end - start, s.end - s.start)
    vectors = sentence_vectors(snapshot, 0)
    ground = Ground.of(one)
    parts = [candidates_of(ground, part.start, part.end) for part in parts_of(ground, None)]
    sizes = [s.end - s.start for s in one.sentences]
    return Sample(sentence_inputs(one, vectors), vectors, sizes, held, parts)


def fit(samples: list[Sample]) -> Floats:
    """Return the weights of FEATURES."""
    own = [(s, [n for part in s.parts for n in part]) for s in samples]
    inputs = np.concatenate([s.inputs[n] for s, n in own])
    right = np.concatenate([np.asarray(s.held.any(axis=0))[n] for s, n in own])
    model = LogisticRegression(C=PENALTY, max_iter=1_000).fit(inputs, right)
    return np.asarray(model.coef_[0], dtype=np.float64)


def covered(sample: Sample, scores: Floats) -> tuple[int, int]:
    """Return how many spans of evidence the chosen sentences hold, and of how many."""
    chosen: list[int] = []
    for part in sample.parts:
        left = BUDGET
        for number in ranked(scores, sample.vectors, part, len(part)):
            if sample.sizes[number] <= left:
                left -= sample.sizes[number]
                chosen.append(number)
    return int(sample.held[:, chosen].any(axis=1).sum()), len(sample.held)


def share(samples: list[Sample], score: Callable[[int], Floats]) -> float:
    """Return the percentage of all evidence held; `score` gives the scores of a sample by its place."""
    found = [covered(sample, score(n)) for n, sample in enumerate(samples)]
    return round(100 * sum(f[0] for f in found) / max(1, sum(f[1] for f in found)), 1)


def main() -> None:
    """Fit, print the figures and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--eval", type=Path, required=True, help="the development sets")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data" / "salience.json")
    options = parser.parse_args()
    samples = [sample_of(source) for source in read_development(options.eval)]
    left_out = [fit([s for s in samples if s is not sample]) for sample in samples]
    rng = np.random.default_rng(0)
    noise: list[Floats] = [rng.normal(scale=10, size=len(s.sizes)) for s in samples]
    figures = {
        "documents": len(samples),
        "held by documents left out": share(samples, lambda n: np.asarray(samples[n].inputs @ left_out[n])),
        "held at random": share(samples, lambda n: noise[n]),
        "held by the first sentences": share(
            samples, lambda n: -10.0 * np.arange(len(noise[n]), dtype=np.float64)
        ),
        "held by the middle alone": share(
            samples, lambda n: np.asarray(10.0 * samples[n].inputs[:, 0], dtype=np.float64)
        ),
    }
    weights = {n: round(float(w), 4) for n, w in zip(FEATURES, fit(samples), strict=True)}
    what: dict[str, Any] = {"what": "weights of qa/salience.py", "how": "qa/training/salience.py"}
    model = what | {"figures": figures, "weights": weights}
    print(json.dumps(figures))
    options.out.write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"-> {options.out}")


if __name__ == "__main__":
    main()
