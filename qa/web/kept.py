"""Answers as a conversation keeps them, and whether they still stand on the index that is open now.

A kept answer is shown as it was given. Its quotations are compared with the text they come from; where that text is
not in the index any more, it is said, and the question can be asked again: nothing is answered from another text
without a word.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from index import IndexedDocument
from qa.errors import QuestionError
from qa.rendering import to_json
from qa.types import Answer, Point, Status
from qa.web.conversation import Row, question_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

EARLIER = "索引在这之后更新过，这是更新前的回答；引文仍与原文一致。"
EARLIER_NOT_FOUND = "索引在这之后更新过：当时没有找到，现在的文稿里也许有。"
GONE = "这个回答出自{titles}，现在的索引里已没有这份原文（换过或删去了）。下面是当时的回答，现在无法核对。"
GONE_NOT_FOUND = "索引在这之后换过文稿：当时没有找到，现在的文稿里也许有。"
GONE_OWN = (
    "这个回答出自上传的{titles}，它只留在当时的对话里，现在已删除或到期。下面是当时的回答，现在无法核对。"
)
NOT_KEPT = "这一问没有留下当时的回答。"
DAMAGED = "这一问的回答已损坏，读不出来。"
UNTRUE = "当时的引文与现在的原文对不上，所以不显示。"


@dataclass(frozen=True, slots=True)
class Shown:
    """A turn as it is drawn: `data` for <speech-answer>, and what is to be said about it where it is an old one.

    `answer` is None for an error and for what was not kept. `leads` tells whether a follow-up may lean on
    it, `opens` whether its places are in the index.
    """

    data: dict[str, Any]
    answer: Answer | None = None
    remark: str | None = None
    leads: bool = True
    opens: bool = True


def given(row: Row, answered: Answer | QuestionError, request: str | None = None) -> Shown:
    """Return what was just answered; an error names the `request` by which the log tells of it."""
    if isinstance(answered, Answer):
        return Shown(to_json(answered), answered)
    question = question_of(row).question
    told = f"{answered}（编号 {request}）" if request else str(answered)
    error = {"id": f"{answered.code} {question}", "question": question, "error": told}
    return Shown(error, leads=False)


def as_text(shown: Shown) -> str:
    """Return an answer as it is kept."""
    return json.dumps(shown.data, ensure_ascii=False)


def look_at(row: Row, documents: Sequence[IndexedDocument], snapshot: str) -> Shown:
    """Return a kept turn, with what has become of its source.

    `documents` are those there are, `snapshot` the id of what the question would be asked of now.
    """
    if row.answer is None:
        return _without(row, NOT_KEPT)
    try:
        data = json.loads(row.answer)
    except (ValueError, RecursionError):
        return _without(row, DAMAGED)
    if isinstance(data, dict) and "error" in data:
        question = question_of(row).question
        whole = data.get("question") == question and isinstance(data["error"], str)
        return Shown(data | {"id": f"error {question}"}, leads=False) if whole else _without(row, DAMAGED)
    answer = read_answer(row.answer)
    return _compared(row, data, answer, documents, snapshot) if answer else _without(row, DAMAGED)


def read_answer(text: str) -> Answer | None:
    """Read an answer's JSON; None where it is none. `qa.rendering.to_json` is the way there."""
    try:
        return _reader().validate_json(text, strict=True)
    except (ValueError, RecursionError):
        return None


@lru_cache(maxsize=1)
def _reader() -> TypeAdapter[Answer]:
    from pydantic import TypeAdapter  # 0.1 s that only an old conversation needs

    return TypeAdapter(Answer)


def _compared(
    row: Row, data: dict[str, Any], answer: Answer, documents: Sequence[IndexedDocument], snapshot: str
) -> Shown:
    places = answer.points or answer.passages
    gone = _gone(places, documents)
    if not gone and not _verbatim(places, documents):
        return _without(row, UNTRUE)
    answered = answer.status is Status.ANSWERED
    if gone:
        titles = "、".join(f"《{title}》" for title in gone)
        words = GONE_OWN if question_of(row).own else GONE
        said = words.format(titles=titles) if answered else GONE_NOT_FOUND
        return Shown(data, answer, said, leads=False, opens=False)
    if answer.snapshot != snapshot:
        return Shown(data, answer, EARLIER if answered else EARLIER_NOT_FOUND)
    return Shown(data, answer)


def _gone(places: Sequence[Point], documents: Sequence[IndexedDocument]) -> list[str]:
    """Return the titles of the documents that are not there; an id is made of the text."""
    here = {indexed.document.id for indexed in documents}
    return list(dict.fromkeys(p.document.title for p in places if p.document.id not in here))


def _verbatim(places: Sequence[Point], documents: Sequence[IndexedDocument]) -> bool:
    texts = {indexed.document.id: indexed.document.text for indexed in documents}
    return all(0 <= p.start < p.end and texts[p.document.id][p.start : p.end] == p.text for p in places)


def _without(row: Row, remark: str) -> Shown:
    question = question_of(row).question
    data = {"id": f"none {row.number} {question}", "question": question, "standalone": question}
    return Shown(data, remark=remark)
