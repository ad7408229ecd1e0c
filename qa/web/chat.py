"""The chat page: sets the session up, draws the conversation, and turns what a person does into new turns.

Everything that comes from a document or a person is drawn by the component (answer.js, reader.js), which sets it as
text, or goes through `plain`; nothing of it passes through Markdown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from importlib import resources
from typing import Any

import streamlit as st

from index import Facet, IndexedDocument
from qa.answering import Engine
from qa.citation import chinese_date
from qa.errors import QuestionError, StoreUnusable
from qa.memo import memo_docx, memo_markdown
from qa.rendering import shortened, visible
from qa.types import Answer, Starters
from qa.web.conversation import (
    Asked,
    answer_turn,
    drawn,
    dump,
    history_before,
    load,
    narrowed,
    taken_literally,
)
from qa.web.store import Store
from qa.web.views import map_view, outline_view, reader_view

NAME = "讲话问答"
TAGLINE = "对讲话提问，得到一字不差的原文和出处。"
_ABOUT = {
    Facet.ACHIEVEMENT: "做成了什么",
    Facet.GOAL: "要达到什么",
    Facet.REQUIREMENT: "要做什么、谁来做",
}
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_STYLE = """<style>
.stMainBlockContainer{max-width:60rem;padding-top:2.2rem}
[data-testid=stBottomBlockContainer]{max-width:60rem}
.speechqa-head h1{font-size:1.5rem;padding:0;margin:0;letter-spacing:.04em}
.speechqa-head p{margin:.15rem 0 0;line-height:1.5}
.speechqa-quiet{opacity:.8;font-size:.9rem}
[data-testid=stChatInput] textarea{font-size:1rem}
@media(max-width:40rem){.stMainBlockContainer{padding:3.6rem 1rem 2rem}}
</style>"""


def _read(*names: str) -> str:
    return "\n".join((resources.files("qa.web") / name).read_text("utf-8") for name in names)


_SCRIPT = _read("answer.js", "reader.js", "chat.js")
_component = st.components.v2.component("speechqa", js=_read("component.js"))


def plain(text: str) -> str:
    """Return `text` as HTML that shows it character for character, control characters made harmless."""
    return escape(visible(text))


@dataclass(slots=True)
class Session:
    """What one browser tab holds."""

    turns: tuple[Asked, ...] = ()
    identity: str | None = None  # of the kept conversation
    document: str | None = None  # the one that questions are narrowed to
    opened: dict[str, Any] | None = None  # the place that the reader shows
    fresh: int | None = None  # the turn that was just asked
    notice: str = ""
    answers: dict[tuple[Asked, ...], Answer | QuestionError] | None = None
    verdicts: dict[str, str] | None = None

    @property
    def shown(self) -> list[Answer | QuestionError]:
        """The answers of all turns, in order, as far as they have been given."""
        answers = self.answers or {}
        return [a for n in range(len(self.turns)) if (a := answers.get(self.turns[: n + 1])) is not None]


def draw(engine: Engine, store: Store, first: Callable[[str], Starters]) -> None:
    """Draw the page for this run. `first` gives a document's starter questions by its id."""
    session = _session(engine, store)
    embedded = bool(st.context.is_embedded)
    st.html(_STYLE)
    one = session.document or len(engine.snapshot.documents) == 1
    title = f"《{shortened(_chosen(engine, session).document.title, 16)}》" if one else "全部文稿"
    with st.bottom:  # in st.chat_input's own place the page would scroll to the end of every answer
        typed = st.chat_input(f"向{title}提问", key="question", max_chars=engine.settings.question_limit)
    if typed and typed.strip():
        _ask(session, store, typed)
    _answer(engine, session)
    indexed = _chosen(engine, session)
    if not embedded:
        _sidebar(engine, session, store, indexed)
    _head(engine, session, indexed, embedded)
    _document(session, indexed, embedded)
    if session.notice:
        st.html(f'<p role="status" class="speechqa-quiet">{plain(session.notice)}</p>')
        session.notice = ""
    if not session.turns:
        _doors(session, store, first(indexed.document.id))
    else:
        for number in range(len(session.turns)):
            _turn(session, store, number)
    session.fresh = None


def _session(engine: Engine, store: Store) -> Session:
    """Return this tab's session; at first it is set up from the address: c, s, q, at, doc."""
    if "speechqa" in st.session_state:
        kept: Session = st.session_state["speechqa"]
        return kept
    session = Session(answers={}, verdicts={})
    st.session_state["speechqa"] = session
    address = st.query_params
    known = {d.document.id for d in engine.snapshot.documents}
    if address.get("doc") in known:
        session.document = address["doc"]
    elif "doc" in address:
        session.notice = "链接里的文稿不在这个索引里。"
    identity = address.get("c") or address.get("s")
    if identity:
        _resume(session, store, identity, known)
    place = _place(address.get("at", ""))
    if place:
        shown = session.document or engine.snapshot.documents[0].document.id
        session.opened = {"document": shown, "start": place[0], "end": place[1]}
    if address.get("q", "").strip():
        _ask(session, store, address["q"][: engine.settings.question_limit + 1])
        del st.query_params["q"]
    return session


