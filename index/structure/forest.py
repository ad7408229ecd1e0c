"""A few boosted decision trees, read from JSON and applied with numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Forest:
    """Boosted trees over named numbers: `probability` is 1 / (1 + exp(-(bias + Σ leaf values))).

    A tree is its nodes: `input` (place in `names`, -1 for a leaf), `limit` (a value up to it goes left),
    `left` and `right` (places of nodes) and `value` (of a leaf).
    """

    def __init__(self, names: Sequence[str], bias: float, trees: Sequence[Mapping[str, Any]]) -> None:
        """Take the trees as they stand in the JSON file."""
        self.names = tuple(names)
        self.bias = bias
        self._trees = [
            (
                np.array(tree["input"], dtype=np.int64),
                np.array(tree["limit"], dtype=np.float64),
                np.array([tree["left"], tree["right"]], dtype=np.int64),
                np.array(tree["value"], dtype=np.float64),
            )
            for tree in trees
        ]

    def matrix(self, rows: Sequence[Mapping[str, float]]) -> Floats:
        """Return the inputs, shape (rows, names); a name that a row lacks is 0."""
        return np.array([[row.get(name, 0.0) for name in self.names] for row in rows], dtype=np.float64)

    def probability(self, inputs: Floats) -> Floats:
        """Return one probability a row of `inputs`, shape (rows,)."""
        rows = np.arange(len(inputs))
        scores = np.full(len(inputs), self.bias)
        for feature, limit, below, value in self._trees:
            at = np.zeros(len(inputs), dtype=np.int64)
            while (inner := feature[at] >= 0).any():
                right = inputs[rows, np.maximum(feature[at], 0)] > limit[at]
                at = np.where(inner, below[right.astype(np.int64), at], at)
            scores += value[at]
        return np.asarray(1.0 / (1.0 + np.exp(-scores)))
