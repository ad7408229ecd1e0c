"""Qdrant's REST interface, as far as the library uses it, over Qdrant Edge: python -m tests.engineserver FOLDER [KEY].

The wire is the real client's; what answers is the real search core, but not the server: no cluster, no consensus. It prints
its port. While FOLDER.hang exists, a query is not answered.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import qdrant_edge as q

NO_HNSW = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000}
NO_OPTIMIZER = {
    "deleted_threshold": 0.2,
    "vacuum_min_vector_number": 1000,
    "default_segment_number": 0,
    "flush_interval_sec": 5,
}
NO_WAL = {"wal_capacity_mb": 32, "wal_segments_ahead": 0}


def condition(found: dict[str, Any]) -> Any:
    """Return a condition of a filter."""
    if "has_id" in found:
        return q.HasIdCondition(set(found["has_id"]))
    return q.FieldCondition(key=found["key"], match=q.MatchAny(found["match"]["any"]))


def filter_of(found: dict[str, Any] | None) -> Any:
    """Return a filter."""
    if found is None:
        return None
    must, must_not = ([condition(one) for one in found.get(name) or ()] for name in ("must", "must_not"))
    return q.Filter(must=must or None, must_not=must_not or None)


def vector(found: Any) -> Any:
    """Return a vector of either kind."""
    return q.SparseVector(found["indices"], found["values"]) if isinstance(found, dict) else found


def shown(record: Any) -> dict[str, Any]:
    """Return a point as JSON."""
    vectors = record.vector if isinstance(record.vector, dict) else {}
    plain = {name: one for name, one in vectors.items() if isinstance(one, list)}
    return {"id": str(record.id), "payload": record.payload, "vector": plain}


class Collection:
    """One collection, made by the first who asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.hang = folder, Path(f"{folder}.hang")
        self.shard: Any = q.EdgeShard.load(str(folder)) if (folder / "edge_config.json").exists() else None

    def config(self) -> dict[str, Any]:
        made = json.loads((self.folder / "edge_config.json").read_text("utf-8"))
        params = {"vectors": made["vectors"], "sparse_vectors": {"words": {}}}
        return {
            "status": "green",
            "optimizer_status": "ok",
            "segments_count": 1,
            "payload_schema": {},
            "config": {
                "params": params,
                "hnsw_config": NO_HNSW,
                "optimizer_config": NO_OPTIMIZER,
                "wal_config": NO_WAL,
            },
        }

    def create(self, asked: dict[str, Any]) -> bool:
        (name, made), (words, _) = *asked["vectors"].items(), *asked["sparse_vectors"].items()
        vectors = {name: q.EdgeVectorParams(size=made["size"], distance=q.Distance.Dot)}
        self.folder.mkdir(parents=True)
        sparse = {words: q.EdgeSparseVectorParams()}
        self.shard = q.EdgeShard.create(
            str(self.folder), q.EdgeConfig(vectors=vectors, sparse_vectors=sparse)
        )
        return True

    def index(self, asked: dict[str, Any]) -> dict[str, Any]:
        operation = q.UpdateOperation.create_field_index(asked["field_name"], q.PayloadSchemaType.Keyword)
        return self.written(operation)

    def written(self, operation: Any) -> dict[str, Any]:
        self.shard.update(operation)
        return {"operation_id": 1, "status": "completed"}

    def upsert(self, asked: dict[str, Any]) -> dict[str, Any]:
        points = [
            q.Point(p["id"], {name: vector(one) for name, one in p["vector"].items()}, p["payload"])
            for p in asked["points"]
        ]
        modes = {"insert_only": q.UpdateMode.InsertOnly, "update_only": q.UpdateMode.UpdateOnly}
        mode = modes.get(asked.get("update_mode") or "", q.UpdateMode.Upsert)
        return self.written(
            q.UpdateOperation.upsert_points(points, filter_of(asked.get("update_filter")), mode)
        )

    def delete(self, asked: dict[str, Any]) -> dict[str, Any]:
        return self.written(q.UpdateOperation.delete_points_by_filter(filter_of(asked["filter"])))

    def payload(self, asked: dict[str, Any]) -> dict[str, Any]:
        among = filter_of(asked["filter"])
        return self.written(q.UpdateOperation.set_payload_by_filter(among, asked["payload"]))

    def retrieve(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        found = self.shard.retrieve(asked["ids"], asked["with_payload"], asked.get("with_vector", False))
        return [shown(one) for one in found]

    def scroll(self, asked: dict[str, Any]) -> dict[str, Any]:
        request = q.ScrollRequest(
            offset=asked.get("offset"),
            limit=asked["limit"],
            filter=filter_of(asked.get("filter")),
            with_payload=asked["with_payload"],
        )
        found, after = self.shard.scroll(request)
        return {
            "points": [shown(one) for one in found],
            "next_page_offset": None if after is None else str(after),
        }

    def query(self, asked: dict[str, Any]) -> dict[str, Any]:
        while self.hang.exists():
            time.sleep(0.01)
        query = asked["query"]
        nearest = q.Query.Nearest(
            vector(query.get("nearest", query) if isinstance(query, dict) else query), using=asked["using"]
        )
        request = q.QueryRequest(
            limit=asked["limit"],
            query=nearest,
            filter=filter_of(asked.get("filter")),
            with_payload=asked["with_payload"],
        )
        found = self.shard.query(request)
        return {
            "points": [
                {"id": str(p.id), "version": 0, "score": p.score, "payload": p.payload, "vector": None}
                for p in found
            ]
        }


def handler(folder: Path, key: str | None) -> type[BaseHTTPRequestHandler]:
    """Return what answers the requests."""
    collection = Collection(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if key is not None and self.headers.get("api-key") != key:
                self.reply(401, {"status": {"error": "Unauthorized"}})
                return
            asked = json.loads(body) if body else {}
            path = "/".join(self.path.partition("?")[0].split("/")[3:])
            acts: dict[tuple[str, str], Any] = {
                ("GET", "exists"): lambda _: {"exists": collection.shard is not None},
                ("GET", ""): lambda _: collection.config(),
                ("PUT", ""): collection.create,
                ("PUT", "index"): collection.index,
                ("PUT", "points"): collection.upsert,
                ("POST", "points"): collection.retrieve,
                ("POST", "points/scroll"): collection.scroll,
                ("POST", "points/query"): collection.query,
                ("POST", "points/delete"): collection.delete,
                ("POST", "points/payload"): collection.payload,
            }
            try:
                self.reply(200, {"result": acts[self.command, path](asked), "status": "ok", "time": 0.0})
            except Exception as error:
                self.reply(500, {"status": {"error": f"{self.command} {path}: {error!r}"}})

        def reply(self, status: int, content: dict[str, Any]) -> None:
            data = json.dumps(content).encode("utf-8")
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = answer  # noqa: N815 - the names that the library looks for

        def log_message(self, format: str, *given: object) -> None:  # noqa: A002
            pass

    return Handler


if __name__ == "__main__":
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), handler(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
    )
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
