"""A service manager in a test: holds the server's socket, starts and stops processes on it, hears what they say."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.serving import ROOT

# What systemd does between fork and exec: the socket as descriptor 3, and the process told that it is for it.
LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
# uvicorn raises the signal that ended it once more, for whoever handled it before, when all is answered and nothing runs
# any more; the port of figures is open until this handler returns. It returns when its standard input is closed.
HELD = """
import os, signal, sys
from qa.cli import main
from qa.web.running import notify
def held(number, frame):
    notify("ANSWERED=1")
    os.read(0, 1)
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
signal.signal(signal.SIGTERM, held)
raise SystemExit(main(sys.argv[1:]))
"""


class Manager:
    """Holds a socket and runs `speechqa serve` on it; `answered` is called when a process has answered all and is still there."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        watchdog: float = 0,
        answered: Callable[[], object] | None = None,
        **environment: str,
    ) -> None:
        self.folder = folder
        self._answered = answered
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(1024)
        self.port = int(self.listening.getsockname()[1])
        self.log = folder / "server.log"
        self._heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._heard.bind(str(folder / "notify"))
        self._said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._arguments = arguments
        self._environment = environment | ({"WATCHDOG_USEC": str(int(watchdog * 1e6))} if watchdog else {})
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server on the socket."""
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "SPEECHQA_STORE": str(self.folder / "conversations.sqlite3"),
            "SPEECHQA_REQUESTS_PER_MINUTE": "0",
            "NOTIFY_SOCKET": str(self.folder / "notify"),
        }
        fd = self.listening.fileno()
        how = ("-c", HELD) if self._answered else ("-m", "qa")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", LAUNCH, str(fd), *how, "serve", *self._arguments],
                cwd=self.folder,
                env=environment | self._environment,
                pass_fds=(fd,),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        return self.process

    def _listen(self) -> None:
        while True:
            try:
                self._said.put(self._heard.recv(100).decode())
            except OSError:
                return

    def hears(self, state: str, seconds: float = 600) -> None:
        """Wait until the server says `state`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self._said.get(timeout=0.5) == state:
                    return
            except queue.Empty:
                assert self.process.poll() is None or state == "STOPPING=1", self.log.read_text("utf-8")
        raise AssertionError(f"no {state}: {self.log.read_text('utf-8')[-2000:]}")

    def stop(self) -> int:
        """Stop the server as systemd does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        if self._answered is not None:
            self.hears("ANSWERED=1")
            self._answered()
        return self._let_go()

    def _let_go(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(600)

    def restart(self) -> None:
        """End the server, then start another; the socket stays."""
        assert self.stop() in (0, -signal.SIGTERM), self.log.read_text("utf-8")[-2000:]
        self.start()

    def close(self) -> None:
        """End everything; what is still answered goes uncounted."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self._let_go()
        self.listening.close()
        self._heard.shutdown(socket.SHUT_RDWR)
        self._heard.close()
