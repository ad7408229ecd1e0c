"""Documents that a client brings: their life, who may ask them, what is refused, and that nothing of them stays."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import tempfile
import time
import weakref
import zipfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from index import Document, Encoder, Page, Snapshot, build_index, read_text
from qa import Engine, Settings
from qa.errors import DocumentGone, UploadsFull
from qa.web.api import build_api
from qa.web.callers import Callers
from qa.web.gate import Gate
from qa.web.intake import notes_of, shown_name
from qa.web.limits import API, Limits
from qa.web.resources import COMING, Resources
from qa.web.uploads import BUSY, Uploads, taken
from qa.web.views import map_view, outline_view, reader_view
from tests.serving import Serving
from tests.texts import REPORT

PATH = f"{API}/documents"
LIMIT = 300_000  # bytes of a file, in these tests


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def word(text: str = REPORT) -> bytes:
    made = docx.Document()
    for line in text.splitlines():
        made.add_paragraph(line)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        with file.open("word/document.xml", "w", force_zip64=True) as member:
            for _ in range(250):
                member.write(b" " * 1_000_000)
    return buffer.getvalue()


def form(*files: tuple[str, bytes], field: str = "file") -> tuple[bytes, dict[str, str]]:
    mark = "----------x"
    parts = [
        f'--{mark}\r\ncontent-disposition: form-data; name="{field}"; filename="{name}"\r\n'
        f"content-type: application/octet-stream\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in files
    ]
    return b"".join(parts) + f"--{mark}--\r\n".encode(), {
        "content-type": f"multipart/form-data; boundary={mark}"
    }


Answer = tuple[int, dict[str, Any]]


def run(make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with ThreadPoolExecutor(1) as thread:  # this one may have a loop of Playwright's
        return thread.submit(lambda: asyncio.run(make())).result(60)


class Client:
    """Calls the API inside this process, so that a test holds its clock and its connection."""

    def __init__(self, resources: Resources, *, seconds: float = 5.0) -> None:
        self.resources = resources
        self._seconds = seconds

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        pieces: Sequence[bytes] | None = None,
        then: Callable[[], AsyncIterator[dict[str, Any]]] | None = None,
    ) -> Answer:
        """`then` gives what is received after the pieces; else nothing more comes."""
        return run(lambda: self.call(self.app(), method, path, pieces or [body], headers or {}, then))

    def app(self) -> Limits:
        api = Starlette(routes=[Mount(API, build_api(self.resources, Gate(8, 10.0)))])
        called = Callers(api, self.resources.keys, self.resources.anonymous)
        return Limits(called, 10_000, 0, file_limit=LIMIT, file_seconds=self._seconds)

    async def call(
        self, app: Limits, method: str, path: str, pieces: Sequence[bytes], headers: dict[str, str], then: Any
    ) -> Answer:
        sent: list[dict[str, Any]] = []
        later = then() if then else None
        left = list(pieces)

        async def receive() -> dict[str, Any]:
            if left:
                piece = left.pop(0)
                return {"type": "http.request", "body": piece, "more_body": bool(left) or later is not None}
            if later is not None:
                return await anext(later)
            await asyncio.sleep(3600)
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        path, _, query = path.partition("?")
        fields = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode()}
        scope |= {"query_string": query.encode(), "headers": fields, "client": ("127.0.0.1", 1)}
        scope |= {"server": ("127.0.0.1", 80), "scheme": "http", "http_version": "1.1", "root_path": ""}
        await app(scope, receive, send)
        data = b"".join(m.get("body", b"") for m in sent[1:])
        self.headers = {k.decode(): v.decode() for k, v in sent[0]["headers"]} if sent else {}
        self.body = data
        whole = data and "json" in self.headers.get("content-type", "")
        return (sent[0]["status"], json.loads(data) if whole else {}) if sent else (0, {})

    def bring(self, name: str, data: bytes) -> Answer:
        return self("POST", PATH, *form((name, data)))

    def ask(self, token: str, question: str, **more: Any) -> Answer:
        body = json.dumps({"question": question, **more}).encode()
        return self(
            "POST", f"{API}/ask", body, {"content-type": "application/json", "X-Document-Token": token}
        )


@pytest.fixture
def resources(engine: Engine) -> Iterator[Resources]:
    made = Resources(Settings())
    made._engine = engine
    yield made
    made.reading.close()


@pytest.fixture
def client(resources: Resources) -> Client:
    return Client(resources)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go: a test sees what is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_life_of_a_document(client: Client, scratch: Path) -> None:
    status, brought = client.bring("讲话.docx", word())
    assert status == 201
    assert (brought["title"], brought["kind"], brought["format"]) == (
        "在全镇工作会议上的讲话",
        "speech",
        "docx",
    )
    assert brought["characters"] > 300 and brought["notes"] == [] and "T" in brought["expires_at"]
    token, path = brought.pop("token"), f"{PATH}/{brought['id']}"
    seen = client("GET", path, headers={"X-Document-Token": token})
    assert seen == (200, brought | {"expires_at": seen[1]["expires_at"]})
    status, answer = client.ask(token, "各村要在什么时候完成春耕备耕")
    assert (status, answer["status"]) == (200, "answered")
    point = answer["points"][0]
    assert "三月底前" in point["text"] and point["document"]["id"] == brought["document"]
    place = f"{PATH}/{brought['id']}/text?start={point['start']}&end={point['end']}"
    assert client("GET", place, headers={"X-Document-Token": token})[1]["text"] == point["text"]
    starters = client("GET", f"{path}/starters", headers={"X-Document-Token": token})[1]
    first = next(question for _, door in starters["doors"] for question in door)
    assert client.ask(token, first)[1]["status"] == "answered"
    assert client("DELETE", path, headers={"X-Document-Token": token})[0] == 204
    for refused in (client("GET", path, headers={"X-Document-Token": token}), client.ask(token, "粮食")):
        assert (refused[0], refused[1]["code"]) == (404, "document_gone")
    assert list(scratch.iterdir()) == []


def test_a_token_opens_its_document_and_no_other(client: Client) -> None:
    one, two = client.bring("a.txt", REPORT.encode())[1], client.bring("b.txt", (REPORT + "另").encode())[1]
    wrong = (one["token"][:-1] + "_", two["token"], "", "\udcff".encode("utf-8", "replace").decode())
    for token in wrong:
        status, told = client("GET", f"{PATH}/{one['id']}", headers={"X-Document-Token": token})
        assert (status, told["code"]) == (404, "document_gone")
    assert client("DELETE", f"{PATH}/{one['id']}", headers={"X-Document-Token": two["token"]})[0] == 404
    assert client("GET", f"{PATH}/{one['id']}")[0] == 422  # no token at all
    index_document = client.resources.engine.snapshot.documents[0].document.id
    assert client.ask(one["token"], "粮食", document=index_document)[0] == 404
    assert client.ask(one["token"], "粮食", document=two["id"])[0] == 404
    assert client.ask(one["token"], "粮食", document=one["id"])[0] == 200
    held = client.resources.uploads.those([one["id"]])[0]
    assert one["token"] not in repr(held)
    _, listed = client("GET", PATH)
    assert one["document"] not in json.dumps(listed)


def test_a_document_goes_when_it_was_not_used(client: Client) -> None:
    clock = client.resources.uploads.clock = Clock()
    brought = client.bring("a.txt", REPORT.encode())[1]
    minutes = client.resources.settings.upload_minutes
    for _ in range(3):
        clock.now += 60 * minutes - 1
        assert client.ask(brought["token"], "粮食总产")[0] == 200
    clock.now += 60 * minutes
    assert client.ask(brought["token"], "粮食总产")[1]["code"] == "document_gone"
    assert client.resources.uploads.those([brought["id"]]) == []


@pytest.mark.parametrize(
    ("name", "data", "status", "said"),
    [
        ("讲话.docx", b"MZ\x90\x00" + bytes(3000), 415, "讲话.docx 是程序"),
        ("../../etc/<b>x</b>.docx", b"PK\x03\x04" + bytes(300), 422, "b>.docx 已损坏"),
        ("C:\\讲话\\a\u202e.txt", b"", 422, "a\ufffd.txt 里没有文字"),
        ("a.txt", bytes(300), 422, "a.txt"),
        ("a.zip", b"PK\x05\x06" + bytes(18), 422, "压缩包 a.zip 里没有文稿"),
        ("", b"MZ\x00\x00", 415, "文稿 是程序"),
        ("a.txt", b"x" * (LIMIT + 100_000), 413, "文件太大：最多 0 MB"),
    ],
)
def test_what_is_refused_gets_one_line(
    client: Client, scratch: Path, name: str, data: bytes, status: int, said: str
) -> None:
    found, told = client.bring(name, data)
    assert (found, told["status"]) == (status, status)
    assert said in told["detail"] and "\n" not in told["detail"] and str(scratch) not in told["detail"]
    assert list(scratch.iterdir()) == []


def test_a_zip_bomb(client: Client, scratch: Path) -> None:
    begun = time.monotonic()
    status, told = client.bring("炸弹.docx", bomb())
    assert (status, told["code"]) == (422, "unsafe_document")
    assert told["detail"].startswith("炸弹.docx")
    assert time.monotonic() - begun < 20
    assert list(scratch.iterdir()) == []


def test_a_body_that_is_no_form(client: Client) -> None:
    assert client("POST", PATH, b"{}", {"content-type": "application/json"})[0] == 415
    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert client("POST", PATH, b"what is this", kind)[0] in (400, 422)
    assert client("POST", PATH, b"", {"content-type": "multipart/form-data"})[0] == 400
    body, headers = form(("a.txt", b"a"), ("b.txt", b"b"))
    assert client("POST", PATH, body, headers)[0] in (400, 422)


def test_a_slow_and_a_cut_connection_leave_nothing(resources: Resources, scratch: Path) -> None:
    body, headers = form(("a.txt", REPORT.encode() * 100))

    async def silent() -> AsyncIterator[dict[str, Any]]:
        await asyncio.sleep(60)
        yield {}

    async def cut() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.disconnect"}

    slow = Client(resources, seconds=0.2)
    half = [body[: len(body) // 2]]
    status, told = slow("POST", PATH, headers=headers, pieces=half, then=silent)
    assert (status, told["code"]) == (408, "too_slow")
    slow("POST", PATH, headers=headers, pieces=half, then=cut)
    assert list(scratch.iterdir()) == []
    assert resources.uploads._held == {}


def test_nothing_holds_a_document_that_is_gone(client: Client) -> None:
    brought = client.bring("a.docx", word())[1]
    held = client.resources.uploads.those([brought["id"]])[0]
    indexed = weakref.ref(held.indexed)
    for question in (
        "各村要在什么时候完成春耕备耕",
        "有哪些要求",
        "第二部分讲什么",
        "lscc",
        "三个盯住是什么",
    ):
        assert client.ask(brought["token"], question)[0] == 200
    map_view(held.indexed), outline_view(held.indexed), reader_view(held.indexed)
    del held
    client.resources.uploads.remove([brought["id"]])
    gc.collect()
    assert indexed() is None


def test_so_many_come_at_once_and_no_more(resources: Resources) -> None:
    body, headers = form(("a.txt", REPORT.encode()))

    async def silent() -> AsyncIterator[dict[str, Any]]:
        await asyncio.sleep(60)
        yield {}

    async def crowd() -> list[Answer]:
        client = Client(resources, seconds=0.5)
        app = client.app()
        calls = [client.call(app, "POST", PATH, [body[:50]], headers, silent) for _ in range(COMING + 2)]
        return await asyncio.gather(*calls)

    codes = sorted(told["code"] for _, told in run(crowd))
    assert codes == ["busy", "busy", *["too_slow"] * COMING]


class Slow:
    """An encoder that takes its time, and counts."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self.texts = encoder, 0
        self.name, self.dimension, self.fingerprint = encoder.name, encoder.dimension, encoder.fingerprint

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Any:
        self.texts += len(texts)
        time.sleep(0.3)
        return self._encoder.encode_passages(["一"] * len(texts), progress)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)


