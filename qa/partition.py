"""A document -> its parts, and what could be shown of each in a digest: points, key sentences, figures, tables."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from index import Group, IndexedDocument, Item, Quantity, Section, Span, groups_of, main_unit
from qa.evidence import clauses, strip, trim
from qa.salience import Floats, ranked
from qa.showing import opening

KEY = 150  # characters of a key sentence at most: of a longer one its longest run of clauses
SHORT = 10  # characters up to which a sentence says nothing by itself
MOST_KEYS = 12  # key sentences of a part at most
FULL_KEYS = 60  # in full
LONGEST = 2_000  # characters of a sentence that are looked through
FIGURE = (6, 36)  # characters of a clause with a figure
LEAST_PART = 0.5  # share of the text from which units in a row are its parts, whatever stands between them
LEAD = 7  # characters of such an item on average
FEW = 3  # items from which a list inside a part is its points
_ENDED = re.compile(r"[。！？!?][”’」』）)]*$")
_DIGIT = re.compile(r"\d")


@dataclass(slots=True)
class Plan:
    """A part while it is decided what is shown of it; spans are offsets into the document."""

    number: int
    start: int
    end: int
    heading: Span | None
    unit: int | None
    points: list[Span] = field(default_factory=list)
    sentences: list[int] = field(default_factory=list)
    ranking: list[int] = field(default_factory=list)
    figures: list[Span] = field(default_factory=list)
    tables: list[tuple[Span, int]] = field(default_factory=list)
    spans: dict[int, Span] = field(default_factory=dict)  # what is shown of each of `ranking`
    keys: list[int] = field(default_factory=list)  # what is shown
    shown_points: int = 0
    shown_figures: int = 0

    @property
    def size(self) -> int:
        """Return its characters."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Ground:
    """What is looked up for every part, found once: where sentences start, headings end, which sentences are rows; groups by unit."""

    one: IndexedDocument
    starts: list[int]
    heads: dict[int, int]
    rows: frozenset[int]
    groups: dict[int | None, list[Group]]

    @classmethod
    def of(cls, one: IndexedDocument) -> Ground:
        """Look a document through."""
        groups: dict[int | None, list[Group]] = {}
        for group in groups_of(one):
            groups.setdefault(group.unit, []).append(group)
        starts = [s.start for s in one.sentences]
        tables = ((bisect_left(starts, t.start), bisect_left(starts, t.end)) for t in one.knowledge.tables)
        rows = frozenset(n for first, last in tables for n in range(first, last))
        return cls(one, starts, {s.start: s.title_end for s in one.sections}, rows, groups)

    def within(self, start: int, end: int) -> range:
        """Return the indexes of the sentences that start in a stretch."""
        return range(bisect_left(self.starts, start), bisect_left(self.starts, end))

    def sentence_of(self, at: int) -> int:
        """Return the index of the sentence that holds an offset, or stands before it."""
        return max(0, bisect_left(self.starts, at + 1) - 1)


def parts_of(ground: Ground, unit: int | None) -> list[Plan]:
    """Return the parts of a document (None) or of a unit, in order; what stands before, between and behind them is number 0."""
    one = ground.one
    own = main_unit(one) if unit is None else unit
    start, end = (
        (0, len(one.document.text)) if unit is None else (one.sections[unit].start, one.sections[unit].end)
    )
    items = _items(ground, own)
    if not items:
        heading = None if unit is None else heading_of(one, unit)
        return [Plan(0 if unit is None else 1, start, end, heading, unit)]
    plans: list[Plan] = []
    at = start
    if own is not None and not ground.within(start, one.sections[own].start):
        at = one.sections[own].title_end  # nothing stands before the heading of all
    for number, item in enumerate(items, 1):
        if ground.within(at, item.start):
            plans.append(Plan(0, at, item.start, None, None))
        plans.append(Plan(number, item.start, item.end, opening(one, item), item.unit))
        at = item.end
    return [*plans, *([Plan(0, at, end, None, None)] if ground.within(at, end) else [])]


def heading_of(one: IndexedDocument, unit: int) -> Span:
    """Return where a unit's heading stands."""
    return one.sections[unit].start, one.sections[unit].title_end


def _items(ground: Ground, unit: int | None) -> tuple[Item, ...]:
    """Return the units that a reader takes for the parts: those numbered in a row where they are most of the text, else all."""
    one = ground.one
    children = [one.sections[c] for c in one.children_of(unit)]
    own = {section.index for section in children}
    size = sum(section.end - section.start for section in children)
    for group in sorted(ground.groups.get(unit, ()), key=lambda g: -len(g.items)):
        marked = all(i.unit in own and one.sections[i.unit or 0].marker for i in group.items)
        if marked and sum(i.end - i.start for i in group.items) >= LEAST_PART * size:
            return group.items
    return tuple(_item(section) for section in children)


def _item(section: Section) -> Item:
    return Item(section.start, section.title_end, section.end, section.index, section.ordinal)


def candidates_of(ground: Ground, start: int, end: int) -> list[int]:
    """Return the sentences of a stretch that may be key ones: whole, no heading, no row of a table, where there are such."""
    one, text = ground.one, ground.one.document.text
    spans = {n: (one.sentences[n].start, one.sentences[n].end) for n in ground.within(start, end)}
    said = [n for n, (a, b) in spans.items() if _says(text, a, b, ground.heads)]
    prose = [n for n in said if n not in ground.rows]
    whole = [n for n in prose if _ENDED.search(text, spans[n][0], spans[n][1])]
    return whole or prose or said


def _says(text: str, start: int, end: int, heads: dict[int, int]) -> bool:
    """Tell whether a sentence says something, for the most part besides a heading."""
    beyond = len(text[heads.get(start, start) : end].strip("。：:；; \t\u3000\n"))
    return beyond > SHORT and 2 * beyond > end - start


