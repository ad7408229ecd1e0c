"""The HTTP API under /api/v1: ask, batch, documents, outline, text, starters, feedback.

The answers are those of `speechqa ask --json`, byte for byte. Errors are application/problem+json with a code.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Body, FastAPI, Path, Query
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException

from index import IndexedDocument, SpeechIndexError
from qa.errors import BadRequest, DocumentNeeded, QuestionError, StoreUnusable, UnknownDocument
from qa.rendering import to_json
from qa.requests import answer_request, excerpt_of, info_of, outline_of, parse_request
from qa.types import Answer, DocumentInfo, Excerpt, Feedback, Outline, Problem, Request, Starters
from qa.web.apidoc import document_api
from qa.web.middleware import problem
from qa.web.resources import Resources

WORKERS = 2  # threads that answer: Python's lock lets one run at a time, the second hides its waiting
REASON_LIMIT = 600  # characters of a reason for feedback

T = TypeVar("T")
Name = Annotated[str, Path(description="文稿的编号或标题", max_length=300)]

_TITLES = {
    400: "请求不对",
    404: "没有找到",
    405: "不支持这种方法",
    408: "请求太慢",
    409: "要指明文稿",
    413: "请求太大",
    415: "正文类型不对",
    422: "字段不对",
    429: "请求太多",
    500: "程序出错",
    503: "暂时忙不过来",
}
_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    415: "unsupported_media_type",
    422: "invalid_field",
    500: "internal_error",
    503: "busy",
}
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (UnknownDocument, 404),
    (DocumentNeeded, 409),
    (StoreUnusable, 503),
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
_EXAMPLE = {"question": "粮食呢", "history": ["口岸今年有哪些成绩"]}
_ASK_CODES = (400, 404, 408, 409, 413, 415, 422, 429, 503)
_GET_CODES = (400, 404, 408, 413, 422, 429, 503)


class Busy(Exception):
    """More questions wait than may wait, or one took too long; str() is one line of Chinese."""


class Gate:
    """Lets a bounded number of questions in, each for a bounded time, and answers them on a few threads."""

    def __init__(self, concurrent: int, seconds: float) -> None:
        """Let `concurrent` questions wait or run at once, each at most `seconds`."""
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="ask")
        self._concurrent = concurrent
        self._seconds = seconds
        self._inside = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` on a thread. Raises Busy."""
        if self._inside >= self._concurrent:
            raise Busy(f"同时最多处理 {self._concurrent} 个问题，请稍后再试。")
        self._inside += 1
        future = self._pool.submit(work)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda done: self._left(done, loop))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError as error:
            raise Busy(f"这个问题在 {self._seconds:g} 秒内没有答完，请换个问法或稍后再试。") from error

    def _left(self, _: Future[T], loop: asyncio.AbstractEventLoop) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._inside -= 1

    def close(self) -> None:
        """Let what runs come to its end."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def json_response(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON as the command line prints it; what UTF-8 cannot hold becomes ?."""
    body = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
    kind = "application/json" if status < 400 else "application/problem+json"
    return Response(body, status, headers, kind)


