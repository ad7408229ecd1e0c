"""Which of several documents' points stand side by side: of a fact one each, of lists those alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from index import STOP_WORDS, Facet, cut, fold
from qa.types import Answer, Point

Weight = Callable[[str], float]  # of a word
ALIKE = 0.3  # share of words in common from which two cells belong in one row
NEARLY, TOPIC = (
    0.2,
    0.2,
)  # the same where both hold all that is asked; what holding all of it counts in what pairs first
LIKER = 0.15  # by which another point must be liker to the newest document's first one to be taken for a fact
_PERIOD = re.compile(
    r"年均|累计|[一二三四五六七八九十两几\d]年(?:来|间|总体|共|新?增)"
)  # of several years as a whole
NUMBER = re.compile(r"\d+(?:[.,]\d+)*[%％]?")


@dataclass(frozen=True, slots=True)
class Asked:
    """The words that several answers were asked with, and what each weighs."""

    weights: Mapping[str, float]

    @classmethod
    def of(cls, answers: Sequence[Answer], weight: Weight) -> Asked:
        """Return the words of the question that the documents of some answers have."""
        said = frozenset[str]().union(*(_words(p) for a in answers for p in (*a.points, *a.passages)))
        question = content_words(answers[-1].standalone) if answers else frozenset()
        return cls({w: weight(w) for w in question & said})

    def held(self, said: frozenset[str]) -> float:
        """Return how much of the question words hold, 0 to 1."""
        whole = sum(self.weights.values())
        return sum(v for w, v in self.weights.items() if w in said) / whole if whole else 0.0


def best_matching(answers: Sequence[Answer], asked: Asked, weight: Weight) -> list[list[Point]]:
    """Return one point of each answer to a fact: the first, or one that is clearly liker to the newest one's.

    It holds no less of the question than the first does, and says as all others what was done, or what is to be done; of
    one year where any does and the question has no other.
    """
    fit = _of_one_kind([_fitting(answer.points, asked) for answer in answers])
    firsts = [points[0] for points in fit if points]
    if not all(map(_is_of_period, firsts)) and not _PERIOD.search(answers[-1].standalone):
        fit = [[p for p in points if not _is_of_period(p)] or points for points in fit]
    newest = next((points[0] for points in reversed(fit) if points), None)
    chosen: list[list[Point]] = []
    for points in fit:
        if not points or newest is None:
            chosen.append([])
            continue
        likest = max(points, key=lambda p: alike(p, newest, weight))
        clearly = alike(likest, newest, weight) > alike(points[0], newest, weight) + LIKER
        chosen.append([likest if clearly else points[0]])
    return chosen


def _fitting(points: Sequence[Point], asked: Asked) -> list[Point]:
    """Return the first point, and those that hold as much of the question as it does, and a number where it has one."""
    least = asked.held(_words(points[0])) if points else 0.0
    number = bool(points) and NUMBER.search(points[0].text) is not None
    fit = (asked.held(_words(p)) >= least and (NUMBER.search(p.text) is not None) >= number for p in points)
    return list(compress(points, fit))


def _of_one_kind(columns: Sequence[Sequence[Point]]) -> list[list[Point]]:
    """Return of each column what was done, or what is to be done: the kind that stands first in all, else its own first's."""
    done = [[point.facet is Facet.ACHIEVEMENT for point in points] for points in columns]
    rank = {
        k: sum(kinds.index(k) for kinds in done if kinds)
        for k in (True, False)
        if all(k in kinds for kinds in done if kinds)
    }
    kind = min(rank, key=lambda k: rank[k], default=None)
    return [
        [p for p, k in zip(points, kinds, strict=True) if k == (kinds[0] if kind is None else kind)]
        for points, kinds in zip(columns, done, strict=True)
    ]


def _is_of_period(point: Point) -> bool:
    """Tell whether a point is about several years as a whole: no figure of one year stands beside it."""
    return _PERIOD.search(point.text) is not None


def alike(one: Point, other: Point, weight: Weight) -> float:
    """Return the share of words that two points have in common, weighed (Dice), 0 to 1."""
    a, b = _words(one), _words(other)
    whole = sum(map(weight, a)) + sum(map(weight, b))
    return 2 * sum(map(weight, a & b)) / whole if whole else 0.0


def _words(point: Point) -> frozenset[str]:
    return content_words(point.text)


def content_words(text: str) -> frozenset[str]:
    """Return the words of a text, but those that carry grammar only."""
    return frozenset(w for w in cut(fold(text)) if w not in STOP_WORDS and any(c.isalnum() for c in w))


def in_rows(columns: Sequence[Sequence[Point]], asked: Asked, weight: Weight) -> list[list[Point | None]]:
    """Return the points in rows: each with what is likest to it, the newest document's order first, then what it lacks.

    A fact's one point stands in one row whatever it says.
    """
    size = len(columns)
    if all(len(points) <= 1 for points in columns):
        return [[points[0] if points else None for points in columns]] if any(columns) else []
    rows: list[list[Point | None]] = []
    for place in range(size - 1, -1, -1):
        points = columns[place]
        pairs = sorted(_pairs(rows, points, asked, weight))
        done_rows: set[int] = set()
        done: set[int] = set()
        for _, n, m in pairs:
            if n not in done_rows and m not in done:
                rows[n][place] = points[m]
                done_rows.add(n)
                done.add(m)
        for m, point in enumerate(points):
            if m not in done:
                row: list[Point | None] = [None] * size
                row[place] = point
                rows.append(row)
    return rows


def _pairs(
    rows: Sequence[Sequence[Point | None]], points: Sequence[Point], asked: Asked, weight: Weight
) -> Iterator[tuple[float, int, int]]:
    """Yield which points may stand in which rows, each with its rank (least first): alike, of those both that hold what is asked."""
    for n, row in enumerate(rows):
        beside = next(cell for cell in row if cell is not None)
        for m, point in enumerate(points):
            both = asked.held(_words(point) & _words(beside))
            likeness = alike(point, beside, weight)
            if likeness >= (NEARLY if both == 1 else ALIKE):
                yield -likeness - TOPIC * both, n, m
