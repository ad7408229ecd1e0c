"""The files that people brought, as they came: opened in a browser, or kept as a file, and never run.

A program names one by the document and its token. The page's own links carry a key instead: it opens the original and
its pages, and nothing else, and is as hard to guess. What a browser shows itself are PDF and pictures; anything else,
HTML above all, is given as a file to keep, so that nothing of it can act in our name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, FastAPI, Header, Path
from fastapi.responses import Response

from qa.errors import NoOriginal
from qa.web.apierrors import documented
from qa.web.callers import require
from qa.web.pictures import NO_PAGES
from qa.web.resources import Resources
from qa.web.uploads import Held, Original

Token = Annotated[str, Header(alias="X-Document-Token", description="上传时得到的令牌", max_length=100)]
Identity = Annotated[str, Path(description="上传时得到的编号", max_length=300)]
Key = Annotated[str, Path(description="网页里链接的钥匙", max_length=100)]
Number = Annotated[int, Path(description="第几页，从 1 数", ge=1, le=2_000)]

NOT_KEPT = "原件没有留在内存里（太大，或为别的文稿腾了地方）。文字照旧能问；要看原件，请打开自己的那一份。"
_FILE = "application/octet-stream"
_SIGNS = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"BM", "image/bmp"),
    (b"RIFF", "image/webp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_SHUT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
# No sandbox for a PDF: older viewers do not open in one (Chromium 156 does). Its scripts never run in a page's name.
_POLICIES = {"application/pdf": f"{_SHUT}; object-src 'self'; style-src 'unsafe-inline'"}
_SANDBOX = f"{_SHUT}; sandbox"
_CODES = (400, 404, 408, 413, 422, 429, 503)


def _gives(what: str, kind: str) -> dict[int | str, dict[str, Any]]:
    """Return how the OpenAPI document tells of a file that a route gives."""
    return {
        200: {
            "description": what,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}}},
        }
    }


def add_originals(api: FastAPI, resources: Resources) -> None:
    """Add the routes."""

    @api.get(
        "/documents/{id}/original",
        dependencies=[Depends(require("documents"))],
        response_class=Response,
        responses=documented(*_CODES) | _gives("原件", _FILE),
        summary="上传的原件",
        description="上传的文件，一个字节不差；PDF 和图片可以在浏览器里打开，其余只能存成文件。它随文稿一起删除。",
    )
    async def original(id: Identity, token: Token) -> Response:  # noqa: A002
        return file_response(original_of(resources.uploads.by_token(token, id)))

    @api.get(
        "/documents/{id}/pages/{page}.png",
        dependencies=[Depends(require("documents"))],
        response_class=Response,
        responses=documented(*_CODES) | _gives("一页", "image/png"),
        summary="原件的一页",
        description="PDF 或图片的一页，画成最宽 1,240 点的 PNG；别的格式没有页面图像（404）。",
    )
    async def page_of(id: Identity, page: Number, token: Token) -> Response:  # noqa: A002
        return await _drawn(resources, resources.uploads.by_token(token, id), page)

    @api.get("/originals/{key}", include_in_schema=False)
    async def opened(key: Key) -> Response:
        return file_response(original_of(resources.uploads.by_key(key)))

    @api.get("/originals/{key}/pages/{page}.png", include_in_schema=False)
    async def seen(key: Key, page: Number) -> Response:
        return await _drawn(resources, resources.uploads.by_key(key), page)


def original_of(held: Held) -> Original:
    """Return what is kept of the file. Raises NoOriginal."""
    if held.original is None:
        raise NoOriginal(NOT_KEPT)
    return held.original


async def _drawn(resources: Resources, held: Held, page: int) -> Response:
    original = original_of(held)
    if not original.drawable:
        raise NoOriginal(NO_PAGES)
    draw: Callable[[], bytes] = partial(resources.pictures.page, held, page)
    return Response(await resources.drawing.run(draw), 200, _headers(_SANDBOX), "image/png")


def file_response(original: Original) -> Response:
    """Return a file as a browser may have it: PDF and pictures to be seen, anything else to be kept."""
    kind = media_type(original)
    headers = _headers(_POLICIES.get(kind, _SANDBOX))
    way = "attachment" if kind == _FILE else "inline"
    headers["content-disposition"] = f"{way}; filename*=UTF-8''{quote(original.name, safe='')}"
    return Response(original.data, 200, headers, kind)


def media_type(original: Original) -> str:
    """Return a file's media type by its bytes: of a PDF, of a picture, else that of a file of any kind."""
    if original.kind == "pdf":
        return "application/pdf"
    if original.kind != "image":
        return _FILE
    return next((kind for sign, kind in _SIGNS if original.data.startswith(sign)), _FILE)


def _headers(policy: str) -> dict[str, str]:
    return {
        "cache-control": "no-store",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }
