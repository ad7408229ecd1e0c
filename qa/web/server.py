"""One process for the chat, the HTTP API and the widget: `speechqa serve`.

Streamlit's st.App holds the page; the API, the widget and the health checks are routes of it, and the middleware
stands before all of them. One worker: Streamlit's sessions live in memory.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from importlib import resources as files
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import streamlit
import uvicorn
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount, Route

from qa.errors import BadSetting, CannotListen, QuestionError
from qa.settings import Settings, load_settings, scopes_of
from qa.web.access import Access, allowed_hosts, allowed_origins, host_name
from qa.web.admin import admin_routes
from qa.web.api import build_api
from qa.web.callers import Callers, anonymous_scopes
from qa.web.chat import NAME
from qa.web.documents import documents_api
from qa.web.dropping import check_watch, looking
from qa.web.gate import Gate
from qa.web.health import alive, ready
from qa.web.keys import open_keys
from qa.web.limits import API, MCP, Limits
from qa.web.logs import AccessLog, calm_logs, write_line
from qa.web.middleware import Refusals, SecurityHeaders, Shell
from qa.web.options import configure_streamlit
from qa.web.packing import Served, Static
from qa.web.resources import Resources, share, shared
from qa.web.scratch import begin
from qa.web.scripts import PAGE_PATH, page_script, read, root_style, widget_script
from qa.web.tabs import Tabs, message_limit
from qa.web.upkeep import measured, tended, without_dumps
from qa.web.uploads import taken
from qa.web.wire import Protocol, TabProtocol, Wire, wire_for

if TYPE_CHECKING:
    from qa.web.mcpserver import Mounted

GRACE_SECONDS = 3  # for what is being answered when the server is told to stop
FORCED_SECONDS = 6.0  # after this it ends, whatever hangs
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
        async with tended(resources), assistant.running() if assistant else contextlib.nullcontext():
            with looking(resources):
                yield
        gate.close()
        resources.reading.close()
        resources.drawing.close()
        resources.starting.close()

    routes: list[BaseRoute] = [
        Route("/healthz", alive),
        Route("/readyz", ready(resources)),
        Route(
            "/widget.js",
            Served(widget_script(resources.settings.question_limit), _SCRIPT, _FOR_OTHERS),
            methods=["GET"],
        ),
        _page_script(),
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
        Middleware(AccessLog, proxies=scopes_of(settings.trusted_proxies), count=resources.metrics.request),
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
        _limits(settings),
        Middleware(
            Shell,
            index=index,
            name=NAME,
            origins=origins,
            documents=lambda: resources.engine.snapshot.documents if "ask" in resources.anonymous else (),
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
    begin()
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
        Middleware(Callers, keys=open_keys(settings), anonymous=anonymous_scopes(settings)),
        _limits(settings),
        Middleware(Static, folder=STREAMLIT / "static"),
        Middleware(Tabs),
    ]


def own_hosts(settings: Settings) -> frozenset[str]:
    """Return the names this server goes by beside loopback. Raises BadSetting."""
    host = settings.host
    bound = None if host in EVERYWHERE else host_name(f"[{host}]" if ":" in host else host)
    return allowed_hosts(settings.hosts) | ({bound} if bound else set())


def _file(path: str, text: str, kind: str, headers: dict[str, str]) -> Route:
    return Route(path, Served(text, kind, headers), methods=["GET"])


def _page_script() -> Route:
    """Return the route of the chat page's own script."""
    return Route(PAGE_PATH, Served(page_script(), _SCRIPT, {}, kept=True), methods=["GET"])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises CannotListen with what to do about it."""
    listening = None
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        # With its protocol named: without it asyncio leaves Nagle on, 40 ms a response.
        listening = socket.socket(*address[:3])
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address[4])
        listening.listen(1024)
    except OSError as error:
        if listening is not None:
            listening.close()
        reasons = {
            errno.EADDRINUSE: f"端口 {port} 已被别的程序占用。请用 --port 换一个端口，或先停掉那个程序",
            errno.EACCES: f"没有权限监听端口 {port}。请换一个 1024 以上的端口",
            errno.EADDRNOTAVAIL: f"本机没有地址 {host}。请用 --host 127.0.0.1 或 0.0.0.0",
        }
        what = reasons.get(
            error.errno or 0, f"地址 {host} 用不了（{error.strerror or error}）。请检查 --host"
        )
        raise CannotListen(f"{what}。") from error
    return listening


class Server(uvicorn.Server):
    """uvicorn, which ends within seconds of being told to, whatever is being answered."""

    def __init__(self, config: uvicorn.Config, *gates: Gate) -> None:
        """Hurry what is in `gates` when told to stop."""
        super().__init__(config)
        self._gates = gates

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order, and by force where that takes too long."""
        if not self.should_exit:
            for gate in self._gates:
                gate.hurry(GRACE_SECONDS)
            forced = threading.Timer(FORCED_SECONDS, os._exit, (128 + sig,))
            forced.daemon = True
            forced.start()
        super().handle_exit(sig, frame)


def serve(settings: Settings, *, demo: bool = False) -> None:
    """Serve until told to stop. Raises CannotListen, BadSetting, SpeechIndexError before it starts."""
    without_dumps()
    origins = allowed_origins(settings.origins)
    own_hosts(settings)
    check_watch(settings)
    begin()
    resources = Resources(settings)
    documents = resources.engine.snapshot.documents
    resources.engine.ask("工作")  # the first question loads the dictionary: before anybody waits
    listening = listen(settings.host, settings.port)
    configure_streamlit(settings, origins)
    gate = Gate(settings.concurrent, settings.question_seconds)
    app = build_app(resources, gate, demo=demo)
    wire = wire_for(settings.connections)
    calm_logs()
    config = uvicorn.Config(
        app,
        http=type("Protocol", (Protocol,), {"wire": wire}),
        ws=TabProtocol,
        ws_max_size=message_limit(settings.question_limit),
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
        log_config=None,
        lifespan="on",
    )
    titles = "、".join(f"《{d.document.title}》" for d in documents[:3])
    more = f"等 {len(documents)} 篇" if len(documents) > 3 else ""
    told = _welcome(settings, listening.getsockname()[:2], f"{titles}{more}", wire, demo=demo)
    write_line(sys.stderr, "\n".join([told, *resources.warnings]))
    with measured(resources, gate, listen):
        Server(config, gate, resources.reading, resources.drawing).run(sockets=[listening])


def _welcome(settings: Settings, at: tuple[str, int], titles: str, wire: Wire, *, demo: bool) -> str:
    """Return what the person who started the server reads: where it is, and what is not as they may expect."""
    host, port = at
    everywhere = host in EVERYWHERE
    shown = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}"
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
