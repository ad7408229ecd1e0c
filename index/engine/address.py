"""--library qdrant://HOST:PORT/NAME | edge:FOLDER -> the engine's collection."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from index.engine.points import PointStore
from index.errors import EngineError

KEY = "QDRANT_API_KEY"  # the environment's; a key on the command line would stand in the list of processes
FORMS = "qdrant://主机:端口/名字（加密的写 qdrants://），或 edge:文件夹"
_NAME = re.compile(r"[\w.-]{1,100}")
SHARDS = 12  # of a new collection: divides among 2, 3, 4 and 6 nodes, and cannot be changed later
_MADE_WITH = {"shards": SHARDS, "replicas": 1}  # what may stand after "?", of a new collection
_MOST = 1000  # shards and replicas that may be asked for


def open_store(address: str, environ: Mapping[str, str] = os.environ) -> PointStore:
    """Return the collection of an address. Raises EngineError, EngineExtraMissing, LibraryBusy."""
    if address.startswith("edge:") and address != "edge:":
        from index.engine.edge import EdgeStore

        return EdgeStore(Path(address.removeprefix("edge:")), address)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    name = parts.path.strip("/") if host else ""
    if not host or parts.scheme not in ("qdrant", "qdrants") or not _NAME.fullmatch(name) or parts.username:
        raise EngineError(f"--library 应为 {FORMS}，实际是“{address}”。")
    wanted = parse_qs(parts.query, keep_blank_values=True)
    if unknown := [key for key in wanted if key not in _MADE_WITH]:
        raise EngineError(f"--library 里不认识“{unknown[0]}”：问号后面只能有 {' 和 '.join(_MADE_WITH)}。")
    shards, replicas = (_number(wanted, key, default) for key, default in _MADE_WITH.items())
    from index.engine.qdrant import QdrantStore, open_client

    scheme = "https" if parts.scheme == "qdrants" else "http"
    shown = f"[{host}]" if ":" in host else host
    client = open_client(f"{scheme}://{shown}:{port or 6333}", environ.get(KEY) or None)
    return QdrantStore(client, name, address.partition("?")[0], shards, replicas)


def _number(wanted: Mapping[str, list[str]], key: str, default: int) -> int:
    text = wanted.get(key, [str(default)])[-1]
    if not text.isdecimal() or not 0 < int(text) <= _MOST:
        raise EngineError(f"--library 里的 {key} 应为 1 到 {_MOST} 的整数，实际是“{text}”。")
    return int(text)
