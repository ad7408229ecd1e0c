"""The shared library while it is asked: new snapshots taken up, a watched folder, documents added through the API."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import runpy
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from index import (
    Document,
    Encoder,
    add_documents,
    add_files,
    entries_of,
    load_encoder,
    pointer,
    read_text,
    remove_documents,
)
from index.locking import writing
from index.publishing import MANIFEST, SNAPSHOTS
from qa import Settings
from qa.errors import BadSetting, KeyNeeded, LibraryOff
from qa.rendering import to_json
from qa.settings import Layer, layers_given
from qa.web.alone import OF_THE_SERVER, given_settings, ignored, page_lifespan, page_middleware, page_routes
from qa.web.dropping import AGAIN_LOOKS, Dropped, check_watch, looking
from qa.web.librarian import may_write
from qa.web.limits import API
from qa.web.renewing import Repeating
from qa.web.resources import Resources, shared
from tests.long import scaled
from tests.loops import run as in_a_loop
from tests.qa.web.test_documents import Client, form
from tests.serving import Serving
from tests.texts import REPORT

SWAPS = scaled(8, 100)
READERS = 8
OTHER = "乙镇工作报告\n一是保障民生。要办好三件实事。\n二是守住底线。要抓实安全生产。"
QUESTION = "高标准农田建了多少"


@pytest.fixture(scope="module")
def fast() -> Encoder:
    return load_encoder("fast")


def document(text: str, source: str) -> Document:
    return read_text(text, source=source)


@pytest.fixture
def root(tmp_path: Path, fast: Encoder) -> Path:
    add_documents(tmp_path / "库", [document(REPORT, "甲.txt")], fast)
    return tmp_path / "库"


@pytest.fixture
def resources(root: Path) -> Iterator[Resources]:
    made = Resources(Settings(index=str(root), encoder="fast", library_writing="local"))
    yield made
    made.reading.close()
    made.drawing.close()
    made.starting.close()


@pytest.fixture
def client(resources: Resources) -> Client:
    return Client(resources)


# --- another snapshot -------------------------------------------------------------------------------


def test_a_new_snapshot_is_taken_up_once(resources: Resources, root: Path, fast: Encoder) -> None:
    before = resources.engine
    assert not resources.renew()
    add_documents(root, [document(OTHER, "乙.txt")], fast)
    assert resources.renew()
    assert not resources.renew()
    assert len(before.snapshot.documents) == 1
    assert [d.document.source for d in resources.engine.snapshot.documents] == ["甲.txt", "乙.txt"]
    assert resources.engine.snapshot.id == pointer(root)
    found = resources.engine.ask("怎样守住底线抓实安全生产")
    assert "乙镇工作报告" in {point.document.title for point in (*found.points, *found.passages)}


def test_what_another_thread_has_taken_up_is_not_taken_up_again(
    resources: Resources, root: Path, fast: Encoder
) -> None:
    assert len(resources.engine.snapshot.documents) == 1
    add_documents(root, [document(OTHER, "乙.txt")], fast)
    first: list[bool] = []

    class Beaten(contextlib.nullcontext[None]):
        """A lock that another thread held, and renewed under, when this one came."""

        def __enter__(self) -> None:
            if not first:
                first.append(False)
                first[0] = resources.renew()

    resources._renewing = Beaten()  # type: ignore[assignment]
    assert (resources.renew(), first) == (False, [True])


def test_one_that_cannot_be_used_is_said_once_and_the_one_before_answers(
    resources: Resources, root: Path, fast: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    assert resources.engine.ask(QUESTION).points
    add_documents(root, [document(OTHER, "乙.txt")], fast)
    file = root / SNAPSHOTS / str(pointer(root)) / MANIFEST
    data = file.read_bytes()
    file.write_bytes(data[:-2])
    with caplog.at_level(logging.ERROR, "speechqa"):
        assert not resources.renew()
        assert not resources.renew()
    assert len(caplog.records) == 1
    assert "仍用原来的" in caplog.text
    assert resources.engine.ask(QUESTION).points
    file.write_bytes(data)
    resources._again = 0.0
    assert resources.renew()


def test_no_error_and_no_mixed_answer_while_it_changes(
    resources: Resources, root: Path, fast: Encoder
) -> None:
    """Eight readers ask on while a document comes and goes: each answer is that of one of the two libraries."""
    other = document(OTHER, "乙.txt")
    expected = {resources.engine.snapshot.id: to_json(resources.engine.ask(QUESTION))}
    add_documents(root, [other], fast)
    resources.renew()
    expected[resources.engine.snapshot.id] = to_json(resources.engine.ask(QUESTION))
    failed: list[object] = []
    seen: list[set[str]] = [set() for _ in range(READERS)]
    stop = threading.Event()

    def reader(number: int) -> None:
        while not stop.is_set():
            try:
                answer = resources.engine.ask(QUESTION)
            except Exception as error:
                failed.append(error)
                return
            if to_json(answer) != expected.get(answer.snapshot):
                failed.append(answer)
            seen[number].add(answer.snapshot)

    threads = [threading.Thread(target=reader, args=(n,)) for n in range(READERS)]
    for thread in threads:
        thread.start()
    for swap in range(SWAPS):
        if swap % 2:
            add_documents(root, [other], fast)
        else:
            remove_documents(root, {other.id}, fast)
        assert resources.renew()
    while not all(seen):
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []


def test_what_repeats_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Semaphore(0)

    def work() -> None:
        done.release()
        raise RuntimeError("once more")

    repeating = Repeating("looking", 0.001, work)
    repeating.start()
    assert done.acquire(timeout=30)
    assert done.acquire(timeout=30)
    repeating.stop()
    assert "looking failed" in caplog.text


# --- a watched folder -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "放这里"
    made.mkdir()
    return made


@pytest.fixture
def dropped(folder: Path, root: Path, fast: Encoder) -> Dropped:
    return Dropped(folder, root, lambda: fast)


def sources(root: Path) -> list[str]:
    return [entry.source for entry in entries_of(root)]


def test_a_file_is_read_when_it_has_come_to_rest(dropped: Dropped, folder: Path, root: Path) -> None:
    renewed: list[int] = []
    dropped.renewed = lambda: renewed.append(1)
    (folder / "乙.txt").write_text(OTHER[:10], "utf-8")
    dropped.look()
    (folder / "乙.txt").write_text(OTHER, "utf-8")  # it was still being copied
    dropped.look()
    assert sources(root) == ["甲.txt"]
    dropped.look()
    assert (sources(root), renewed) == (["甲.txt", "乙.txt"], [1])
    dropped.look()
    assert renewed == [1]
    (folder / "乙.txt.toml").write_text('title = "另一个标题"', "utf-8")
    dropped.look()
    dropped.look()
    assert entries_of(root)[1].title == "另一个标题"


def test_what_cannot_be_read_is_logged_by_its_name_once(
    dropped: Dropped, folder: Path, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "坏.pdf").write_bytes(b"%PDF-1.4 x")
    (folder / "乙.txt").write_text(OTHER, "utf-8")
    for _ in range(4):
        dropped.look()
    assert sources(root) == ["甲.txt", "乙.txt"]
    assert [r.levelname for r in caplog.records].count("ERROR") == 1
    assert f"{folder}/坏.pdf 没有读入" in caplog.text


def test_a_file_that_is_gone_keeps_its_document_unless_asked(
    dropped: Dropped, folder: Path, root: Path
) -> None:
    (folder / "乙.txt").write_text(OTHER, "utf-8")
    (folder / "丙.txt").write_text("丙镇工作报告\n一是抓好春耕。", "utf-8")
    dropped.look()
    dropped.look()
    (folder / "乙.txt").unlink()
    dropped.look()
    assert sources(root) == ["甲.txt", "丙.txt", "乙.txt"]
    dropped.removes = True
    dropped.look()
    assert sources(root) == ["甲.txt", "丙.txt"]


def test_what_is_gone_goes_only_when_nothing_moves(dropped: Dropped, folder: Path, root: Path) -> None:
    dropped.removes = True
    for name, text in (("乙", OTHER), ("丙", "丙镇工作报告\n一是抓好春耕。")):
        (folder / f"{name}.txt").write_text(text, "utf-8")
    dropped.look()
    dropped.look()
    (folder / "乙.txt").unlink()
    (folder / "丁.txt").write_text("丁镇工作", "utf-8")  # it is still being copied
    dropped.look()
    (folder / "丁.txt").write_text("丁镇工作报告\n一是抓好秋收。", "utf-8")
    dropped.look()
    assert sorted(sources(root)) == sorted(["甲.txt", "乙.txt", "丙.txt"])
    dropped.look()
    assert sorted(sources(root)) == sorted(["甲.txt", "丙.txt", "丁.txt"])


@pytest.mark.parametrize("removes", [True, False])
def test_what_went_while_nobody_looked(
    dropped: Dropped, folder: Path, root: Path, fast: Encoder, removes: bool
) -> None:
    for name, text in (("乙", OTHER), ("丙", "丙镇工作报告\n一是抓好春耕。")):
        (folder / f"{name}.txt").write_text(text, "utf-8")
    dropped.look()
    dropped.look()
    (folder / "乙.txt").unlink()
    anew = Dropped(folder, root, lambda: fast, removes=removes)
    anew.look()
    anew.look()
    assert ("乙.txt" in sources(root)) is not removes
    assert {"甲.txt", "丙.txt"} <= set(sources(root))


def test_looking_ends_also_where_the_server_fails(resources: Resources) -> None:
    with pytest.raises(RuntimeError), looking(resources):
        (one,) = [thread for thread in threading.enumerate() if thread.name == "renewing"]
        raise RuntimeError
    one.join(timeout=30)
    assert not one.is_alive()


@pytest.mark.parametrize("away", ["empty", "gone"])
def test_a_drive_that_is_away_takes_nothing_with_it(
    dropped: Dropped, folder: Path, root: Path, away: str
) -> None:
    dropped.removes = True
    (folder / "乙.txt").write_text(OTHER, "utf-8")
    dropped.look()
    dropped.look()
    (folder / "乙.txt").unlink()
    if away == "gone":
        folder.rmdir()
    dropped.look()
    assert sources(root) == ["甲.txt", "乙.txt"]


def test_another_writer_is_waited_for(dropped: Dropped, folder: Path, root: Path) -> None:
    (folder / "乙.txt").write_text(OTHER, "utf-8")
    dropped.look()
    with writing(root, "x"):
        dropped.look()
    assert sources(root) == ["甲.txt"]
    dropped.look()
    assert sources(root) == ["甲.txt", "乙.txt"]


def test_a_full_disk_is_tried_again_later(
    dropped: Dropped,
    folder: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (folder / "乙.txt").write_text(OTHER, "utf-8")
    dropped.look()
    with monkeypatch.context() as patch:
        patch.setattr("index.publishing._write_synced", full)
        dropped.look()
    assert "磁盘已满" in caplog.text
    assert "乙.txt" in caplog.text
    for _ in range(AGAIN_LOOKS):
        dropped.look()
        assert sources(root) == ["甲.txt"]
    dropped.look()
    assert sources(root) == ["甲.txt", "乙.txt"]


def test_the_server_stops_between_two_files(dropped: Dropped, folder: Path, root: Path) -> None:
    (folder / "乙.txt").write_text(OTHER, "utf-8")
    dropped.look()
    dropped.stopped.set()
    dropped.look()
    assert sources(root) == ["甲.txt"]
    with writing(root, "x"):
        pass  # the lock is free


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(watch="x"), "要写明文稿库在哪里：--index"),
        (Settings(watch="/没有/这里", index="x"), "不是文件夹"),
    ],
)
def test_what_cannot_be_watched(settings: Settings, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        check_watch(settings)


def test_what_lies_there_is_read_before_the_server_starts(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "乙.txt").write_text(OTHER, "utf-8")
    (folder / "空.txt").write_bytes(b"")
    check_watch(Settings(watch=str(folder), index=str(tmp_path / "新"), encoder="fast"))
    assert sources(tmp_path / "新") == ["乙.txt"]
    assert "空.txt" in capsys.readouterr().err


def test_the_served_library_takes_up_what_is_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "放这里"
    folder.mkdir()
    (folder / "甲.txt").write_text(REPORT, "utf-8")
    words = ["--index", str(tmp_path / "库"), "--watch", str(folder), "--encoder", "fast"]
    served = Serving(tmp_path, *words, "--library-writing", "local", SPEECHQA_HOSTS="")
    try:
        assert served.ask(question=QUESTION)["points"]
        (folder / "乙.txt").write_text(OTHER, "utf-8")
        body, headers = form(("丙.txt", "丙镇工作报告\n一是抓好春耕备耕。".encode()))
        status, _, data = served.request("POST", f"{API}/library", body, headers)
        while status == 503:  # the watched folder is being written just now
            status, _, data = served.request("POST", f"{API}/library", body, headers)
        assert status == 201, data
        end = time.monotonic() + 60
        wanted = {"乙镇工作报告", "丙镇工作报告", "在全镇工作会议上的讲话"}
        while wanted != {d["title"] for d in json.loads(served.get(f"{API}/documents")[2])}:
            assert time.monotonic() < end, served.log.read_text("utf-8")
            time.sleep(0.2)
    finally:
        served.stop()


# --- the API ----------------------------------------------------------------------------------------


def test_a_file_for_everybody(client: Client, resources: Resources, root: Path) -> None:
    body, headers = form(("乙.txt", OTHER.encode()))
    status, told = client("POST", f"{API}/library", body, headers)
    assert (status, told["same"], told["refused"]) == (201, [], [])
    (added,) = told["added"]
    assert added == {"id": added["id"], "title": "乙镇工作报告", "year": None, "characters": len(OTHER)}
    assert told["snapshot"] == pointer(root) == resources.engine.snapshot.id
    status, told = client("POST", f"{API}/library", body, headers)
    assert (status, told["added"], told["same"]) == (200, [], [added])
    status, answer = client(
        "POST",
        f"{API}/ask",
        json.dumps({"question": "怎样守住底线抓实安全生产"}).encode(),
        {"content-type": "application/json"},
    )
    assert status == 200
    assert added["id"] in {point["document"]["id"] for point in answer["points"] + answer["passages"]}
    assert client("DELETE", f"{API}/library/{added['id']}")[0] == 204
    assert len(resources.engine.snapshot.documents) == 1
    assert client("DELETE", f"{API}/library/{added['id']}")[0] == 404


def test_a_zip_for_everybody(client: Client, root: Path) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("乙.txt", OTHER)
        zipped.writestr("空.txt", "")
    body, headers = form(("包.zip", packed.getvalue()))
    status, told = client("POST", f"{API}/library", body, headers)
    assert (status, [d["title"] for d in told["added"]]) == (201, ["乙镇工作报告"])
    assert told["refused"][0]["code"] == "empty_document"


def refusal(
    client: Client, method: str = "POST", path: str = "/library", name: str = "乙.txt"
) -> tuple[int, str]:
    body, headers = form((name, OTHER.encode())) if method == "POST" else (b"", {})
    status, told = client(method, API + path, body, headers)
    return status, told["code"]


def test_the_last_document_stays(client: Client, root: Path) -> None:
    (only,) = entries_of(root)
    assert refusal(client, "DELETE", f"/library/{only.id}") == (409, "library_use")


def test_while_another_writes(client: Client, root: Path) -> None:
    with writing(root, "x"):
        assert refusal(client) == (503, "library_busy")
        assert refusal(client, "DELETE", f"/library/{entries_of(root)[0].id}") == (503, "library_busy")
    assert refusal(client, "DELETE", "/library/没有") == (404, "unknown_document")


def test_a_full_disk(client: Client, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = pointer(root)
    monkeypatch.setattr("index.publishing._write_synced", full)
    assert refusal(client) == (507, "disk_full")
    assert pointer(root) == before


def test_what_cannot_be_read(client: Client) -> None:
    body, headers = form(("空.txt", b" "))
    status, told = client("POST", f"{API}/library", body, headers)
    assert (status, told["code"]) == (422, "empty_document")
    assert "空.txt" in told["detail"]
    assert client("POST", f"{API}/library", b"{}", {"content-type": "application/json"})[0] == 415


@pytest.mark.parametrize(
    "changed", [{"library_writing": "off"}, {"host": "0.0.0.0"}, {"index": ""}], ids=["off", "host", "index"]
)
def test_off_unless_it_is_opened(resources: Resources, changed: dict[str, str]) -> None:
    closed = Resources(replace(resources.settings, **changed))  # type: ignore[arg-type]
    closed._engine = resources.engine
    assert refusal(Client(closed)) == (403, "library_off")
    assert refusal(Client(closed), "DELETE", "/library/x") == (403, "library_off")


def test_not_from_elsewhere(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy on this machine forwards for others: they are not here."""
    plain: Callable[..., object] = client.call

    async def forwarded(app: object, *given: object) -> object:
        async def elsewhere(scope: dict[str, object], receive: object, send: object) -> None:
            await app(scope | {"client": ("10.1.2.3", 1)}, receive, send)  # type: ignore[operator]

        return await plain(elsewhere, *given)  # type: ignore[misc]

    monkeypatch.setattr(client, "call", forwarded)
    assert refusal(client) == (403, "library_off")


