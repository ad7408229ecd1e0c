"""Fit the linear models of qa/asking.py: `python -m qa.training.asking --data ../shared/training`.

Softmax regression over the fast encoder's vectors of understanding.jsonl and of the questions written for this
project (index/training/reader/asked.jsonl.xz); every fifth question of the former is left out for the figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import ASKED, FAST, load_encoder
from index.training.reader.pairs import ASKED_QUESTIONS, read_lines
from qa.asking import features

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
    encoder = load_encoder(FAST)
    rows = [features(encoder, r["question"], r["history"]) for r in (*records, *own)]
    values = [_values(r) for r in (*records, *own)]
    held = [n for n in range(len(records)) if n % HELD == 0]
    rest = [n for n in range(len(rows)) if n not in set(held)]
    fitted = fit(np.array([rows[n] for n in rest]), [values[n] for n in rest])
    print(figures(np.array([rows[n] for n in held]), [values[n] for n in held], *fitted))
    weights, bias = fit(np.array(rows), values)
    np.savez_compressed(options.out, weights=weights.astype(np.float16), bias=bias.astype(np.float32))
    print(f"-> {options.out}")


def _values(record: dict[str, Any]) -> tuple[int, ...]:
    return tuple(n.index(record[h]) if record[h] in n else -1 for h, n in ASKED.items())


def fit(
    rows: NDArray[np.float32], values: Sequence[tuple[int, ...]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights (features, values) and biases (values,) of one softmax regression a head."""
    optimize = import_module("scipy.optimize")
    weights, biases = [], []
    for head, names in enumerate(ASKED.values()):
        known = [n for n, v in enumerate(values) if v[head] >= 0]
        inputs, right = rows[known].astype(np.float64), np.eye(len(names))[[values[n][head] for n in known]]
        size = (inputs.shape[1] + 1, len(names))

        def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            both = flat.reshape(size)  # noqa: B023 - called at once
            scores = inputs @ both[:-1] + both[-1]  # noqa: B023
            scores -= scores.max(axis=1, keepdims=True)
            logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
            pull = (np.exp(logs) - right) / len(inputs)  # noqa: B023
            gradient = np.vstack([inputs.T @ pull + PENALTY * both[:-1], pull.sum(axis=0)])  # noqa: B023
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
        best = scores[:, at : at + len(names)].argmax(axis=1)
        right = [b == v[head] for b, v in zip(best, values, strict=True) if v[head] >= 0]
        cells.append(f"{name} {100 * np.mean(right):.1f} % of {len(right)}")
        at += len(names)
    return ", ".join(cells)


if __name__ == "__main__":
    main()