def _resume(session: Session, store: Store, identity: str, known: set[str]) -> None:
    try:
        kept = store.load(identity)
    except StoreUnusable as error:
        session.notice = str(error)
        return
    if kept is None:
        session.notice = "链接里的对话已过期或已删除。"
        return
    session.turns = load(kept.turns)
    session.document = kept.document if kept.document in known else session.document
    if kept.shared:
        session.notice = "这是别人分享的对话。接着提问会另存为你自己的对话，不改动原来的。"
    else:
        session.identity = identity


def _place(at: str) -> tuple[int, int] | None:
    """Read `at`: a place START-END or START, characters into the document."""
    start, _, end = at.partition("-")
    if not (start.isascii() and start.isdigit() and len(start) < 10):
        return None
    stop = int(end) if end.isascii() and end.isdigit() and len(end) < 10 else 0
    return int(start), max(stop, int(start) + 1)


def _ask(session: Session, store: Store, question: str) -> None:
    _change(session, store, (*session.turns, Asked(question, document=session.document)))
    session.fresh = len(session.turns) - 1


def _change(session: Session, store: Store, turns: tuple[Asked, ...]) -> None:
    """Take new turns and keep them; where they cannot be kept, say so and go on."""
    session.turns = turns
    try:
        session.identity = store.save(session.identity, dump(turns), session.document)
        st.query_params["c"] = session.identity
        st.query_params.pop("s", None)
    except StoreUnusable as error:
        session.notice = str(error)


def _answer(engine: Engine, session: Session) -> None:
    """Answer what has not been answered yet."""
    answers = session.answers or {}
    session.answers = {
        turns: answers[turns] if turns in answers else answer_turn(engine, turns, number)
        for number in range(len(session.turns))
        for turns in [session.turns[: number + 1]]
    }


def _chosen(engine: Engine, session: Session) -> IndexedDocument:
    """Return the document that map, outline and reader show.

    The one whose place is open, the one chosen, the one the last answer is from, else the first.
    """
    answered = [a for a in session.shown if isinstance(a, Answer) and a.points]
    wanted = (session.opened or {}).get("document") or session.document
    if not wanted and answered:
        wanted = answered[-1].points[0].document.id
    documents = engine.snapshot.documents
    return next((d for d in documents if d.document.id == wanted), documents[0])


def _head(engine: Engine, session: Session, indexed: IndexedDocument, embedded: bool) -> None:
    document = indexed.document
    size = f"{len(document.text):,} 字 · {len(indexed.sections)} 节 · {len(indexed.sentences)} 句"
    others = len(engine.snapshot.documents) - 1
    more = f"（另有 {others} 篇）" if others and not session.document else ""
    tagline = "" if session.turns or embedded else f"<p>{TAGLINE}</p>"
    heading = f"<h1>{NAME}</h1>"
    st.html(
        f'<div class="speechqa-head">{heading}{tagline}'
        f'<p class="speechqa-quiet">《{plain(document.title)}》{size}{more}</p></div>'
    )


def _document(session: Session, indexed: IndexedDocument, embedded: bool) -> None:
    """Draw the map, and hold the reader ready."""
    opened = session.opened
    answered = [a for a in session.shown if isinstance(a, Answer)]
    data = {
        "view": "document",
        "script": _SCRIPT,
        "map": map_view(indexed),
        "reader": reader_view(indexed, opened["start"] if opened else 0),
        "embedded": embedded,
        "focus": not session.turns and not opened,
        "open": opened and opened | {"key": f"{opened['document']} {opened['start']} {opened.get('at')}"},
        "lit": None if answered and answered[-1].points else [],
    }
    _component(key="document", data=data, on_act_change=lambda: _opened(session))


def _opened(session: Session) -> None:
    act = st.session_state["document"].get("act")
    if isinstance(act, dict) and act.get("type") == "open":
        session.opened = {k: act.get(k) for k in ("document", "start", "end", "at")}


def _doors(session: Session, store: Store, starters: Starters) -> None:
    doors = [[facet.value, _ABOUT[facet], list(questions)] for facet, questions in starters.doors]
    data = {"view": "doors", "doors": doors, "more": list(starters.more)}
    _component(key="doors", data=data, on_act_change=lambda: _asked(session, store, "doors"))


def _asked(session: Session, store: Store, key: str) -> None:
    act = st.session_state[key].get("act")
    if isinstance(act, dict) and act.get("type") == "ask" and isinstance(act.get("question"), str):
        _ask(session, store, act["question"])