@pytest.mark.parametrize(
    ("writing", "granted", "wanted"),
    [
        ("on", (), KeyNeeded),
        ("on", ("ask",), KeyNeeded),
        ("on", ("documents",), None),
        ("local", ("documents",), LibraryOff),
        ("off", ("documents",), LibraryOff),
    ],
)
@pytest.mark.parametrize(
    ("host", "client", "forwarded"),
    [
        ("0.0.0.0", "10.1.2.3", None),
        ("127.0.0.1", "10.1.2.3", None),
        ("0.0.0.0", "127.0.0.1", None),
        ("127.0.0.1", "127.0.0.1", b"x-forwarded-for"),
        ("127.0.0.1", "127.0.0.1", b"forwarded"),
    ],
)
def test_from_elsewhere_only_with_a_key(
    writing: str,
    granted: tuple[str, ...],
    wanted: type[Exception] | None,
    host: str,
    client: str,
    forwarded: bytes | None,
) -> None:
    """What is open to everybody is no key; a proxy on the same machine is elsewhere."""
    headers = [(forwarded, b"127.0.0.1")] if forwarded else []
    settings = Settings(index="库", library_writing=writing, host=host)
    state = {"scopes": frozenset({"documents"}), "granted": frozenset(granted)}
    request = Request({"type": "http", "client": (client, 1), "headers": headers, "state": state})
    with contextlib.nullcontext() if wanted is None else pytest.raises(wanted):
        may_write(settings, request)


