"""The store's SQLite file: opened once, brought to our schema, one transaction at a time; what fails has a name."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from qa.errors import StoreFull, StoreUnusable
from qa.web.schema import VERSION, Report, check, migrate

_BUSY_SECONDS = 10  # that a write waits for those of other processes
_OVERHEAD = 1.5  # the file to what is counted in it: indexes, page ends, the journal of questions
_LOG_BYTES = 4_000_000  # to which the write-ahead log shrinks again
_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # a write that was acknowledged survives a power cut
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten
    f"PRAGMA journal_size_limit = {_LOG_BYTES}",
)
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)


class Database:
    """One connection for all threads of the process, behind a lock. Closing it would cost 20 ms a question."""

    def __init__(self, path: Path, limit: int, report: Report, *, reading: bool = False) -> None:
        """Open the file at its first use; `limit` is its size in bytes, `reading` neither makes nor changes it."""
        self.path = path
        self._limit = limit
        self._report = report
        self._only_read = reading
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # device and inode: somebody may put another file there

    def __del__(self) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; the next call opens it anew."""
        connection, self._connection = getattr(self, "_connection", None), None
        if connection is not None:
            connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reading. Raises StoreUnusable."""
        with self._named(), self._lock:
            yield self._opened()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection within a transaction: all of it is kept, or nothing. Raises StoreFull, StoreUnusable."""
        with self._named(), self._lock:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def shrink(self) -> None:
        """Empty the write-ahead log, so that what was deleted is not in it either; as far as nobody reads just now."""
        with self._named(), self._lock:
            self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._file == self._there():
            return self._connection
        self.close()
        if not self._only_read:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
        elif not self.path.exists():
            raise FileNotFoundError(errno.ENOENT, "没有这个文件")
        address = f"file:{quote(str(self.path.absolute()))}?mode=rw"
        connection = sqlite3.connect(
            address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._file = connection, self._there()
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = check(connection)
        if self._only_read:
            connection.execute("PRAGMA query_only = ON")
            return
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA max_page_count = {int(self._limit * _OVERHEAD) // page:d}")
        if version < VERSION:
            migrate(connection, self._report)

    def _there(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Give what goes wrong its name and its remedy."""
        try:
            yield
        except StoreUnusable as error:  # from the schema: not ours, or too new
            raise StoreUnusable(
                f"对话记录 {self.path} 用不了：{error}，或用设置 store 换一个位置；问答不受影响。"
            ) from error
        except (sqlite3.Error, OSError) as error:
            self.close()
            code = getattr(error, "sqlite_errorcode", None)
            if code in _FULL or getattr(error, "errno", None) == errno.ENOSPC:
                raise StoreFull(
                    f"这一次没有存下：对话记录 {self.path} 所在的磁盘满了，或它已到上限。问答不受影响。"
                    "请告诉管理员：腾出磁盘空间，或调大设置 store_megabytes。"
                ) from error
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


def store_path(setting: str, environment: Mapping[str, str] | None = None) -> Path:
    """Return where the store is: as the setting says (empty: where `default_store` says)."""
    return Path(setting) if setting else default_store(os.environ if environment is None else environment)
