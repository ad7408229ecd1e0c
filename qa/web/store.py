"""Conversations and feedback, kept on the server in one SQLite file.

A conversation has an unguessable id (128 random bits): who knows it may read, go on with and delete it. A shared
copy has an id of its own: who knows that one may only read.

What is kept goes in this order, and no other: what has reached its age; then, where conversations fill their half of
the size limit, those longest unused, never one of the last day. Feedback goes by age only. A link to what is gone
says why. Where nothing may go, nothing new is taken: StoreFull. What a call has returned from is on the disk.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.errors import ConversationChanged, ConversationGone, StoreFull
from qa.settings import Settings
from qa.web.conversation import Row, dump, load, turns_of
from qa.web.database import Database, store_path
from qa.web.feedback import as_question
from qa.web.schema import Report

_LOG = logging.getLogger("speechqa.store")
DAY = 86_400.0
FRESH = DAY  # a conversation that changed within it makes no room for others
ROWS = 400  # entries of a conversation's log: questions, and changes of them
ANSWER = 300_000  # bytes of an answer that is kept with its question; a longer one is given anew when shown
HISTORY = 8  # earlier questions kept with a verdict: an answer leans on no more
_SWEEP_EVERY = 3_600.0  # seconds between two sweeps for what has reached its age
_ROW = 100  # bytes that a row takes beside its text
_GONE = {
    None: "这个对话没有找到：链接不对，或已过期。",
    "deleted": "这个对话已删除。",
    "space": "这个对话已清理：存储空间满了，它是当时最久未用的。",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much is kept: days since the last change, bytes in all (half for each kind)."""

    conversation_days: float = 30.0
    feedback_days: float = 365.0
    bytes: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept conversation's log, whether it is a shared copy, and how many rows of it could not be read."""

    rows: tuple[Row, ...]
    shared: bool
    damaged: int = 0


