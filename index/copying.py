"""A snapshot's files, as they are: taken out of an index folder, and put into another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from index.errors import SnapshotDamaged
from index.publishing import CURRENT, MANIFEST, identity_of, publish
from index.snapshot import checked_files


def snapshot_files(root: Path) -> tuple[str, dict[str, bytes]]:
    """Return the id and the files of the snapshot in force. Raises SnapshotMissing, SnapshotDamaged."""
    return checked_files(root)


def current_id(root: Path) -> str | None:
    """Return the id of the snapshot in force; None where there is none, or it cannot be read."""
    try:
        return (root / CURRENT).read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def put_snapshot(root: Path, identity: str, files: Mapping[str, bytes]) -> None:
    """Put a snapshot's files into an index folder, checked, and make it the one in force.

    Raises SnapshotDamaged where they are not what their manifest says, SnapshotNotWritten, OSError.
    """
    try:
        told = json.loads(files[MANIFEST])["files"]
        whole = identity_of(files[MANIFEST]) == identity and set(files) == {MANIFEST, *told}
        whole = whole and all(_digest(files[name]) == about["sha256"] for name, about in told.items())
    except (KeyError, ValueError, TypeError) as error:
        raise SnapshotDamaged(f"快照 {identity} 的文件不完整。请换一份备份。") from error
    if not whole:
        raise SnapshotDamaged(f"快照 {identity} 的文件与清单不符。请换一份备份。")
    publish(root, identity, dict(files))


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
