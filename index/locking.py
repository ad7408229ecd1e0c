"""One writer at a time in a library's folder: a lock of the system's, with a line that says whose it is.

The system lets a lock go with the process that held it, however that ended: so a lock that can be taken is free, and a
line that is still there was left by a process that is gone. DIR/speechqa-writer stays, empty where nobody writes.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from index.errors import LibraryBusy, not_written
from index.publishing import refuse_foreign

LOCK = "speechqa-writer"
_PLACE = 1 << 30  # the byte that is locked: far behind the line, which others read meanwhile

Told = Callable[[str], None]


@contextlib.contextmanager
def writing(
    root: Path, again: str, told: Told = lambda _: None, clock: Callable[[], float] = time.time
) -> Iterator[None]:
    """Hold the lock of a library. `again` is the command to run again; `told` hears of a lock that was left behind.

    Raises LibraryBusy where another holds it, SnapshotNotWritten where the folder cannot be written.
    """
    try:
        refuse_foreign(root)
        root.mkdir(parents=True, exist_ok=True)
        file = (root / LOCK).open("a+b")
    except OSError as error:
        raise not_written(root, error, again) from error
    with file:
        try:
            if not _taken(file):
                raise LibraryBusy(
                    f"文稿库 {root} 正由{_owner(file, clock)}写入，一次只能有一个。请等它写完，再运行 {again}"
                )
            left = _line(file)
            _write(file, {"pid": os.getpid(), "host": socket.gethostname(), "started": clock()})
        except OSError as error:
            raise not_written(root, error, again) from error
        if left:
            told(
                f"文稿库 {root} 的写锁没有放开（{_whose(left, clock)}）：那个进程已经不在，锁已接过来，它写完的文稿都在。"
            )
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                _write(file, None)


def _taken(file: BinaryIO) -> bool:
    """Take the system's lock; False where another holds it. Raises OSError where the folder's disk knows no locks."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(_PLACE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _line(file: BinaryIO) -> dict[str, object]:
    file.seek(0)
    try:
        found = json.loads(file.read(1000) or b"{}")
    except ValueError:
        return {"pid": "?"}  # killed while it wrote the line
    return found if isinstance(found, dict) else {"pid": "?"}


def _write(file: BinaryIO, line: dict[str, object] | None) -> None:
    file.truncate(0)
    if line:
        file.write(json.dumps(line).encode("utf-8"))  # "a": always at the end
    file.flush()


def _owner(file: BinaryIO, clock: Callable[[], float]) -> str:
    line = _line(file)
    return f"另一个程序（{_whose(line, clock)}）" if line else "另一个程序"


def _whose(line: dict[str, object], clock: Callable[[], float]) -> str:
    """Return whose a lock is: 进程 12 在 HOST，13:05:59 开始，已 3 分钟."""
    parts = [f"进程 {line.get('pid', '?')}"]
    if line.get("host"):
        parts.append(f"主机 {line['host']}")
    if isinstance(started := line.get("started"), int | float):
        parts.append(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(started))} 开始")
        parts.append(f"已 {_age(clock() - started)}")
    return "，".join(parts)


def _age(seconds: float) -> str:
    if seconds < 0:
        return "不到 1 秒（时钟调慢过）"
    if seconds < 60:
        return f"{seconds:.0f} 秒"
    if seconds < 3600:
        return f"{seconds / 60:.0f} 分钟"
    return f"{seconds / 3600:.1f} 小时"
