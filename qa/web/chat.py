"""The chat page: draws the conversation, and hands what a person does to session.py.

Everything that comes from a document or a person is drawn by the component (answer.js, reader.js), which sets it as
text, or goes through `plain`; nothing of it passes through Markdown.
"""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from index import IndexedDocument
from qa.answering import Engine
from qa.settings import ANONYMOUS
from qa.web.address import attempt, session_of, show_address
from qa.web.beginning import draw_beginning
from qa.web.conversation import Row, entered, question_of
from qa.web.desk import Desk
from qa.web.filing import asked_name, draw_files
from qa.web.overview import draw_overview, offer_overview
from qa.web.part import component, draw_part
from qa.web.resources import Resources
from qa.web.scripts import lighter_css, page_address, read
from qa.web.session import DRAWN, Session, ask, settle
from qa.web.tools import NAME, draw_tools, plain
from qa.web.turn import turn_view
from qa.web.views import map_view, outline_view, pages_view, reader_view, sent_view
from qa.web.watching import Left

__all__ = ["NAME", "draw", "plain"]

TAGLINE = "对讲话提问，得到一字不差的原文和出处。"
READ_ONLY = "这是别人分享的对话，只能看。接着提问会另存为你自己的对话，不改动原来的。"
_STYLE = f"<style>{lighter_css(read('streamlit.css'))}</style>"


def draw(resources: Resources, may: frozenset[str] = frozenset(ANONYMOUS)) -> None:
    """Draw the page for this run, for who `may` do what the scopes say."""
    engine, store = resources.engine, resources.store
    session = session_of(engine, store, Desk(uploads=resources.uploads, scopes=resources.scopes))
    session.judges = "feedback" in may
    session.notice = session.desk.expire() or session.notice
    embedded = bool(st.context.is_embedded)
    st.html(_STYLE)
    if session.draft:
        st.session_state["question"], session.draft = session.draft, ""
    with st.bottom:  # in st.chat_input's own place the page would scroll to the end of every answer
        above = st.container()
        asked = f"向{asked_name(engine, session)}提问"
        typed = st.chat_input(asked, key="question")  # with max_chars a paste that is over it would be lost
    if typed and typed.strip():
        if not attempt(session, lambda: ask(session, entered(typed, engine.settings.question_limit))):
            session.draft = typed
        if session.draft:  # refused: it goes back into the input, which is drawn already
            st.rerun()
    try:
        settle(session, store, engine, _watching, resources.noting)
    except Left:
        st.stop()
    with above:
        draw_files(resources, session, embedded=embedded)
    show_address(session)
    indexed = _chosen(engine, session)
    if not embedded:
        _sidebar(resources, session, indexed)
    _head(engine, session, indexed, embedded)
    _document(resources, session, indexed, embedded=embedded)
    session.sent = _held(session, indexed)
    _notices(session)
    draw_overview(engine, session, indexed, component)
    _conversation(resources, session, indexed.document.id)
    offer_overview(engine, session)


def _watching() -> bool:
    """Tell whether the person's browser is still connected."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():
        return True
    return bool(runtime.get_instance().is_active_session(context.session_id))


def _chosen(engine: Engine, session: Session) -> IndexedDocument:
    """Return the document that map, outline and reader show.

    The one whose place is open, the one chosen, the one the last answer is from, else the first.
    """
    documents = session.desk.library(engine)
    wanted = session.opened.document if session.opened else session.desk.document
    if not wanted:
        shown = (session.shown(row, engine) for row in reversed(session.turns[-DRAWN:]) if row.answer)
        wanted = next((s.answer.points[0].document.id for s in shown if s.answer and s.answer.points), None)
    of_scope = next(
        (documents[i] for i in session.desk.scope if i in documents), engine.snapshot.documents[0]
    )
    return documents.get(wanted or "", of_scope)


def _head(engine: Engine, session: Session, indexed: IndexedDocument, embedded: bool) -> None:
    """Draw the page's name and the size of the text; its title stands above the question box."""
    size = f"{len(indexed.document.text):,} 字 · {len(indexed.sections)} 节 · {len(indexed.sentences)} 句"
    others = len(session.desk.scope or engine.snapshot.documents) - 1
    which = f"《{plain(indexed.document.title)}》" if others else ""
    more = f"（另有 {others} 篇）" if others else ""
    tagline = "" if session.turns or embedded else f"<p>{TAGLINE}</p>"
    st.html(
        f'<div class="speechqa-head"><h1>{NAME}</h1><p class="speechqa-quiet">{which}{size}{more}</p>{tagline}</div>'
    )


