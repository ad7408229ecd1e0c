"""The digest on the page: a switch, and behind it each part with its points, key sentences and figures, all clickable.

It is drawn as an answer is: what its points do when they are pressed, jump, copy, print, is done in one place.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

import streamlit as st

from index import IndexedDocument, Snapshot
from qa.answering import Engine
from qa.digest import Digest, digest_of, outside_of
from qa.rendering import digest_json
from qa.terminal import left_said
from qa.web.session import Session

SWITCH = "overview"  # the switch's key
_ASKED = "overview-asked"  # it was switched on from below an answer: the page goes to it
LABEL = "概览：各部分的要点、关键句和数据"
FULL = "overview-full"  # whether all is listed that a screen leaves out
KEPT = 8  # digests that are kept ready: each run of the page draws one
_kept: OrderedDict[tuple[str, int, bool], dict[str, Any]] = OrderedDict()
_lock = Lock()


def draw_overview(
    engine: Engine, session: Session, indexed: IndexedDocument, component: Callable[..., Any]
) -> None:
    """Draw the switch, and the digest where it is on; `component` draws an answer."""
    if not st.toggle(LABEL, key=SWITCH):
        st.session_state.pop(FULL, None)
        return
    snapshot, number = _held(engine, session, indexed)
    full = bool(st.session_state.get(FULL))
    view = kept_view(snapshot, number, full=full)
    component(key="digest", data=view | {"new": st.session_state.pop(_ASKED, False)})
    if full:
        st.button("收起，只看一屏", key="overview-less", on_click=_list_all, args=(False,))
    elif view["more"]:
        st.button(f"全部列出：还有 {view['more']}", key="overview-all", on_click=_list_all, args=(True,))


def offer_overview(engine: Engine, session: Session) -> None:
    """Draw the way to the digest below an answer that lists a document's parts."""
    turns = session.turns
    answer = session.shown(turns[-1], engine).answer if turns else None
    if answer is not None and answer.digest and not st.session_state.get(SWITCH):
        st.button(f"看{LABEL}", key="to-overview", on_click=_switch_on)


def _list_all(full: bool) -> None:
    st.session_state[FULL] = full


def _switch_on() -> None:
    st.session_state[SWITCH] = st.session_state[_ASKED] = True


def _held(engine: Engine, session: Session, indexed: IndexedDocument) -> tuple[Snapshot, int]:
    """Return the snapshot that holds a document, the index's or one of what the person brought, and its place there."""
    wanted = indexed.document.id
    own = [held for held in session.desk.own if held.indexed.document.id == wanted]
    asks = session.desk.scopes.engine(engine, own, [wanted])[0] if own else engine
    ids = [one.document.id for one in asks.snapshot.documents]
    return asks.snapshot, ids.index(wanted)


def kept_view(snapshot: Snapshot, number: int, *, full: bool) -> dict[str, Any]:
    """Return the digest of a snapshot's document as it is drawn; made once, while the last few are kept."""
    key = (snapshot.id, number, full)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = overview_view(digest_of(snapshot, number, full=full))
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def forget() -> None:
    """Hold no digest: of a document that a person brought, it is gone."""
    with _lock:
        _kept.clear()


def overview_view(digest: Digest) -> dict[str, Any]:
    """Return a digest as an answer is drawn: what is shown of each part under its heading, in the text's order."""
    drawn = digest_json(digest)
    points = [
        point
        | {
            "path": [
                part.heading.text if part.heading else outside_of(digest, place) or digest.document.title
            ]
        }
        for place, (part, shape) in enumerate(zip(digest.parts, drawn["parts"], strict=True))
        for point in sorted(
            [*shape["points"], *shape["key"], *shape["figures"], *(t["header"] for t in shape["tables"])]
            or ([shape["heading"]] if shape["heading"] else []),
            key=lambda p: (p["start"], p["end"]),
        )
    ]
    left = left_said(digest)
    more = "" if digest.full else left_said(digest, sentences=False)
    answer = {
        "id": f"digest {digest.snapshot} {digest.document.id}",
        "snapshot": digest.snapshot,
        "question": "概览",
        "standalone": "概览",
        "status": "answered",
        "reason": None,
        "headline": digest.headline,
        "note": f"没有列出 {left}，都在原文里。" if left else None,
        "kind": "structure",
        "facet": None,
        "confidence": 1.0,
        "certainty": None,
        "certainty_reason": None,
        "points": points,
        "passages": [],
        "total": None,
        "digest": None,
        "suggestions": [],
    }
    options = {"headline": digest.headline}
    drawn_as = {"view": "answer", "turn": -1, "last": False, "new": False}
    return drawn_as | {"answer": answer, "options": options, "more": more}
