"""Figures, request ids, the journal: what is told agrees with what a client counted, and no client makes a label."""

from __future__ import annotations

import asyncio
import io
import json
import re
import socket
import time
from pathlib import Path

import pytest

from qa.errors import CannotListen, OutOfTime
from qa.opening import open_engine
from qa.settings import Settings
from qa.web.api import build_api
from qa.web.database import Database
from qa.web.gate import Busy, Gate
from qa.web.health import ready
from qa.web.journal import Entry, Journal
from qa.web.logs import AccessLog
from qa.web.metrics import CODES, ROUTES, Metrics, State, route_of
from qa.web.noting import Notes
from qa.web.resources import Resources
from qa.web.responses import Message, Receive, Scope, Send, refuse
from qa.web.scripts import PAGE_PATH
from qa.web.server import listen
from qa.web.upkeep import measured
from qa.web.watching import Left
from tests.figures import Samples, samples, scraped
from tests.loops import run as in_a_loop
from tests.qa.web.conftest import Guarded

pytestmark = pytest.mark.xdist_group("serving")


def grown(before: Samples, after: Samples) -> Samples:
    return {
        key: value - before.get(key, 0.0) for key, value in after.items() if value != before.get(key, 0.0)
    }


def test_what_the_client_counts_and_what_is_told_agree(guarded: Guarded) -> None:
    served, asked = guarded.served, guarded.bearer("ask")
    before = samples(guarded.metrics)
    for question in ("口岸有哪些成绩", "口岸有哪些成绩", "全文分几个部分", "县里的地铁什么时候开通"):
        body = json.dumps({"question": question}).encode()
        headers = asked | {"content-type": "application/json"}
        assert served.request("POST", "/api/v1/ask", body, headers)[0] == 200
    lines = '{"question": "口岸有哪些成绩"}\n不是 JSON\n'.encode()
    served.request("POST", "/api/v1/batch", lines, asked | {"content-type": "application/x-ndjson"})
    for number in range(3):
        served.get(f"/nothing/{number}")
    served.get(PAGE_PATH)
    served.get("/api/v1/documents")
    key_needed = ("speechqa_errors_total", (("code", "key_needed"),))
    for _ in range(100):  # a request is counted once its answer is out
        new = grown(before, samples(guarded.metrics))
        if new.get(key_needed):
            break
        time.sleep(0.05)

    def one(name: str, **labels: str) -> float:
        return new.get((f"speechqa_{name}", tuple(sorted(labels.items()))), 0.0)

    assert one("questions_total", door="api", kind="list", status="answered") == 2
    assert one("questions_total", door="api", kind="structure", status="answered") == 1
    assert sum(v for (n, _), v in new.items() if n == "speechqa_refusals_total") == 1
    assert one("question_seconds_count", door="api") == 4
    assert one("questions_total", door="batch", kind="list", status="answered") == 1
    assert one("requests_total", route="api/ask", method="POST", status="200") == 4
    assert one("requests_total", route="other", method="GET", status="404") == 3
    assert one("requests_total", route=PAGE_PATH[1:], method="GET", status="200") == 1
    assert one("errors_total", code="not_found") == 3
    assert one("errors_total", code="key_needed") == 1


def test_the_state_is_told(guarded: Guarded) -> None:
    found = samples(guarded.metrics)
    names = {name for name, _ in found}
    assert found["speechqa_documents", ()] == 1
    assert found["speechqa_snapshot_age_seconds", ()] >= 0
    assert found["speechqa_queue", (("state", "running"), ("what", "questions"))] == 0
    assert {
        "speechqa_uploads",
        "speechqa_cache_hits_total",
        "speechqa_process_resident_memory_bytes",
    } <= names


