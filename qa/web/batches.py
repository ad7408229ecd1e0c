"""The HTTP API's POST /batch: many questions, one a line, answered one after another."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from functools import partial

from fastapi import Depends, FastAPI
from fastapi import Request as HttpRequest
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from index import SpeechIndexError
from qa.errors import QuestionError
from qa.rendering import to_json
from qa.requests import answer_request, parse_request, request_id, split_lines
from qa.web.apierrors import FAILED, documented, problem_response, public_message
from qa.web.callers import require
from qa.web.gate import Busy, Gate
from qa.web.resources import Resources
from qa.web.strict import encoded

BATCH = 1_000  # lines of one batch: a minute of answers over a hundred documents
_log = logging.getLogger("speechqa")


def add_batch(api: FastAPI, resources: Resources, gate: Gate) -> None:
    """Add the route."""

    @api.post(
        "/batch",
        dependencies=[Depends(require("ask"))],
        response_class=Response,
        responses=documented(408, 413, 415, 429, 503)
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
        description='一行一个问题（JSONL），一批最多 1,000 行，逐行流式回答；答不了的一行给出 {"id", "error"}，其余照常。',
    )
    async def batch(request: HttpRequest) -> Response:
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind not in ("application/x-ndjson", "application/jsonl", "application/json-lines"):
            raise HTTPException(415, "批量提问的正文类型应为 application/x-ndjson。")
        text = (await request.body()).decode("utf-8", "replace")
        lines = [line for line in split_lines(text) if line.strip()]
        if len(lines) > BATCH:
            detail = f"一批最多 {BATCH} 个问题，实际 {len(lines)} 个。请分几批。"
            return problem_response(413, "too_many_lines", detail)
        if gate.full:
            raise Busy("现在处理的问题太多，整批没有开始，请稍后再试。")
        number = request.scope.setdefault("state", {}).get("request_id")
        return StreamingResponse(_batch(lines, resources, gate, number), media_type="application/x-ndjson")


async def _batch(
    lines: list[str], resources: Resources, gate: Gate, number: str | None
) -> AsyncIterator[bytes]:
    for line in lines:
        identity: str | int | None = None
        try:
            request = parse_request(line)
            identity = request_id(request)
            with resources.noting("batch", str(request.get("question") or ""), number) as noted:
                work = partial(answer_request, resources.engine, request, None)
                answer = noted.answer = await gate.run(work, patient=True)
            result = to_json(answer)
        except (QuestionError, SpeechIndexError) as error:
            result = {"id": identity, "error": {"code": error.code, "message": public_message(error)}}
        except Exception:  # one line's misfortune costs the others nothing
            _log.exception("a line of a batch failed")
            result = {"id": identity, "error": {"code": "internal_error", "message": FAILED}}
        yield encoded(result) + b"\n"
