"""Indexes of files that were asked directly (`ask --file`), kept in the user's cache: asked again, nothing is read anew.

CACHE/files/KEY/ holds the index and notes.json, what was said when the files were read. KEY is made of the files'
names and contents, of the encoder, and of everything that reads and indexes. Only the user can read it; it is bounded
in size, number and age, and wherever anything is wrong with it the files are read as if it were not there.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from itertools import islice
from pathlib import Path

import index
from index import Document, Encoder, Snapshot, SnapshotError, load_snapshot
from qa.builtin import build_key

FILES = 500  # in folders that are named: more are not looked through for a key
BYTES = 200_000_000  # of files that are looked through: half a second
ENTRIES = 100
DAYS = 30.0  # since the last use
_DAY = 86_400.0
_WRITING = 3_600.0  # seconds after which a workplace is no writer's any more
_READERS = ("pypdfium2", "ofdkit", "lxml", "openpyxl", "rapidocr", "onnxruntime", "pillow")
_PROGRAMS = ("antiword", "soffice", "libreoffice")
_NOTES = "notes.json"
_SIDE = (".toml", ".json")


@dataclass(frozen=True, slots=True)
class FileCache:
    """The folder, and how many bytes may lie in it."""

    root: Path
    megabytes: int

    def key(self, paths: Sequence[Path], encoder: Encoder) -> str | None:
        """Return what stands for these files' index; None where it cannot or need not be kept."""
        if self.megabytes <= 0:
            return None
        try:
            parts = [build_key(encoder), *_readers(), *(part for path in paths for part in _contents(path))]
        except (OSError, ValueError, _TooMuch):
            return None
        return sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]

    def get(self, key: str, encoder: Encoder) -> tuple[Snapshot, list[str]] | None:
        """Return a kept index and what was said of its files; None where it is not there. What is damaged is removed."""
        entry = self.root / key
        try:
            if not entry.is_dir() or not _private(self.root):
                return None
            if time.time() - entry.stat().st_mtime > DAYS * _DAY:
                raise ValueError("too old")  # noqa: TRY301 - it goes as what is damaged does
            notes = json.loads((entry / _NOTES).read_text("utf-8"))
            if not (isinstance(notes, list) and all(isinstance(note, str) for note in notes)):
                raise ValueError("no notes")  # noqa: TRY301
            snapshot = load_snapshot(entry, fingerprint=encoder.fingerprint)
        except (SnapshotError, OSError, ValueError):
            shutil.rmtree(entry, ignore_errors=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(entry)
        return snapshot, notes

    def build(
        self, key: str, documents: Sequence[Document], notes: Sequence[str], encoder: Encoder
    ) -> Snapshot:
        """Index documents and keep that; in memory alone where the folder cannot be written. Raises EncoderError."""
        work = self.root / f".new-{secrets.token_hex(8)}"
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _private(self.root):
                return index.build_index(documents, encoder=encoder)
            work.mkdir(mode=0o700)
            snapshot = index.build_index(documents, encoder=encoder, root=work)
            (work / _NOTES).write_text(json.dumps(list(notes), ensure_ascii=False), "utf-8")
            for path in work.rglob("*"):
                path.chmod(0o700 if path.is_dir() else 0o600)
            with contextlib.suppress(OSError):  # another process may have kept the same meanwhile
                work.rename(self.root / key)
        except (SnapshotError, OSError, UnicodeError):
            return index.build_index(documents, encoder=encoder)
        else:
            return snapshot
        finally:
            shutil.rmtree(work, ignore_errors=True)
            self._prune()

    def _prune(self) -> None:
        """Remove what is too old or too much, the longest unused first, and what killed writers left."""
        now, kept, total = time.time(), 0, 0
        for entry in sorted(_entries(self.root), key=_changed, reverse=True):
            age = now - _changed(entry)
            if entry.name.startswith("."):
                gone = age > _WRITING
            else:
                total += sum(_size(path) for path in entry.rglob("*"))
                kept += 1
                gone = kept > ENTRIES or total > self.megabytes * 1_000_000 or age > DAYS * _DAY
            if gone:
                shutil.rmtree(entry, ignore_errors=True)


class _TooMuch(Exception):
    """More files or bytes than are looked through."""


def _entries(root: Path) -> list[Path]:
    """Return the folders that are ours: entries and workplaces, no links."""
    try:
        found = list(root.iterdir())
    except OSError:
        return []
    ours = [
        one for one in found if one.name.startswith(".new-") or (len(one.name) == 32 and one.name.isalnum())
    ]
    return [one for one in ours if one.is_dir() and not one.is_symlink()]


def _changed(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.lstat().st_size
    return 0


def _private(folder: Path) -> bool:
    """Tell whether a folder is the user's own and nobody else's; what is his own is closed to others."""
    if os.name != "posix":
        return True  # a user's cache folder on Windows is closed to others
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return False
    if status.st_mode & 0o077:
        folder.chmod(0o700)
    return True


def _readers() -> Iterator[str]:
    """Yield what reads files beside our own code: where one comes, goes or changes, files are read anew."""
    from importlib import metadata

    for name in _READERS:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            yield f"{name} none"
    for name in _PROGRAMS:
        yield f"{name} {shutil.which(name)}"


def _contents(path: Path) -> Iterator[str]:
    """Yield names and contents of a file and what stands beside it, or of all below a folder. Raises OSError, _TooMuch."""
    if path.is_dir():
        below = sorted(islice((file for file in path.rglob("*") if file.is_file()), FILES + 1))
        files = [(file, str(file.relative_to(path))) for file in below]
    else:
        beside = [path.with_name(path.name + ending) for ending in _SIDE]
        files = [(file, file.name) for file in (path, *(one for one in beside if one.is_file()))]
    if len(files) > FILES or sum(file.stat().st_size for file, _ in files) > BYTES:
        raise _TooMuch
    for file, name in files:
        if not stat.S_ISREG(file.stat().st_mode):
            raise _TooMuch  # a pipe is read once
        with file.open("rb") as opened:
            yield f"{len(name)} {name} {file_digest(opened, 'sha256').hexdigest()}"
