"""A conversation as the page and the store hold it: a log of rows, and the turns that follow from it. No page code."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from index import Facet
from qa.errors import EmptyQuestion, QuestionTooLong
from qa.rendering import FACET_NAMES

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it was asked: narrowed to `facet` and `document`, `literal` without what came before.

    `documents` are the ones it was asked of where they are several; `own` tells that some were brought by the person.
    """

    question: str
    facet: Facet | None = None
    literal: bool = False
    document: str | None = None
    documents: tuple[str, ...] = ()
    own: bool = False

    @property
    def scope(self) -> tuple[str, ...]:
        """Return the ids of the documents it was asked of; none: of all the index."""
        return self.documents or ((self.document,) if self.document else ())


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the log: a question with what was answered, or what takes the place of an earlier row.

    `number` is the store's, negative as long as the row is not kept there. `asked` is None where the row
    that it `replaces` was taken away. `answer` is what <speech-answer> draws, as JSON; None where it was not
    kept. `snapshot` is the index that was asked.
    """

    number: int
    asked: Asked | None
    answer: str | None = None
    snapshot: str | None = None
    replaces: int | None = None


def turns_of(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows that stand, in the order asked: each place with the row that came to it first and last.

    Of two rows that replace the same one, the first counts: it was there when the second one was made.
    """
    places: dict[int, list[Row]] = {}  # number of the row that opened a place -> the rows that held it
    opener: dict[int, int] = {}
    for row in rows:
        if row.replaces is None:
            opener[row.number] = row.number
            places[row.number] = [row]
        elif row.replaces in opener and places[opener[row.replaces]][-1].number == row.replaces:
            opener[row.number] = opener[row.replaces]
            places[opener[row.number]].append(row)
    return tuple(held[-1] for held in places.values() if held[-1].asked is not None)


def question_of(row: Row) -> Asked:
    """Return what was asked in a row that stands."""
    if row.asked is None:
        raise ValueError("a row that was taken away is none of the turns")
    return row.asked


def entered(question: str, limit: int) -> str:
    """Return a question as it may come in. Raises EmptyQuestion, QuestionTooLong before anything is kept of it."""
    if not question.strip():
        raise EmptyQuestion("没有问题：应为一句话，实际是空的。请写出要问什么。")
    if len(question) > limit:
        raise QuestionTooLong(
            f"问题太长：最多 {limit} 字，实际 {len(question)} 字。请缩短，或把原文编成索引后再问。"
        )
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", question)


def narrowed(asked: Asked, facet: str | None) -> Asked:
    """Return the question narrowed to a facet (None: to none)."""
    return replace(asked, facet=Facet(facet) if facet in FACET_NAMES else None)


def dump(asked: Asked) -> str:
    """Return the question as JSON text."""
    data: dict[str, Any] = {
        "question": asked.question,
        "facet": asked.facet,
        "literal": asked.literal,
        "document": asked.document,
    }
    if asked.documents:
        data["documents"] = asked.documents
    if asked.own:
        data["own"] = True
    return json.dumps(data, ensure_ascii=False)


def load(text: Any) -> Asked | None:
    """Read what `dump` wrote; None where it is damaged."""
    try:
        entry = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    if not (isinstance(entry, dict) and isinstance(entry.get("question"), str)):
        return None
    facet, document, several = entry.get("facet"), entry.get("document"), entry.get("documents")
    whole = isinstance(several, list) and all(isinstance(one, str) for one in several)
    return Asked(
        _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", entry["question"]),
        Facet(facet) if isinstance(facet, str) and facet in FACET_NAMES else None,
        entry.get("literal") is True,
        document if isinstance(document, str) else None,
        tuple(several) if several and whole else (),
        entry.get("own") is True,
    )
