"""What every request passes, as plain ASGI: headers, the page's shell, limits, one form of refusal.

Who may call is in access.py, the access log in logs.py. Keys, trusted user headers and metrics will have their place
here too.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256

from qa.web.responses import (
    CODES,
    PROBLEM,
    App,
    BodyRefused,
    Message,
    Receive,
    Scope,
    Send,
    refuse,
    send_problem,
    send_whole,
    title,
)

API = "/api/v1"
BODY_SECONDS = 10.0  # until a request's body must have come: a slow one holds nothing for longer
UPLOAD = f"{API}/documents"  # takes files
UPLOAD_SECONDS = 120.0  # until a file must have come: 20 MB at 1.4 Mbit/s
FORM = 65_536  # bytes of a form beside the file
# Bytes over the limit that are read and thrown away: a client that is cut off while it sends sees a broken
# connection and not why. What is longer still is cut off.
DRAINED = 8_000_000
NOWHERE = "这里没有这个地址。"
CLIENTS = 10_000  # addresses whose rate is remembered
# Streamlit's own that tell too much, or offer what nobody asked for: uploads into memory, a login.
_CLOSED = re.compile(r"^/(?:_stcore/(?:metrics|agent|upload_file)|auth|oauth2callback)(?:/|$)")
_SCRIPT = re.compile(r"<script(?: [^>]*)?>(.*?)</script>", re.S)


def shell(index: str, name: str, language: str = "zh-CN") -> str:
    """Return Streamlit's index.html with our language and title, without its pointer to a closed path."""
    html = re.sub(r'<html lang="[^"]*">', f'<html lang="{language}">', index, count=1)
    html = re.sub(r"<title>[^<]*</title>", f"<title>{name}</title>", html, count=1)
    html = re.sub(
        r"<noscript>.*?</noscript>", "<noscript>这个网页要用 JavaScript。</noscript>", html, flags=re.S
    )
    return re.sub(r'\s*<link rel="service-desc"[^>]*>', "", html)


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
    """Serves the chat page's index.html itself: language, title, policy; closes what Streamlit leaves open."""

    def __init__(self, app: App, index: str, name: str, origins: Sequence[str]) -> None:
        """Take Streamlit's index.html as text."""
        self.app = app
        self._html = shell(index, name).encode("utf-8")
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
            body = self._html if scope["method"] == "GET" else b""
            headers = [("cache-control", "no-cache"), ("content-security-policy", self._policy)]
            await send_whole(send, 200, body, "text/html; charset=utf-8", headers)
        elif http and path == "/_stcore/host-config":
            await send_whole(send, 200, self._host, "application/json", [("cache-control", "no-cache")])
        elif _CLOSED.match(path) and http:
            await refuse(scope, send, 404, "not_found", NOWHERE)
        else:
            await self.app(scope, receive, send)


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


class Limits:
    """Bounds what a client may send to the API: the body's size and time, requests a minute."""

    def __init__(
        self,
        app: App,
        body_limit: int,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        body_seconds: float = BODY_SECONDS,
        file_limit: int = 0,
        file_seconds: float = UPLOAD_SECONDS,
    ) -> None:
        """`file_limit`: bytes of a file that is brought; it is passed on as it comes. `per_minute` 0: no limit. A client may save up a minute's requests and then has its rate."""
        self.app = app
        self._body_limit = body_limit
        self._per_minute = per_minute
        self._clock = clock
        self._body_seconds = body_seconds
        self._file_limit = file_limit
        self._file_seconds = file_seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too much, pass on what is not."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self.app(scope, receive, send)
            return
        wait = self._wait((scope.get("client") or ("",))[0])
        if wait:
            headers = [("retry-after", str(wait))]
            detail = f"每分钟最多 {self._per_minute} 次，请 {wait} 秒后再试。"
            await send_problem(send, 429, "too_many_requests", detail, headers)
            return
        if self._file_limit and scope["method"] == "POST" and scope["path"] == UPLOAD:
            await self.app(scope, self._metered(scope, receive), send)
            return
        body = await self._body(scope, receive, send)
        if body is not None:
            await self.app(scope, _replay(body, receive), send)

    def _metered(self, scope: Scope, receive: Receive) -> Receive:
        """Return a `receive` that raises BodyRefused where a file is too large or too slow; none of it is held."""
        limit, seconds = self._file_limit + FORM, self._file_seconds
        size = _stated(scope)
        end = asyncio.get_running_loop().time() + seconds
        read, over, done = 0, size > limit + DRAINED, False

        async def metered() -> Message:
            nonlocal read, over, done
            while not over:
                if done:
                    return await receive()
                try:
                    async with asyncio.timeout_at(end):
                        message = await receive()
                except TimeoutError as error:
                    raise BodyRefused(408, "too_slow", f"文件在 {seconds:.0f} 秒内没有传完。") from error
                read += len(message.get("body", b""))
                done = not message.get("more_body", False)
                if max(size, read) <= limit or message["type"] == "http.disconnect":
                    return message
                over = done or read > limit + DRAINED  # read to its end, so that the client hears why
            most = f"{self._file_limit / 1e6:.0f} MB"
            raise BodyRefused(413, "upload_too_large", f"文件太大：最多 {most}。请拆成几个文件。")

        return metered

    async def _body(self, scope: Scope, receive: Receive, send: Send) -> bytes | None:
        """Read the whole body; None where it was refused."""
        size = _stated(scope)
        body, read = bytearray(), 0
        most = self._body_limit + DRAINED
        close = [("connection", "close")]
        try:
            async with asyncio.timeout(self._body_seconds):
                more = size <= most
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    part = message.get("body", b"")
                    read += len(part)
                    if read <= self._body_limit:
                        body += part
                    more = message.get("more_body", False) and read <= most
        except TimeoutError:
            detail = f"请求正文在 {self._body_seconds:.0f} 秒内没有传完。"
            await send_problem(send, 408, "too_slow", detail, close)
            return None
        if max(size, read) > self._body_limit:
            detail = f"请求正文最多 {self._body_limit} 字节。请分几次发送。"
            await send_problem(send, 413, "body_too_large", detail, close)
            return None
        return bytes(body)

    def _wait(self, client: str) -> int:
        """Take one request from the client's bucket; return the seconds to wait where it is empty."""
        if not self._per_minute:
            return 0
        now = self._clock()
        left, then = self._buckets.pop(client, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - then) * self._per_minute / 60)
        taken = left >= 1
        self._buckets[client] = (left - taken, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        return 0 if taken else max(1, round((1 - left) * 60 / self._per_minute))


def _stated(scope: Scope) -> int:
    """Return the length that a body says it has; 0 where it says none."""
    stated = dict(scope["headers"]).get(b"content-length", b"0")
    return int(stated) if stated.isdigit() and len(stated) < 20 else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class Refusals:
    """Gives every refusal from beneath our form, and 404 for Streamlit's page at an address that is none of ours."""

    def __init__(self, app: App, own: Collection[str]) -> None:
        """`own`: the paths outside the API whose HTML is ours."""
        self.app = app
        self._own = frozenset(own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Replace what is not in our form."""
        if scope["type"] != "http":
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
