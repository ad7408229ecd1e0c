"""Files that do not change, packed once and kept by browsers: Streamlit's own, and ours."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from qa.web.responses import App, Receive, Scope, Send, send_whole

_FILE = re.compile(r"^/static/((?:js|css|media)/[\w.-]+)$")
_HASHED = re.compile(r"\.[\w-]{8}\.\w+$")  # a name that another content would not have
_PACKED = frozenset((".woff2", ".woff", ".png", ".jpg", ".gif", ".webp"))  # kinds that are packed already
# Fonts that we do not show anything in: half of what a first visit would take. setup.js draws the icons.
_FONTS = re.compile(rb"@font-face\{font-family:(?:Source (?:Sans|Serif|Code Pro)|Material Symbols)[^}]*\}")
LEVEL = 9  # of gzip: once a process, for every visitor
_ASK = ("cache-control", "no-cache")
KEEP = ("cache-control", "public, max-age=31536000, immutable")


@dataclass(frozen=True, slots=True)
class Packed:
    """A response's body, plain and packed; `packed` is None where packing would not help."""

    kind: str
    body: bytes
    packed: bytes | None
    tag: str

    @classmethod
    def of(cls, body: bytes, kind: str, *, pack: bool = True) -> Packed:
        """Pack a body."""
        packed = gzip.compress(body, LEVEL, mtime=0) if pack else None
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        return cls(kind, body, packed if packed and len(packed) < len(body) else None, tag)

    async def send(self, scope: Scope, send: Send, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Answer a GET or HEAD: packed where the client takes it, 304 where it has it."""
        given = {
            name: value for name, value in scope["headers"] if name in (b"accept-encoding", b"if-none-match")
        }
        fields = [*headers, ("etag", self.tag), ("vary", "Accept-Encoding")]
        if given.get(b"if-none-match", b"").decode("latin-1") == self.tag:
            await send({"type": "http.response.start", "status": 304, "headers": _encoded(fields)})
            await send({"type": "http.response.body", "body": b""})
            return
        body = self.body
        if self.packed is not None and b"gzip" in given.get(b"accept-encoding", b""):
            body, fields = self.packed, [*fields, ("content-encoding", "gzip")]
        if scope["method"] == "HEAD":
            start = [("content-type", self.kind), ("content-length", str(len(body))), *fields]
            await send({"type": "http.response.start", "status": 200, "headers": _encoded(start)})
            await send({"type": "http.response.body", "body": b""})
            return
        await send_whole(send, 200, body, self.kind, fields)


class Served:
    """An endpoint for one text of ours; `kept`: browsers keep it for good where its address names its content."""

    def __init__(self, text: str, kind: str, headers: Mapping[str, str], *, kept: bool = False) -> None:
        """Pack it."""
        self._packed = Packed.of(text.encode("utf-8"), kind)
        self._headers = list(headers.items())
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET or HEAD."""
        del receive
        named = self._kept and b"v=" in scope.get("query_string", b"")
        await self._packed.send(scope, send, [*self._headers, KEEP if named else _ASK])


def _encoded(fields: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in fields]


class Static:
    """Serves Streamlit's static files packed; one whose name tells its content is kept for good."""

    def __init__(self, app: App, folder: Path) -> None:
        """Serve from `folder`, which holds js, css and media."""
        self.app = app
        self._folder = folder
        self._names = {
            f"{kind}/{path.name}" for kind in ("js", "css", "media") for path in (folder / kind).glob("*")
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file that is there, pass everything else on."""
        found = _FILE.match(scope.get("path", "")) if scope["type"] == "http" else None
        if not found or found[1] not in self._names or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        packed = await asyncio.to_thread(_packed, self._folder / found[1])
        ours = found[1].startswith("css/")  # not as their names say: see _FONTS
        await packed.send(scope, send, [KEEP] if _HASHED.search(found[1]) and not ours else [_ASK])


@lru_cache(maxsize=512)
def _packed(path: Path) -> Packed:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    kind = "text/javascript" if kind == "application/javascript" else kind
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    body = path.read_bytes()
    body = _FONTS.sub(b"", body) if path.suffix == ".css" else body
    return Packed.of(body, kind + charset, pack=path.suffix not in _PACKED)
