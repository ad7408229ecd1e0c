"""A library under what can happen to it: kills, a full disk, damage, writers and readers at once, a disk that is read-only."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import publishing
from index.catalogue import DOCUMENTS, pointer
from index.errors import DiskFull, SnapshotDamaged, SnapshotNotWritten
from index.library import (
    Adding,
    add_documents,
    add_files,
    collect_garbage,
    entries_of,
    go_back,
    remove_documents,
)
from index.publishing import GRACE_SECONDS
from index.reading import read_text
from index.shelving import Shelf
from index.snapshot import Layout, load_snapshot
from index.verifying import verify
from tests.encoders import CharacterEncoder
from tests.long import scaled

ENCODER = CharacterEncoder()
KILLS = scaled(6, 200)
PLACES = scaled(8, 100)
SWAPS = scaled(10, 100)
READERS = 8

# Imports once, and forks a writer for each line that names a library and a folder: an interpreter of its own takes longer
# than what it writes. "wait" tells the exit codes of those that were started, and whether one was refused.
WRITERS = """
import os, sys
from pathlib import Path
import index.shelving
from index.errors import LibraryBusy
from index.library import add_files
from tests.encoders import CharacterEncoder
index.shelving.BATCH_DOCUMENTS = 2
started = []
for line in sys.stdin:
    if line.strip() == "wait":
        print(*(os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in started), flush=True)
        started.clear()
        continue
    root, folder = line.rstrip("\\n").split("\\t")
    pid = os.fork()
    if pid == 0:
        code = 9
        try:
            add_files(Path(root), [Path(folder)], CharacterEncoder())
            code = 0
        except LibraryBusy:
            code = 1
        finally:
            os._exit(code)
    started.append(pid)
    print(pid, flush=True)
"""


class Writers:
    """Processes that write in libraries."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITERS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def _said(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def start(self, root: Path, folder: Path) -> int:
        return int(self._said(f"{root}\t{folder}"))

    def wait(self) -> list[int]:
        return [int(code) for code in self._said("wait").split()]


@pytest.fixture
def writers() -> Iterator[Writers]:
    made = Writers()
    yield made
    made.process.communicate()


def write(folder: Path, numbers: range, version: int = 0) -> None:
    folder.mkdir(exist_ok=True)
    for number in numbers:
        text = "\n".join(f"第{n}，抓好第{number}项工作的第{version}步。" for n in "一二三四五")
        (folder / f"{number:04}.txt").write_text(f"第{number}号报告\n{text}", "utf-8")


def sources(root: Path) -> dict[str, str]:
    return {entry.source: entry.id for entry in entries_of(root)} if pointer(root) else {}


