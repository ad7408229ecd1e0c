"""What the page, the API and the widget share in one process: settings, engine, conversations, starter questions."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from functools import lru_cache
from pathlib import Path
from threading import Lock

import index
from index import SpeechIndexError
from qa.answering import Engine
from qa.headings import forget_headings
from qa.messages import Starters
from qa.opening import open_engine
from qa.settings import Settings, load_settings
from qa.suggesting import topics_of
from qa.web import overview, views
from qa.web.callers import anonymous_scopes, warnings_of
from qa.web.gate import Gate
from qa.web.journal import Journal
from qa.web.keys import open_keys
from qa.web.metrics import Metrics
from qa.web.noting import Notes
from qa.web.pictures import Pictures
from qa.web.progress import Progresses
from qa.web.scope import Scopes
from qa.web.starting import Starting
from qa.web.store import Store, open_store
from qa.web.uploads import Held, Uploads, taken

READ_SECONDS = 300.0  # for one document that is brought: a scan of a hundred pages
READ_WAITING = 8  # documents that are received, wait or are read at once
COMING = 16  # files that are received, wait or are read at once, each at most its limit on the disk

AGAIN_SECONDS = 60.0  # after which a snapshot that could not be used is looked at again
_log = logging.getLogger("speechqa")

DRAWN_SECONDS = 30.0  # for one page's picture
DRAWN_WAITING = 16  # that are waited for or drawn at once


class Resources:
    """Each opened at its first use, once, whichever thread comes first; what failed is tried again."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Use `settings`, or read them anew where the process was not given any."""
        self.settings = load_settings() if settings is None else settings
        self._lock = Lock()
        self._renewing = Lock()
        self._failed: str | None = None
        self._again = 0.0
        self._engine: Engine | None = None
        self._store: Store | None = None
        self._journal: Journal | None = None
        self._starters: dict[str, Starters] = {}
        self.starter_hits = (0, 0)  # found, not found
        self.keys = open_keys(self.settings)
        self.anonymous = anonymous_scopes(self.settings)
        self.warnings = warnings_of(
            self.settings
        )  # what is not as a person may expect: told at the start and by /readyz
        self.metrics = Metrics()
        self.noting = Notes(self.settings, self.metrics, lambda: self.journal)
        self.scopes = Scopes()
        self.uploads = Uploads(
            self.settings.uploads_kept,
            self.settings.upload_minutes,
            self.settings.upload_characters,
            self.settings.originals_megabytes * 1_000_000,
            gone=self._forget,
        )
        self.pictures = Pictures(self.uploads)
        self.progresses = Progresses()
        self.starting = Starting()
        self.uploading = taken(self.settings.uploads, self.settings.host)
        # One a core: each is read in a process of its own, and indexed by as many threads.
        self.reading = Gate(
            READ_WAITING, READ_SECONDS, slow=READ_SECONDS, workers=os.cpu_count() or 1, what="份文稿"
        )
        self.coming = asyncio.Semaphore(COMING)
        self.drawing = Gate(DRAWN_WAITING, DRAWN_SECONDS, slow=DRAWN_SECONDS, what="页图像")

    @property
    def engine(self) -> Engine:
        """The opened index. Raises SpeechIndexError."""
        with self._lock:
            if self._engine is None:
                self._engine = open_engine(settings=self.settings)
            return self._engine

    def renew(self) -> bool:
        """Take up another snapshot where the index's folder has one in force; tell whether it has.

        What is being answered goes on with the one it began with. One that cannot be used is logged once, and the one
        before answers on.
        """
        if not self.settings.index:
            return False
        root = Path(self.settings.index)
        with self._renewing:
            engine = self._engine  # read here: another thread may just have taken up a new one
            if engine is None:  # the first question opens what is in force then
                return False
            now = index.pointer(root)
            if now in (None, engine.snapshot.id) or (now == self._failed and time.monotonic() < self._again):
                return False
            try:
                snapshot = index.load_snapshot(root, fingerprint=engine.encoder.fingerprint)
            except SpeechIndexError as error:
                if now != self._failed:
                    _log.error("新的索引用不了，仍用原来的：%s", error)
                self._failed, self._again = now, time.monotonic() + AGAIN_SECONDS
                return False
            made = Engine(snapshot, engine.encoder, engine.settings, engine.reranker)
            with self._lock:
                self._engine, self._failed = made, None
                self._starters = {}
            self._forget()
        return True

    @property
    def opened(self) -> Engine | None:
        """The index where it is opened already."""
        return self._engine

    @property
    def store(self) -> Store:
        """Where conversations and feedback are kept."""
        with self._lock:
            if self._store is None:
                self._store = open_store(self.settings)
            return self._store

    @property
    def journal(self) -> Journal:
        """Where questions are noted for the admin."""
        store = self.store
        with self._lock:
            if self._journal is None:
                self._journal = Journal(store.database, self.settings.question_days)
            return self._journal

    def flush(self) -> None:
        """Write down what the journal holds; nothing where it was not needed yet."""
        if self._journal is not None:
            self._journal.flush()

    def engine_of(self, held: Held) -> Engine:
        """Return what answers about one document that was brought."""
        return self.scopes.engine(self.engine, [held], [held.indexed.document.id])[0]

    def _forget(self) -> None:
        """Hold nothing of a document that is gone."""
        self.scopes.forget()
        self.pictures.forget()
        self.starting.forget()
        views.forget()
        overview.forget()
        forget_headings()
        topics_of.cache_clear()
        index.forget_documents()

    def starters(self, document: str) -> Starters:
        """Return a document's starter questions, by its id. Raises UnknownDocument."""
        known = self._starters  # another one once the index is another
        there, (hits, misses) = document in known, self.starter_hits
        self.starter_hits = (hits + there, misses + (not there))
        if not there:
            known[document] = self.engine.starters(document)
        return known[document]


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