def test_reading_stops_where_the_client_leaves(resources: Resources, scratch: Path) -> None:
    slow = Slow(resources.engine.encoder)
    resources._engine = replace(resources.engine, encoder=slow)
    many = "\n".join(f"第{n}条 要抓好第{n}项工作，各单位要在{n}日前报送材料。" for n in range(1, 1500))
    body, headers = form(("a.txt", many.encode()))

    async def leaves() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.request", "body": b"", "more_body": False}
        for _ in range(600):
            await asyncio.sleep(0.05)
            if slow.texts:
                break
        yield {"type": "http.disconnect"}

    Client(resources)("POST", PATH, headers=headers, pieces=[body], then=leaves)
    time.sleep(1.0)
    begun = slow.texts
    assert 0 < begun < 1000
    time.sleep(0.7)
    assert slow.texts == begun
    assert resources.uploads._held == {}
    assert list(scratch.iterdir()) == []


def small(text: str, encoder: Encoder) -> Snapshot:
    return build_index([read_text(text)], encoder=encoder)


def test_the_longest_unused_goes_and_what_is_in_use_stays(encoder: Encoder) -> None:
    clock, gone = Clock(), []
    uploads = Uploads(kept=2, minutes=1000, characters=10_000, clock=clock, gone=lambda: gone.append(1))
    first, _ = uploads.add(small("第一份材料，讲粮食。", encoder))
    clock.now += 1
    second, token = uploads.add(small("第二份材料，讲教育。", encoder))
    with pytest.raises(UploadsFull, match="已经放满"):
        uploads.add(small("第三份材料，讲交通。", encoder))
    clock.now += BUSY + 5
    uploads.by_token(token)
    third, _ = uploads.add(small("第三份材料，讲交通。", encoder))
    assert uploads.those([first.id, second.id, third.id]) == [second, third]
    assert gone == [1]
    clock.now += BUSY + 5
    with pytest.raises(UploadsFull):
        uploads.add(small("讲粮食的材料。" * 2000, encoder))
    with pytest.raises(DocumentGone):
        uploads.by_token("x")


