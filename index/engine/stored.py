"""A document <-> its points: one a passage to find it by, parts with all that is known of it, its counts, a marker.

The marker comes first, as a claim, and is set to DONE last (index/engine/claiming.py): a document without a marker that is
done is no document, and nothing of a document stands without a marker.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import blake2b, sha256
from typing import Any

import numpy as np

from index.catalogue import Entry
from index.docfile import DocumentFile
from index.engine.points import Point, Sparse, point_id
from index.errors import SnapshotDamaged
from index.frequencies import Frequencies
from index.gist import gist
from index.lexical import K1, B
from index.records import document_fields, to_document
from index.types import Document

DOCUMENT, PASSAGE, PART, COUNTS, HEAD, BUCKET, FILE = (
    "document", "passage", "part", "counts", "head", "bucket", "file",
)  # fmt: skip
DONE, CLAIMED, LEAVING = "done", "claimed", "leaving"  # states of a marker

# The mean length of a passage with which the engine's BM25 is reckoned, frozen, since the true one changes with every
# document: that of 100 official documents of 12,667 passages. It only chooses candidates; they are weighed anew with the true one.
MEAN = 43.0
PART_BYTES = 512 * 1024  # of a document in one point: a request of the engine's may have 32 MB
BATCH = 128  # passages written at once: half a megabyte of JSON


def marker_id(document: str) -> str:
    """Return the id of a document's marker."""
    return point_id(DOCUMENT, document)


def passage_id(document: str, number: int) -> str:
    """Return the id of a passage."""
    return point_id(PASSAGE, document, number)


def term_number(term: str) -> int:
    """Return what stands for a term in the engine, of 32 bits: two that share one only find a candidate more."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")


def sparse(weights: Mapping[str, float]) -> Sparse:
    """Return weights by term as the engine has them, each number once."""
    found: dict[int, float] = {}
    for term, weight in weights.items():
        number = term_number(term)
        found[number] = found.get(number, 0.0) + weight
    return list(found), list(found.values())


def points_of(file: DocumentFile) -> Iterator[list[Point]]:
    """Yield all points of a document but its marker, in batches."""
    identity = file.document.document.id
    passages = [
        Point(
            passage_id(identity, number),
            {"k": PASSAGE, "d": identity, "n": number},
            vector,
            words if words[0] else None,
        )
        for number, (vector, words) in enumerate(zip(file.vectors, _saturated(file.frequencies), strict=True))
    ]
    for first in range(0, len(passages), BATCH):
        yield passages[first : first + BATCH]
    data = file.to_bytes()  # with the vectors again: as bytes they are read twenty times as fast
    for number, first in enumerate(range(0, len(data), PART_BYTES)):
        text = b64encode(data[first : first + PART_BYTES]).decode("ascii")
        payload = {"k": PART, "d": identity, "n": number, "data": text}
        yield [Point(point_id(PART, identity, number), payload)]
    yield [Point(point_id(COUNTS, identity), {"k": COUNTS, "d": identity, "data": _counts(file.frequencies)})]


def _saturated(found: Frequencies) -> list[Sparse]:
    """Return BM25 without the IDF, of each passage."""
    rows: list[dict[str, float]] = [{} for _ in found.lengths]
    norm = K1 * (1 - B + B * found.lengths / MEAN)
    at = 0
    for term, size in zip(found.terms, found.sizes.tolist(), strict=True):
        for row, code in zip(found.rows[at : at + size], found.codes[at : at + size], strict=True):
            count = found.values[code]
            rows[row][term] = float(np.float32(count * (K1 + 1) / (count + norm[row])))
        at += size
    return [sparse(row) for row in rows]


def _counts(found: Frequencies) -> str:
    """Return how many passages hold each term, and the passages' number and length, in one short text."""
    content = {
        "terms": found.terms,
        "sizes": found.sizes.tolist(),
        "passages": len(found.lengths),
        "length": float(found.lengths.sum()),
    }
    return b64encode(zlib.compress(json.dumps(content, ensure_ascii=False).encode("utf-8"))).decode("ascii")


def read_counts(data: str) -> dict[str, Any]:
    """Return what `points_of` wrote of a document's terms."""
    return dict(json.loads(zlib.decompress(b64decode(data))))


def unpacked(parts: Sequence[Point], entry: Entry, where: str) -> DocumentFile:
    """Return a document of its parts, checked. Raises SnapshotDamaged."""
    ordered = sorted(parts, key=lambda point: int(point.payload["n"]))

    def damaged(error: Exception) -> SnapshotDamaged:
        what = f"内容前后不一致（{type(error).__name__}）"
        return SnapshotDamaged(f"文稿《{entry.title}》（{entry.id}）在引擎 {where} 里已损坏：{what}。")

    try:
        data = b"".join(b64decode(point.payload["data"]) for point in ordered)
        if sha256(data).hexdigest() != entry.sha256:
            raise ValueError("checksum")  # noqa: TRY301 - one refusal for everything that can be wrong
        file = DocumentFile.from_bytes(data, damaged)
        if file.document.document.id != entry.id or len(file.vectors) != entry.passages:
            raise ValueError("entry")  # noqa: TRY301
    except Exception as error:
        raise damaged(error) from error
    return file


def entry_of(file: DocumentFile, path: str, digest: str) -> Entry:
    """Return what the list of documents says of one; `bytes` and `sha256` are those of its parts."""
    document, data = file.document.document, file.to_bytes()
    date = document.metadata.date
    return Entry(
        document.id, document.title, document.source, path, digest, date.value[:4] if date else "",
        len(document.text), len(file.vectors), "", len(data), sha256(data).hexdigest(),
    )  # fmt: skip


def marker(entry: Entry, document: Document, came: int) -> dict[str, Any]:
    """Return what a finished document's marker says: its entry and its gist; not yet counted."""
    fields = json.loads(json.dumps(document_fields(gist(document)), default=_plain))
    return {
        "k": DOCUMENT, "d": entry.id, "state": DONE, "path": entry.path, "file": entry.digest, "came": came,
        "counted": False, "entry": asdict(entry), "gist": fields,
    }  # fmt: skip


def _plain(one: Any) -> Any:
    return asdict(one)


def read_entry(payload: Mapping[str, Any]) -> Entry:
    """Return the entry of a marker."""
    return Entry(**payload["entry"])


def read_gist(payload: Mapping[str, Any]) -> Document:
    """Return the gist of a marker."""
    return to_document(dict(payload["gist"]))
