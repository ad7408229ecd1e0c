"""The admin's page at /admin: a static page, and behind a key with the scope `admin` its figures and exports."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from index import SpeechIndexError
from qa.errors import BadRequest, KeyNeeded, QuestionError, ScopeMissing
from qa.web.apierrors import problem_response, public_message
from qa.web.callers import challenge, check_scope
from qa.web.exports import golden, lines, question_file, table
from qa.web.figures import DAY, figures, unanswered
from qa.web.packing import Served
from qa.web.resources import Resources
from qa.web.scripts import lighter_css, read, root_style
from qa.web.strict import json_response

DAYS = 30  # that are shown where nothing else is said
MOST_DAYS = 3_650
_POLICY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
}
_UNKEPT = {"cache-control": "no-store"}
_JSONL = "application/x-ndjson"
Given = Callable[[Resources, Request], Response]


def admin_routes(resources: Resources) -> list[Route]:
    """Return the page's routes."""
    style = root_style() + lighter_css(read("admin.css"))
    files = [
        ("/admin", read("admin.html"), "text/html; charset=utf-8"),
        ("/admin/admin.js", read("admin.js"), "text/javascript; charset=utf-8"),
        ("/admin/admin.css", style, "text/css; charset=utf-8"),
    ]
    data: list[tuple[str, Given]] = [
        ("/admin/data", _figures),
        ("/admin/unanswered.csv", _table),
        ("/admin/unanswered.jsonl", _questions),
        ("/admin/feedback.jsonl", _feedback),
        ("/admin/golden.jsonl", _golden),
    ]
    shown = [Route(path, Served(text, kind, _POLICY), methods=["GET"]) for path, text, kind in files]
    return shown + [Route(path, _guarded(resources, give), methods=["GET"]) for path, give in data]


def _guarded(resources: Resources, give: Given) -> Callable[[Request], Response]:
    """Let in who may; what goes wrong is told in the API's form."""

    def guarded(request: Request) -> Response:
        try:
            check_scope(request.scope, "admin")
            return give(resources, request)
        except (KeyNeeded, ScopeMissing) as error:
            status = 401 if isinstance(error, KeyNeeded) else 403
            return problem_response(status, error.code, str(error), dict([challenge()]))
        except BadRequest as error:
            return problem_response(422, error.code, str(error))
        except (QuestionError, SpeechIndexError) as error:
            return problem_response(503, error.code, public_message(error))

    return guarded


def _days(request: Request) -> int:
    text = request.query_params.get("days", str(DAYS))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST_DAYS):
        raise BadRequest(f"days 应为 1 到 {MOST_DAYS} 的整数。")
    return int(text)


def _figures(resources: Resources, request: Request) -> Response:
    return json_response(figures(resources, _days(request)), headers=_UNKEPT)


def _groups(resources: Resources, request: Request) -> Any:
    if not resources.settings.log_questions:
        raise BadRequest("没有记下问题原文，所以没有可以导出的。要记，请打开设置 log_questions。")
    return unanswered(resources.journal, _since(request))


def _since(request: Request) -> float:
    return time.time() - _days(request) * DAY


def _table(resources: Resources, request: Request) -> Response:
    return _file(table(_groups(resources, request)), "unanswered.csv", "text/csv; charset=utf-8")


def _questions(resources: Resources, request: Request) -> Response:
    return _file(question_file(_groups(resources, request)), "unanswered.jsonl", _JSONL)


def _feedback(resources: Resources, _: Request) -> Response:
    return _file(lines(resources.store.feedback()), "feedback.jsonl", _JSONL)


def _golden(resources: Resources, _: Request) -> Response:
    return _file(lines(golden(resources.store.feedback())), "golden.jsonl", _JSONL)


def _file(data: bytes, name: str, kind: str) -> Response:
    return Response(data, 200, _UNKEPT | {"content-disposition": f'attachment; filename="{name}"'}, kind)
