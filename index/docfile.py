"""One document of a library <-> the bytes of its file: text, structure, what was found, terms, vectors, tokens.

A line of JSON says where each part lies; the parts follow. What a question seldom needs is compressed, and read when
it is first asked for. The bytes are checked against their SHA-256 before anything of them is used.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors
from index.frequencies import Frequencies
from index.knowledge import KnowledgeFile, dates_of, fields_of, json_lines, knowledge_lines
from index.records import document_fields, records, to_document, to_passage, to_section, to_sentence
from index.tokens import TokenIndex
from index.types import Date, Document, IndexedDocument, Knowledge, Passage, Section, Sentence, years_of

DIGEST = 16  # bytes that stand for a passage's text

_PARTS = ("sections", "sentences", "passages")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """What a library keeps of one document. `digests` stand for the passages' texts, by which vectors are kept.

    `vectors` has the shape (passages, dimension).
    """

    document: IndexedDocument
    frequencies: Frequencies
    vectors: Vectors
    tokens: TokenIndex
    digests: NDArray[np.uint8]

    def to_bytes(self) -> bytes:
        """Return the file; the same document gives the same bytes."""
        one = self.document
        arrays: dict[str, NDArray[Any]] = {
            "document": _text(json_lines([document_fields(one.document)])),
            **{name: _compressed(json_lines(map(fields_of, getattr(one, name)))) for name in _PARTS},
            "knowledge": _compressed(knowledge_lines([one])),
            **self.frequencies.arrays(),
            "vectors": np.ascontiguousarray(self.vectors, dtype=np.float32),
            **self.tokens.arrays(),
            "digests": self.digests,
        }
        return _packed(arrays)

    @classmethod
    def from_bytes(cls, data: bytes, damaged: Callable[[Exception], Exception]) -> DocumentFile:
        """Read what `to_bytes` gave; the structure when it is first asked for, `damaged` gives what is raised then.

        Raises ValueError, KeyError, TypeError or UnicodeDecodeError where the bytes are another's.
        """
        found = _unpacked(data)
        document = to_document(records(found["document"].tobytes())[0])
        frequencies = Frequencies.from_arrays({n: found[n].copy() for n in _FREQUENCIES})
        vectors, tokens = (
            found["vectors"],
            TokenIndex.from_arrays(found["ids"].copy(), found["starts"].copy()),
        )
        if not len(frequencies.lengths) == len(vectors) == len(tokens) == len(found["digests"]):
            raise ValueError("rows")
        packed = {name: found[name].tobytes() for name in (*_PARTS, "knowledge")}
        stored = StoredDocument(document, packed, len(vectors), damaged)
        return cls(stored, frequencies, vectors, tokens, found["digests"])


_FREQUENCIES = ("terms", "sizes", "rows", "codes", "values", "lengths")


class StoredDocument(IndexedDocument):
    """A document whose structure is read when it is first asked for: of most documents a question needs none."""

    def __init__(
        self,
        document: Document,
        packed: Mapping[str, bytes],
        size: int,
        damaged: Callable[[Exception], Exception],
        apart: str = "",
    ) -> None:
        """Hold the compressed lines; `size` is the number of passages."""
        vars(self).update(document=document, apart=apart, size=size, _packed=packed, _damaged=damaged)

    def with_apart(self, apart: str) -> IndexedDocument:
        """Return the document with another addition to its title; what was read of it is shared."""
        made = object.__new__(StoredDocument)
        vars(made).update(vars(self), apart=apart)
        return made

    def _read(self, name: str, made: Callable[[bytes], _Made]) -> _Made:
        """Return what is made of a part's lines. Raises what `damaged` gives where nothing can be."""
        try:
            return made(zlib.decompress(vars(self)["_packed"][name]))
        except Exception as error:
            raise vars(self)["_damaged"](error) from error

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections."""
        return self._read("sections", lambda data: tuple(map(to_section, records(data))))

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Return the sentences."""
        return self._read("sentences", lambda data: tuple(map(to_sentence, records(data))))

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Return the passages."""

        def made(data: bytes) -> tuple[Passage, ...]:
            found = tuple(map(to_passage, records(data)))
            if len(found) != vars(self)["size"]:
                raise ValueError("passages")
            return found

        return self._read("passages", made)

    @cached_property
    def knowledge(self) -> Knowledge:
        """Return what stands under what."""
        return self._read("knowledge", lambda data: KnowledgeFile(data).of(0))

    @cached_property
    def dates(self) -> tuple[Date, ...]:
        """Return the dates, for which nothing else of what was found is read."""
        if "knowledge" in vars(self):
            return self.knowledge.dates
        return self._read("knowledge", dates_of)

    @cached_property
    def years(self) -> frozenset[str]:
        """Return the years of its dates, for which nothing else of what was found is read."""
        return self._read("knowledge", lambda data: years_of(date.value for date in dates_of(data)))

    @cached_property
    def counts(self) -> tuple[int, int]:
        """Return how many sections and sentences it has: neither are parsed for it."""
        return self._read("sections", _lines), self._read("sentences", _lines)

    def headings(self) -> Iterable[tuple[str, str]]:
        """Return each section's marker and heading; the sections are not kept for it."""
        if "sections" in vars(self):
            return super().headings()
        return self._read("sections", lambda data: [(r["marker"], r["heading"]) for r in records(data)])

    def __eq__(self, other: object) -> bool:
        """Tell whether the other is the same document, read in the same way; of another one nothing is read."""
        if self is other:
            return True
        if not isinstance(other, IndexedDocument) or self.document != other.document:
            return False
        return self.apart == other.apart and all(
            getattr(self, name) == getattr(other, name) for name in _PARTS
        )

    __hash__ = IndexedDocument.__hash__


def _lines(data: bytes) -> int:
    return data.count(b"\n")


# --- the container ----------------------------------------------------------------------------------


def _text(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, dtype=np.uint8)


def _compressed(data: bytes) -> NDArray[np.uint8]:
    return _text(zlib.compress(data, 6))


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    where: dict[str, Sequence[Any]] = {}
    at = 0
    for name, array in arrays.items():
        where[name] = (array.dtype.str, list(array.shape), at)
        at += array.nbytes
    head = json.dumps(where, separators=(",", ":")).encode("ascii") + b"\n"
    return b"".join([head, *(array.tobytes() for array in arrays.values())])


def _unpacked(data: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays, which look into `data`. Raises ValueError, KeyError or TypeError."""
    end = data.index(b"\n") + 1
    found: dict[str, NDArray[Any]] = {}
    for name, (kind, shape, at) in json.loads(data[:end]).items():
        size = int(np.prod(shape, dtype=np.int64))
        found[name] = np.frombuffer(data, np.dtype(kind), size, end + at).reshape(shape)
    return found
