"""Fit which sentences belong to a list: `python -m qa.training.members --data ../shared/training --eval ../shared/eval`.

On the list questions of the development sets, of lists.jsonl.xz about the third of its documents that the reader's
training keeps apart, and of the made-up documents kept apart. The figures are those of documents left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import build_index
from index.loading import load_encoder
from index.reading import read_text
from index.training.reader.pairs import kept_apart, made_documents, read_lines
from qa.answering import Engine
from qa.asking import read_asked
from qa.lists import topic_words
from qa.members import FEATURES, READ, UNREAD, chances_by, likeliest_members, member_inputs
from qa.reranking import load_reranker, read_passages
from qa.retrieval import rank
from qa.settings import Settings
from qa.training.sources import Source, read_development
from qa.understanding import understand

PENALTY = 1e-4  # L2 penalty of standardised inputs; a layer of 12 between them and the chance was worse (F1 54.5; 56.3)
FOLDS = 8  # of documents
LEAST = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25)  # least chances of a member that are tried

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
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        rows = list(chain.from_iterable(pool.map(rows_of, list_sources(options.data, options.eval))))
    model: dict[str, Any] = {"what": "weights of qa/members.py", "how": "qa/training/members.py"}
    for name in ("unread", "read"):
        own = [replace(r, inputs=_unread(r.inputs)) if name == "unread" else r for r in rows]
        least, said = left_out(own)
        print(f"{name}: {said}")
        weights, bias = fit(own)
        model[name] = {
            "figures": said,
            "least": least,
            "weights": {n: round(float(w), 4) for n, w in zip(FEATURES, weights, strict=True)},
            "bias": round(bias, 4),
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
    made, texts = made_documents(kept=True)
    for name, text in texts.items():
        listed = [r for r in made if r["document"] == name and r["wants"] == "all" and not r.get("history")]
        own = [r | {"evidence": [[e] for e in r["evidence"]]} for r in listed if r["evidence"]]
        found.append(Source(f"made {name}", text, tuple(own)))
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
    for name in READ:
        blind[:, FEATURES.index(name)] = 0.0 if name in ("was read", "read all") else UNREAD
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


def left_out(rows: Sequence[Row]) -> tuple[float, str]:
    """Return the least chance with the best F1 on documents left out, and the figures with it.

    Recall of points, precision of characters, F1: means over the questions, each kind of document counted the same.
    """
    documents = sorted({row.document for row in rows})
    chances: list[tuple[Row, Floats]] = []
    for fold in range(FOLDS):
        held = set(documents[fold::FOLDS])
        model = fit([row for row in rows if row.document not in held])
        chances += [(r, chances_by(r.inputs, *model)) for r in rows if r.document in held]
    kinds = sorted({_kind(row) for row in rows})
    table = {
        t: np.mean(
            [np.mean([_figures(r, c, t) for r, c in chances if _kind(r) == k], axis=0) for k in kinds], axis=0
        )
        for t in LEAST
    }
    least = max(table, key=lambda t: float(table[t][2]))
    recall, precision, both = (100 * float(x) for x in table[least])
    said = f"recall {recall:.1f} %, precision {precision:.1f} %, F1 {both:.1f} of {len(rows)} questions"
    return least, said


def _kind(row: Row) -> str:
    """Return of which kind a question's document is: made up, of a development set, or of judged.jsonl.xz."""
    name = row.document.split(" ")[0]
    return "made" if name == "made" else "set" if name.isascii() else "judged"


def _figures(row: Row, chances: Floats, least: float) -> tuple[float, float, float]:
    taken = np.zeros(len(chances), dtype=np.bool_)
    taken[likeliest_members(chances, least)] = True
    recall = float(row.right[:, taken].any(axis=1).mean())
    precision = float(row.sizes[taken & row.belongs].sum() / row.sizes[taken].sum())
    return recall, precision, 2 * recall * precision / (recall + precision) if recall + precision else 0.0


if __name__ == "__main__":
    main()
