"""How many passages of a library hold each term: counted by document, summed in buckets, put in force at once.

The head point says which documents were counted and where the sums are. A count is written beside the one in force, and
the head is pointed at it last; one that was not finished is never seen. Few new documents are not counted for: what is
asked differs by less than that share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from threading import Lock
from typing import Any, TypeVar

from index.encoder import Encoder
from index.engine.points import Point, PointStore, every, point_id
from index.engine.stored import BUCKET, COUNTS, DOCUMENT, DONE, HEAD, read_counts, term_number
from index.errors import EngineError, SnapshotMissing, SnapshotOtherEncoder, SnapshotTooOld
from index.stage import Statistics

FORMAT = 1  # of what stands in an engine
DRIFT = 0.01  # share of documents that may have come or gone before the terms are counted anew
TERMS = 512  # in a bucket: some ten kilobytes
HEAD_ID = point_id(HEAD)

_T = TypeVar("_T")
_DONE = {"k": [DOCUMENT], "state": [DONE]}


def prepare(store: PointStore, encoder: Encoder) -> None:
    """Make the collection where there is none. Raises SnapshotOtherEncoder, EngineError."""
    dimension = store.dimension()
    if dimension is None:
        store.create(encoder.dimension)
    elif dimension != encoder.dimension:
        raise SnapshotOtherEncoder(
            f"文稿库 {store.name} 的向量是 {dimension} 维，现在用的编码器“{encoder.name}”是 {encoder.dimension} 维。"
            "请用同一个编码器（--encoder），或换一个名字。"
        )
    about = {"name": encoder.name, "fingerprint": encoder.fingerprint, "dimension": encoder.dimension}
    store.insert(Point(HEAD_ID, {"k": HEAD, "format": FORMAT, "encoder": about}))
    read_head(store, encoder.fingerprint)
    store.index()  # always: who made the collection may have been killed before


def read_head(store: PointStore, fingerprint: str | None = None) -> Mapping[str, Any]:
    """Return the head of a library. Raises SnapshotMissing, SnapshotTooOld, SnapshotOtherEncoder, EngineError."""
    add = f"speechqa add 文件… --library {store.name}"
    if store.dimension() is None:
        raise SnapshotMissing(f"引擎里没有文稿库 {store.name}。请检查名字，或先加入文稿：{add}")
    found = store.retrieve([HEAD_ID])
    if not found:
        raise EngineError(f"引擎里的集合 {store.name} 不是讲话问答的文稿库。请换一个集合名。")
    head = found[0].payload
    if head.get("format") != FORMAT:
        raise SnapshotTooOld(
            f"文稿库 {store.name} 的格式是第 {head.get('format')} 版，这个软件读第 {FORMAT} 版。请换一个名字建立：{add}"
        )
    if fingerprint is not None and head["encoder"]["fingerprint"] != fingerprint:
        raise SnapshotOtherEncoder(
            f"文稿库 {store.name} 是用编码器“{head['encoder']['name']}”建的，与现在用的不是同一个。"
            "请用同一个编码器（--encoder），或换一个名字。"
        )
    return head


def count(store: PointStore) -> bool:
    """Count the terms of all documents anew, where enough have come or gone; tell whether that was done."""
    done = False
    while True:
        markers = every(store, _DONE, 1000, ["d", "counted", "entry.sha256"])
        known = read_head(store).get("statistics")
        ids = sorted(point.payload["d"] for point in markers)
        of = _digest(f"{p.payload['d']} {p.payload['entry']['sha256']}" for p in markers)
        if not ids or (known and known["of"] == of):
            return done
        counted = sum(bool(point.payload.get("counted")) for point in markers)
        changed = len(ids) - counted + (known["documents"] - counted if known else 0)
        if known and 0 < changed <= DRIFT * len(ids):
            return done
        _put_in_force(store, ids, of, known["of"] if known else None)
        done = True


def _put_in_force(store: PointStore, ids: Sequence[str], of: str, before: str | None) -> None:
    total: Counter[str] = Counter()
    passages, length = 0, 0.0
    for batch in batches(ids, 64):
        for point in store.retrieve([point_id(COUNTS, identity) for identity in batch]):
            found = read_counts(point.payload["data"])
            total.update(dict(zip(found["terms"], found["sizes"], strict=True)))
            passages, length = passages + found["passages"], length + found["length"]
    size = 1
    while size * TERMS < len(total):
        size *= 2
    buckets: list[list[str]] = [[] for _ in range(size)]
    for term in total:
        buckets[term_number(term) % size].append(term)
    for some in batches(range(size), 64):
        store.upsert([_bucket(of, number, buckets[number], total) for number in some])
    about = {"of": of, "documents": len(ids), "passages": passages, "length": length, "buckets": size}
    store.update({"k": [HEAD]}, {"statistics": about})
    for batch in batches(ids, 500):
        store.update({**_DONE, "d": batch}, {"counted": True})  # one that is gone meanwhile is passed over
    if before is not None and before != of:
        store.delete({"k": [BUCKET], "d": [before]})


def _bucket(of: str, number: int, terms: Sequence[str], total: Mapping[str, int]) -> Point:
    payload = {"k": BUCKET, "d": of, "terms": list(terms), "sizes": [total[term] for term in terms]}
    return Point(point_id(BUCKET, of, number), payload)


def _digest(told: Iterable[str]) -> str:
    return sha256("\n".join(sorted(told)).encode("ascii")).hexdigest()[:16]


def batches(items: Collection[_T], size: int) -> Iterator[list[_T]]:
    """Yield items, so many at once."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


class Counted:
    """The counts in force when a library was opened; buckets are read when a term of theirs is asked for, and kept."""

    def __init__(self, store: PointStore, head: Mapping[str, Any]) -> None:
        """Take the head of a library. Raises SnapshotMissing where nothing was counted yet."""
        if not (found := head.get("statistics")):
            raise SnapshotMissing(
                f"文稿库 {store.name} 还没有写完第一批文稿。请等它写完；若它已中断，请再运行 "
                f"speechqa add 文件… --library {store.name}"
            )
        self.of: str = found["of"]
        self._store, self._size = store, int(found["buckets"])
        self._passages, self._length = int(found["passages"]), float(found["length"])
        self._buckets: dict[int, dict[str, int]] = {}
        self._lock = Lock()

    def statistics(self, terms: Collection[str]) -> Statistics:
        """Return the counts of terms. Raises EngineError where they were counted anew meanwhile."""
        numbers = {term: term_number(term) % self._size for term in terms}
        self._read({number for number in numbers.values() if number not in self._buckets})
        holding = {term: self._buckets[number].get(term, 0) for term, number in numbers.items()}
        mean = self._length / self._passages if self._passages and self._length else 1.0
        return Statistics(self._passages, mean, holding)

    def _read(self, missing: set[int]) -> None:
        if not missing:
            return
        found = self._store.retrieve([point_id(BUCKET, self.of, number) for number in sorted(missing)])
        if len(found) < len(missing):
            raise EngineError(f"文稿库 {self._store.name} 刚刚变了：词的统计换了新的。请再问一次。")
        read = [dict(zip(p.payload["terms"], p.payload["sizes"], strict=True)) for p in found]
        places = {point_id(BUCKET, self.of, number): number for number in missing}
        with self._lock:
            self._buckets.update((places[p.id], one) for p, one in zip(found, read, strict=True))
