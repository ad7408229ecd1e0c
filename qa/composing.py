"""What was found -> an answer: judged, its points and passages quoted with their places, and what is said beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from index import Snapshot
from qa.confidence import NO_QUESTION, judge
from qa.deadline import check
from qa.evidence import make_point, query_weights, widen
from qa.finding import Way
from qa.notes import header_note, masked_note, planned_note, scan_note
from qa.reranking import Reranker, why_not
from qa.retrieval import Ranking
from qa.selecting import NAMED
from qa.settings import Settings
from qa.types import Answer, Kind, Point, Query, Status

MOST_POINTS = 1_000  # points given; the longest list of a report has 100


def composed(
    way: Way, question: str, identity: str, snapshot: Snapshot, settings: Settings, reranker: Reranker | None
) -> Answer:
    """Return the answer, with this id, to a question that was asked this way."""
    query, ranking, found = way.query, way.ranking, way.found
    why = partial(why_not, query, ranking, snapshot, reranker)
    judged = judge(
        query, ranking, snapshot, found.judged, structural=found.structural, sure=found.sure, why=why
    )
    weights = query_weights(query, snapshot.lexical)
    shown = () if judged.reason else found.spans[:MOST_POINTS]
    points = tuple(_point(span, snapshot, weights) for span in shown)
    more = f"只列出前 {MOST_POINTS} 处。" if len(found.spans) > len(points) > 0 else None
    return Answer(
        id=identity,
        snapshot=snapshot.id,
        question=question,
        standalone=query.standalone,
        status=Status.ANSWERED if points else Status.NOT_FOUND,
        reason=judged.reason,
        note=judged.note or "".join(filter(None, (found.note, more))) or _note(query, points, snapshot),
        kind=Kind.STRUCTURE if found.structural and query.kind in NAMED else query.kind,
        facet=query.facet,
        confidence=round(judged.confidence, 4),
        points=points,
        passages=()
        if judged.reason in NO_QUESTION
        else _passages(ranking, snapshot, settings.passages, weights),
        total=found.total if points else None,
        counted=query.occurrences and found.structural and bool(points),
    )


def _note(query: Query, points: Sequence[Point], snapshot: Snapshot) -> str | None:
    """Return what goes with the points: that something is blanked out, only planned, or a table's header."""
    if not points:
        return None
    source = snapshot.documents[snapshot.lookup.numbers[points[0].document.id]]
    own = masked_note(source, points) or header_note(source, points) or planned_note(query, points)
    return scan_note(points) + (own or "") or None


def _point(span: tuple[int, int, int], snapshot: Snapshot, terms: Iterable[str]) -> Point:
    check()
    document, start, end = span
    return make_point(snapshot.documents[document], start, end, terms)


def _passages(ranking: Ranking, snapshot: Snapshot, most: int, terms: Iterable[str]) -> tuple[Point, ...]:
    """Return the best hits with their surroundings, none inside another."""
    shown: list[Point] = []
    for hit in ranking.hits(3 * most):
        indexed = snapshot.documents[hit.document]
        start, end = widen(indexed, indexed.passages[hit.passage])
        inside = any(p.document.id == indexed.document.id and p.start < end and start < p.end for p in shown)
        if not inside:
            shown.append(make_point(indexed, start, end, terms, round(hit.score, 4)))
        if len(shown) == most:
            break
    return tuple(shown)