def test_where_files_are_taken() -> None:
    assert taken("local", "127.0.0.1") and taken("local", "::1") and taken("on", "0.0.0.0")
    assert not taken("local", "0.0.0.0") and not taken("off", "127.0.0.1")


def test_uploads_off(engine: Engine) -> None:
    off = Resources(Settings(uploads="off"))
    off._engine = engine
    client = Client(off)
    status, told = client.bring("a.txt", REPORT.encode())
    assert (status, told["code"]) == (403, "uploads_off")
    assert client("GET", f"{API}/uploads")[1]["allowed"] is False


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("讲话.docx", "讲话.docx"),
        ("/etc/passwd", "passwd"),
        ("C:\\a\\b.txt", "b.txt"),
        ("..", ""),
        (None, ""),
        ("a\r\nb\u202e.txt", "a\ufffd b\ufffd.txt"),
        ("长" * 200 + ".docx", "长" * 90 + "…" + "长" * 4 + ".docx"),
    ],
)
def test_a_file_name_is_shown_and_no_more(given: str | None, shown: str) -> None:
    assert shown_name(given) == shown


def test_a_scan_is_said() -> None:
    page = Page(1, 0, 4, 0.93)
    document = Document("1", "题", "粮食丰收", True, "a.pdf", pages=(page,))
    assert notes_of(document) == ("识别自扫描件：1 页，平均把握 93%",)


@pytest.mark.xdist_group("serving")
def test_over_a_real_server(serving: Serving) -> None:
    body, headers = form(("讲话.docx", word()))
    foreign = serving.request("POST", PATH, body, headers | {"Origin": "http://evil.test"})
    assert (foreign[0], json.loads(foreign[2])["code"]) == (403, "foreign_origin")
    status, _, answer = serving.request("POST", PATH, body, headers)
    assert status == 201
    token = json.loads(answer)["token"]
    asked = json.dumps({"question": "粮食总产突破多少"}).encode()
    kind = {"content-type": "application/json", "X-Document-Token": token}
    status, _, answer = serving.request("POST", f"{API}/ask", asked, kind)
    assert status == 200 and "二十万吨" in answer.decode()
    too_large = form(("电影.docx", b"x" * 60_000_000))
    status, _, answer = serving.request("POST", PATH, *too_large)
    assert (status, json.loads(answer)["detail"]) == (413, "文件太大：最多 20 MB。请拆成几个文件。")
    assert token not in serving.log.read_text("utf-8")
    page = serving.get(f"{API}/docs")[2].decode()
    assert "上传一份文稿" in page and "X-Document-Token" in page
