"""The access log, and a log of errors that does not flood: what repeats is counted."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from qa.web.responses import App, Message, Receive, Scope, Send

WINDOW = 60.0  # seconds in which an error that was told is only counted
PATH = 1_000  # characters of a path that are written
LEFT = 499  # nginx's status for a client that left before a response began
KINDS = 500  # of errors that are remembered
# Tells, with a traceback, of component states that are no JSON: a client's fault, dealt with.
_CLIENTS_FAULTS = "streamlit.components.v2.bidi_component.serialization"
# What a terminal obeys or a reader of lines splits at: JSON lets it stand as it is.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

_IDENTITY = re.compile(rb"[A-Za-z0-9_.-]{8,64}")
_PROBLEM = b"application/problem+json"
_OF_STATE = ("key", "question")  # what others noted of a request
_KEYS = re.compile(r"(/originals/)[^/]+")  # what opens a person's file is in no log


Counting = Callable[[str, str, int, str | None], None]  # path, method, status, the refusal's code


def log_line(record: dict[str, object]) -> str:
    """Return a record as one line of JSON that no terminal obeys and no reader splits."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False)
    text = _UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)
    return text.encode("utf-8", "replace").decode()


def write_line(stream: TextIO, line: str) -> None:
    """Write a line; a log that cannot be written (full disk, closed pipe) stops no answer."""
    with suppress(OSError, ValueError):
        stream.write(line + "\n")


class AccessLog:
    """Writes one JSON line a request, without the query string: it may hold a question; gives each request an id."""

    def __init__(
        self,
        app: App,
        stream: TextIO | None = None,
        proxies: Collection[str] = (),
        count: Counting | None = None,
        *,
        users: bool = False,
    ) -> None:
        """Write to `stream` (None: standard error). The id may come from `proxies`; `count` hears of each request.

        `users`: also whom a trusted proxy names.
        """
        self.app = app
        self._users = users
        self._stream = stream
        self._proxies = frozenset(proxies)
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note id, method, path, status, milliseconds and client; a question only where the API put it there."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, code = time.perf_counter(), LEFT, None
        state = scope.setdefault("state", {})
        identity = state["request_id"] = self._identity(scope)
        refused = False

        async def noted(message: Message) -> None:
            nonlocal status, code, refused
            if message["type"] == "http.response.start":
                status = message["status"]
                refused = status >= 400 and (b"content-type", _PROBLEM) in message["headers"]
                headers = [*message["headers"], (b"x-request-id", identity.encode())]
                message = {**message, "headers": headers}
            elif refused:
                code = _code(message.get("body", b"")) or code
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            status = 500 if status == LEFT else status
            raise
        finally:
            milliseconds = round(1e3 * (time.perf_counter() - started), 1)
            line: dict[str, object] = {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "request_id": identity,
                "client": (scope.get("client") or ("",))[0],
                "method": scope["method"],
                "path": _KEYS.sub(r"\1…", scope["path"][:PATH]),
                "status": status,
                "ms": milliseconds,
            }
            line |= {name: state[name] for name in _OF_STATE if state.get(name) is not None}
            line |= {"code": code} if code else {}
            if self._count is not None:
                self._count(scope["path"], scope["method"], status, code)
            user = state.get("user")
            if self._users and user is not None:
                line["user"] = user
            write_line(self._stream or sys.stderr, log_line(line))

    def _identity(self, scope: Scope) -> str:
        """Return the id that a trusted proxy gave the request, where it is one, else a new one."""
        host, port = (scope.get("client") or ("", None))[:2]
        given = [value for name, value in scope["headers"] if name == b"x-request-id"]
        # The address that a trusted proxy names has port 0; one that names none is the client itself.
        if len(given) == 1 and (port == 0 or host in self._proxies) and _IDENTITY.fullmatch(given[0]):
            return str(given[0].decode())
        return secrets.token_hex(8)


def _code(body: bytes) -> str | None:
    """Return the stable code of a refusal."""
    with suppress(ValueError, AttributeError, RecursionError):
        code = json.loads(body).get("code")
        return code if isinstance(code, str) else None
    return None


class Repeats(logging.Filter):
    """Lets an error through once a window; the next time it comes, it says how often it was left out."""

    def __init__(self, window: float = WINDOW, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        super().__init__()
        self._window = window
        self._clock = clock
        self._seen: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether to write the record; records of one logger, message and place of error are the same."""
        key = (record.name, record.msg if isinstance(record.msg, str) else type(record.msg), _place(record))
        now = self._clock()
        told, left_out = self._seen.pop(key, (float("-inf"), 0))
        if now - told < self._window:
            self._seen[key] = (told, left_out + 1)
            return False
        self._seen[key] = (now, 0)
        if len(self._seen) > KINDS:
            self._seen.popitem(last=False)
        if left_out:
            record.msg, record.args = f"{record.getMessage()}（此前又有 {left_out} 次，没有逐次记下）", ()
        return True


def _place(record: logging.LogRecord) -> tuple[object, ...]:
    error = record.exc_info[1] if record.exc_info else None
    trace = error.__traceback__ if error is not None else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace is not None else ()
    return type(error), where


def calm_logs() -> None:
    """Send all logs to standard error through one filter, warnings and worse only."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(Repeats())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.split(".")[0] in (
            "streamlit",
            "uvicorn",
            "websockets",
        ):
            for own in list(logger.handlers):
                logger.removeHandler(own)
            logger.propagate = True
            logger.setLevel(logging.ERROR if name == _CLIENTS_FAULTS else logging.WARNING)
