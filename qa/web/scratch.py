"""Where files lie that are just being read or drawn: in memory where the system has such a folder, and none is left behind."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - the system's folder in memory (Linux)
LEAST = 500_000_000  # bytes that must be free in it: a file, its copy and what is unpacked, several at a time
LEFT = 3_600.0  # seconds after which a folder of ours is left behind: nothing is read for as long
PREFIX = "speechqa-"  # what all our folders of this kind begin with


def use_memory(folder: Path = MEMORY, least: int = LEAST) -> bool:
    """Let this process's temporary files lie in memory, where there is room for them; tell whether they do."""
    try:
        roomy = folder.is_dir() and shutil.disk_usage(folder).free >= least
        if roomy:
            with tempfile.TemporaryFile(dir=folder):
                tempfile.tempdir = str(folder)
    except OSError:
        return False
    return roomy


def begin() -> None:
    """Prepare this process's temporary files: in memory where there is room, nothing left behind."""
    use_memory()
    sweep()


def in_memory(folder: Path = MEMORY) -> bool:
    """Tell whether this process's temporary files lie in memory."""
    return Path(tempfile.gettempdir()) == folder


def sweep(now: float | None = None) -> None:
    """Remove folders of ours that a process which was killed has left behind."""
    oldest = (time.time() if now is None else now) - LEFT
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.is_dir() and not folder.is_symlink() and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
