"""`ask --file` again: nothing is read or encoded anew, and nothing wrong with the cache is ever seen in an answer."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from docx import Document as WordFile

from index import Document, Encoder, ReadingError
from qa import filecache
from qa.cli import main
from qa.filecache import FileCache
from qa.files import index_of
from tests.encoders import CharacterEncoder
from tests.texts import REPORT


class Counting:
    """An encoder that counts what it encodes."""

    def __init__(self) -> None:
        self._encoder, self.texts = CharacterEncoder(), 0
        self.name, self.dimension = self._encoder.name, self._encoder.dimension
        self.fingerprint = self._encoder.fingerprint

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Any:
        self.texts += len(texts)
        return self._encoder.encode_passages(texts, progress)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)


@pytest.fixture
def encoder() -> Any:
    return Counting()


@pytest.fixture
def cache(tmp_path: Path) -> FileCache:
    return FileCache(tmp_path / "cache" / "files", 200)


@pytest.fixture
def word(tmp_path: Path) -> Path:
    file = WordFile()
    for text in REPORT.splitlines():
        file.add_paragraph(text)
    file.save(str(tmp_path / "讲话.docx"))
    return tmp_path / "讲话.docx"


def entries(cache: FileCache) -> list[Path]:
    return sorted(cache.root.iterdir()) if cache.root.is_dir() else []


def test_an_unchanged_file_is_neither_read_nor_encoded_again(
    word: Path, encoder: Any, cache: FileCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = index_of([word], encoder, cache)
    assert encoder.texts > 0
    encoder.texts = 0
    monkeypatch.setattr("qa.files.index.read_documents", lambda *a, **k: pytest.fail("it is read again"))
    again = index_of([word], encoder, cache)
    assert encoder.texts == 0
    assert again.id == first.id
    assert [one.document.text for one in again.documents] == [one.document.text for one in first.documents]


@pytest.mark.parametrize("what", ["content", "name", "sidecar", "encoder", "reader", "more"])
def test_whatever_changes_makes_it_another(
    word: Path, encoder: Any, cache: FileCache, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    before = cache.key([word], encoder)
    paths = [word]
    if what == "content":
        word.write_bytes(word.read_bytes() + b"\0")
    elif what == "name":
        paths = [word.rename(word.with_name("别的.docx"))]
    elif what == "sidecar":
        word.with_name("讲话.docx.toml").write_text('title = "别的"', "utf-8")
    elif what == "encoder":
        encoder.fingerprint = "other"
    elif what == "reader":
        monkeypatch.setattr(filecache, "_PROGRAMS", ("sh",))
    else:
        paths = [word, word]
    after = cache.key(paths, encoder)
    assert before and after and before != after


def test_a_folder_counts_with_all_that_is_in_it(word: Path, encoder: Any, cache: FileCache) -> None:
    folder = word.parent
    one = cache.key([folder], encoder)
    (folder / "二.txt").write_text(REPORT, "utf-8")
    assert cache.key([folder], encoder) != one


@pytest.mark.skipif(os.name != "posix", reason="modes are posix's")
def test_nobody_else_can_read_it(word: Path, encoder: Any, cache: FileCache) -> None:
    previous = os.umask(0)
    try:
        cache.root.mkdir(parents=True, mode=0o777)
        index_of([word], encoder, cache)
    finally:
        os.umask(previous)
    assert len(entries(cache)) == 1
    for path in (cache.root, *cache.root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("hurt", ["cut", "notes", "listed", "gone", "file", "empty"])
def test_damage_is_never_seen(word: Path, encoder: Any, cache: FileCache, hurt: str) -> None:
    first = index_of([word], encoder, cache)
    (entry,) = entries(cache)
    if hurt == "cut":
        for file in entry.rglob("*.jsonl"):
            file.write_bytes(file.read_bytes()[:-20])
    elif hurt == "notes":
        (entry / "notes.json").write_bytes(b"\xff{")
    elif hurt == "listed":
        (entry / "notes.json").write_text('{"a": 1}')
    elif hurt == "gone":
        (entry / "CURRENT").unlink()
    elif hurt == "file":
        (entry / "CURRENT").write_text("../../..\n")
    else:
        (entry / "notes.json").unlink()
    again = index_of([word], encoder, cache)
    assert again.id == first.id
    encoder.texts = 0
    index_of([word], encoder, cache)
    assert encoder.texts == 0  # it was mended


def test_a_full_disk_and_a_folder_in_the_way(
    word: Path, encoder: Any, cache: FileCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    import index.snapshot

    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(index.snapshot, "publish", full)
        assert len(index_of([word], encoder, cache).rows) > 0
    assert entries(cache) == []
    blocked = FileCache(word, 200)  # a file where the folder should be
    assert len(index_of([word], encoder, blocked).rows) > 0
    assert word.is_file()


@pytest.mark.skipif(os.name != "posix", reason="owners are posix's")
def test_another_users_folder_or_a_link_is_not_trusted(
    word: Path, encoder: Any, cache: FileCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_of([word], encoder, cache)
    key = cache.key([word], encoder)
    assert key and cache.get(key, encoder)
    linked = FileCache(tmp_path / "link", 200)
    linked.root.symlink_to(cache.root)
    assert linked.get(key, encoder) is None
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    assert cache.get(key, encoder) is None
    encoder.texts = 0
    index_of([word], encoder, cache)
    assert encoder.texts > 0


def test_the_longest_unused_and_the_old_go(
    word: Path, encoder: Any, cache: FileCache, monkeypatch: Any
) -> None:
    monkeypatch.setattr(filecache, "ENTRIES", 2)
    files = [word.with_name(f"{name}.txt") for name in "甲乙丙"]
    for age, file in enumerate(files):
        file.write_text(REPORT + file.name, "utf-8")
        index_of([file], encoder, cache)
        key = cache.key([file], encoder)
        assert key
        os.utime(cache.root / key, (time.time() - 100 + age,) * 2)
    keys = [cache.key([file], encoder) for file in files]
    assert [(cache.root / str(key)).is_dir() for key in keys] == [False, True, True]
    os.utime(cache.root / str(keys[1]), (time.time() - 31 * 86_400,) * 2)
    assert cache.get(str(keys[1]), encoder) is None
    assert not (cache.root / str(keys[1])).exists()
    (cache.root / ".new-dead").mkdir()
    os.utime(cache.root / ".new-dead", (time.time() - 7_200,) * 2)
    (cache.root / "somebody's").mkdir()
    index_of([word], encoder, FileCache(cache.root, 1))
    left = [one.name for one in entries(cache)]
    assert ".new-dead" not in left and "somebody's" in left


def test_it_stays_within_its_bytes(word: Path, encoder: Any, tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "small", 1)
    for number in range(6):
        file = word.with_name(f"{number}.txt")
        file.write_text(REPORT * 8 + str(number), "utf-8")
        index_of([file], encoder, cache)
    total = sum(path.stat().st_size for path in cache.root.rglob("*"))
    assert total <= 1_000_000 and len(entries(cache)) >= 1


def test_what_could_not_be_read_is_not_kept(word: Path, encoder: Any, cache: FileCache, capsys: Any) -> None:
    bad = word.with_name("坏.docx")
    bad.write_bytes(b"MZ\x00")
    index_of([word, bad], encoder, cache)
    assert "没有读入：" in capsys.readouterr().err
    assert entries(cache) == []
    with pytest.raises(ReadingError):
        index_of([bad], encoder, cache)


def test_what_was_said_is_said_again(
    word: Path, encoder: Any, cache: FileCache, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    import index

    read = index.read_documents
    monkeypatch.setattr(
        "qa.files.index.read_documents",
        lambda *a, **k: (
            replace(one, notes=("略去了图片。",)) for one in read(*a, **k) if isinstance(one, Document)
        ),
    )
    for _ in range(2):
        index_of([word], encoder, cache)
        assert capsys.readouterr().err == "讲话.docx：略去了图片。\n"


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    word: Path, encoder: Any, cache: FileCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    import index

    read = index.read_documents

    def changing(*given: Any, **more: Any) -> Any:
        found = list(read(*given, **more))
        word.write_bytes(word.read_bytes() + b"\0")
        return found

    monkeypatch.setattr("qa.files.index.read_documents", changing)
    index_of([word], encoder, cache)
    assert entries(cache) == []


def test_off(word: Path, encoder: Any, tmp_path: Path) -> None:
    off = FileCache(tmp_path / "off", 0)
    assert off.key([word], encoder) is None
    index_of([word], encoder, off)
    assert not off.root.exists()


def test_a_pipe_and_too_much_are_not_looked_through(
    word: Path, encoder: Any, cache: FileCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filecache, "BYTES", 10)
    assert cache.key([word], encoder) is None
    monkeypatch.undo()
    assert cache.key([word.with_name("none")], encoder) is None
    if hasattr(os, "mkfifo"):
        os.mkfifo(word.with_name("pipe"))
        assert cache.key([word.with_name("pipe")], encoder) is None


def test_the_command_line(word: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("SPEECHQA_CACHE", str(tmp_path / "c"))

    def asked(*more: str) -> dict[str, Any]:
        with pytest.raises(SystemExit):
            main(
                [
                    "ask",
                    "各村要在什么时候完成春耕备耕",
                    "--file",
                    str(word),
                    "--encoder",
                    "fast",
                    "--json",
                    *more,
                ]
            )
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    first = asked("--no-cache")
    assert not (tmp_path / "c" / "files").exists()
    assert asked() == first
    assert len(list((tmp_path / "c" / "files").iterdir())) == 1
    assert asked() == first


def test_the_second_time_neither_reader_nor_structure_is_imported(word: Path, tmp_path: Path) -> None:
    program = (
        "import sys\nfrom qa.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit: print(*sys.modules)"
    )
    command = [sys.executable, "-c", program, "ask", "春耕备耕", "--file", str(word)]
    environment = os.environ | {"SPEECHQA_CACHE": str(tmp_path / "c")}
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    loaded = set(done.stdout.split())
    assert "index.snapshot" in loaded
    assert not {"index.reading", "index.build", "index.formats.isolated", "index.structure.tree"} & loaded


def test_errors_of_the_encoder_are_told(word: Path, cache: FileCache) -> None:
    class Broken(Counting):
        def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Any:
            raise MemoryError

    encoder: Encoder = Broken()  # type: ignore[assignment]
    with pytest.raises(MemoryError):
        index_of([word], encoder, cache)
    assert entries(cache) == []
