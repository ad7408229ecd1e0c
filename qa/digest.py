"""A document -> its digest, all of it verbatim: each part, its points, its key sentences, figures and tables, with places.

Nothing is put into other words. A digest is sized for a screen (SCREEN lines); what it leaves out is counted, and shown
where it is asked for in full, or of one part.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from index import IndexedDocument, Item, Quantity, Section, Snapshot, Span, groups_of, main_unit
from qa.errors import BadRequest
from qa.evidence import clauses, make_point, strip, trim
from qa.parts import opening
from qa.salience import Floats, ranked, salience, sentence_vectors
from qa.types import DocumentRef, Found, Point

SCREEN = 40  # lines of a digest: what a person sees without scrolling
PLACE = 8  # characters of a place behind a sentence
WIDTH = 34  # characters of a line: 80 columns without the indent
FRAME = 4  # lines of it that are none of a part's: title, what it is, what is left out
HEADING = 60  # characters of a heading in it at most
POINT = 26  # characters of a point in a digest's line at most
KEY = 150  # characters of a key sentence at most: of a longer one its longest run of clauses
SHORT = 10  # characters up to which a sentence says nothing by itself
MOST_KEYS = 12  # key sentences of a part at most
FIGURE = (6, 36)  # characters of a clause with a figure
MOST_FIGURES = 12  # figures of a part in full
SHOWN_FIGURES = 3  # of them on a screen
OVERVIEW = 5  # key sentences that answer for a text without parts
WHOLE = 0.95  # how sure it is that the parts of a text answer for the whole of it
LEAST_PART = 0.5  # share of the text from which units in a row are its parts, whatever stands between them
LEAD = 7  # characters of such an item on average
FEW = 3  # items from which a list inside a part is its points
NARROW = 15  # parts from which each heading gets one line
_ENDED = re.compile(r"[。！？!?][”’」』）)]*$")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Table:
    """A table's header (its first row where it has none) and how many rows stand under it."""

    header: Point
    rows: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its heading (None: what stands outside of all parts, or all of a text without any) and what is shown of it.

    `number` counts from 1, 0 where there is no heading. `points` are the headings right below, or what it lists; `key` are
    key sentences, `figures` clauses with a number, all in document order. The totals say how many there are.
    """

    number: int
    heading: Point | None
    points: tuple[Point, ...]
    key: tuple[Point, ...]
    figures: tuple[Point, ...]
    tables: tuple[Table, ...]
    points_total: int
    sentences_total: int
    figures_total: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many parts, points, sentences and figures a digest does not show."""

    parts: int
    points: int
    sentences: int
    figures: int


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest of a document, or of one part of it (`of` is its heading), `headline` in a line of our own.

    `parts_total` is how many parts there are, `characters` and `sentences` the size of what it is a digest of.
    """

    snapshot: str
    document: DocumentRef
    of: Point | None
    headline: str
    characters: int
    sentences: int
    full: bool
    parts: tuple[Part, ...]
    parts_total: int
    left_out: LeftOut


@dataclass(slots=True)
class _Plan:
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
    keys: list[int] = field(default_factory=list)  # what is shown
    shown_points: int = 0
    shown_figures: int = 0
    size: int = 0


def digest_of(
    snapshot: Snapshot, number: int = 0, *, part: int | None = None, full: bool = False, lines: int = SCREEN
) -> Digest:
    """Return the digest of a snapshot's document `number`, of its part `part` (from 1) where one is named.

    `lines` is its size; `full` shows every point and as many key sentences. Raises BadRequest where there is no such part.
    """
    one = snapshot.documents[number]
    unit = _part_unit(one, part) if part is not None else None
    plans = parts_of(one, unit)
    vectors = sentence_vectors(snapshot, number)
    scores = salience(one, vectors)
    for plan in plans:
        _fill(one, plan, scores, vectors)
    shown = _whole(plans) if full else _fitted(one, plans, scores, lines)
    parts = tuple(_part(one, plan) for plan in shown)
    numbered = sum(1 for plan in plans if plan.number)
    size = plans[-1].end - plans[0].start
    sentences = sum(len(_within(one, p.start, p.end)) for p in plans)
    split = numbered if len(plans) > 1 else 0
    return Digest(
        snapshot=snapshot.id,
        document=DocumentRef(one.document.id, one.document.title),
        of=None if unit is None else make_point(one, *_heading(one, unit), ()),
        headline=_headline("全文" if unit is None else "这一部分", split, size, sentences),
        characters=size,
        sentences=sentences,
        full=full,
        parts=parts,
        parts_total=numbered,
        left_out=_left_out(plans, parts, sentences),
    )


def _headline(what: str, parts: int, characters: int, sentences: int) -> str:
    counted = f"分 {parts} {'个部分' if what == '全文' else '点'}，" if parts else ""
    return f"{what}{counted}共 {characters:,} 字，{sentences} 句。"


def _left_out(plans: Sequence[_Plan], parts: Sequence[Part], sentences: int) -> LeftOut:
    return LeftOut(
        parts=len(plans) - len(parts),
        points=sum(len(p.points) for p in plans) - sum(len(p.points) for p in parts),
        sentences=sentences - sum(len(p.key) for p in parts),
        figures=sum(len(p.figures) for p in plans) - sum(len(p.figures) for p in parts),
    )


def _whole(plans: list[_Plan]) -> list[_Plan]:
    """Show every point of every part, and as many key sentences."""
    for plan in plans:
        plan.shown_points, plan.shown_figures = len(plan.points), min(MOST_FIGURES, len(plan.figures))
        plan.keys = plan.ranking[: max(FEW, len(plan.points), len(plan.sentences) // 10)]
    return plans


def _part_unit(one: IndexedDocument, part: int) -> int:
    units = [plan.unit for plan in parts_of(one, None) if plan.number]
    if not 1 <= part <= len(units) or units[part - 1] is None:
        raise BadRequest(f"没有第 {part} 部分：全文分 {len(units)} 个部分。请用 1 到 {len(units)}。")
    return units[part - 1] or 0


def overview_of(snapshot: Snapshot, number: int) -> Found | None:
    """Return what answers a question for the whole of a document: its parts' headings, else its key sentences."""
    one = snapshot.documents[number]
    heads = tuple(plan.heading for plan in parts_of(one, None) if plan.heading)
    if len(heads) > 1:
        return Found(heads, len(heads), sure=WHOLE)
    vectors = sentence_vectors(snapshot, number)
    among = candidates_of(one, 0, len(one.document.text))
    best = ranked(salience(one, vectors), vectors, among, OVERVIEW)
    return Found(tuple(_key_span(one, n) for n in sorted(best)), sure=WHOLE) if best else None


