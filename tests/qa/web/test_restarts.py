"""Behind nginx, on a socket that is handed over: restarts and re-indexings lose no request and tear no answer.

Clients ask without a pause while the index folder is written anew, alternately with two versions of a document, and
the server is restarted: once it has taken the new index up, or while that is being written. Every answer is,
whole, that of a version that was in force at some time while it was asked for; once a version has been seen, none of
an older one comes.

Three count: the clients what they got, the log its lines, Prometheus's figures the requests and questions. A process
is told to end under traffic; when it has answered what it had taken, and before it goes, it is held, its figures are
read once and its lines of the log are counted: so nothing is counted before it is done or missed after it, and no
figure is a moment's. Per process log and figures must agree by route, method and status; over all processes both must
be what the clients count.
"""

from __future__ import annotations

import http.client
import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qa.opening import open_engine
from qa.rendering import to_json
from qa.settings import Settings
from qa.web.scripts import widget_script
from tests.figures import samples
from tests.handing import Manager
from tests.long import only_long
from tests.serving import ROOT, free_port
from tests.texts import REPORT

pytestmark = [
    pytest.mark.xdist_group("serving"),
    pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx: apt-get install nginx-light"),
]

CLIENTS = 8
SECONDS = 300.0  # for a version to be taken up, on a machine that does other things, too
Asked = tuple[str, str, str]  # method, path, question
Counted = Counter[tuple[str, str, str]]  # by route, method and status
DOCUMENTS: Asked = ("GET", "/api/v1/documents", "")
WIDGET: Asked = ("GET", "/widget.js", "")
# What is asked, and how often in thirty.
ASKED: dict[Asked, int] = {
    ("POST", "/api/v1/ask", "第三部分分哪几条？"): 3,
    ("POST", "/api/v1/ask", "粮食总产要稳定在多少"): 3,
    DOCUMENTS: 12,
    WIDGET: 12,
}
ROUTES = {"/api/v1/ask": "api/ask", "/api/v1/documents": "api/documents", "/widget.js": "widget.js"}
# One point more, other figures, and everything after them at another place.
VERSIONS = (
    REPORT,
    REPORT.replace("二十万吨", "二十二万五千吨")
    .replace("第三，", "第四，")
    .replace("第二，", "第二，抓好生态保护。要管护好三万亩天然林。\n第三，"),
)


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


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[int]:
    """Run nginx before a server; give its port."""
    port = free_port()
    (folder / "nginx.conf").write_text(nginx_config(folder, port, upstream), "utf-8")
    process = subprocess.Popen(
        [str(shutil.which("nginx")), "-c", str(folder / "nginx.conf"), "-p", str(folder)],
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(20)


def indexing(folder: Path, version: int, index: Path) -> subprocess.Popen[bytes]:
    """Begin to write an index of a version, as a person does: the same file with other words in it."""
    (folder / "report.txt").write_text(VERSIONS[version], "utf-8")
    command = [sys.executable, "-m", "qa", "index", str(folder / "report.txt"), "--index", str(index)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def expected_of(index: Path) -> dict[Asked, object]:
    """What is answered from an index, asked without a server."""
    engine = open_engine(settings=Settings(index=str(index)))
    found: dict[Asked, object] = {WIDGET: widget_script()}
    for asked in ASKED:
        if asked[2]:
            found[asked] = json.loads(json.dumps(to_json(engine.ask(asked[2]))))
    (one,) = engine.snapshot.documents
    found[DOCUMENTS] = [(one.document.id, one.document.title, len(one.document.text))]
    return found


def send(port: int, asked: Asked) -> tuple[int, object]:
    """Send a request on a connection of its own; return the status and what it says."""
    method, path, question = asked
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        body = json.dumps({"question": question}) if question else None
        connection.request(method, path, body, {"content-type": "application/json"} if body else {})
        response = connection.getresponse()
        data = response.read().decode()
        if asked == WIDGET or response.status != 200:
            return response.status, data
        told = json.loads(data)
        return 200, told if question else [(d["id"], d["title"], d["characters"]) for d in told]
    finally:
        connection.close()


class Traffic:
    """What is asked from everywhere until `end`: counted, and compared with what it must be.

    `current` are the versions of which an answer may be.
    """

    def __init__(self, port: int, expected: list[dict[Asked, object]]) -> None:
        self.port, self.expected = port, expected
        self.current = frozenset({0})
        self.counted: Counted = Counter()
        self.bad: list[str] = []
        self._lock = threading.Lock()
        self._over = False
        self._clients = [threading.Thread(target=self._ask, args=(n,), daemon=True) for n in range(CLIENTS)]
        for client in self._clients:
            client.start()

    def one(self, asked: Asked) -> object:
        """Send one request and compare."""
        before = self.current
        try:
            status, found = send(self.port, asked)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.bad.append(f"{asked}: {type(error).__name__} {error}")
            return None
        with self._lock:
            self.counted[ROUTES[asked[1]], asked[0], str(status)] += 1
        possible = [self.expected[version][asked] for version in before | self.current]
        if found not in possible:
            self.bad.append(f"{asked}: {status} {str(found)[:500]}")
        return found

    def _ask(self, number: int) -> None:
        draw = random.Random(f"20 {number}")
        while not self._over:
            self.one(*draw.choices(list(ASKED), list(ASKED.values())))

    def reach(self, count: float) -> None:
        """Wait until so many have been answered."""
        while self.counted.total() < count:
            assert not self.bad, self.bad[:3]
            time.sleep(0.02)

    def settle(self, version: int) -> None:
        """Wait until a version is answered from; from then on no other may be."""
        end = time.monotonic() + SECONDS
        while self.one(DOCUMENTS) != self.expected[version][DOCUMENTS]:
            assert time.monotonic() < end, f"version {version} is not taken up"
            time.sleep(0.05)
        self.current = frozenset({version})

    def end(self) -> None:
        """Ask no more, once what was asked is answered."""
        self._over = True
        for client in self._clients:
            client.join()


class Books:
    """What the processes counted, one after the other: their figures, and their lines of the log."""

    def __init__(self, log: Path, port: int) -> None:
        self.log, self.port = log, port
        self.figures: list[Counted] = []
        self.lines: list[Counted] = []
        self.questions = 0.0
        self._read = 0

    def close(self) -> None:
        """Enter a process that has answered all."""
        told = samples(self.port)
        counted: Counted = Counter()
        for (name, labels), value in told.items():
            by = dict(labels)
            if name == "speechqa_requests_total":
                counted[by["route"], by["method"], by["status"]] += int(value)
            elif name == "speechqa_questions_total":
                assert (by["door"], by["status"]) == ("api", "answered")
                self.questions += value
            assert name not in ("speechqa_errors_total", "speechqa_refusals_total")
            assert name != "speechqa_queue" or value == 0, by
        self.figures.append(counted)
        text = self.log.read_text("utf-8")
        lines = [json.loads(line) for line in text[self._read :].splitlines() if line.startswith("{")]
        self._read = len(text)
        self.lines.append(Counter((ROUTES[x["path"]], x["method"], str(x["status"])) for x in lines))


@only_long
@pytest.mark.parametrize(("requests", "turns"), [(1_500, 6), (10_000, 20)])
def test_no_request_is_lost_and_none_is_torn(tmp_path: Path, requests: int, turns: int) -> None:
    index, metrics = tmp_path / "index", free_port()
    folders = (tmp_path / "first", tmp_path / "second")
    for version, folder in enumerate(folders):
        assert indexing(tmp_path, version, folder).wait(600) == 0
    assert indexing(tmp_path, 0, index).wait(600) == 0
    expected = [expected_of(folder) for folder in folders]
    assert all(expected[0][asked] != expected[1][asked] for asked in ASKED if asked != WIDGET)
    books = Books(tmp_path / "server.log", metrics)
    # No question is refused for the time it takes on a machine that does other things, too.
    given = ("--index", str(index), "--set", "question_seconds=300", "--set", f"metrics_port={metrics}")
    manager = Manager(tmp_path, *given, watchdog=2, answered=books.close)
    try:
        with nginx(tmp_path, manager.port) as port:
            manager.hears("READY=1")
            traffic = Traffic(port, expected)
            for turn in range(turns):
                traffic.reach(requests * (turn + 1) / (turns + 1))
                version = (turn + 1) % 2
                traffic.current = frozenset({0, 1})
                meanwhile = (
                    (turn + 1) // 2 % 2
                )  # is it restarted while it is written, or once it was taken up
                writing = indexing(tmp_path, version, index)
                if meanwhile:
                    manager.restart()
                assert writing.wait(600) == 0
                traffic.settle(version)
                if not meanwhile:
                    manager.restart()
                manager.hears("READY=1")
            traffic.reach(requests)
            manager.hears("WATCHDOG=1")
            traffic.end()
            assert manager.stop() == -15
    finally:
        manager.close()
    assert traffic.bad == []
    assert {status for _, _, status in traffic.counted} == {"200"}
    assert len(books.figures) == turns + 1
    assert books.figures == books.lines
    assert sum(books.figures, Counter()) == traffic.counted
    assert books.questions == traffic.counted["api/ask", "POST", "200"]
