"""What is kept of every question for the admin's page: when, how it went, how long; its words only where that is wanted.

Gathered in memory and written a few at a time, beside the questions and not before their answers. What is older than
its age goes, and the oldest go first where the rows are too many.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

from qa.errors import StoreFull, StoreUnusable
from qa.web.database import Database

DAY = 86_400.0
ROWS = 1_000_000  # kept at most: 150 MB with questions of the usual length
WAITING = 2_000  # held in memory at most until they are written; a disk that is full stops no answer
_SWEEP_EVERY = 3_600.0  # seconds between two looks for what is too old, where nothing is asked
_LOG = logging.getLogger("speechqa.journal")
_COLUMNS = "at, request, door, kind, status, reason, document, ms, question"


@dataclass(frozen=True, slots=True)
class Entry:
    """One question: `at` in Unix seconds, `door` where it came in, `status` answered, not_found or error.

    `reason` is the code of why not, `document` the id of the one that the first place is from, `ms` milliseconds.
    """

    at: float
    request: str
    door: str
    kind: str
    status: str
    reason: str | None
    document: str | None
    ms: float
    question: str | None = None

    def row(self) -> tuple[Any, ...]:
        """Return it as the table has it."""
        return (
            *(self.at, self.request, self.door, self.kind, self.status),
            *(self.reason, self.document, self.ms, self.question),
        )


class Journal:
    """The table of questions. Safe to share between threads."""

    def __init__(
        self, database: Database, days: float, *, rows: int = ROWS, clock: Callable[[], float] = time.time
    ) -> None:
        """Keep what is at most `days` old, at most `rows` of it. `clock` gives Unix seconds."""
        self._database = database
        self._days = days
        self._rows = rows
        self._clock = clock
        self._swept = float("-inf")
        self._waiting: deque[Entry] = deque(maxlen=WAITING)
        self._lock = Lock()

    def add(self, entry: Entry) -> None:
        """Take an entry, to be written by `flush`; touches no disk."""
        self._waiting.append(entry)

    def flush(self) -> None:
        """Write what was taken, let go what is too old or too much; a store that is unusable is told once, by the log."""
        with self._lock:
            if not self._waiting and self._clock() - self._swept < _SWEEP_EVERY:
                return
            self._swept = self._clock()
            taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                with self._database.writing() as database:
                    insert = f"INSERT INTO asked({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)"  # noqa: S608 - a constant
                    database.executemany(insert, [entry.row() for entry in taken])
                    database.execute("DELETE FROM asked WHERE at <= ?", (self._oldest(),))
                    (last,) = database.execute("SELECT coalesce(max(number), 0) FROM asked").fetchone()
                    database.execute("DELETE FROM asked WHERE number <= ?", (last - self._rows,))
            except (StoreUnusable, StoreFull) as error:
                self._waiting.extendleft(reversed(taken[: WAITING - len(self._waiting)]))
                _LOG.warning("%s", error)

    def select(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query over what is still within its age, `asked` by name. Raises StoreUnusable."""
        self.flush()
        with self._database.reading() as database:
            return list(database.execute(query, tuple(values)))

    def entries(self) -> Iterator[Entry]:
        """Yield all entries, oldest first. Raises StoreUnusable."""
        for row in self.select(f"SELECT {_COLUMNS} FROM asked ORDER BY number"):  # noqa: S608 - a constant
            yield Entry(*row)

    def _oldest(self) -> float:
        return self._clock() - self._days * DAY
