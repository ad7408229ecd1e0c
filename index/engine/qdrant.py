"""Qdrant by its client: points over HTTP, or (in tests) in the client's own memory."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from index.encoder import Vectors
from index.engine.points import INDEXED, MEANING, WORDS, Bounds, Match, Near, Point, Sparse
from index.errors import EngineError, EngineExtraMissing, EngineRefused, EngineUnreachable, short_reason

SECONDS = 30  # for an answer of the engine: a query takes milliseconds, a batch of points a second

_P = ParamSpec("_P")
_T = TypeVar("_T")


def open_client(url: str, key: str | None) -> Any:
    """Return the client of an address. Raises EngineExtraMissing."""
    try:
        module: Any = importlib.import_module("qdrant_client")
    except ImportError as error:
        raise EngineExtraMissing(
            "用 qdrant:// 的文稿库要装 qdrant-client。请先运行 pip install 'speechqa[qdrant]'。"
        ) from error
    with warnings.catch_warnings():  # that a key goes over http: who wants it hidden writes qdrants://
        warnings.simplefilter("ignore")
        # An engine is named by its address: no proxy stands before it, and nothing else is asked.
        return module.QdrantClient(
            url=url, api_key=key, timeout=SECONDS, check_compatibility=False, trust_env=False
        )


def told(act: Callable[_P, _T]) -> Callable[_P, _T]:
    """Turn what the client raises into EngineError, with the address and what to do."""

    @wraps(act)
    def acting(*given: _P.args, **named: _P.kwargs) -> _T:
        try:
            return act(*given, **named)
        except EngineError:
            raise
        except Exception as error:
            raise _error(str(getattr(given[0], "name", "")), error) from error

    return acting


def _error(name: str, error: Exception) -> EngineError:
    status = getattr(error, "status_code", None)
    if status in (401, 403):
        return EngineRefused(f"引擎 {name} 不接受这把密钥（{status}）。请检查环境变量 QDRANT_API_KEY。")
    if status is None and type(error).__name__ == "ResponseHandlingException":
        return EngineUnreachable(
            f"连不上引擎 {name}（{short_reason(error)}）。请检查地址、网络和引擎是否在运行，再试一次。"
        )
    content = getattr(error, "content", b"")
    said = content.decode("utf-8", "replace")[:200] if isinstance(content, bytes) else ""
    what = f"{status}：{said}" if status else short_reason(error)
    return EngineError(f"引擎 {name} 出错（{what}）。请看引擎的日志，再试一次。")


class QdrantStore:
    """A collection of Qdrant."""

    def __init__(self, client: Any, collection: str, name: str, shards: int = 1, replicas: int = 1) -> None:
        """Take a client; `shards` and `replicas` are a new collection's."""
        self.name = name
        self._client, self._collection = client, collection
        self._shards, self._replicas = shards, replicas
        self._m: Any = importlib.import_module("qdrant_client.models")
        self._is_local = type(getattr(client, "_client", None)).__name__ == "QdrantLocal"

    @told
    def dimension(self) -> int | None:
        """Return the length of the vectors; None where there is no collection."""
        if not self._client.collection_exists(self._collection):
            return None
        vectors = self._client.get_collection(self._collection).config.params.vectors
        if not isinstance(vectors, dict) or MEANING not in vectors:
            raise EngineError(
                f"引擎里的集合 {self.name} 不是文稿库：应有向量“{MEANING}”，实际没有。请换一个集合名。"
            )
        return int(vectors[MEANING].size)

    @told
    def create(self, dimension: int) -> None:
        """Make the collection."""
        m = self._m
        try:
            self._client.create_collection(
                self._collection,
                vectors_config={MEANING: m.VectorParams(size=dimension, distance=m.Distance.DOT)},
                sparse_vectors_config={WORDS: m.SparseVectorParams()},
                shard_number=self._shards,
                replication_factor=self._replicas,
                write_consistency_factor=self._replicas // 2 + 1,  # a claim that most have, all others see
            )
        except Exception:
            if not self._client.collection_exists(self._collection):  # else another was faster
                raise

    @told
    def index(self) -> None:
        """Make the indexes of the payload."""
        if not self._is_local:  # there they have no effect, and it warns
            for name in INDEXED:
                self._client.create_payload_index(
                    self._collection, name, field_schema=self._m.PayloadSchemaType.KEYWORD, wait=True
                )

    @told
    def upsert(self, points: Sequence[Point]) -> None:
        """Write points."""
        self._client.upsert(self._collection, [self._struct(point) for point in points], wait=True)

    @told
    def insert(self, point: Point) -> None:
        """Write a point where there is none with its id."""
        m = self._m
        self._client.upsert(
            self._collection, [self._struct(point)], wait=True, ordering=m.WriteOrdering.STRONG,
            update_mode=m.UpdateMode.INSERT_ONLY,
        )  # fmt: skip

    @told
    def swap(self, point: Point, instead: Match) -> None:
        """Write a point in the place of the one with its id where that matches."""
        m = self._m
        self._client.upsert(
            self._collection, [self._struct(point)], wait=True, ordering=m.WriteOrdering.STRONG,
            update_mode=m.UpdateMode.UPDATE_ONLY, update_filter=self._filter(instead),
        )  # fmt: skip

    @told
    def update(self, match: Match, payload: Mapping[str, Any]) -> None:
        """Set fields of all points that match."""
        self._client.set_payload(self._collection, dict(payload), points=self._filter(match), wait=True)

    @told
    def delete(self, match: Match) -> None:
        """Delete all points that match."""
        selector = self._m.FilterSelector(filter=self._filter(match))
        self._client.delete(self._collection, selector, wait=True)

    @told
    def retrieve(self, ids: Sequence[str], *, sure: bool = False) -> list[Point]:
        """Return the points with these ids."""
        found = self._client.retrieve(
            self._collection,
            list(ids),
            with_payload=True,
            with_vectors=False,
            consistency=self._m.ReadConsistencyType.MAJORITY if sure else None,
        )
        return [_point(one) for one in found]

    @told
    def scroll(
        self, match: Match, count: int, after: str | None = None, fields: Sequence[str] | None = None
    ) -> tuple[list[Point], str | None]:
        """Return some points that match, and what to go on after."""
        found, following = self._client.scroll(
            self._collection,
            scroll_filter=self._filter(match),
            limit=count,
            offset=after,
            with_payload=True if fields is None else list(fields),
        )
        return [_point(one) for one in found], None if following is None else str(following)

    @told
    def nearest(self, query: Vectors | Sparse, count: int, where: Bounds) -> list[Near]:
        """Return the passages with the highest inner product, best first."""
        m = self._m
        is_sparse = isinstance(query, tuple)
        asked = m.SparseVector(indices=query[0], values=query[1]) if is_sparse else query.tolist()  # type: ignore[union-attr]
        found = self._client.query_points(
            self._collection,
            query=asked,
            using=WORDS if is_sparse else MEANING,
            limit=count,
            query_filter=self._bounded(where),
            with_payload=["d", "n"],
        )
        return [Near(one.payload["d"], one.payload["n"], float(one.score)) for one in found.points]

    def settle(self) -> None:
        """Do nothing: a server optimizes by itself."""

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _filter(self, match: Match) -> Any:
        must = self._conditions(match)
        return self._m.Filter(must=must) if must else None

    def _bounded(self, where: Bounds) -> Any:
        m = self._m
        must = self._conditions(where.match)
        if where.among is not None:
            must.append(m.HasIdCondition(has_id=list(where.among)))
        without = self._conditions(where.without)
        return m.Filter(must=must or None, must_not=without or None) if must or without else None

    def _conditions(self, match: Match) -> list[Any]:
        m = self._m
        return [m.FieldCondition(key=name, match=m.MatchAny(any=list(v))) for name, v in match.items()]

    def _struct(self, point: Point) -> Any:
        m = self._m
        vectors: dict[str, Any] = {}
        if point.meaning is not None:
            vectors[MEANING] = point.meaning.tolist()
        if point.words is not None:
            vectors[WORDS] = m.SparseVector(indices=point.words[0], values=point.words[1])
        return m.PointStruct(id=point.id, vector=vectors, payload=dict(point.payload))


def _point(one: Any) -> Point:
    return Point(str(one.id), one.payload or {})
