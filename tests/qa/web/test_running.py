"""The server's socket handed over, its start told, its end in order."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from qa.errors import CannotListen
from qa.web import wire
from qa.web.running import Server, handed_over, listen, notify, watchdog_seconds
from qa.web.wire import Protocol, Wire
from tests.loops import run as in_a_loop


def given(count: str, pid: int | None = None) -> dict[str, str]:
    return {"LISTEN_FDS": count, "LISTEN_PID": str(pid or os.getpid()), "LISTEN_FDNAMES": "x"}


def test_a_socket_that_is_handed_over() -> None:
    listening = listen("127.0.0.1", 0)
    environment = given("1")
    handed = handed_over(environment, os.dup(listening.fileno()))
    assert handed is not None and environment == {}  # for this process alone, not for its children
    with handed, listening:
        assert handed.getsockname() == listening.getsockname()
        assert handed.proto == socket.IPPROTO_TCP and not handed.get_inheritable()


def test_none_is_handed_over() -> None:
    assert handed_over({}) is None
    assert handed_over(given("0")) is None
    environment = given("1", os.getpid() + 1)
    assert handed_over(environment) is None and environment  # another process's


def test_what_is_no_listening_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotListen, match="交来了 2 个套接字，应是一个监听 TCP 的"):
        handed_over(given("2"))
    with socket.socket() as idle, pytest.raises(CannotListen, match="交来的套接字不对"):
        handed_over(given("1"), os.dup(idle.fileno()))
    with socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "s"))
        local.listen()
        with pytest.raises(CannotListen, match="交来的套接字不对"):
            handed_over(given("1"), os.dup(local.fileno()))
    with (tmp_path / "file").open("wb") as file, pytest.raises(CannotListen, match="套接字用不了"):
        handed_over(given("1"), os.dup(file.fileno()))


def test_another_port_where_the_wanted_one_is_taken() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with listen("127.0.0.1", port, other=True) as other:
            assert other.getsockname()[1] not in (0, port)
        with pytest.raises(CannotListen, match="已被别的程序占用"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("kind", ["file", "abstract"])
def test_the_manager_is_told(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "notify") if kind == "file" else f"@speechqa-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address.replace("@", "\0"))
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify("READY=1")
        assert manager.recv(100) == b"READY=1"
        for _ in range(1_000):
            notify("WATCHDOG=1")  # nobody reads: nobody waits
    notify("READY=1")  # nor where it has gone
    monkeypatch.setenv("NOTIFY_SOCKET", "")
    notify("READY=1")


def test_how_often_the_watchdog_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    for usec, pid, seconds in (
        ("30000000", None, 15.0),
        ("30000000", "1", None),
        ("x", None, None),
        ("", None, None),
    ):
        monkeypatch.setenv("WATCHDOG_USEC", usec)
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        if pid:
            monkeypatch.setenv("WATCHDOG_PID", pid)
        assert watchdog_seconds() == seconds


async def _answer(_: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def test_who_has_connected_is_still_answered_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has sent nothing yet, and one between two requests: both sent while the server ends."""
    monkeypatch.setattr(wire, "LINGER_SECONDS", 60.0)
    config = uvicorn.Config(
        _answer,
        http=type("P", (Protocol,), {"wire": Wire(10, 5)}),
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=60,
    )

    async def scenario() -> list[bytes]:
        listening = listen("127.0.0.1", 0)
        at = listening.getsockname()[:2]
        server = Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        fresh, used = await asyncio.open_connection(*at), await asyncio.open_connection(*at)
        used[1].write(request)
        assert (await used[0].readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        server.should_exit = True
        while not config.http_protocol_class.ending:  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
        told = []
        for reader, writer in (fresh, used):
            writer.write(request)
            told.append(await reader.read())  # to its end: the server closes it
            writer.close()
        await running
        return told

    for told in in_a_loop(asyncio.wait_for(scenario(), 120)):
        assert (
            told.startswith(b"HTTP/1.1 200") and b"connection: close" in told.lower() and told.endswith(b"ok")
        )
