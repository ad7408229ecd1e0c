"""Engines for tests: Qdrant's client in its own memory, and Qdrant Edge in a folder."""

from pathlib import Path
from typing import Any

import qdrant_client

from index.engine.edge import EdgeStore
from index.engine.points import PointStore
from index.engine.qdrant import QdrantStore
from tests.yearly import FILES

KINDS = ("memory", "edge")


def store_of(kind: str, folder: Path) -> PointStore:
    """Return an empty collection."""
    if kind == "edge":
        return EdgeStore(folder / "edge", f"edge:{folder / 'edge'}")
    client: Any = qdrant_client.QdrantClient(":memory:")
    return QdrantStore(client, "speeches", "qdrant://memory/speeches")


def write_files(folder: Path) -> Path:
    """Write the small library's files, and return their folder."""
    folder.mkdir(exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    return folder
