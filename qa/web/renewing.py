"""Threads that look again and again: is there another snapshot, has a file been dropped."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

_log = logging.getLogger("speechqa")


@dataclass(slots=True)
class Repeating:
    """Work that is done every so many seconds on a thread of its own, until it is told to stop."""

    name: str
    seconds: float
    work: Callable[[], object]
    stopped: Event = field(default_factory=Event)

    def start(self) -> None:
        """Begin; the work is first done after the first so many seconds."""
        Thread(target=self._run, name=self.name, daemon=True).start()

    def stop(self) -> None:
        """Do it no more; what is being done comes to its end by itself."""
        self.stopped.set()

    def _run(self) -> None:
        while not self.stopped.wait(self.seconds):
            try:
                self.work()
            except Exception:  # a look that fails costs the next one nothing
                _log.exception("%s failed", self.name)
