"""Mixed traffic at the server's limit: `python -m tests.benchmarks.traffic [--seconds 1800] [--seed 1]`.

Chat tabs, page loads, the API, widgets on a portal, batches, feedback, re-indexing under it all, and one request in a
hundred hostile. Seeded: each client draws its own sequence. Reports statuses and times by kind, and the server's
memory over time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from websockets.exceptions import WebSocketException

from tests.benchmarks.serve_load import memory
from tests.fuzz.cases import hostile
from tests.serving import ROOT, Serving
from tests.tab import Tab

PORTAL = "https://portal.intranet"
CLIENTS, TABS, TURNS = 24, 8, 8  # HTTP clients and chat tabs without a pause; questions of one conversation
SETTLED = 300.0  # seconds after which memory should no longer grow; in a shorter run a third of it
HOSTILE = 0.01  # of all requests
REINDEX = 20.0  # seconds between two re-indexings


@dataclass
class Report:
    """What came back: by kind statuses (0: broken off) and seconds; megabytes by second."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: list[tuple[float, float]] = field(default_factory=list)

    def note(self, kind: str, status: int, seconds: float) -> None:
        self.statuses[kind][status] += 1
        if status < 400:
            self.times[kind].append(seconds)

    @property
    def server_errors(self) -> dict[str, list[int]]:
        """Statuses of 500 and more but 503 and 507, by kind."""
        found = {k: [s for s in c if s >= 500 and s not in (503, 507)] for k, c in self.statuses.items()}
        return {kind: wrong for kind, wrong in found.items() if wrong}

    @property
    def broken(self) -> dict[str, int]:
        """How many of each kind, the hostile aside, got no whole response."""
        return {k: counts[0] for k, counts in self.statuses.items() if counts[0] and k != "hostile"}

    @property
    def growth(self) -> float:
        """Memory at the end over memory when it had settled; each the median of five measurements."""
        whole = self.memory[-1][0]
        settled = SETTLED if whole > 2 * SETTLED else whole / 3
        at = next(n for n, (second, _) in enumerate(self.memory) if second >= settled)
        middle = sorted(m for _, m in self.memory[at : at + 5])[len(self.memory[at : at + 5]) // 2]
        return sorted(m for _, m in self.memory[-5:])[2] / middle

    def __str__(self) -> str:
        lines = []
        for kind, counts in sorted(self.statuses.items()):
            times = sorted(self.times[kind]) or [0.0]
            marks = [times[min(len(times) - 1, int(p * len(times)))] * 1e3 for p in (0.5, 0.95, 0.99)]
            told = ", ".join(f"{status or 'broken'} x {n}" for status, n in sorted(counts.items()))
            lines.append(
                f"{kind:9} 50 % {marks[0]:6.0f} ms, 95 % {marks[1]:6.0f}, 99 % {marks[2]:6.0f}; {told}"
            )
        first, last = self.memory[0], self.memory[-1]
        lines.append(
            f"memory {first[1]:.0f} MB at {first[0]:.0f} s, {last[1]:.0f} MB at {last[0]:.0f} s; "
            f"the end is {self.growth:.2f} x the settled"
        )
        return "\n".join(lines)


class Http:
    """A keep-alive HTTP client on asyncio's streams."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json", **more: str
    ) -> int:
        """Send one request, read the whole response and return its status; 0 where it broke off."""
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Content-Length": str(len(body)),
            "Content-Type": kind,
        } | more
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        for fresh in (False, True):  # one that was idle may have been closed meanwhile
            try:
                if self._streams is None:
                    fresh, self._streams = True, await asyncio.open_connection("127.0.0.1", self.port)
                self._streams[1].write(head.encode() + body)
                return await asyncio.wait_for(self._response(self._streams[0]), 300)
            except (OSError, EOFError, TimeoutError):
                await self.close()
                if fresh:
                    return 0
        return 0

    async def _response(self, reader: asyncio.StreamReader) -> int:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if "transfer-encoding: chunked" in head:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        elif int(head.split()[1]) not in (204, 304):
            await reader.readexactly(int(head.split("content-length: ")[1].split("\r")[0]))
        if "connection: close" in head:
            await self.close()
        return int(head.split()[1])

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Traffic:
    """All clients of one run."""

    def __init__(self, served: Serving, seconds: float, seed: int, index: Path) -> None:
        self.served, self.seed, self.index = served, seed, index
        self.until = time.monotonic() + seconds
        self.report = Report()
        self.document = json.loads(served.get("/api/v1/documents")[2])[0]["id"]
        lines = (ROOT / "tests" / "golden" / "seed" / "questions.jsonl").read_text("utf-8").split("\n")
        self.questions = [json.loads(line)["question"] for line in lines if line]

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until

    async def run(self) -> Report:
        await asyncio.gather(
            self._watch(),
            self._reindex(),
            *(self._client(n, random.Random(f"{self.seed} {n}")) for n in range(CLIENTS)),
            *(self._tab(random.Random(f"{self.seed} tab {n}")) for n in range(TABS)),
        )
        return self.report

    async def _client(self, number: int, draw: random.Random) -> None:
        http = Http(self.served.port)
        kinds: list[Callable[[Http, random.Random], Awaitable[None]]] = [
            self._ask,
            self._widget,
            self._page,
            self._batch,
            self._feedback,
        ]
        await kinds[number % len(kinds)](http, draw)  # each kind comes, however slow the machine
        while not self.over:
            if draw.random() < HOSTILE:
                await self._hostile(draw)
            else:
                await draw.choices(kinds, (60, 20, 10, 3, 7))[0](http, draw)
        await http.close()

    async def _timed(self, kind: str, request: Awaitable[int]) -> None:
        started = time.perf_counter()
        status = await request
        self.report.note(kind, status, time.perf_counter() - started)
        if status == 503:
            await asyncio.sleep(0.2)

    async def _ask(self, http: Http, draw: random.Random) -> None:
        asked = {
            "question": draw.choice(self.questions),
            "history": draw.sample(self.questions, draw.randrange(4)),
        }
        await self._timed("ask", http.request("POST", "/api/v1/ask", json.dumps(asked).encode()))

    async def _widget(self, http: Http, draw: random.Random) -> None:
        await self._timed("script", http.request("GET", "/widget.js"))
        await self._timed("widget", http.request("GET", "/api/v1/documents", Origin=PORTAL))
        starters = f"/api/v1/documents/{self.document}/starters"
        await self._timed("widget", http.request("GET", starters, Origin=PORTAL))
        asked = {"question": draw.choice(self.questions)}
        await self._timed(
            "widget", http.request("POST", "/api/v1/ask", json.dumps(asked).encode(), Origin=PORTAL)
        )

    async def _page(self, http: Http, draw: random.Random) -> None:
        paths = ("/", "/_stcore/health", "/_stcore/host-config", "/favicon.png", "/wenda")
        await self._timed("page", http.request("GET", draw.choice(paths)))

    async def _batch(self, http: Http, draw: random.Random) -> None:
        lines = [json.dumps({"id": n, "question": draw.choice(self.questions)}) for n in range(10)]
        body = "\n".join(lines).encode()
        await self._timed("batch", http.request("POST", "/api/v1/batch", body, "application/x-ndjson"))

    async def _feedback(self, http: Http, draw: random.Random) -> None:
        given = {
            "question": draw.choice(self.questions),
            "verdict": draw.choice(["up", "down"]),
            "reason": "试",
        }
        await self._timed("feedback", http.request("POST", "/api/v1/feedback", json.dumps(given).encode()))

    async def _hostile(self, draw: random.Random) -> None:
        raw = hostile(draw, self.served.port)
        started = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
            writer.write(raw)
            got = await asyncio.wait_for(reader.read(200), 0.5)
            writer.close()
            status = int(got.split()[1]) if got.startswith(b"HTTP/") else 0
        except (OSError, TimeoutError, IndexError):
            status = 0
        self.report.note("hostile", status, time.perf_counter() - started)

    async def _tab(self, draw: random.Random) -> None:
        while not self.over:
            tab = Tab(self.served.port)
            try:
                started = time.perf_counter()
                await tab.open()
                self.report.note("tab", 200, time.perf_counter() - started)
                for turn in range(TURNS):
                    if turn == 0 or not self.over:
                        self.report.note("chat", 200, await tab.ask(draw.choice(self.questions)))
                await tab.close()
            except (OSError, EOFError, TimeoutError, WebSocketException) as error:
                self.report.note("chat", getattr(getattr(error, "response", None), "status_code", 0), 0.0)
                await asyncio.sleep(0.5)

    async def _reindex(self) -> None:
        documents = sorted((ROOT / "tests" / "golden").glob("*/*.txt"))[:2]
        number = 0
        while not self.over:
            command = [sys.executable, "-m", "qa", "index", str(documents[number % len(documents)])]
            code = await asyncio.to_thread(
                lambda command=command: (
                    subprocess.run(
                        [*command, "--index", str(self.index)], cwd=ROOT, capture_output=True, check=False
                    ).returncode
                )
            )
            self.report.note("reindex", 200 if code == 0 else 500, 0.0)
            number += 1
            await asyncio.sleep(min(REINDEX, max(0.1, self.until - time.monotonic())))

    async def _watch(self) -> None:
        started = time.monotonic()
        while not self.over:
            await asyncio.sleep(1.0)
            self.report.memory.append((time.monotonic() - started, memory(self.served.process.pid)))


def run(seconds: float, seed: int, folder: Path) -> tuple[Report, str]:
    """Serve an index for `seconds` under traffic; return what came back, and the server's log."""
    index = folder / "index"
    command = [
        sys.executable,
        "-m",
        "qa",
        "index",
        str(ROOT / "index" / "data" / "speech" / "document.txt"),
        "--index",
        str(index),
    ]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    served = Serving(folder, "--index", str(index), SPEECHQA_ORIGINS=PORTAL)
    try:
        # in a thread of its own: the caller's may hold a running loop (Playwright's)
        with ThreadPoolExecutor(1) as thread:
            report = thread.submit(lambda: asyncio.run(Traffic(served, seconds, seed, index).run())).result()
        assert served.ask(question="口岸今年有哪些成绩")["points"]  # and it still answers
    finally:
        served.stop()
    return report, served.log.read_text("utf-8", "replace")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report, log = run(options.seconds, options.seed, Path(folder))
    print(report)
    print(f"log {len(log) / 1e6:.1f} MB, {log.count('Traceback')} tracebacks")


if __name__ == "__main__":
    main()
