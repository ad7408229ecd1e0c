"""The files that people brought: given back byte for byte, never to be run, gone with their documents; zips; progress."""

from __future__ import annotations

import gc
import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from index import Encoder
from qa import Engine, Settings
from qa.errors import NoOriginal
from qa.web import intake
from qa.web.intake import take_in
from qa.web.limits import API
from qa.web.logs import AccessLog
from qa.web.originals import file_response
from qa.web.pictures import Pictures
from qa.web.progress import Progress
from qa.web.resources import Resources
from qa.web.uploads import Original, Uploads
from tests.index.formats import official
from tests.qa.web.test_documents import (
    PATH,
    Client,
    Clock,
    client,
    form,
    resources,
    run,
    scratch,
    small,
    word,
)
from tests.texts import REPORT

__all__ = ["client", "resources", "scratch"]

HTML = f"<!doctype html><html><body><script>alert(1)</script><p>{REPORT}</p></body></html>".encode()


def pdf() -> bytes:
    return official.as_pdf(official.pages())


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name.replace("_", "."), data)
    return out.getvalue()


def png(colour: str = "white") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 120), colour).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind", "way"),
    [
        ("通知.pdf", pdf(), "application/pdf", "inline"),
        ("讲话.docx", word(), "application/octet-stream", "attachment"),
        ("页.html", HTML, "application/octet-stream", "attachment"),
        ("页.pdf", HTML, "application/octet-stream", "attachment"),
        ("a.txt", REPORT.encode(), "application/octet-stream", "attachment"),
    ],
)
def test_an_original_is_given_back_and_never_run(
    client: Client, name: str, data: bytes, kind: str, way: str
) -> None:
    brought = client.bring(name, data)[1]
    assert brought["original"] is True
    for path, headers in (
        (f"{PATH}/{brought['id']}/original", {"X-Document-Token": brought["token"]}),
        (f"{API}/originals/{key(client, brought)}", {}),
    ):
        assert client("GET", path, headers=headers)[0] == 200
        assert client.body == data
        given = client.headers
        assert given["content-type"] == kind
        assert given["x-content-type-options"] == "nosniff" and given["cache-control"] == "no-store"
        assert given["content-disposition"].startswith(f"{way}; filename*=UTF-8''")
        policy = given["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy
        assert "sandbox" in policy or kind == "application/pdf"


def key(client: Client, brought: dict[str, Any]) -> str:
    return client.resources.uploads.those([brought["id"]])[0].key


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"II*\x00", "image/tiff"),
        (b"<svg onload=alert(1)>", "application/octet-stream"),
    ],
)
def test_a_picture_is_what_its_bytes_say(data: bytes, kind: str) -> None:
    response = file_response(Original('坏"\r\nx: y.png', "image", data))
    assert response.media_type == kind
    name = response.headers["content-disposition"]
    assert "\n" not in name and '"' not in name and "%0D%0A" in name
    assert "sandbox" in response.headers["content-security-policy"]


def test_pages_are_drawn_and_kept(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    brought = client.bring("通知.pdf", pdf())[1]
    token = {"X-Document-Token": brought["token"]}
    assert brought["pages"] == 2
    assert client("GET", f"{PATH}/{brought['id']}/pages/2.png", headers=token)[0] == 200
    assert (
        client.headers["content-type"] == "image/png"
        and "sandbox" in client.headers["content-security-policy"]
    )
    first = client.body
    assert Image.open(io.BytesIO(first)).width == 1240
    monkeypatch.setattr("qa.web.pictures.index.draw_isolated", lambda *given: pytest.fail("it is kept"))
    assert client("GET", f"{API}/originals/{key(client, brought)}/pages/2.png")[0] == 200
    assert client.body == first


@pytest.mark.parametrize("page", ["0", "-1", "2001", "x", "1e3", "../2", "%2e%2e"])
def test_a_page_number_is_a_number(client: Client, page: str) -> None:
    brought = client.bring("通知.pdf", pdf())[1]
    token = {"X-Document-Token": brought["token"]}
    assert client("GET", f"{PATH}/{brought['id']}/pages/{page}.png", headers=token)[0] in (404, 422)


def test_a_page_that_is_not_there_and_a_format_without_pages(client: Client) -> None:
    brought = client.bring("通知.pdf", pdf())[1]
    status, told = client("GET", f"{API}/originals/{key(client, brought)}/pages/3.png")
    assert (status, told["code"]) == (404, "no_original")
    assert told["detail"] == "通知.pdf 没有第 3 页：它共 2 页。请换一页。"
    brought = client.bring("讲话.docx", word())[1]
    status, told = client("GET", f"{API}/originals/{key(client, brought)}/pages/1.png")
    assert (status, told["detail"]) == (404, "这种格式没有页面图像：只有 PDF 和图片有。请打开原件。")


def test_a_key_opens_its_original_and_nothing_else(client: Client) -> None:
    one, two = client.bring("a.txt", REPORT.encode())[1], client.bring("b.txt", (REPORT + "另").encode())[1]
    opens = key(client, one)
    assert client("GET", f"{API}/originals/{opens[:-1]}_")[1]["code"] == "document_gone"
    assert client("GET", f"{PATH}/{two['id']}/original", headers={"X-Document-Token": one["token"]})[0] == 404
    assert client("GET", f"{PATH}/{one['id']}/original", headers={"X-Document-Token": opens})[0] == 404
    assert client.ask(opens, "粮食")[0] == 404
    assert client("GET", f"{PATH}/{one['id']}/original")[0] == 422  # no token
    assert opens not in repr(client.resources.uploads.those([one["id"]])[0])
    client.resources.uploads.remove([one["id"]])
    status, told = client("GET", f"{API}/originals/{opens}")
    assert (status, told["code"]) == (404, "document_gone") and "已删除或到期" in told["detail"]


def test_the_log_has_no_key() -> None:
    log = io.StringIO()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        pass

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{API}/originals/SECRET/pages/1.png",
        "client": ("1", 1),
        "headers": [],
    }
    run(lambda: AccessLog(app, log)(scope, None, send))  # type: ignore[arg-type]
    assert "SECRET" not in log.getvalue() and "/originals/…/pages/1.png" in log.getvalue()


