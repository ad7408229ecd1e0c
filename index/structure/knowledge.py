"""Text and section tree -> what stands under what: every find of this package in one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.structure.dates import find_dates
from index.structure.definitions import find_definitions
from index.structure.enumerations import find_enumerations
from index.structure.frame import Frame
from index.structure.mentions import find_persons, find_terms
from index.structure.quantities import find_quantities
from index.structure.tables import find_tables
from index.types import Heading, Knowledge, Section

# Widths are folded one character for one, so that no offset moves.
_WIDTHS = {ord("０") + i: ord("0") + i for i in range(10)} | {ord("．"): ord("."), ord("％"): ord("%")}


def find_knowledge(
    text: str, sections: Sequence[Section], *, now: str | None, is_word: Callable[[str], bool]
) -> Knowledge:
    """Return what stands under what in `text`; all offsets are characters into it.

    `sections` is its tree, `now` its own date (ISO 8601) and `is_word` tells a word of the dictionary.
    """
    frame = Frame.of(text.translate(_WIDTHS))
    dates = find_dates(frame, now)
    marks = [(s.start, s.start + len(s.marker)) for s in sections if s.marker]
    return Knowledge(
        enumerations=find_enumerations(frame, sections, is_word),
        headings=find_headings(frame, sections),
        definitions=find_definitions(frame),
        terms=find_terms(frame),
        quantities=find_quantities(frame, [(d.start, d.end) for d in dates], marks, is_word),
        dates=dates,
        persons=find_persons(frame, is_word),
        tables=find_tables(text),
    )


def find_headings(frame: Frame, sections: Sequence[Section]) -> tuple[Heading, ...]:
    """Return what each section's heading covers: all of it, and its own text before its first part."""
    first_part: dict[int, int] = {}
    for section in reversed(sections):
        if section.parent is not None:
            first_part[section.parent] = section.start
    found = []
    for section in sections:
        start, end = frame.trimmed(section.title_end, section.end)
        own = frame.trimmed(start, first_part.get(section.index, end))[1] if start < end else end
        found.append(Heading(section.index, start, max(start, own), end))
    return tuple(found)
