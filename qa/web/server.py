"""One process for the chat, the HTTP API and the widget: `speechqa serve`.

Streamlit's st.App holds the page; the API, the widget and the health checks are routes of it, and the middleware
stands before all of them. One worker: Streamlit's sessions live in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from importlib import resources as files
from pathlib import Path
from typing import Any

import streamlit
import uvicorn
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from index import SpeechIndexError
from qa.errors import QuestionError
from qa.settings import Settings, load_settings
from qa.web.access import Access, allowed_hosts, allowed_origins, host_name
from qa.web.api import build_api
from qa.web.apierrors import public_message
from qa.web.browsing import open_browser
from qa.web.chat import NAME
from qa.web.documents import documents_api
from qa.web.gate import Gate
from qa.web.limits import API, Limits
from qa.web.logs import AccessLog, calm_logs, write_line
from qa.web.middleware import Refusals, SecurityHeaders, Shell
from qa.web.options import configure_streamlit
from qa.web.packing import Served, Static
from qa.web.resources import Resources, share, shared
from qa.web.responses import PROBLEM, problem
from qa.web.running import GRACE_SECONDS, Server, handed_over, listen
from qa.web.scripts import PAGE_PATH, page_script, read, widget_script
from qa.web.tabs import Tabs, message_limit
from qa.web.uploads import taken
from qa.web.users import TrustedUser
from qa.web.wire import Protocol, TabProtocol, Wire, wire_for

SWEEP_SECONDS = 60.0  # between two looks for documents that are over their time
PAGE = Path(str(files.files("qa.web"))) / "page.py"
STREAMLIT = Path(streamlit.__file__).parent / "static"
_SCRIPT = "text/javascript; charset=utf-8"
_FOR_OTHERS = {"cross-origin-resource-policy": "cross-origin"}
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - addresses that mean all of this machine's
_DEMO_POLICY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'"
}


def build_app(resources: Resources, gate: Gate, *, demo: bool = False) -> streamlit.App:
    """Return the whole server as one ASGI application; `demo` adds a portal page with the widget in it."""
    share(resources)

    @contextlib.asynccontextmanager
    async def lifespan(_: streamlit.App) -> AsyncIterator[None]:
        calm_logs()  # now that all of Streamlit is loaded, and its loggers made
        sweeping = asyncio.create_task(_sweep(resources))
        yield
        sweeping.cancel()
        gate.close()
        resources.reading.close()
        resources.drawing.close()
        resources.starting.close()

    routes: list[BaseRoute] = [
        Route("/healthz", _alive),
        Route("/readyz", _ready(resources)),
        Route("/widget.js", Served(widget_script(), _SCRIPT, _FOR_OTHERS), methods=["GET"]),
        _page_script(),
        Mount(API, build_api(resources, gate)),
    ]
    if demo:
        routes += [_file("/demo", "demo.html", "text/html; charset=utf-8", _DEMO_POLICY)]
        routes += [_file("/demo.css", "demo.css", "text/css; charset=utf-8", {})]
    pages = [route.path for route in routes if isinstance(route, Route)]
    return streamlit.App(PAGE, routes=routes, middleware=_middleware(resources, pages), lifespan=lifespan)


async def _sweep(resources: Resources) -> None:
    """Let what is over its time go, also where nobody comes by."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        resources.uploads.those(())


def _middleware(resources: Resources, pages: Sequence[str]) -> list[Middleware]:
    """Return what every request passes, the outermost first; `pages` are the paths whose HTML is ours."""
    settings = resources.settings
    origins = allowed_origins(settings.origins)
    index = (STREAMLIT / "index.html").read_text("utf-8")
    return [
        Middleware(AccessLog, users=settings.log_users),
        Middleware(SecurityHeaders, origins=origins),
        Middleware(Access, hosts=own_hosts(settings), origins=origins),
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["content-type", "x-document-token", "x-upload-id"],
            max_age=600,
        ),
        _limits(settings),
        Middleware(
            Shell,
            index=index,
            name=NAME,
            origins=origins,
            documents=lambda: resources.engine.snapshot.documents,
        ),
        Middleware(Static, folder=STREAMLIT / "static"),
        Middleware(Refusals, own=pages),
        Middleware(Tabs),
    ]


def _limits(settings: Settings) -> Middleware:
    return Middleware(
        Limits,
        body_limit=settings.body_limit,
        per_minute=settings.requests_per_minute,
        file_limit=settings.upload_megabytes * 1_000_000,
    )


def page_routes() -> list[BaseRoute]:
    """Return the routes under `streamlit run app.py` beside the page: its script, and what takes its files."""
    try:
        resources = shared()
    except QuestionError:  # told by the page itself
        return [_page_script()]
    resources.uploading = taken(resources.settings.uploads, streamlit.get_option("server.address") or "")
    return [_page_script(), Mount(API, documents_api(resources))]


