"""Behind nginx, on a socket that is handed over: restarts lose no request."""

from __future__ import annotations

import http.client
import json
import random
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.handing import Manager
from tests.long import only_long, scaled
from tests.serving import ROOT, free_port

pytestmark = [
    pytest.mark.xdist_group("serving"),
    pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx: apt-get install nginx-light"),
]

REQUESTS, RESTARTS = scaled((60, 1), (10_000, 20))
CLIENTS = 8
# What is asked, and how often in thirty: every answer is compared with the one before the first restart.
ASKED = {
    ("POST", "/api/v1/ask", "第三部分分哪几条？"): 3,
    ("POST", "/api/v1/ask", "一共分几个部分"): 3,
    ("GET", "/api/v1/documents", ""): 12,
    ("GET", "/widget.js", ""): 12,
}
Asked = tuple[str, str, str]


def nginx_config(folder: Path, port: int, upstream: int) -> str:
    """The deploy page's two blocks, around them what a server needs to run here as anybody."""
    page = (ROOT / "docs" / "deploy.zh-CN.md").read_text("utf-8")
    outside, inside = (part.split("```")[0] for part in page.split("```nginx\n")[1:3])
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1;\n"
        f"events {{ worker_connections 512; }}\nhttp {{ access_log off; {temporary}\n{outside}\n"
        f'server {{ listen 127.0.0.1:{port}; set $speechqa_user "";\n'
        f"{inside.replace('127.0.0.1:8501', f'127.0.0.1:{upstream}')} }} }}\n"
    )


class Client(threading.Thread):
    """Sends one request after another until all have been sent; counts what it gets."""

    def __init__(self, port: int, left: list[Asked], expected: dict[Asked, object]) -> None:
        super().__init__(daemon=True)
        self.port, self.left, self.expected = port, left, expected
        self.good, self.bad = 0, list[str]()

    def run(self) -> None:
        while True:
            try:
                asked = self.left.pop()
            except IndexError:
                return
            try:
                found = send(self.port, asked)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.bad.append(f"{asked}: {type(error).__name__} {error}")
                continue
            if found == self.expected[asked]:
                self.good += 1
            else:
                self.bad.append(f"{asked}: {str(found)[:200]}")


def send(port: int, asked: Asked) -> tuple[int, str]:
    """Send a request on a connection of its own; return the status and the body without what changes by itself."""
    method, path, question = asked
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        body = json.dumps({"question": question}) if question else None
        connection.request(method, path, body, {"content-type": "application/json"} if body else {})
        response = connection.getresponse()
        data = response.read().decode()
        return response.status, json.dumps(json.loads(data)["points"]) if question else data
    finally:
        connection.close()


@only_long
def test_no_request_is_lost(tmp_path: Path) -> None:
    # No question is refused for the time it takes on a machine that does other things, too.
    manager = Manager(tmp_path, "--set", "question_seconds=300", watchdog=2)
    port = free_port()
    (tmp_path / "nginx.conf").write_text(nginx_config(tmp_path, port, manager.port), "utf-8")
    nginx = subprocess.Popen(
        [str(shutil.which("nginx")), "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)],
        stderr=subprocess.DEVNULL,
    )
    try:
        manager.hears("READY=1")
        expected: dict[Asked, object] = {asked: send(port, asked) for asked in ASKED}
        assert all(found[0] == 200 and found[1] for found in expected.values())  # type: ignore[index]
        left = random.Random(20).choices(list(ASKED), list(ASKED.values()), k=REQUESTS)
        clients = [Client(port, left, expected) for _ in range(CLIENTS)]
        for one in clients:
            one.start()
        for number in range(RESTARTS):
            while len(left) > REQUESTS * (RESTARTS - number) / (RESTARTS + 1):
                time.sleep(0.01)
            manager.restart()
            manager.hears("READY=1")
        for one in clients:
            one.join()
        manager.hears("WATCHDOG=1")
        assert [bad for one in clients for bad in one.bad][:5] == []
        assert sum(one.good for one in clients) == REQUESTS
        # As the server's own log counts them: each once, and those that expected[] came from.
        lines = [
            json.loads(line) for line in manager.log.read_text("utf-8").splitlines() if line.startswith("{")
        ]
        assert [line["status"] for line in lines] == [200] * (REQUESTS + len(ASKED))
    finally:
        nginx.terminate()
        nginx.wait(20)
        manager.close()
