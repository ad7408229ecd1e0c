"""Whole responses as plain ASGI: errors as RFC 9457 has them, a page in Chinese for a person who reads."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from html import escape
from typing import Any

from qa.rendering import visible
from qa.web.scripts import root_style

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PROBLEM = "application/problem+json"
TITLES = {
    400: "请求不对",
    401: "要有密钥",
    403: "不允许",
    404: "没有找到",
    405: "不支持这种方法",
    408: "请求太慢",
    409: "要指明文稿",
    413: "请求太大",
    414: "地址太长",
    415: "正文类型不对",
    421: "不是本站的名字",
    422: "字段不对",
    429: "请求太多",
    431: "请求头太大",
    500: "程序出错",
    503: "暂时忙不过来",
    507: "存满了",
}
CODES = {
    400: "bad_request",
    401: "key_needed",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_field",
    500: "internal_error",
    503: "busy",
}


SHOWN = 120  # characters of an address that a page shows


class BodyRefused(Exception):
    """A body is too large or too slow; raised where it is read. str() is one line of Chinese."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        """Take what to answer."""
        super().__init__(detail)
        self.status, self.code = status, code


_STYLE = root_style() + (
    "body{margin:0;background:var(--sq-page);color:var(--sq-text);font:1rem/1.7 var(--sq-sans)}"
    "main{max-width:36rem;margin:16vh auto 0;padding:0 1.5rem}h1{font-size:var(--sq-title);margin:0}"
    "h1 small{color:var(--sq-quiet);font-weight:400}p{margin:.5rem 0}a{color:var(--sq-link)}"
    "a.go{display:inline-block;margin-top:.6rem;padding:.55rem 1.1rem;border-radius:var(--sq-round);"
    "background:var(--sq-link);color:var(--sq-page);text-decoration:none}code{overflow-wrap:anywhere}"
)
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


def title(status: int) -> str:
    """Return what a status means, in Chinese."""
    return TITLES.get(status, "出错")


def problem(status: int, code: str, detail: str) -> dict[str, Any]:
    """Return an error as RFC 9457 has it, with a stable code."""
    return {"type": "about:blank", "title": title(status), "status": status, "detail": detail, "code": code}


def problem_body(status: int, code: str, detail: str, **more: Any) -> bytes:
    """Return an error as the bytes of application/problem+json; what UTF-8 cannot hold becomes ?."""
    return json.dumps(problem(status, code, detail) | more, ensure_ascii=False).encode("utf-8", "replace")


async def send_problem(
    send: Send, status: int, code: str, detail: str, headers: Sequence[tuple[str, str]] = ()
) -> None:
    """Send an error as application/problem+json."""
    await send_whole(send, status, problem_body(status, code, detail), PROBLEM, headers)


async def send_whole(
    send: Send,
    status: int,
    body: bytes,
    kind: str,
    headers: Sequence[tuple[str, str]] = (),
    over: str = "http",
) -> None:
    """Send a whole response; `over` "websocket": in answer to a handshake."""
    prefix = "http" if over == "http" else "websocket.http"
    fields = [("content-type", kind), ("content-length", str(len(body))), *headers]
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in fields]
    await send({"type": f"{prefix}.response.start", "status": status, "headers": encoded})
    await send({"type": f"{prefix}.response.body", "body": body})


async def refuse(scope: Scope, send: Send, status: int, code: str, detail: str) -> None:
    """Refuse a request or a handshake: with a page where a person's browser asks for one, else with a problem."""
    wanted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    if scope["type"] == "http" and b"text/html" in wanted and scope["method"] in ("GET", "HEAD"):
        number = scope.get("state", {}).get("request_id", "")
        body = _page(scope["path"], status, detail, number) if scope["method"] == "GET" else b""
        headers = [("content-security-policy", _PAGE_POLICY), ("cache-control", "no-store")]
        await send_whole(send, status, body, "text/html; charset=utf-8", headers)
        return
    await send_whole(send, status, problem_body(status, code, detail), PROBLEM, over=scope["type"])


def _page(path: str, status: int, detail: str, number: str = "") -> bytes:
    """Return a refusal as a page for a person: what is wrong, at which address, its number in the log, where to go on."""
    home = "../" * (path.count("/") - 1) or "./"  # relative: a proxy may have us under a prefix
    heading = title(status)
    shown = escape(visible(path if len(path) <= SHOWN else path[: SHOWN - 1] + "…"))
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(heading)} · 讲话问答</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(heading)} <small>{status}</small></h1><p>{escape(detail)}</p>"
        f"<p>打开的是：<code>{shown}</code></p>{f'<p>编号：<code>{escape(number)}</code></p>' if number else ''}"
        f'<p><a class="go" href="{home}">去提问</a></p>'
        f'<p>接口的说明在<a href="{home}api/v1/docs">这里</a>。</p></main></body></html>'
    ).encode("utf-8", "replace")
