"""A library on an engine behind a socket: the real client, the search core that the server has, kill -9 of either side."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import Encoder, EngineLibrary, Filled, check_library, load_encoder, open_stage
from index.engine.address import open_store
from index.engine.points import PointStore, every
from index.errors import EngineError, EngineUnreachable
from qa.answering import Engine
from qa.cli import main
from qa.distant import open_distant
from qa.settings import Settings
from tests.engines import store_of, write_files
from tests.long import only_long
from tests.texts import REPORT

KEY = "geheim"
ROOT = Path(__file__).parents[2]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run an engine; yield its process and the library's address."""
    command = [sys.executable, "-m", "tests.engineserver", str(folder), KEY]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    try:
        yield process, f"qdrant://127.0.0.1:{port}/speeches"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_API_KEY", KEY)


@pytest.fixture(scope="module")
def fast() -> Encoder:
    return load_encoder("fast")


def ran(*words: object) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return ended.value.code


def client(folder: Path, address: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "qa",
        "add",
        str(folder),
        "--library",
        address,
        "--encoder",
        "fast",
        "--json",
    ]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE)


def many_files(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        text = REPORT.replace("全镇", f"第{number}镇").replace("三万亩", f"{number}万亩")
        (folder / f"{number}.txt").write_text(text, "utf-8")
    return folder


def held(store: PointStore) -> list[str]:
    found = every(store, {"k": ["passage", "part", "counts", "document"]}, 1000, ["k", "d", "n", "state"])
    return sorted(json.dumps(dict(point.payload), sort_keys=True) for point in found)


def test_a_life_over_the_wire(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write_files(tmp_path / "files")
    with serving(tmp_path / "there") as (_, address):
        assert ran("add", files, "--library", address, "--encoder", "fast") == 0
        assert capsys.readouterr().out.endswith("新加 5。\n")
        assert ran("ask", "采砂许可证有效期多久", "--library", address, "--encoder", "fast", "--json") == 0
        there = json.loads(capsys.readouterr().out)
        assert ran("remove", "白山2024.txt", "--library", address) == 0
        assert ran("list", "--library", address) == 0
        assert f"共 4 篇，728 字；引擎 {address}" in capsys.readouterr().out
        assert ran("verify", "--library", address) == 0
        assert "完好：4 篇文稿" in capsys.readouterr().out
        monkeypatch.setenv("QDRANT_API_KEY", "another")
        assert ran("list", "--library", address) == 3
        assert (
            f"引擎 {address} 不接受这把密钥（401）。请检查环境变量 QDRANT_API_KEY。"
            in capsys.readouterr().err
        )
    assert ran("add", files, "--index", tmp_path / "here", "--encoder", "fast") == 0
    capsys.readouterr()
    assert (
        ran("ask", "采砂许可证有效期多久", "--index", tmp_path / "here", "--encoder", "fast", "--json") == 0
    )
    here = json.loads(capsys.readouterr().out)
    assert (there["points"], there["confidence"]) == (here["points"], here["confidence"])


def test_an_engine_that_is_killed_in_an_answer_is_told_and_loses_nothing(
    tmp_path: Path, fast: Encoder, capsys: pytest.CaptureFixture[str]
) -> None:
    files, there = write_files(tmp_path / "files"), tmp_path / "there"
    with serving(there) as (process, address):
        assert ran("add", files, "--library", address, "--encoder", "fast") == 0
        store = open_store(address)
        before = held(store)
        store.close()
        engine = open_distant(open_stage(address, fast.fingerprint), fast, Settings())
        first = engine.ask("采砂许可证有效期多久").points
        Path(f"{there}.hang").touch()
        said: list[EngineError] = []

        def asking() -> None:
            try:
                engine.ask("粮食总产多少")
            except EngineError as error:
                said.append(error)

        thread = threading.Thread(target=asking)
        thread.start()
        time.sleep(0.3)
        process.kill()
        thread.join(60)
        assert isinstance(said[0], EngineUnreachable) and f"连不上引擎 {address}（" in str(said[0])
        engine.stage.close()
        Path(f"{there}.hang").unlink()
    with serving(there) as (_, address):
        store = open_store(address)
        assert held(store) == before
        store.close()
        assert ran("add", files, "--library", address, "--encoder", "fast") == 0
        assert capsys.readouterr().out.endswith("没有变 5。\n")
        again: Engine = open_distant(open_stage(address, fast.fingerprint), fast, Settings())
        assert again.ask("采砂许可证有效期多久").points == first


def done(store: PointStore) -> int:
    if store.dimension() is None:
        return 0
    return len(every(store, {"k": ["document"], "state": ["done"]}))


def filled_by_two(tmp_path: Path, count: int, killed: float | None, fast: Encoder) -> None:
    """Fill a library by a process of its own and by this one at once; the former is killed at that share."""
    files = many_files(tmp_path / "files", count)
    with serving(tmp_path / "there") as (_, address):
        other, store = client(files, address), open_store(address)
        while done(store) == 0:
            time.sleep(0.05)
        reports: list[Filled] = []
        library = EngineLibrary(store)
        thread = threading.Thread(target=lambda: reports.append(library.add([files], fast)))
        thread.start()
        while killed is not None and done(store) < count * killed:
            time.sleep(0.05)
        if killed is not None:
            os.kill(other.pid, signal.SIGKILL)
        thread.join(120)
        said = json.loads(other.communicate()[0] or '{"added": []}')
        added = [entry.source for entry in reports[0].added] + [entry["source"] for entry in said["added"]]
        assert len(added) == len(set(added)) and reports[0].added
        if killed is None:
            assert said["added"] and len(added) == count
        library.add([files], fast)
        assert list(check_library(store)) == [] and every(store, {"k": ["file"]}) == []
        assert len(library.entries()) == count
        by_two = held(store)
        store.close()
    alone = store_of("edge", tmp_path)
    EngineLibrary(alone).add([files], fast)
    assert held(alone) == by_two
    alone.close()


def test_two_fill_one_library_and_one_of_them_is_killed(tmp_path: Path, fast: Encoder) -> None:
    filled_by_two(tmp_path, 6, 0.3, fast)


@only_long
@pytest.mark.parametrize("killed", [None, 0.0, 0.1, 0.5, 0.8])
def test_two_fill_one_library(tmp_path: Path, killed: float | None, fast: Encoder) -> None:
    filled_by_two(tmp_path, 60, killed, fast)


@only_long
@pytest.mark.parametrize("after", [0.0, 0.2, 0.6])
def test_a_writer_that_holds_edge_is_killed(tmp_path: Path, after: float, fast: Encoder) -> None:
    files, there = many_files(tmp_path / "files", 40), tmp_path / "there"
    process = client(files, f"edge:{there}")
    while not there.exists() or sum(1 for _ in there.rglob("*")) < 10:
        time.sleep(0.01)
    time.sleep(after)
    process.kill()
    process.communicate()
    with EngineLibrary.open(f"edge:{there}") as library:
        library.add([files], fast)
        assert list(check_library(library.store)) == []
        assert len(library.entries()) == 40
        by_two = held(library.store)
    alone = store_of("edge", tmp_path)
    EngineLibrary(alone).add([files], fast)
    assert held(alone) == by_two
    alone.close()
