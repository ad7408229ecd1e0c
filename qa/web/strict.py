"""JSON in and out of the API as RFC 8259 has it: no NaN, no Infinity, nothing that UTF-8 cannot hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request as HttpRequest
from fastapi.responses import Response
from fastapi.routing import APIRoute

from qa.requests import dump_line, parse_json


def json_response(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON as the command line prints it; what UTF-8 cannot hold becomes ?."""
    return Response(encoded(data), status, headers, "application/json")


def encoded(data: Any) -> bytes:
    """Return JSON as UTF-8."""
    return dump_line(data).encode("utf-8", "replace")


class StrictRequest(HttpRequest):
    """A request whose JSON has no NaN, no Infinity and no number beyond them."""

    async def json(self) -> Any:
        """Read the body. Raises JSONDecodeError."""
        body = await self.body()
        try:
            return parse_json(body)
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            raise json.JSONDecodeError(str(error)[:80], "", 0) from error


class StrictRoute(APIRoute):
    """A route that takes StrictRequests."""

    def get_route_handler(self) -> Callable[[HttpRequest], Coroutine[Any, Any, Response]]:
        """Wrap the plain handler."""
        plain = super().get_route_handler()

        async def strict(request: HttpRequest) -> Response:
            return await plain(StrictRequest(request.scope, request.receive))

        return strict
