"""A conversation as the page holds it: what was asked, and the answers to it. No page code.

Only the questions are kept: the same question on the same snapshot gives the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from index import Facet
from qa.answering import Engine
from qa.errors import QuestionError
from qa.rendering import FACET_NAMES, to_json
from qa.types import Answer

TURNS = 200  # questions a conversation holds; then the oldest go


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it was asked: narrowed to `facet` and `document`, `literal` without what came before."""

    question: str
    facet: Facet | None = None
    literal: bool = False
    document: str | None = None


def history_before(turns: Sequence[Asked], number: int) -> list[str]:
    """Return the questions that turn `number` leans on: those since the last one that was taken literally."""
    if turns[number].literal:
        return []
    start = max((n for n in range(number) if turns[n].literal), default=0)
    return [turn.question for turn in turns[start:number]]


def answer_turn(engine: Engine, turns: Sequence[Asked], number: int) -> Answer | QuestionError:
    """Answer one turn; an error is what the page shows in its place."""
    turn = turns[number]
    try:
        return engine.ask(
            turn.question, history=history_before(turns, number), document=turn.document, facet=turn.facet
        )
    except QuestionError as error:
        return error


def drawn(turn: Asked, answered: Answer | QuestionError) -> dict[str, Any]:
    """Return what <speech-answer> draws: the answer's JSON, or the question and the error."""
    if isinstance(answered, Answer):
        return to_json(answered)
    return {"id": f"{answered.code} {turn.question}", "question": turn.question, "error": str(answered)}


def narrowed(turns: Sequence[Asked], number: int, facet: str | None) -> tuple[Asked, ...]:
    """Return the turns with one of them narrowed to a facet (None or an unknown name: to none)."""
    wanted = Facet(facet) if facet in FACET_NAMES else None
    return tuple(replace(t, facet=wanted) if n == number else t for n, t in enumerate(turns))


def taken_literally(turns: Sequence[Asked], number: int) -> tuple[Asked, ...]:
    """Return the turns with one of them asked anew without what came before it."""
    return tuple(replace(t, literal=True) if n == number else t for n, t in enumerate(turns))


def dump(turns: Sequence[Asked]) -> list[dict[str, Any]]:
    """Return the turns as JSON."""
    return [asdict(turn) for turn in turns]


def load(data: Any) -> tuple[Asked, ...]:
    """Read what `dump` wrote; what is not a question is left out."""
    turns = []
    for entry in data if isinstance(data, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("question"), str):
            facet, document = entry.get("facet"), entry.get("document")
            turns.append(
                Asked(
                    entry["question"],
                    Facet(facet) if facet in FACET_NAMES else None,
                    entry.get("literal") is True,
                    document if isinstance(document, str) else None,
                )
            )
    return tuple(turns[-TURNS:])
