"""Backup and restore: index, conversations, settings, whole, also while the store is written."""

from __future__ import annotations

import json
import threading
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from index import (
    Encoder,
    add_documents,
    build_index,
    load_encoder,
    load_snapshot,
    pointer,
    read_text,
    verify,
)
from index.errors import SnapshotDamaged
from index.publishing import identity_of
from qa.backup import Backup, make_backup, read_backup, restore
from qa.cli import main
from qa.errors import BackupFailed
from qa.settings import Settings
from qa.web.store import open_store

TEXTS = (
    "在会议上的讲话\n\n第一，抓好粮食生产。全年播种面积达到三十万亩。\n",
    "另一次讲话\n\n第一，修路。今年修路十公里。\n",
)

ANSWER = {"id": "a", "snapshot": "s"}


def ran(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str]:
    with pytest.raises(SystemExit) as stopped:
        main([str(a) for a in arguments])
    shown = capsys.readouterr()
    return stopped.value.code, shown.out + shown.err


@pytest.fixture
def office(tmp_path: Path, encoder: Encoder) -> Settings:
    """An index, a store with a verdict in it, and the settings that name both."""
    settings = Settings(
        index=str(tmp_path / "索引"), store=str(tmp_path / "库" / "c.sqlite3"), hosts="qa.test"
    )
    build_index([read_text(TEXTS[0])], encoder=encoder, root=Path(settings.index))
    config = (
        f"index = {json.dumps(settings.index)}\nstore = {json.dumps(settings.store)}\nhosts = 'qa.test'\n"
    )
    (tmp_path / "config.toml").write_text(config, "utf-8")
    say(settings, "甲")
    return settings


def say(settings: Settings, reason: str) -> None:
    store = open_store(settings)
    store.add_feedback(ANSWER, [], "down", reason)


def reasons(settings: Settings) -> list[str]:
    with open_store(settings, reading=True).database.reading() as database:
        return [row[0] for row in database.execute("SELECT reason FROM feedback ORDER BY number")]


def test_what_is_lost_comes_back(
    office: Settings, tmp_path: Path, encoder: Encoder, capsys: pytest.CaptureFixture[str]
) -> None:
    config, file = tmp_path / "config.toml", tmp_path / "备 份.zip"
    first = load_snapshot(Path(office.index)).id
    code, told = ran(capsys, "backup", file, "--config", config)
    assert code == 0 and f"索引 {first}" in told and "有设置文件" in told
    assert file.stat().st_mode & 0o077 == 0

    build_index([read_text(TEXTS[1])], encoder=encoder, root=Path(office.index))
    say(office, "乙")
    code, told = ran(capsys, "restore", file, "--config", config)
    assert code == 2 and "里已有另一个索引" in told and "--replace" in told
    assert reasons(office) == ["甲", "乙"] and load_snapshot(Path(office.index)).id != first
    assert ran(capsys, "restore", file, "--config", config, "--replace")[0] == 0
    assert reasons(office) == ["甲"] and load_snapshot(Path(office.index)).id == first

    fresh = tmp_path / "新机器"
    code, told = ran(
        capsys,
        "restore",
        file,
        "--config",
        fresh / "c.toml",
        "--index",
        fresh / "i",
        "--store",
        fresh / "s.sqlite3",
    )
    assert code == 0, told
    moved = Settings(index=str(fresh / "i"), store=str(fresh / "s.sqlite3"))
    assert load_snapshot(fresh / "i", fingerprint=encoder.fingerprint).id == first and reasons(moved) == [
        "甲"
    ]
    assert (fresh / "c.toml").read_bytes() == config.read_bytes()
    assert ran(capsys, "ask", "播种面积多少", "--index", fresh / "i")[0] == 0


def test_it_is_one_moment_s_while_the_server_writes(office: Settings, tmp_path: Path) -> None:
    store, over = open_store(office), threading.Event()

    def write() -> None:
        while not over.is_set():
            store.add_feedback(ANSWER, [], "down", "同")
            store.add_feedback(ANSWER, [], "up", "同")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            kept = make_backup(office, None, tmp_path / f"{number}.zip")
            assert kept.store is not None
    finally:
        over.set()
        writer.join()
    whole = Settings(store=str(tmp_path / "copy.sqlite3"))
    last = read_backup(tmp_path / "4.zip").store
    assert last is not None
    Path(whole.store).write_bytes(last)
    with open_store(whole, reading=True).database.reading() as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert 0 < len(reasons(whole)) <= len(reasons(office))


