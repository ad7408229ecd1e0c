"""What a library no longer needs -> deleted: never what the snapshot in force or the one before it has."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from index.catalogue import DOCUMENTS, LIBRARY, PREVIOUS, Catalogue, pointer
from index.errors import SnapshotError
from index.publishing import GRACE_SECONDS, SNAPSHOTS, remove_but, snapshots_of
from index.snapshot import manifest_of


@dataclass(frozen=True, slots=True)
class Swept:
    """What was deleted. `young` snapshots wait: somebody may be reading them. `unsure`: one cannot be read, so no document's file was deleted."""

    bytes: int = 0
    documents: int = 0
    snapshots: int = 0
    young: int = 0
    unsure: bool = False


def sweep(root: Path, grace: float | None = None) -> Swept:
    """Delete old snapshots and the files that none of those left has. The library's lock is held."""
    if pointer(root) is None:
        return Swept(unsure=True)  # what is in force is not known
    kept = {name for name in (pointer(root), pointer(root, PREVIOUS)) if name}
    before = _bytes(root / SNAPSHOTS)
    gone, young = remove_but(root, kept, GRACE_SECONDS if grace is None else grace)
    freed = before - _bytes(root / SNAPSHOTS)
    used = _used(root, kept)
    if used is None:
        return Swept(freed, 0, gone, young, unsure=True)
    files = 0
    for file in _files(root / DOCUMENTS):
        is_ours = file.suffix == ".speech" or file.name.startswith(".new-")
        if is_ours and file.name not in used:
            with contextlib.suppress(OSError):
                size = file.stat().st_size
                file.unlink()
                freed, files = freed + size, files + 1
    return Swept(freed, files, gone, young)


def _used(root: Path, kept: set[str]) -> set[str] | None:
    """Return the files that the snapshots left have; None where one of them cannot be read."""
    used: set[str] = set()
    for identity in {*snapshots_of(root), *(name for name in kept if (root / SNAPSHOTS / name).exists())}:
        try:
            _, manifest = manifest_of(root, identity)
            if manifest["format"] == LIBRARY:
                used |= {entry.object for entry in Catalogue.from_manifest(manifest).entries}
        except (SnapshotError, KeyError, TypeError):
            return None
    return used


def _files(folder: Path) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if file.is_file() and not file.is_symlink()]
    except OSError:
        return []


def _bytes(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += file.lstat().st_size
    return total
