"""A running `speechqa serve`, as a user starts it, watched: a connection to another host fails the test."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

# Runs inside the server before anything else: notes every connection and name lookup that leaves the machine.
WATCH = """
import sys
def watch(event, args):
    if event == "socket.connect":
        address = args[1]
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            open({outside!r}, "a").write(repr(address) + "\\n")
    elif event == "socket.getaddrinfo" and args[0] not in (None, "", "0.0.0.0", "127.0.0.1", "::1", "localhost", b"127.0.0.1"):
        open({outside!r}, "a").write(repr(args[0]) + "\\n")
sys.addaudithook(watch)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Serving:
    """The server in a process of its own; `prelude` is Python that runs in it first, `ready` what to wait for."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        prelude: str = "",
        port: int | None = None,
        ready: str = "/readyz",
        **environment: str,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = folder / "conversations.sqlite3"
        self.log = folder / f"access-{self.port}.log"
        self._outside = folder / f"outside-{self.port}.txt"
        given = ["serve", "--port", str(self.port), *arguments]
        code = WATCH.format(outside=str(self._outside)) + (
            f"{prelude}\nfrom qa.cli import main\nraise SystemExit(main({given!r}))\n"
        )
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code],
                cwd=folder,
                env=os.environ
                | {"PYTHONPATH": str(ROOT), "SPEECHQA_STORE": str(self.store), "HF_HUB_OFFLINE": "1"}
                | {"SPEECHQA_REQUESTS_PER_MINUTE": "0", "SPEECHQA_HOSTS": "qa.test"}
                | environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._wait(ready)

    def _wait(self, ready: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text("utf-8")
            try:
                if self.get(ready)[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"not ready within {seconds} s: {self.log.read_text('utf-8')}")

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request as it stands, the path neither quoted nor normalised."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return response.status, fields, response.read()
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return self.request("GET", path, None, {k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, data: Any, kind: str = "application/json") -> tuple[int, dict[str, str], bytes]:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        return self.request("POST", path, body, {"content-type": kind})

    def ask(self, **request: Any) -> dict[str, Any]:
        status, _, body = self.post("/api/v1/ask", request)
        assert status == 200, body
        answer: dict[str, Any] = json.loads(body)
        return answer

    def stop(self) -> None:
        """Stop it as a service manager does: it ends in order, and nothing has left the machine."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        assert code in (0, -signal.SIGTERM), code  # uvicorn raises the signal again when all is done
        assert not self._outside.exists(), self._outside.read_text()
