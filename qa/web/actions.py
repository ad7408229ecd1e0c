"""What a person does on the page, as the browser tells it: anything may come, only what we know is taken."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from qa.errors import BadRequest
from qa.rendering import FACET_NAMES
from qa.web.conversation import entered

REASON = 600  # characters of a reason for a verdict: the form takes 500, and the kind stands before them
_OFFSET = 2**31  # no document is as long
_NAME = 64  # characters of a document's id, and of a token
_MANY = 500  # ids or tokens at once

Kind = Literal[
    "ask",
    "literal",
    "narrow",
    "edit",
    "again",
    "feedback",
    "open",
    "scope",
    "brought",
    "remove",
    "shelved",
    "resume",
    "forget",
    "need",
]
_PLAIN: tuple[Kind, ...] = ("literal", "again", "need")
# What names things, and the field they stand in.
_NAMED: dict[Kind, str] = {
    "scope": "documents",
    "brought": "tokens",
    "remove": "document",
    "shelved": "documents",
    "resume": "conversation",
    "forget": "conversations",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place to open in the reader; `at` tells two openings of one place apart."""

    document: str
    start: int
    end: int
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person did; of the fields, those that belong to the kind are set."""

    kind: Kind
    question: str = ""
    facet: str | None = None
    verdict: str = ""
    reason: str = ""
    place: Place | None = None
    names: tuple[str, ...] = ()  # ids of documents or conversations; tokens of what was brought


def read_action(raw: Any, limit: int) -> Action:
    """Read what the browser sent; a question has at most `limit` characters.

    Raises BadRequest, EmptyQuestion, QuestionTooLong.
    """
    if not isinstance(raw, dict):
        raise _unread("一个操作", raw)
    kind = raw.get("type")
    if kind in ("ask", "edit"):
        return Action(kind, question=entered(_text(raw, "question"), limit))
    if kind == "narrow":
        return Action("narrow", facet=_facet(raw.get("facet")))
    if kind == "feedback":
        return _feedback(raw)
    if kind == "open":
        return Action("open", place=_place(raw))
    if isinstance(kind, str) and kind in _NAMED:
        return Action(kind, names=_named(kind, raw))
    for plain in _PLAIN:
        if kind == plain:
            return Action(plain)
    raise _unread("一个认识的操作", kind)


def _named(kind: Kind, raw: dict[str, Any]) -> tuple[str, ...]:
    """Return the ids or tokens that an action names."""
    if kind == "resume":  # none: a new conversation
        wanted = _text(raw, "conversation")
        return _names([wanted]) if wanted else ()
    if kind == "remove":
        return _names([raw.get("document")])
    return _names(raw.get(_NAMED[kind]))


def _feedback(raw: dict[str, Any]) -> Action:
    verdict, reason = raw.get("verdict"), raw.get("reason") or ""
    if verdict not in ("up", "down"):
        raise _unread("up 或 down", verdict)
    if not isinstance(reason, str):
        raise _unread("说明的文字", reason)
    if len(reason) > REASON:
        raise BadRequest(f"补充说明太长：最多 {REASON} 字，实际 {len(reason)} 字。请缩短后再提交。")
    return Action("feedback", verdict=verdict, reason=reason.encode("utf-8", "replace").decode())


def _facet(facet: Any) -> str | None:
    if facet is None or (isinstance(facet, str) and facet in FACET_NAMES):
        return facet
    raise _unread("一个类别", facet)


def _place(raw: dict[str, Any]) -> Place:
    document, start, end, at = (raw.get(name) for name in ("document", "start", "end", "at"))
    if not (isinstance(document, str) and len(document) <= _NAME):
        raise _unread("文稿的编号", document)
    if not (type(start) is int and type(end) is int and 0 <= start < end < _OFFSET):
        raise _unread("原文里的位置", [start, end])
    timed = isinstance(at, int | float) and not isinstance(at, bool) and abs(at) < 2**53 and math.isfinite(at)
    return Place(document, start, end, float(at) if timed and at is not None else None)


def _names(names: Any) -> tuple[str, ...]:
    short = isinstance(names, list) and all(isinstance(n, str) and 0 < len(n) <= _NAME for n in names)
    if not short or len(names) > _MANY:
        raise _unread("文稿的编号", names)
    return tuple(dict.fromkeys(names))


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str):
        raise _unread("一句话", value)
    return value


def _unread(wanted: str, found: Any) -> BadRequest:
    what = type(found).__name__ if isinstance(found, dict | list) else str(found)[:20]
    return BadRequest(f"页面发来的操作看不懂：应为{wanted}，实际是“{what}”。请刷新页面再试。")