def lists_parts(one: IndexedDocument, starts: Collection[int]) -> bool:
    """Tell whether what starts at `starts` is the document's parts, all of them."""
    parts = {plan.start for plan in parts_of(one, None) if plan.heading}
    return len(parts) > 1 and parts == set(starts)


def parts_of(one: IndexedDocument, unit: int | None) -> list[_Plan]:
    """Return the parts of a document (None) or of a unit, in order; what stands before, between and behind them is number 0."""
    own = main_unit(one) if unit is None else unit
    start, end = (0, len(one.document.text)) if unit is None else _bounds(one, unit)
    items = _items(one, own)
    if not items:
        return [
            _Plan(0 if unit is None else 1, start, end, None if unit is None else _heading(one, unit), unit)
        ]
    plans: list[_Plan] = []
    at = start if own is None else one.sections[own].title_end
    for number, item in enumerate(items, 1):
        if _within(one, at, item.start):
            plans.append(_Plan(0, at, item.start, None, None))
        plans.append(_Plan(number, item.start, item.end, opening(one, item), item.unit))
        at = item.end
    return [*plans, *([_Plan(0, at, end, None, None)] if _within(one, at, end) else [])]


def _bounds(one: IndexedDocument, unit: int) -> Span:
    return one.sections[unit].start, one.sections[unit].end


def _heading(one: IndexedDocument, unit: int) -> Span:
    return one.sections[unit].start, one.sections[unit].title_end


def _items(one: IndexedDocument, unit: int | None) -> tuple[Item, ...]:
    """Return the units that a reader takes for the parts: those numbered in a row where they are most of the text, else all."""
    children = one.children_of(unit)
    groups = [
        g for g in groups_of(one)
        if g.unit == unit and all(i.unit in children for i in g.items)
    ]  # fmt: skip
    size = sum(one.sections[c].end - one.sections[c].start for c in children)
    marked = [g for g in groups if all(one.sections[i.unit or 0].marker for i in g.items)]
    for group in sorted(marked, key=lambda g: -len(g.items)):
        if sum(i.end - i.start for i in group.items) >= LEAST_PART * size:
            return group.items
    return tuple(_item(one.sections[c]) for c in children)


def _item(section: Section) -> Item:
    return Item(section.start, section.title_end, section.end, section.index, section.ordinal)


