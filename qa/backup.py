"""Index, conversations and settings → one zip, also while the server runs, and back.

The index is one snapshot, resolved once and never changed; the store is copied in one transaction (SQLite's backup);
so each is whole. Every member's SHA-256 stands in backup.json and is checked before anything is written.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import index
from qa.errors import BackupFailed, BadSetting, StoreUnusable
from qa.settings import Settings, load_settings
from qa.web.database import store_path
from qa.web.schema import check

FORMAT = 1
ABOUT, INDEX, STORE, CONFIG = "backup.json", "index/", "conversations.sqlite3", "config.toml"
LARGEST = 8_000_000_000  # bytes that a backup may come to when unpacked
BUSY_SECONDS = 30.0  # for a server that writes just now


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: the snapshot with its id, the store, the settings' file; each may be missing."""

    snapshot: str | None
    files: Mapping[str, bytes]
    store: bytes | None
    config: bytes | None


def make_backup(settings: Settings, config: Path | None, file: Path) -> Backup:
    """Write a backup of what the settings name; return what is in it. Raises BackupFailed, SnapshotError, OSError."""
    if file.exists():
        raise BackupFailed(f"{file} 已经有了，没有改动。请换一个名字。")
    snapshot, files = index.snapshot_files(Path(settings.index)) if settings.index else (None, {})
    store = _copied(store_path(settings.store), file.parent)
    kept = Backup(snapshot, files, store, config.read_bytes() if config is not None else None)
    members = _members(kept)
    about = {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "snapshot": snapshot,
        "sha256": {name: sha256(data).hexdigest() for name, data in members.items()},
    }
    members = {ABOUT: json.dumps(about, indent=1).encode(), **members}
    whole = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as made:
                for name, data in members.items():
                    made.writestr(name, data)
            opened.flush()
            os.fsync(opened.fileno())
        whole.replace(file)
    finally:
        whole.unlink(missing_ok=True)
    return kept


def _members(kept: Backup) -> dict[str, bytes]:
    members = {INDEX + name: data for name, data in kept.files.items()}
    members |= {STORE: kept.store} if kept.store is not None else {}
    return members | ({CONFIG: kept.config} if kept.config is not None else {})


def _copied(path: Path, folder: Path) -> bytes | None:
    """Return a store as one file, as it is at one moment; None where there is none. Raises BackupFailed."""
    if not path.exists():
        return None
    with tempfile.TemporaryDirectory(dir=folder) as work:
        copy = Path(work) / STORE
        try:
            with closing(_opened(path, "ro")) as source, closing(sqlite3.connect(copy)) as target:
                check(source)
                source.backup(target)
        except (sqlite3.Error, StoreUnusable) as error:
            raise BackupFailed(f"对话库 {path} 备份不了：{error}。请检查设置 store。") from error
        return copy.read_bytes()


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def read_backup(file: Path) -> Backup:
    """Return what a backup holds, every part checked. Raises BackupFailed."""
    try:
        with zipfile.ZipFile(file) as opened:
            if sum(one.file_size for one in opened.infolist()) > LARGEST:
                raise BackupFailed(f"{file} 太大，不像讲话问答的备份。请检查文件。")
            members = {name: opened.read(name) for name in opened.namelist()}
        about = json.loads(members.pop(ABOUT))
        sums = {name: sha256(data).hexdigest() for name, data in members.items()}
        if about["format"] != FORMAT or sums != about["sha256"]:
            raise BackupFailed(
                f"{file} 里的内容与校验和不符，或是较新版本做的。什么也没有恢复。请换一份备份，或升级软件。"
            )
        files = {name.removeprefix(INDEX): data for name, data in members.items() if name.startswith(INDEX)}
        return Backup(about["snapshot"], files, members.get(STORE), members.get(CONFIG))
    except (
        OSError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        EOFError,
        RuntimeError,
        zlib.error,
    ) as error:
        raise BackupFailed(
            f"{file} 不是讲话问答的备份，或已损坏（{type(error).__name__}）。什么也没有恢复。请换一份。"
        ) from error


def settings_to_be(kept: Backup, file: Path | None, flags: Mapping[str, Any], *, replace: bool) -> Settings:
    """Return the settings as they are once `put_config` has put the backup's file there; nothing is written there.

    Raises BackupFailed where that may not be or the file is of no use, BadSetting, OSError.
    """
    if file is None or kept.config is None:
        return load_settings(file=file, flags=flags)
    if file.exists() and file.read_bytes() != kept.config and not replace:
        raise BackupFailed(f"设置文件 {file} 已经有了，内容与备份的不同。要换上备份的，请加 --replace。")
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work) / CONFIG
        copy.write_bytes(kept.config)
        try:
            return load_settings(file=copy, flags=flags)
        except BadSetting as error:
            told = str(error).replace(str(copy), CONFIG)
            raise BackupFailed(f"按备份里的设置恢复不了，什么也没有恢复：{told}") from error


def put_config(kept: Backup, file: Path) -> bool:
    """Put the settings' file of a backup back, as readable as the one before; tell whether there was one. Raises OSError."""
    if kept.config is None:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
    work = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(work, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(kept.config)
        work.chmod(mode)
        work.replace(file)
    finally:
        work.unlink(missing_ok=True)
    return True


def restore(kept: Backup, settings: Settings, *, replace: bool) -> None:
    """Put index and conversations where the settings say; nothing is written before all of it is allowed.

    Raises BackupFailed, SnapshotError, OSError.
    """
    root, store = Path(settings.index), store_path(settings.store)
    if kept.snapshot is not None and not settings.index:
        raise BackupFailed("备份里有索引，设置里却没有写它在哪里。请用 --index 指明文件夹。")
    current = index.pointer(root) if kept.snapshot is not None else None
    if current not in (None, kept.snapshot) and not replace:
        raise BackupFailed(f"文件夹 {root} 里已有另一个索引（{current}）。要换上备份的，请加 --replace。")
    if kept.store is not None and not replace and _holds_any(store):
        raise BackupFailed(f"对话库 {store} 里已有对话或反馈。要换上备份的，请加 --replace。")
    if kept.snapshot is not None:
        index.put_snapshot(root, kept.snapshot, kept.files)
    if kept.store is not None:
        _put_store(kept.store, store)


def _holds_any(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with closing(_opened(path, "ro")) as opened:
            if not check(opened):
                return False
            found = opened.execute(
                "SELECT (SELECT count(*) FROM conversations) + (SELECT count(*) FROM feedback)"
            )
            return bool(found.fetchone()[0])
    except (sqlite3.Error, StoreUnusable) as error:
        raise BackupFailed(f"对话库 {path} 用不了：{error}。请检查设置 store。") from error


def _put_store(data: bytes, path: Path) -> None:
    """Put a store's content in the place of another's in one transaction, also where a server has it open."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        copy = Path(work) / STORE
        copy.write_bytes(data)
        try:
            with closing(_opened(copy, "ro")) as source:
                check(source)
                path.touch(mode=0o600)
                with closing(_opened(path, "rw")) as target:
                    check(target)
                    source.backup(target)
        except (sqlite3.Error, StoreUnusable) as error:
            raise BackupFailed(f"对话库 {path} 恢复不了：{error}。请先停下服务再试。") from error
