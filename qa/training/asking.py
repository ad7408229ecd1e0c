"""Fit the linear models of qa/asking.py: `python -m qa.training.asking --data ../shared/training`.

Softmax regression over the fast encoder's vectors (of relations over the transformer's, too) of understanding.jsonl and of the questions written for this
project (index/training/reader/asked.jsonl.xz); every fifth question of the former is left out for the figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import (
    ASKED,
    FAST,
    Encoder,
    FusedEncoder,
    IndexedDocument,
    groups_of,
    index_document,
    load_encoder,
    main_unit,
    read_text,
)
from index.training.reader.pairs import (
    ASKED_QUESTIONS,
    GROUP_QUESTIONS,
    WHOLE_QUESTIONS,
    asked_values,
    read_lines,
)
from qa.asking import features, turn_features

PENALTY = 3e-4
HELD = 5  # one in so many is left out


def main() -> None:
    """Fit on all but those left out, print how often each head is right on these, fit on all and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data" / "asking.npz")
    options = parser.parse_args()
    lines = (options.data / "understanding.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    own = read_lines(ASKED_QUESTIONS)
    encoder, full = load_encoder(FAST), load_encoder()
    if not isinstance(full, FusedEncoder):
        raise SystemExit("the shipped encoder has no transformer")
    asked = [(r["question"], r["history"]) for r in (*records, *own)]
    rows = np.array([features(encoder, *one) for one in asked])
    turned = np.hstack([rows, [turn_features(full, *one) for one in asked]]).astype(np.float32)
    values = [asked_values(r) for r in (*records, *own)]
    relations = [(-1, relation, -1, -1) for _, relation, *_ in values]
    held = [n for n in range(len(records)) if n % HELD == 0]
    rest = [n for n in range(len(rows)) if n not in set(held)]
    for inputs, told in ((rows, values), (turned, relations)):
        fitted = fit(inputs[rest], [told[n] for n in rest])
        print(figures(inputs[held], [told[n] for n in held], *fitted))
    weights, bias = fit(rows, values)
    turns, turns_bias = fit(turned, relations)
    whole, said = fit_whole(options.data, encoder)
    print(said)
    np.savez_compressed(
        options.out,
        weights=weights.astype(np.float16),
        bias=bias.astype(np.float32),
        turns=turns.astype(np.float16),
        turns_bias=turns_bias.astype(np.float32),
        whole=whole.astype(np.float16),
    )
    print(f"-> {options.out}")


def fit_whole(data: Path, encoder: Encoder) -> tuple[NDArray[np.float64], str]:
    """Return the weights, the bias behind them, of the chance that the parts of the document itself are asked for.

    From the questions of GROUP_QUESTIONS and WHOLE_QUESTIONS; also said is how often it is right about documents left out.
    """
    texts = {r["document"]: r["text"] for r in read_lines(data / "judged.jsonl.xz") if "text" in r}
    rows, right, documents = [], [], []
    known: dict[str, IndexedDocument] = {}
    for record in read_lines(GROUP_QUESTIONS):
        if record["document"] not in known:
            known[record["document"]] = index_document(read_text(texts[record["document"]]))
        one, starts = known[record["document"]], set(record["starts"])
        meant = max(groups_of(one), key=lambda g: len(starts & {i.start for i in g.items}))
        rows.append(features(encoder, record["question"], ()))
        right.append(meant.unit == main_unit(one) and meant.items[0].unit is not None)
        documents.append(record["document"])
    for number, record in enumerate(read_lines(WHOLE_QUESTIONS)):
        rows.append(features(encoder, record["question"], ()))
        right.append(record["whole"])
        documents.append(str(number))
    inputs, yes = np.array(rows, dtype=np.float64), np.array(right)
    held = np.array([int(d) % HELD == 0 for d in documents])
    fitted = _logistic(inputs[~held], yes[~held])
    found = (inputs[held] @ fitted[:-1] + fitted[-1] > 0) == yes[held]
    said = f"whole {100 * found.mean():.1f} % of {held.sum()} ({100 * (1 - yes[held].mean()):.1f} are not)"
    return _logistic(inputs, yes), said


def _logistic(inputs: NDArray[np.float64], yes: NDArray[np.bool_]) -> NDArray[np.float64]:
    signs = np.where(yes, 1.0, -1.0)

    def loss(both: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = signs * (inputs @ both[:-1] + both[-1])
        pull = -signs / (1 + np.exp(np.clip(margin, -30, 30))) / len(inputs)
        gradient = np.append(pull @ inputs + PENALTY * both[:-1], pull.sum())
        return float(np.logaddexp(0, -margin).mean() + PENALTY / 2 * (both[:-1] ** 2).sum()), gradient

    optimize = import_module("scipy.optimize")
    found = optimize.minimize(loss, np.zeros(inputs.shape[1] + 1), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)


def fit(
    rows: NDArray[np.float32], values: Sequence[tuple[int, ...]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights (features, values) and biases (values,) of one softmax regression a head; none of heads without values."""
    optimize = import_module("scipy.optimize")
    weights, biases = [], []
    for head, names in enumerate(ASKED.values()):
        known = [n for n, v in enumerate(values) if v[head] >= 0]
        if not known:
            continue
        inputs, right = rows[known], np.eye(len(names))[[values[n][head] for n in known]]
        size = (inputs.shape[1] + 1, len(names))

        def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            both = flat.reshape(size)  # noqa: B023 - called at once
            scores = inputs @ both[:-1].astype(np.float32) + both[-1]  # noqa: B023
            scores -= scores.max(axis=1, keepdims=True)
            logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
            pull = (np.exp(logs) - right) / len(inputs)  # noqa: B023
            gradient = np.vstack([inputs.T @ pull.astype(np.float32) + PENALTY * both[:-1], pull.sum(axis=0)])  # noqa: B023
            value = -(logs * right).sum() / len(inputs) + PENALTY / 2 * (both[:-1] ** 2).sum()  # noqa: B023
            return float(value), gradient.ravel()

        found = optimize.minimize(
            loss, np.zeros(size).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 300}
        )
        both = found.x.reshape(size)
        weights.append(both[:-1])
        biases.append(both[-1])
    return np.hstack(weights), np.concatenate(biases)


def figures(
    rows: NDArray[np.float32],
    values: Sequence[tuple[int, ...]],
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
) -> str:
    """Return how often each head is right."""
    scores = rows @ weights + bias
    cells, at = [], 0
    for head, (name, names) in enumerate(ASKED.items()):
        if all(v[head] < 0 for v in values):
            continue
        best = scores[:, at : at + len(names)].argmax(axis=1)
        right = [b == v[head] for b, v in zip(best, values, strict=True) if v[head] >= 0]
        cells.append(f"{name} {100 * np.mean(right):.1f} % of {len(right)}")
        at += len(names)
    return ", ".join(cells)


if __name__ == "__main__":
    main()
