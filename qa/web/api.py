"""The HTTP API under /api/v1: ask, compare, batch, documents, outline, digest, text, starters, feedback, library.

The answers are those of `speechqa ask --json`, byte for byte. Errors are in apierrors.py.
"""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Annotated

from fastapi import Body, Depends, FastAPI, Header, Path, Query
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse, Response

from index import IndexedDocument
from qa.answering import Engine
from qa.digest import Digest
from qa.messages import CompareRequest, DocumentInfo, Excerpt, Feedback, Outline, Request, Starters
from qa.rendering import digest_json, to_json
from qa.requests import (
    check_history,
    check_id,
    digests_of,
    excerpt_of,
    info_of,
    outline_of,
)
from qa.settings import Settings
from qa.types import Answer
from qa.web.apidoc import document_api
from qa.web.apierrors import (
    document_problem,
    documented,
    handle_errors,
)
from qa.web.apifields import document_fields
from qa.web.batches import add_batch
from qa.web.callers import require
from qa.web.documents import add_documents
from qa.web.gate import Gate
from qa.web.librarian import add_library
from qa.web.resources import Resources
from qa.web.strict import StrictRoute, encoded, json_response

REASON_LIMIT = 600  # characters of a reason for feedback

Name = Annotated[str, Path(description="文稿的编号或标题", max_length=300)]
Token = Annotated[
    str | None,
    Header(alias="X-Document-Token", description="上传的文稿的令牌：只问这一份", max_length=100),
]

ASKING = [Depends(require("ask"))]

_log = logging.getLogger("speechqa")
_EXAMPLE = {"question": "粮食呢", "history": ["口岸今年有哪些成绩"]}
_ASK_CODES = (400, 404, 408, 409, 413, 415, 422, 429, 503)
_GET_CODES = (400, 404, 408, 413, 422, 429, 503)


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
    api.router.route_class = StrictRoute
    handle_errors(api)
    _add_ask(api, resources, gate)
    _add_compare(api, resources, gate)
    add_batch(api, resources, gate)
    _add_feedback(api, resources, gate)
    _add_documents(api, resources, gate)
    _add_texts(api, resources, gate)
    add_documents(api, resources)
    add_library(api, resources)

    @api.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        return HTMLResponse(document_api(api.openapi()), headers={"content-security-policy": policy})

    document_problem(api)
    document_fields(api)
    return api


def _add_ask(api: FastAPI, resources: Resources, gate: Gate) -> None:
    @api.post(
        "/ask",
        dependencies=ASKING,
        response_model=Answer,
        responses=documented(*_ASK_CODES),
        summary="问一个问题",
        description="回答与 `speechqa ask --json` 相同；history 是前面问过的问题，先问的在前，最多 200 个，最近 8 个算数。"
        "请求头 X-Document-Token 里有上传的文稿的令牌时，只问那一份。",
    )
    async def ask(
        asked: Annotated[Request, Body(examples=[_EXAMPLE])], request: HttpRequest, token: Token = None
    ) -> Response:
        state = request.scope.setdefault("state", {})
        if resources.settings.log_questions:
            state["question"] = asked.question[: resources.settings.question_limit]
        check_history(asked.history, resources.settings)
        check_id(asked.id)
        engine, document = _engine_for(resources, asked.document, token)
        with resources.noting("api", asked.question, state.get("request_id")) as noted:
            answer = noted.answer = await gate.run(
                lambda: engine.ask(
                    asked.question,
                    history=asked.history,
                    document=document,
                    facet=asked.facet,
                    id=asked.id,
                )
            )
        return json_response(to_json(answer))


def _add_compare(api: FastAPI, resources: Resources, gate: Gate) -> None:
    @api.post(
        "/compare",
        dependencies=ASKING,
        response_model=Answer,
        responses=documented(*_ASK_CODES),
        summary="同一个问题对比几篇文稿",
        description="同一个问题分别问几篇文稿，回答里的 table 并排列出原文；与 `speechqa compare --json` 相同。"
        "documents 不写：对比问题里写明的几篇，没有写明的是全部，最多 8 篇。",
    )
    async def compare(
        asked: Annotated[CompareRequest, Body(examples=[{"question": "就业的目标"}])], request: HttpRequest
    ) -> Response:
        state = request.scope.setdefault("state", {})
        if resources.settings.log_questions:
            state["question"] = asked.question[: resources.settings.question_limit]
        check_id(asked.id)
        with resources.noting("api", asked.question, state.get("request_id")) as noted:
            answer = noted.answer = await gate.run(
                lambda: resources.engine.compare(asked.question, asked.documents, id=asked.id)
            )
        return json_response(to_json(answer))


def _engine_for(resources: Resources, document: str | None, token: str | None) -> tuple[Engine, str | None]:
    """Return what to ask, and which document of it: with a token the one that was brought, by either of its ids."""
    if token is None:
        return resources.engine, document
    held = resources.uploads.by_token(token)
    return resources.engine_of(held), None if document == held.id else document


