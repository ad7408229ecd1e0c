"""A part of the chat page that our component draws, and what a person does in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from qa.errors import QuestionError
from qa.web.actions import read_action
from qa.web.doing import act
from qa.web.resources import Resources
from qa.web.scripts import read
from qa.web.session import Session

component = st.components.v2.component("speechqa", js=read("component.js"))


def draw_part(
    resources: Resources, session: Session, key: str, data: Mapping[str, Any], number: int = 0
) -> None:
    """Draw what `data` says under a key; what a person does there is done with turn `number`, where it is one."""
    component(key=key, data=data, on_act_change=lambda: _acted(resources, session, key, number))


def _acted(resources: Resources, session: Session, key: str, number: int) -> None:
    """Do what a person did; the page shows only what may be done, but anything may come.

    The index is that of the moment: it may be another one than when the part was drawn.
    """
    held = st.session_state.get(key)
    raw = held.get("act") if held else None
    if raw is None:
        return
    try:
        action = read_action(raw, resources.settings.question_limit)
        act(session, resources.store, resources.engine, action, number)
    except QuestionError as error:
        session.notice = str(error)
