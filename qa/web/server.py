"""One process for the chat, the HTTP API and the widget: `speechqa serve`.

Streamlit's st.App holds the page; the API, the widget and the health checks are routes of it, and the middleware
stands before all of them. One worker: Streamlit's sessions live in memory.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import socket
import sys
import tomllib
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
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
from streamlit.web.bootstrap import load_config_options
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from index import SpeechIndexError
from qa.errors import BadSetting, CannotListen
from qa.settings import Settings
from qa.web.api import Gate, build_api
from qa.web.chat import NAME
from qa.web.middleware import API, AccessLog, Limits, SecurityHeaders, Shell
from qa.web.resources import Resources, share

HEADER_SECONDS = 10.0  # until a request's headers must have come
GRACE_SECONDS = 5  # for what is being answered when the server is told to stop
_ORIGIN = re.compile(r"^https?://[A-Za-z0-9.\-\[\]:*]+$")
_DEMO_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 that hangs up on a client whose headers do not come (slowloris); uvicorn itself waits for ever."""

    def connection_made(self, transport: Any) -> None:
        """Start the clock."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._hang_up)

    def on_message_begin(self) -> None:
        """Start the clock anew for the next request on the connection."""
        super().on_message_begin()
        self._deadline.cancel()
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._hang_up)

    def on_headers_complete(self) -> None:
        """Stop the clock: the body has its own, in the middleware."""
        self._deadline.cancel()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def allowed_origins(setting: str) -> list[str]:
    """Return the origins that may embed and call. Raises BadSetting for what is no origin."""
    origins = [part.strip().rstrip("/") for part in setting.split(",") if part.strip()]
    for origin in origins:
        if not _ORIGIN.match(origin):
            raise BadSetting(
                f"设置“origins”应为逗号分隔的网页来源，如 https://portal.intranet，实际有“{origin}”。请改正。"
            )
    return origins


def build_app(resources: Resources, *, demo: bool = False) -> streamlit.App:
    """Return the whole server as one ASGI application; `demo` adds a portal page with the widget in it."""
    settings = resources.settings
    origins = allowed_origins(settings.origins)
    gate = Gate(settings.concurrent, settings.question_seconds)
    share(resources)

    @contextlib.asynccontextmanager
    async def lifespan(_: streamlit.App) -> AsyncIterator[None]:
        yield
        gate.close()

    index = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    middleware = [
        Middleware(AccessLog),
        Middleware(SecurityHeaders, origins=origins),
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["content-type"],
            max_age=600,
        ),
        Middleware(Limits, body_limit=settings.body_limit, per_minute=settings.requests_per_minute),
        Middleware(Shell, index=index, title=NAME, origins=origins),
    ]
    routes: list[BaseRoute] = [
        Route("/healthz", _alive),
        Route("/readyz", _ready(resources)),
        Route("/widget.js", _script("answer.js", "widget.js")),
        Mount(API, build_api(resources, gate)),
    ]
    if demo:
        routes += [
            Route(
                "/demo",
                _file("demo.html", "text/html; charset=utf-8", {"content-security-policy": _DEMO_POLICY}),
            )
        ]
        routes += [Route("/demo.css", _file("demo.css", "text/css; charset=utf-8"))]
    script = Path(str(files.files("qa.web"))) / "page.py"
    return streamlit.App(script, routes=routes, middleware=middleware, lifespan=lifespan)


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _ready(resources: Resources) -> Any:
    def ready(_: Request) -> Response:
        try:
            snapshot = resources.engine.snapshot
        except SpeechIndexError as error:
            return JSONResponse({"status": "error", "code": error.code, "detail": str(error)}, 503)
        return JSONResponse({"status": "ok", "snapshot": snapshot.id, "documents": len(snapshot.documents)})

    return ready


def _script(*names: str) -> Any:
    text = "\n".join((files.files("qa.web") / name).read_text("utf-8") for name in names)
    return _served(text, "text/javascript; charset=utf-8", {"cross-origin-resource-policy": "cross-origin"})


def _file(name: str, kind: str, headers: dict[str, str] | None = None) -> Any:
    return _served((files.files("qa.web") / name).read_text("utf-8"), kind, headers or {})


def _served(text: str, kind: str, headers: dict[str, str]) -> Any:
    body = text.encode("utf-8")
    tag = f'"{sha256(body).hexdigest()[:16]}"'
    common = headers | {"etag": tag, "cache-control": "no-cache"}

    async def serve(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=common)
        return Response(body, 200, common, kind)

    return serve


def configure_streamlit(settings: Settings, origins: Sequence[str]) -> None:
    """Give Streamlit its options: those of streamlit.toml, and where and for whom it serves."""
    options: dict[str, Any] = {}
    _flatten(tomllib.loads((files.files("qa.web") / "streamlit.toml").read_text("utf-8")), "", options)
    options |= {
        "server.address": settings.host,
        "server.port": settings.port,
        "server.headless": True,
        "browser.serverAddress": settings.host,
        "server.corsAllowedOrigins": list(origins),
        "client.allowedOrigins": list(origins),
    }
    load_config_options({name.replace(".", "_"): value for name, value in options.items()})


def _flatten(table: dict[str, Any], prefix: str, into: dict[str, Any]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}.", into)
        else:
            into[prefix + key] = value


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


def serve(settings: Settings, *, demo: bool = False) -> None:
    """Serve until told to stop. Raises CannotListen, BadSetting, SpeechIndexError before it starts."""
    origins = allowed_origins(settings.origins)
    resources = Resources(settings)
    documents = resources.engine.snapshot.documents
    resources.engine.ask("工作")  # the first question loads the dictionary: before anybody waits
    listening = listen(settings.host, settings.port)
    configure_streamlit(settings, origins)
    app = build_app(resources, demo=demo)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="websockets-sansio",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
        log_config=None,
        lifespan="on",
    )
    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    titles = "、".join(f"《{d.document.title}》" for d in documents[:3])
    more = f"等 {len(documents)} 篇" if len(documents) > 3 else ""
    sys.stderr.write(f"讲话问答：{address}（{titles}{more}）\n接口说明 {address}{API}/docs，Ctrl-C 停止。\n")
    if demo:
        sys.stderr.write(f"示例门户 {address}/demo\n")
    sys.stderr.flush()
    uvicorn.Server(config).run(sockets=[listening])
