"""The gate: what takes too long is really stopped, and nobody else waits for it; the server ends when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from qa.deadline import check
from qa.errors import OutOfTime
from qa.web.gate import Busy, Gate
from tests.long import scaled
from tests.serving import Serving

# A question with 慢 works for ever but looks at the clock; one with 死 does not look.
SLOW = """
import time, qa.answering as a
from qa.deadline import check
plain = a.Engine.ask
def ask(self, question, **more):
    while "慢" in question:
        check()
    if "死" in question:
        time.sleep(1000)
    return plain(self, question, **more)
a.Engine.ask = ask
"""


def run(make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with ThreadPoolExecutor(1) as thread:  # this one may have a loop of Playwright's
        return thread.submit(lambda: asyncio.run(make())).result(30)


def for_ever(ends: list[float]) -> None:
    try:
        while True:
            check()
    finally:
        ends.append(time.monotonic())


def test_what_takes_too_long_is_really_stopped() -> None:
    gate, ends = Gate(8, 0.3), list[float]()

    async def ask() -> float:
        started = time.monotonic()
        with pytest.raises(OutOfTime, match=r"用时超过 0\.3 秒"):
            await gate.run(lambda: for_ever(ends))
        return started

    started = run(ask)
    assert len(ends) == 1 and ends[0] - started < 1
    gate.close()


def test_nobody_waits_for_the_slow_ones() -> None:
    gate, ends = Gate(32, 6.0, slow=0.1), list[float]()

    async def ask() -> float:
        slow = [asyncio.create_task(gate.run(lambda: for_ever(ends))) for _ in range(4)]
        await asyncio.sleep(0.5)
        started = time.monotonic()
        assert await gate.run(lambda: 1) == 1
        took = time.monotonic() - started
        for task in slow:
            with pytest.raises(OutOfTime):
                await task
        return took

    assert run(ask) < 2  # the slow ones take 6; they share the processor, not the turn
    gate.close()


def test_who_leaves_stops_the_work() -> None:
    gate, ends = Gate(8, 60.0), list[float]()

    async def ask() -> float:
        task = asyncio.create_task(gate.run(lambda: for_ever(ends)))
        await asyncio.sleep(0.1)
        left = time.monotonic()
        task.cancel()
        await asyncio.sleep(0.5)
        return left

    left = run(ask)
    assert len(ends) == 1 and ends[0] - left < 0.4
    gate.close()


def test_a_batch_waits_where_a_question_is_refused() -> None:
    gate, go = Gate(2, 10.0), threading.Event()

    async def ask() -> int:
        running = [asyncio.create_task(gate.run(lambda: go.wait(5))) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert gate.full
        with pytest.raises(Busy, match="同时最多处理 2 个问题"):
            await gate.run(lambda: 1)
        patient = asyncio.create_task(gate.run(lambda: 7, patient=True))
        await asyncio.sleep(0.1)
        assert not patient.done()
        go.set()
        await asyncio.gather(*running)
        return await patient

    assert run(ask) == 7
    gate.close()


@pytest.fixture
def slow(tmp_path: Path) -> Serving:
    return Serving(tmp_path, prelude=SLOW, SPEECHQA_QUESTION_SECONDS="5", SPEECHQA_CONCURRENT="8")


def cpu(served: Serving) -> int:
    """Clock ticks the server has worked."""
    fields = Path(f"/proc/{served.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_question_over_its_time_is_stopped_and_the_others_answered(slow: Serving) -> None:
    statuses: list[tuple[int, dict[str, Any]]] = []

    def ask() -> None:
        status, _, body = slow.post("/api/v1/ask", {"question": "慢"})
        statuses.append((status, json.loads(body)))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    for _ in range(scaled(1, 3)):
        assert slow.ask(question="口岸有哪些成绩")["points"]
        assert not statuses  # answered while the slow ones still ran
    for thread in threads:
        thread.join()
    assert [s for s, _ in statuses] == [503] * 3
    assert {p["code"] for _, p in statuses} == {"out_of_time"} and "5 秒" in statuses[0][1]["detail"]
    time.sleep(0.3)
    before = cpu(slow)
    time.sleep(1)
    assert cpu(slow) - before < 20  # of 100: nothing goes on
    slow.stop()


def test_what_fails_when_nobody_waits_any_more_is_not_logged() -> None:
    gate, told = Gate(8, 0.1, slow=0.05), list[dict[str, Any]]()

    def late() -> None:
        time.sleep(0.5)
        raise OutOfTime("太晚")

    async def ask() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        with pytest.raises(OutOfTime):
            await gate.run(late)
        await asyncio.sleep(0.7)
        gc.collect()

    run(ask)
    assert told == []
    assert not gate.full


ENDS = [("死", signal.SIGTERM), ("慢", signal.SIGTERM), ("死", signal.SIGINT), ("慢", signal.SIGINT)]


@pytest.mark.parametrize(("question", "sent"), ENDS[: scaled(1, 4)])
def test_it_ends_within_seconds_whatever_is_being_answered(
    tmp_path: Path, question: str, sent: signal.Signals
) -> None:
    served = Serving(tmp_path, prelude=SLOW, SPEECHQA_QUESTION_SECONDS="60")
    thread = threading.Thread(
        target=lambda: _quietly(lambda: served.post("/api/v1/ask", {"question": question}))
    )
    thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    served.process.send_signal(sent)
    code = served.process.wait(20)
    assert time.monotonic() - started < 8
    assert code in (-sent, 128 + sent, 130), code
    thread.join()


def _quietly(call: Callable[[], Any]) -> None:
    with contextlib.suppress(OSError):
        call()