def _held(session: Session, indexed: IndexedDocument) -> tuple[str, int, str | None]:
    """Return what the browser holds once this run is drawn: the document, from where, its original's address."""
    around = session.opened.start if session.opened and session.opened.document == indexed.document.id else 0
    return sent_view(indexed, around, session.desk.held(indexed))


def _notices(session: Session) -> None:
    said = [session.notice] if session.notice else []
    session.notice = ""
    if session.copy:
        said.append(READ_ONLY)
    for line in said:
        st.html(f'<p role="status" class="speechqa-quiet">{plain(line)}</p>')


def _document(resources: Resources, session: Session, indexed: IndexedDocument, *, embedded: bool) -> None:
    """Draw the map, and hold the reader ready."""
    engine = resources.engine
    opened = session.opened
    if (
        opened and opened.document != indexed.document.id
    ):  # named by an old answer or an old link: not this text
        opened = None
    last = session.turns[-1] if session.turns else None
    answer = session.shown(last, engine).answer if last else None
    held = session.desk.held(indexed)
    data = {
        "view": "document",
        "script": page_address(),
        "document": indexed.document.id,
        "cells": len(indexed.sentences),
        "conversation": session.identity or session.copy or "",
        "turned": session.turned,
        "limit": engine.settings.question_limit,
        "embedded": embedded,
        "focus": not session.turns and not opened,
        "open": opened and asdict(opened) | {"key": f"{opened.document} {opened.start} {opened.at}"},
        "lit": None if answer and answer.points else [],
    }
    if session.sent != _held(session, indexed):  # else the browser has it
        data["map"] = map_view(indexed)
        data["reader"] = reader_view(indexed, opened.start if opened else 0) | {
            "own": held is not None,
            "pages": pages_view(indexed, held),
        }
    draw_part(resources, session, "document", data)


def _conversation(resources: Resources, session: Session, document: str) -> None:
    turns = session.turns
    if not turns:
        draw_beginning(resources, session, document)
        return
    if session.since and st.button(f"显示更早的 {session.since} 问", key="earlier", width="stretch"):
        session.since = 0
        st.rerun()
    said: set[str] = set()
    for place, row in enumerate(turns[session.since :], session.since):
        _turn(resources, session, place, row, said, last=place == len(turns) - 1)


def _turn(
    resources: Resources, session: Session, place: int, row: Row, said: set[str], *, last: bool
) -> None:
    """Draw one question with its answer."""
    data = turn_view(resources.engine, session, place, row, said, last=last)
    draw_part(resources, session, f"turn-{place}", data, row.number)


def _sidebar(resources: Resources, session: Session, indexed: IndexedDocument) -> None:
    with st.sidebar:
        if session.turns:
            draw_tools(resources.engine, session, resources.store)
        _history(resources, session)
        st.html('<p class="speechqa-quiet">文稿结构（点一下看原文）</p>')
        data: dict[str, object] = {"view": "outline", "document": indexed.document.id}
        if session.sent != _held(session, indexed):
            data["outline"] = outline_view(indexed)
        component(key="outline", data=data)


def _history(resources: Resources, session: Session) -> None:
    """Draw the conversations that this browser holds; which those are, only the browser knows."""
    data = {
        "view": "history",
        "current": session.identity,
        "questions": [question_of(row).question for row in session.turns],
        "gone": list(session.gone),
    }
    draw_part(resources, session, "history", data)
