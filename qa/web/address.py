"""The page's address -> a tab's session, and back: c, s, q, literal, at, doc."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from qa.answering import Engine
from qa.errors import QuestionError
from qa.web.actions import Place
from qa.web.conversation import entered
from qa.web.desk import Desk
from qa.web.session import DRAWN, Session, ask, resume
from qa.web.store import Store

HANDED = 30  # questions in one address: as many as the widget hands over


def session_of(engine: Engine, store: Store, desk: Desk) -> Session:
    """Return this tab's session; at first it is set up from the address: c, s, q, literal, at, doc."""
    if "speechqa" in st.session_state:
        kept: Session = st.session_state["speechqa"]
        return kept
    session = Session(desk=desk)
    st.session_state["speechqa"] = session
    address = st.query_params
    known = {d.document.id for d in engine.snapshot.documents}
    if address.get("doc") in known:
        desk.choose([address["doc"]])
    elif "doc" in address:
        session.notice = "链接里的文稿不在这个索引里。"
    identity = address.get("c") or address.get("s")
    if identity:
        resume(session, store, identity, known)
        session.since = max(0, len(session.turns) - DRAWN)
    place = read_place(address.get("at", ""))
    if place:
        shown = desk.document or engine.snapshot.documents[0].document.id
        session.opened = Place(shown, *place)
    _ask_those_of(session, engine)
    return session


def _ask_those_of(session: Session, engine: Engine) -> None:
    """Ask the questions in the address, in order; `literal` counts those that lean on nothing: 0-3."""
    address = st.query_params
    alone = address.get("literal", "").split("-")
    for number, question in enumerate(address.get_all("q")[:HANDED]):
        if question.strip():
            _attempt_question(session, engine, question, literal=str(number) in alone)
    for name in ("q", "literal"):
        address.pop(name, None)


def _attempt_question(session: Session, engine: Engine, question: str, *, literal: bool) -> None:
    limit = engine.settings.question_limit
    attempt(session, lambda: ask(session, entered(question, limit), literal=literal))


def attempt(session: Session, step: Callable[[], None]) -> bool:
    """Take a step that may be refused; the person is told why. Tell whether it was taken."""
    try:
        step()
    except QuestionError as error:
        session.notice = str(error)
        return False
    return True


def read_place(at: str) -> tuple[int, int] | None:
    """Read `at`: a place START-END or START, characters into the document."""
    start, _, end = at.partition("-")
    if not (start.isascii() and start.isdigit() and len(start) < 10):
        return None
    stop = int(end) if end.isascii() and end.isdigit() and len(end) < 10 else 0
    return int(start), max(stop, int(start) + 1)


def show_address(session: Session) -> None:
    """Let the address name the conversation: a reload finds it again."""
    for name, identity in {"c": session.identity, "s": session.copy}.items():
        if identity and st.query_params.get(name) != identity:
            st.query_params[name] = identity
        elif not identity and name in st.query_params and (session.identity or session.copy or session.anew):
            del st.query_params[name]
