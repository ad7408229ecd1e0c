"""Which documents are asked, above the question box, with the place to bring some and the way into the library."""

from __future__ import annotations

import streamlit as st

from qa.answering import Engine
from qa.rendering import shortened, visible
from qa.web.intake import ENDINGS
from qa.web.part import draw_part
from qa.web.resources import Resources
from qa.web.scratch import in_memory
from qa.web.session import Session
from qa.web.shelving import library_view
from qa.web.views import desk_view


def asked_name(engine: Engine, session: Session) -> str:
    """Return what is asked, as the question box calls it."""
    library = session.desk.library(engine)
    names = session.desk.scope or list(library)
    title = f"《{shortened(visible(library[names[0]].document.title), 16)}》" if names[0] in library else ""
    if not session.desk.scope and len(engine.snapshot.documents) > 1:
        return "全部文稿"
    return title if len(names) == 1 else f"选中的 {len(names)} 篇"


def draw_files(resources: Resources, session: Session, *, embedded: bool) -> None:
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
    whole = not embedded and not session.copy
    data = desk_view(desk.library(engine).values(), own, desk.scope) | {
        "view": "files",
        "rules": rules if may and not embedded else None,
        "full": may and embedded,
        "library": library_view(settings, desk, st.context.headers, resources.anonymous) if whole else None,
    }
    draw_part(resources, session, "files", data)
