"""A snapshot's folder: published whole, old ones removed, and nothing touched that is not ours.

Ours is what carries our mark: a folder named by an id whose manifest hashes to that id and names all that is in it;
a workplace with our marker in it. Whatever else stands in the index folder stays as it is, and a folder whose
CURRENT is another program's is refused before anything is written.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from hashlib import sha256
from pathlib import Path

from index.errors import SnapshotNotWritten

CURRENT = "CURRENT"
SNAPSHOTS = "snapshots"
MANIFEST = "manifest.json"
MARKER = "speechqa-workplace"
GRACE_SECONDS = 600  # younger snapshots may be being read, younger workplaces written in: seconds' work

_ID = re.compile(r"[0-9a-f]{16}")
_ASIDE = re.compile(r"\.old-(?P<id>[0-9a-f]{16})")
_WORKPLACE = re.compile(r"\.new-[0-9a-f]{16}")


def identity_of(manifest: bytes) -> str:
    """Return a snapshot's id: the first 16 hexadecimal digits of its manifest's SHA-256."""
    return sha256(manifest).hexdigest()[:16]


def is_id(name: str) -> bool:
    """Tell whether a name is of the form of a snapshot's id."""
    return bool(_ID.fullmatch(name))


def publish(root: Path, identity: str, files: dict[str, bytes]) -> None:
    """Write aside, sync, rename, sync, then point CURRENT at it. Raises OSError, SnapshotNotWritten."""
    refuse_foreign(root)
    store = root / SNAPSHOTS
    store.mkdir(parents=True, exist_ok=True)
    work = store / f".new-{secrets.token_hex(8)}"
    work.mkdir()
    try:
        (work / MARKER).touch()
        snapshot, pointer = work / identity, work / CURRENT
        snapshot.mkdir()
        for name, data in files.items():
            _write_synced(snapshot / name, data)
        _write_synced(pointer, f"{identity}\n".encode())
        sync_folder(snapshot)
        _put(snapshot, store / identity, files)
        sync_folder(store)
        os.replace(pointer, root / CURRENT)  # noqa: PTH105 - the name says what is relied on
        sync_folder(root)
        with contextlib.suppress(PermissionError):
            sync_folder(root.parent)  # `root` may be new in it
    finally:
        shutil.rmtree(work, ignore_errors=True)


def refuse_foreign(root: Path) -> None:
    """Raise SnapshotNotWritten where `root` holds another program's CURRENT; OSError where it cannot be read."""
    if not is_foreign(root):
        return
    raise SnapshotNotWritten(
        f"文件夹 {root} 不是索引：里面的 {CURRENT} 应为一个快照编号，实际是别的内容。什么也没有写。请换一个文件夹。"
    )


