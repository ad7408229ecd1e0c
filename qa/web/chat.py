"""The chat page: draws the conversation, and hands what a person does to session.py.

Everything that comes from a document or a person is drawn by the component (answer.js, reader.js), which sets it as
text, or goes through `plain`; nothing of it passes through Markdown.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from index import Facet, IndexedDocument
from qa.answering import Engine
from qa.errors import QuestionError
from qa.messages import Starters
from qa.rendering import shortened, visible
from qa.settings import ANONYMOUS
from qa.web.actions import read_action
from qa.web.address import attempt, session_of, show_address
from qa.web.conversation import Row, entered, question_of
from qa.web.desk import Desk
from qa.web.doing import act
from qa.web.intake import ENDINGS
from qa.web.overview import draw_overview, offer_overview
from qa.web.resources import Resources
from qa.web.scope import scope_id
from qa.web.scratch import in_memory
from qa.web.scripts import lighter_css, page_address, read
from qa.web.session import DRAWN, Session, ask, settle
from qa.web.store import Store
from qa.web.tools import NAME, draw_tools, plain
from qa.web.turn import turn_view
from qa.web.views import desk_view, map_view, outline_view, pages_view, reader_view, sent_view
from qa.web.watching import Left

__all__ = ["NAME", "draw", "plain"]

TAGLINE = "对讲话提问，得到一字不差的原文和出处。"
READ_ONLY = "这是别人分享的对话，只能看。接着提问会另存为你自己的对话，不改动原来的。"
_ABOUT = {
    Facet.ACHIEVEMENT: "做成了什么",
    Facet.GOAL: "要达到什么",
    Facet.REQUIREMENT: "要做什么、谁来做",
}
_STYLE = f"<style>{lighter_css(read('streamlit.css'))}</style>"
_component = st.components.v2.component("speechqa", js=read("component.js"))


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
        asked = f"向{_asked_name(engine, session)}提问"
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
        _files(resources, session, embedded)
    show_address(session)
    indexed = _chosen(engine, session)
    if not embedded:
        _sidebar(engine, session, store, indexed)
    _head(engine, session, indexed, embedded)
    _document(engine, session, store, indexed, embedded)
    session.sent = _held(session, indexed)
    _notices(session)
    draw_overview(engine, session, indexed, _component)
    _conversation(resources, session, indexed.document.id)
    offer_overview(engine, session)


def _asked_name(engine: Engine, session: Session) -> str:
    library = session.desk.library(engine)
    names = session.desk.scope or list(library)
    title = f"《{shortened(visible(library[names[0]].document.title), 16)}》" if names[0] in library else ""
    if not session.desk.scope and len(engine.snapshot.documents) > 1:
        return "全部文稿"
    return title if len(names) == 1 else f"选中的 {len(names)} 篇"


def _files(resources: Resources, session: Session, embedded: bool) -> None:
    """Draw which documents are asked, and the place to bring some, where files are taken and the conversation is one's own."""
    engine, desk, settings = resources.engine, session.desk, resources.settings
    own = {held.indexed.document.id: held.notes for held in desk.own}
    rules = {
        "megabytes": settings.upload_megabytes,
        "minutes": round(settings.upload_minutes),
        "endings": ENDINGS,
        "memory": in_memory(),
    }
    # The browser brings files itself, without the tab's key.
    may = resources.uploading and "documents" in resources.anonymous and not session.copy
    data = desk_view(desk.library(engine).values(), own, desk.scope) | {
        "view": "files",
        "rules": rules if may and not embedded else None,
        "full": may and embedded,
    }
    _component(
        key="files", data=data, on_act_change=lambda: _acted(engine, session, resources.store, "files")
    )


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


def _document(
    engine: Engine, session: Session, store: Store, indexed: IndexedDocument, embedded: bool
) -> None:
    """Draw the map, and hold the reader ready."""
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
    _component(key="document", data=data, on_act_change=lambda: _acted(engine, session, store, "document"))


def _conversation(resources: Resources, session: Session, document: str) -> None:
    engine, store, turns = resources.engine, resources.store, session.turns
    if not turns:
        if _asks_chosen(engine, session):
            _chosen_doors(resources, session)
        else:
            _doors(engine, session, store, resources.starters(document))
        return
    if session.since and st.button(f"显示更早的 {session.since} 问", key="earlier", width="stretch"):
        session.since = 0
        st.rerun()
    said: set[str] = set()
    for place, row in enumerate(turns[session.since :], session.since):
        _turn(engine, session, store, place, row, said, last=place == len(turns) - 1)


def _asks_chosen(engine: Engine, session: Session) -> bool:
    """Tell whether other documents are asked than all of the index or one of it."""
    scope = session.desk.scope
    return len(scope) > 1 or not set(scope) <= {one.document.id for one in engine.snapshot.documents}


def _chosen_doors(resources: Resources, session: Session) -> None:
    """Draw questions that the chosen documents answer, as soon as they are found: it takes a second or two."""
    engine, desk = resources.engine, session.desk
    scope, own = desk.scope, desk.own

    def found() -> Starters | None:
        made = partial(desk.scopes.engine, engine, own, scope)
        return resources.starting.get(scope_id(engine, scope), lambda: made()[0])

    starters = found()
    if starters and any(questions for _, questions in starters.doors):
        _doors(engine, session, resources.store, starters)
        return
    st.html('<p class="speechqa-quiet">直接提问，原文和出处都来自选中的文稿。</p>')
    if starters is None:

        def wait() -> None:
            if found() is not None:
                st.rerun()

        st.fragment(wait, run_every=1.0)()


def _doors(engine: Engine, session: Session, store: Store, starters: Starters) -> None:
    doors = [[facet.value, _ABOUT[facet], list(questions)] for facet, questions in starters.doors]
    data = {"view": "doors", "doors": doors, "more": list(starters.more)}
    _component(key="doors", data=data, on_act_change=lambda: _acted(engine, session, store, "doors"))


def _turn(
    engine: Engine, session: Session, store: Store, place: int, row: Row, said: set[str], *, last: bool
) -> None:
    """Draw one question with its answer."""
    data = turn_view(engine, session, place, row, said, last=last)
    key = f"turn-{place}"
    _component(key=key, data=data, on_act_change=lambda: _acted(engine, session, store, key, row.number))


def _acted(engine: Engine, session: Session, store: Store, key: str, number: int = 0) -> None:
    """Do what a person did; the page shows only what may be done, but anything may come."""
    held = st.session_state.get(key)
    raw = held.get("act") if held else None
    if raw is None:
        return
    try:
        action = read_action(raw, engine.settings.question_limit)
        act(session, store, engine, action, number)
    except QuestionError as error:
        session.notice = str(error)


def _sidebar(engine: Engine, session: Session, store: Store, indexed: IndexedDocument) -> None:
    with st.sidebar:
        if session.turns:
            draw_tools(engine, session, store)
        _history(engine, session, store)
        st.html('<p class="speechqa-quiet">文稿结构（点一下看原文）</p>')
        data: dict[str, object] = {"view": "outline", "document": indexed.document.id}
        if session.sent != _held(session, indexed):
            data["outline"] = outline_view(indexed)
        _component(key="outline", data=data)


def _history(engine: Engine, session: Session, store: Store) -> None:
    """Draw the conversations that this browser holds; which those are, only the browser knows."""
    data = {
        "view": "history",
        "current": session.identity,
        "questions": [question_of(row).question for row in session.turns],
        "gone": list(session.gone),
    }
    _component(key="history", data=data, on_act_change=lambda: _acted(engine, session, store, "history"))
