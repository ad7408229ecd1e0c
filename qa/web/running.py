"""The process of the server: its socket, opened or handed over, its start told and its end in order.

A service manager (systemd, by LISTEN_FDS) may hold the socket: then what comes while one process ends and the next
begins waits in it, and no request is lost. NOTIFY_SOCKET hears when the server is ready, alive and ending.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from types import FrameType

import uvicorn

from qa.errors import CannotListen
from qa.web.gate import Gate

GRACE_SECONDS = 3.0  # for what is being answered when the server is told to stop
FORCED_SECONDS = 3.0  # after that it ends, whatever hangs
FIRST_HANDED = 3  # the descriptor of the first socket that a service manager hands over
BACKLOG = 1024  # connections that wait while none is taken


def listen(host: str, port: int, *, other: bool = False) -> socket.socket:
    """Return a socket that listens there, at any free port where this one is taken and `other` will do.

    Raises CannotListen with what to do about it.
    """
    listening = None
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        # With its protocol named: without it asyncio leaves Nagle on, 40 ms a response.
        listening = socket.socket(*address[:3])
        if os.name == "posix":  # on Windows it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address[4])
        listening.listen(BACKLOG)
    except OSError as error:
        if listening is not None:
            listening.close()
        if other and port and error.errno in (errno.EADDRINUSE, errno.EACCES):
            return listen(host, 0)
        raise _cannot(host, port, error) from error
    return listening


def _cannot(host: str, port: int, error: OSError) -> CannotListen:
    reasons = {
        errno.EADDRINUSE: f"端口 {port} 已被别的程序占用。请用 --port 换一个端口，或先停掉那个程序",
        errno.EACCES: f"没有权限监听端口 {port}。请换一个 1024 以上的端口",
        errno.EADDRNOTAVAIL: f"本机没有地址 {host}。请用 --host 127.0.0.1 或 0.0.0.0",
    }
    what = reasons.get(error.errno or 0, f"地址 {host} 用不了（{error.strerror or error}）。请检查 --host")
    return CannotListen(f"{what}。")


def handed_over(environment: MutableMapping[str, str], first: int = FIRST_HANDED) -> socket.socket | None:
    """Return the socket that a service manager hands over (sd_listen_fds), None where there is none.

    What tells of it is taken out of `environment`: it is for this process alone. Raises CannotListen for another
    number of sockets than one, and for one that does not listen for TCP.
    """
    ours = environment.get("LISTEN_PID") == str(os.getpid())
    count = environment.get("LISTEN_FDS", "0")
    if ours:
        for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
            environment.pop(name, None)
    if not ours or count == "0":
        return None
    wanted = "应是一个监听 TCP 的套接字（.socket 里一行 ListenStream=地址:端口）"
    if count != "1":
        raise CannotListen(f"服务管理器交来了 {count} 个套接字，{wanted}。请改正。")
    try:
        handed = socket.socket(fileno=first)
        listens = handed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise CannotListen(f"服务管理器交来的套接字用不了（{error.strerror}），{wanted}。请改正。") from error
    if not listens or handed.family not in (socket.AF_INET, socket.AF_INET6):
        handed.close()
        raise CannotListen(f"服务管理器交来的套接字不对，{wanted}。请改正。")
    handed.set_inheritable(False)
    return handed


def notify(state: str) -> None:
    """Tell the service manager a state (sd_notify), where there is one that wants to hear."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.setblocking(False)  # a manager that does not listen holds nobody up
        channel.connect("\0" + address[1:] if address[0] == "@" else address)
        channel.sendall(state.encode())


def watchdog_seconds() -> float | None:
    """Return how often to say that the server is alive: twice in the time after which it counts as dead."""
    given = os.environ.get("WATCHDOG_USEC", "")
    ours = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(given) / 2e6 if ours and given.isdigit() and int(given) else None


class Server(uvicorn.Server):
    """uvicorn, which tells when it is ready and ends within seconds of being told to, whatever is being answered."""

    def __init__(
        self,
        config: uvicorn.Config,
        *gates: Gate,
        grace: float = GRACE_SECONDS,
        ready: Callable[[], None] | None = None,
    ) -> None:
        """Give what is in `gates` `grace` seconds when told to stop; call `ready` once it takes requests."""
        super().__init__(config)
        self._gates = gates
        self._grace = grace
        self._ready = ready
        self._watching: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take requests, and say so."""
        await super().startup(sockets)
        if self.should_exit:
            return
        notify("READY=1")
        seconds = watchdog_seconds()
        if seconds is not None:
            self._watching = asyncio.create_task(_say_alive(seconds))
        if self._ready is not None:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order, and by force where that takes too long."""
        if not self.should_exit:
            notify("STOPPING=1")
            for gate in self._gates:
                gate.hurry(self._grace)
            forced = threading.Timer(self._grace + FORCED_SECONDS, os._exit, (128 + sig,))
            forced.daemon = True
            forced.start()
        super().handle_exit(sig, frame)


async def _say_alive(seconds: float) -> None:
    """Tell the watchdog that the loop goes round."""
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(seconds)