def page_middleware() -> list[Middleware]:
    """Return what every request passes under `streamlit run app.py`; a broken setting is told by the page itself."""
    try:
        settings = load_settings()
        hosts, origins = own_hosts(settings), allowed_origins(settings.origins)
    except QuestionError:
        settings, hosts, origins = Settings(), frozenset(), []
    return [
        Middleware(Access, hosts=hosts, origins=origins),
        _limits(settings),
        Middleware(Static, folder=STREAMLIT / "static"),
        Middleware(Tabs),
    ]


def own_hosts(settings: Settings) -> frozenset[str]:
    """Return the names this server goes by beside loopback. Raises BadSetting."""
    host = settings.host
    bound = None if host in EVERYWHERE else host_name(f"[{host}]" if ":" in host else host)
    return allowed_hosts(settings.hosts) | ({bound} if bound else set())


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _ready(resources: Resources) -> Any:
    def ready(_: Request) -> Response:
        try:
            snapshot = resources.engine.snapshot
        except SpeechIndexError as error:
            told = problem(503, error.code, public_message(error))
            return JSONResponse(told, 503, media_type=PROBLEM)
        return JSONResponse({"status": "ok", "snapshot": snapshot.id, "documents": len(snapshot.documents)})

    return ready


def _file(path: str, name: str, kind: str, headers: dict[str, str]) -> Route:
    return Route(path, Served(read(name), kind, headers), methods=["GET"])


def _page_script() -> Route:
    """Return the route of the chat page's own script."""
    return Route(PAGE_PATH, Served(page_script(), _SCRIPT, {}, kept=True), methods=["GET"])


def serve(settings: Settings, *, demo: bool = False, browse: bool = False) -> None:
    """Serve until told to stop. Raises CannotListen, BadSetting, SpeechIndexError before it starts.

    A socket that a service manager hands over is used as it is. `browse`: at any free port where the wanted one is
    taken, and open the chat in the person's browser.
    """
    handed = handed_over(os.environ)
    if handed is not None:
        host, port = handed.getsockname()[:2]
        settings = replace(settings, host=host, port=port)
    origins = allowed_origins(settings.origins)
    own_hosts(settings)
    resources = Resources(settings)
    documents = resources.engine.snapshot.documents
    resources.engine.ask("工作")  # the first question loads the dictionary: before anybody waits
    listening = handed or listen(settings.host, settings.port, other=browse)
    at = listening.getsockname()[:2]
    configure_streamlit(replace(settings, port=at[1]), origins)
    gate = Gate(settings.concurrent, settings.question_seconds)
    wire = wire_for(settings.connections)
    # Nobody waits at a terminal for a service's end: what is being answered gets all the time it may take.
    grace = GRACE_SECONDS if handed is None else settings.question_seconds
    config = _config(settings, build_app(resources, gate, demo=demo), wire, grace)
    titles = "、".join(f"《{d.document.title}》" for d in documents[:3])
    more = f"等 {len(documents)} 篇" if len(documents) > 3 else ""
    write_line(sys.stderr, _welcome(settings, at, f"{titles}{more}", wire, demo=demo))
    ready = partial(open_browser, address_of(*at)) if browse else None
    Server(config, gate, resources.reading, resources.drawing, grace=grace, ready=ready).run([listening])


def _config(settings: Settings, app: Any, wire: Wire, grace: float) -> uvicorn.Config:
    """Return how uvicorn runs `app`; `grace` seconds for what is being answered at its end."""
    calm_logs()
    return uvicorn.Config(
        TrustedUser(app, settings.user_header, settings.trusted_proxies),
        http=type("Protocol", (Protocol,), {"wire": wire}),
        ws=TabProtocol,
        ws_max_size=message_limit(settings.question_limit),
        access_log=False,
        server_header=False,
        proxy_headers=False,  # TrustedUser reads them
        timeout_graceful_shutdown=math.ceil(grace),
        log_config=None,
        lifespan="on",
    )


def address_of(host: str, port: int) -> str:
    """Return where a person on this machine opens what listens there."""
    shown = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def _welcome(settings: Settings, at: tuple[str, int], titles: str, wire: Wire, *, demo: bool) -> str:
    """Return what the person who started the server reads: where it is, and what is not as they may expect."""
    host, everywhere, address = at[0], at[0] in EVERYWHERE, address_of(*at)
    lines = [f"讲话问答：{address}（{titles}）", f"接口说明 {address}{API}/docs，Ctrl-C 停止。"]
    if demo:
        lines.append(f"示例门户 {address}/demo")
    if everywhere and not settings.hosts:
        lines.append(
            "别人可以用本机的 IP 地址打开；要用主机名打开，请写明：--hosts qa.intranet（逗号分隔）。"
        )
    if settings.uploads == "local" and not taken(settings.uploads, host):
        lines.append("这里不收自己的文稿；要让打开网页的人上传，请写明：--uploads on。")
    if wire.connections < settings.connections:
        lines.append(
            f"系统只允许打开较少的文件：同时最多 {wire.connections} 个连接（设置 connections 要 {settings.connections} 个）。"
            "可用 ulimit -n 调高。"
        )
    return "\n".join(lines)
