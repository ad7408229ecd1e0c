"""One question with its answer, as plain data for <speech-answer>."""

from __future__ import annotations

from typing import Any

from qa.answering import Engine
from qa.summing import certainty, headline
from qa.web.conversation import Row, question_of
from qa.web.session import Session


def turn_view(
    engine: Engine, session: Session, place: int, row: Row, said: set[str], *, last: bool
) -> dict[str, Any]:
    """Return what is drawn of turn `place`: the answer as it was given, and what goes with it.

    `said` are the notes that earlier answers on the page have said, each is said once; this one's comes to them.
    """
    asked, shown = question_of(row), session.shown(row, engine)
    options: dict[str, Any] = {
        "suggestions": last,
        "edit": last,
        "feedback": shown.answer is not None and not asked.own,  # it would keep words of what was brought
        "given": session.verdicts.get(str(shown.data["id"])),
        "literal": asked.literal and place > 0,
        "facet": asked.facet and asked.facet.value,
        "remark": shown.remark,
        "closed": not shown.opens,
        "noted": sorted(said),
        "source": len(session.desk.library(engine)) > 1,
    }
    if shown.answer is not None:
        options |= {"headline": headline(shown.answer), "badge": certainty(shown.answer)}
        if shown.answer.note and shown.answer.points:
            said.add(shown.answer.note)
    return {
        "view": "answer",
        "turn": place,
        "last": last,
        "new": row.answer in session.fresh,
        "answer": shown.data,
        "options": options,
    }
