"""Fit the model of run-in headings and parallel units.

    python -m index.training.structure --data ../shared/training --eval ../shared/eval [--folds]

The outlines are those of the development sets and outline_labels.json (offsets into official documents,
whose text is not kept here). With --folds every t document is scored by the evaluation kit's score.py with
weights that were fitted without it; without, the weights are fitted on all and written. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.reading import View, read_view
from index.structure.forest import Forest
from index.structure.nodes import Lines, numbered_tree
from index.structure.openings import Container, Scale, containers
from index.structure.runin import Weights, neighbours
from index.structure.shapes import all_openings, shapes
from index.structure.tree import parse_sections
from index.training.outlines import KINDS, Outline, forms, read_labelled, read_sets

HERE = Path(__file__).parent
FOLDS = 5
INNER = 3  # folds in which the first model's probabilities for the second are made
NEAR = 2  # characters beside its gold start where a unit may start, as in score.py
THINNED = 4  # one of so many sentences that are no units is fitted on, and weighs for all
LEAST, ALONE = 0.3, 0.8  # probabilities from which openings count; see --folds
ROUNDS, RATE, LEAVES, LEAF, PENALTY, SHARE = 150, 0.05, 24, 8, 1.0, 0.07  # by --folds

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """An outline's openings: their shapes, which are units (1.0), which are fitted on, and how much they weigh."""

    outline: Outline
    view: View
    found: list[Container]
    rows: list[dict[str, float]]
    labels: Floats
    known: NDArray[np.bool_]
    weights: Floats


def example(outline: Outline) -> Example:
    """Return the openings of a document with their labels."""
    view = read_view(outline.text)
    lines = Lines.of(view)
    found = containers(numbered_tree(view, lines), view.text, lines)
    starts = [view.span(o.start, o.start + 1)[0] for o in all_openings(found)]
    kinds = {start + near: kind for start, _, kind in outline.units for near in range(-NEAR, NEAR + 1)}
    labels = [float(kinds.get(start, "numbered") != "numbered") for start in starts]
    known = [start < outline.end and kinds.get(start) != "numbered" for start in starts]
    dull = np.array(
        [
            o.scale >= Scale.SENTENCE and not label
            for o, label in zip(all_openings(found), labels, strict=True)
        ],
        dtype=bool,
    )
    kept = np.array(known, dtype=bool) & (~dull | (np.arange(len(dull)) % THINNED == 0))
    weights = outline.weight * np.where(dull, float(THINNED), 1.0)
    rows = shapes(view.text, found, view.has_lines)
    return Example(outline, view, found, rows, np.array(labels), kept, weights)


# --- fitting ----------------------------------------------------------------------------------------


def fit(examples: Sequence[Example]) -> dict[str, Any]:
    """Return the weights file's data: both models, fitted on `examples`."""
    first = _fit_forest(examples, [e.rows for e in examples])
    names = sorted({e.outline.name for e in examples})
    both: dict[int, list[dict[str, float]]] = {}
    for fold in range(INNER):
        held = set(names[fold::INNER])
        model = Forest(
            **_fit_forest(seen := [e for e in examples if e.outline.name not in held], [e.rows for e in seen])
        )
        both |= {id(e): _both(e, model) for e in examples if e.outline.name in held}
    second = _fit_forest(examples, [both[id(e)] for e in examples])
    return {"least": LEAST, "alone": ALONE, "first": first, "second": second}


def _both(one: Example, model: Forest) -> list[dict[str, float]]:
    if not one.rows:
        return []
    around = neighbours(one.view.text, one.found, model.probability(model.matrix(one.rows)))
    return [row | more for row, more in zip(one.rows, around, strict=True)]


def _fit_forest(examples: Sequence[Example], rows: Sequence[list[dict[str, float]]]) -> dict[str, Any]:
    names = sorted({name for some in rows for row in some for name in row})
    inputs = [
        [row.get(name, 0.0) for name in names]
        for one, some in zip(examples, rows, strict=True)
        for row, known in zip(some, one.known, strict=True)
        if known
    ]
    labels = np.concatenate([e.labels[e.known] for e in examples])
    weights = np.concatenate([e.weights[e.known] for e in examples])
    kind = import_module("sklearn.ensemble").HistGradientBoostingClassifier
    model = kind(
        max_iter=ROUNDS, learning_rate=RATE, max_leaf_nodes=LEAVES, min_samples_leaf=LEAF,
        l2_regularization=PENALTY, max_features=SHARE, early_stopping=False, random_state=0,
    )  # fmt: skip
    model.fit(np.array(inputs), labels, sample_weight=weights)
    return {
        "names": names,
        "bias": round(float(model._baseline_prediction.ravel()[0]), 4),
        "trees": [_tree(tree[0].nodes) for tree in model._predictors],
    }


