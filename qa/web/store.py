"""Conversations and feedback, kept on the server in one SQLite file.

A conversation has an unguessable id (128 random bits): who knows it may read, go on with and delete it. A shared
copy has an id of its own: who knows that one may only read. Both expire.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import StoreUnusable
from qa.types import Status

DAY = 86_400.0
_PURGE_EVERY = 3_600.0  # seconds between two sweeps for what has expired
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations(
  id TEXT PRIMARY KEY, shared_from TEXT, updated REAL NOT NULL, document TEXT, turns TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS shared ON conversations(shared_from);
CREATE TABLE IF NOT EXISTS feedback(
  number INTEGER PRIMARY KEY, at REAL NOT NULL, answer_id TEXT NOT NULL, snapshot TEXT NOT NULL, verdict TEXT NOT NULL,
  reason TEXT NOT NULL, history TEXT NOT NULL, answer TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept conversation: the document it is narrowed to, its turns as JSON, whether it is a shared copy."""

    document: str | None
    turns: list[dict[str, Any]]
    shared: bool


class Store:
    """The file; every call opens it anew, so that it is safe to share between threads and processes."""

    def __init__(self, path: Path, *, days: float, clock: Callable[[], float] = time.time) -> None:
        """Keep conversations for `days` after their last change, feedback for ever. `clock` gives Unix seconds."""
        self.path = path
        self._days = days
        self._clock = clock
        self._purged = 0.0
        self._made = False

    def save(self, identity: str | None, turns: list[dict[str, Any]], document: str | None) -> str:
        """Keep a conversation under its id, or a new one; returns the id. Raises StoreUnusable."""
        identity = identity or secrets.token_urlsafe(16)
        self._put(identity, None, turns, document)
        return identity

    def share(self, identity: str) -> str:
        """Keep a copy of a conversation as it is now, to be read by others; returns the copy's id.

        Raises StoreUnusable, also where there is no such conversation.
        """
        kept = self.load(identity)
        if kept is None:
            raise StoreUnusable("没有可以分享的对话：它已过期或已删除。请重新提问后再分享。")
        copy = secrets.token_urlsafe(16)
        self._put(copy, identity, kept.turns, kept.document)
        return copy

    def load(self, identity: str) -> Kept | None:
        """Return a conversation; None where there is none or it has expired. Raises StoreUnusable."""
        with self._open() as database:
            row = database.execute(
                "SELECT document, turns, shared_from FROM conversations WHERE id = ? AND updated > ?",
                (identity, self._oldest()),
            ).fetchone()
        return Kept(row[0], json.loads(row[1]), row[2] is not None) if row else None

    def delete(self, identity: str) -> None:
        """Forget a conversation and the copies that were shared of it. Raises StoreUnusable."""
        with self._open() as database:
            database.execute(
                "DELETE FROM conversations WHERE id = ? OR shared_from = ?", (identity, identity)
            )

    def add_feedback(self, answer: dict[str, Any], history: list[str], verdict: str, reason: str) -> None:
        """Keep a verdict (up, down) on an answer, with the answer as it was. Raises StoreUnusable."""
        with self._open() as database:
            database.execute(
                "INSERT INTO feedback(at, answer_id, snapshot, verdict, reason, history, answer) VALUES (?,?,?,?,?,?,?)",
                (
                    self._clock(),
                    str(answer["id"]),
                    answer["snapshot"],
                    verdict,
                    reason,
                    json.dumps(history, ensure_ascii=False),
                    json.dumps(answer, ensure_ascii=False),
                ),
            )

    def feedback(self) -> Iterator[dict[str, Any]]:
        """Yield the feedback as lines of a question file for `speechqa eval`, oldest first. Raises StoreUnusable.

        An answer found good is evidence, point by point; one found bad leaves open what would have been
        right, so its `evidence` is null: not judged.
        """
        with self._open() as database:
            rows = database.execute(
                "SELECT number, at, verdict, reason, history, answer FROM feedback ORDER BY number"
            ).fetchall()
        for number, at, verdict, reason, history, kept in rows:
            answer = json.loads(kept)
            yield {
                "id": f"feedback-{number}",
                "history": json.loads(history),
                "question": answer["question"],
                "kind": "unanswerable" if answer["status"] == Status.NOT_FOUND else answer["kind"],
                "evidence": [[p["text"]] for p in answer["points"]] if verdict == "up" else None,
                "verdict": verdict,
                "reason": reason,
                "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
                "snapshot": answer["snapshot"],
                "answer": answer,
            }

    def _put(
        self, identity: str, shared_from: str | None, turns: list[dict[str, Any]], document: str | None
    ) -> None:
        with self._open() as database:
            database.execute(
                "INSERT INTO conversations(id, shared_from, updated, document, turns) VALUES (?,?,?,?,?) "
                "ON CONFLICT(id) DO UPDATE SET updated = excluded.updated, document = excluded.document, turns = excluded.turns "
                "WHERE shared_from IS NULL",
                (identity, shared_from, self._clock(), document, json.dumps(turns, ensure_ascii=False)),
            )
            if self._clock() - self._purged > _PURGE_EVERY:
                self._purged = self._clock()
                database.execute("DELETE FROM conversations WHERE updated <= ?", (self._oldest(),))

    def _oldest(self) -> float:
        return self._clock() - self._days * DAY

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._made = self._made and self.path.exists()
            self.path.touch(mode=0o600)
            database = sqlite3.connect(self.path, timeout=5)
            try:
                database.execute(
                    "PRAGMA synchronous = NORMAL"
                )  # with WAL a power cut costs the last turn at most
                if not self._made:
                    database.execute("PRAGMA journal_mode = WAL")
                    database.executescript(_SCHEMA)
                    self._made = True
                with database:
                    yield database
            finally:
                database.close()
        except (sqlite3.Error, OSError) as error:
            raise StoreUnusable(
                f"对话记录 {self.path} 用不了：应为可写的 SQLite 文件，实际：{error}。"
                "请检查磁盘空间和权限，或用设置 store 换一个位置；问答不受影响。"
            ) from error


def default_store(environment: Mapping[str, str]) -> Path:
    """Return where conversations are kept unless a person says otherwise, as each system has it."""
    if sys.platform == "win32" and "LOCALAPPDATA" in environment:
        folder = Path(environment["LOCALAPPDATA"]) / "speechqa"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support" / "speechqa"
    else:
        named = environment.get("XDG_DATA_HOME", "")
        folder = (Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "share") / "speechqa"
    return folder / "conversations.sqlite3"


def open_store(path: str, days: float, environment: Mapping[str, str] | None = None) -> Store:
    """Return the store at `path` (empty: where `default_store` says)."""
    chosen = Path(path) if path else default_store(os.environ if environment is None else environment)
    return Store(chosen, days=days)