class Store:
    """The file. Safe to share between threads, and between processes that each have a Store of their own."""

    def __init__(
        self,
        path: Path,
        limits: Limits | None = None,
        *,
        reading: bool = False,
        clock: Callable[[], float] = time.time,
        report: Report = _LOG.warning,
    ) -> None:
        """Keep within `limits`; `reading` makes no file and changes none. `clock` gives Unix seconds.

        `report` takes a line of Chinese about what could not be read or had to go.
        """
        self.path = path
        self._limits = limits or Limits()
        self._clock = clock
        self._report = report
        self._swept = 0.0
        self.database = Database(path, self._limits.bytes, report, reading=reading)

    def load(self, identity: str, after: int = 0) -> Kept:
        """Return a conversation's rows that came after row `after`. Raises ConversationGone, StoreUnusable."""
        if self._clock() - self._swept > _SWEEP_EVERY:
            with self.database.writing() as database:
                self._sweep(database)
            self.database.shrink()
        with self.database.reading() as database:
            return self._load(database, identity, after)

    def append(self, identity: str | None, rows: Sequence[Row]) -> tuple[str, tuple[Row, ...]]:
        """Keep rows at the end of a conversation (None: of a new one); returns its id, and the rows with their numbers.

        Raises ConversationGone (a shared copy is nobody's to write to), ConversationChanged where a row was
        replaced elsewhere, StoreFull, StoreUnusable; then none of the rows is kept.
        """
        with self.database.writing() as database:
            identity = self._start(database) if identity is None else identity
            if self._owned(database, identity) is None:
                raise ConversationGone("这是别人分享的对话，只能看。接着提问会另存为你自己的对话。")
            return identity, self._append(database, identity, rows)

    def fork(self, copy: str, rows: Sequence[Row]) -> tuple[str, tuple[Row, ...]]:
        """Go on with a shared copy in a conversation of one's own: its turns, then `rows`. Raises as `append` does."""
        with self.database.writing() as database:
            standing = turns_of((*self._load(database, copy, 0).rows, *rows))
            identity = self._start(database)
            return identity, self._append(database, identity, [replace(r, replaces=None) for r in standing])

    def share(self, identity: str) -> str:
        """Make a copy of a conversation as it is now, to be read by others; returns the copy's id.

        It takes no room, and lives as long as the conversation. Raises ConversationGone, StoreUnusable.
        """
        with self.database.writing() as database:
            last = self._owned(database, identity)
            if last is None:
                raise ConversationGone("这是别人分享的对话，只有提问的人能再分享。")
            there = "SELECT id FROM conversations WHERE shared_from = ? AND upto = ? AND gone IS NULL"
            found = database.execute(there, (identity, last)).fetchone()
            copy = found[0] if found else secrets.token_urlsafe(16)
            database.execute(
                "INSERT INTO conversations(id, shared_from, upto, updated) VALUES (?,?,?,?) "
                "ON CONFLICT(id) DO UPDATE SET updated = excluded.updated",
                (copy, identity, last, self._clock()),
            )
            self._touch(database, identity)
        return str(copy)

    def delete(self, identity: str) -> None:
        """Forget a conversation and the copies that were shared of it. Raises ConversationGone, StoreUnusable."""
        with self.database.writing() as database:
            if self._owned(database, identity) is None:
                raise ConversationGone("这是别人分享的对话，只有提问的人能删除。")
            self._forget(database, identity, "deleted")
        self.database.shrink()

    def add_feedback(self, answer: dict[str, Any], history: Sequence[str], verdict: str, reason: str) -> None:
        """Keep a verdict (up, down) on an answer, with the answer as it was. Raises StoreFull, StoreUnusable."""
        asked = json.dumps(list(history[-HISTORY:]), ensure_ascii=False)
        kept = json.dumps(answer, ensure_ascii=False)
        with self.database.writing() as database:
            self._make_room(database, "feedback", _bytes(asked, kept))
            database.execute(
                "INSERT INTO feedback(at, answer_id, snapshot, verdict, reason, history, answer) VALUES (?,?,?,?,?,?,?)",
                (self._clock(), str(answer["id"]), answer["snapshot"], verdict, reason, asked, kept),
            )

    def feedback(self) -> Iterator[dict[str, Any]]:
        """Yield the feedback as lines of a question file for `speechqa eval`, oldest first. Raises StoreUnusable.

        A row that cannot be read is reported and left out.
        """
        with self.database.reading() as database:
            rows = database.execute(
                "SELECT number, at, verdict, reason, history, answer FROM feedback WHERE at > ? ORDER BY number",
                (self._clock() - self._limits.feedback_days * DAY,),
            ).fetchall()
        for row in rows:
            try:
                yield as_question(*row)
            except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
                self._report(f"对话记录 {self.path}：第 {row[0]} 条反馈已损坏，跳过。")

    def _load(self, database: sqlite3.Connection, identity: str, after: int) -> Kept:
        row = database.execute(
            "SELECT shared_from, upto, gone FROM conversations WHERE id = ? AND updated > ?",
            (identity, self._oldest()),
        ).fetchone()
        if row is None or row[2] is not None:
            raise ConversationGone(_GONE.get(row and row[2], _GONE["deleted"]))
        shared_from, upto, _ = row
        found = database.execute(
            "SELECT number, asked, answer, snapshot, replaces FROM turns "
            "WHERE conversation = ? AND number > ? AND number <= ? ORDER BY number",
            (identity if upto is None else shared_from, after, 2**62 if upto is None else upto),
        ).fetchall()
        rows, damaged = [], 0
        for number, asked, answer, snapshot, replaces in found:
            read = load(asked) if asked is not None else None
            if asked is not None and read is None:
                damaged += 1
            else:
                rows.append(Row(number, read, answer, snapshot, replaces))
        if damaged:
            self._report(f"对话记录 {self.path}：一个对话里有 {damaged} 行已损坏，跳过。")
        return Kept(tuple(rows), shared_from is not None, damaged)

    def _owned(self, database: sqlite3.Connection, identity: str) -> int | None:
        """Return the number of a conversation's last row (0: it has none); None for a shared copy."""
        row = database.execute(
            "SELECT shared_from, gone, (SELECT max(number) FROM turns WHERE conversation = c.id) "
            "FROM conversations c WHERE id = ? AND updated > ?",
            (identity, self._oldest()),
        ).fetchone()
        if row is None or row[1] is not None:
            raise ConversationGone(_GONE.get(row and row[1], _GONE["deleted"]))
        return None if row[0] is not None else row[2] or 0

    def _start(self, database: sqlite3.Connection) -> str:
        identity = secrets.token_urlsafe(16)
        insert = "INSERT INTO conversations(id, updated) VALUES (?,?)"
        database.execute(insert, (identity, self._clock()))
        return identity

    def _append(self, database: sqlite3.Connection, identity: str, rows: Sequence[Row]) -> tuple[Row, ...]:
        texts = [(dump(row.asked) if row.asked else None, _fitting(row.answer)) for row in rows]
        there = "SELECT count(*) FROM turns WHERE conversation = ?"
        if database.execute(there, (identity,)).fetchone()[0] + len(rows) > ROWS:
            raise StoreFull(f"一次对话最多存 {ROWS} 次提问和修改，已经满了。请点“新对话”接着问。")
        self._make_room(database, "turns", sum(_bytes(*text) for text in texts))
        numbers: dict[int, int] = {}
        kept = []
        for row, (asked, answer) in zip(rows, texts, strict=True):
            replaces = row.replaces and numbers.get(row.replaces, row.replaces)
            number = self._insert(database, identity, asked, answer, row.snapshot, replaces)
            numbers[row.number] = number
            kept.append(Row(number, row.asked, row.answer, row.snapshot, replaces))
        self._touch(database, identity)
        return tuple(kept)

    def _insert(self, database: sqlite3.Connection, identity: str, *values: Any) -> int:
        asked, answer, snapshot, replaces = values
        standing = "SELECT 1 FROM turns WHERE number = ? AND conversation = ? AND asked IS NOT NULL"
        if replaces is not None and not database.execute(standing, (replaces, identity)).fetchone():
            raise ConversationChanged("这一问已在别的窗口里改过。")
        try:
            done = database.execute(
                "INSERT INTO turns(conversation, asked, answer, snapshot, replaces, bytes) VALUES (?,?,?,?,?,?)",
                (identity, asked, answer, snapshot, replaces, _bytes(asked, answer)),
            )
        except sqlite3.IntegrityError as error:  # the unique index of what is replaced
            raise ConversationChanged("这一问已在别的窗口里改过。") from error
        return int(done.lastrowid or 0)

    def _touch(self, database: sqlite3.Connection, identity: str) -> None:
        database.execute("UPDATE conversations SET updated = ? WHERE id = ?", (self._clock(), identity))
        if self._clock() - self._swept > _SWEEP_EVERY:
            self._sweep(database)

    def _make_room(self, database: sqlite3.Connection, kind: str, wanted: int) -> None:
        """Let the conversations longest unused go until there is room. Raises StoreFull where none may go."""
        total = "SELECT bytes FROM totals WHERE kind = ?"
        oldest = (
            "SELECT id FROM conversations WHERE gone IS NULL AND upto IS NULL AND updated < ? "
            "ORDER BY updated LIMIT 1"
        )
        limit, gone = self._limits.bytes // 2, 0
        while database.execute(total, (kind,)).fetchone()[0] + wanted > limit:
            found = database.execute(oldest, (self._clock() - FRESH,)).fetchone() if kind == "turns" else None
            if found is None:
                what = "对话" if kind == "turns" else "反馈"
                raise StoreFull(
                    f"这一次没有存下：{what}已占满 {limit // 1_000_000} MB。问答不受影响。"
                    "请告诉管理员：调大设置 store_megabytes，或调小保存的天数。"
                )
            self._forget(database, found[0], "space")
            gone += 1
        if gone:
            self._report(f"对话记录 {self.path}：空间满了，清理了 {gone} 个最久未用的对话。")

    def _forget(self, database: sqlite3.Connection, identity: str, why: str) -> None:
        """Take a conversation's rows away; that it is gone, and why, stays until it has reached its age."""
        both = "SELECT id FROM conversations WHERE id = ? OR shared_from = ?"
        database.execute(f"DELETE FROM turns WHERE conversation IN ({both})", (identity, identity))  # noqa: S608
        database.execute(
            "UPDATE conversations SET gone = ?, updated = ? WHERE (id = ? OR shared_from = ?) AND gone IS NULL",
            (why, self._clock(), identity, identity),
        )

    def _sweep(self, database: sqlite3.Connection) -> None:
        self._swept = self._clock()
        old = "SELECT id FROM conversations WHERE updated <= ?"
        database.execute(f"DELETE FROM turns WHERE conversation IN ({old})", (self._oldest(),))  # noqa: S608
        database.execute("DELETE FROM conversations WHERE updated <= ?", (self._oldest(),))
        oldest = self._clock() - self._limits.feedback_days * DAY
        database.execute("DELETE FROM feedback WHERE at <= ?", (oldest,))

    def _oldest(self) -> float:
        return self._clock() - self._limits.conversation_days * DAY


def open_store(settings: Settings, *, reading: bool = False) -> Store:
    """Return the store that the settings name; `reading` neither makes nor changes the file."""
    limits = Limits(settings.conversation_days, settings.feedback_days, settings.store_megabytes * 1_000_000)
    return Store(store_path(settings.store), limits, reading=reading)


def _bytes(*texts: str | None) -> int:
    return _ROW + sum(len(text.encode("utf-8")) for text in texts if text)


def _fitting(answer: str | None) -> str | None:
    return answer if answer and len(answer.encode("utf-8")) <= ANSWER else None
