"""Broken files, each read in a process that may not fall over: `python -m tests.index.formats.broken pdf FOLDER`."""

from __future__ import annotations

import importlib
import random
import re
import subprocess
import sys
import time
from pathlib import Path

from index.errors import ReadingError

READERS = {
    "pdf": ("index.formats.pdf", "extract"),
    "ofd": ("index.formats.ofd", "extract"),
    "png": ("index.formats.ocr", "extract_image"),
}
SLOW = 20.0  # seconds for one file
MEMORY = 1_000_000  # KB


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return bytes that are cut off, flipped, doubled, moved, filled, or something else entirely."""
    kind, at = rng.randrange(8), rng.randrange(len(data))
    changed = bytearray(data)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[at:]
    if kind == 2:
        return data[:at] + data[at // 2 :]
    if kind == 3:
        return rng.randbytes(rng.randrange(1, 3_000))
    if kind == 4:
        length = rng.randrange(1, 400)
        changed[at : at + length] = bytes([rng.choice((0, 0x20, 0xFF))]) * length
        return bytes(changed)
    for _ in range((1, 8, 60)[kind - 5]):
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def write(folder: Path, kind: str, data: bytes, count: int, seed: int) -> None:
    """Write `count` broken files made of one that is whole."""
    rng = random.Random(seed)
    for number in range(count):
        (folder / f"{number:04}.{kind}").write_bytes(damaged(data, rng))


def read_all(folder: Path, kind: str) -> list[str]:
    """Return what became of each file, read in one process: 文字 or the reason; fails where one falls over."""
    command = [sys.executable, "-m", "tests.index.formats.broken", kind, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1_800)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr[-3_000:]
    return done.stdout.splitlines()


def peak() -> int:
    """Return the most memory that this process took, kB. Not ru_maxrss: that counts the parent's before the start."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s*(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) if found else 0


def main(kind: str, folder: Path) -> None:
    """Read every file and write a line about each."""
    module, name = READERS[kind]
    extract = getattr(importlib.import_module(module), name)
    for path in sorted(folder.iterdir()):
        start = time.perf_counter()
        try:
            found = extract(path)
            line = f"文字 {len(found.text)}"
        except ReadingError as error:
            line = f"{type(error).__name__} {error}"
        assert "\n" not in line, repr(line)
        assert time.perf_counter() - start < SLOW, path
        assert peak() < MEMORY, path
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
