"""An answer -> one line about it in our own words, and how sure it is with the reason.

A first version for the page; the one of the terminal and the API takes its place.
"""

from __future__ import annotations

from qa.types import Answer, Kind, Status


def headline(answer: Answer) -> str:
    """Return one line about the text that answers the question before any evidence."""
    if answer.status is Status.NOT_FOUND:
        return answer.note or "原文未提及。"
    if answer.total is None:
        return ""
    if answer.kind is Kind.STRUCTURE:
        return f"全文共 {answer.total} 处，列举如下"
    places = {(point.document.id, point.path) for point in answer.points}
    above = {(name, path) for name, path in places if any(_over(name, path, other) for other in places)}
    groups = len(places) - len(above) + len({name for name, _ in above})
    return f"全文共 {answer.total} 处" + (f"，分 {groups} 个方面" if 1 < groups < answer.total else "")


def _over(name: str, path: tuple[str, ...], other: tuple[str, tuple[str, ...]]) -> bool:
    """Tell whether a place stands above another one of the same document."""
    return other[0] == name and len(path) < len(other[1]) and other[1][: len(path)] == path


def certainty(answer: Answer) -> tuple[str, str] | None:
    """Return how sure the answer is, in words, and why; None where nothing was found."""
    if answer.certainty is None:
        return None
    return answer.certainty, f"按同类问题的检验，这样的回答约有 {answer.confidence:.0%} 是对的。"