@pytest.mark.parametrize(
    ("host", "path", "method", "status"),
    [("127.0.0.1", "/", "GET", 404), ("evil.test", "/metrics", "GET", 421), ("qa.test", "/metrics", "GET", 200),
     ("127.0.0.1", "/metrics", "POST", 404), ("10.0.0.1:9", "/metrics", "GET", 200)],
)  # fmt: skip
def test_the_port_gives_figures_and_nothing_else(
    guarded: Guarded, host: str, path: str, method: str, status: int
) -> None:
    assert scraped(guarded.metrics, host, path, method)[0] == status


def test_the_main_port_has_no_figures(guarded: Guarded) -> None:
    assert guarded.served.get("/metrics")[0] == 404


@pytest.mark.parametrize(
    ("path", "route"),
    [("/api/v1/ask", "api/ask"), ("/api/v1/documents/x/pages/3.png", "api/documents"), ("/api/v1/zzz", "api/other"),
     ("/", "page"), ("/admin/data", "admin"), ("/zzz", "other"), ("", "other"), ("/api/v1", "api/other"), ("//x", "other")],
)  # fmt: skip
def test_a_path_is_one_of_our_routes(path: str, route: str) -> None:
    assert route_of(path) == route


def test_every_route_of_the_api_is_counted_by_its_name() -> None:
    api = build_api(Resources(Settings()), Gate(1, 1.0))
    assert {route.path.split("/")[1] for route in api.routes} == ROUTES  # type: ignore[attr-defined]


def test_no_client_makes_a_label() -> None:
    metrics = Metrics()
    for number in range(2_000):
        metrics.request(f"/{number}", f"M{number}", 404, f"code-{number}")
    text = [sample for family in metrics.registry.collect() for sample in family.samples]
    assert len(text) < 2 * CODES + 50


def test_the_gate_tells_what_waits() -> None:
    resources = Resources(Settings())
    State(resources, {"questions": Gate(2, 1.0)})
    found = {m.name for m in State(resources, {"questions": Gate(2, 1.0)}).collect()}
    assert "speechqa_queue" in found and "speechqa_documents" not in found  # nothing is opened to be measured


def test_a_busy_port_for_figures_is_told() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        settings = Settings(metrics_port=busy.getsockname()[1])
        with (
            pytest.raises(CannotListen, match=r"运行指标：.*请用 设置 metrics_port 换一个"),
            measured(Resources(settings), Gate(1, 1.0), listen),
        ):
            pass


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0123456789abcdef", True), ("a-b_c.d-1", True), ("short", False), ("x" * 65, False), ("a b c d e f", False),
     ("<script>1</script>", False), ("", False)],
)  # fmt: skip
def test_a_request_has_an_id_that_answer_and_log_share(guarded: Guarded, given: str, kept: bool) -> None:
    headers = guarded.served.get("/api/v1/documents", x_request_id=given)[1]
    identity = headers["x-request-id"]
    assert (identity == given) is kept
    assert kept or re.fullmatch("[0-9a-f]{16}", identity)
    for _ in range(100):  # the line is written after the answer
        lines = [
            json.loads(x) for x in guarded.served.log.read_text("utf-8").splitlines() if x.startswith("{")
        ]
        if found := [line for line in lines if line.get("request_id") == identity]:
            break
        time.sleep(0.05)
    assert (found[-1]["status"], found[-1]["code"]) == (401, "key_needed")


@pytest.mark.parametrize(
    ("client", "kept"), [(("10.9.8.7", 50_000), True), (("10.0.0.1", 50_000), False), (("10.0.0.1", 0), True)]
)
def test_only_a_trusted_proxy_gives_an_id(client: tuple[str, int], kept: bool) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await refuse(scope, send, 404, "not_found", "没有")

    scope = {"type": "http", "path": "/x", "method": "GET", "client": client}
    headers = [(b"x-request-id", b"0123456789abcdef"), (b"accept", b"text/html")]
    log = AccessLog(app, io.StringIO(), proxies=["10.9.8.7"])
    in_a_loop(log(scope | {"headers": headers}, receive, send))
    identity = dict(sent[0]["headers"])[b"x-request-id"].decode()
    assert (identity == "0123456789abcdef") is kept
    assert identity in sent[1]["body"].decode()  # a person reads it on the page


