"""Text and section tree -> what stands under what: every find of this package in one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from index.structure.dates import find_dates
from index.structure.definitions import find_definitions
from index.structure.enumerations import find_enumerations
from index.structure.frame import Frame
from index.structure.mentions import find_persons, find_terms
from index.structure.quantities import find_quantities
from index.structure.tables import find_tables
from index.types import (
    Date,
    Definition,
    Enumeration,
    Heading,
    Knowledge,
    Member,
    Person,
    Quantity,
    Section,
    Span,
    Table,
    Term,
)

Row = tuple[Span, ...]


def find_knowledge(
    text: str,
    sections: Sequence[Section],
    *,
    rows: Sequence[Span] = (),
    now: str | None = None,
    is_word: Callable[[str], bool],
) -> Knowledge:
    """Return what stands under what in `text`; all offsets are characters into it.

    `sections` is its tree, `rows` its lines that are rows of tables, `now` its own date (ISO 8601) and
    `is_word` tells a word of the dictionary.
    """
    frame = Frame.of(text)
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
        tables=find_tables(text, rows),
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


def rebased(sections: Sequence[Section], locate: Callable[[int], int]) -> tuple[Section, ...]:
    """Return sections with the offsets that `locate` gives for theirs."""
    return tuple(
        replace(s, start=locate(s.start), title_end=locate(s.title_end), end=locate(s.end)) for s in sections
    )


def moved(found: Knowledge, span: Callable[[int, int], Span]) -> Knowledge:
    """Return the finds with each span replaced by what `span` gives for it."""

    def to(start: int, end: int) -> Span:
        if start < end:
            return span(start, end)
        at = span(start - 1, start)[1] if start else 0
        return at, at

    def member(m: Member) -> Member:
        start, end = to(m.start, m.end)
        return Member(start, to(m.start, m.lead_end)[1], end, m.section)

    def maybe(pair: Span | None) -> Span | None:
        return None if pair is None else to(*pair)

    def row(cells: Row) -> Row:
        return tuple(to(*cell) for cell in cells)

    def heading(h: Heading) -> Heading:
        start, end = to(h.start, h.end)
        return Heading(h.section, start, max(start, to(h.start, h.own_end)[1]), end)

    return Knowledge(
        tuple(
            Enumeration(maybe(e.announced), e.stated, tuple(map(member, e.members)))
            for e in found.enumerations
        ),
        tuple(map(heading, found.headings)),
        tuple(Definition(to(*d.term), *to(d.start, d.end), d.form) for d in found.definitions),
        tuple(Term(t.text, row(t.places)) for t in found.terms),
        tuple(Quantity(*to(q.start, q.end), q.value, q.unit, maybe(q.measured)) for q in found.quantities),
        tuple(Date(*to(d.start, d.end), d.value, d.precision, d.relative) for d in found.dates),
        tuple(Person(*to(p.start, p.end), to(*p.name), to(*p.office)) for p in found.persons),
        tuple(Table(*to(t.start, t.end), row(t.header), tuple(map(row, t.rows))) for t in found.tables),
    )
