"""A portal that somebody else runs: its pages, its headers, on its own host name."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Portal:
    """Serves one page of HTML at every path, with a Content-Security-Policy where one is given."""

    def __init__(self) -> None:
        self.html = ""
        self.policy = ""
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = portal.html.encode()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                if portal.policy:
                    self.send_header("content-security-policy", portal.policy)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def url(self, host: str = "portal.test") -> str:
        return f"http://{host}:{self.port}/"

    def page(
        self, script: str, attributes: str = "", body: str = "", head: str = "", policy: str = ""
    ) -> None:
        self.html = (
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>门户</title>'
            f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">{head}'
            f'<script defer src="{script}" {attributes}></script></head>'
            f"<body><main><h1>内部门户</h1><button id=own>门户自己的按钮</button>{body}</main></body></html>"
        )
        self.policy = policy

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