def fill(ground: Ground, plan: Plan, scores: Floats, vectors: Floats, *, full: bool) -> None:
    """Find what could be shown of a part."""
    plan.points = _points(ground, plan)
    plan.sentences = _sentences(ground, plan)
    most = min(FULL_KEYS, max(FEW, len(plan.sentences) // 10, len(plan.points))) if full else MOST_KEYS
    plan.ranking = ranked(scores, vectors, plan.sentences, most)
    plan.spans = {n: key_span(ground.one, n) for n in plan.ranking}
    plan.figures = list(_figures(ground, plan, scores))
    tables = ground.one.knowledge.tables
    first = bisect_left(tables, plan.start, key=lambda t: t.start)
    last = bisect_left(tables, plan.end, key=lambda t: t.start)
    heads = ((t.header or next(iter(t.rows), ()), len(t.rows)) for t in tables[first:last])
    plan.tables = [((row[0][0], row[-1][1]), rows) for row, rows in heads if row]


def _sentences(ground: Ground, plan: Plan) -> list[int]:
    """Return a part's sentences that may be key ones: not the title, nor what its heading and points say; else all of a text."""
    one = ground.one
    shown = one.document.metadata.title
    title = (shown.start, shown.end) if shown.start is not None and shown.end is not None else (0, 0)
    told = dict([*plan.points, *([plan.heading] if plan.heading else [])])
    found = [
        n for n in candidates_of(ground, plan.start, plan.end)
        if not title[0] <= one.sentences[n].start < title[1]
        and _says(one.document.text, one.sentences[n].start, one.sentences[n].end, told)
    ]  # fmt: skip
    return found if found or plan.size < len(one.document.text) else list(ground.within(plan.start, plan.end))


def _points(ground: Ground, plan: Plan) -> list[Span]:
    """Return the headings right below a part; else the items of the largest list in it."""
    one = ground.one
    if items := _below(ground, plan):
        return [opening(one, item) for item in items]
    if plan.number == 0 and plan.size < len(one.document.text):
        return []  # what stands outside of all parts is no list of anything
    known = one.knowledge.enumerations
    first = bisect_left(known, plan.start, key=lambda e: e.members[0].start)
    last = bisect_left(known, plan.end, key=lambda e: e.members[0].start)
    listed = [e.members for e in known[first:last] if e.announced and e.members[-1].end <= plan.end]
    named = [m for m in listed if len(m) >= FEW and sum(i.lead_end - i.start for i in m) >= LEAD * len(m)]
    return [(m.start, m.lead_end) for m in max(named, key=len, default=())]


def _below(ground: Ground, plan: Plan) -> tuple[Item, ...]:
    """Return the units right below a part, or of what stands outside; the parts of an only one instead of it."""
    one = ground.one
    if plan.unit is not None:
        items = _items(ground, plan.unit)
    else:
        first = bisect_left(one.sections, plan.start, key=lambda s: s.start)
        inside = one.sections[first : bisect_left(one.sections, plan.end, key=lambda s: s.start)]
        top = min((s.level for s in inside), default=0)
        items = tuple(_item(s) for s in inside if s.level == top)
    while len(items) == 1 and (below := _items(ground, items[0].unit)):
        items = below
    return items


def _figures(ground: Ground, plan: Plan, scores: Floats) -> Iterator[Span]:
    """Yield the clauses that say of something how much it is, those of the weightiest sentences first, none twice."""
    quantities = ground.one.knowledge.quantities
    first = bisect_left(quantities, plan.heading[1] if plan.heading else plan.start, key=lambda q: q.start)
    found: dict[Span, int] = {}
    for quantity in quantities[first : bisect_left(quantities, plan.end, key=lambda q: q.start)]:
        home = ground.sentence_of(quantity.start)
        span = _clause(ground, quantity, home) if home not in ground.rows else None
        if span is not None:
            found.setdefault(span, home)
    taken = dict.fromkeys(found.values(), 0)  # where the last one of each sentence ends: they come in order
    for span in sorted(found, key=lambda s: (-scores[found[s]], found[s], s)):
        if span[0] >= taken[found[span]]:
            taken[found[span]] = span[1]
            yield span


def _clause(ground: Ground, quantity: Quantity, home: int) -> Span | None:
    """Return the clauses that hold a number and what it is the number of, without the mark at the end.

    None where they are too long, stand in a heading, or do not say what.
    """
    text, sentence = ground.one.document.text, ground.one.sentences[home]
    if quantity.value is None or quantity.measured is None or not quantity.unit:
        return None
    if not _DIGIT.search(text, quantity.start, quantity.end) or quantity.start < ground.heads.get(
        sentence.start, 0
    ):
        return None
    first = min(quantity.measured[0], quantity.start)
    low, high = max(sentence.start, first - FIGURE[1]), min(sentence.end, quantity.end + FIGURE[1])
    held = [(a, b) for a, b in clauses(text, low, high) if b > first and a < quantity.end]
    if not held or held[0][0] == low > sentence.start:  # none, or one that begins further in front
        return None
    start, end = strip(text, held[0][0], held[-1][1])
    end -= len(text[start:end]) - len(text[start:end].rstrip("，。；：！？、,;"))
    said = text[start:end]
    whole = said.count("（") == said.count("）") and said.count("“") == said.count("”") and "*" not in said
    return (start, end) if whole and FIGURE[0] <= end - start <= FIGURE[1] else None


def key_span(one: IndexedDocument, number: int) -> Span:
    """Return what is shown of a sentence: all of it, of a long one its longest run of clauses."""
    sentence = one.sentences[number]
    return trim(one.document.text, sentence.start, min(sentence.end, sentence.start + LONGEST), {}, KEY)
