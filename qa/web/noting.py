"""What is noted of every question, wherever it came in: counted, kept for the admin, a line in the log."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TextIO

from index import SpeechIndexError
from qa.errors import QuestionError
from qa.settings import Settings
from qa.types import Answer
from qa.web.gate import Busy
from qa.web.journal import Entry, Journal
from qa.web.logs import log_line, write_line
from qa.web.metrics import Metrics
from qa.web.watching import Left

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

LOGGED = (
    "page",
    "mcp",
    "batch",
)  # what comes in there is no request of its own: it gets its own line in the log


class Noted:
    """One question while it is answered: its number, and its answer once there is one."""

    def __init__(self, request: str) -> None:
        """Name it by the id of its request."""
        self.request = request
        self.answer: Answer | None = None


class Noting(Protocol):
    """What answers a question under `with noting(door, question) as noted`, and puts the answer in `noted`."""

    def __call__(self, door: str, question: str, request: str | None = None) -> AbstractContextManager[Noted]:
        """Note one question."""
        ...


class Notes:
    """Notes questions. `journal` gives where they are kept; it is opened only where something is."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        journal: Callable[[], Journal],
        stream: TextIO | None = None,
    ) -> None:
        """Write to `stream` (None: standard error)."""
        self._metrics, self._journal, self._stream = metrics, journal, stream
        self._words = settings.question_limit if settings.log_questions else 0
        self._kept = settings.admin or settings.log_questions

    @contextmanager
    def __call__(self, door: str, question: str, request: str | None = None) -> Iterator[Noted]:
        """Note a question that is answered here; what is raised is noted by its code and goes on."""
        noted, started = Noted(request or new_id()), time.perf_counter()
        code = None
        try:
            yield noted
        except (QuestionError, SpeechIndexError) as error:
            code = error.code
            raise
        except Busy:
            code = "busy"
            raise
        except Left:  # nobody waits for it any more, which is no error; nor is a task that is cancelled
            raise
        except Exception:
            code = "internal_error"
            raise
        finally:
            if noted.answer is not None or code is not None:
                self._note(door, question, noted, code, time.perf_counter() - started)

    def _note(self, door: str, question: str, noted: Noted, code: str | None, seconds: float) -> None:
        answer, words = noted.answer, question[: self._words].encode("utf-8", "replace").decode()
        if answer is not None:
            self._metrics.question(door, answer, seconds)
        elif code is not None and door in LOGGED:  # of a request it is counted with the request
            self._metrics.error(code)
        status = answer.status.value if answer else "error"
        ms = round(1e3 * seconds, 1)
        if self._kept:
            places = (answer.points or answer.passages) if answer else ()
            document = places[0].document.id if places else None
            reason = answer.reason if answer else code
            kind = answer.kind.value if answer else "none"
            self._journal().add(
                Entry(time.time(), noted.request, door, kind, status, reason, document, ms, words or None)
            )
        if door in LOGGED:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            line: dict[str, object] = {
                "at": at,
                "request_id": noted.request,
                "door": door,
                "answer": status,
                "ms": ms,
            }
            line |= {"code": code} if code else {}
            write_line(self._stream or sys.stderr, log_line(line | ({"question": words} if words else {})))


@contextmanager
def unnoted(door: str, question: str, request: str | None = None) -> Iterator[Noted]:  # noqa: ARG001
    """Note nothing."""
    yield Noted(request or "")


def new_id() -> str:
    """Return an id for a request: 16 hexadecimal digits."""
    return secrets.token_hex(8)