def is_foreign(root: Path) -> bool:
    """Tell whether `root` has a CURRENT that names no snapshot, and no snapshot of ours beside it."""
    try:
        with (root / CURRENT).open("rb") as file:
            named = file.read(64).strip().decode("ascii", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return False
    except IsADirectoryError:
        named = ""
    if is_id(named):
        return False
    return not any(is_ours(folder, folder.name) for folder in _entries(root / SNAPSHOTS))


def is_ours(folder: Path, identity: str) -> bool:
    """Tell whether a folder is the snapshot `identity`, whole or in part, and holds nothing else."""
    if not is_id(identity) or folder.is_symlink():
        return False
    try:
        manifest = (folder / MANIFEST).read_bytes()
        if identity_of(manifest) != identity:
            return False
        named = {MANIFEST, *json.loads(manifest)["files"]}
        return all(e.name in named and e.is_file() and not e.is_symlink() for e in folder.iterdir())
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def prune(root: Path, identity: str) -> None:
    """Delete our snapshots before the previous one and what killed writers left, once past their grace."""
    folders = sorted(_entries(root / SNAPSHOTS), key=lambda f: (_age(f), f.name))
    finished = [f for f in folders if f.name != identity and is_ours(f, f.name)]
    for folder in finished[1:]:
        with contextlib.suppress(OSError):
            if _age(folder) > GRACE_SECONDS:
                _discard(folder, GRACE_SECONDS)
    for folder in folders:
        with contextlib.suppress(OSError):
            if folder.name.startswith(".") and _age(folder) > GRACE_SECONDS:
                _clean_up(folder)


def remove_but(root: Path, kept: set[str], grace: float) -> tuple[int, int]:
    """Delete our snapshots, save those named and those younger than `grace` seconds; return how many went, how many are young.

    What killed writers left goes with them.
    """
    gone = young = 0
    for folder in _entries(root / SNAPSHOTS):
        with contextlib.suppress(OSError):
            if folder.name.startswith("."):
                if _age(folder) > grace:
                    _clean_up(folder)
            elif folder.name not in kept and is_ours(folder, folder.name):
                if _age(folder) > grace:
                    _discard(folder, grace)
                    gone += 1
                else:
                    young += 1
    return gone, young


def snapshots_of(root: Path) -> list[str]:
    """Return the ids of the snapshots that are there, the youngest first."""
    ours = [folder for folder in _entries(root / SNAPSHOTS) if is_ours(folder, folder.name)]
    return [folder.name for folder in sorted(ours, key=lambda f: (_age(f), f.name))]


def point(root: Path, name: str, identity: str) -> None:
    """Have CURRENT or another pointer name a snapshot, at once and for good. Raises OSError."""
    work = root / f".{name}-{secrets.token_hex(8)}"
    try:
        _write_synced(work, f"{identity}\n".encode())
        os.replace(work, root / name)  # noqa: PTH105 - the name says what is relied on
        sync_folder(root)
    finally:
        work.unlink(missing_ok=True)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all; its folder is not yet synced. Raises OSError."""
    work = path.with_name(f".new-{secrets.token_hex(8)}")
    try:
        _write_synced(work, data)
        os.replace(work, path)  # noqa: PTH105
    finally:
        work.unlink(missing_ok=True)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _put(snapshot: Path, target: Path, files: dict[str, bytes]) -> None:
    """Rename `snapshot` to `target`, where the same snapshot may be already, whole or damaged."""
    try:
        snapshot.rename(target)
    except OSError:
        if not os.path.lexists(target):
            snapshot.rename(target)  # pruned meanwhile; or it fails again, and says why
            return
        if not target.is_dir() or any(e.name not in files or not e.is_file() for e in _entries(target)):
            raise SnapshotNotWritten(
                f"{target} 里有不属于索引的文件，没有改动。请移走它们，或换一个索引文件夹。"
            ) from None
        with contextlib.suppress(FileNotFoundError):
            os.utime(target)  # young again, before it is looked at: nobody prunes it from here on
        if _is_whole(target, files):
            return
        with contextlib.suppress(FileNotFoundError):
            target.rename(snapshot.with_name("damaged"))
        snapshot.rename(target)


def _is_whole(folder: Path, files: dict[str, bytes]) -> bool:
    try:
        return all((folder / name).read_bytes() == data for name, data in files.items())
    except OSError:
        return False


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have what was renamed in a folder survive a loss of power. Raises OSError."""
    if os.name == "nt":
        return  # Windows cannot open a folder, and renames there are journaled
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(folder: Path, grace: float) -> None:
    """Take a snapshot away at once, look again, and only then delete it: a writer may just have renewed it."""
    aside = folder.with_name(f".old-{folder.name}")
    folder.rename(aside)
    if _age(aside) > grace:
        _clean_up(aside)
    else:
        aside.rename(folder)


def _clean_up(folder: Path) -> None:
    """Delete what was taken away, or a killed writer's workplace; the mark last, so that a kill leaves it ours."""
    aside = _ASIDE.fullmatch(folder.name)
    if aside is not None:
        mark, is_marked = folder / MANIFEST, is_ours(folder, aside["id"])
    elif _WORKPLACE.fullmatch(folder.name) and not folder.is_symlink():
        mark = folder / MARKER
        is_marked = mark.is_file()
    else:
        return
    for entry in folder.iterdir() if is_marked else ():
        if entry != mark:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    if is_marked:
        mark.unlink()
    folder.rmdir()  # fails, and nothing is lost, where something without our mark is in it


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return 0.0