def _turn(session: Session, store: Store, number: int) -> None:
    """Draw one question with its answer."""
    turn, answered = session.turns[number], session.shown[number]
    last = number == len(session.turns) - 1
    answer = drawn(turn, answered)
    verdicts = session.verdicts or {}
    options = {
        "chips": last,
        "suggestions": last,
        "edit": last,
        "feedback": isinstance(answered, Answer),
        "given": verdicts.get(str(answer["id"])),
        "literal": turn.literal and number > 0,
        "facet": turn.facet and turn.facet.value,
    }
    data = {
        "view": "answer",
        "turn": number,
        "last": last,
        "new": number == session.fresh,
        "answer": answer,
        "options": options,
    }
    key = f"turn-{number}"
    _component(key=key, data=data, on_act_change=lambda: _acted(session, store, key, number))


def _acted(session: Session, store: Store, key: str, number: int) -> None:
    """Do what a person did with an answer."""
    act = st.session_state[key].get("act")
    if not isinstance(act, dict) or number >= len(session.turns):
        return
    kind = act.get("type")
    if kind == "ask" and isinstance(act.get("question"), str):
        _ask(session, store, act["question"])
    elif kind == "literal":
        _change(session, store, taken_literally(session.turns, number))
        session.fresh = number
    elif kind == "narrow":
        _change(session, store, narrowed(session.turns, number, act.get("facet")))
        session.fresh = number
    elif kind == "edit":
        st.session_state["question"] = session.turns[number].question
        _change(session, store, session.turns[:number])
    elif kind == "feedback" and act.get("verdict") in ("up", "down"):
        _judged(session, store, number, act["verdict"], str(act.get("reason") or "")[:600])


def _judged(session: Session, store: Store, number: int, verdict: str, reason: str) -> None:
    answered = session.shown[number]
    if not isinstance(answered, Answer):
        return
    try:
        history = history_before(session.turns, number)
        store.add_feedback(drawn(session.turns[number], answered), history, verdict, reason)
    except StoreUnusable as error:
        session.notice = str(error)
        return
    session.verdicts = (session.verdicts or {}) | {str(answered.id): verdict}


def _sidebar(engine: Engine, session: Session, store: Store, indexed: IndexedDocument) -> None:
    documents = {d.document.id: d.document.title for d in engine.snapshot.documents}
    with st.sidebar:
        if len(documents) > 1:
            options = [None, *documents]
            chosen = st.selectbox(
                "文稿",
                options,
                index=options.index(session.document),
                format_func=lambda i: "全部文稿" if i is None else shortened(visible(documents[i]), 40),
            )
            if chosen != session.document:
                session.document, session.opened = chosen, None
                st.rerun()
        if session.turns:
            _tools(session, store)
        st.html('<p class="speechqa-quiet">文稿结构（点一下看原文）</p>')
        _component(key="outline", data={"view": "outline", "outline": outline_view(indexed)})


def _tools(session: Session, store: Store) -> None:
    """Draw what can be done with the whole conversation."""
    with st.container(horizontal=True, gap="small"):
        if st.button("新对话", key="new", help="开始新的对话；这一个仍可从链接打开"):
            _forget(session)
            st.rerun()
        with st.popover("导出"):
            _exports(session)
        with st.popover("分享"):
            _share(session, store)
        with st.popover("删除"):
            st.text("删除这次对话和分享出去的副本，不能恢复。")
            if st.button("确定删除", key="delete"):
                _delete(session, store)
                st.rerun()


def _forget(session: Session) -> None:
    session.turns, session.identity, session.answers, session.opened = (), None, {}, None
    for name in ("c", "s", "at", "q"):
        st.query_params.pop(name, None)


def _delete(session: Session, store: Store) -> None:
    try:
        if session.identity:
            store.delete(session.identity)
        _forget(session)
        session.notice = "对话已删除。"
    except StoreUnusable as error:
        session.notice = str(error)


def _share(session: Session, store: Store) -> None:
    st.text("生成只读链接；看的人接着提问不会改动这里的对话。")
    if session.identity and st.button("生成链接", key="share"):
        try:
            base = st.context.url or ""
            st.code(f"{base.split('?')[0]}?s={store.share(session.identity)}", language=None, wrap_lines=True)
        except StoreUnusable as error:
            st.html(f'<p role="alert">{plain(str(error))}</p>')


def _exports(session: Session) -> None:
    answers = [a for a in session.shown if isinstance(a, Answer)]
    if not answers:
        st.text("还没有可以导出的回答。")
        return
    names = [f"第 {n} 问：{shortened(visible(a.question), 20)}" for n, a in enumerate(answers, 1)]
    which = st.selectbox(
        "导出什么", [-1, *range(len(answers))], format_func=lambda n: names[n] if n >= 0 else "整个对话"
    )
    chosen: Sequence[Answer] = answers if which < 0 else answers[which : which + 1]
    today = chinese_date(date.today())
    st.download_button(
        "Word 文档",
        lambda: memo_docx(chosen, today),
        f"{NAME}记录.docx",
        _DOCX,
        key="docx",
        on_click="ignore",
    )
    st.download_button(
        "Markdown",
        lambda: memo_markdown(chosen, today),
        f"{NAME}记录.md",
        "text/markdown",
        key="md",
        on_click="ignore",
    )