def test_a_store_that_is_open_sees_what_was_restored(
    office: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = open_store(office)
    with running.database.reading() as database:
        assert database.execute("SELECT count(*) FROM feedback").fetchone() == (1,)
    ran(capsys, "backup", tmp_path / "a.zip", "--config", tmp_path / "config.toml")
    running.add_feedback(ANSWER, [], "down", "后来的")
    assert (
        ran(capsys, "restore", tmp_path / "a.zip", "--config", tmp_path / "config.toml", "--replace")[0] == 0
    )
    with running.database.reading() as database:
        assert [row[0] for row in database.execute("SELECT reason FROM feedback")] == ["甲"]


def test_what_is_damaged_or_foreign_restores_nothing(office: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    make_backup(office, None, file)
    with pytest.raises(BackupFailed, match="已经有了"):
        make_backup(office, None, file)
    with zipfile.ZipFile(file) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    for name in members:
        changed = tmp_path / "b.zip"
        with zipfile.ZipFile(changed, "w") as made:
            for other, data in members.items():
                made.writestr(other, data if other != name else data + b" x")
        with pytest.raises(BackupFailed, match="什么也没有恢复"):
            read_backup(changed)
    for data in (b"", b"PK", file.read_bytes()[:-100]):
        changed.write_bytes(data)
        with pytest.raises(BackupFailed, match="不是讲话问答的备份"):
            read_backup(changed)


def test_nothing_is_written_before_all_of_it_is_allowed(
    office: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, file = tmp_path / "config.toml", tmp_path / "a.zip"
    make_backup(office, config, file)
    say(office, "乙")
    kept = config.read_bytes()
    config.write_bytes(b"# x\n" + kept)
    config.chmod(0o640)
    code, told = ran(capsys, "restore", file, "--config", config, "--index", tmp_path / "新")
    assert code == 2 and "设置文件" in told and not (tmp_path / "新").exists()
    fresh = tmp_path / "c.toml"
    code, told = ran(capsys, "restore", file, "--config", fresh, "--index", tmp_path / "新")
    assert code == 2 and "里已有对话或反馈" in told
    assert not fresh.exists() and not (tmp_path / "新").exists()
    assert ran(capsys, "restore", file, "--config", config, "--replace")[0] == 0
    assert (config.read_bytes(), config.stat().st_mode & 0o777) == (kept, 0o640)
    assert ran(capsys, "restore", file, "--config", fresh, "--replace")[0] == 0
    assert fresh.stat().st_mode & 0o777 == 0o600


def test_settings_that_are_of_no_use_restore_nothing(
    office: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_bytes(b"passages = 99\n")
    make_backup(office, config, tmp_path / "a.zip")
    fresh = tmp_path / "c.toml"
    code, told = ran(capsys, "restore", tmp_path / "a.zip", "--config", fresh, "--index", tmp_path / "新")
    assert code == 2 and "passages" in told and "什么也没有恢复" in told
    assert not fresh.exists() and not (tmp_path / "新").exists()


def test_a_member_that_does_not_unpack(office: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    make_backup(office, None, file)
    with zipfile.ZipFile(file) as opened:
        one = opened.getinfo("conversations.sqlite3")
    data = bytearray(file.read_bytes())
    start = one.header_offset + 30 + len(one.filename)
    data[start] = 0xFF  # no block of deflate begins so
    file.write_bytes(data)
    with pytest.raises(BackupFailed, match=r"不是讲话问答的备份.*error"):
        read_backup(file)


def test_without_an_index_or_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = ran(capsys, "backup", tmp_path / "a.zip", "--store", tmp_path / "none")
    assert code == 0 and "没有索引（用的是内置讲话），没有对话库，没有设置文件" in told
    assert ran(capsys, "restore", tmp_path / "a.zip", "--store", tmp_path / "none")[0] == 0
    assert not (tmp_path / "none").exists()


def test_a_library_comes_back_with_all_its_documents(tmp_path: Path) -> None:
    root, again, file = tmp_path / "库", tmp_path / "新库", tmp_path / "备份.zip"
    fast = load_encoder("fast")
    add_documents(root, [read_text(text, source=f"{n}.txt") for n, text in enumerate(TEXTS)], fast)
    settings = Settings(index=str(root), store=str(tmp_path / "s.sqlite3"))
    make_backup(settings, None, file)
    restore(read_backup(file), replace(settings, index=str(again)), replace=False)
    assert pointer(again) == pointer(root)
    assert list(verify(again)) == []
    assert len(load_snapshot(again).documents) == 2
    damaged = read_backup(file)
    name = next(n for n in damaged.files if n.startswith("documents/"))
    broken = replace(damaged, files={**damaged.files, name: damaged.files[name][:-1]})
    with pytest.raises(SnapshotDamaged, match="换一份备份"):
        restore(broken, replace(settings, index=str(tmp_path / "第三")), replace=False)
    assert not (tmp_path / "第三").exists()


@pytest.mark.parametrize(
    "name", ["../../外面.txt", "/tmp/外面.txt", "documents/../外面.txt", "documents.jsonl"]
)
@pytest.mark.parametrize("format_", [4, 5, 99])
def test_a_manifest_of_another_s_making_writes_nothing(tmp_path: Path, name: str, format_: int) -> None:
    data = b"x"
    entry = dict.fromkeys(("id", "title", "source", "path", "digest", "year"), "a") | {
        "characters": 1, "passages": 1, "object": name, "bytes": 1, "sha256": sha256(data).hexdigest(),
    }  # fmt: skip
    manifest = json.dumps(
        {
            "format": format_,
            "encoder": {"name": "a", "fingerprint": "a", "dimension": 1},
            "documents": [entry],
            "files": {name: {"bytes": 1, "sha256": sha256(data).hexdigest()}},
        }
    ).encode()
    kept = Backup(
        identity_of(manifest), {"manifest.json": manifest, name: data, f"documents/{name}": data}, None, None
    )
    with pytest.raises(SnapshotDamaged, match="换一份备份"):
        restore(
            kept, Settings(index=str(tmp_path / "a" / "b" / "c"), store=str(tmp_path / "s")), replace=True
        )
    assert not list(tmp_path.rglob("*外面*")) and not (tmp_path / "a").exists()
