"""The HTTP API over a real server: the command line's answers, refusals that say what to do, nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from qa.answering import Engine
from qa.digest import digest_of
from qa.errors import OutOfTime
from qa.opening import open_engine
from qa.rendering import digest_json, to_json
from qa.web.apidoc import document_api
from qa.web.apifields import load_fields
from qa.web.gate import Busy, Gate
from tests.long import only_long
from tests.serving import ROOT, Serving
from tests.texts import SPEECH

pytestmark = pytest.mark.xdist_group("serving")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine()


def same(answer: dict[str, Any], other: dict[str, Any]) -> bool:
    return {k: v for k, v in answer.items() if k != "id"} == {k: v for k, v in other.items() if k != "id"}


@pytest.mark.parametrize(
    "request_",
    [
        {"question": "口岸今年有哪些成绩"},
        {"question": "粮食呢", "history": ["口岸今年有哪些成绩"]},
        {"question": "“三个务必”是什么", "id": 7},
        {"question": "全文分几个部分"},
        {"question": "县里的地铁什么时候开通"},
        {"question": "机场什么时候通航"},
        {"question": "有哪些要求", "facet": "requirement"},
    ],
    ids=lambda r: r["question"],
)
def test_ask_answers_as_the_command_line_does(
    serving: Serving, engine: Engine, request_: dict[str, Any]
) -> None:
    answer = serving.ask(**request_)
    own = to_json(
        engine.ask(request_["question"], history=request_.get("history", ()), id=request_.get("id"))
    )
    assert same(answer, json.loads(json.dumps(own)))
    for point in answer["points"]:
        assert SPEECH[point["start"] : point["end"]] == point["text"]


@pytest.mark.parametrize(
    ("path", "body", "kind", "status", "code"),
    [
        ("/ask", b"{", "application/json", 400, "bad_request"),
        ("/ask", b"[" * 100_000, "application/json", 400, "bad_request"),
        ("/ask", b'{"question": "a"}', "text/plain", 415, "unsupported_media_type"),
        ("/ask", b"question=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("/ask", b"{}", "application/json", 422, "invalid_field"),
        ("/ask", b'{"question": 5}', "application/json", 422, "invalid_field"),
        ("/ask", b'{"question": "a", "facet": "x"}', "application/json", 422, "invalid_field"),
        ("/ask", b'{"question": "a", "history": "b"}', "application/json", 422, "invalid_field"),
        ("/ask", b'{"question": " "}', "application/json", 422, "empty_question"),
        (
            "/ask",
            json.dumps({"question": "问" * 1001}).encode(),
            "application/json",
            422,
            "question_too_long",
        ),
        ("/ask", b'{"question": "a", "document": "../x"}', "application/json", 404, "unknown_document"),
        ("/ask", b"x" * 1_000_001, "application/json", 413, "body_too_large"),
        ("/ask", b"x" * 8_000_000, "application/json", 413, "body_too_large"),
        ("/batch", b"{}", "application/json", 415, "unsupported_media_type"),
        ("/feedback", b'{"question": "a", "verdict": "maybe"}', "application/json", 422, "invalid_field"),
        ("/nothing", b"", "application/json", 404, "not_found"),
    ],
)
def test_a_refusal_is_a_problem_in_chinese(
    serving: Serving, path: str, body: bytes, kind: str, status: int, code: str
) -> None:
    found, headers, answer = serving.post(f"/api/v1{path}", body, kind)
    problem = json.loads(answer)
    assert (found, problem["status"], problem["code"]) == (status, status, code)
    assert headers["content-type"] == "application/problem+json"
    assert re.search("[\u4e00-\u9fff]", problem["title"]) and re.search("[\u4e00-\u9fff]", problem["detail"])
    assert "Traceback" not in answer.decode()


def test_a_wrong_method(serving: Serving) -> None:
    status, headers, body = serving.get("/api/v1/ask")
    assert (status, json.loads(body)["code"], headers["allow"]) == (405, "method_not_allowed", "POST")


@pytest.mark.parametrize(
    "question",
    ["\ud800", "口岸\u202e\u0000有哪些", "𠮷" * 50, "a\r\nSet-Cookie: x=1", "<script>alert(1)</script>"],
)
def test_odd_characters_come_back_as_data(serving: Serving, question: str) -> None:
    status, headers, body = serving.post("/api/v1/ask", {"question": question})
    assert status == 200
    assert "set-cookie" not in headers
    assert json.loads(body)["question"] == question.replace("\ud800", "?")


def test_batch_streams_a_line_a_question(serving: Serving) -> None:
    lines = [
        b'{"id": 1, "question": "\xe5\x8f\xa3\xe5\xb2\xb8"}',
        b"",
        b"no",
        b'{"id": 2}',
        b'{"id": 3, "question": " "}',
    ]
    status, headers, body = serving.post("/api/v1/batch", b"\n".join(lines), "application/x-ndjson")
    rows = [json.loads(line) for line in body.decode().splitlines()]
    assert (status, headers["content-type"]) == (200, "application/x-ndjson")
    assert rows[0]["id"] == 1 and rows[0]["points"]
    assert [r.get("error", {}).get("code") for r in rows] == [
        None,
        "bad_request",
        "bad_request",
        "empty_question",
    ]


def test_documents_outline_text_starters(serving: Serving) -> None:
    documents = json.loads(serving.get("/api/v1/documents")[2])
    assert [(d["title"], d["characters"]) for d in documents] == [("在县委全会上的讲话", len(SPEECH))]
    name = documents[0]["id"]
    outline = json.loads(serving.get(f"/api/v1/documents/{name}/outline")[2])
    assert len(outline["sections"]) == documents[0]["sections"]
    excerpt = json.loads(serving.get(f"/api/v1/documents/{name}/text?start=100&end=300")[2])
    assert excerpt["text"] == SPEECH[100:300]
    starters = json.loads(serving.get(f"/api/v1/documents/{name}/starters")[2])
    for _, questions in starters["doors"]:
        for question in questions:
            assert serving.ask(question=question)["status"] == "answered"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/documents/x/text", 404),
        ("/documents/..%2f..%2fetc%2fpasswd/text", 400),
        ("/documents/%00/outline", 400),
        ("/documents/在县委全会上的讲话/text?start=9&end=3", 422),
        ("/documents/在县委全会上的讲话/text?start=-1", 422),
        ("/documents/在县委全会上的讲话/text?start=99999999", 422),
        ("/documents/在县委全会上的讲话/text?start=x", 422),
    ],
)
def test_a_wrong_place(serving: Serving, path: str, status: int) -> None:
    found, headers, body = serving.get(f"/api/v1{quote(path, safe='/%?=&')}")
    assert (found, headers["content-type"]) == (status, "application/problem+json")
    assert json.loads(body)["status"] == status


def test_feedback_is_kept_for_export(serving: Serving) -> None:
    reason = "<script>alert(1)</script>" + "长" * 1000
    given = {"question": "口岸有哪些成绩", "verdict": "down", "reason": reason, "history": ["成绩"]}
    assert serving.post("/api/v1/feedback", given)[0] == 204
    with sqlite3.connect(serving.store) as store:
        rows = store.execute("select * from feedback").fetchall()
    assert "<script>alert(1)</script>长" in json.dumps(rows[-1], ensure_ascii=False, default=str)


def test_openapi_is_whole(serving: Serving) -> None:
    openapi = json.loads(serving.get("/api/v1/openapi.json")[2])
    for path, methods in openapi["paths"].items():
        for operation in methods.values():
            assert re.search("[\u4e00-\u9fff]", operation["summary"] + operation["description"]), path
            errors = {c: r for c, r in operation["responses"].items() if c >= "400"}
            assert errors and all(
                r["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
                for r in errors.values()
            )
    assert "粮食呢" in json.dumps(openapi["paths"]["/ask"], ensure_ascii=False)
    assert "HTTPValidationError" not in json.dumps(openapi)


def test_the_documentation_page_loads_nothing(serving: Serving) -> None:
    status, headers, body = serving.get("/api/v1/docs")
    page = body.decode()
    assert status == 200 and "default-src 'none'" in headers["content-security-policy"]
    assert not re.search(r"<script|<link|<img|https?://", page)
    assert "/api/v1/ask" in page and "粮食呢" in page


def test_every_field_is_explained_in_chinese(serving: Serving) -> None:
    schemas = json.loads(serving.get("/api/v1/openapi.json")[2])["components"]["schemas"]
    said = {
        f"{name}.{field}": about["description"]
        for name, schema in schemas.items()
        for field, about in ({"": schema} | schema.get("properties", {})).items()
    }
    assert [key for key, text in said.items() if not re.search("[\u4e00-\u9fff]", text)] == []
    assert set(load_fields()) == set(schemas)
    for name, fields in load_fields().items():
        assert set(fields) - {""} == set(schemas[name].get("properties", {})), name
    page = serving.get("/api/v1/docs")[2].decode()
    plain = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", plain)  # no English sentence
    for field in ("headline", "certainty_reason", "citation", "left_out"):
        assert f"<code>{field}</code>" in page
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_a_digest_is_the_command_lines(serving: Serving, engine: Engine) -> None:
    identity = engine.snapshot.documents[0].document.id
    digest = json.loads(serving.get(f"/api/v1/documents/{identity}/digest")[2])
    assert digest == json.loads(json.dumps(digest_json(digest_of(engine.snapshot))))
    second = json.loads(serving.get(f"/api/v1/documents/{identity}/digest?part=2&full=true")[2])
    assert second["of"]["text"].startswith("第二，")
    assert second["full"]
    for part in digest["parts"]:
        for point in [*part["points"], *part["key"], *part["figures"]]:
            assert SPEECH[point["start"] : point["end"]] == point["text"]
    status, _, body = serving.get(f"/api/v1/documents/{identity}/digest?part=9")
    assert status == 422
    assert "没有第 9 部分" in json.loads(body)["detail"]
    assert serving.get("/api/v1/documents/nothing/digest")[0] == 404


def test_the_documentation_page_escapes() -> None:
    evil = "<img src=x onerror=alert(1)>"
    operation = {
        "summary": evil,
        "description": evil,
        "responses": {"200": {"description": evil}},
        "parameters": [{"name": evil, "in": "query", "description": evil}],
    }
    openapi = {
        "info": {"title": evil, "description": evil},
        "servers": [{"url": "/api/v1"}],
        "paths": {f"/{evil}": {"get": operation}},
        "components": {"schemas": {evil: {"description": evil, "properties": {evil: {"description": evil}}}}},
    }
    assert "<img" not in document_api(openapi)


def test_the_gate_refuses_a_pile_up_and_what_takes_too_long() -> None:
    gate = Gate(2, 0.2)
    go = threading.Event()

    async def run() -> list[str]:
        slow = [asyncio.create_task(gate.run(lambda: go.wait(5))) for _ in range(2)]
        await asyncio.sleep(0.05)
        told = []
        try:
            await gate.run(lambda: 1)
        except Busy as error:
            told.append(str(error))
        for task in slow:
            try:
                await task
            except OutOfTime as error:
                told.append(str(error))
        go.set()
        await asyncio.sleep(0.1)
        assert await gate.run(lambda: 1) == 1
        return told

    with ThreadPoolExecutor(1) as thread:  # this one may have a loop of Playwright's
        told = thread.submit(lambda: asyncio.run(run())).result()
    gate.close()
    assert "同时最多处理 2 个问题" in told[0]
    assert len(told) == 3 and all("用时超过 0.2 秒，没有答完" in t for t in told[1:])


SEPARATORS = "\u2028\u2029\u0085\x0b\x0c\x1c\x1d\x1e"


def test_a_line_of_a_batch_ends_at_lf_only_and_errors_keep_their_id(serving: Serving) -> None:
    lines = [
        json.dumps({"id": n, "question": f"口岸{c}有哪些成绩"}, ensure_ascii=False)
        for n, c in enumerate(SEPARATORS)
    ]
    lines += [
        '{"id": "x", "question": 5}',
        '{"id": 1e400, "question": "口岸"}',
        '{"id": "y", "question": "口岸", "z": NaN}',
    ]
    lines += [json.dumps({"id": "z", "question": "问" * 1001}), json.dumps({"id": True, "question": "口岸"})]
    status, _, body = serving.post("/api/v1/batch", "\r\n".join(lines).encode(), "application/x-ndjson")
    rows = [json.loads(line, parse_constant=pytest.fail) for line in body.decode().split("\n")[:-1]]
    assert status == 200
    assert [row["id"] for row in rows] == [*range(len(SEPARATORS)), "x", None, None, "z", None]
    assert all(row["points"] for row in rows[: len(SEPARATORS)])
    codes = [row["error"]["code"] for row in rows[len(SEPARATORS) :]]
    assert codes == ["bad_request"] * 3 + ["question_too_long", "bad_request"]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400"])
@pytest.mark.parametrize("path", ["/ask", "/feedback"])
def test_a_number_that_json_does_not_have_is_refused(serving: Serving, path: str, number: bytes) -> None:
    for body in (
        b'{"question": "a", "verdict": "up", "id": %s}',
        b'{"question": "a", "verdict": "up", "other": [%s]}',
    ):
        status, _, got = serving.post(f"/api/v1{path}", body % number)
        assert (status, json.loads(got)["code"]) == (400, "bad_request")


def rows_kept(serving: Serving) -> int:
    with sqlite3.connect(serving.store) as store:
        return int(store.execute("select count(*) from feedback").fetchone()[0])


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/feedback", {"history": ["问" * 319_000]}),
        ("/feedback", {"history": ["问" * 1000] * 319}),
        ("/feedback", {"history": ["问"] * 300_000}),
        ("/feedback", {"question": "问" * 1001}),
        ("/ask", {"history": ["问"] * 201}),
        ("/ask", {"history": ["问" * 20_001]}),
        ("/ask", {"id": "x" * 201}),
        ("/ask", {"id": 2**64}),
        ("/ask", {"id": 1.5}),
    ],
    ids=lambda v: v if isinstance(v, str) else "-".join(v),
)
def test_every_field_has_a_limit(serving: Serving, path: str, more: dict[str, Any]) -> None:
    serving.post("/api/v1/feedback", {"question": "口岸", "verdict": "up"})
    before = rows_kept(serving)
    given = {"question": "口岸"} | ({"verdict": "up"} if path == "/feedback" else {}) | more
    body_sent = json.dumps(given, ensure_ascii=False).encode()
    status, _, body = serving.post(f"/api/v1{path}", body_sent)
    assert status in (413, 422), body
    assert re.search("[\u4e00-\u9fff]", json.loads(body)["detail"])
    assert rows_kept(serving) == before


def test_what_is_kept_of_a_feedback_is_small(serving: Serving) -> None:
    history = ["口岸今年有哪些成绩"] * 150 + ["粮食呢"]
    given = {"question": "口岸有哪些成绩", "verdict": "up", "reason": "长" * 100_000, "history": history}
    assert serving.post("/api/v1/feedback", given)[0] == 204
    with sqlite3.connect(serving.store) as store:
        reason, kept = store.execute("select reason, history from feedback order by number desc").fetchone()
    assert len(reason) <= 600
    assert json.loads(kept) == ["口岸今年有哪些成绩"] * 7 + ["粮食呢"]


@only_long
def test_a_line_that_fails_costs_the_others_nothing(tmp_path: Path) -> None:
    failing = (
        "import qa.answering as a; plain = a.Engine.ask\n"
        "def ask(self, question, **more):\n    if '坏' in question: raise KeyError('x')\n    return plain(self, question, **more)\n"
        "a.Engine.ask = ask"
    )
    served = Serving(tmp_path, prelude=failing)
    lines = [json.dumps({"id": n, "question": q}).encode() for n, q in enumerate(["口岸", "坏", "粮食"])]
    status, _, body = served.post("/api/v1/batch", b"\n".join(lines), "application/x-ndjson")
    rows = [json.loads(line) for line in body.splitlines()]
    assert status == 200 and [row["id"] for row in rows] == [0, 1, 2]
    assert rows[1]["error"]["code"] == "internal_error" and rows[0]["points"] and rows[2]["points"]
    status, _, body = served.post("/api/v1/ask", {"question": "坏"})
    assert (status, json.loads(body)["code"]) == (500, "internal_error") and "KeyError" not in body.decode()
    served.stop()
    assert "KeyError" in served.log.read_text("utf-8")


def test_a_batch_has_a_limit_of_lines(serving: Serving) -> None:
    body = b'{"question": "a"}\n' * 1001
    status, _, got = serving.post("/api/v1/batch", body, "application/x-ndjson")
    assert (status, json.loads(got)["code"]) == (413, "too_many_lines")


@only_long
def test_an_anonymous_feedback_with_a_line_separator_breaks_no_evaluation(tmp_path: Path) -> None:
    served = Serving(tmp_path)
    for c in SEPARATORS:
        given = {
            "question": f"口岸{c}有哪些成绩",
            "verdict": "up",
            "reason": f"好{c}好",
            "history": [f"粮{c}食"],
        }
        assert served.post("/api/v1/feedback", given)[0] == 204
    served.stop()
    run = [sys.executable, "-m", "qa"]
    environment = os.environ | {"PYTHONUTF8": "1"}
    exported = subprocess.run(
        [*run, "feedback", "--store", str(served.store)],
        capture_output=True,
        cwd=ROOT,
        env=environment,
        check=True,
    )
    file = tmp_path / "questions.jsonl"
    file.write_bytes(exported.stdout)
    done = subprocess.run([*run, "eval", str(file), "--json"], capture_output=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    assert sum(row["n"] for row in json.loads(done.stdout)["kinds"].values()) == len(SEPARATORS)


@only_long
def test_a_store_that_is_broken_or_full_is_told_without_a_path(tmp_path: Path) -> None:
    full = (
        "import qa.web.store as s\nfrom qa.errors import StoreFull\nplain = s.Store.add_feedback\n"
        "def keep(self, answer, history, verdict, reason, *more, **other):\n"
        "    if reason == 'full':\n        raise StoreFull('存满了：请清理。')\n"
        "    return plain(self, answer, history, verdict, reason, *more, **other)\ns.Store.add_feedback = keep\n"
    )
    broken = tmp_path / "secret" / "store.sqlite3"
    broken.parent.mkdir()
    broken.write_bytes(b"no database" * 1000)
    served = Serving(tmp_path, prelude=full, ready="/healthz", SPEECHQA_STORE=str(broken))
    assert served.get("/readyz")[0] == 503  # it answers, but cannot keep what it is told
    given = {"question": "口岸", "verdict": "up"}
    status, headers, body = served.post("/api/v1/feedback", given)
    assert (status, json.loads(body)["code"]) == (503, "store_unusable")
    assert "secret" not in body.decode() and "/" not in json.loads(body)["detail"]
    status, headers, body = served.post("/api/v1/feedback", given | {"reason": "full"})
    assert (status, json.loads(body)["code"]) == (507, "store_full")
    assert headers["content-type"] == "application/problem+json"
    served.stop()
    assert "secret" in served.log.read_text("utf-8")  # the administrator reads it


def test_a_full_house_refuses_a_batch_as_a_whole(tmp_path: Path) -> None:
    slow = (
        "import time, qa.answering as a; plain = a.Engine.ask\n"
        "def ask(self, question, **more):\n    time.sleep(2 if '慢' in question else 0)\n    return plain(self, question, **more)\n"
        "a.Engine.ask = ask"
    )
    served = Serving(tmp_path, prelude=slow, SPEECHQA_CONCURRENT="2")
    threads = [
        threading.Thread(target=lambda: served.post("/api/v1/ask", {"question": "慢"})) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    batch = b"\n".join(json.dumps({"id": n, "question": "口岸"}).encode() for n in range(5))
    status, headers, body = served.post("/api/v1/batch", batch, "application/x-ndjson")
    assert (status, json.loads(body)["code"], headers["retry-after"]) == (503, "busy", "1")
    for thread in threads:
        thread.join()
    # One that has begun waits for room, line by line, instead of losing lines.
    results: list[tuple[int, dict[str, str], bytes]] = []
    longer = json.dumps({"id": "first", "question": "慢"}).encode() + b"\n" + batch
    begun = threading.Thread(
        target=lambda: results.append(served.post("/api/v1/batch", longer, "application/x-ndjson"))
    )
    begun.start()
    time.sleep(0.5)
    others = [
        threading.Thread(target=lambda: served.post("/api/v1/ask", {"question": "慢"})) for _ in range(3)
    ]
    for thread in others:
        thread.start()
    for thread in (begun, *others):
        thread.join()
    rows = [json.loads(line) for line in results[0][2].splitlines()]
    assert results[0][0] == 200 and [row["id"] for row in rows] == ["first", *range(5)]
    assert not any("error" in row for row in rows)
    served.stop()


def test_too_many_at_once_get_503_with_retry_after(tmp_path: Path) -> None:
    # Questions are slowed down inside the server, so that there is a pile-up on any machine.
    slow = (
        "import time, qa.answering as a; plain = a.Engine.ask\n"
        "def ask(self, *given, **more):\n    time.sleep(0.3)\n    return plain(self, *given, **more)\n"
        "a.Engine.ask = ask"
    )
    served = Serving(tmp_path, prelude=slow, SPEECHQA_CONCURRENT="2")
    results: list[tuple[int, dict[str, str], bytes]] = []
    threads = [
        threading.Thread(target=lambda: results.append(served.post("/api/v1/ask", {"question": "口岸"})))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [status for status, _, _ in results]
    assert set(statuses) == {200, 503} and statuses.count(200) >= 2
    refused = next(r for r in results if r[0] == 503)
    assert refused[1]["retry-after"] == "1" and json.loads(refused[2])["code"] == "busy"
    started = time.monotonic()
    thread = threading.Thread(target=lambda: results.append(served.post("/api/v1/ask", {"question": "粮食"})))
    thread.start()
    time.sleep(0.1)
    served.stop()  # what is being answered comes to its end
    thread.join()
    assert results[-1][0] == 200 and time.monotonic() - started < 10
