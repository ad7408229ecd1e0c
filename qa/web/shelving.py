"""Who may write in the shared library, as far as the settings say, and what the chat page shows of it."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from qa.settings import Settings
from qa.web.desk import Desk
from qa.web.uploads import taken
from qa.web.views import ORIGINALS

# Headers in which a proxy says of whom, or that, it forwards.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def is_open(settings: Settings) -> bool:
    """Tell whether the library is written in here at all, by anybody."""
    return bool(settings.index) and settings.library_writing != "off"


def is_direct(settings: Settings, headers: Container[str]) -> bool:
    """Tell whether a request with these headers came through no proxy, to a server that listens on this machine alone.

    Where the settings name a proxy's addresses or its users (`hosts`, `user_header`), none did.
    """
    behind = bool(settings.hosts or settings.user_header)
    return not behind and taken("local", settings.host) and not any(name in headers for name in FORWARDED)


def library_view(
    settings: Settings, desk: Desk, headers: Container[str], anonymous: Container[str]
) -> dict[str, Any] | None:
    """Return what the page writes in the library with; None where it may not. The API looks at each request itself.

    `anonymous` are the scopes of who has no key. `keyed` tells whether a key is asked for, `originals` the files of the person's own documents, by their ids.
    """
    keyed = settings.library_writing == "on"
    keyless = "documents" in anonymous and is_direct(settings, headers)
    if not is_open(settings) or not (keyed or keyless):
        return None
    originals = {
        held.indexed.document.id: {"name": held.original.name, "address": f"{ORIGINALS}/{held.key}"}
        for held in desk.own
        if held.original
    }
    return {"keyed": keyed, "originals": originals}
