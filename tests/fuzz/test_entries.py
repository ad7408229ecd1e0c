"""Every entry of the server under seeded hostile cases: no 5xx but 503 and 507, no traceback, and it goes on.

Some hundreds of cases by default, 20,000 under `./check --long`. A failing case is named by its seed.
"""

from __future__ import annotations

import base64
import random
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.cases import broken, frame, handshake, hostile, message, request
from tests.long import scaled
from tests.serving import Serving

CASES = scaled(20, 10_000)  # of each of the two tests
AT_ONCE = 16
SECONDS = 0.4  # at least that a case waits for a response: many are requests that never end


def patience(served: Serving) -> float:
    """Return how long a case waits: three times as long as questions take that come at once, here and now."""

    def one(_: int) -> float:
        started = time.monotonic()
        served.ask(question="口岸今年有哪些成绩")
        return time.monotonic() - started

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return max(SECONDS, 3 * max(threads.map(one, range(2 * AT_ONCE))))


def exchange(port: int, data: bytes, seconds: float) -> bytes:
    """Send bytes; return what comes back until the server hangs up, or nothing comes for `seconds`."""
    got = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
            raw.sendall(data)
            raw.settimeout(seconds)
            while len(got) < 1_000_000 and (more := raw.recv(65_536)):
                got += more
    except OSError:
        pass
    return got


def attack(served: Serving, case: Callable[[random.Random, int], bytes], name: str) -> Counter[int]:
    """Send all cases, a few at once; return the statuses. Fails on one of 500 and more but 503 and 507."""

    seconds = patience(served)

    def one(number: int) -> int:
        got = exchange(served.port, case(random.Random(f"{name} {number}"), served.port), seconds)
        status = int(got[9:12]) if got.startswith(b"HTTP/1.1 ") else 0
        assert status < 500 or status in (503, 507), (name, number, got[:500])
        assert b"Traceback" not in got, (name, number)
        return status

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Counter(threads.map(one, range(CASES)))


def requests(draw: random.Random, port: int) -> bytes:
    made = request(draw, port)
    if draw.random() < 0.3:
        made += request(draw, port)  # pipelined
    return broken(draw, made) if draw.random() < 0.3 else made


def sockets(draw: random.Random, port: int) -> bytes:
    opening = handshake(draw, port) if draw.random() < 0.9 else broken(draw, handshake(draw, port))
    return opening + b"".join(
        frame(draw, message(draw), draw.choice((2, 2, 2, 2, 1, 9, 0, None))) for _ in range(draw.randrange(5))
    )


def finished(served: Serving) -> str:
    """Ask a last question, stop the server and return its log."""
    assert served.ask(question="口岸今年有哪些成绩")["points"]
    served.stop()
    return served.log.read_text("utf-8", "replace")


def test_http(tmp_path: Path) -> None:
    served = Serving(tmp_path)
    statuses = attack(served, requests, "http")
    log = finished(served)
    assert "Traceback" not in log, log[max(0, log.index("Traceback") - 2000) :][:6000]
    assert (
        sum(statuses[s] for s in (200, 204)) > CASES / 20
        and sum(n for s, n in statuses.items() if 400 <= s < 500) > CASES / 20
    )


def test_websocket(tmp_path: Path) -> None:
    served = Serving(tmp_path)
    statuses = attack(served, sockets, "websocket")
    log = finished(served)
    assert "Traceback" not in log, log[max(0, log.index("Traceback") - 2000) :][:6000]
    assert statuses[101] > CASES / 5


def test_all_hostile_cases_differ() -> None:
    made = [hostile(random.Random(n), 1) for n in range(200)]
    assert len(set(made)) == 200
    assert base64.b64encode(made[7]) == base64.b64encode(hostile(random.Random(7), 1))
