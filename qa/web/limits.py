"""How much a client may send to the API: the size and the time of a body, requests a minute."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from qa.web.responses import App, BodyRefused, Message, Receive, Scope, Send, send_problem

API = "/api/v1"
MCP = "/mcp"
BODY_SECONDS = 10.0  # until a request's body must have come: a slow one holds nothing for longer
UPLOADS = (f"{API}/documents", f"{API}/library")  # take files
UPLOAD_SECONDS = 120.0  # until a file must have come: 20 MB at 1.4 Mbit/s
FORM = 65_536  # bytes of a form beside the file
# Bytes over the limit that are read and thrown away: a client that is cut off while it sends sees a broken
# connection and not why. What is longer still is cut off.
DRAINED = 8_000_000
FILE_DRAINED = 64_000_000  # of a file: people try a film
CLIENTS = 10_000  # addresses whose rate is remembered


class Limits:
    """Bounds what a client may send to the API and MCP: the body's size and time, requests a minute."""

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
        """`file_limit`: bytes of a file that is brought, which is passed on as it comes; 0: none is.

        `per_minute` 0: no limit. A client may save up a minute's requests and then has its rate.
        """
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
        if scope["type"] != "http" or not scope["path"].startswith((API, MCP)):
            await self.app(scope, receive, send)
            return
        wait = self._wait((scope.get("client") or ("",))[0])
        if wait:
            headers = [("retry-after", str(wait))]
            detail = f"每分钟最多 {self._per_minute} 次，请 {wait} 秒后再试。"
            await send_problem(send, 429, "too_many_requests", detail, headers)
            return
        if self._file_limit and scope["method"] == "POST" and scope["path"] in UPLOADS:
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
        read, over, done = 0, size > limit + FILE_DRAINED, False

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
                over = done or read > limit + FILE_DRAINED  # read to its end, so that the client hears why
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
