"""The HTTP API of documents that a client brings: POST, GET and DELETE /documents, GET /uploads; see originals.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, BinaryIO, TypeVar

from fastapi import Depends, FastAPI, Header, Path
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from index import ReadingError
from qa.errors import OutOfTime, UploadsFull, UploadsOff
from qa.messages import RefusedFile
from qa.web.apierrors import documented, problem_response
from qa.web.brought import BroughtDocument, BroughtDocuments, HeldDocument, UploadProgress, UploadRules
from qa.web.callers import require
from qa.web.gate import Busy
from qa.web.intake import ENDINGS, Intake, shown_name, take_in
from qa.web.originals import Identity, Token, add_originals
from qa.web.resources import COMING, READ_SECONDS, Resources
from qa.web.strict import json_response
from qa.web.uploads import Held

UNKEPT = {"cache-control": "no-store"}
PARTS = 1_000  # bytes of a field beside the file
OFF = "这里不能上传文稿：管理员没有打开（设置 uploads）。"
LATE = f"这份文稿读了 {READ_SECONDS:.0f} 秒还没有读完，已停止。请拆成几个文件再试。"
BRINGING = [Depends(require("documents"))]
_CODES = (400, 403, 408, 413, 415, 422, 429, 503)
STATUS = {"too_large": 413, "unsupported_format": 415, "format_extra_missing": 415}
_NUMBER = "^[A-Za-z0-9_-]{16,64}$"
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            },
            "example": "file=@讲话.docx",
        }
    },
}

Number = Annotated[
    str | None,
    Header(
        alias="X-Upload-Id",
        description="自取的编号，凭它在 /uploads/编号 看读到哪里",
        pattern=_NUMBER,
    ),
]
T = TypeVar("T")


def add_documents(api: FastAPI, resources: Resources) -> None:
    """Add the routes."""
    add_originals(api, resources)
    _add_uploads(api, resources)
    _add_bringing(api, resources)
    _add_held(api, resources)


def _add_uploads(api: FastAPI, resources: Resources) -> None:
    """Add what tells of uploads: whether they are taken, how far one is."""

    @api.get(
        "/uploads",
        responses=documented(408, 413, 429),
        summary="能否上传文稿",
        description="能不能上传、多大、留多久、哪些种类。",
    )
    async def rules(request: HttpRequest) -> UploadRules:
        settings = resources.settings
        may = "documents" in request.scope.get("state", {}).get("scopes", ())
        return UploadRules(
            resources.uploading and may, settings.upload_megabytes, settings.upload_minutes, tuple(ENDINGS)
        )

    @api.get(
        "/uploads/{number}",
        dependencies=BRINGING,
        responses=documented(404, 408, 413, 422, 429),
        summary="上传的文件读到哪里了",
        description="上传时写明请求头 X-Upload-Id，在它读完之前凭这个编号看：在等、在读第几页、在建索引；读完或没有就是 404。",
    )
    async def progress(
        number: Annotated[str, Path(description="上传时自取的编号", pattern=_NUMBER)],
    ) -> UploadProgress:
        found = resources.progresses.told(number)
        if found is None:
            raise HTTPException(404, "没有正在读的这个编号：已经读完，或没有开始。")
        return found


def _add_bringing(api: FastAPI, resources: Resources) -> None:
    """Add the way in."""

    @api.post(
        "/documents",
        dependencies=BRINGING,
        status_code=201,
        response_model=BroughtDocument | BroughtDocuments,
        responses=documented(*_CODES),
        openapi_extra={"requestBody": FORM},
        summary="上传一份文稿",
        description="multipart/form-data，一个文件，字段名 file。文稿只在内存里，凭返回的 token 提问（请求头 X-Document-Token）、"
        "查看、删除；到 expires_at 没有再用就删除。token 只给这一次。压缩包（zip）里的文稿各得各的，列在 documents 里，"
        "读不了的列在 refused 里。",
    )
    async def bring(request: HttpRequest, number: Number = None) -> Response:
        if not resources.uploading:
            raise UploadsOff(OFF)
        try:
            async with room(resources), received(request) as (file, name):
                return _brought(await _read(resources, request, file, name, number), name, resources)
        except ReadingError as error:
            return problem_response(STATUS.get(error.code, 422), error.code, str(error))
        except OutOfTime:
            return problem_response(422, "parsing_stopped", LATE)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to see it


def _add_held(api: FastAPI, resources: Resources) -> None:
    """Add what tells of one that is held, and what lets it go."""

    @api.get(
        "/documents/{id}",
        dependencies=BRINGING,
        response_model=HeldDocument,
        responses=documented(400, 404, 408, 413, 422, 429),
        summary="上传的文稿还在不在",
        description="上传的文稿的标题、大小和到期时间；问一次就算用过一次。",
    )
    async def state(id: Identity, token: Token) -> Response:  # noqa: A002
        return json_response(described(resources.uploads.by_token(token, id), resources), 200, UNKEPT)

    @api.delete(
        "/documents/{id}",
        dependencies=BRINGING,
        status_code=204,
        responses=documented(400, 404, 408, 413, 422, 429),
        summary="删除上传的文稿",
        description="立即从内存里删除。",
    )
    async def remove(id: Identity, token: Token) -> Response:  # noqa: A002
        resources.uploads.remove([resources.uploads.by_token(token, id).id])
        return Response(status_code=204)


async def _read(
    resources: Resources, request: HttpRequest, file: BinaryIO, name: str, number: str | None
) -> Intake:
    """Read a file in its turn, told on the way to who asks by its number. Raises as `take_in` does, Busy."""
    progress = resources.progresses.begin(number)
    try:
        encoder = resources.engine.encoder
        work = resources.reading.run(lambda: take_in(file, name, encoder, progress))
        return await while_connected(request, work)
    finally:
        resources.progresses.end(number, progress)


def _brought(intake: Intake, name: str, resources: Resources) -> Response:
    """Hold what was read and tell of it: one document, or those of a zip. Raises UploadsFull for one alone."""
    found: list[dict[str, Any]] = []
    refused = list(intake.refused)
    for one in intake.documents:
        try:
            held, token = resources.uploads.add(one.snapshot, one.notes, one.original)
        except UploadsFull as error:
            if not intake.zipped:
                raise
            refused.append(RefusedFile(one.original.name, error.code, str(error)))
            continue
        found.append(described(held, resources) | {"token": token})
    if not intake.zipped:
        return json_response(found[0], 201, UNKEPT)
    listed = [asdict(one) for one in refused]
    if found:
        return json_response({"documents": found, "refused": listed}, 201, UNKEPT)
    told = f"压缩包 {name} 里没有一份能读（共 {len(listed)} 份）：{refused[0].detail}"
    return problem_response(422, refused[0].code, told, refused=listed)


def described(held: Held, resources: Resources) -> dict[str, Any]:
    """Return what a client is told of a document."""
    document = held.indexed.document
    known = document.metadata
    expires = datetime.fromtimestamp(resources.uploads.expires(held), UTC)
    return {
        "id": held.id,
        "document": document.id,
        "title": document.title,
        "date": known.date and known.date.value,
        "kind": known.kind and known.kind.value,
        "format": document.format,
        "pages": len(document.pages) or None,
        "characters": len(document.text),
        "expires_at": expires.isoformat(timespec="seconds"),
        "notes": list(held.notes),
        "original": held.original is not None,
    }


def room(resources: Resources) -> asyncio.Semaphore:
    """Return what a file that comes in holds meanwhile. Raises Busy where as many as may are coming in."""
    if resources.coming.locked():
        raise Busy(f"同时最多接收 {COMING} 份文稿，请稍后再试。")
    return resources.coming


@asynccontextmanager
async def received(request: HttpRequest) -> AsyncIterator[tuple[BinaryIO, str]]:
    """Take a form's one file, on the disk where it is long and gone afterwards, and its name as it may be shown.

    Raises HTTPException where it is none, ClientDisconnect, and what the middleware refuses a body with.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise HTTPException(415, "上传文稿的正文类型应为 multipart/form-data。")
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=1, max_fields=4, max_part_size=PARTS
    )
    try:
        form = await parser.parse()
        files = [value for value in form.values() if isinstance(value, UploadFile)]
        if len(files) != 1:
            raise HTTPException(422, "应有一个文件，字段名 file。")
        yield files[0].file, shown_name(files[0].filename)
    except (MultiPartException, UnicodeError, LookupError, KeyError) as error:
        raise HTTPException(400, "正文不是一个文件的表单（multipart/form-data）。") from error
    finally:
        for opened in parser._files_to_close_on_error:
            opened.close()


async def while_connected(request: HttpRequest, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` gives; stop it where the client leaves first. Raises ClientDisconnect."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        gone.cancel()
        task.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: HttpRequest) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
