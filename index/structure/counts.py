"""Counted places -> units: which marks count, in which series, at which depth.

Decided over the whole document at once: the reading that leaves the fewest marks unexplained and breaks the
fewest counts, found by a beam search over the open series (linear in the marks). Every choice has a cost; a
document's own habits (which series stands in which) cost less than new ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from index.structure.marks import Mark, Place

BEAM = 10  # readings kept side by side; 20 give the same outlines on the fit documents
MAX_DEPTH = 8
FAR_RANK = 5  # from this rank on, units are about as long as those before them
POINT = 8.5  # from this rank on, forms that number sentences rather than headings
HABITS = 200  # series whose last place is remembered: no document that people wrote has more
ROUNDING = 1e-6  # costs are sums of fractions
HOPELESS = 8.0  # a reading this much worse than the best is dropped

START = 1.5  # a new series
LATE = 1.8  # … that does not begin with one
RUNS_ON = 0.3  # … instead: one that goes on where it stopped in an earlier unit
RESTART = 1.2  # … where one of the same form has just been counted under the same parent
SINGLE = 1.2  # a series of one
GAP, REPEAT = 1.5, 2.5
INVERTED = 1.2  # a series inside one that documents usually put inside it
NEW_HABIT = 0.5  # a series at another depth than before in this document
MOVED = 0.4  # a series that goes on in another place of the line
CLOSED = 0.05  # an open series that is left
LEFT = 1.5  # … though the line began with it
FAR = 1.5  # a series inside a unit that is already longer than those before it
OTHER_LINE = 1.5  # a series inside a point (一是) of an earlier line
NESTED_SELF = 0.4  # a series inside a line's unit of the same form
FOREIGN_PREFIX = 1.5  # 2.1 under 1


_Habits = dict[str, tuple[int, str, int]]


@dataclass(slots=True)
class Unit:
    """A counted unit: its mark, its parent's index (None at the top) and whether it begins a line."""

    mark: Mark
    parent: int | None
    level: int


class _Series(NamedTuple):
    """An open series: its last mark, how many it has, what it stands in, and what tells it from others."""

    mark: Mark
    line: int
    first: int
    first_line: int
    size: int
    runs_on: bool
    above: _Series | None
    depth: int
    state: tuple[object, ...]


class _Choice(NamedTuple):
    mark: Mark
    depth: int
    before: _Choice | None


class _Reading(NamedTuple):
    """A reading of the document up to a place. `habits`: series -> (last ordinal, series and place it stood in)."""

    cost: float
    open: _Series | None
    habits: _Habits
    chosen: _Choice | None


# Cost, reading before, the mark that is taken (none: left unexplained), what it stands in, what it counts on from.
_Step = tuple[float, _Reading, Mark | None, _Series | None, _Series | None]


def count_units(marks: Sequence[Mark], line_starts: Sequence[int]) -> list[Unit]:
    """Return the units that the best reading of `marks` (in text order) sees, in text order."""
    readings = [_Reading(0.0, None, {}, None)]
    for start, group in groupby(marks, key=lambda m: m.start):
        here = list(group)
        line = bisect_right(line_starts, start)
        bound = _bound(readings, here)
        steps = [step for reading in readings for step in _continue(reading, here, line, bound)]
        readings = _kept(steps, line)
    best = min(readings, key=lambda r: r.cost + _closing(r.open, 0))
    return _units(best.chosen)


def _bound(readings: Sequence[_Reading], marks: Sequence[Mark]) -> float:
    """Return a cost above which no step is kept: where each reading leaves the marks, BEAM already cost less."""
    left = max(m.keep for m in marks) + ROUNDING
    hopeless = readings[0].cost + left + HOPELESS
    return min(hopeless, readings[-1].cost + left) if len(readings) == BEAM else hopeless


def _continue(reading: _Reading, marks: Sequence[Mark], line: int, bound: float) -> Iterator[_Step]:
    yield reading.cost + max(m.keep for m in marks), reading, None, None, None
    for mark in marks:
        series = reading.open
        shut = 0.0
        most = bound - reading.cost - mark.doubt
        while series is not None and shut <= most:
            if _counts_on(series.mark, mark):
                cost = _step(series, mark, line)
                if cost is not None:
                    yield reading.cost + (shut + cost) + mark.doubt, reading, mark, series.above, series
            if (
                shut + RUNS_ON <= most
                and series.depth < MAX_DEPTH
                and not (series.mark.place and series.line != line)
            ):
                cost = _start(reading, series, mark) + _distance(series, mark, line)
                yield reading.cost + (shut + cost) + mark.doubt, reading, mark, series, None
            shut += _single(series) + CLOSED
            shut += LEFT if series.line == line and series.mark.place == Place.LINE else 0.0
            series = series.above
        if shut + RUNS_ON <= most:
            cost = shut + _start(reading, None, mark)
            yield reading.cost + cost + mark.doubt, reading, mark, None, None


