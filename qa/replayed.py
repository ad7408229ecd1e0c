"""The conversations that were asked last: a follow-up finds its past here."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from qa.types import Turn


class Replayed:
    """The turns of the conversations that were asked last, by document and questions: a follow-up finds its past here.

    Safe to share between threads; what it holds never changes an answer, only how long one takes.
    """

    def __init__(self, limit: int = 256) -> None:
        """Hold at most `limit` conversations, about 20 kB a turn; `hits` and `misses` count what was looked up."""
        self._limit = limit
        self.hits = self.misses = 0
        self._lock = Lock()
        self._turns: OrderedDict[tuple[str | None, ...], tuple[Turn, ...]] = OrderedDict()

    def get(self, key: tuple[str | None, ...]) -> tuple[Turn, ...] | None:
        """Return the turns of a conversation; None where it is not held."""
        with self._lock:
            if key in self._turns:
                self._turns.move_to_end(key)
                self.hits += 1
            else:
                self.misses += 1
            return self._turns.get(key)

    def put(self, key: tuple[str | None, ...], turns: tuple[Turn, ...]) -> None:
        """Hold a conversation; the one that was longest unused goes."""
        with self._lock:
            self._turns[key] = turns
            self._turns.move_to_end(key)
            if len(self._turns) > self._limit:
                self._turns.popitem(last=False)
