"""A file read in a process of its own, with limits on time and memory: whatever a parser does, we go on.

The child is a plain interpreter that imports `index.formats` alone: no model, no FAISS. See index/formats/child.py.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index import errors
from index.errors import ParsingStopped, ReadingError
from index.formats.types import Extracted, Page
from index.types import Progress

SECONDS, SECONDS_A_MEGABYTE, SECONDS_A_PAGE = 20.0, 2.0, 5.0
RESIDENT = 1_000_000_000  # bytes of memory that a child may take; recognising a scan takes 0.53 GB
LOOKS = 0.05  # seconds between two looks at how much it has taken, where the system tells
EARLY = 50_000_000  # bytes below the limit at which it is stopped: what it takes between two looks
# Bytes that it may ask for. What recognises characters asks for more than it takes, most on many cores.
DATA = {"image": 2_500_000_000, "pdf": 2_500_000_000, "page": 2_500_000_000}
RESULT = 100_000_000  # bytes of a line that the child may write
PAGES = 2_000  # pages that lengthen the time
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

# `index` without its __init__, which brings what a question needs.
_PROGRAM = """
import json, sys, types
sys.path[:] = json.loads(sys.argv.pop(1))
package = types.ModuleType("index")
package.__path__ = [sys.argv.pop(1)]
sys.modules["index"] = package
from index.formats.child import main
main()
"""


def extract_isolated(path: Path, kind: str, progress: Progress | None = None) -> Extracted:
    """Read a file of a kind that index.formats.kinds tells; `progress` is told (pages read, pages).

    Raises ReadingError: what the parser says of the file, ParsingStopped where it was stopped or crashed.
    """
    found = _run(path, kind, progress)
    pages = tuple(Page(number, start, end, scan) for number, start, end, scan in found["pages"])
    return Extracted(found["text"], pages, found["title"], tuple(found["notes"]))


def unpack_isolated(path: Path, folder: Path) -> list[tuple[str, Path | None, ReadingError | None]]:
    """Unpack a zip's documents below `folder`; return each one's name with its place there or what is wrong with it.

    Raises ReadingError where the zip itself cannot be used.
    """
    found = _run(path, "zip", None, os.fspath(folder))["members"]
    return [
        (name, Path(place) if place else None, _error(*told) if told else None) for name, place, told in found
    ]


def draw_isolated(path: Path, kind: str, number: int) -> bytes:
    """Return page `number` (from 1) of a pdf or image as a PNG. Raises ReadingError: EmptyDocument for no such page."""
    with TemporaryDirectory(prefix="speechqa-", ignore_cleanup_errors=True) as folder:
        target = Path(folder) / "page.png"
        _run(path, "page", None, kind, str(number), os.fspath(target))
        return target.read_bytes()


def _run(path: Path, kind: str, progress: Progress | None, *further: str) -> dict[str, Any]:
    """Return what the child found. Raises ReadingError."""
    seconds = SECONDS + SECONDS_A_MEGABYTE * path.stat().st_size / 1e6
    pages = PAGES if kind in ("image", "pdf") else 0
    limits = (str(DATA.get(kind, RESIDENT)), str(int(seconds + SECONDS_A_PAGE * pages) + 1))
    with TemporaryDirectory(prefix="speechqa-", ignore_cleanup_errors=True) as folder:
        child = _start(folder, [kind, os.fspath(path.resolve()), *limits, *further])
        guard = _Guard(child, seconds)
        try:
            found = _listen(child, guard, progress)
        finally:
            guard.stop()
            _end(child)
    if found is None:
        raise _stopped(path.name, child.returncode, seconds, guard.reason)
    if "error" in found:
        name, message = found["error"]
        raise _error(name, message or str(_stopped(path.name, None, seconds, "memory")))
    return found


def _start(folder: str, arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start a child whose temporary files lie in `folder`, which goes with it however it ends."""
    paths = json.dumps([path for path in sys.path if path])  # not the folder that a person stands in
    place = os.fspath(Path(__file__).parents[1])
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-I", "-X", "utf8", "-c", _PROGRAM, paths, place, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder),
        start_new_session=os.name == "posix",
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


class _Guard:
    """Ends a child that takes too long or too much memory; each page it reports gives it more time."""

    def __init__(self, child: subprocess.Popen[bytes], seconds: float) -> None:
        self.reason = ""  # why it was ended: time, memory
        self._child = child
        self._pages = 0
        self._end = time.monotonic() + seconds
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def page(self, done: int) -> None:
        """Begin to count anew where a further page was read."""
        if self._pages < done <= PAGES:
            self._pages = done
            self._end = time.monotonic() + SECONDS + SECONDS_A_PAGE

    def stop(self) -> None:
        """Let the child be."""
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(LOOKS):
            if time.monotonic() > self._end:
                self.reason = "time"
            elif _resident(self._child.pid) > RESIDENT - EARLY:
                self.reason = "memory"
            if self.reason:
                _kill(self._child)
                return


def _resident(process: int) -> int:
    """Return the bytes of memory that a process has taken; 0 where the system does not tell."""
    try:
        with open(f"/proc/{process}/statm", "rb") as file:  # noqa: PTH123 - twenty times a second
            return int(file.read().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def _listen(
    child: subprocess.Popen[bytes], guard: _Guard, progress: Progress | None
) -> dict[str, Any] | None:
    """Return the child's result; None where it ends without one."""
    while line := child.stdout.readline(RESULT) if child.stdout else b"":
        try:
            told = json.loads(line)
        except ValueError:
            return None  # cut: the child was stopped, or wrote more than anything gives
        if "progress" not in told:
            return dict(told)
        done, pages = told["progress"]
        guard.page(done)
        if progress:
            progress(done, pages)
    return None


def _end(child: subprocess.Popen[bytes]) -> None:
    """Wait for the child, which has nothing more to do, and end it where it goes on."""
    if child.stdout is not None:
        child.stdout.close()
    try:
        child.wait(timeout=2)
    except subprocess.TimeoutExpired:
        _kill(child)
        child.wait()


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and the programs that it started."""
    if child.poll() is not None:
        return
    if os.name == "posix":
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            child.kill()
    else:
        child.kill()


def _error(name: str, message: str) -> ReadingError:
    """Return the exception that the child met."""
    found = getattr(errors, name, ReadingError)
    kind = found if isinstance(found, type) and issubclass(found, ReadingError) else ReadingError
    return kind(message)


def _stopped(name: str, code: int | None, seconds: float, reason: str) -> ParsingStopped:
    if reason == "time" or (code is not None and -code == getattr(signal, "SIGXCPU", None)):
        return ParsingStopped(
            f"{name} 读了 {seconds:.0f} 秒还没有读完，已停止。请拆成几个文件，或另存一份再试。"
        )
    if reason == "memory" or (code is not None and -code == getattr(signal, "SIGKILL", None)):
        return ParsingStopped(
            f"{name} 要用的内存超过 {RESIDENT / 1e9:.0f} GB，已停止。请拆成几个文件，或另存一份再试。"
        )
    return ParsingStopped(f"{name} 使解析程序出错退出（{code}）。请用原来的软件打开并另存一份。")
