"""Fit what a follow-up's score is made of: `python -m qa.training.following --data ../shared/training --eval ../shared/eval`.

On the follow-ups of the development sets and of the third of judged.jsonl.xz that the reader's training keeps apart.
The figures are those of documents left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import build_index
from index.loading import load_encoder
from index.reading import read_text
from qa.answering import Engine
from qa.reranking import load_reranker
from qa.retrieval import FOLLOWING, follow_inputs
from qa.settings import Settings
from qa.training.parts import fit
from qa.training.sources import Source, read_sources

PENALTY = 0.02  # L2 penalty of standardised inputs: 0.005 to 0.1 are alike
FOLDS = 10  # of documents
TEXTS = 4  # the first of FOLLOWING, whose weights add up to 1
ALL = 100  # questions of a made-up document: more than any has
OUT = Path(__file__).parents[1] / "data" / "following.json"


@dataclass(frozen=True, slots=True)
class Row:
    """A follow-up: its document, FOLLOWING of each passage, and which passages answer."""

    document: str
    inputs: NDArray[np.float64]
    right: NDArray[np.bool_]


def main() -> None:
    """Fit, print the figures and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval", type=Path, required=True, help="the development sets")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        rows = list(chain.from_iterable(pool.map(rows_of, read_sources(options.data, options.eval, ALL))))
    said = figures(rows)
    print(said)
    weights = weigh(rows)
    model: dict[str, Any] = {
        "what": "weights of FOLLOWING in qa/retrieval.py",
        "how": "qa/training/following.py",
        "figures": said,
        "weights": {n: round(float(w), 4) for n, w in zip(FOLLOWING, weights, strict=True)},
    }
    options.out.write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"-> {options.out}")


def rows_of(source: Source) -> list[Row]:
    """Return a document's questions that lean on the turns before and are answered by passages."""
    encoder = load_encoder()
    snapshot = build_index([read_text(source.text)], encoder=encoder)
    engine = Engine(snapshot, encoder, Settings(), load_reranker("", encoder))
    one = snapshot.documents[0]
    rows = []
    for record in (r for r in source.records if r["history"] and r["evidence"]):
        query, _, _ = engine.find(record["question"], engine.turns(record["history"]))
        spans = list(_places(one.document.text, record["evidence"]))
        right = np.array(
            [
                any(
                    min(b, p.end) - max(a, p.start) >= max(4, min(b - a, p.end - p.start) // 2)
                    for a, b in spans
                )
                for p in one.passages
            ]
        )
        if query.before and right.any() and not right.all():
            inputs, _ = follow_inputs(query, snapshot, encoder, Settings())
            rows.append(Row(source.name, inputs.astype(np.float64), right))
    return rows


def _places(text: str, evidence: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    spans = [span for group in evidence for span in ([group] if isinstance(group, str) else group)]
    return [(at, at + len(span)) for span in spans if (at := text.find(span)) >= 0]


def weigh(rows: Sequence[Row]) -> NDArray[np.float64]:
    """Return the weights of FOLLOWING that make the passages that answer likeliest, those of texts adding up to 1."""
    spread = np.concatenate([row.inputs for row in rows]).std(axis=0) + 1e-6
    weights = fit([row.inputs / spread for row in rows], [row.right for row in rows], PENALTY) / spread
    return np.asarray(weights / weights[:TEXTS].sum())


def figures(rows: Sequence[Row]) -> str:
    """Return how often a right passage comes first, and among five, on documents left out."""
    places: list[int] = []
    alone = [bool(row.right[int(row.inputs[:, 0].argmax())]) for row in rows]
    documents = sorted({row.document for row in rows})
    for fold in range(FOLDS):
        held = set(documents[fold::FOLDS])
        weights = weigh([row for row in rows if row.document not in held])
        for row in (r for r in rows if r.document in held):
            order = np.argsort(-(row.inputs @ weights), kind="stable")
            places.append(int(np.flatnonzero(row.right[order])[0]))
    found = np.array(places)
    return (
        f"right passage first {100 * np.mean(found == 0):.1f} %, among five {100 * np.mean(found < 5):.1f} % of {len(rows)};"
        f" by the question alone {100 * np.mean(alone):.1f} %"
    )


if __name__ == "__main__":
    main()
