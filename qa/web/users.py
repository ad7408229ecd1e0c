"""Whose request it is, behind a single sign-on: the name in a header that only a trusted proxy may set."""

from __future__ import annotations

from typing import Any, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from qa.web.responses import App, Receive, Scope, Send

LONGEST = 200  # characters of a name


class TrustedUser:
    """Notes the user that a trusted proxy names, takes the header from everybody else's requests, and their addresses.

    Outermost, since only here the connection's own address is still known.
    """

    def __init__(self, app: App, header: str, proxies: str) -> None:
        """`header` holds the name (empty: none does); `proxies` may set it and X-Forwarded-For."""
        self._forwarded = ProxyHeadersMiddleware(cast("Any", app), trusted_hosts=proxies)
        self._header = header.strip().lower().encode("latin-1", "ignore")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with `state["user"]`, where a trusted proxy named one."""
        if self._header and scope["type"] in ("http", "websocket"):
            given = [value for name, value in scope["headers"] if name == self._header]
            peer = (scope.get("client") or ("",))[0]
            kept = [(name, value) for name, value in scope["headers"] if name != self._header]
            scope = {**scope, "headers": kept, "state": dict(scope.get("state") or {})}
            if len(given) == 1 and peer in self._forwarded.trusted_hosts:
                scope["state"]["user"] = given[0].decode("utf-8", "replace")[:LONGEST]
        await self._forwarded(cast("Any", scope), cast("Any", receive), cast("Any", send))