def _add_feedback(api: FastAPI, resources: Resources, gate: Gate) -> None:
    @api.post(
        "/feedback",
        dependencies=[Depends(require("feedback"))],
        status_code=204,
        responses=documented(*_ASK_CODES, 507),
        summary="反馈",
        description="记下一个回答有用（up）或不好（down）；用 `speechqa feedback` 导出。",
    )
    async def feedback(
        given: Annotated[Feedback, Body(examples=[{"question": "口岸有哪些成绩", "verdict": "up"}])],
    ) -> Response:
        await gate.run(partial(_keep, given, resources))
        return Response(status_code=204)


def _keep(given: Feedback, resources: Resources) -> None:
    """Answer what the feedback is about and keep both, with the earlier questions that count."""
    settings = resources.settings
    check_history(given.history, settings)
    answer = resources.engine.ask(
        given.question, history=given.history, document=given.document, facet=given.facet
    )
    data = json.loads(encoded(to_json(answer)))
    counted = _counted(given.history, settings)
    history = [q.encode("utf-8", "replace").decode() for q in counted]
    reason = given.reason[:REASON_LIMIT].encode("utf-8", "replace").decode()
    resources.store.add_feedback(data, history, given.verdict, reason)


def _counted(history: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    good = tuple(q for q in history if len(q) <= settings.question_limit)
    return good[-settings.history_limit :] if settings.history_limit else ()


def _found(resources: Resources, identity: str, token: str | None) -> IndexedDocument:
    """Return the document of an address. Raises UnknownDocument, DocumentGone."""
    engine, document = _engine_for(resources, identity, token)
    wanted = engine.document_id(document)
    return next(d for d in engine.snapshot.documents if wanted in (None, d.document.id))


def _add_documents(api: FastAPI, resources: Resources, gate: Gate) -> None:
    """Add what tells of documents: which there are, their outline, their digest."""

    @api.get(
        "/documents",
        dependencies=ASKING,
        responses=documented(408, 413, 429, 503),
        summary="有哪些文稿",
        description="每篇文稿的编号、标题和大小。",
    )
    async def documents() -> list[DocumentInfo]:
        return await gate.run(lambda: [info_of(d) for d in resources.engine.snapshot.documents])

    @api.get(
        "/documents/{id}/outline",
        dependencies=ASKING,
        responses=documented(*_GET_CODES),
        summary="文稿的结构",
        description="章节树和每句的类别，与 `speechqa outline --json` 相同。",
    )
    async def outline(id: Name, token: Token = None) -> Outline:  # noqa: A002
        return await gate.run(lambda: outline_of(_found(resources, id, token)))

    @api.get(
        "/documents/{id}/digest",
        dependencies=ASKING,
        response_model=Digest,
        responses=documented(*_GET_CODES),
        summary="文稿的概览",
        description="各部分的标题、要点、关键句、数据和表格，都是一字不差的原文，与 `speechqa digest --json` 相同；大约一屏，没有列出的有数。",
    )
    async def digest(
        id: Name,  # noqa: A002
        part: Annotated[int | None, Query(ge=1, le=2**31, description="只看第几部分，从 1 数")] = None,
        full: Annotated[bool, Query(description="不限一屏，列出全部要点")] = False,
        token: Token = None,
    ) -> Response:
        engine, document = _engine_for(resources, id, token)
        return await gate.run(
            lambda: json_response(digest_json(digests_of(engine, document, part=part, full=full)[0]))
        )


def _add_texts(api: FastAPI, resources: Resources, gate: Gate) -> None:
    """Add what comes of documents: questions to begin with, their words."""

    @api.get(
        "/documents/{id}/starters",
        dependencies=ASKING,
        responses=documented(*_GET_CODES),
        summary="可以先问什么",
        description="从文稿里来、确有回答的问题。",
    )
    async def starters(id: Name, token: Token = None) -> Starters:  # noqa: A002
        if token is None:
            return await gate.run(lambda: resources.starters(_found(resources, id, None).document.id))
        engine, document = _engine_for(resources, id, token)
        return await gate.run(lambda: engine.starters(document))

    @api.get(
        "/documents/{id}/text",
        dependencies=ASKING,
        responses=documented(*_GET_CODES),
        summary="一段原文",
        description="从 start 到 end 的原文，一字不差；一次最多 20,000 字。",
    )
    async def text(
        id: Name,  # noqa: A002
        start: Annotated[int, Query(ge=0, le=2**31, description="从第几个字符起，从 0 数")] = 0,
        end: Annotated[int | None, Query(ge=0, le=2**31, description="到第几个字符止，不含")] = None,
        token: Token = None,
    ) -> Excerpt:
        return await gate.run(lambda: excerpt_of(_found(resources, id, token), start, end))
