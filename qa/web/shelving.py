"""Who may write in the shared library, as far as the settings say, and what the chat page shows of it."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from qa.settings import Settings
from qa.web.desk import Desk
from qa.web.uploads import taken
from qa.web.views import ORIGINALS

FORWARDED = ("forwarded", "x-forwarded-for")  # headers in which a proxy says of whom it forwards


def is_open(settings: Settings) -> bool:
    """Tell whether the library is written in here at all, by anybody."""
    return bool(settings.index) and settings.library_writing != "off"


def is_direct(settings: Settings, headers: Container[str]) -> bool:
    """Tell whether a request with these headers came through no proxy, to a server that listens on this machine alone."""
    return taken("local", settings.host) and not any(name in headers for name in FORWARDED)


def library_view(settings: Settings, desk: Desk, headers: Container[str]) -> dict[str, Any] | None:
    """Return what the page writes in the library with; None where it may not. The API looks at each request itself.

    `keyed` tells whether a key is asked for, `originals` the files of the person's own documents, by their ids.
    """
    keyed = settings.library_writing == "on"
    if not is_open(settings) or not (keyed or is_direct(settings, headers)):
        return None
    originals = {
        held.indexed.document.id: {"name": held.original.name, "address": f"{ORIGINALS}/{held.key}"}
        for held in desk.own
        if held.original
    }
    return {"keyed": keyed, "originals": originals}
