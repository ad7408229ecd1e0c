"""Starter questions for documents that a person chose: found aside, while the page is there already, kept by scope."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from threading import Lock

from qa.answering import Engine
from qa.deadline import Deadline, limited
from qa.errors import QuestionError
from qa.messages import Starters
from qa.suggesting import STARTERS
from qa.types import Status

KEPT = 50  # scopes whose questions are kept
SECONDS = 30.0  # in which they must be found: 1 to 2 s a document
MANY = 3  # of several documents, those whose questions are tried
NONE = Starters((), ())


def starters_of(engine: Engine) -> Starters:
    """Return questions that the engine's documents answer: of one its own, of several those that all of them answer."""
    documents = engine.snapshot.documents
    if len(documents) == 1:
        return engine.starters()
    each = [engine.starters(one.document.id) for one in documents[:MANY]]
    doors = []
    for place, (facet, _) in enumerate(each[0].doors):
        turn_about = zip_longest(*(one.doors[place][1] for one in each))
        questions = dict.fromkeys(question for row in turn_about for question in row if question)
        fit = (question for question in questions if _answered(engine, question))
        doors.append((facet, tuple(islice(fit, STARTERS))))
    return Starters(tuple(doors), ())


def _answered(engine: Engine, question: str) -> bool:
    try:
        return engine.ask(question).status is Status.ANSWERED
    except QuestionError:
        return False


@dataclass(frozen=True, slots=True)
class _Job:
    """Questions that are looked for, and what stops that."""

    found: Future[Starters]
    deadline: Deadline

    def stop(self) -> None:
        self.found.cancel()
        self.deadline.cancel()


@dataclass(slots=True)
class Starting:
    """Starter questions by scope, looked for on a thread of their own. Safe to share between threads."""

    _jobs: OrderedDict[str, _Job] = field(default_factory=OrderedDict)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "starting"))
    _lock: Lock = field(default_factory=Lock)

    def get(self, scope: str, engine: Callable[[], Engine]) -> Starters | None:
        """Return a scope's questions, none where there are none; None as long as they are looked for.

        `scope` is the id of what is asked (qa.web.scope.scope_id), `engine` gives what answers about it.
        """
        with self._lock:
            if scope not in self._jobs:
                deadline = Deadline(float("inf"))
                self._jobs[scope] = _Job(self._pool.submit(_looked_for, engine, deadline), deadline)
                while len(self._jobs) > KEPT:
                    self._jobs.popitem(last=False)[1].stop()
            found = self._jobs[scope].found
        if not found.done() or found.cancelled():
            return None
        return NONE if found.exception() else found.result()

    def forget(self) -> None:
        """Hold none, and look for none: they are made of a document's words, and it may be gone."""
        with self._lock:
            for job in self._jobs.values():
                job.stop()
            self._jobs.clear()

    def close(self) -> None:
        """Look for no more, now."""
        self.forget()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _looked_for(engine: Callable[[], Engine], deadline: Deadline) -> Starters:
    deadline.shorten(SECONDS)  # from now: it may have waited
    with limited(deadline):
        return starters_of(engine())
