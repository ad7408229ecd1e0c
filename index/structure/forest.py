"""A few boosted decision trees, read from JSON and applied with numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_AT_ONCE = 512  # rows: what they take stays in the cache


class Forest:
    """Boosted trees over named numbers: `probability` is 1 / (1 + exp(-(bias + Σ leaf values))).

    A tree is its nodes: `input` (place in `names`, -1 for a leaf), `limit` (a value up to it goes left),
    `left` and `right` (places of nodes) and `value` (of a leaf).
    """

    def __init__(self, names: Sequence[str], bias: float, trees: Sequence[Mapping[str, Any]]) -> None:
        """Take the trees as they stand in the JSON file, one after the other in one array; a leaf leads to itself."""
        self.names = tuple(names)
        self.bias = bias
        sizes = [len(tree["input"]) for tree in trees]
        self._roots = np.cumsum([0, *sizes], dtype=np.int64)[: len(trees)]
        shift = np.repeat(self._roots, sizes)
        own = np.arange(sum(sizes), dtype=np.int64)
        feature = _joined(trees, "input", np.int64)
        inner = feature >= 0
        left, right = (
            np.where(inner, _joined(trees, side, np.int64) + shift, own) for side in ("left", "right")
        )
        self._below = np.stack([left, right], axis=1).ravel()
        self._feature = np.maximum(feature, 0)
        self._inner = inner
        self._limit = _joined(trees, "limit", np.float64)
        self._value = _joined(trees, "value", np.float64)

    def matrix(self, rows: Sequence[Mapping[str, float]]) -> Floats:
        """Return the inputs, shape (rows, names); a name that a row lacks is 0."""
        return np.array([[row.get(name, 0.0) for name in self.names] for row in rows], dtype=np.float64)

    def probability(self, inputs: Floats) -> Floats:
        """Return one probability a row of `inputs`, shape (rows,)."""
        parts = [self._scores(inputs[at : at + _AT_ONCE]) for at in range(0, len(inputs), _AT_ONCE)]
        scores = np.concatenate(parts) if parts else np.empty(0)
        return np.asarray(1.0 / (1.0 + np.exp(-scores)))

    def _scores(self, inputs: Floats) -> Floats:
        """Return bias + Σ leaf values a row; all trees of all rows go down one step at a time."""
        count, width = inputs.shape
        values = inputs.ravel()
        base = np.arange(count, dtype=np.int64) * width
        at = np.repeat(self._roots[:, None], count, axis=1)
        while self._inner[at].any():
            right = values[base + self._feature[at]] > self._limit[at]
            at = self._below[2 * at + right]
        start = np.full((1, count), self.bias)
        return np.asarray(np.concatenate([start, self._value[at]]).cumsum(axis=0)[-1])


def _joined(trees: Sequence[Mapping[str, Any]], name: str, dtype: type) -> NDArray[Any]:
    return np.concatenate([np.array(tree[name], dtype=dtype) for tree in trees] or [np.empty(0, dtype)])