def test_killed_at_random_moments(tmp_path: Path, writers: Writers) -> None:
    """What was published stays, whatever the writer was at; the next one takes the lock and goes on."""
    rng = random.Random(11)
    root, folder = tmp_path / "库", tmp_path / "文稿"
    write(folder, range(16))
    add_files(root, [folder], ENCODER)
    write(folder, range(4), version=-1)
    begun = time.monotonic()
    writers.start(root, folder)
    assert writers.wait() == [0]
    whole = time.monotonic() - begun  # of one that nobody kills, however busy the machine is
    published = sources(root)
    ends = []
    for kill in range(KILLS):
        write(folder, range(kill % 12, kill % 12 + 4), version=1 + kill // 12)
        pid = writers.start(root, folder)
        waited = rng.uniform(0, 1.1 * whole)
        time.sleep(waited)
        os.kill(pid, signal.SIGKILL)
        ended = writers.wait()
        ends += ended
        whole = min(whole, waited) if ended == [0] else whole  # less busy a machine than it was
        now = sources(root)
        assert set(published) <= set(now)
        published = now
        assert len(load_snapshot(root).documents) == len(now)
        if kill % 10 == 5:
            assert list(verify(root)) == []
    assert set(ends) <= {0, -signal.SIGKILL}
    assert -signal.SIGKILL in ends
    said: list[str] = []
    add_files(root, [folder], ENCODER, Adding(told=said.append))
    assert set(sources(root)) == {file.name for file in folder.iterdir()}
    for snapshot in (root / Layout.snapshots).iterdir():
        os.utime(snapshot, (0, time.time() - GRACE_SECONDS - 5))
    collect_garbage(root)
    assert len(list((root / Layout.snapshots).iterdir())) <= 2  # in force, the one before, nobody's rest
    assert not [file for file in (root / DOCUMENTS).iterdir() if file.name.startswith(".")]
    assert list(verify(root)) == []


@contextmanager
def full_from(monkeypatch: pytest.MonkeyPatch, write_number: int) -> Iterator[list[int]]:
    """Have the disk be full from that write on: half of what is written gets onto it."""
    plain, done = publishing._write_synced, [0]

    def filling(path: Path, data: bytes) -> None:
        done[0] += 1
        if done[0] >= write_number:
            path.write_bytes(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        plain(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_write_synced", filling)
        yield done


def test_a_disk_that_is_full_at_any_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.shelving.BATCH_DOCUMENTS", 2)
    folder = tmp_path / "文稿"
    write(folder, range(3))
    start = tmp_path / "起初"
    add_files(start, [folder], ENCODER)
    before = sources(start)
    write(folder, range(3, 14))
    hit = 0
    points = range(1, 21, scaled(5, 1))
    for point in points:
        root = Path(shutil.copytree(start, tmp_path / f"{point}"))
        with full_from(monkeypatch, point) as done:
            try:
                add_files(root, [folder], ENCODER)
            except DiskFull as error:
                assert f"索引写不进 {root}：磁盘已满。原有索引没有改动。" in str(error)
                hit += 1
            assert done[0] >= point
        assert before.items() <= sources(root).items()
        assert len(load_snapshot(root).documents) == len(sources(root))
        assert list(verify(root)) == []
        add_files(root, [folder], ENCODER)
        assert len(sources(root)) == 14
        assert not [file for file in (root / DOCUMENTS).iterdir() if file.name.startswith(".")]
    assert hit == len(points)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "小盘"
    disk.mkdir()
    done = None
    if shutil.which("mount"):
        command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
        done = subprocess.run(command, capture_output=True, check=False)
    if done is None or done.returncode:
        pytest.skip("may not mount a file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_really_full_and_then_read_only(small_disk: Path, tmp_path: Path) -> None:
    root, folder = small_disk / "库", tmp_path / "文稿"
    write(folder, range(2))
    add_files(root, [folder], ENCODER)
    write(folder, range(2, 200))
    with pytest.raises(DiskFull):
        add_files(root, [folder], ENCODER)
    assert len(load_snapshot(root).documents) >= 2
    assert list(verify(root)) == []
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert len(load_snapshot(root).documents) >= 2
    with pytest.raises(SnapshotNotWritten, match="磁盘只读"):
        add_files(root, [folder], ENCODER)


@pytest.mark.parametrize("kind", ["flip", "truncate"])
def test_damage_at_any_place_is_found_before_an_answer(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "库"
    documents = [read_text(f"第{n}号报告\n一是抓好第{n}项工作。", source=f"{n}.txt") for n in (1, 2)]
    add_documents(root, documents, ENCODER)
    files = [*(root / DOCUMENTS).iterdir(), root / Layout.snapshots / str(pointer(root)) / Layout.manifest]
    found = 0
    for file in files:
        data = file.read_bytes()
        for place in (len(data) * n // PLACES for n in range(PLACES)):
            changed = bytes([data[place] ^ (1 << place % 8)])
            file.write_bytes(data[:place] + (changed + data[place + 1 :] if kind == "flip" else b""))
            with pytest.raises(SnapshotDamaged):
                load_snapshot(root)
            found += 1
        file.write_bytes(data)
    assert found == 3 * PLACES
    assert len(load_snapshot(root).documents) == 2


def test_readers_at_work_while_documents_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader fails, and each sees one of the states that there were; old files go at once."""
    monkeypatch.setattr("index.sweeping.GRACE_SECONDS", 0.0)
    root = tmp_path / "库"
    documents = [read_text(f"第{n}号报告\n一是抓好第{n}项工作。", source=f"{n}.txt") for n in range(4)]
    add_documents(root, documents[:3], ENCODER)
    states = {frozenset(d.id for d in documents[:3]), frozenset(d.id for d in documents)}
    failed: list[BaseException | frozenset[str]] = []
    read = [0] * READERS
    stop = threading.Event()

    def reader(number: int) -> None:
        while not stop.is_set():
            try:
                seen = load_snapshot(root).documents
                ids = frozenset(d.document.id for d in seen if d.passages)
            except BaseException as error:
                failed.append(error)
                return
            if ids not in states:
                failed.append(ids)
            read[number] += 1

    threads = [threading.Thread(target=reader, args=(n,)) for n in range(READERS)]
    for thread in threads:
        thread.start()
    for swap in range(SWAPS):
        if swap % 2:
            remove_documents(root, {documents[3].id}, ENCODER)
        else:
            add_documents(root, documents[3:], ENCODER)
    while not all(read) and not failed:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []


def test_two_writers_in_turn_lose_nothing(tmp_path: Path, writers: Writers) -> None:
    root = tmp_path / "库"
    write(tmp_path / "东", range(10))
    write(tmp_path / "西", range(10, 20))
    left = ["东", "西"]
    codes: list[int] = []
    while left:
        for name in left:
            writers.start(root, tmp_path / name)
        ended = writers.wait()
        codes += ended
        left = [name for name, code in zip(left, ended, strict=True) if code]
    assert len(sources(root)) == 20
    assert sorted(codes) in ([0, 0], [0, 0, 1])  # the second one was refused, or came after
    assert list(verify(root)) == []


def test_what_is_published_while_a_reader_reads_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that finds its files gone looks again which ones are in force."""
    root = tmp_path / "库"
    documents = [read_text(f"第{n}号报告\n一是抓好第{n}项工作。", source=f"{n}.txt") for n in range(2)]
    add_documents(root, documents[:1], ENCODER)
    plain = Path.read_bytes

    def swapped(path: Path) -> bytes:
        if path.suffix == ".speech":
            monkeypatch.setattr(Path, "read_bytes", plain)
            add_documents(root, documents[1:], ENCODER)
            remove_documents(root, {documents[0].id}, ENCODER)
            path.unlink()
        return plain(path)

    monkeypatch.setattr(Path, "read_bytes", swapped)
    assert [d.document.source for d in load_snapshot(root).documents] == ["1.txt"]


def test_a_killed_rollback_leaves_a_library_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "库"
    documents = [read_text(f"第{n}号报告\n一是抓好第{n}项工作。", source=f"{n}.txt") for n in range(2)]
    add_documents(root, documents[:1], ENCODER)
    add_documents(root, documents[1:], ENCODER)
    plain = os.replace

    def killed(source: Path, target: Path) -> None:
        if Path(target).name == "CURRENT":
            raise KeyboardInterrupt
        plain(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", killed)
        with pytest.raises(KeyboardInterrupt):
            go_back(root)
    assert len(load_snapshot(root).documents) == 2
    assert Shelf(root, ENCODER, "x").catalogue.entries == entries_of(root)
    assert list(verify(root)) == []
