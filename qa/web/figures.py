"""The figures of the admin's page, out of the journal of questions and the feedback."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from index import IndexedDocument, fold
from qa.types import Status
from qa.web.journal import Journal
from qa.web.resources import Resources
from qa.web.store import Store

DAY = 86_400.0
SHOWN = 20  # rows of a table; exports have all
_LOCAL = "date(at, 'unixepoch', 'localtime')"
_WORDLESS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that differ in blanks and marks only: the last one's words, how many, when last (Unix seconds), why."""

    question: str
    count: int
    last: float
    reason: str


def figures(resources: Resources, days: float, now: float | None = None) -> dict[str, Any]:
    """Return the figures of the last `days`. Raises SpeechIndexError, StoreUnusable."""
    now = time.time() if now is None else now
    since = now - days * DAY
    journal, settings = resources.journal, resources.settings
    snapshot = resources.engine.snapshot
    thumbs = verdicts(resources.store, since)
    path = snapshot.path
    made = path.stat().st_mtime if path is not None and path.exists() else None
    count, characters, size = resources.uploads.amount()
    groups = unanswered(journal, since) if settings.log_questions else []
    return {
        "at": now,
        "days": days,
        "log_questions": settings.log_questions,
        "question_days": settings.question_days,
        "snapshot": {"id": snapshot.id, "made": made, "encoder": snapshot.encoder},
        "uploads": {"documents": count, "characters": characters, "originals_bytes": size},
        "per_day": per_day(journal, since, thumbs),
        "kinds": _counted(journal, "kind", since),
        "reasons": _counted(journal, "reason", since),
        "doors": _counted(journal, "door", since),
        "slowest": slowest(journal, since),
        "documents": documents(journal, since, snapshot.documents),
        "unanswered": [_shown(group) for group in groups[:SHOWN]],
        "unanswered_total": len(groups),
    }


def verdicts(store: Store, since: float) -> Counter[tuple[str, str]]:
    """Return how many verdicts were given, by local day and verdict."""
    with store.database.reading() as database:
        query = f"SELECT {_LOCAL}, verdict, count(*) FROM feedback WHERE at > ? GROUP BY 1, 2"  # noqa: S608 - a constant
        return Counter({(day, verdict): count for day, verdict, count in database.execute(query, (since,))})


def per_day(journal: Journal, since: float, thumbs: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return what was asked and judged on each local day on which something was."""
    query = (
        f"SELECT {_LOCAL}, count(*), sum(status = 'not_found'), sum(status = 'error'), avg(ms) "  # noqa: S608
        "FROM asked WHERE at > ? GROUP BY 1"
    )
    found = {row[0]: row[1:] for row in journal.select(query, (since,))}
    days = sorted({*found, *(day for day, _ in thumbs)})
    return [
        {
            "day": day,
            "questions": (row := found.get(day, (0, 0, 0, 0.0)))[0],
            "not_found": row[1],
            "errors": row[2],
            "ms": round(row[3]),
            "up": thumbs[day, "up"],
            "down": thumbs[day, "down"],
        }
        for day in days
    ]


def _counted(journal: Journal, column: str, since: float) -> list[dict[str, Any]]:
    query = f"SELECT {column}, count(*) FROM asked WHERE at > ? AND {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608 - our own names
    return [{"name": name, "count": count} for name, count in journal.select(query, (since,))]


def slowest(journal: Journal, since: float) -> list[dict[str, Any]]:
    """Return the questions that took longest."""
    query = (
        f"SELECT at, request, door, kind, ms, question FROM asked WHERE at > ? ORDER BY ms DESC LIMIT {SHOWN}"  # noqa: S608
    )
    names = ("at", "request", "door", "kind", "ms", "question")
    return [dict(zip(names, row, strict=True)) for row in journal.select(query, (since,))]


def documents(journal: Journal, since: float, there: Sequence[IndexedDocument]) -> list[dict[str, Any]]:
    """Return the documents of the index with their size, and how many answers were from each; then what is not in it.

    What people brought is counted as one: whose it was is nobody else's business.
    """
    query = "SELECT document, count(*) FROM asked WHERE at > ? AND document IS NOT NULL GROUP BY 1"
    counts = dict(journal.select(query, (since,)))
    found = [
        {
            "id": one.document.id,
            "title": one.document.title,
            "state": "served",
            "characters": len(one.document.text),
            "sections": len(one.sections),
            "sentences": len(one.sentences),
            "questions": counts.pop(one.document.id, 0),
        }
        for one in there
    ]
    if counts:
        found.append({"id": None, "title": None, "state": "elsewhere", "questions": sum(counts.values())})
    return found


def unanswered(journal: Journal, since: float) -> list[Group]:
    """Return what was asked and got nothing for, the most frequent first; only questions whose words were kept."""
    query = "SELECT question, at, reason FROM asked WHERE at > ? AND status = ? AND question IS NOT NULL ORDER BY number"
    groups: dict[str, Group] = {}
    for question, at, reason in journal.select(query, (since, Status.NOT_FOUND.value)):
        key = _WORDLESS.sub("", fold(question)).lower()
        before = groups.get(key)
        groups[key] = Group(question, before.count + 1 if before else 1, at, reason or "")
    return sorted(groups.values(), key=lambda g: (-g.count, -g.last))


def _shown(group: Group) -> dict[str, Any]:
    return {"question": group.question, "count": group.count, "last": group.last, "reason": group.reason}