def _taken(step: _Step, line: int) -> _Reading:
    """Return the reading that a step leads to, with the habits that its mark leaves: the latest HABITS series."""
    cost, reading, mark, above, before = step
    if mark is None:
        return _Reading(cost, reading.open, reading.habits, reading.chosen)
    last = reading.habits.get(mark.series)
    series = _Series(
        mark,
        line,
        before.first if before else mark.start,
        before.first_line if before else line,
        before.size + 1 if before else 1,
        before.runs_on if before else bool(last and mark.ordinal == last[0] + 1 > 1),
        above,
        above.depth + 1 if above else 1,
        _state(step),
    )
    habits = reading.habits.copy()
    habits.pop(mark.series, None)
    ordinal = before.mark.ordinal + 1 if before and mark.ordinal <= 0 else mark.ordinal
    habits[mark.series] = (ordinal, above.mark.series, above.mark.start) if above else (ordinal, "", -1)
    if len(habits) > HABITS:
        del habits[next(iter(habits))]
    return _Reading(cost, series, habits, _Choice(mark, series.depth, reading.chosen))


def _counts_on(last: Mark, mark: Mark) -> bool:
    if last.series == mark.series:
        return last.prefix == mark.prefix
    mixed = {last.series.partition(":")[0], mark.series.partition(":")[0]}
    return mixed == {"order", "rank"} or (mark.ordinal == 0 and last.series in ("point:是", "point:要", "of"))


def _step(series: _Series, mark: Mark, line: int) -> float | None:
    """Return what counting on from a series' last mark costs; None where that cannot be."""
    last = series.mark
    cost = 0.0 if last.series == mark.series else 0.3
    cost += MOVED if (last.place == Place.LINE) != (mark.place == Place.LINE) else 0.0
    cost += 0.6 if mark.place != Place.LINE and series.line != line else 0.0
    if mark.ordinal == -1:
        return cost
    if mark.ordinal == 0:
        return cost + 0.2
    step = mark.ordinal - max(last.ordinal, 0)
    if last.ordinal == 0 or step < 0:
        return None
    if step == 0:
        return cost + (REPEAT if series.size > 1 and last.ordinal > 1 else REPEAT / 2)
    return cost + (0.0 if step == 1 else GAP + 0.3 * min(step - 2, 8))


def _start(reading: _Reading, above: _Series | None, mark: Mark) -> float:
    """Return what a new series that begins with `mark` inside `above` costs."""
    habit = reading.habits.get(mark.series)
    runs_on = habit is not None and mark.ordinal == habit[0] + 1 > 1
    cost = RUNS_ON if runs_on and mark.rank < FAR_RANK else START
    if mark.ordinal == 0:
        cost += 3.0
    elif mark.ordinal > 1 and not runs_on:
        cost += LATE + 0.1 * min(mark.ordinal, 10)
    if habit and habit[1] != (above.mark.series if above else "") and mark.rank < POINT:
        cost += NEW_HABIT
    if habit and habit[2] == (above.mark.start if above else -1) and mark.ordinal in (1, -1):
        cost += RESTART if mark.rank < POINT else RESTART / 4
    if above is not None and mark.rank < above.mark.rank:
        cost += INVERTED
    series = above
    while series is not None:
        if series.mark.series == mark.series:
            cost += NESTED_SELF if series.mark.place == Place.LINE != mark.place else 6.0
        series = series.above
    return cost + _prefix_cost(above, mark)


def _distance(above: _Series, mark: Mark, line: int) -> float:
    """Return what it costs that a series begins far behind the unit that it would stand in."""
    if above.mark.rank >= POINT and above.line != line:
        return OTHER_LINE if mark.place != Place.LINE else OTHER_LINE / 3
    if above.size < 2 or above.mark.rank < FAR_RANK:
        return 0.0
    if above.mark.place == Place.LINE:
        kept_to_lines = above.line - above.first_line == above.size - 1 > 1
        return FAR if kept_to_lines and line - above.line > 1 else 0.0
    usual = (above.mark.start - above.first) / (above.size - 1)
    return FAR if mark.start - above.mark.start > 2 * usual else 0.0


def _prefix_cost(above: _Series | None, mark: Mark) -> float:
    if not mark.prefix:
        return 0.0
    if above is None or (*above.mark.prefix, above.mark.ordinal) == mark.prefix:
        return 0.0 if above else FOREIGN_PREFIX / 2
    return 0.1 if above.mark.ordinal == mark.prefix[-1] else FOREIGN_PREFIX


def _single(series: _Series) -> float:
    return SINGLE if series.size == 1 and not series.runs_on else 0.0


def _closing(series: _Series | None, depth: int) -> float:
    cost = 0.0
    while series is not None and series.depth > depth:
        cost += _single(series)
        series = series.above
    return cost


def _kept(steps: list[_Step], line: int) -> list[_Reading]:
    """Return where the best steps lead, one for each state of the open series."""
    steps.sort(key=itemgetter(0))
    limit = steps[0][0] + HOPELESS
    kept: dict[tuple[object, ...], _Step] = {}
    for step in steps:
        if step[0] > limit or len(kept) == BEAM:
            break
        kept.setdefault(_state(step), step)
    return [_taken(step, line) for step in kept.values()]


def _state(step: _Step) -> tuple[object, ...]:
    """Return what tells the open series after a step from others."""
    _, reading, mark, above, before = step
    if mark is None:
        return reading.open.state if reading.open else ()
    return mark.start, before is not None, above.state if above else ()


def _units(choice: _Choice | None) -> list[Unit]:
    chosen: list[_Choice] = []
    while choice is not None:
        chosen.append(choice)
        choice = choice.before
    units: list[Unit] = []
    path: list[int] = []
    for one in reversed(chosen):
        del path[one.depth - 1 :]
        units.append(Unit(one.mark, path[-1] if path else None, one.depth))
        path.append(len(units) - 1)
    return units