def test_nothing_of_a_file_stays_when_its_document_goes(client: Client, scratch: Path) -> None:
    brought = client.bring("通知.pdf", pdf())[1]
    mark = client.resources.uploads.those([brought["id"]])[0].original
    assert client("GET", f"{API}/originals/{key(client, brought)}/pages/1.png")[0] == 200
    assert client.resources.pictures._kept
    client.resources.uploads.remove([brought["id"]])
    assert not client.resources.pictures._kept
    assert list(scratch.iterdir()) == []
    gc.collect()
    holders = [one for one in gc.get_referrers(mark) if type(one).__name__ == "Held"]
    assert holders == []


def test_a_picture_of_what_goes_meanwhile_is_not_kept(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = Uploads()
    pictures = Pictures(uploads)
    held, _ = uploads.add(small("讲粮食的材料。", encoder), (), Original("a.pdf", "pdf", b"%PDF"))

    def draw(*given: Any) -> bytes:
        uploads.remove([held.id])
        return b"png"

    monkeypatch.setattr("qa.web.pictures.index.draw_isolated", draw)
    assert pictures.page(held, 1) == b"png"
    assert not pictures._kept


def test_pictures_are_kept_within_bounds(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = Uploads()
    pictures = Pictures(uploads, kept=250)
    held, _ = uploads.add(small("讲粮食的材料。", encoder), (), Original("a.pdf", "pdf", b"%PDF"))
    monkeypatch.setattr("qa.web.pictures.index.draw_isolated", lambda p, k, n: bytes([n]) * 100)
    for number in (1, 2, 1, 3):
        pictures.page(held, number)
    assert list(pictures._kept) == [(held.id, 1), (held.id, 3)]
    with pytest.raises(NoOriginal):
        pictures.page(uploads.add(small("另一份材料。", encoder))[0], 1)


def test_originals_make_room_and_the_text_stays(encoder: Encoder) -> None:
    clock = Clock()
    uploads = Uploads(originals=250, clock=clock)
    held = []
    for name in "甲乙丙":
        clock.now += 1
        original = Original(f"{name}.txt", "txt", bytes(100))
        held.append(uploads.add(small(f"第{name}份材料，讲粮食。", encoder), (), original)[0])
    assert [one.original is not None for one in held] == [False, True, True]
    assert len(uploads.those([one.id for one in held])) == 3
    clock.now += 1
    large, _ = uploads.add(small("很大的一份材料。", encoder), (), Original("丁.txt", "txt", bytes(300)))
    assert large.original is None
    none = Uploads(originals=0)
    assert none.add(small("讲粮食的材料。", encoder), (), Original("a", "txt", b"x"))[0].original is None


def test_an_original_without_room_is_said(engine: Engine) -> None:
    made = Resources(Settings(originals_megabytes=0))
    made._engine = engine
    client = Client(made)
    brought = client.bring("a.txt", REPORT.encode())[1]
    assert brought["original"] is False
    status, told = client(
        "GET", f"{PATH}/{brought['id']}/original", headers={"X-Document-Token": brought["token"]}
    )
    assert (status, told["code"]) == (404, "no_original") and told["detail"].startswith("原件没有留在内存里")


# --- zips -------------------------------------------------------------------------------------------


def test_a_zip_brings_its_documents_and_names_the_bad_ones(client: Client, scratch: Path) -> None:
    file = word()
    data = zipped(
        甲_docx=file, 乙_txt=(REPORT + "另").encode(), 丙_docx=b"PK\x03\x04" + bytes(90), 丁_exe=b"MZ\x00"
    )
    status, told = client.bring("材料.zip", data)
    assert status == 201
    assert {one["format"] for one in told["documents"]} == {"docx", "txt"}
    assert sorted(one["name"] for one in told["refused"]) == ["丁.exe", "丙.docx"]
    for one in told["refused"]:
        assert (
            one["name"] in one["detail"] and "\n" not in one["detail"] and str(scratch) not in one["detail"]
        )
    for one in told["documents"]:
        assert client.ask(one["token"], "各村要在什么时候完成春耕备耕")[1]["status"] == "answered"
    member = next(one for one in told["documents"] if one["format"] == "docx")
    assert (
        client("GET", f"{PATH}/{member['id']}/original", headers={"X-Document-Token": member["token"]})[0]
        == 200
    )
    assert client.body == file
    assert list(scratch.iterdir()) == []


def test_a_zip_none_of_which_can_be_read(client: Client) -> None:
    status, told = client.bring("材料.zip", zipped(甲_exe=b"MZ\x00", 乙_txt=b""))
    assert (status, len(told["refused"])) == (422, 2)
    assert told["detail"].startswith("压缩包 材料.zip 里没有一份能读（共 2 份）：")
    status, told = client.bring("a.zip", zipped(**{f"{n}_txt": b"x" for n in range(intake.ZIPPED + 1)}))
    assert status == 413
    assert told["detail"].startswith("压缩包 a.zip 里有 21 个文件：一次最多 20 个。")
    status, told = client.bring("a.zip", zipped(b_zip=zipped(a_txt=REPORT.encode())))
    assert status == 422 and "压缩包里的压缩包" in told["detail"]
    status, told = client.bring("b.zip", zipped(a_txt=b" " * 40_000_000))
    assert (status, told["code"]) == (422, "unsafe_document")


def test_a_zip_without_room_for_all(client: Client) -> None:
    client.resources.uploads.kept = 1
    data = zipped(甲_txt=REPORT.encode(), 乙_txt=(REPORT + "另").encode())
    status, told = client.bring("材料.zip", data)
    assert (status, len(told["documents"])) == (201, 1)
    assert [one["code"] for one in told["refused"]] == ["uploads_full"]


def test_a_zip_that_takes_too_long_gives_what_was_read(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa.errors import OutOfTime

    read = intake._read

    def slow(path: Path, name: str, *more: Any) -> Any:
        if name == "乙.txt":
            raise OutOfTime("太久")
        return read(path, name, *more)

    monkeypatch.setattr(intake, "_read", slow)
    found = take_in(io.BytesIO(zipped(丙_txt=REPORT.encode(), 乙_txt=REPORT.encode())), "a.zip", encoder)
    assert [one.original.name for one in found.documents] == ["丙.txt"]
    assert [one.name for one in found.refused] == ["乙.txt"]


# --- progress ---------------------------------------------------------------------------------------


@pytest.fixture
def slowly(resources: Resources) -> Iterator[list[tuple[Any, ...]]]:
    """What is told of an upload while its passages are encoded."""
    told: list[tuple[Any, ...]] = []
    number = "a" * 32

    class Asking:
        def __init__(self, encoder: Encoder) -> None:
            self._encoder = encoder
            self.name, self.dimension, self.fingerprint = encoder.name, encoder.dimension, encoder.fingerprint

        def encode_passages(self, texts: Any, progress: bool = False) -> Any:
            found = resources.progresses.told(number)
            told.append((found.stage, found.page, found.file, found.files) if found else ())
            return self._encoder.encode_passages(texts, progress)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._encoder, name)

    resources._engine = replace(resources.engine, encoder=Asking(resources.engine.encoder))  # type: ignore[arg-type]
    yield told


def test_how_far_an_upload_is(client: Client, slowly: list[tuple[Any, ...]]) -> None:
    number = "a" * 32
    body, headers = form(("材料.zip", zipped(甲_txt=REPORT.encode(), 乙_txt=(REPORT + "另").encode())))
    assert client("POST", PATH, body, headers | {"X-Upload-Id": number})[0] == 201
    assert dict.fromkeys(slowly) == dict.fromkeys([("indexing", None, 1, 2), ("indexing", None, 2, 2)])
    status, told = client("GET", f"{API}/uploads/{number}")
    assert (status, told["detail"]) == (404, "没有正在读的这个编号：已经读完，或没有开始。")
    assert client("POST", PATH, body, headers | {"X-Upload-Id": "short"})[0] == 422
    assert client("GET", f"{API}/uploads/..%2f..")[0] in (404, 422)


def test_pages_are_told_as_they_are_read(encoder: Encoder) -> None:
    seen: list[tuple[int, int]] = []

    class Watched(Progress):
        def read(self, page: int, pages: int) -> None:
            seen.append((page, pages))
            super().read(page, pages)

    take_in(io.BytesIO(pdf()), "a.pdf", encoder, Watched())
    assert seen == [(1, 2), (2, 2)]


def test_an_upload_is_let_go_when_its_client_leaves(client: Client) -> None:
    async def gone() -> Any:
        yield {"type": "http.disconnect"}

    body, headers = form(("a.txt", REPORT.encode() * 50))
    client("POST", PATH, headers=headers | {"X-Upload-Id": "b" * 20}, pieces=[body], then=gone)
    time.sleep(0.1)
    assert client.resources.progresses._there == {}
