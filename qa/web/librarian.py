"""The HTTP API of the shared library: POST /library adds a file for everybody, DELETE /library/ID takes a document out.

Off unless the setting `library_writing` says otherwise. It writes under the same lock as the command line, and a
question is answered by the library as it was or as it is, never by something between.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, BinaryIO

from fastapi import FastAPI
from fastapi import Path as PathField
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

import index
from index import Document, Encoder, LibraryBusy, ReadingError
from qa.deadline import check
from qa.errors import KeyNeeded, LibraryOff, OutOfTime, UnknownDocument, UploadTooLarge
from qa.messages import RefusedFile
from qa.settings import Settings
from qa.web.apierrors import documented, problem_response
from qa.web.callers import is_granted
from qa.web.documents import BRINGING, FORM, LATE, STATUS, received, room, while_connected
from qa.web.intake import LONGEST, ZIPPED, Stoppable, copied, renamed
from qa.web.resources import Resources
from qa.web.scratch import PREFIX
from qa.web.shelf import Shelved, ShelvedDocument
from qa.web.shelving import is_direct, is_open
from qa.web.strict import json_response
from qa.web.uploads import LOOPBACK

OFF = "这里不能增删文稿库里的文稿：管理员没有打开（设置 library_writing），或没有索引文件夹（--index）。"
ELSEWHERE = "增删文稿库里的文稿只能在服务器本机上做，不能经过反向代理（设了 hosts 或 user_header，就当作有代理）。要从别处来，请管理员把设置 library_writing 改为 on，并发一把有 documents 权限的密钥。"
KEYED = "增删文稿库里的文稿，要有 documents 权限的密钥：请在请求头写明 Authorization: Bearer 密钥。"
BUSY = "另一个程序正在写这个文稿库，什么也没有改。请稍后再试。"
RETRY = {"Retry-After": "10"}
_CODES = (400, 401, 403, 408, 413, 415, 422, 429, 503, 507)


def may_write(settings: Settings, request: HttpRequest) -> None:
    """Raise LibraryOff or KeyNeeded where this request may not write in the library.

    `local`: from this machine itself, where the server listens on it alone, and through no proxy; `on`: with a key for
    documents, wherever it comes from.
    """
    if not is_open(settings):
        raise LibraryOff(OFF)
    if settings.library_writing == "on":
        if not is_granted(request.scope, "documents"):
            raise KeyNeeded(KEYED)
        return
    from_here = request.client is not None and request.client.host in LOOPBACK
    if not from_here or not is_direct(settings, request.headers):
        raise LibraryOff(ELSEWHERE)


def add_library(api: FastAPI, resources: Resources) -> None:
    """Add the routes."""
    settings = resources.settings
    root = Path(settings.index)

    @api.post(
        "/library",
        dependencies=BRINGING,
        status_code=201,
        response_model=Shelved,
        responses=documented(*_CODES) | {200: {"model": Shelved, "description": "本来就有，没有再加"}},
        openapi_extra={"requestBody": FORM},
        summary="往文稿库加一份文稿",
        description="multipart/form-data，一个文件，字段名 file；大家都能问到。设置 library_writing 打开才能用。"
        "同样内容的不再加（列在 same 里，200）；压缩包（zip）里读不了的列在 refused 里。正有人写时 503，磁盘满 507。",
    )
    async def add(request: HttpRequest) -> Response:
        may_write(settings, request)
        try:
            async with room(resources), received(request) as (file, name):
                work = resources.reading.run(lambda: _added(resources, root, file, name or "文稿"))
                found = await while_connected(request, work)
        except ReadingError as error:
            return problem_response(STATUS.get(error.code, 422), error.code, str(error))
        except OutOfTime:
            return problem_response(422, "parsing_stopped", LATE)
        except LibraryBusy as error:
            return problem_response(503, error.code, BUSY, RETRY)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to see it
        return json_response(asdict(found), 201 if found.added else 200)

    @api.delete(
        "/library/{id}",
        dependencies=BRINGING,
        status_code=204,
        responses=documented(401, 403, 404, 408, 409, 413, 422, 429, 503, 507),
        summary="从文稿库去掉一份文稿",
        description="按编号去掉；原文件不动。设置 library_writing 打开才能用。最后一篇不能去掉（409）。",
    )
    async def remove(
        request: HttpRequest,
        id: Annotated[str, PathField(description="文稿的编号", max_length=100)],  # noqa: A002
    ) -> Response:
        may_write(settings, request)
        try:
            await resources.reading.run(lambda: _removed(resources, root, id))
        except LibraryBusy as error:
            return problem_response(503, error.code, BUSY, RETRY)
        return Response(status_code=204)


def _added(resources: Resources, root: Path, file: BinaryIO, name: str) -> Shelved:
    """Read a file and add what is in it. Raises ReadingError where nothing can be read, SpeechIndexError, OutOfTime."""
    encoder: Encoder = Stoppable(resources.engine.encoder)
    documents, refused = _read(file, name)
    report = index.add_documents(root, documents, encoder)
    resources.renew()
    return Shelved(
        index.pointer(root) or "",
        tuple(_shown(entry) for entry in (*report.added, *report.replaced)),
        tuple(_shown(entry) for entry in (*report.same, *(entry for _, entry in report.twins))),
        tuple(refused),
    )


def _read(file: BinaryIO, name: str) -> tuple[list[Document], list[RefusedFile]]:
    """Read a file, or a zip's documents; raises the first error where nothing can be read."""
    documents: list[Document] = []
    errors: list[ReadingError] = []
    with TemporaryDirectory(prefix=PREFIX) as folder:
        path = copied(file, name, Path(folder))
        for one in index.read_documents(path, called=name, progress=lambda *_: check()):
            check()
            if isinstance(one, ReadingError):
                errors.append(renamed(one, path, name))
                continue
            if len(one.text) > LONGEST:
                raise UploadTooLarge(
                    f"{one.source} 太长：最多 {LONGEST:,} 字，实际 {len(one.text):,} 字。请拆开，或用 speechqa add。"
                )
            documents.append(one)
            if len(documents) + len(errors) > ZIPPED:
                raise UploadTooLarge(
                    f"压缩包 {name} 里的文件一次最多 {ZIPPED} 个。请拆成几个压缩包，或用 speechqa add。"
                )
    if not documents:
        raise errors[0]
    return documents, [RefusedFile(name, error.code, str(error)) for error in errors]


def _removed(resources: Resources, root: Path, identity: str) -> None:
    if not index.remove_documents(root, {identity}, resources.engine.encoder):
        raise UnknownDocument(f"文稿库里没有编号为“{identity}”的文稿。编号见 GET /documents。")
    resources.renew()


def _shown(entry: index.Entry) -> ShelvedDocument:
    return ShelvedDocument(entry.id, entry.title, entry.year or None, entry.characters)
