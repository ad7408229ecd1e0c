"""A document -> its digest, all of it verbatim: each part, its points, its key sentences, figures and tables, with places.

Nothing is put into other words. A digest is sized for a screen (SCREEN lines); what it leaves out is counted, and shown
where it is asked for in full, or of one part.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index import IndexedDocument, Snapshot
from qa.deadline import check
from qa.errors import BadRequest
from qa.evidence import make_point
from qa.fitting import SCREEN, fitted, whole
from qa.partition import Ground, Plan, candidates_of, fill, heading_of, key_span, parts_of
from qa.salience import ranked, salience, sentence_vectors
from qa.types import DocumentRef, Found, Point

OVERVIEW = 5  # key sentences that answer for a text without parts
WHOLE = 0.95  # how sure it is that the parts of a text answer for the whole of it


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


def digest_of(
    snapshot: Snapshot, number: int = 0, *, part: int | None = None, full: bool = False, lines: int = SCREEN
) -> Digest:
    """Return the digest of a snapshot's document `number`, of its part `part` (from 1) where one is named.

    `lines` is its size; `full` shows every point and as many key sentences. Raises BadRequest where there is no such part,
    OutOfTime.
    """
    one = snapshot.documents[number]
    ground = Ground.of(one)
    unit = _part_unit(ground, part) if part is not None else None
    plans = parts_of(ground, unit)
    vectors = sentence_vectors(snapshot, number)
    scores = salience(one, vectors)
    for plan in plans:
        check()
        fill(ground, plan, scores, vectors, full=full)
    shown = whole(plans) if full else fitted(plans, scores, lines)
    parts = tuple(_part(ground, plan) for plan in shown)
    numbered = sum(1 for plan in plans if plan.number)
    size = plans[-1].end - plans[0].start
    sentences = sum(len(ground.within(p.start, p.end)) for p in plans)
    split = numbered if len(plans) > 1 else 0
    return Digest(
        snapshot=snapshot.id,
        document=DocumentRef(one.document.id, one.document.title),
        of=None if unit is None else make_point(one, *heading_of(one, unit), ()),
        headline=_headline("全文" if unit is None else "这一部分", split, size, sentences),
        characters=size,
        sentences=sentences,
        full=full,
        parts=parts,
        parts_total=numbered,
        left_out=_left_out(plans, parts, sentences),
    )


def outside_of(digest: Digest, place: int) -> str:
    """Return what the part at `place` of a digest is called that has no heading; empty where there are no parts at all."""
    if not digest.parts_total:
        return ""
    return "开头" if place == 0 else "结尾" if place == len(digest.parts) - 1 else "其间"


def _headline(what: str, parts: int, characters: int, sentences: int) -> str:
    counted = f"分 {parts} {'个部分' if what == '全文' else '点'}，" if parts else ""
    return f"{what}{counted}共 {characters:,} 字，{sentences} 句。"


def _left_out(plans: Sequence[Plan], parts: Sequence[Part], sentences: int) -> LeftOut:
    return LeftOut(
        parts=len(plans) - len(parts),
        points=sum(len(p.points) for p in plans) - sum(len(p.points) for p in parts),
        sentences=sentences - sum(len(p.key) for p in parts),
        figures=sum(len(p.figures) for p in plans) - sum(len(p.figures) for p in parts),
    )


def _part_unit(ground: Ground, part: int) -> int:
    units = [plan.unit for plan in parts_of(ground, None) if plan.number]
    if not units:
        raise BadRequest(f"没有第 {part} 部分：全文没有分部分。请看全文的概览。")
    unit = units[part - 1] if 1 <= part <= len(units) else None
    if unit is None:
        raise BadRequest(f"没有第 {part} 部分：全文分 {len(units)} 个部分。请用 1 到 {len(units)}。")
    return unit


def overview_of(snapshot: Snapshot, number: int) -> Found | None:
    """Return what answers a question for the whole of a document: its parts' headings, else its key sentences."""
    one = snapshot.documents[number]
    ground = Ground.of(one)
    heads = tuple(plan.heading for plan in parts_of(ground, None) if plan.heading)
    if len(heads) > 1:
        return Found(heads, len(heads), sure=WHOLE)
    vectors = sentence_vectors(snapshot, number)
    among = candidates_of(ground, 0, len(one.document.text)) or list(range(len(one.sentences)))
    best = ranked(salience(one, vectors), vectors, among, OVERVIEW)
    return Found(tuple(key_span(one, n) for n in sorted(best)), sure=WHOLE) if best else None


def lists_parts(one: IndexedDocument, starts: Collection[int]) -> bool:
    """Tell whether what starts at `starts` is the document's parts, all of them."""
    parts = {plan.start for plan in parts_of(Ground.of(one), None) if plan.heading}
    return len(parts) > 1 and parts == set(starts)


def _part(ground: Ground, plan: Plan) -> Part:
    one = ground.one
    keys = sorted(plan.spans[n] for n in plan.keys)
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
        sentences_total=len(ground.within(plan.start, plan.end)),
        figures_total=len(plan.figures),
        start=plan.start,
        end=plan.end,
    )
