"""Starter questions for chosen documents: answered by them, found aside, let go with them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from index import Encoder, build_index, builtin_document, read_text
from qa import Engine, Settings
from qa.deadline import check
from qa.messages import Starters
from qa.reranking import load_reranker
from qa.types import Facet, Status
from qa.web.scope import Scopes, scope_id
from qa.web.starting import NONE, Starting, starters_of
from qa.web.uploads import Uploads
from tests.texts import REPORT


def waited(get: Callable[[], Starters | None]) -> Starters:
    end = time.monotonic() + 60
    while (found := get()) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def test_of_one_its_own(report_engine: Engine) -> None:
    found = starters_of(report_engine)
    assert found == report_engine.starters()
    questions = [question for _, door in found.doors for question in door]
    assert questions
    assert all(report_engine.ask(question).status is Status.ANSWERED for question in questions)


def test_of_several_those_that_all_of_them_answer(encoder: Encoder) -> None:
    documents = [builtin_document(), read_text(REPORT)]
    engine = Engine(build_index(documents, encoder=encoder), encoder, Settings(), load_reranker("", encoder))
    found = starters_of(engine)
    assert found.more == ()
    questions = [question for _, door in found.doors for question in door]
    assert 3 <= len(questions) <= 9 and len(set(questions)) == len(questions)
    assert all(engine.ask(question).status is Status.ANSWERED for question in questions)
    assert [facet for facet, _ in found.doors] == [Facet.ACHIEVEMENT, Facet.GOAL, Facet.REQUIREMENT]


def test_they_are_found_aside_once_and_let_go(report_engine: Engine) -> None:
    starting, gate, asked = Starting(), threading.Event(), []

    def engine() -> Engine:
        asked.append(1)
        gate.wait(30)
        return report_engine

    assert starting.get("a", engine) is None
    assert starting.get("a", engine) is None
    gate.set()
    assert waited(lambda: starting.get("a", engine)).doors
    assert asked == [1]
    starting.forget()
    assert starting.get("a", engine) is None
    starting.close()


def test_what_cannot_be_found_is_none() -> None:
    starting = Starting()

    def broken() -> Engine:
        raise LookupError

    assert waited(lambda: starting.get("a", broken)) == NONE
    starting.close()


@pytest.mark.parametrize("several", [False, True])
def test_of_a_scope(engine: Engine, encoder: Encoder, several: bool) -> None:
    uploads, scopes, starting = Uploads(), Scopes(), Starting()
    held, _ = uploads.add(build_index([read_text(REPORT)], encoder=encoder))
    scope = [held.indexed.document.id] + several * [engine.snapshot.documents[0].document.id]
    get = lambda: starting.get(scope_id(engine, scope), lambda: scopes.engine(engine, [held], scope)[0])  # noqa: E731
    assert any(questions for _, questions in waited(get).doors)
    starting.close()


def test_what_is_looked_for_stops_where_it_is_forgotten(report_engine: Engine) -> None:
    starting, begun, stopped = Starting(), threading.Event(), threading.Event()

    def endless() -> Engine:
        begun.set()
        try:
            while True:
                check()
                time.sleep(0.005)
        finally:
            stopped.set()

    asked: list[int] = []
    assert starting.get("a", endless) is None
    assert starting.get("b", lambda: asked.append(1) or report_engine) is None  # type: ignore[func-returns-value]
    assert begun.wait(30)
    starting.forget()
    assert stopped.wait(30)
    assert waited(lambda: starting.get("c", lambda: report_engine)).doors
    assert asked == []  # what waited did not begin
    begun.clear()
    stopped.clear()
    assert starting.get("d", endless) is None
    assert begun.wait(30)
    starting.close()
    assert stopped.wait(30)  # a server that stops does not wait for it
