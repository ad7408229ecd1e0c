"""The admin's page: who sees it, what its figures are, and exports that no spreadsheet runs and `speechqa eval` does."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering import Engine
from qa.cli import main
from qa.rendering import to_json
from qa.requests import read_questions
from qa.settings import Settings
from qa.web.exports import cell, golden, lines, question_file, table
from qa.web.figures import Group, figures, unanswered
from qa.web.journal import Entry
from qa.web.resources import Resources
from tests.qa.web.conftest import Guarded
from tests.serving import Serving

pytestmark = pytest.mark.xdist_group("serving")
PRIVATE = ("data", "unanswered.csv", "unanswered.jsonl", "feedback.jsonl", "golden.jsonl")
NOW = time.time()


def noted(
    question: str | None, status: str = "answered", *, ago: float = 0.0, ms: float = 10.0, document: str = "x"
) -> Entry:
    reason = None if status == "answered" else "weak"
    return Entry(NOW - ago * 86_400, f"r{ms}", "api", "fact", status, reason, document, ms, question)


def resources(tmp_path: Path, engine: Engine, **settings: Any) -> Resources:
    made = Resources(Settings(store=str(tmp_path / "s.sqlite3"), admin=True, **settings))
    made._engine = engine
    return made


def test_the_figures_are_those_of_the_journal(tmp_path: Path, engine: Engine) -> None:
    shared = resources(tmp_path, engine, log_questions=True)
    own = engine.snapshot.documents[0].document.id
    for entry in (
        noted("甲", document=own), noted("乙", "not_found", ms=99), noted("乙？", "not_found"), noted("丙", "error", ago=1),
        noted("丁", "not_found", ago=20),
    ):  # fmt: skip
        shared.journal.add(entry)
    shared.store.add_feedback(to_json(engine.ask("口岸有哪些成绩")), [], "down", "")
    found = figures(shared, 7)
    assert [(d["questions"], d["not_found"], d["errors"], d["down"]) for d in found["per_day"]] == [
        (1, 0, 1, 0),
        (3, 2, 0, 1),
    ]
    assert found["slowest"][0]["question"] == "乙" and found["slowest"][0]["ms"] == 99
    assert found["unanswered"] == [{"question": "乙？", "count": 2, "last": NOW, "reason": "weak"}]
    assert [(d["state"], d["questions"]) for d in found["documents"]] == [("served", 1), ("elsewhere", 3)]
    assert found["snapshot"]["id"] == engine.snapshot.id
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_without_their_words_there_are_numbers_only(tmp_path: Path, engine: Engine) -> None:
    shared = resources(tmp_path, engine)
    with shared.noting("api", "口岸呢") as asked:
        asked.answer = engine.ask("口岸有哪些成绩")
    found = figures(shared, 30)
    assert sum(day["questions"] for day in found["per_day"]) == 1 and found["unanswered"] == []
    assert "口岸呢" not in json.dumps(found, ensure_ascii=False)
    assert "口岸呢".encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝cmd|' /C calc'!A0",
    " =1",
    "\u3000=1",
    '"=1',
    "粮食",
    '甲","=1',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_spreadsheet_runs_an_export(text: str) -> None:
    data = table([Group(text, 3, NOW, "weak")])
    assert data.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert head == ["问题", "次数", "最近一次", "原因"] and row[1] == "3"
    assert row[0].removeprefix("'") == text
    assert row[0].lstrip(" \u3000")[0] not in "=+-@\t\r＝＋－＠"


@given(st.text(min_size=1))
def test_a_cell_is_the_text_or_an_apostrophe_before_it(text: str) -> None:
    made = cell(text)
    assert made in (text, f"'{text}")
    assert not made.lstrip(" \u3000\x00").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_exports_are_question_files(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = resources(tmp_path, engine, log_questions=True)
    for question in ("地铁什么时候开通", "地铁 什么时候开通？", "高铁呢"):
        shared.journal.add(noted(question, "not_found"))
    shared.store.add_feedback(to_json(engine.ask("口岸有哪些成绩")), ["全文分几个部分"], "down", "不全")
    shared.store.add_feedback(to_json(engine.ask("全文分几个部分")), [], "up", "")
    asked, bad = tmp_path / "asked.jsonl", tmp_path / "golden.jsonl"
    asked.write_bytes(question_file(unanswered(shared.journal, 0)))
    bad.write_bytes(lines(golden(shared.store.feedback())))
    assert [r["question"] for r in read_questions(asked)] == ["地铁 什么时候开通？", "高铁呢"]
    (record,) = read_questions(bad)
    assert (record["question"], record["evidence"], record["verdict"]) == ("口岸有哪些成绩", None, "down")
    assert record["history"] == ["全文分几个部分"] and record["answer"]["points"]
    record["evidence"] = [[record["answer"]["points"][0]["text"]]]  # what a person fills in
    bad.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    for file in (asked, bad):
        with pytest.raises(SystemExit) as ended:
            main(["eval", str(file), "--json"])
        assert ended.value.code == 0
    assert "100.0" in capsys.readouterr().out


@pytest.mark.parametrize("name", PRIVATE)
@pytest.mark.parametrize(("scope", "status"), [(None, 401), ("ask", 403), ("documents", 403)])
def test_who_is_no_admin_sees_nothing(guarded: Guarded, name: str, scope: str | None, status: int) -> None:
    found, headers, _ = guarded.served.get(f"/admin/{name}", **guarded.bearer(scope))
    assert found == status and "www-authenticate" in headers


def test_the_admin_sees_what_was_asked(guarded: Guarded) -> None:
    body = json.dumps({"question": "县里的地铁什么时候开通"}).encode()
    guarded.served.request(
        "POST", "/api/v1/ask", body, guarded.bearer("ask") | {"content-type": "application/json"}
    )
    admin = guarded.bearer("admin")
    status, headers, data = guarded.served.get("/admin/data", **admin)
    assert status == 200 and headers["cache-control"] == "no-store"
    assert "县里的地铁什么时候开通" in [g["question"] for g in json.loads(data)["unanswered"]]
    for name in PRIVATE[1:]:
        status, headers, data = guarded.served.get(f"/admin/{name}", **admin)
        assert status == 200 and headers["content-disposition"] == f'attachment; filename="{name}"', name
    assert guarded.served.get("/admin/data?days=x", **admin)[0] == 422


def test_the_page_itself_is_static_and_lets_nothing_foreign_in(guarded: Guarded) -> None:
    status, headers, body = guarded.served.get("/admin")
    assert status == 200 and b"http" not in body.replace(b"http-equiv", b"")
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    for name in ("admin.js", "admin.css"):
        assert guarded.served.get(f"/admin/{name}")[0] == 200


def test_it_is_off_unless_a_person_says_so(serving: Serving) -> None:
    for path in ("/admin", "/admin/data", "/admin/admin.js", "/mcp"):
        assert serving.get(path)[0] == 404
