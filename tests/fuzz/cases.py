"""Hostile cases, each drawn from a seeded random.Random: requests as bytes, JSON of any shape, WebSocket frames."""

from __future__ import annotations

import base64
import json
import random
import struct
from typing import Any
from urllib.parse import quote

from streamlit.proto.BackMsg_pb2 import BackMsg

TEXTS = (
    "口岸今年有哪些成绩",
    "“三个务必”是什么",
    "全文分几个部分",
    "",
    " ",
    "\u2028",
    "\x00\x1b[2J",
    "\ud800",
    "𠮷" * 40,
    "问" * 1001,
    "一是" * 400,
    "各位领导、" * 150,
    "*" * 500,
    "9" * 400,
    "((((((" * 100,
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%s%n{}",
    "\u202e\ufeff\ufffe\uffff",
    "' OR 1=1 --",
)
PATHS = (
    "/",
    "/wenda",
    "/api/v1/ask",
    "/api/v1/batch",
    "/api/v1/feedback",
    "/api/v1/documents",
    "/api/v1/documents/x/outline",
    "/api/v1/documents/" + quote("在县委全会上的讲话") + "/text?start=1&end=9",
    "/api/v1/documents/" + quote("在县委全会上的讲话") + "/starters",
    "/api/v1/openapi.json",
    "/api/v1/docs",
    "/healthz",
    "/readyz",
    "/widget.js",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/stream",
    "/_stcore/upload_file/a/b",
    "/_stcore/bidi-components/a/b",
    "/media/x",
    "/component/x/y",
    "/static/../../x",
    "/auth/login",
)
METHODS = (
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "TRACE",
    "CONNECT",
    "get",
    "PRI",
    "X" * 40,
)
KINDS = (
    "application/json",
    "application/x-ndjson",
    "text/plain",
    "",
    "application/json; charset=utf-16",
    "multipart/form-data; boundary=x",
)
NUMBERS = ("NaN", "Infinity", "-Infinity", "1e400", "-0", "9" * 400, "1.5", "true", "null")


def value(draw: random.Random, depth: int = 0) -> Any:
    """Return JSON of any shape."""
    kind = draw.randrange(8 if depth < 3 else 5)
    if kind < 2:
        return draw.choice(TEXTS)
    if kind == 2:
        return draw.choice((0, -1, 2**63, 2**70, 1.5, 1e300))
    if kind == 3:
        return draw.choice((None, True, False))
    if kind == 4:
        return draw.choice(("up", "down", "goal", "requirement", "open", "ask", "narrow"))
    if kind == 5:
        return [value(draw, depth + 1) for _ in range(draw.randrange(6))]
    names = ("question", "history", "document", "facet", "id", "verdict", "reason", "type", "x")
    return {draw.choice(names): value(draw, depth + 1) for _ in range(draw.randrange(6))}


def body(draw: random.Random) -> bytes:
    """Return a body: nearly a request, any JSON, or none at all."""
    kind = draw.randrange(6)
    if kind == 0:
        return draw.randbytes(draw.randrange(200))
    if kind == 1:
        return draw.choice((b"[", b'{"a":', b'"\\ud800')) * draw.randrange(1, 20_000)
    if kind == 2:
        return f'{{"question": "口岸", "id": {draw.choice(NUMBERS)}, "verdict": "up"}}'.encode()
    given = {"question": draw.choice(TEXTS), "verdict": draw.choice(("up", "down"))}
    for name in ("history", "document", "facet", "id", "reason", "question"):
        if draw.random() < 0.4:
            given[name] = value(draw)
    lines = [
        json.dumps(given if draw.random() < 0.7 else value(draw)) for _ in range(draw.choice((1, 1, 1, 4)))
    ]
    return draw.choice(("\n", "\r\n", "\u2028")).join(lines).encode("utf-8", "surrogatepass")


def request(draw: random.Random, port: int) -> bytes:
    """Return a request that is well formed but for what a client may get wrong."""
    method, path = draw.choice(METHODS[:2] if draw.random() < 0.9 else METHODS), draw.choice(PATHS)
    if draw.random() < 0.2:
        path += quote(draw.choice(TEXTS).encode("utf-8", "surrogatepass"))
    data = body(draw) if method != "GET" or draw.random() < 0.1 else b""
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Content-Length": str(len(data)),
        "Content-Type": draw.choice(KINDS),
    }
    odd = {
        "Host": draw.choice(("evil.com", "", "localhost:99999", "[::1", "127.0.0.1.evil.com")),
        "Origin": draw.choice(("https://evil.com", "null", "http://127.0.0.1.evil.com", "\x7f")),
        "Content-Length": draw.choice(("-1", "1e9", "99999999999999999999", str(len(data) + 5), "0")),
        "Transfer-Encoding": draw.choice(("chunked", "gzip, chunked", "xchunked")),
        "Expect": draw.choice(("100-continue", "x")),
        "Range": draw.choice(("bytes=0-", "bytes=5-1", "x")),
        "If-None-Match": draw.choice(('"x"', "*", "\xff")),
        "Accept": draw.choice(("text/html", "*/*", "")),
        "Cookie": draw.choice(("a=" + "b" * 5000, "=;=;", "session=\xff")),
        "X-Forwarded-For": draw.choice(("1.2.3.4", "x" * 300, ",,,", "\x1b[2J")),
        "X-Forwarded-Proto": draw.choice(("https", "gopher")),
        "Connection": draw.choice(("close", "upgrade", "keep-alive, Upgrade")),
        "Upgrade": draw.choice(("websocket", "h2c")),
    }
    for name in draw.sample(sorted(odd), draw.choice((0, 0, 1, 2))):
        headers[name] = odd[name]
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
    return head.encode("latin-1", "replace") + data


