"""What a connection may do before it is a request: clocks, sizes and counts that uvicorn leaves open.

uvicorn waits for ever for a request's headers, takes them without end, lets any byte stop the clock of an idle
connection, and keeps one whose client does not read. Here each state of a connection has a clock that bytes do not
reset: idle, in the head, not read. What is over a limit gets its status (414, 431, 503) and is closed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from qa.web.responses import PROBLEM, Receive, Scope, Send, problem_body, send_problem

HEADER_SECONDS = 10.0  # until a request's headers must have come
IDLE_SECONDS = (
    15.0  # until the next request on a connection must begin: a browser keeps six open and uses them at once
)
# When the server ends: for the request of a connection that was just made, or is between two.
LINGER_SECONDS = 1.0
UNREAD_SECONDS = 30.0  # until a client must have read what waits for it
TARGET = 16_384  # bytes of a request line's address: a question of 1,000 characters is 9,000
HEAD = 65_536  # bytes of all headers: room for the cookies of a whole intranet
HEADERS = 100  # their count
TABS = 0.8  # of the connections, that may be WebSockets: the API stays within reach
ABSORBED = 64  # connections over the limit that are still told so; what is beyond is hung up on
_REFUSALS = {
    400: ("bad_request", "这不是 HTTP 请求，或里面有不该有的字符。"),
    414: ("uri_too_long", f"地址最长 {TARGET} 字节。长的问题请用接口 /api/v1/ask 提。"),
    431: ("headers_too_large", f"请求头最多 {HEADERS} 个、共 {HEAD} 字节。请清除本站的 Cookie 再试。"),
    503: ("busy", "同时的连接太多，请稍后再试。"),
}


@dataclass(frozen=True, slots=True)
class Wire:
    """How many connections there may be, how many of them WebSockets."""

    connections: int
    tabs: int


class Refused(Exception):
    """A request's head is over a limit; stops the parser."""


async def _too_many(_: Scope, __: Receive, send: Send) -> None:
    headers = [("connection", "close"), ("retry-after", "5")]
    await send_problem(send, 503, *_REFUSALS[503], headers)


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 with a clock and a limit for every state of a connection."""

    wire = Wire(1000, 800)
    ending = False  # of all connections of one server

    def connection_made(self, transport: Any) -> None:
        """Start the clock; refuse what is one connection too many."""
        super().connection_made(transport)
        self._status = 400  # of what the parser refuses
        self._in_head, self._head, self._count = False, 0, 0
        self._unread: asyncio.TimerHandle | None = None
        seconds = LINGER_SECONDS if self.ending else HEADER_SECONDS
        self._clock = self.loop.call_later(seconds, self._hang_up)
        over = len(self.connections) - self.wire.connections
        if over > ABSORBED:
            transport.abort()
        elif over > 0:
            self.app = _too_many

    def data_received(self, data: bytes) -> None:
        """Feed the parser, which refuses a head over the limits."""
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head += len(data)  # the parser tells of whole headers only
            if self._head > HEAD + TARGET:
                self._status = 431
                self.send_400_response("")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Start the clock for the head of a request."""
        super().on_message_begin()
        self._in_head, self._head, self._count = True, 0, 0
        self._set_clock(HEADER_SECONDS)

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address. Raises Refused."""
        super().on_url(url)
        if len(self.url) > TARGET:
            self._refuse(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. Raises Refused."""
        super().on_header(name, value)
        self._count += len(name) + len(value)
        if self._count > HEAD or len(self.headers) > HEADERS:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        """Stop the clock: the body has its own, in the middleware."""
        self._in_head = False
        self._clock.cancel()
        super().on_headers_complete()
        if self.ending and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        """Start the clock of an idle connection, which only the next request stops."""
        super().on_response_complete()
        self._unset_keepalive_if_required()
        if not self.pipeline and not self._in_head and self.cycle.response_complete:
            self._set_clock(IDLE_SECONDS)

    def shutdown(self) -> None:
        """Let a request that is on its way come, for a moment, answer it and close: who sent it hears no broken pipe."""
        type(self).ending = True
        if self.cycle is None or self.cycle.response_complete:
            self._set_clock(LINGER_SECONDS)
        else:
            self.cycle.keep_alive = False

    def handle_websocket_upgrade(self) -> None:
        """Upgrade, where there is room for one more."""
        self._clock.cancel()
        tabs = sum(isinstance(one, TabProtocol) for one in self.connections)
        if tabs >= self.wire.tabs or self.app is _too_many:
            self._status = 503
            self.send_400_response("")
            return
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, or is over a limit, in our form."""
        del msg
        body = problem_body(self._status, *_REFUSALS[self._status])
        self.transport.write(
            STATUS_LINE[self._status]
            + f"content-type: {PROBLEM}\r\ncontent-length: {len(body)}\r\n".encode()
            + b"x-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
            + body
        )
        self._hang_up()

    def pause_writing(self) -> None:
        """Start the clock of a client that does not read."""
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop it."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        self._clock.cancel()
        super().connection_lost(exc)
        if self._unread is not None:
            self._unread.cancel()

    def _refuse(self, status: int) -> None:
        self._status = status
        raise Refused

    def _set_clock(self, seconds: float) -> None:
        self._clock.cancel()
        self._clock = self.loop.call_later(seconds, self._hang_up)

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
        # What the client has not read keeps a closed connection open: not for long.
        self._unread = self._unread or self.loop.call_later(UNREAD_SECONDS, self.transport.abort)


class TabProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that ends where its client does not read or breaks the protocol."""

    _unread: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Take frames; a handshake that cannot be read ends the connection without a traceback."""
        try:
            super().data_received(data)
        except (UnicodeError, ValueError):
            self.transport.abort()

    async def send(self, message: Any) -> None:
        """Send; a handshake that is answered with a whole response is over, which uvicorn does not note."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True

    def pause_writing(self) -> None:
        """Start the clock of a client that does not read."""
        super().pause_writing()
        self._unread = self._unread or self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop it."""
        super().resume_writing()
        self._stop()

    def keepalive_timeout(self) -> None:
        """Hang up on a client that does not answer a ping, whatever it has not read."""
        super().keepalive_timeout()
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        super().connection_lost(exc)
        self._stop()

    def _stop(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def file_limit(wanted: int) -> int | None:
    """Raise the number of files and sockets this process may open to `wanted`; return it, None where there is none."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (ValueError, OSError):  # macOS takes less than it says
            return soft
        return most
    return None if soft == resource.RLIM_INFINITY else soft


FILES_A_CONNECTION = 5  # its socket; while a tab is answered three for its thread's loop, and the store
FILES_BESIDE = 100  # the index, logs, libraries


def wire_for(connections: int) -> Wire:
    """Return the limits for `connections` wanted, fewer where the system allows fewer files."""
    limit = file_limit(connections * FILES_A_CONNECTION + FILES_BESIDE)
    if limit is not None:
        connections = min(connections, max(10, (limit - FILES_BESIDE) // FILES_A_CONNECTION))
    return Wire(connections, int(TABS * connections))