def _tree(nodes: Any) -> dict[str, list[float]]:
    leaf = nodes["is_leaf"].astype(bool)
    return {
        "input": np.where(leaf, -1, nodes["feature_idx"]).tolist(),
        "limit": [float(f"{v:.4g}") for v in np.where(leaf, 0.0, nodes["num_threshold"])],
        "left": nodes["left"].tolist(),
        "right": nodes["right"].tolist(),
        "value": [round(float(v), 4) for v in np.where(leaf, nodes["value"], 0.0)],
    }


# --- figures ----------------------------------------------------------------------------------------


def score_module(folder: Path) -> ModuleType:
    """Return the evaluation kit's score.py."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{folder}: no score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(outline: Outline, weights: Weights, score: ModuleType) -> dict[str, Any]:
    """Return what score.py says of a document's outline under `weights`."""
    sections = [s for s in parse_sections(read_view(outline.text), weights) if s.start < outline.end]
    gold = [
        {"lead": outline.text[start:], "level": level, "kind": kind} for start, level, kind in outline.units
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        found = score.score_outline(
            outline.text, gold, [{"start": s.start, "level": s.level} for s in sections]
        )
    return dict(found)


def folds(
    outlines: Sequence[Outline], examples: Sequence[Example], score: ModuleType
) -> dict[str, dict[str, Any]]:
    """Return the figures of every document, each by weights fitted without it."""
    names = sorted({o.name for o in outlines}, key=lambda n: hashlib.sha256(n.encode()).hexdigest())
    result: dict[str, dict[str, Any]] = {}
    for fold in range(FOLDS):
        held = set(names[fold::FOLDS])
        weights = Weights.read(fit([e for e in examples if e.outline.name not in held]))
        result |= {o.name: figures(o, weights, score) for o in outlines if o.name in held}
    return result


def table(result: Mapping[str, Mapping[str, Any]], names: Iterable[str]) -> list[str]:
    """Return one line a document and one over all of them."""
    lines, total = [], dict.fromkeys(("sections", "right", "found", "parents"), 0.0)
    recall = {kind: [0.0, 0] for kind in KINDS.values()}
    for name in sorted(names):
        one = result[name]
        found = 0.0
        parts = []
        for kind, pair in recall.items():
            hit = one[kind] * (one[f"{kind}_recall"] or 0) / 100
            pair[0] += hit
            pair[1] += one[kind]
            found += hit
            parts.append(f"{kind} {hit:3.0f}/{one[kind]:3}")
        total["sections"] += one["sections"]
        total["right"] += one["sections"] * one["precision"] / 100
        total["found"] += found
        total["parents"] += found * one["parent_right"] / 100
        lines.append(
            f"{name[:24]:26}{'  '.join(parts)}  precision {one['precision']:5.1f}  parent {one['parent_right']:5.1f}"
        )
    shares = "  ".join(f"{kind} {100 * hit / max(n, 1):.1f} ({n})" for kind, (hit, n) in recall.items())
    precision, parent = total["right"] / max(total["sections"], 1), total["parents"] / max(total["found"], 1)
    return [*lines, f"{'all':26}{shares}  precision {100 * precision:.1f}  parent {100 * parent:.1f}"]


def main() -> None:
    """Fit and write the weights, or print the figures by folds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument(
        "--folds", action="store_true", help="score each document by weights fitted without it"
    )
    parser.add_argument("--out", type=Path, default=HERE.parent / "data" / "openings.json")
    options = parser.parse_args()
    score = score_module(options.eval)
    outlines = read_sets(options.eval, score) + read_labelled(options.data)
    examples = [example(form) for outline in outlines for form in forms(outline)]
    if options.folds:
        result = folds(outlines, examples, score)
        for group in (r"t\d+", r"seed|d\d", r"(?!(?:t\d+|seed|d\d)$).*"):
            print("\n".join(table(result, [n for n in result if re.fullmatch(group, n)])), "\n")
        return
    card = {
        "what": "boosted trees of index/structure/runin.py",
        "how": "index/training/structure.py; --folds prints the figures on documents left out",
        "data": f"outlines of {len(outlines)} official documents, {sum(len(o.units) for o in outlines)} units",
        "licence": "MIT; the documents are official ones, outside copyright (PRC Copyright Law, Article 5)",
    }
    options.out.write_text(json.dumps({"card": card} | fit(examples), ensure_ascii=False), "utf-8")
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
