"""How many questions are answered at once, each for how long: what waits, what is refused, what is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from qa.deadline import Deadline, limited
from qa.errors import OutOfTime

WORKERS = 2  # questions that run at once: Python's lock lets one run at a time, the second hides its waiting
# After this a question counts as slow and another may begin beside it: a few that take long hold up nobody, and the
# questions of a hundred documents (0.15 s) still do not crowd each other.
SLOW_SECONDS = 1.0
ASIDE = 6  # slow ones that may run beside the others; more would only share the same processor

T = TypeVar("T")


class Busy(Exception):
    """More questions wait than may wait; str() is one line of Chinese."""


class Gate:
    """Lets a bounded number of questions in, each for a bounded time, and answers them on a few threads."""

    def __init__(
        self,
        concurrent: int,
        seconds: float,
        slow: float = SLOW_SECONDS,
        workers: int = WORKERS,
        what: str = "个问题",
    ) -> None:
        """Let `concurrent` questions wait or run at once, each at most `seconds` from when it came.

        `workers` of them run; `what` is what messages count.
        """
        self._pool = ThreadPoolExecutor(concurrent, thread_name_prefix="ask")
        self._turn = asyncio.Semaphore(workers)
        self._room = asyncio.Semaphore(concurrent)
        self._concurrent = concurrent
        self._seconds = seconds
        self._slow = slow
        self._what = what
        self._aside = 0
        self._within = 0
        self._running: set[Deadline] = set()

    @property
    def full(self) -> bool:
        """Whether the next question would be refused."""
        return self._room.locked()

    @property
    def running(self) -> int:
        """How many are worked on."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """How many are let in and wait for their turn."""
        return max(0, self._within - len(self._running))

    async def run(self, work: Callable[[], T], *, patient: bool = False) -> T:
        """Run `work` on a thread, under a deadline. Raises Busy, OutOfTime.

        `patient`: wait for room instead of being refused, as the lines of a batch do.
        """
        if self.full and not patient:
            raise Busy(f"同时最多处理 {self._concurrent} {self._what}，请稍后再试。")
        await self._room.acquire()
        self._within += 1
        deadline = Deadline(self._seconds)
        future: asyncio.Future[T] | None = None
        try:
            await self._take_turn(None if patient else self._seconds)
            deadline = Deadline(self._seconds) if patient else deadline
            future = asyncio.get_running_loop().run_in_executor(self._pool, self._limited, work, deadline)
            self._running.add(deadline)
            future.add_done_callback(lambda _: self._running.discard(deadline))
            return await self._result(future, deadline)
        finally:
            deadline.cancel()  # where the client has left, nobody waits for the answer
            if future is None or future.done():
                self._leave()
            else:
                future.add_done_callback(self._left_behind)

    def _left_behind(self, future: asyncio.Future[T]) -> None:
        """Make room where nobody waits for a result any more; that it was stopped is no news for the log."""
        self._leave()
        if not future.cancelled():
            future.exception()

    def _leave(self) -> None:
        self._within -= 1
        self._room.release()

    async def _take_turn(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._turn.acquire()
        except TimeoutError as error:
            raise Busy(
                f"前面的{self._what[1:]}太多，{self._seconds:g} 秒内没有轮到这一个，请稍后再试。"
            ) from error

    async def _result(self, future: asyncio.Future[T], deadline: Deadline) -> T:
        """Wait for the result; give the turn on when it comes, or when the question proves slow."""
        aside = False
        try:
            await asyncio.wait([future], timeout=self._slow)
            aside = not future.done() and self._aside < ASIDE
            if aside:
                self._aside += 1
                self._turn.release()
            if not future.done():
                await asyncio.wait([future], timeout=max(0.0, deadline.left) + self._slow)
        finally:
            if aside:
                self._aside -= 1
            else:
                self._turn.release()
        if not future.done():
            raise OutOfTime(
                f"这个问题用时超过 {self._seconds:g} 秒，没有答完。请问得更具体些，或指明一篇文稿。"
            )
        return future.result()

    @staticmethod
    def _limited(work: Callable[[], T], deadline: Deadline) -> T:
        with limited(deadline):
            return work()

    def hurry(self, seconds: float) -> None:
        """End all that runs within `seconds`: the server stops."""
        for deadline in list(self._running):
            deadline.shorten(seconds)

    def close(self) -> None:
        """Stop what runs and take nothing more."""
        self.hurry(0.0)
        self._pool.shutdown(wait=False, cancel_futures=True)