def broken(draw: random.Random, data: bytes) -> bytes:
    """Return bytes with a few of them changed, left out, doubled, or the end cut off."""
    given = bytearray(data)
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(given)) if given else 0
        kind = draw.randrange(5)
        if kind == 0 and given:
            given[at] = draw.randrange(256)
        elif kind == 1:
            del given[at : at + draw.randrange(1, 20)]
        elif kind == 2:
            given[at:at] = given[at : at + draw.randrange(1, 60)]
        elif kind == 3:
            given[at:at] = draw.choice((b"\r\n", b"\n", b"\x00", b"\r", b":", b" ", b"\xff", b"%"))
        elif draw.random() < 0.3:
            del given[at:]
    return bytes(given)


def handshake(draw: random.Random, port: int) -> bytes:
    """Return a WebSocket handshake, sometimes with something wrong in it."""
    fields = {
        "Host": f"127.0.0.1:{port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(draw.randbytes(16)).decode(),
        "Sec-WebSocket-Protocol": draw.choice(
            ("streamlit", "streamlit, x, y", "", ",,,", "streamlit," + "z" * 300)
        ),
    }
    odd = {
        "Origin": draw.choice(("https://evil.com", "null", f"http://127.0.0.1:{port}", "\xff")),
        "Sec-WebSocket-Key": draw.choice(("", "x", "=" * 24)),
        "Sec-WebSocket-Version": draw.choice(("12", "x")),
        "Sec-WebSocket-Extensions": draw.choice(
            ("permessage-deflate", "permessage-deflate; server_max_window_bits=99", "\xff")
        ),
        "Cookie": "_streamlit_user=\xff; _streamlit_xsrf=2|x|y",
    }
    for name in draw.sample(sorted(odd), draw.choice((0, 0, 0, 1))):
        fields[name] = odd[name]
    path = draw.choice(("/_stcore/stream",) * 8 + ("/", "/api/v1/ask", "/_stcore/%ff"))
    head = f"GET {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
    return head.encode("latin-1")


def frame(draw: random.Random, payload: bytes, opcode: int | None = None) -> bytes:
    """Return one masked frame; `opcode` None: any, well formed or not."""
    first = 0x80 | opcode if opcode is not None else draw.randrange(256)
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = bytes([0x80 | 126]) + struct.pack("!H", size)
    else:
        length = bytes([0x80 | 127]) + struct.pack("!Q", size)
    mask = draw.randbytes(4)
    masked = bytes(b ^ mask[n % 4] for n, b in enumerate(payload))
    return bytes([first]) + length + mask + masked


def message(draw: random.Random) -> bytes:
    """Return what a tab may send: a run with any state of any widget, another message, or bytes."""
    kind = draw.randrange(6)
    if kind == 0:
        return draw.randbytes(draw.randrange(300))
    if kind == 1:
        made = BackMsg()
        name = draw.choice(
            (
                "clear_cache",
                "set_run_on_save",
                "stop_script",
                "load_git_info",
                "debug_shutdown_runtime",
                "debug_disconnect_websocket",
                "app_heartbeat",
            )
        )
        try:
            setattr(made, name, True)
        except (AttributeError, TypeError):
            getattr(made, name, made).SetInParent()
        return made.SerializeToString()
    texts = [text.replace("\ud800", "x") for text in TEXTS]
    queries = (
        "",
        "q=" + quote(draw.choice(texts)),
        "c=" + "x" * 30,
        "s=%ff",
        "at=9-3",
        "doc=x",
        "&&&",
        "embed=true",
    )
    made = BackMsg(rerun_script={"query_string": draw.choice(queries)})
    if draw.random() < 0.2:
        made.rerun_script.page_script_hash = draw.choice(texts)
    if draw.random() < 0.2:
        made.rerun_script.page_name = draw.choice(texts)
    if draw.random() < 0.2:
        made.rerun_script.fragment_id = draw.choice(texts)
    for _ in range(draw.randrange(4)):
        state = made.rerun_script.widget_states.widgets.add()
        state.id = draw.choice(
            ("", "x", "$$ID-x-question", "$$ID-abc-None", "$$ID-x-document", "$$ID-x-turn-0")
        )
        if draw.random() < 0.5:
            state.chat_input_value.data = draw.choice(texts)
        else:
            state.json_value = json.dumps(value(draw))
    data = made.SerializeToString()
    return broken(draw, data) if kind == 2 else data


def hostile(draw: random.Random, port: int) -> bytes:
    """Return the bytes of one hostile connection."""
    kind = draw.randrange(10)
    if kind < 4:
        return request(draw, port)
    if kind < 7:
        return broken(draw, request(draw, port))
    if kind == 7:
        return broken(draw, handshake(draw, port))
    frames = b"".join(frame(draw, message(draw), draw.choice((2, 2, 2, 1, 9, 0, None))) for _ in range(3))
    return handshake(draw, port) + frames
