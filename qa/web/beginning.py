"""What can be asked first, while nothing has been: questions that the documents answer."""

from __future__ import annotations

from functools import partial

import streamlit as st

from index import Facet
from qa.answering import Engine
from qa.messages import Starters
from qa.web.part import draw_part
from qa.web.resources import Resources
from qa.web.scope import scope_id
from qa.web.session import Session

_ABOUT = {
    Facet.ACHIEVEMENT: "做成了什么",
    Facet.GOAL: "要达到什么",
    Facet.REQUIREMENT: "要做什么、谁来做",
}


def draw_beginning(resources: Resources, session: Session, document: str) -> None:
    """Draw the questions to begin with: of the chosen documents, or of the one of the index that is shown."""
    if _asks_chosen(resources.engine, session):
        _draw_chosen(resources, session)
    else:
        _draw_doors(resources, session, resources.starters(document))


def _asks_chosen(engine: Engine, session: Session) -> bool:
    """Tell whether other documents are asked than all of the index or one of it."""
    scope = session.desk.scope
    return len(scope) > 1 or not set(scope) <= {one.document.id for one in engine.snapshot.documents}


def _draw_chosen(resources: Resources, session: Session) -> None:
    """Draw questions that the chosen documents answer, as soon as they are found: it takes a second or two."""
    engine, desk = resources.engine, session.desk
    scope, own = desk.scope, desk.own

    def found() -> Starters | None:
        made = partial(desk.scopes.engine, engine, own, scope)
        return resources.starting.get(scope_id(engine, scope), lambda: made()[0])

    starters = found()
    if starters and any(questions for _, questions in starters.doors):
        _draw_doors(resources, session, starters)
        return
    st.html('<p class="speechqa-quiet">直接提问，原文和出处都来自选中的文稿。</p>')
    if starters is None:

        def wait() -> None:
            if found() is not None:
                st.rerun()

        st.fragment(wait, run_every=1.0)()


def _draw_doors(resources: Resources, session: Session, starters: Starters) -> None:
    doors = [[facet.value, _ABOUT[facet], list(questions)] for facet, questions in starters.doors]
    draw_part(resources, session, "doors", {"view": "doors", "doors": doors, "more": list(starters.more)})
