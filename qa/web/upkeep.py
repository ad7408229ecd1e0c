"""What a running server does beside answering: lets go what is over its time, writes down what was asked, tells its figures."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from socket import socket

from qa.errors import CannotListen
from qa.web.access import allowed_hosts
from qa.web.dropping import looking
from qa.web.gate import Gate
from qa.web.metrics import State
from qa.web.resources import Resources
from qa.web.scraping import Scraped
from qa.web.scratch import sweep

SECONDS = 2.0  # between two writings of what was asked: as much is lost where the machine dies
SWEEP = 30  # of these between two looks for documents that are over their time
_LOG = logging.getLogger("speechqa")


def without_dumps() -> None:
    """Let no crash leave the memory, with keys and people's documents in it, on a disk; where the system has such dumps."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@asynccontextmanager
async def tended(resources: Resources) -> AsyncIterator[None]:
    """Keep at it for as long as the server runs; what is left is written at the end."""
    tending = asyncio.create_task(_tend(resources))
    try:
        yield
    finally:
        tending.cancel()
        with suppress(asyncio.CancelledError):
            await tending
        await asyncio.to_thread(resources.flush)


@asynccontextmanager
async def at_work(resources: Resources) -> AsyncIterator[None]:
    """Tend, and look for what is new, for as long as the server runs; then begin nothing any more."""
    async with tended(resources):
        with looking(resources):
            yield
    resources.reading.close()
    resources.drawing.close()
    resources.starting.close()


async def _tend(resources: Resources) -> None:
    turn = 0
    while True:
        await asyncio.sleep(SECONDS)
        turn += 1
        try:
            await asyncio.to_thread(resources.flush)
            if turn % SWEEP == 0:
                resources.uploads.those(())
                await asyncio.to_thread(sweep)
        except Exception:  # one turn's misfortune is not the next one's
            _LOG.exception("upkeep failed")


@contextmanager
def measured(resources: Resources, gate: Gate, listen: Callable[[str, int], socket]) -> Iterator[int]:
    """Tell the figures on their own port (given back) where there is to be one, else 0.

    `listen` opens a socket that listens. Raises CannotListen.
    """
    settings = resources.settings
    if not settings.metrics_port:
        yield 0
        return
    gates = {"questions": gate, "documents": resources.reading, "pages": resources.drawing}
    resources.metrics.registry.register(State(resources, gates))
    try:
        listening = listen(settings.metrics_host, settings.metrics_port)
    except CannotListen as error:
        told = str(error).replace("--port", "设置 metrics_port").replace("--host", "设置 metrics_host")
        raise CannotListen(f"运行指标：{told}") from error
    scraped = Scraped(resources.metrics.registry, listening, allowed_hosts(settings.hosts))
    try:
        yield scraped.port
    finally:
        scraped.close()
