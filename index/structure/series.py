"""Section tree -> enumerations: the series of sections, what announces each, the count that is stated."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from index.structure.frame import Frame
from index.structure.numbers import NUMERAL
from index.structure.stated import TRAILING, Count, counts, points_on, stated_count
from index.types import Enumeration, Member, Section, Span

_COUNTED_MARK = re.compile(rf"(?:{NUMERAL}|[\d①-⑳⑴-⒇ⅰ-ⅻⅠ-Ⅻ㈠-㈩])+")
_LOOK_BACK = 4  # sentences before a series in which 几点 or 以下 may announce it: captions stand between
_REACH = 60  # characters after a series in which 以上十条 may count it


def series_of_sections(frame: Frame, sections: Sequence[Section]) -> Iterator[Enumeration]:
    """Yield the series of two or more sections that are counted, or that a sentence announces."""
    children: dict[int | None, list[Section]] = defaultdict(list)
    for section in sections:
        children[section.parent].append(section)
    trailing = list(counts(frame.text, 0, len(frame.text), TRAILING))
    for parent, group in children.items():
        above = None if parent is None else sections[parent]
        for series in _series(group):
            if one := _announced(frame, series, above, trailing):
                yield one


def _series(group: Sequence[Section]) -> Iterator[list[Section]]:
    """Yield the runs of sections that count on from one another, of two or more."""
    run: list[Section] = []
    for section in group:
        counts_on = run and _sign(section) == _sign(run[-1]) and not _restarts(section, run[-1])
        if not counts_on:
            if len(run) > 1:
                yield run
            run = []
        run.append(section)
    if len(run) > 1:
        yield run


def _sign(section: Section) -> str:
    return _COUNTED_MARK.sub("#", section.marker)


def _restarts(section: Section, previous: Section) -> bool:
    return section.ordinal is not None and section.ordinal <= (previous.ordinal or 0)


def _announced(
    frame: Frame, series: Sequence[Section], above: Section | None, trailing: Sequence[Count]
) -> Enumeration | None:
    """Return a series with what announces it; None for an uncounted one that nothing announces."""
    announcer = _announcer(frame, series, above)
    stated = _stated_after(series, trailing)
    if announcer and stated is None:
        stated = stated_count(frame.text, *announcer, len(series))
    said = stated is not None or (announcer is not None and _leads_in(frame, announcer, series[0].start))
    if not series[0].marker and not said:
        return None
    members = tuple(Member(s.start, s.title_end, s.end, s.index) for s in series)
    return Enumeration(announcer, stated, members)


def _announcer(frame: Frame, series: Sequence[Section], above: Section | None) -> Span | None:
    """Return the sentence that introduces a series: it points on, or states its count, or leads into it.

    Else the heading above where that states the count; the sentence right before counts where it stands in
    the same line.
    """
    first = series[0].start
    floor = above.start if above else 0
    text = frame.text
    opening = frame.sentence(first)
    nearest = near = (opening[0], first) if opening[0] < first else frame.before(first)
    for _ in range(_LOOK_BACK):
        if near is None or near[0] < floor:
            break
        if points_on(text, *near) or (near == nearest and stated_count(text, *near, len(series))):
            return near
        near = frame.before(near[0])
    if above and stated_count(text, above.start, above.title_end, len(series)) == len(series):
        return (above.start, above.title_end)
    if nearest and nearest[0] >= floor and "\n" not in text[nearest[1] : first]:
        return nearest
    return None


def _leads_in(frame: Frame, announcer: Span, first: int) -> bool:
    """Tell whether a sentence says that a list follows, in the line where it begins (各位代表：says none)."""
    return points_on(frame.text, *announcer) and "\n" not in frame.text[announcer[1] : first]


def _stated_after(series: Sequence[Section], trailing: Sequence[Count]) -> int | None:
    """Return the count that 以上十条 states after the last member begins, where it fits what was found."""
    at = bisect_left(trailing, series[-1].start, key=lambda count: count.start)
    for count in trailing[at : at + 3]:
        if count.start < series[-1].end + _REACH and count.number == len(series):
            return count.number
    return None
