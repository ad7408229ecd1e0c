"""A library on an engine as a first stage: what was in it when it was opened."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from threading import Lock

from index.catalogue import Entry
from index.docfile import DocumentFile
from index.encoder import Vectors
from index.engine.address import open_store
from index.engine.counting import Counted, batches, read_head
from index.engine.points import Bounds, Point, PointStore, Sparse, every, point_id
from index.engine.stored import (
    DOCUMENT,
    DONE,
    PART,
    PART_BYTES,
    marker_id,
    passage_id,
    read_entry,
    read_gist,
    sparse,
    unpacked,
)
from index.errors import SnapshotDamaged
from index.stage import Found, Statistics, Where
from index.types import Document

CACHE_BYTES = 256_000_000  # of loaded documents: some two thousand reports
PARTS = 24  # parts asked for at once: under the 32 MB that a request may have


class EngineStage:
    """The documents of a library that were whole when it was opened. Safe to share between threads."""

    def __init__(self, store: PointStore, fingerprint: str, cache_bytes: int = CACHE_BYTES) -> None:
        """Open a library. Raises SnapshotMissing, SnapshotOtherEncoder, EngineError."""
        head = read_head(store, fingerprint)
        self.fingerprint, self.encoder = fingerprint, str(head["encoder"]["name"])
        self.dimension = int(head["encoder"]["dimension"])
        self._store, self._counted = store, Counted(store, head)
        markers = every(store, {"k": [DOCUMENT], "state": [DONE]}, 1000)
        markers.sort(key=lambda point: (point.payload["came"], point.payload["d"]))
        self._entries = {point.payload["d"]: read_entry(point.payload) for point in markers}
        self._gists = [read_gist(point.payload) for point in markers]
        told = "\n".join([self._counted.of, *(f"{e.id} {e.sha256}" for e in self._entries.values())])
        self._generation = sha256(told.encode("ascii")).hexdigest()[:16]
        self._cache: OrderedDict[str, tuple[DocumentFile, int]] = OrderedDict()
        self._held, self._limit, self._lock = 0, cache_bytes, Lock()

    def generation(self) -> str:
        """Return what changes with the documents and with the counts."""
        return self._generation

    def documents(self) -> Sequence[Document]:
        """Return every document's gist, in the order they came."""
        return self._gists

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return what the list of documents says of each."""
        return tuple(self._entries.values())

    def statistics(self, terms: Collection[str]) -> Statistics:
        """Return the counts of terms."""
        return self._counted.statistics(terms)

    def dense(self, vector: Vectors, count: int, where: Where) -> list[Found]:
        """Return the nearest passages."""
        return self._nearest(vector, count, where)

    def lexical(self, weights: Mapping[str, float], count: int, where: Where) -> list[Found]:
        """Return the passages with the highest score by the frozen mean length."""
        return self._nearest(sparse(weights), count, where)

    def _nearest(self, query: Vectors | Sparse, count: int, where: Where) -> list[Found]:
        match = {} if where.documents is None else {"d": sorted(where.documents)}
        without = {"d": sorted(where.without)} if where.without else {}
        among = None if where.keys is None else [passage_id(*key) for key in where.keys]
        found = self._store.nearest(query, count, Bounds(match, without, among))
        return [Found((one.document, one.passage), one.score) for one in found]

    def load(self, ids: Sequence[str]) -> list[DocumentFile]:
        """Return documents, those asked for a short while ago from memory. Raises SnapshotDamaged."""
        with self._lock:
            have = {identity: self._cache[identity][0] for identity in ids if identity in self._cache}
            for identity in have:
                self._cache.move_to_end(identity)
        missing = [self._entries[i] for i in ids if i not in have and i in self._entries]
        for entry, file in self._fetched(missing):
            have[entry.id] = file
            self._keep(entry, file)
        return [have[identity] for identity in ids if identity in have]

    def _keep(self, entry: Entry, file: DocumentFile) -> None:
        size = 2 * entry.bytes  # with its structure unpacked
        with self._lock:
            if entry.id not in self._cache:
                self._cache[entry.id] = (file, size)
                self._held += size
            while self._held > self._limit and len(self._cache) > 1:
                self._held -= self._cache.popitem(last=False)[1][1]

    def _fetched(self, entries: Sequence[Entry]) -> list[tuple[Entry, DocumentFile]]:
        parts: dict[str, list[Point]] = {entry.id: [] for entry in entries}
        wanted = [point_id(PART, e.id, n) for e in entries for n in range(-(-e.bytes // PART_BYTES))]
        for batch in batches(wanted, PARTS):
            for point in self._store.retrieve(batch):
                parts[point.payload["d"]].append(point)
        files = []
        for entry in entries:
            try:
                files.append((entry, unpacked(parts[entry.id], entry, self._store.name)))
            except SnapshotDamaged as error:
                if self._is_as_it_was(entry):
                    again = f"请再加一次：speechqa add --again 文件 --library {self._store.name}"
                    raise SnapshotDamaged(f"{error}{again}") from error
        return files

    def _is_as_it_was(self, entry: Entry) -> bool:
        """Tell whether a document still is the one that was there when the library was opened."""
        found = self._store.retrieve([marker_id(entry.id)])
        return bool(found) and found[0].payload.get("state") == DONE and read_entry(found[0].payload) == entry

    def close(self) -> None:
        """Let go of the engine."""
        self._store.close()


def open_stage(address: str, fingerprint: str) -> EngineStage:
    """Open the library of an address for asking. Raises SnapshotMissing, SnapshotOtherEncoder, EngineError."""
    store = open_store(address)
    try:
        return EngineStage(store, fingerprint)
    except BaseException:
        store.close()
        raise
