"""What every request passes, as plain ASGI: headers, the page's shell, one form of refusal.

Who may call is in access.py and callers.py, how much in limits.py, the access log in logs.py.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256

from index import IndexedDocument, SpeechIndexError
from qa.web.front import front_page, shell
from qa.web.limits import API, MCP
from qa.web.packing import Packed
from qa.web.responses import (
    CODES,
    PROBLEM,
    App,
    Message,
    Receive,
    Scope,
    Send,
    refuse,
    send_problem,
    send_whole,
    title,
)

NOWHERE = "这里没有这个地址。"
Documents = Callable[[], tuple[str, Sequence[IndexedDocument]]]  # the snapshot's id, its documents
# Streamlit's own that tell too much, or offer what nobody asked for: uploads into memory, a login.
_CLOSED = re.compile(r"^/(?:_stcore/(?:metrics|agent|upload_file)|auth|oauth2callback)(?:/|$)")
_SCRIPT = re.compile(r"<script(?: [^>]*)?>(.*?)</script>", re.S)


def page_policy(index: str, origins: Sequence[str]) -> str:
    """Return the Content-Security-Policy of the chat page: its inline scripts by hash, frames by `origins`."""
    inline = [text for text in _SCRIPT.findall(index) if text.strip()]
    hashes = [f"'sha256-{base64.b64encode(sha256(t.encode('utf-8')).digest()).decode()}'" for t in inline]
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' blob: {' '.join(hashes)}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            frame_ancestors(origins),
        ]
    )


def frame_ancestors(origins: Sequence[str]) -> str:
    """Return who may show us in a frame."""
    return f"frame-ancestors 'self' {' '.join(origins)}".rstrip()


class Shell:
    """Serves the chat page's index.html itself: language, title, front page, policy; closes what Streamlit leaves open."""

    def __init__(
        self, app: App, index: str, name: str, origins: Sequence[str], documents: Documents = lambda: ("", ())
    ) -> None:
        """Take Streamlit's index.html as text; `documents` gives those that are named, as soon as it can."""
        self.app = app
        self._index, self._name, self._documents = index, name, documents
        self._page: tuple[str, Packed] | None = None  # of which snapshot it names the documents
        self._policy = page_policy(shell(index, name), origins)
        self._host = json.dumps(
            {
                "allowedOrigins": list(origins),
                "useExternalAuthToken": False,
                "enableCustomParentMessages": False,
                "enforceDownloadInNewTab": False,
                "metricsUrl": "",
                "blockErrorDialogs": True,
                "resourceCrossOriginMode": None,
            }
        ).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the page's shell, pass everything else on."""
        path, http = scope.get("path", ""), scope["type"] == "http"
        if http and path in ("/", "/index.html") and scope["method"] in ("GET", "HEAD"):
            page = await asyncio.to_thread(self._front)
            headers = [("cache-control", "no-cache"), ("content-security-policy", self._policy)]
            await page.send(scope, send, headers)
        elif http and path == "/_stcore/host-config":
            await send_whole(send, 200, self._host, "application/json", [("cache-control", "no-cache")])
        elif _CLOSED.match(path) and http:
            await refuse(scope, send, 404, "not_found", NOWHERE)
        else:
            await self.app(scope, receive, send)

    def _front(self) -> Packed:
        """Return the page, made anew for another snapshot; without documents where the index cannot be opened yet."""
        try:
            snapshot, documents = self._documents()
            if self._page is None or self._page[0] != snapshot:
                html = front_page(self._index, self._name, documents).encode("utf-8", "replace")
                self._page = snapshot, Packed.of(html, "text/html; charset=utf-8")
        except SpeechIndexError:
            return Packed.of(shell(self._index, self._name).encode(), "text/html; charset=utf-8")
        return self._page[1]


class SecurityHeaders:
    """Adds what every response carries; a response's own policy stays."""

    def __init__(self, app: App, origins: Sequence[str]) -> None:
        """`origins` may show us in a frame."""
        self.app = app
        common = {
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "permissions-policy": "camera=(), microphone=(), geolocation=()",
        }
        if not origins:
            common["x-frame-options"] = "SAMEORIGIN"  # for browsers that do not know frame-ancestors
        self._common = [(k.encode(), v.encode()) for k, v in common.items()]
        strict = f"default-src 'none'; {frame_ancestors(origins)}; base-uri 'none'; form-action 'none'"
        self._policy = (b"content-security-policy", strict.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the response's."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                extra = [h for h in self._common if h[0] not in given]
                if b"content-security-policy" not in given:
                    extra.append(self._policy)
                kept = [h for h in message["headers"] if h[0].lower() != b"server"]
                message = {**message, "headers": [*kept, *extra]}
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class Refusals:
    """Gives every refusal from beneath our form, and 404 for Streamlit's page at an address that is none of ours."""

    def __init__(self, app: App, own: Collection[str]) -> None:
        """`own`: the paths outside the API whose HTML is ours."""
        self.app = app
        self._own = frozenset(own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Replace what is not in our form."""
        mcp = scope["type"] == "http" and scope["path"] == MCP and MCP in self._own
        if scope["type"] != "http" or mcp:  # MCP's refusals have a form of their own
            await self.app(scope, receive, send)
            return
        replaced = False

        async def explained(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                status = self._status(scope["path"], message)
                replaced = status is not None
                if status is not None:
                    await _refuse_as(scope, send, status, message)
            if not replaced:
                await send(message)

        await self.app(scope, receive, explained)

    def _status(self, path: str, message: Message) -> int | None:
        """Return the status to refuse with; None where the response stays as it is."""
        kind = next((v for n, v in message["headers"] if n.lower() == b"content-type"), b"")
        status: int = message["status"]
        if status >= 400:
            return None if kind == PROBLEM.encode() else status
        foreign = kind.startswith(b"text/html") and path not in self._own and not path.startswith(f"{API}/")
        return 404 if foreign else None


async def _refuse_as(scope: Scope, send: Send, status: int, message: Message) -> None:
    details = {400: "地址里不能有 .. 、反斜线这类写法。", 404: NOWHERE}
    allow = [("allow", v.decode("latin-1")) for n, v in message["headers"] if n.lower() == b"allow"]
    detail = details.get(status, f"{title(status)}。")
    if status == 404:
        await refuse(scope, send, 404, "not_found", detail)
    else:
        await send_problem(send, status, CODES.get(status, "error"), detail, allow)