@pytest.mark.parametrize(("writing", "wanted"), [("local", None), ("on", KeyNeeded), ("off", LibraryOff)])
def test_from_here_with_a_key_too_where_it_is_on(writing: str, wanted: type[Exception] | None) -> None:
    settings = Settings(index="库", library_writing=writing)
    state = {"scopes": frozenset({"documents"})}
    request = Request({"type": "http", "client": ("127.0.0.1", 1), "headers": [], "state": state})
    with contextlib.nullcontext() if wanted is None else pytest.raises(wanted):
        may_write(settings, request)


def test_as_many_files_come_in_as_for_uploads(client: Client, resources: Resources) -> None:
    resources.coming = asyncio.Semaphore(0)
    assert refusal(client) == (503, "busy")


def test_the_size_of_a_file_is_limited_as_for_uploads(client: Client) -> None:
    body, headers = form(("大.txt", b"a" * 400_000))
    headers["content-length"] = str(len(body))
    assert client("POST", f"{API}/library", body, headers)[0] == 413


def test_the_command_line_adds_while_it_is_served(
    resources: Resources, root: Path, folder: Path, fast: Encoder
) -> None:
    (folder / "乙.txt").write_text(OTHER, "utf-8")
    assert resources.engine.ask(QUESTION).points
    add_files(root, [folder], fast)
    assert resources.renew()
    assert len(resources.engine.snapshot.documents) == 2


