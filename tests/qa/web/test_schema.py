"""Stores of other versions: an old one is brought to ours, a newer one and a foreign one are left alone."""

import json
import sqlite3
from pathlib import Path

import pytest

from qa.errors import ConversationGone, StoreUnusable
from qa.web.conversation import Asked, Row, turns_of
from qa.web.schema import APPLICATION, VERSION
from qa.web.store import Store

# As commit e8fac36 made it, word for word.
OLD = """
CREATE TABLE IF NOT EXISTS conversations(
  id TEXT PRIMARY KEY, shared_from TEXT, updated REAL NOT NULL, document TEXT, turns TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS shared ON conversations(shared_from);
CREATE TABLE IF NOT EXISTS feedback(
  number INTEGER PRIMARY KEY, at REAL NOT NULL, answer_id TEXT NOT NULL, snapshot TEXT NOT NULL, verdict TEXT NOT NULL,
  reason TEXT NOT NULL, history TEXT NOT NULL, answer TEXT NOT NULL);
"""
ASKED = [
    {"question": "口岸有哪些成绩", "facet": None, "literal": False, "document": None},
    {"question": "粮食呢", "facet": "goal", "literal": True, "document": "abc"},
]
ANSWER = {
    "id": "a",
    "question": "问",
    "status": "answered",
    "kind": "fact",
    "points": [{"text": "文"}],
    "snapshot": "s",
}


def now() -> float:
    return 1_000_000.0


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.sqlite3"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(OLD)
    rows = [
        ("mine", None, json.dumps(ASKED, ensure_ascii=False)),
        ("copy", "mine", json.dumps(ASKED[:1])),
        ("torn", None, '[{"question": "半'),
        ("list", None, '{"no": "list"}'),
        ("part", None, json.dumps([3, {}, {"question": 4}, {"question": "问\ud800"}])),
    ]
    for identity, shared_from, turns in rows:
        database.execute(
            "INSERT INTO conversations VALUES (?,?,?,?,?)", (identity, shared_from, now(), "doc", turns)
        )
    database.execute(
        "INSERT INTO feedback VALUES (1,?,?,?,?,?,?,?)", (now(), "a", "s", "up", "", "[]", json.dumps(ANSWER))
    )
    database.commit()
    database.close()
    return path


def test_an_old_store_is_brought_here(old: Path) -> None:
    said: list[str] = []
    store = Store(old, clock=now, report=said.append)
    assert [row.asked for row in store.load("mine").rows] == [
        Asked("口岸有哪些成绩"),
        Asked("粮食呢", store.load("mine").rows[1].asked.facet, True, "abc"),  # type: ignore[union-attr]
    ]
    assert all(row.answer is None and row.snapshot is None for row in store.load("mine").rows)
    assert store.load("copy").shared
    assert len(turns_of(store.load("copy").rows)) == 1
    assert [row.asked for row in store.load("part").rows] == [Asked("问\ufffd", document="doc")]
    for damaged in ("torn", "list"):
        with pytest.raises(ConversationGone):
            store.load(damaged)
    assert said == ["对话记录升级：2 个对话已损坏，读不出来，没有带过来；其余都在。"]
    assert [record["id"] for record in store.feedback()] == ["feedback-1"]
    store.append("mine", [Row(-1, Asked("农业呢"))])
    own, _ = store.fork("copy", [Row(-1, Asked("农业呢"))])
    assert len(store.load(own).rows) == 2
    store.delete("mine")
    with pytest.raises(ConversationGone):
        store.load("copy")
    database = sqlite3.connect(old)
    assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
    total = database.execute("SELECT bytes FROM totals WHERE kind = 'turns'").fetchone()[0]
    assert total == database.execute("SELECT total(bytes) FROM turns").fetchone()[0] > 0
    assert database.execute("SELECT bytes FROM totals WHERE kind = 'feedback'").fetchone()[0] > 100
    database.close()


def test_reading_does_not_bring_it_here(old: Path) -> None:
    before = old.read_bytes()
    assert len(list(Store(old, clock=now, reading=True).feedback())) == 1
    assert old.read_bytes() == before


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    Store(path).append(None, [Row(-1, Asked("问"))])
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    for reading in (False, True):
        with pytest.raises(StoreUnusable) as refused:
            list(Store(path, reading=reading).feedback())
        assert str(refused.value) == (
            f"对话记录 {path} 用不了：是较新版本的讲话问答写的：格式 {VERSION + 1}，这个版本认得到 {VERSION}。"
            "请升级软件，或用设置 store 换一个位置；问答不受影响。"
        )


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE theirs(x)",
        "CREATE TABLE conversations(id, name)",
        "PRAGMA application_id = 77",
        "PRAGMA user_version = 3",
    ],
)
def test_a_foreign_database_is_left_alone(tmp_path: Path, made: str) -> None:
    path = tmp_path / "theirs.sqlite3"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE other(x)")
    database.execute(made)
    database.commit()
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match="是别的程序的数据库，没有动它"):
        Store(path).append(None, [Row(-1, Asked("问"))])
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_all_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from qa.web import schema

    def fails(*_: object) -> None:
        raise sqlite3.OperationalError("power cut")

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, fails))
    with pytest.raises(StoreUnusable, match="power cut"):
        Store(old, clock=now).load("mine")
    monkeypatch.undo()
    assert len(Store(old, clock=now).load("mine").rows) == 2
    assert APPLICATION