def notes(journal: Journal, stream: io.StringIO, **settings: bool) -> Notes:
    return Notes(Settings(**settings), Metrics(), lambda: journal, stream)  # type: ignore[arg-type]


@pytest.mark.parametrize(("admin", "words"), [(False, False), (True, False), (True, True), (False, True)])
def test_what_is_kept_of_a_question(tmp_path: Path, admin: bool, words: bool) -> None:
    journal, stream = Journal(Database(tmp_path / "s.sqlite3", 10**8, print), 30.0), io.StringIO()
    noting = notes(journal, stream, admin=admin, log_questions=words)
    answer = open_engine().ask("口岸有哪些成绩")
    with noting("page", "口岸有哪些成绩", "r1") as noted:
        noted.answer = answer
    with pytest.raises(OutOfTime), noting("page", "太久", "r2"):
        raise OutOfTime("x")
    kept = list(journal.entries()) if admin or words else []
    assert len(kept) == (2 if admin or words else 0)
    assert [e.question for e in kept] == [q if words else None for q in ("口岸有哪些成绩", "太久")][
        : len(kept)
    ]
    assert [(e.request, e.status, e.reason) for e in kept] == [
        ("r1", "answered", None),
        ("r2", "error", "out_of_time"),
    ][: len(kept)]
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["request_id"], line["answer"], "question" in line) for line in lines] == [
        ("r1", "answered", words),
        ("r2", "error", words),
    ]


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (Left(), None),
        (asyncio.CancelledError(), None),
        (Busy("忙"), "busy"),
        (type("Busy", (Exception,), {})(), "internal_error"),
        (ValueError(), "internal_error"),
    ],
)
def test_who_left_made_no_error(tmp_path: Path, raised: BaseException, code: str | None) -> None:
    journal, stream = Journal(Database(tmp_path / "s.sqlite3", 10**8, print), 30.0), io.StringIO()
    with pytest.raises(type(raised)), notes(journal, stream, admin=True)("page", "问", "r1"):
        raise raised
    assert [entry.reason for entry in journal.entries()] == ([code] if code else [])
    assert [json.loads(line)["code"] for line in stream.getvalue().splitlines()] == ([code] if code else [])


def entry(at: float) -> Entry:
    return Entry(at, "r", "api", "fact", "answered", None, None, 1.0, "问")


def test_what_is_too_old_or_too_much_goes(tmp_path: Path) -> None:
    now = [100 * 86_400.0]
    journal = Journal(Database(tmp_path / "s.sqlite3", 10**8, print), 30.0, rows=10, clock=lambda: now[0])
    for day in range(60, 100):
        journal.add(entry(day * 86_400.0))
    assert [e.at / 86_400 for e in journal.entries()] == list(range(90, 100))
    now[0] += 25.5 * 86_400
    assert [e.at / 86_400 for e in journal.entries()] == [96, 97, 98, 99]


def test_a_store_that_is_unusable_loses_no_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "s.sqlite3"
    path.mkdir()  # no file
    journal = Journal(Database(path, 10**8, print), 30.0)
    journal.add(entry(time.time()))
    journal.flush()
    assert "用不了" in caplog.text
    path.rmdir()
    assert len(list(journal.entries())) == 1


def test_readiness_tells_of_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    def told(name: str) -> tuple[int, str]:
        answer = ready(Resources(Settings(store=str(tmp_path / name))))(None)  # type: ignore[arg-type]
        return answer.status_code, bytes(answer.body).decode()

    assert told("good.sqlite3")[0] == 200
    (tmp_path / "bad.sqlite3").write_bytes(b"x" * 5_000)
    status, body = told("bad.sqlite3")
    assert (status, json.loads(body)["code"]) == (503, "store_unusable") and str(tmp_path) not in body