def problem_response(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an error as application/problem+json."""
    return json_response(problem(status, code, _TITLES.get(status, "出错"), detail), status, headers)


def _documented(*codes: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"description": _TITLES[code], "content": content} for code in codes}


def build_api(resources: Resources, gate: Gate) -> FastAPI:
    """Return the API as an application to mount at /api/v1."""
    api = FastAPI(
        title="讲话问答 API",
        version="1",
        description="对讲话提问，得到一字不差的原文和出处。位置都是正文里的字符序号。",
        docs_url=None,
        redoc_url=None,
        root_path_in_servers=False,
        servers=[{"url": "/api/v1"}],
    )
    _handle_errors(api)
    _add_questions(api, resources, gate)
    _add_documents(api, resources, gate)

    @api.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        return HTMLResponse(document_api(api.openapi()), headers={"content-security-policy": policy})

    _document_problem(api)
    return api


def _add_questions(api: FastAPI, resources: Resources, gate: Gate) -> None:
    @api.post(
        "/ask",
        response_model=Answer,
        responses=_documented(*_ASK_CODES),
        summary="问一个问题",
        description="回答与 `speechqa ask --json` 相同；history 是前面问过的问题，先问的在前。",
    )
    async def ask(asked: Annotated[Request, Body(examples=[_EXAMPLE])], request: HttpRequest) -> Response:
        if resources.settings.log_questions:
            request.scope.setdefault("state", {})["question"] = asked.question
        answer = await gate.run(
            lambda: resources.engine.ask(
                asked.question,
                history=asked.history,
                document=asked.document,
                facet=asked.facet,
                id=asked.id,
            )
        )
        return json_response(to_json(answer))

    @api.post(
        "/batch",
        response_class=Response,
        responses=_documented(408, 413, 415, 429, 503)
        | {
            200: {
                "description": "一行一个回答",
                "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
            }
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-ndjson": {
                        "schema": {"type": "string"},
                        "example": '{"id": 1, "question": "口岸有哪些成绩"}\n',
                    }
                },
            }
        },
        summary="批量提问",
        description='一行一个问题（JSONL），逐行流式回答；答不了的一行给出 {"id", "error"}，其余照常。',
    )
    async def batch(request: HttpRequest) -> Response:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind not in ("application/x-ndjson", "application/jsonl", "application/json-lines"):
            raise HTTPException(415, "批量提问的正文类型应为 application/x-ndjson。")
        lines = (await request.body()).decode("utf-8", "replace").splitlines()
        return StreamingResponse(_batch(lines, resources, gate), media_type="application/x-ndjson")

    @api.post(
        "/feedback",
        status_code=204,
        responses=_documented(*_ASK_CODES),
        summary="反馈",
        description="记下一个回答有用（up）或不好（down）；用 `speechqa feedback` 导出。",
    )
    async def feedback(
        given: Annotated[Feedback, Body(examples=[{"question": "口岸有哪些成绩", "verdict": "up"}])],
    ) -> Response:

        def keep() -> None:
            answer = resources.engine.ask(
                given.question, history=given.history, document=given.document, facet=given.facet
            )
            data = json.loads(json.dumps(to_json(answer)).encode("utf-8", "replace"))
            reason = given.reason[:REASON_LIMIT].encode("utf-8", "replace").decode()
            history = [q.encode("utf-8", "replace").decode() for q in given.history]
            resources.store.add_feedback(data, history, given.verdict, reason)

        await gate.run(keep)
        return Response(status_code=204)


async def _batch(lines: list[str], resources: Resources, gate: Gate) -> AsyncIterator[bytes]:
    def answered(line: str) -> dict[str, Any]:
        identity: Any = None
        try:
            request = parse_request(line)
            identity = request.get("id")
            return to_json(answer_request(resources.engine, request, None))
        except (QuestionError, SpeechIndexError) as error:
            return {"id": identity, "error": {"code": error.code, "message": str(error)}}

    for line in lines:
        if line.strip():
            try:
                result = await gate.run(partial(answered, line))
            except Busy as error:
                result = {"id": None, "error": {"code": "busy", "message": str(error)}}
            yield json.dumps(result, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _add_documents(api: FastAPI, resources: Resources, gate: Gate) -> None:
    def found(identity: str) -> IndexedDocument:
        wanted = resources.engine.document_id(identity)
        return next(d for d in resources.engine.snapshot.documents if d.document.id == wanted)

    @api.get(
        "/documents",
        responses=_documented(408, 413, 429, 503),
        summary="有哪些文稿",
        description="每篇文稿的编号、标题和大小。",
    )
    async def documents() -> list[DocumentInfo]:
        return await gate.run(lambda: [info_of(d) for d in resources.engine.snapshot.documents])

    @api.get(
        "/documents/{id}/outline",
        responses=_documented(*_GET_CODES),
        summary="文稿的结构",
        description="章节树和每句的类别，与 `speechqa outline --json` 相同。",
    )
    async def outline(id: Name) -> Outline:  # noqa: A002
        return await gate.run(lambda: outline_of(found(id)))

    @api.get(
        "/documents/{id}/starters",
        responses=_documented(*_GET_CODES),
        summary="可以先问什么",
        description="从文稿里来、确有回答的问题。",
    )
    async def starters(id: Name) -> Starters:  # noqa: A002
        return await gate.run(lambda: resources.starters(found(id).document.id))

    @api.get(
        "/documents/{id}/text",
        responses=_documented(*_GET_CODES),
        summary="一段原文",
        description="从 start 到 end 的原文，一字不差；一次最多 20,000 字。",
    )
    async def text(
        id: Name,  # noqa: A002
        start: Annotated[int, Query(ge=0, le=2**31, description="从第几个字符起，从 0 数")] = 0,
        end: Annotated[int | None, Query(ge=0, le=2**31, description="到第几个字符止，不含")] = None,
    ) -> Excerpt:
        return await gate.run(lambda: excerpt_of(found(id), start, end))


def _handle_errors(api: FastAPI) -> None:
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
        detail = error.detail if error.status_code == 415 else f"{_TITLES.get(error.status_code, '出错')}。"
        code = _CODES.get(error.status_code, "error")
        return problem_response(error.status_code, code, detail, error.headers)

    @api.exception_handler(Busy)
    async def busy(_: HttpRequest, error: Busy) -> Response:
        return problem_response(503, "busy", str(error), {"Retry-After": "1"})

    async def known(_: HttpRequest, error: Exception) -> Response:
        status = next(status for kind, status in _STATUS if isinstance(error, kind))
        headers = {"Retry-After": "30"} if status == 503 else None
        return problem_response(status, getattr(error, "code", "error"), str(error), headers)

    api.add_exception_handler(QuestionError, known)
    api.add_exception_handler(SpeechIndexError, known)

    @api.exception_handler(Exception)
    async def failed(_: HttpRequest, __: Exception) -> Response:
        return problem_response(500, "internal_error", "程序出错了，已记入服务器日志。请告诉管理员。")


def _document_problem(api: FastAPI) -> None:
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
