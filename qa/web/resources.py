"""What the page, the API and the widget share in one process: settings, engine, conversations, starter questions."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from qa.answering import Engine, open_engine
from qa.settings import Settings, load_settings
from qa.types import Starters
from qa.web.store import Store, open_store


class Resources:
    """Each opened at its first use, once, whichever thread comes first; what failed is tried again."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Use `settings`, or read them anew where the process was not given any."""
        self.settings = load_settings() if settings is None else settings
        self._lock = Lock()
        self._engine: Engine | None = None
        self._store: Store | None = None
        self._starters: dict[str, Starters] = {}

    @property
    def engine(self) -> Engine:
        """The opened index. Raises SpeechIndexError."""
        with self._lock:
            if self._engine is None:
                self._engine = open_engine(settings=self.settings)
            return self._engine

    @property
    def store(self) -> Store:
        """Where conversations and feedback are kept."""
        with self._lock:
            if self._store is None:
                self._store = open_store(self.settings)
            return self._store

    def starters(self, document: str) -> Starters:
        """Return a document's starter questions, by its id. Raises UnknownDocument."""
        if document not in self._starters:
            self._starters[document] = self.engine.starters(document)
        return self._starters[document]


_given: list[Resources] = []


def share(resources: Resources) -> None:
    """Make these the process's: `speechqa serve` does, before the page runs."""
    _given[:] = [resources]


def shared() -> Resources:
    """Return the process's resources, opened by the settings in force. Raises BadSetting."""
    return _given[0] if _given else _by_settings(load_settings())


@lru_cache(maxsize=4)
def _by_settings(settings: Settings) -> Resources:
    return Resources(settings)
