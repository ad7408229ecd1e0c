"""What can be done with a whole conversation: begin anew, export, share, delete; as far as it is one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

import streamlit as st

from qa.answering import Engine
from qa.citation import chinese_date
from qa.errors import QuestionError
from qa.memo import memo_docx, memo_markdown
from qa.rendering import shortened, visible
from qa.types import Answer
from qa.web.conversation import Row
from qa.web.session import Session
from qa.web.store import Store

NAME = "讲话问答"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def plain(text: str) -> str:
    """Return `text` as HTML that shows it character for character, control characters made harmless."""
    return escape(visible(text))


def draw_tools(engine: Engine, session: Session, store: Store) -> None:
    """Draw the tools. Who reads somebody's shared copy can neither share nor delete it."""
    with st.container(horizontal=True, gap="xxsmall"):
        if st.button("新对话", key="new", help="开始新的对话；这一个仍可从链接打开"):
            _begin_anew(session)
            st.rerun()
        with st.popover("导出"):
            _exports(engine, session)
        if session.copy:
            return
        with st.popover("分享"):
            _share(session, store)
        with st.popover("删除"):
            st.text("删除这次对话和分享出去的副本，不能恢复。")
            if st.button("确定删除", key="delete"):
                _delete(session, store)
                st.rerun()


def _begin_anew(session: Session) -> None:
    session.forget()
    st.query_params.pop("at", None)


def _delete(session: Session, store: Store) -> None:
    try:
        if session.identity:
            store.delete(session.identity)
            session.gone = (session.identity,)
        _begin_anew(session)
        session.notice = "对话已删除。"
    except QuestionError as error:
        session.notice = str(error)


def _share(session: Session, store: Store) -> None:
    st.text("生成只读链接；看的人接着提问不会改动这里的对话。")
    if session.identity and st.button("生成链接", key="share"):
        try:
            base = st.context.url or ""
            st.code(f"{base.split('?')[0]}?s={store.share(session.identity)}", language=None, wrap_lines=True)
        except QuestionError as error:
            st.html(f'<p role="alert">{plain(str(error))}</p>')


def _exports(engine: Engine, session: Session) -> None:
    turns = session.turns
    single = [row for row in turns[session.since :] if session.shown(row, engine).answer]
    if not single:
        st.text("还没有可以导出的回答。")
        return
    names = [f"第 {turns.index(row) + 1} 问：{_short(row)}" for row in single]
    which = st.selectbox(
        "导出什么",
        [-1, *range(len(single))],
        format_func=lambda n: names[n] if n >= 0 else "整个对话",
        placeholder="请选择",
    )
    chosen = turns if which < 0 else (single[which],)
    today = chinese_date(date.today())
    st.download_button(
        "Word 文档",
        lambda: memo_docx(_answers(engine, session, chosen), today),
        f"{NAME}记录.docx",
        _DOCX,
        key="docx",
        on_click="ignore",
    )
    st.download_button(
        "Markdown",
        lambda: memo_markdown(_answers(engine, session, chosen), today),
        f"{NAME}记录.md",
        "text/markdown",
        key="md",
        on_click="ignore",
    )


def _short(row: Row) -> str:
    return shortened(visible(row.asked.question if row.asked else ""), 20)


def _answers(engine: Engine, session: Session, rows: Sequence[Row]) -> list[Answer]:
    return [answer for row in rows if (answer := session.shown(row, engine).answer)]