# --- under `streamlit run app.py` --------------------------------------------------------------------


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that the environment says is to be watched, as `streamlit run app.py` reads it."""
    watched = tmp_path / "放这里"
    watched.mkdir()
    (watched / "甲.txt").write_text(REPORT, "utf-8")
    given = {"INDEX": tmp_path / "库", "WATCH": watched, "ENCODER": "fast", "STORE": tmp_path / "s.sqlite3"}
    for name, value in given.items():
        monkeypatch.setenv(f"SPEECHQA_{name}", str(value))
    monkeypatch.setattr("qa.web.resources._given", [])
    yield watched


def test_streamlit_run_watches_tends_and_renews_too(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.web.dropping.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("qa.web.dropping.RENEW_SECONDS", 0.05)
    monkeypatch.setattr("qa.web.upkeep.SECONDS", 0.01)
    flushed: list[int] = []
    page_routes(given_settings())
    resources = shared()
    monkeypatch.setattr(resources, "flush", lambda: flushed.append(1))
    assert len(resources.engine.snapshot.documents) == 1
    (alone / "乙.txt").write_text(OTHER, "utf-8")

    async def run() -> list[threading.Thread]:
        async with page_lifespan(None):  # type: ignore[arg-type]
            while len(resources.engine.snapshot.documents) < 2 or not flushed:
                await asyncio.sleep(0.02)
            return [one for one in threading.enumerate() if one.name in ("renewing", "dropping")]

    looking = in_a_loop(asyncio.wait_for(run(), 60))
    assert {one.name for one in looking} == {"renewing", "dropping"} and len(flushed) > 1
    for one in looking:
        one.join(timeout=30)
        assert not one.is_alive()


def test_streamlit_run_refuses_a_folder_that_is_none(alone: Path) -> None:
    (alone / "甲.txt").unlink()
    alone.rmdir()
    with pytest.raises(SystemExit, match=r"^错误：要监视的 .*放这里 不是文件夹"):
        page_routes(given_settings())


def test_streamlit_run_reads_the_settings_once(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []

    def counted(**given: Any) -> list[Layer]:
        read.append(given)
        return layers_given(**given)

    monkeypatch.setattr("qa.settings.layers_given", counted)
    runpy.run_path(str(Path(__file__).parents[3] / "app.py"))
    assert len(read) == 1


def test_streamlit_run_serves_the_script_where_a_setting_is_broken(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEECHQA_PASSAGES", "viele")
    assert given_settings() is None
    assert len(page_routes(None)) == 1 and len(page_middleware(None)) == 5


def test_streamlit_run_says_which_settings_it_has_no_use_for() -> None:
    assert ignored(Settings(passages=3)) == ""
    assert "这几项设置：admin、mcp。" in ignored(Settings(admin=True, mcp=True, question_days=3.0))
    assert set(OF_THE_SERVER) < {one.name for one in fields(Settings)}
