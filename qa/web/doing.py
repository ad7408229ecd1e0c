"""What a person did on the page -> what becomes of the session. No drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qa.answering import Engine
from qa.errors import BadRequest, ConversationChanged, ConversationGone, StoreFull, StoreUnusable
from qa.web.actions import Action
from qa.web.conversation import Row, narrowed, question_of
from qa.web.session import DRAWN, Session, add, ask, leaning, resume
from qa.web.store import ROWS, Store


def act(session: Session, store: Store, engine: Engine, action: Action, number: int) -> None:
    """Do what a person did with turn `number`. Raises QuestionError where it cannot be done."""
    known = session.desk.library(engine).keys()
    if action.kind == "ask":
        ask(session, action.question)
        return
    if action.place is not None:
        if action.place.document not in known:
            raise BadRequest("这份原文不在现在的索引里，打不开。")
        session.opened = action.place
        return
    if action.kind in ("scope", "brought", "remove", "shelved"):
        _arrange(session, engine, action)
        return
    if action.kind in ("resume", "forget", "need"):
        _turn_to(session, store, engine, action)
        return
    _change(session, store, engine, action, number)


def _change(session: Session, store: Store, engine: Engine, action: Action, number: int) -> None:
    """Do what changes or judges turn `number`."""
    row = next((turn for turn in session.turns if turn.number == number), None)
    if row is None:
        raise ConversationChanged("这一问已在别的窗口里改过，显示的是最新的。请再试一次。")
    if len(session.rows) >= ROWS and action.kind != "feedback":
        raise StoreFull(f"一次对话最多 {ROWS} 次提问和修改，已经满了。请点“新对话”接着问。")
    asked = question_of(row)
    if action.kind == "literal":
        add(session, replace(asked, literal=True), number)
    elif action.kind == "narrow":
        add(session, narrowed(asked, action.facet), number)
    elif action.kind == "again":
        there = set(asked.scope) <= session.desk.library(engine).keys()
        add(session, asked if there else replace(asked, document=None, documents=(), own=False), number)
    elif action.kind == "edit":
        add(session, replace(asked, question=action.question, facet=None, literal=False), number)
    elif action.kind == "feedback":
        _judge(session, store, engine, row, action)


def _turn_to(session: Session, store: Store, engine: Engine, action: Action) -> None:
    """Take up another conversation (none: begin anew), delete some that the browser holds, or send the text again."""
    if action.kind == "need":
        session.sent = None
        return
    session.turned += 1
    if action.kind == "forget":
        _forget(session, store, action.names)
        return
    if not action.names:
        session.leave()
        return
    wanted = action.names[0]
    if wanted in (session.identity, session.copy):  # it is here already: the browser did not know yet
        return
    there = resume(session, store, wanted, {d.document.id for d in engine.snapshot.documents})
    session.since = max(0, len(session.turns) - DRAWN)
    session.gone = () if there else action.names


def _forget(session: Session, store: Store, names: Sequence[str]) -> None:
    """Delete conversations with what was brought to them; the browser is told which are gone, and lets those go."""
    gone: list[str] = []
    trouble = ""
    for identity in names:
        try:
            store.delete(identity)
        except ConversationGone:
            pass  # elsewhere, before
        except (StoreUnusable, StoreFull) as error:
            trouble = str(error)
            break
        gone.append(identity)
        session.desk.uploads.remove([held.id for held in session.desk.uploads.of(identity)])
    session.gone = tuple(gone)
    if session.identity in gone:
        session.forget()
    said = "已删除。" if len(names) == 1 else f"已删除 {len(gone)} 个对话。"
    session.notice = f"{said if gone else ''}{trouble}"


def _arrange(session: Session, engine: Engine, action: Action) -> None:
    """Change what is on the desk and what is asked."""
    if action.kind == "scope":
        session.desk.choose_of(engine, action.names)
    elif action.kind == "remove":
        session.desk.remove(action.names)
    elif action.kind == "shelved":
        session.desk.renew(engine, action.names)
    elif session.copy is None:  # somebody's shared copy takes none
        session.notice = session.desk.bring(engine, action.names, session.identity)
    session.opened = None


def _judge(session: Session, store: Store, engine: Engine, row: Row, action: Action) -> None:
    if not session.judges:
        raise BadRequest("这里要有“反馈”（feedback）权限的密钥才能评价。")
    if question_of(row).own:
        raise BadRequest("评价会连同引文存下来，而上传的文稿不存：这里不能评价。")
    shown = session.shown(row, engine)
    if shown.answer is None:
        raise BadRequest("这一问没有回答，不能评价。")
    identity = str(shown.answer.id)
    if identity not in session.verdicts:
        store.add_feedback(shown.data, leaning(session, engine, row), action.verdict, action.reason)
        session.verdicts[identity] = action.verdict
