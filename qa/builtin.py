"""The built-in speech's snapshot: built at first use, kept in the user's cache folder.

Building takes a second; shipping it prebuilt would tie the wheel to one encoder and one faiss version.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import index
from index import Encoder, Snapshot, SnapshotError, load_snapshot

_BUILDS = (
    *("*.py", "reading/*.py", "structure/*.py", "formats/*.py"),
    *("data/*.json", "data/*.txt", "data/speech/*"),
)


def builtin_snapshot(encoder: Encoder, cache: Path | None = None) -> Snapshot:
    """Return the snapshot of the built-in speech for `encoder`.

    It is loaded from `cache` (default: the user's cache folder), built there where it is missing or
    damaged, and kept in memory only where the folder cannot be written.
    """
    root = (cache or default_cache(os.environ)) / f"speech-{build_key(encoder)}"
    try:
        return load_snapshot(root, fingerprint=encoder.fingerprint)
    except SnapshotError:
        document = index.builtin_document()
    try:
        return index.build_index([document], encoder=encoder, root=root)
    except (SnapshotError, OSError):
        return index.build_index([document], encoder=encoder)


def build_key(encoder: Encoder) -> str:
    """Return what an index depends on beside its documents, as 16 digits: the encoder, and the files that build it.

    The files count by size and time of change, so that an upgrade or an edit never meets an old snapshot.
    """
    parts = [encoder.fingerprint]
    package = Path(index.__file__).parent
    files = (file for pattern in _BUILDS for file in package.glob(pattern))
    for file in sorted(files):
        status = file.stat()
        parts.append(f"{file.name} {status.st_size} {status.st_mtime_ns}")
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def default_cache(environment: Mapping[str, str]) -> Path:
    """Return the user's cache folder for this program, as each system has it."""
    if sys.platform == "win32" and "LOCALAPPDATA" in environment:
        return Path(environment["LOCALAPPDATA"]) / "speechqa" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "speechqa"
    named = environment.get("XDG_CACHE_HOME", "")
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "speechqa"
