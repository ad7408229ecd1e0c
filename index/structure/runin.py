"""Openings -> run-in headings and parallel units, hung into the tree.

Two small models, fitted on outlines that people made (`python -m index.training.structure`): the first
weighs the shape of each opening, the second also how sure the first is of its neighbours, since such units
come in series.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from index.structure.forest import Floats, Forest
from index.structure.hanging import hang_beside
from index.structure.nodes import Lines, Node, heading_end
from index.structure.openings import Container, Opening, Row, Scale, containers
from index.structure.shapes import SHORT, all_openings, shapes
from index.structure.trailing import lift
from index.types import SectionKind

if TYPE_CHECKING:
    from index.reading import View

ALIKE = 0.6  # of a series opens with the same two characters: its units are parallel
HELD = 3  # units in a paragraph that make it a unit beside counted ones
_NAMES = re.compile(r"[\u4e00-\u9fff]{2,4}(?: [\u4e00-\u9fff]{2,4})+")
REACH = 4  # neighbours on each side whose probability the second model sees


@dataclass(frozen=True, slots=True)
class Weights:
    """The two models; an opening counts from `least` on, one that stands alone from `alone` on."""

    first: Forest
    second: Forest
    least: float
    alone: float

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Weights:
        """Return the weights that `data` (the JSON file) holds."""
        first, second = (Forest(**data[name]) for name in ("first", "second"))
        return cls(first, second, data["least"], data["alone"])


@functools.cache
def shipped_weights() -> Weights:
    """Return the weights of index/data/openings.json."""
    data = resources.files("index").joinpath("data/openings.json").read_text("utf-8")
    return Weights.read(json.loads(data))


def add_openings(root: Node, view: View, lines: Lines, weights: Weights | None = None) -> None:
    """Hang the run-in headings and parallel units of a text into its tree."""
    found = containers(root, view.text, lines)
    if not found:
        return
    weights = weights or shipped_weights()
    sure = probabilities(view, found, weights)
    chosen = dict(zip(map(id, all_openings(found)), sure, strict=True))
    for container in lift(found, chosen, weights.least, view.text):
        _hang(container, chosen, weights, view.text, lines)


def probabilities(view: View, found: Sequence[Container], weights: Weights) -> Floats:
    """Return for every opening of `found` how probable a unit is, shape (openings,)."""
    rows = shapes(view.text, found, view.has_lines)
    first = weights.first.probability(weights.first.matrix(rows))
    around = neighbours(view.text, found, first)
    return weights.second.probability(
        weights.second.matrix([row | more for row, more in zip(rows, around, strict=True)])
    )


def neighbours(text: str, found: Sequence[Container], sure: Floats) -> list[dict[str, float]]:
    """Return what the first model says of the openings around each."""
    rows: list[dict[str, float]] = []
    at = 0
    for container in found:
        sizes = [len(row.openings) for row in container.rows]
        starts = at + np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(int)
        firsts = [row.openings[0] for row in container.rows]
        beside = _others(sure[starts], [text[row.start : row.start + 2] for row in container.rows])
        beside = [one | more for one, more in zip(beside, _contrast(firsts, sure[starts]), strict=True)]
        for row, others in zip(container.rows, beside, strict=True):
            inner = sure[at : at + len(row.openings)]
            heads = [text[o.start : o.start + 2] for o in row.openings]
            by = {f"p_by_{name}": value for name, value in others.items()}
            own = zip(_others(inner, heads), _contrast(row.openings, inner), strict=True)
            rows += [{f"p_{n}": v for n, v in (one | more).items()} | by for one, more in own]
            at += len(row.openings)
    return rows


def _contrast(openings: Sequence[Opening], sure: Floats) -> list[dict[str, float]]:
    """Return how each opening differs from what is usual among the others, by how sure the first model is of them.

    The members of a series are alike in the length of their first clause and sentence, and in what they leave
    for the text below; what only goes on is longer.
    """
    measures = np.array(
        [
            (
                np.log1p(o.clause - o.start),
                np.log1p(o.sentence - o.start),
                np.log1p(max((o.end if o.scale > 1 else o.row.end) - o.sentence, 0)),
            )
            for o in openings
        ]
    )
    weights = sure**2
    total = weights.sum() - weights
    sums = (weights[:, None] * measures).sum(axis=0) - weights[:, None] * measures
    usual = np.divide(sums, total[:, None], out=measures.copy(), where=total[:, None] > 1e-3)
    names = ("clause", "sentence", "rest")
    return [
        {f"than_{name}": round(float(d), 6) for name, d in zip(names, row, strict=True)}
        for row in measures - usual
    ]


def _others(sure: Floats, heads: Sequence[str]) -> list[dict[str, float]]:
    total, count = float(sure.sum()), len(sure)
    top = np.sort(sure)[::-1]
    best: dict[str, list[float]] = {}
    for head, p in zip(heads, sure, strict=True):
        best[head] = sorted([*best.get(head, []), float(p)])[-2:]
    rows = []
    for n, p in enumerate(map(float, sure)):
        near = [float(sure[m]) for m in range(max(0, n - REACH), min(count, n + REACH + 1)) if m != n]
        alike = [*best[heads[n]]]
        alike.remove(p) if p in alike else None
        rows.append(
            {
                "own": p,
                "sum": min(total - p, 8.0),
                "mean": (total - p) / max(count - 1, 1),
                "max": float(top[1] if count > 1 and p >= top[0] else top[0]) if count > 1 else 0.0,
                "near": max(near, default=0.0),
                "before": float(sure[n - 1]) if n else 0.0,
                "next": float(sure[n + 1]) if n + 1 < count else 0.0,
                "alike": max(alike, default=0.0),
                "first": float(sure[0]),
            }
        )
    return rows


# --- into the tree ----------------------------------------------------------------------------------


def _hang(container: Container, sure: Mapping[int, float], weights: Weights, text: str, lines: Lines) -> None:
    outer = _series(
        [row.openings[0] for row in _heading_rows(container.rows, text)], sure, weights.least, weights.alone
    )
    inside = [_series(row.openings[1:], sure, weights.least, weights.alone) for row in container.rows]
    outer = sorted(
        {*outer, *_counting(container, len(outer)), *_holding(container, inside)}, key=lambda o: o.start
    )
    units = _units(outer, container.node, text, container.node.end)
    hang_beside(container.node, units, lines)
    owners = dict(zip(map(id, outer), units, strict=True))
    grown: dict[int, Node] = {}
    for row, inner in zip(container.rows, inside, strict=True):
        owner = owners.get(id(row.openings[0]))
        parent = container.node if owner is None or _beside(row.openings[0], inner, units, text) else owner
        new = _units(inner, parent, text, row.end)
        parent.children += new
        grown[id(parent)] = parent
        if owner is not None and parent is not owner and new:
            owner.end = min(owner.end, new[0].start)
    for node in grown.values():
        node.children.sort(key=lambda n: n.start)
    for unit in [*units, *(c for u in units for c in u.children)]:
        unit.heading_end = unit.heading_end or heading_end(text, unit, lines)
    for child in container.node.children:
        child.heading_end = child.heading_end or heading_end(text, child, lines)


def _heading_rows(rows: Sequence[Row], text: str) -> list[Row]:
    """Return the paragraphs that may open a unit: not lists of names, nor a short line with no text below it."""
    kept = []
    for row, below in zip(rows, [*rows[1:], None], strict=True):
        first = row.openings[0]
        is_more = row.end - first.sentence > 1 or first.sentence - first.start > SHORT or row.inline > 0
        heads = below is not None and below.end - below.start > SHORT
        if (is_more or heads) and not _NAMES.fullmatch(text, row.start, row.end):
            kept.append(row)
    return kept


def _counting(container: Container, others: int) -> list[Opening]:
    """Return the openings of paragraphs that each hold a count of their own, where two or more units open paragraphs."""
    firsts = {child.start for child in container.node.children if child.ordinal == 1 and not child.at_line}
    counting = [
        row.openings[0] for row in container.rows if row.scale == Scale.PARAGRAPH and row.inline in firsts
    ]
    return counting if len(counting) > 1 or (counting and others > 1) else []


def _holding(container: Container, inside: Sequence[Sequence[Opening]]) -> list[Opening]:
    """Return the openings of paragraphs whose inner units would else stand beside counted ones that begin lines."""
    counted = sum(child.at_line and child.kind == SectionKind.NUMBERED for child in container.node.children)
    if counted < 2:
        return []
    rows = zip(container.rows, inside, strict=True)
    return [row.openings[0] for row, inner in rows if row.scale == Scale.PARAGRAPH and len(inner) >= HELD]


def _beside(first: Opening, inner: Sequence[Opening], units: Sequence[Node], text: str) -> bool:
    """Tell whether the units inside a paragraph go on from the one that opens it, rather than stand in it."""
    same = sum(text[o.start] == text[first.start] for o in inner)
    if len(inner) > 1 and 3 * same > 2 * len(inner):
        return True
    short = sum(o.sentence - o.start <= SHORT for o in inner)
    alike = any(text[o.start : o.start + 2] == text[first.start : first.start + 2] for o in inner)
    return len(units) == 1 and (alike or (first.sentence - first.start <= SHORT and 2 * short > len(inner)))


def _series(
    openings: Sequence[Opening], sure: Mapping[int, float], least: float, alone: float
) -> list[Opening]:
    """Return the openings that count: at least two of them, or one that is beyond doubt."""
    chosen = [o for o in openings if sure[id(o)] >= least]
    return chosen if len(chosen) > 1 else [o for o in chosen if sure[id(o)] >= alone]


def _units(openings: Sequence[Opening], parent: Node, text: str, end: int) -> list[Node]:
    if not openings:
        return []
    kind = _kind(openings, text)
    stops = [o.start for o in openings[1:]] + [end]
    return [
        Node(o.start, kind, parent, end=stop, marker_end=o.start)
        for o, stop in zip(openings, stops, strict=True)
    ]


def _kind(openings: Sequence[Opening], text: str) -> SectionKind:
    heads = Counter(text[o.start : o.start + 2] for o in openings)
    alike = sum(n for n in heads.values() if n > 1)
    long = sum(o.sentence - o.start > SHORT for o in openings)
    is_parallel = alike >= ALIKE * len(openings) and 2 * long > len(openings)
    return SectionKind.PARALLEL if is_parallel else SectionKind.RUN_IN


def all_rows(found: Sequence[Container]) -> Iterator[Row]:
    """Yield the rows of `found`."""
    return (row for container in found for row in container.rows)
