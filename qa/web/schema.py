"""The store's tables, as a list of migrations: a file of any earlier version is brought to this one, or left alone."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from typing import Any

from qa.errors import StoreUnusable

APPLICATION = 0x53514131  # PRAGMA application_id, "SQA1": the file is ours
_SURROGATE = re.compile("[\ud800-\udfff]")  # no UTF-8 holds one
_OLD_TURNS = 200  # questions that a conversation of version 1 showed
_OLD_COLUMNS = {"id", "shared_from", "updated", "document", "turns"}

Report = Callable[[str], None]


def _version_1(database: sqlite3.Connection, _: Report) -> None:
    """Make what was kept before the file had a version: a conversation's turns as one JSON text."""
    database.execute(
        "CREATE TABLE IF NOT EXISTS conversations("
        "id TEXT PRIMARY KEY, shared_from TEXT, updated REAL NOT NULL, document TEXT, turns TEXT NOT NULL)"
    )
    database.execute(
        "CREATE TABLE IF NOT EXISTS feedback("
        "number INTEGER PRIMARY KEY, at REAL NOT NULL, answer_id TEXT NOT NULL, snapshot TEXT NOT NULL, "
        "verdict TEXT NOT NULL, reason TEXT NOT NULL, history TEXT NOT NULL, answer TEXT NOT NULL)"
    )


def _version_2(database: sqlite3.Connection, report: Report) -> None:
    """Make the turns rows of a log that is only appended to, and count the bytes of each kind."""
    database.execute("DROP INDEX IF EXISTS shared")
    database.execute("ALTER TABLE conversations RENAME TO before")
    for statement in _LOG:
        database.execute(statement)
    unread = 0
    kept = "SELECT id, shared_from, updated, document, turns FROM before"
    for identity, shared_from, updated, document, turns in database.execute(kept):
        entries = _entries(turns)
        if entries is None:
            unread += 1
            continue
        database.execute(
            "INSERT INTO conversations(id, shared_from, updated) VALUES (?,?,?)",
            (identity, shared_from, updated),
        )
        for entry in entries[-_OLD_TURNS:]:
            asked = json.dumps({"document": document} | entry, ensure_ascii=False)
            asked = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", asked)
            database.execute(
                "INSERT INTO turns(conversation, asked, bytes) VALUES (?,?,?)",
                (identity, asked, len(asked.encode("utf-8"))),
            )
    database.execute("DROP TABLE before")
    if unread:
        report(f"对话记录升级：{unread} 个对话已损坏，读不出来，没有带过来；其余都在。")


def _version_3(database: sqlite3.Connection, _: Report) -> None:
    """Make the table of what was asked: for the admin's page, its words only where that is wanted."""
    database.execute(
        "CREATE TABLE asked(number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, request TEXT NOT NULL, "
        "door TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, document TEXT, ms REAL NOT NULL, "
        "question TEXT)"
    )
    database.execute("CREATE INDEX asked_at ON asked(at)")


# A row of `turns` is never changed: another one takes its place by naming it in `replaces`, at most one, and one
# without `asked` takes it away. `upto` makes a shared copy: the rows of `shared_from` up to there.
_LOG = (
    "CREATE TABLE conversations("
    "id TEXT PRIMARY KEY, shared_from TEXT, upto INTEGER, updated REAL NOT NULL, gone TEXT)",
    "CREATE INDEX shared ON conversations(shared_from)",
    "CREATE INDEX updated ON conversations(updated)",
    "CREATE INDEX owned ON conversations(updated) WHERE gone IS NULL AND upto IS NULL",
    "CREATE TABLE turns(number INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL, replaces INTEGER, "
    "asked TEXT, answer TEXT, snapshot TEXT, bytes INTEGER NOT NULL)",
    "CREATE INDEX log ON turns(conversation, number)",
    "CREATE UNIQUE INDEX replaced ON turns(replaces)",
    "CREATE INDEX given ON feedback(at)",
    "CREATE TABLE totals(kind TEXT PRIMARY KEY, bytes INTEGER NOT NULL)",
    "INSERT INTO totals VALUES ('turns', 0)",
    "INSERT INTO totals SELECT 'feedback', total(length(CAST(history AS BLOB)) + length(CAST(answer AS BLOB))) FROM feedback",
    "CREATE TRIGGER turn_added AFTER INSERT ON turns BEGIN "
    "UPDATE totals SET bytes = bytes + NEW.bytes WHERE kind = 'turns'; END",
    "CREATE TRIGGER turn_gone AFTER DELETE ON turns BEGIN "
    "UPDATE totals SET bytes = bytes - OLD.bytes WHERE kind = 'turns'; END",
    "CREATE TRIGGER feedback_added AFTER INSERT ON feedback BEGIN UPDATE totals SET bytes = bytes + "
    "length(CAST(NEW.history AS BLOB)) + length(CAST(NEW.answer AS BLOB)) WHERE kind = 'feedback'; END",
    "CREATE TRIGGER feedback_gone AFTER DELETE ON feedback BEGIN UPDATE totals SET bytes = bytes - "
    "length(CAST(OLD.history AS BLOB)) - length(CAST(OLD.answer AS BLOB)) WHERE kind = 'feedback'; END",
)

MIGRATIONS: tuple[Callable[[sqlite3.Connection, Report], None], ...] = (_version_1, _version_2, _version_3)
VERSION = len(MIGRATIONS)


def _entries(turns: Any) -> list[dict[str, Any]] | None:
    """Return a conversation's questions as version 1 kept them; None where nothing of it can be read."""
    try:
        data = json.loads(turns)
    except (TypeError, ValueError, RecursionError):
        return None
    if not isinstance(data, list):
        return None
    return [e for e in data if isinstance(e, dict) and isinstance(e.get("question"), str)]


def check(database: sqlite3.Connection) -> int:
    """Return the file's version, 0 for a new one. Raises StoreUnusable where it is newer than we are, or not ours."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (application,) = database.execute("PRAGMA application_id").fetchone()
    if application == APPLICATION:
        if version > VERSION:
            raise StoreUnusable(
                f"是较新版本的讲话问答写的：格式 {version}，这个版本认得到 {VERSION}。请升级软件"
            )
        return int(version)
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    columns = {row[1] for row in database.execute("PRAGMA table_info(conversations)")}
    if (application, version) != (0, 0) or (tables and columns != _OLD_COLUMNS):
        raise StoreUnusable("是别的程序的数据库，没有动它。请换一个文件")
    return 0


def migrate(database: sqlite3.Connection, report: Report) -> None:
    """Bring the file to this version, in one transaction. Raises StoreUnusable as `check` does."""
    if check(database) == VERSION:
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        for migration in MIGRATIONS[check(database) :]:  # another process may just have done it
            migration(database, report)
        database.execute(f"PRAGMA user_version = {VERSION:d}")
        database.execute(f"PRAGMA application_id = {APPLICATION:d}")
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise
