"""Processes that write turns and feedback are killed at any moment: what was acknowledged is there afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa.errors import ConversationGone
from qa.web.conversation import question_of, turns_of
from qa.web.store import Limits, Store
from tests.long import scaled

ROOT = Path(__file__).parents[3]
WRITERS = 3
LIMITS = Limits(bytes=100_000_000_000)

# Writes for ever, and says what it has done only when the store has returned: one line a call, one os.write a line.
_WRITER = """
import json, os, random, sys
from pathlib import Path
import pytest

from qa.errors import ConversationGone
from qa.web.conversation import Asked, Row
from qa.web.store import Limits, Store
path, name = Path(sys.argv[1]), sys.argv[2]
chance = random.Random(name)
store = Store(path, Limits(bytes=100_000_000_000))
identity, count = None, 0
def done(*what):
    os.write(1, (json.dumps(what) + "\\n").encode())
while True:
    count += 1
    choice = chance.random()
    texts = [f"{name} {count} {n}" for n in range(chance.choice((1, 1, 2)))]
    if choice < 0.75 or identity is None:
        rows = [Row(-1 - n, Asked(t), json.dumps("长" * chance.randrange(4000)), "s") for n, t in enumerate(texts)]
        identity, _ = store.append(identity, rows)
        done("turns", identity, texts)
    elif choice < 0.95:
        store.add_feedback({"id": texts[0], "snapshot": "s", "question": texts[0], "status": "answered",
                            "kind": "fact", "points": []}, [], "up", texts[0])
        done("feedback", texts[0], [])
    elif choice < 0.98:
        done("deleting", identity, [])
        store.delete(identity)
        done("deleted", identity, [])
        identity = None
    else:
        identity = None
    if count % 150 == 0:
        identity = None
"""


def start(path: Path, name: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), name],
            stdout=out,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )


def acknowledged(log: Path) -> list[tuple[str, str, list[str]]]:
    lines = log.read_bytes().split(b"\n")[:-1]  # what follows the last line end was not said in full
    return [tuple(json.loads(line)) for line in lines]


def test_no_acknowledged_write_is_lost(tmp_path: Path) -> None:
    kills, writes = scaled(3, 500), scaled(400, 100_000)
    chance = random.Random(13)
    path, logs, killed, said = tmp_path / "s.sqlite3", [], 0, 0
    while killed < kills or said < writes:
        running = []
        for _ in range(WRITERS):
            logs.append(tmp_path / f"log-{len(logs)}")
            running.append(start(path, f"w{len(logs)}", logs[-1]))
        end = time.monotonic() + 60
        while not all(log.stat().st_size for log in logs[-WRITERS:]):
            assert time.monotonic() < end
            for process in running:
                assert process.poll() is None, process.communicate()[1].decode()
            time.sleep(0.02)
        time.sleep(chance.uniform(0, scaled(1.0, 12.0)))
        for process in running:
            assert process.poll() is None, process.communicate()[1].decode()
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += 1
        said = sum(len(acknowledged(log)) for log in logs)
    check(path, [entry for log in logs for entry in acknowledged(log)])


def check(path: Path, entries: list[tuple[str, str, list[str]]]) -> None:
    deleted = {identity for kind, identity, _ in entries if kind == "deleting"}
    expected: dict[str, list[str]] = {}
    for kind, identity, texts in entries:
        if kind == "turns":
            expected.setdefault(identity, []).extend(texts)
    store = Store(path, LIMITS)
    lost = []
    for identity, texts in expected.items():
        if identity in deleted:
            continue
        kept = [question_of(row).question for row in turns_of(store.load(identity).rows)]
        if kept[: len(texts)] != texts:  # one call more may have been kept, and nobody told
            lost.append((identity, texts, kept))
    assert lost == []
    for identity in (identity for kind, identity, _ in entries if kind == "deleted"):
        with pytest.raises(ConversationGone):
            store.load(identity)
    given = {record["reason"] for record in store.feedback()}
    assert {text for kind, text, _ in entries if kind == "feedback"} <= given
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    counted = database.execute("SELECT bytes FROM totals WHERE kind = 'turns'").fetchone()
    assert counted == database.execute("SELECT sum(bytes) FROM turns").fetchone()
    kept = (
        "SELECT count(*) FROM turns t JOIN conversations c ON c.id = t.conversation WHERE c.gone IS NOT NULL"
    )
    assert database.execute(kept).fetchone() == (0,)
    database.close()