def candidates_of(one: IndexedDocument, start: int, end: int) -> list[int]:
    """Return the sentences of a stretch that may be key ones: whole, no heading, no row of a table, where there are such."""
    heads = {s.start: s.title_end for s in one.sections}
    tables = [(t.start, t.end) for t in one.knowledge.tables]
    text, found = one.document.text, _within(one, start, end)
    said = [n for n in found if _says(text, one.sentences[n].start, one.sentences[n].end, heads)]
    prose = [n for n in said if not any(a <= one.sentences[n].start < b for a, b in tables)]
    whole = [n for n in prose if _ENDED.search(text[one.sentences[n].start : one.sentences[n].end])]
    return whole or prose or said


def _says(text: str, start: int, end: int, heads: dict[int, int]) -> bool:
    """Tell whether a sentence says something, for the most part besides a heading."""
    beyond = len(text[heads.get(start, start) : end].strip("。：:；; \t\u3000\n"))
    return beyond > SHORT and 2 * beyond > end - start


def _within(one: IndexedDocument, start: int, end: int) -> list[int]:
    """Return the indexes of the sentences that start in a stretch."""
    first = bisect_left(one.sentences, start, key=lambda s: s.start)
    return list(range(first, bisect_left(one.sentences, end, key=lambda s: s.start)))


