"""Qdrant Edge: the server's search core in this process, its points in a folder that one process holds."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.encoder import Vectors
from index.engine.points import INDEXED, MEANING, WORDS, Bounds, Match, Near, Point, Sparse
from index.errors import (
    EngineError,
    EngineExtraMissing,
    LibraryBusy,
    SnapshotNotWritten,
    not_written,
    short_reason,
)

CONFIG = "edge_config.json"  # the core's own description of its folder


class EdgeStore:
    """A folder of Qdrant Edge. A second process is refused while this one holds it."""

    def __init__(self, folder: Path, name: str) -> None:
        """Open the folder where there is one. Raises EngineExtraMissing, LibraryBusy, EngineError."""
        self.name, self._folder = name, folder
        try:
            self._q: Any = importlib.import_module("qdrant_edge")
        except ImportError as error:
            raise EngineExtraMissing(
                "用 edge: 的文稿库要装 qdrant-edge-py。请先运行 pip install 'speechqa[qdrant]'。"
            ) from error
        self._shard: Any = None
        if (folder / CONFIG).exists():
            self._shard = self._tried(self._q.EdgeShard.load, str(folder))
        elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SnapshotNotWritten(f"{folder} 里有别的文件，不是 Edge 的文稿库。请换一个文件夹。")

    def dimension(self) -> int | None:
        """Return the length of the vectors; None where nothing is there yet."""
        if self._shard is None:
            return None
        try:
            return int(json.loads((self._folder / CONFIG).read_text("utf-8"))["vectors"][MEANING]["size"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineError(f"{self._folder} 不是文稿库：{CONFIG} 读不懂。请换一个文件夹。") from error

    def create(self, dimension: int) -> None:
        """Make the folder."""
        q = self._q
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(self._folder, error, f"speechqa add 文件… --library {self.name}") from error
        config = q.EdgeConfig(
            vectors={MEANING: q.EdgeVectorParams(size=dimension, distance=q.Distance.Dot)},
            sparse_vectors={WORDS: q.EdgeSparseVectorParams()},
        )
        self._shard = self._tried(q.EdgeShard.create, str(self._folder), config)

    def index(self) -> None:
        """Make the indexes of the payload."""
        q = self._q
        for field in INDEXED:
            self._update(q.UpdateOperation.create_field_index(field, q.PayloadSchemaType.Keyword))

    def upsert(self, points: Sequence[Point]) -> None:
        """Write points."""
        self._update(self._q.UpdateOperation.upsert_points([self._struct(point) for point in points]))

    def insert(self, point: Point) -> None:
        """Write a point where there is none with its id."""
        q = self._q
        self._update(
            q.UpdateOperation.upsert_points([self._struct(point)], update_mode=q.UpdateMode.InsertOnly)
        )

    def swap(self, point: Point, instead: Match) -> None:
        """Write a point in the place of the one with its id where that matches."""
        q = self._q
        self._update(
            q.UpdateOperation.upsert_points(
                [self._struct(point)], self._filter(instead), q.UpdateMode.UpdateOnly
            )
        )

    def update(self, match: Match, payload: Mapping[str, Any]) -> None:
        """Set fields of all points that match."""
        self._update(self._q.UpdateOperation.set_payload_by_filter(self._filter(match), dict(payload)))

    def delete(self, match: Match) -> None:
        """Delete all points that match."""
        self._update(self._q.UpdateOperation.delete_points_by_filter(self._filter(match)))

    def retrieve(self, ids: Sequence[str], *, sure: bool = False) -> list[Point]:  # noqa: ARG002
        """Return the points with these ids."""
        found = self._tried(self._shard.retrieve, list(ids), True, False)
        return [_point(one) for one in found]

    def scroll(
        self, match: Match, count: int, after: str | None = None, fields: Sequence[str] | None = None
    ) -> tuple[list[Point], str | None]:
        """Return some points that match, and what to go on after."""
        request = self._q.ScrollRequest(
            offset=after,
            limit=count,
            filter=self._filter(match),
            with_payload=True if fields is None else list(fields),
        )
        found, following = self._tried(self._shard.scroll, request)
        return [_point(one) for one in found], None if following is None else str(following)

    def nearest(self, query: Vectors | Sparse, count: int, where: Bounds) -> list[Near]:
        """Return the passages with the highest inner product, best first."""
        q = self._q
        if isinstance(query, tuple):
            asked = q.Query.Nearest(q.SparseVector(query[0], query[1]), using=WORDS)
        else:
            asked = q.Query.Nearest(query.tolist(), using=MEANING)
        request = q.QueryRequest(
            limit=count, query=asked, filter=self._bounded(where), with_payload=["d", "n"]
        )
        found = self._tried(self._shard.query, request)
        return [Near(one.payload["d"], one.payload["n"], float(one.score)) for one in found]

    def settle(self) -> None:
        """Build the graph of the vectors: without it every one of them is looked at."""
        self._tried(self._shard.optimize)
        self._tried(self._shard.flush)

    def close(self) -> None:
        """Let go of the folder."""
        if self._shard is not None:
            self._tried(self._shard.close)
            self._shard = None

    def _update(self, operation: Any) -> None:
        self._tried(self._shard.update, operation)

    def _tried(self, act: Callable[..., Any], *given: Any) -> Any:
        try:
            return act(*given)
        except Exception as error:  # the core raises nothing but Exception
            if "WouldBlock" in str(error):
                raise LibraryBusy(
                    f"文稿库 {self.name} 正由另一个程序用着，一次只能有一个。请等它结束再试；"
                    "要几个程序同时用，请用 qdrant:// 的引擎。"
                ) from error
            raise EngineError(
                f"文稿库 {self.name} 出错（{short_reason(error)}）。请检查磁盘，再试一次。"
            ) from error

    def _filter(self, match: Match) -> Any:
        must = self._conditions(match)
        return self._q.Filter(must=must) if must else None

    def _bounded(self, where: Bounds) -> Any:
        q = self._q
        must = self._conditions(where.match)
        if where.among is not None:
            must.append(q.HasIdCondition(set(where.among)))
        without = self._conditions(where.without)
        return q.Filter(must=must or None, must_not=without or None) if must or without else None

    def _conditions(self, match: Match) -> list[Any]:
        q = self._q
        return [q.FieldCondition(key=name, match=q.MatchAny(list(v))) for name, v in match.items()]

    def _struct(self, point: Point) -> Any:
        q = self._q
        vectors: dict[str, Any] = {}
        if point.meaning is not None:
            vectors[MEANING] = point.meaning.tolist()
        if point.words is not None:
            vectors[WORDS] = q.SparseVector(*point.words)
        return q.Point(point.id, vectors, dict(point.payload))


def _point(one: Any) -> Point:
    return Point(str(one.id), one.payload or {})
