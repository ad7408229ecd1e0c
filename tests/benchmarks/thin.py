"""A thin line: a TCP proxy that lets so many bytes a second come from a server, over all connections together."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

LATENCY = 0.02  # seconds until what was sent arrives
PIECE = 2048  # bytes that are let through at once


class Thin:
    """The line, on a thread of its own; `port` is where it begins, `came` counts what came over it."""

    def __init__(self, port: int, rate: int) -> None:
        self._to, self._rate = port, rate
        self.came = 0
        self.port = 0
        self._free = 0.0  # when the line is free again
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True).start()
        self._ready.wait()

    async def _run(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(self._pass(reader, ours), self._pass(theirs, writer, slow=True))

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, slow: bool = False
    ) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                if slow:
                    self._free = max(self._free, loop.time()) + len(piece) / self._rate
                    self.came += len(piece)
                    await asyncio.sleep(self._free - loop.time() + LATENCY)
                writer.write(piece)
                await writer.drain()
        writer.close()
