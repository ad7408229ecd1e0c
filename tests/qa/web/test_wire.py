"""Connections: none is held for ever, none takes without end, too many are told so; and the log does not flood."""

from __future__ import annotations

import contextlib
import json
import re
import resource
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from qa.web.wire import HEAD, HEADERS, TARGET, file_limit, wire_for
from tests.long import only_long, scaled
from tests.qa.web.test_access import shake_hands
from tests.serving import Serving

pytestmark = pytest.mark.xdist_group("wire")

QUICK = (
    "import qa.web.wire as w, qa.web.limits as m\n"
    "w.HEADER_SECONDS, w.IDLE_SECONDS, w.UNREAD_SECONDS = 1.0, 1.0, 1.0\n"
    "m.Limits.__init__.__defaults__ = (m.time.monotonic, 1.0, 0, 120.0)"
)
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connect(served: Serving) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=10)


def status(raw: socket.socket) -> int:
    return int(raw.recv(20_000).split()[1])


def ended(raw: socket.socket, seconds: float) -> bool:
    """Tell whether the server hangs up within `seconds`."""
    raw.settimeout(seconds)
    try:
        while raw.recv(100_000):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Any:
    served = Serving(tmp_path_factory.mktemp("wire"), prelude=QUICK)
    yield served
    served.stop()


@only_long
@pytest.mark.parametrize("after", [b"\r\n", b"\r\n" * 5, b"\n", b"", b"G", b"GET / HT"])
def test_one_response_and_then_nothing_holds_no_connection(quick: Serving, after: bytes) -> None:
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(connect(quick)) for _ in range(scaled(50, 780))]
        for raw in held:
            raw.sendall(GET)
            assert status(raw) == 200
            raw.sendall(after)
        assert all(ended(raw, 6) for raw in held)


def test_bytes_do_not_reset_the_clock(quick: Serving) -> None:
    for first, more in (
        (b"", b"\r\n"),
        (GET, b"\r\n"),
        (b"GET / HTTP/1.1\r\n", b"X: y\r\n"),
        (b"GET /", b"a"),
    ):
        with connect(quick) as raw:
            raw.sendall(first)
            started = time.monotonic()
            with pytest.raises(OSError):
                while time.monotonic() - started < 8:
                    raw.sendall(more)
                    time.sleep(0.2)
            assert time.monotonic() - started < 6, first


def test_an_idle_connection_serves_again(quick: Serving) -> None:
    with connect(quick) as raw:
        for _ in range(3):
            raw.sendall(GET + GET)  # pipelined
            got = b""
            while got.count(b"HTTP/1.1 200") < 2:
                got += raw.recv(10_000)
            time.sleep(0.3)


def test_a_body_that_nobody_reads_holds_no_connection(quick: Serving) -> None:
    with connect(quick) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        assert status(raw) == 405
        started = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - started < 8:
                raw.sendall(b"x")
                time.sleep(0.1)
        assert time.monotonic() - started < 6


def test_who_does_not_read_is_hung_up_on(quick: Serving) -> None:
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", quick.port))
    raw.settimeout(1)
    page = b"GET /widget.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    started, gone = time.monotonic(), False
    while time.monotonic() - started < 15 and not gone:
        try:
            raw.sendall(page * 100)
        except TimeoutError:
            continue
        except OSError:
            gone = True
    raw.close()
    assert gone


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"GET /" + b"a" * (TARGET + 1) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET /?q=" + b"%E9" * 6000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a" * (HEAD + 1) + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * (HEADERS + 1) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X" * (2 * HEAD) + b": y\r\n\r\n", 431),
        (b"\x00\x01\x02\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"CONNECT evil.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ],
)
def test_a_head_over_a_limit_is_a_problem(quick: Serving, head: bytes, code: int) -> None:
    with connect(quick) as raw:
        raw.sendall(head)
        raw.settimeout(5)
        got = b""
        while b"}" not in got and (more := raw.recv(10_000)):
            got += more
    top, _, body = got.partition(b"\r\n\r\n")
    assert int(top.split()[1]) == code
    assert b"application/problem+json" in top and json.loads(body)["status"] == code
    assert re.search("[\u4e00-\u9fff]", json.loads(body)["detail"])


def test_a_head_without_end_is_cut_off(quick: Serving) -> None:
    for piece in (b"a" * 100_000, b"X: y\r\n" * 1000):
        with connect(quick) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: a=")
            sent = 0
            with pytest.raises(OSError):
                while sent < 20_000_000:
                    raw.sendall(piece)
                    sent += len(piece)
            assert sent < 8_000_000  # what the sockets' buffers take


def test_the_question_of_a_long_address_still_fits(quick: Serving) -> None:
    assert quick.get("/?q=" + "%E9%97%AE" * 1000)[0] == 200


def test_a_browser_s_cookies_still_fit(quick: Serving) -> None:
    assert quick.get("/healthz", cookie="a" * 16_000)[0] == 200


def test_too_many_connections_are_told_so_and_the_server_goes_on(tmp_path: Path) -> None:
    count = scaled(60, 1500)
    served = Serving(tmp_path, SPEECHQA_CONNECTIONS="40")
    held = [connect(served) for _ in range(40)]
    try:
        told = []
        for _ in range(count):
            with connect(served) as raw:
                try:
                    raw.sendall(GET)
                    told.append(status(raw))
                except (OSError, IndexError):
                    told.append(0)
        assert set(told) <= {503, 0} and told.count(503) >= 40
        for raw in held[:20]:
            raw.close()
        time.sleep(0.3)
        assert served.ask(question="口岸有哪些成绩")["points"]
    finally:
        for raw in held:
            raw.close()
        served.stop()


def test_tabs_leave_room_for_the_api_and_the_log_does_not_flood(tmp_path: Path) -> None:
    tabs = scaled(120, 1200)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))"
    served = Serving(tmp_path, prelude=limit)
    allowed = wire_for_limit(256)
    held: list[socket.socket] = []
    try:
        found = []
        for _ in range(tabs):
            raw = connect(served)
            held.append(raw)
            raw.sendall(
                b"GET /_stcore/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            try:
                found.append(status(raw))
            except (OSError, IndexError):
                found.append(0)
        assert found.count(101) == int(0.8 * allowed) and set(found) <= {101, 503, 0}
        assert served.ask(question="口岸有哪些成绩")["points"]
    finally:
        for raw in held:
            raw.close()
        served.stop()
    log = served.log.read_text("utf-8")
    assert f"同时最多 {allowed} 个连接" in log
    assert "Traceback" not in log and len(log) < 20_000 + 200 * tabs


def wire_for_limit(files: int) -> int:
    return (files - 100) // 5


def test_the_file_limit_is_raised_as_far_as_allowed() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, before[1]))
        assert file_limit(350) == 350
        assert wire_for(10).connections == 10
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, before[1]))
        assert wire_for(1000).connections == min(1000, (min(5100, before[1]) - 100) // 5)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_rubbish_is_told_in_the_log_once(tmp_path: Path) -> None:
    served = Serving(tmp_path)
    for _ in range(300):
        with connect(served) as raw:
            raw.sendall(b"\x16\x03\x01rubbish\r\n\r\n")
            raw.recv(1000)
    assert shake_hands(served.port)[0] == 101
    served.stop()
    assert len(served.log.read_text("utf-8")) < 5_000
