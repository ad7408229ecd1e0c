"""Fit which sentences belong to a list: `python -m qa.training.members --data ../shared/training --eval ../shared/eval`.

On the list questions of the development sets, and of lists.jsonl.xz about the third of its documents that the reader's
training keeps apart. The figures are those of documents left out; the threshold is the one with the best F1 on them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import build_index
from index.loading import load_encoder
from index.reading import read_text
from index.training.reader.pairs import kept_apart, read_lines
from qa.answering import Engine
from qa.asking import read_asked
from qa.lists import topic_words
from qa.members import FEATURES, member_inputs
from qa.reranking import load_reranker, read_passages
from qa.retrieval import rank
from qa.settings import Settings
from qa.training.confidence import Source, read_development
from qa.understanding import understand

READ = ("read", "was read")
PENALTY = 1e-4  # L2 penalty of standardised inputs
FOLDS = 8  # of documents
LEAST = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)  # thresholds that are tried

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """A list question: its document, FEATURES of each sentence, which of its points each shows, and its length."""

    document: str
    inputs: Floats
    right: NDArray[np.bool_]  # (points, sentences)
    sizes: Floats

    @property
    def belongs(self) -> NDArray[np.bool_]:
        """Return which sentences show a point."""
        return np.asarray(self.right.any(axis=0))


def main() -> None:
    """Fit, print the figures and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval", type=Path, required=True, help="the development sets")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data" / "members.json")
    options = parser.parse_args()
    rows = [row for source in list_sources(options.data, options.eval) for row in rows_of(source)]
    model: dict[str, Any] = {"what": "weights of qa/members.py", "how": "qa/training/members.py"}
    for name in ("unread", "read"):
        own = [replace(r, inputs=_unread(r.inputs)) if name == "unread" else r for r in rows]
        least, said = best_least(own)
        print(f"{name}: {said}")
        weights, bias = fit(own)
        model[name] = {
            "figures": said,
            "least": least,
            "bias": round(bias, 4),
            "weights": {n: round(float(w), 4) for n, w in zip(FEATURES, weights, strict=True)},
        }
    options.out.write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"-> {options.out}")


def list_sources(data: Path, sets: Path) -> list[Source]:
    """Return the documents whose list questions are fitted on, with these."""
    found = [
        replace(s, records=tuple(r for r in s.records if r["kind"] == "list" and not r["history"]))
        for s in read_development(sets)
    ]
    kept, asked = kept_apart(data), read_lines(data / "lists.jsonl.xz")
    for document in (r for r in read_lines(data / "judged.jsonl.xz") if r.get("title") in kept):
        own = [r | {"evidence": r["points"]} for r in asked if r["document"] == document["document"]]
        found.append(Source(document["title"], document["text"], tuple(own)))
    return found


def rows_of(source: Source) -> list[Row]:
    """Return a document's list questions, each asked as one, whatever it is taken for."""
    encoder = load_encoder()
    reranker = load_reranker("", encoder)
    snapshot = build_index([read_text(source.text)], encoder=encoder)
    engine = Engine(snapshot, encoder, Settings(), reranker)
    one = snapshot.documents[0]
    rows = []
    for record in source.records:
        asked = replace(read_asked(record["question"], (), encoder, reranker), wants="all")
        query = understand(record["question"], [], list(snapshot.documents), asked)
        ranking = rank(query, snapshot, encoder, engine.settings)
        passages = np.maximum(ranking.of_document(0), 0.0)
        logits = read_passages(query, ranking, snapshot, 0, reranker)
        right = np.array([_shown(one.document.text, point, one.sentences) for point in record["evidence"]])
        inputs = member_inputs(query, one, topic_words(query), passages, logits)
        sizes = np.array([float(s.end - s.start) for s in one.sentences])
        rows.append(Row(source.name, inputs, right, sizes))
    return rows


def _shown(text: str, spans: Sequence[str], sentences: Sequence[Any]) -> list[bool]:
    places = [(at, at + len(span)) for span in spans if (at := text.find(span)) >= 0]
    return [
        any(min(b, s.end) - max(a, s.start) >= max(4, min(b - a, s.end - s.start) // 2) for a, b in places)
        for s in sentences
    ]


def _unread(inputs: Floats) -> Floats:
    blind = inputs.copy()
    blind[:, [FEATURES.index(name) for name in READ]] = 0.0
    return blind


def fit(rows: Sequence[Row]) -> tuple[Floats, float]:
    """Return weights and bias of a logistic regression in which each question counts the same."""
    optimize = import_module("scipy.optimize")
    inputs = np.concatenate([row.inputs for row in rows])
    signs = np.where(np.concatenate([row.belongs for row in rows]), 1.0, -1.0)
    share = np.concatenate([np.full(len(row.inputs), 1 / len(row.inputs)) for row in rows]) / len(rows)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    scaled = (inputs - mean) / spread

    def loss(values: Floats) -> tuple[float, Floats]:
        margin = signs * (scaled @ values[:-1] + values[-1])
        pull = -signs * share / (1 + np.exp(np.clip(margin, -30, 30)))
        gradient = np.append(pull @ scaled + PENALTY * values[:-1], pull.sum())
        value = float((share * np.logaddexp(0, -margin)).sum() + PENALTY / 2 * (values[:-1] ** 2).sum())
        return value, gradient

    found = optimize.minimize(loss, np.zeros(inputs.shape[1] + 1), jac=True, method="L-BFGS-B").x
    weights = np.where(inputs.std(axis=0) > 0, found[:-1] / spread, 0.0)
    return weights, float(found[-1] - weights @ mean)


def best_least(rows: Sequence[Row]) -> tuple[float, str]:
    """Return the threshold with the best F1 on documents left out, and the figures with it."""
    documents = sorted({row.document for row in rows})
    chances: list[tuple[Row, Floats]] = []
    for fold in range(FOLDS):
        held = set(documents[fold::FOLDS])
        weights, bias = fit([row for row in rows if row.document not in held])
        chances += [(r, 1 / (1 + np.exp(-(r.inputs @ weights + bias)))) for r in rows if r.document in held]
    table = {least: _mean(chances, least) for least in LEAST}
    least = max(table, key=lambda t: table[t][2])
    recall, precision, both = (100 * float(x) for x in table[least])
    return (
        least,
        f"recall {recall:.1f} %, precision {precision:.1f} %, F1 {both:.1f} of {len(rows)} questions",
    )


def _mean(chances: Sequence[tuple[Row, Floats]], least: float) -> Floats:
    """Return the means of recall of points, precision of characters, F1."""
    found = []
    for row, own in chances:
        taken = own >= min(least, float(own.max()))
        recall = float(row.right[:, taken].any(axis=1).mean())
        precision = float(row.sizes[taken & row.belongs].sum() / row.sizes[taken].sum())
        found.append(
            (recall, precision, 2 * recall * precision / (recall + precision) if recall + precision else 0.0)
        )
    return np.asarray(np.array(found).mean(axis=0))


if __name__ == "__main__":
    main()
