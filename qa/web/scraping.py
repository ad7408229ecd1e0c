"""The port that Prometheus reads: /metrics and nothing else, on threads of its own, slow callers hung up on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from qa.web.access import LOOPBACK, split_port

SECONDS = 5.0  # until a request must have come
_PLAIN = [("Content-Type", "text/plain; charset=utf-8")]


class _Handler(WSGIRequestHandler):
    timeout = SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Tell nobody: who scrapes does it every few seconds."""


class Scraped:
    """The server, until `close`."""

    def __init__(
        self, registry: CollectorRegistry, listening: socket.socket, hosts: Collection[str] = ()
    ) -> None:
        """Serve what `registry` holds on a socket that listens; `hosts` are names beside loopback."""
        self._hosts = frozenset((*LOOPBACK, *hosts))
        self._metrics = make_wsgi_app(registry)
        self._server = ThreadingWSGIServer(listening.getsockname()[:2], _Handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = listening
        self._server.server_name, self._server.server_port = listening.getsockname()[:2]
        self._server.setup_environ()
        self._server.set_app(self._answer)
        self.port: int = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        parts = split_port(environ.get("HTTP_HOST", "localhost"))
        if parts is None or not (parts[0] in self._hosts or _address(parts[0])):
            start("421 Misdirected Request", _PLAIN)
            return ["Host 不是本站的名字。\n".encode()]
        if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start("404 Not Found", _PLAIN)
            return ["这里只有 GET /metrics。\n".encode()]
        given: Iterable[bytes] = self._metrics(environ, start)
        return given


def _address(host: str) -> bool:
    """Tell whether a host is an address and no name: no page's name can be made to resolve here then."""
    return host.startswith("[") or host.replace(".", "").isdigit()