def _fill(one: IndexedDocument, plan: _Plan, scores: Floats, vectors: Floats) -> None:
    """Find what could be shown of a part."""
    body = plan.heading[1] if plan.heading else plan.start
    plan.points = _points(one, plan)
    title = one.document.metadata.title
    told = dict([*plan.points, *([plan.heading] if plan.heading else [])])
    plan.sentences = [
        n for n in candidates_of(one, plan.start, plan.end)
        if _says(one.document.text, one.sentences[n].start, one.sentences[n].end, told)
        and (title.start is None or title.end is None or not title.start <= one.sentences[n].start < title.end)
    ]  # fmt: skip
    plan.size = plan.end - plan.start
    plan.ranking = ranked(
        scores, vectors, plan.sentences, max(MOST_KEYS, len(plan.sentences) // 10, len(plan.points))
    )
    plan.figures = list(_figures(one, body, plan.end, scores))
    for table in one.knowledge.tables:
        if plan.start <= table.start < plan.end:
            row = table.header or (table.rows[0] if table.rows else ())
            if row:
                plan.tables.append(((row[0][0], row[-1][1]), len(table.rows)))


def _points(one: IndexedDocument, plan: _Plan) -> list[Span]:
    """Return the headings right below a part; else the items of the largest list in it."""
    if items := _below(one, plan):
        return [opening(one, item) for item in items]
    if plan.number == 0 and plan.start < plan.end < len(one.document.text):
        return []  # what stands before the first part is no list of anything
    listed = [
        e for e in one.knowledge.enumerations
        if e.announced and len(e.members) >= FEW
        and sum(m.lead_end - m.start for m in e.members) >= LEAD * len(e.members) and plan.start <= e.members[0].start and e.members[-1].end <= plan.end
    ]  # fmt: skip
    best = max(listed, key=lambda e: len(e.members), default=None)
    return [(m.start, m.lead_end) for m in best.members] if best else []


def _below(one: IndexedDocument, plan: _Plan) -> tuple[Item, ...]:
    """Return the units right below a part, or of what stands before the first; the parts of an only one instead of it."""
    if plan.unit is not None:
        items = _items(one, plan.unit)
    else:
        inside = [s for s in one.sections if plan.start <= s.start < plan.end]
        top = min((s.level for s in inside), default=0)
        items = tuple(_item(s) for s in inside if s.level == top)
    while len(items) == 1 and (below := _items(one, items[0].unit)):
        items = below
    return items


def _figures(one: IndexedDocument, start: int, end: int, scores: Floats) -> Iterator[Span]:
    """Yield the clauses that say of something how much it is, those of the weightiest sentences first, none twice."""
    quantities = one.knowledge.quantities
    first = bisect_left(quantities, start, key=lambda q: q.start)
    last = bisect_left(quantities, end, key=lambda q: q.start)
    apart = [(t.start, t.end) for t in one.knowledge.tables] + [(s.start, s.title_end) for s in one.sections]
    starts = [s.start for s in one.sentences]
    found: dict[Span, float] = {}
    for quantity in quantities[first:last]:
        if quantity.value is None or quantity.measured is None or not quantity.unit:
            continue
        span = _clause(one, quantity, starts)
        if span is not None and not any(a <= span[0] < b for a, b in apart):
            found.setdefault(span, float(scores[bisect_left(starts, span[0] + 1) - 1]))
    taken: list[Span] = []
    for span in sorted(found, key=lambda s: (-found[s], s)):
        if not any(a < span[1] and span[0] < b for a, b in taken):
            taken.append(span)
            yield span


def _clause(one: IndexedDocument, quantity: Quantity, starts: Sequence[int]) -> Span | None:
    """Return the clauses that hold a number and what it is the number of, without the mark at the end; None if too long."""
    text = one.document.text
    if not _DIGIT.search(text[quantity.start : quantity.end]) or quantity.measured is None:
        return None
    sentence = one.sentences[max(0, bisect_left(starts, quantity.start + 1) - 1)]
    held = [
        (a, b) for a, b in clauses(text, sentence.start, sentence.end)
        if b > min(quantity.measured[0], quantity.start) and a < quantity.end
    ]  # fmt: skip
    if not held:
        return None
    start, end = strip(text, held[0][0], held[-1][1])
    while end > start and text[end - 1] in "，。；：！？、,;":
        end -= 1
    said = text[start:end]
    whole = said.count("（") == said.count("）") and said.count("“") == said.count("”") and "*" not in said
    return (start, end) if whole and FIGURE[0] <= end - start <= FIGURE[1] else None


def _cost(characters: int) -> int:
    return -(-characters // WIDTH)


def _key_span(one: IndexedDocument, number: int) -> Span:
    sentence = one.sentences[number]
    return trim(one.document.text, sentence.start, sentence.end, {}, KEY)


def _fitted(one: IndexedDocument, plans: list[_Plan], scores: Floats, lines: int) -> list[_Plan]:
    """Decide what is shown in so many lines: headings, a line of points each, then key sentences, figures and more points."""
    left = max(1, lines - FRAME)
    shown = plans
    if len(plans) > left:  # more parts than lines: those that say most
        best = sorted(plans, key=lambda p: -max((float(scores[n]) for n in p.sentences), default=-99.0))[
            :left
        ]
        shown = [p for p in plans if p in best]
    narrow = len(shown) > NARROW
    left -= sum(
        1 if narrow or not p.heading else _cost(min(HEADING, p.heading[1] - p.heading[0])) for p in shown
    )
    order = sorted(shown, key=lambda p: (not p.number, -p.size))
    for turn in range(2 * MOST_KEYS):
        for place, plan in enumerate(order):
            share = max(2, left // (len(order) - place)) if turn < 2 else left
            if turn != 1 and left > 0:
                left -= _more_points(plan, min(1, left))
            if turn == 3:
                left -= _more_figures(plan, left)
            if turn:
                left -= _one_more_key(one, plan, min(share, left))
    return shown


def _one_more_key(one: IndexedDocument, plan: _Plan, lines: int) -> int:
    """Show the best sentence left of a part that fits into so many lines; return how many it takes."""
    for number in plan.ranking[:MOST_KEYS]:
        start, end = _key_span(one, number)
        if number not in plan.keys and (cost := _cost(end - start + PLACE)) <= lines:
            plan.keys.append(number)
            return cost
    return 0


def _more_figures(plan: _Plan, lines: int) -> int:
    """Show a part's first figures, where there are such lines; return how many they take."""
    found = plan.figures[:SHOWN_FIGURES]
    cost = _cost(sum(end - start + 1 for start, end in found)) if found else 0
    if cost > lines:
        return 0
    plan.shown_figures = len(found)
    return cost


def _more_points(plan: _Plan, lines: int) -> int:
    """Show as many points of a part as fit into so many more lines; return how many these take."""
    sizes = [min(end - start, POINT) + 1 for start, end in plan.points]
    before = _cost(sum(sizes[: plan.shown_points]))
    room, count = (before + lines) * WIDTH, 0
    for size in sizes:
        room -= size
        if room < 0:
            break
        count += 1
    plan.shown_points = max(plan.shown_points, count)
    return _cost(sum(sizes[: plan.shown_points])) - before


def _part(one: IndexedDocument, plan: _Plan) -> Part:
    keys = sorted(_key_span(one, n) for n in plan.keys)
    inside = [f for f in plan.figures if not any(a <= f[0] and f[1] <= b for a, b in keys)]
    figures = sorted(inside[: plan.shown_figures])
    return Part(
        number=plan.number,
        heading=plan.heading and make_point(one, *plan.heading, ()),
        points=tuple(make_point(one, *span, ()) for span in plan.points[: plan.shown_points]),
        key=tuple(make_point(one, *span, ()) for span in keys),
        figures=tuple(make_point(one, *span, ()) for span in figures),
        tables=tuple(Table(make_point(one, *span, ()), rows) for span, rows in plan.tables),
        points_total=len(plan.points),
        sentences_total=len(_within(one, plan.start, plan.end)),
        figures_total=len(plan.figures),
        start=plan.start,
        end=plan.end,
    )
