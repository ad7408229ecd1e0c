"""A clock that a question's work looks at: past its end, or once cancelled, the work stops by itself.

Who runs a question says `with limited(seconds):`; every loop whose length grows with the document or the history
calls `check()`, which costs 0.1 µs and does nothing where no clock runs (the command line). A context variable
holds the clock, so each thread and each task has its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from qa.errors import OutOfTime


class Deadline:
    """The end of what may be spent on one piece of work; another thread may bring it forward by `cancel`."""

    __slots__ = ("end", "seconds")

    def __init__(self, seconds: float) -> None:
        """End in `seconds` from now."""
        self.seconds = seconds
        self.end = time.monotonic() + seconds

    def cancel(self) -> None:
        """End it now: nobody waits for the result any more."""
        self.end = float("-inf")

    def shorten(self, seconds: float) -> None:
        """End it in `seconds` from now, where it does not end before."""
        self.end = min(self.end, time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds until the end, below 0 where it has come."""
        return self.end - time.monotonic()

    def check(self) -> None:
        """Raise OutOfTime where the end has come; again at every later call, so that no handler goes on."""
        if time.monotonic() >= self.end:
            raise OutOfTime(f"这个问题用时超过 {self.seconds:g} 秒，已停止。请问得更具体些，或指明一篇文稿。")


_current: ContextVar[tuple[Deadline, ...]] = ContextVar("deadlines", default=())


@contextmanager
def limited(limit: float | Deadline) -> Iterator[Deadline]:
    """Run what stands inside under a clock: seconds from now, or one that was made before.

    Inside another one both count.
    """
    deadline = limit if isinstance(limit, Deadline) else Deadline(limit)
    token = _current.set((*_current.get(), deadline))
    try:
        yield deadline
    finally:
        _current.reset(token)


def check() -> None:
    """Raise OutOfTime where a clock of this thread or task has run out; do nothing where there is none."""
    for deadline in _current.get():
        deadline.check()
