"""The API's errors: which exception gets which status, in which words, and how the OpenAPI document tells of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException

from index import DiskFull, LibraryUse, SpeechIndexError
from qa.errors import (
    BadRequest,
    DocumentGone,
    DocumentNeeded,
    KeyNeeded,
    KeysUnusable,
    LibraryOff,
    NoOriginal,
    OutOfTime,
    QuestionError,
    ScopeMissing,
    StoreFull,
    StoreUnusable,
    UnknownDocument,
    UploadRefused,
    UploadsFull,
    UploadsOff,
    UploadTooLarge,
)
from qa.messages import Problem
from qa.web.gate import Busy
from qa.web.responses import CODES, PROBLEM, BodyRefused, problem_body, title

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (KeyNeeded, 401),
    (ScopeMissing, 403),
    (KeysUnusable, 503),
    (UnknownDocument, 404),
    (DocumentGone, 404),
    (NoOriginal, 404),
    (UploadsOff, 403),
    (LibraryOff, 403),
    (UploadTooLarge, 413),
    (UploadsFull, 503),
    (UploadRefused, 422),
    (DocumentNeeded, 409),
    (StoreFull, 507),
    (StoreUnusable, 503),
    (OutOfTime, 503),
    (LibraryUse, 409),
    (DiskFull, 507),
    (SpeechIndexError, 503),
    (BadRequest, 422),
    (QuestionError, 422),
)
_FIELDS = {
    "missing": "缺少这个字段",
    "string_type": "应为文字",
    "json_invalid": "正文不是 JSON",
    "tuple_type": "应为列表",
    "list_type": "应为列表",
    "enum": "不是可选的值",
    "literal_error": "不是可选的值",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "dataclass_type": "正文应为 JSON 对象",
    "unexpected_keyword_argument": "没有这个字段",
}
# What a stranger is told where the message itself names files of this machine; the log has it whole.
_PRIVATE: tuple[tuple[type[Exception], str], ...] = (
    (KeysUnusable, "密钥暂时都用不了，原因已记入服务器日志。请告诉管理员。"),
    (StoreUnusable, "对话和反馈暂时存不了，原因已记入服务器日志；问答不受影响。请告诉管理员。"),
    (LibraryUse, "这是文稿库里最后的文稿：没有文稿就不能问，没有删除。"),
    (DiskFull, "服务器的磁盘满了，什么也没有改。请告诉管理员。"),
    (SpeechIndexError, "索引暂时用不了，原因已记入服务器日志。请告诉管理员。"),
)
KEYLESS = (401, 403)  # without a key, or with one that may not do this
CHALLENGE = {401: 'Bearer realm="speechqa"', 403: 'Bearer realm="speechqa", error="insufficient_scope"'}
FAILED = "程序出错了，已记入服务器日志。请告诉管理员。"
_log = logging.getLogger("speechqa")


def public_message(error: Exception) -> str:
    """Return what a stranger may read of an error, and log the rest."""
    for kind, message in _PRIVATE:
        if isinstance(error, kind):
            _log.error("%s", error)
            return message
    return str(error)


def problem_response(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """Return an error as application/problem+json; `more` are members beside the usual ones."""
    return Response(problem_body(status, code, detail, **more), status, headers, PROBLEM)


def documented(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return how the OpenAPI document tells of these statuses, and of those that any route may have."""
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"description": title(code), "content": content} for code in (*codes, *KEYLESS)}


def handle_errors(api: FastAPI) -> None:
    """Answer every error in our form."""

    @api.exception_handler(RequestValidationError)
    async def invalid(request: HttpRequest, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return problem_response(400, "bad_request", '正文不是 JSON：应为 {"question": …} 这样的对象。')
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if first["loc"][:1] == ("body",) and kind != "application/json":
            return problem_response(415, "unsupported_media_type", "正文类型应为 application/json。")
        where = ".".join(str(part) for part in first["loc"] if part != "body") or "正文"
        what = _FIELDS.get(first["type"], "不是应有的值")
        return problem_response(422, "invalid_field", f"字段 {where}：{what}。写法见 /api/v1/docs。")

    @api.exception_handler(HTTPException)
    async def refused(_: HttpRequest, error: HTTPException) -> Response:
        detail = error.detail if error.detail.endswith("。") else f"{title(error.status_code)}。"
        code = CODES.get(error.status_code, "error")
        return problem_response(error.status_code, code, detail, error.headers)

    @api.exception_handler(BodyRefused)
    async def cut(_: HttpRequest, error: BodyRefused) -> Response:
        return problem_response(error.status, error.code, str(error), {"connection": "close"})

    @api.exception_handler(Busy)
    async def busy(_: HttpRequest, error: Busy) -> Response:
        return problem_response(503, "busy", str(error), {"Retry-After": "1"})

    async def known(_: HttpRequest, error: Exception) -> Response:
        status = next(status for kind, status in _STATUS if isinstance(error, kind))
        headers = {"Retry-After": "30"} if status == 503 and not isinstance(error, OutOfTime) else None
        headers = {"WWW-Authenticate": CHALLENGE[status]} if status in CHALLENGE else headers
        return problem_response(status, getattr(error, "code", "error"), public_message(error), headers)

    api.add_exception_handler(QuestionError, known)
    api.add_exception_handler(SpeechIndexError, known)

    @api.exception_handler(Exception)
    async def failed(_: HttpRequest, __: Exception) -> Response:
        return problem_response(500, "internal_error", FAILED)


def document_problem(api: FastAPI) -> None:
    """Add the schema of errors to the OpenAPI document, and take out the one that FastAPI assumes."""
    plain = api.openapi

    def openapi() -> dict[str, Any]:
        made = plain()
        schemas = made["components"]["schemas"]
        schemas["Problem"] = TypeAdapter(Problem).json_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        return made

    api.openapi = openapi  # type: ignore[method-assign]
