"""What a service manager asks: does it live (/healthz), can it answer and keep what it is told (/readyz)."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from index import SpeechIndexError
from qa.errors import StoreFull, StoreUnusable
from qa.web.apierrors import public_message
from qa.web.resources import Resources
from qa.web.responses import PROBLEM, problem


async def alive(_: Request) -> Response:
    """Tell that the process answers."""
    return JSONResponse({"status": "ok"})


def ready(resources: Resources) -> Callable[[Request], Response]:
    """Return the route that tells whether index and models are there and the store can be written."""

    def told(_: Request) -> Response:
        try:
            snapshot = resources.engine.snapshot
            with resources.store.database.writing():
                pass
        except (SpeechIndexError, StoreUnusable, StoreFull) as error:
            body = problem(503, error.code, public_message(error))
            return JSONResponse(body, 503, media_type=PROBLEM)
        found = {"status": "ok", "snapshot": snapshot.id, "documents": len(snapshot.documents)}
        return JSONResponse(found | ({"warnings": resources.warnings} if resources.warnings else {}))

    return told
