"""One process for the chat, the HTTP API and the widget: `speechqa serve`.

Streamlit's st.App holds the page; the API, the widget and the health checks are routes of it, and the middleware
stands before all of them. One worker: Streamlit's sessions live in memory.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from importlib import resources as files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit
import uvicorn
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount, Route

from index import IndexedDocument
from qa.errors import BadSetting
from qa.settings import Settings, scopes_of
from qa.web.access import Access, allowed_hosts, allowed_origins, host_name
from qa.web.admin import admin_routes
from qa.web.api import build_api
from qa.web.browsing import open_browser
from qa.web.callers import Callers
from qa.web.chat import NAME
from qa.web.dropping import check_watch
from qa.web.gate import Gate
from qa.web.health import alive, ready
from qa.web.limits import API, MCP, Limits
from qa.web.logs import AccessLog, calm_logs, write_line
from qa.web.middleware import Refusals, SecurityHeaders, Shell
from qa.web.options import configure_streamlit
from qa.web.packing import Served, Static
from qa.web.resources import Resources, share
from qa.web.running import GRACE_SECONDS, Server, handed_over, listen
from qa.web.scratch import begin
from qa.web.scripts import PAGE_PATH, page_script, read, root_style, widget_script
from qa.web.tabs import Tabs, message_limit
from qa.web.upkeep import at_work, measured, without_dumps
from qa.web.uploads import taken
from qa.web.users import TrustedUser
from qa.web.wire import Protocol, TabProtocol, Wire, wire_for

if TYPE_CHECKING:
    from qa.web.mcpserver import Mounted

PAGE = Path(str(files.files("qa.web"))) / "page.py"
STREAMLIT = Path(streamlit.__file__).parent / "static"
NO_MCP = "{what} 需要 MCP 组件（缺 {missing}）：请先运行 pip install 'speechqa[app,mcp]'。"
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
    assistant = _assistant(resources, gate)

    @contextlib.asynccontextmanager
    async def lifespan(_: streamlit.App) -> AsyncIterator[None]:
        calm_logs()  # now that all of Streamlit is loaded, and its loggers made
        async with at_work(resources), assistant.running() if assistant else contextlib.nullcontext():
            yield
        gate.close()

    routes: list[BaseRoute] = [
        Route("/healthz", alive),
        Route("/readyz", ready(resources)),
        Route(
            "/widget.js",
            Served(widget_script(resources.settings.question_limit), _SCRIPT, _FOR_OTHERS),
            methods=["GET"],
        ),
        script_route(),
        Mount(API, build_api(resources, gate)),
    ]
    if resources.settings.admin:
        routes += admin_routes(resources)
    if assistant:
        routes += [Route(MCP, assistant)]
    if demo:
        routes += [_file("/demo", read("demo.html"), "text/html; charset=utf-8", _DEMO_POLICY)]
        routes += [_file("/demo.css", root_style() + read("demo.css"), "text/css; charset=utf-8", {})]
    pages = [route.path for route in routes if isinstance(route, Route)]
    return streamlit.App(PAGE, routes=routes, middleware=_middleware(resources, pages), lifespan=lifespan)


def _assistant(resources: Resources, gate: Gate) -> Mounted | None:
    """Return what answers MCP; None where it is off. Raises BadSetting where the package is missing."""
    if not resources.settings.mcp:
        return None
    try:
        from qa.web.mcpserver import Assistant, Mounted
    except ImportError as error:
        raise BadSetting(NO_MCP.format(what="设置 mcp", missing=error.name)) from error
    served = Assistant(lambda: resources.engine, gate, resources.noting)
    return Mounted(served, resources.settings.body_limit)


def _middleware(resources: Resources, pages: Sequence[str]) -> list[Middleware]:
    """Return what every request passes, the outermost first; `pages` are the paths whose HTML is ours."""
    settings = resources.settings
    origins = allowed_origins(settings.origins)
    index = (STREAMLIT / "index.html").read_text("utf-8")
    return [
        Middleware(
            AccessLog,
            proxies=scopes_of(settings.trusted_proxies),
            count=resources.metrics.request,
            users=settings.log_users,
        ),
        Middleware(SecurityHeaders, origins=origins),
        Middleware(Access, hosts=own_hosts(settings), origins=origins),
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["authorization", "content-type", "x-document-token", "x-upload-id"],
            expose_headers=["x-request-id"],
            max_age=600,
        ),
        Middleware(Callers, keys=resources.keys, anonymous=resources.anonymous),
        limits_of(settings),
        Middleware(
            Shell,
            index=index,
            name=NAME,
            origins=origins,
            documents=partial(_named, resources),
        ),
        Middleware(Static, folder=STREAMLIT / "static"),
        Middleware(Refusals, own=pages),
        Middleware(Tabs),
    ]


def limits_of(settings: Settings) -> Middleware:
    """Return what bounds the size and the number of requests."""
    return Middleware(
        Limits,
        body_limit=settings.body_limit,
        per_minute=settings.requests_per_minute,
        file_limit=settings.upload_megabytes * 1_000_000,
    )


def own_hosts(settings: Settings) -> frozenset[str]:
    """Return the names this server goes by beside loopback. Raises BadSetting."""
    host = settings.host
    bound = None if host in EVERYWHERE else host_name(f"[{host}]" if ":" in host else host)
    return allowed_hosts(settings.hosts) | ({bound} if bound else set())


def _named(resources: Resources) -> tuple[str, Sequence[IndexedDocument]]:
    """Return the snapshot's id and the documents that anybody may know of."""
    snapshot = resources.engine.snapshot
    return snapshot.id, snapshot.documents if "ask" in resources.anonymous else ()


def _file(path: str, text: str, kind: str, headers: dict[str, str]) -> Route:
    return Route(path, Served(text, kind, headers), methods=["GET"])


def script_route() -> Route:
    """Return the route of the chat page's own script."""
    return Route(PAGE_PATH, Served(page_script(), _SCRIPT, {}, kept=True), methods=["GET"])


def serve(settings: Settings, *, demo: bool = False, browse: bool = False) -> None:
    """Serve until told to stop. Raises CannotListen, BadSetting, SpeechIndexError before it starts.

    A socket that a service manager hands over is used as it is. `browse`: at any free port where the wanted one is
    taken, and open the chat in the person's browser.
    """
    without_dumps()
    handed = handed_over(os.environ)
    if handed is not None:
        host, port = handed.getsockname()[:2]
        settings = replace(settings, host=host, port=port)
    origins = allowed_origins(settings.origins)
    own_hosts(settings)
    check_watch(settings)
    begin()
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
    told = _welcome(settings, at, f"{titles}{more}", wire, demo=demo)
    write_line(sys.stderr, "\n".join([told, *resources.warnings]))
    opened = partial(open_browser, address_of(*at)) if browse else None
    with measured(resources, gate, listen):
        Server(config, gate, resources.reading, resources.drawing, grace=grace, ready=opened).run([listening])


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
