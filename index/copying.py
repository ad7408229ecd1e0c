"""A snapshot's files, as they are: taken out of an index folder, and put into another."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from index.assembling import read_object
from index.catalogue import DOCUMENTS, LIBRARY, PREVIOUS, Catalogue, pointer
from index.errors import SnapshotDamaged, command
from index.locking import writing
from index.publishing import MANIFEST, identity_of, is_id, point, publish, sync_folder, write_new
from index.snapshot import FORMAT, Layout, checked_files, manifest_of

_OBJECT = re.compile(r"[0-9a-f]+-[0-9a-f]+\.speech")  # names of a library's files


def snapshot_files(root: Path) -> tuple[str, dict[str, bytes]]:
    """Return the id and the files of the snapshot in force, of a library its documents'. Raises SnapshotMissing, SnapshotDamaged."""
    folder, manifest = manifest_of(root)
    if manifest["format"] != LIBRARY:
        return checked_files(root)
    try:
        entries = Catalogue.from_manifest(manifest).entries
        files = {f"{DOCUMENTS}/{entry.object}": read_object(root, entry) for entry in entries}
        return folder.name, {MANIFEST: (folder / MANIFEST).read_bytes(), **files}
    except (SnapshotDamaged, OSError):
        if pointer(root) not in (None, folder.name):  # changed meanwhile, and what it was is gone
            return snapshot_files(root)
        raise


def put_snapshot(root: Path, identity: str, files: Mapping[str, bytes]) -> None:
    """Put a snapshot's files into an index folder, checked, and make it the one in force.

    Raises SnapshotDamaged where they are not what their manifest says, LibraryBusy, SnapshotNotWritten, OSError.
    """
    told = _told(identity, files)
    if set(files) != {MANIFEST, *told} or any(
        _digest(files[name]) != digest for name, digest in told.items()
    ):
        raise SnapshotDamaged(f"快照 {identity} 的文件与清单不符。请换一份备份。")
    with writing(root, command("restore 备份", root)):
        was = pointer(root)
        if any("/" in name for name in told):
            (root / DOCUMENTS).mkdir(parents=True, exist_ok=True)
        for name in (name for name in told if "/" in name):
            path = root / name
            if not path.exists() or _digest(path.read_bytes()) != told[name]:
                write_new(path, files[name])
        if (root / DOCUMENTS).is_dir():
            sync_folder(root / DOCUMENTS)
        publish(root, identity, {name: data for name, data in files.items() if "/" not in name})
        if was and is_id(was) and was != identity:
            point(root, PREVIOUS, was)


def _told(identity: str, files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the names that a snapshot's files must have, each with its SHA-256; none of them leads out of the folder."""
    try:
        manifest = json.loads(files[MANIFEST])
        if identity_of(files[MANIFEST]) != identity:
            raise SnapshotDamaged(f"快照 {identity} 的文件与清单不符。请换一份备份。")
        if manifest["format"] == LIBRARY:
            entries = Catalogue.from_manifest(manifest).entries
            if all(_OBJECT.fullmatch(entry.object) for entry in entries):
                return {f"{DOCUMENTS}/{entry.object}": entry.sha256 for entry in entries}
        elif manifest["format"] == FORMAT and set(manifest["files"]) == set(Layout.files):
            return {name: about["sha256"] for name, about in manifest["files"].items()}
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SnapshotDamaged(f"快照 {identity} 的文件不完整。请换一份备份。") from error
    raise SnapshotDamaged(f"快照 {identity} 的清单不是这个软件的。请换一份备份，或升级软件。")


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
