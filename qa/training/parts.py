"""Fit how a group is chosen: `python -m qa.training.parts --data ../shared/training --eval ../shared/eval`.

On the questions of the development sets (never v…) whose points are the members of a group of the document, and on those
written about what pieces of official documents list, which the reader of pairs has not seen. Listwise: the groups that
show the points among all that have what the question names. Each document's questions are scored by weights fitted on
the others; the figures are those of the development sets.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import IndexedDocument, build_index, groups_of, load_encoder, read_text
from index.training.reader.pairs import group_pieces, read_lines, shared_titles
from qa import parts
from qa.answering import Engine
from qa.parts import FEATURES, choices_of, features, read_groups
from qa.reranking import load_reranker
from qa.settings import Settings
from qa.showing import shown
from qa.training.sources import Source, read_development
from qa.types import Choice, Kind

KINDS = ("structure", "list")
ENOUGH = 0.75  # of the points that a right group shows
PENALTY = 0.001  # right first 73 % with 0.02, 77 with 0.005, 79 with this, documents left out


@dataclass(frozen=True, slots=True)
class Row:
    """A question: its document, FEATURES of each group that may be meant, their logits, and which are right."""

    document: str
    inputs: NDArray[np.float64]
    logits: NDArray[np.float64]
    right: NDArray[np.bool_]


def main() -> None:
    """Fit, print how often a right group comes first, and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(parts.__file__).parent / "data" / "parts.json")
    options = parser.parse_args()
    rows = [row for source in read_development(options.eval) for row in rows_of(source)]
    own = {row.document for row in rows}
    rows += grouped_rows(options.data, shared_titles(options.data, options.eval))
    model: dict[str, Any] = {"what": "weights of qa/parts.py", "how": "qa/training/parts.py"}
    for name in ("unread", "read"):
        weights = fit([_inputs(row, name == "read") for row in rows], [row.right for row in rows])
        model[f"{name} figures"] = figures(rows, name == "read", own)
        names = (*FEATURES, "read") if name == "read" else FEATURES
        model[name] = {n: round(float(w), 3) for n, w in zip(names, weights, strict=True)}
    print("\n".join(f"{name}: {said}" for name, said in model.items() if "figures" in name))
    options.out.write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"-> {options.out}")


def rows_of(source: Source) -> list[Row]:
    """Return the questions of a document that one of its groups answers."""
    records = [r for r in source.records if r["kind"] in KINDS and len(r["evidence"]) and not r["history"]]
    return _rows(source.name, source.text, records, lambda one, c, r: _shows(one, c, r["evidence"]))


def grouped_rows(data: Path, left_out: Collection[str]) -> list[Row]:
    """Return the questions about what pieces of official documents list: the shipped reader of pairs was trained on none."""
    official = {r["title"]: r for r in read_lines(data / "official.jsonl.xz")}
    parts = [group_pieces(official, left_out, kept=kept) for kept in (True, False)]
    records, texts = [*parts[0][0], *parts[1][0]], parts[0][1] | parts[1][1]

    def meant(_: IndexedDocument, choice: Choice, record: dict[str, Any]) -> bool:
        starts = record["starts"]
        own = [starts[n - 1] for n in record["items"]] if record["wants"] == "text" else starts
        return [i.start for i in choice.group.items] == starts and [i.start for i in choice.items] == own

    rows = []
    for name, text in texts.items():
        rows += _rows(name, text, [r for r in records if r["document"] == name], meant)
    return rows


def _rows(
    name: str,
    text: str,
    records: Sequence[dict[str, Any]],
    right_one: Callable[[IndexedDocument, Choice, dict[str, Any]], bool],
) -> list[Row]:
    """Return the rows of the records that are understood as questions about groups, where some are right and some not."""
    encoder = load_encoder()
    reranker = load_reranker("", encoder)
    if reranker is None:
        raise SystemExit("the shipped encoder has nothing that reads pairs")
    snapshot = build_index([read_text(text)], encoder=encoder)
    engine = Engine(snapshot, encoder, Settings(), reranker)
    one = snapshot.documents[0]
    rows = []
    for record in records:
        query, ranking, _ = engine.find(record["question"])
        if query.kind not in (Kind.STRUCTURE, Kind.LIST):
            continue
        choices = list(choices_of(query.where, one, groups_of(one)))
        right = np.array([right_one(one, choice, record) for choice in choices], dtype=np.bool_)
        if not right.any() or right.all():
            continue
        inputs = features(query, one, choices, ranking.of_document(0), encoder)
        logits, asked = read_groups(query, one, choices, reranker), np.isfinite(inputs).all(axis=1)
        if right[asked].any():  # the others lie outside the part that was named
            rows.append(Row(name, inputs[asked], logits[asked], right[asked]))
    return rows


def _shows(one: IndexedDocument, choice: Choice, evidence: Sequence[Sequence[str]]) -> bool:
    """Tell whether the chosen items show most points, and hardly anything else."""
    text = one.document.text
    spans = shown(one, choice, text=False).spans
    found = 0
    for group in evidence:
        places = [(at, at + len(span)) for span in group if (at := text.find(span)) >= 0]
        found += any(min(e, b) - max(s, a) >= 0.4 * min(e - s, b - a) for s, e in places for a, b in spans)
    return found >= ENOUGH * len(evidence) and found >= 0.6 * len(spans)


def _inputs(row: Row, read: bool) -> NDArray[np.float64]:
    return np.hstack([row.inputs, row.logits[:, None]]) if read else row.inputs


def fit(
    inputs: Sequence[NDArray[np.float64]], right: Sequence[NDArray[np.bool_]], penalty: float = PENALTY
) -> NDArray[np.float64]:
    """Return the weights that make the right rows of each matrix likeliest, shape (features,)."""
    optimize = import_module("scipy.optimize")

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = penalty / 2 * float(weights @ weights), penalty * weights
        for rows, yes in zip(inputs, right, strict=True):
            scores = rows @ weights
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            own = chances * yes / max(1e-12, float((chances * yes).sum()))
            value -= np.log(max(1e-12, float((chances * yes).sum()))) / len(inputs)
            gradient = gradient + rows.T @ (chances - own) / len(inputs)
        return float(value), gradient

    found = optimize.minimize(loss, np.zeros(inputs[0].shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)


def figures(rows: Sequence[Row], read: bool, documents: Collection[str]) -> str:
    """Return how often a right group comes first, or among READ, on some documents, each left out."""
    first: list[bool] = []
    among: list[bool] = []
    for held in sorted(documents):
        rest = [row for row in rows if row.document != held]
        weights = fit([_inputs(row, read) for row in rest], [row.right for row in rest])
        for row in (r for r in rows if r.document == held):
            order = np.argsort(-(_inputs(row, read) @ weights), kind="stable")
            first.append(bool(row.right[order[0]]))
            among.append(bool(row.right[order[: parts.READ]].any()))
    return f"right group first {100 * np.mean(first):.1f} %, among {parts.READ} {100 * np.mean(among):.1f} % of {len(first)}"


if __name__ == "__main__":
    main()
