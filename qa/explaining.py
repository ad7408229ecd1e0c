"""How an answer came about: the question as it was understood, the hits with their scores, what it was judged by."""

from __future__ import annotations

from typing import Any

from index import Snapshot
from qa.confidence import features
from qa.evidence import query_weights
from qa.finding import Way
from qa.types import Answer, Hit


def explained(way: Way, answer: Answer, snapshot: Snapshot, most: int) -> dict[str, Any]:
    """Return how `answer` came about by the way in which it was asked, with at most so many hits."""
    query, ranking = way.query, way.ranking
    checks = features(query, ranking, snapshot, way.found.judged)
    return {
        "standalone": answer.standalone,
        "kind": query.kind.value,
        "facet": query.facet and query.facet.value,
        "topic": query.topic,
        "context": query.context,
        "section": query.section,
        "terms": query_weights(query, snapshot.lexical),
        "hits": [_hit(hit, snapshot) for hit in ranking.hits(most)],
        "checks": {name: round(value, 4) for name, value in checks.items() if value},
        "status": answer.status.value,
        "reason": answer.reason,
        "confidence": answer.confidence,
    }


def _hit(hit: Hit, snapshot: Snapshot) -> dict[str, Any]:
    indexed = snapshot.documents[hit.document]
    passage = indexed.passages[hit.passage]
    return {
        "text": indexed.document.text[passage.start : passage.end],
        "score": round(hit.score, 4),
        "lexical": round(hit.lexical, 4),
        "dense": round(hit.dense, 4),
        "late": round(hit.late, 4),
    }
