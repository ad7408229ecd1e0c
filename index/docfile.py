"""One document of a library <-> the bytes of its file: text, structure, what was found, terms, vectors, tokens.

A line of JSON says where each part lies; the parts follow. What a question seldom needs is compressed, and read when
it is first asked for. The bytes are checked against their SHA-256 before anything of them is used.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoder import Vectors
from index.frequencies import Frequencies
from index.knowledge import KnowledgeFile, fields_of, json_lines, knowledge_lines
from index.records import document_fields, records, to_document, to_passage, to_section, to_sentence
from index.tokens import TokenIndex
from index.types import Document, IndexedDocument, Knowledge, Passage, Section, Sentence

DIGEST = 16  # bytes that stand for a passage's text

_PARTS = ("sections", "sentences", "passages")
_Parts = tuple[tuple[Section, ...], tuple[Sentence, ...], tuple[Passage, ...]]


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

    @cached_property
    def _read(self) -> _Parts:
        packed: Mapping[str, bytes] = vars(self)["_packed"]
        try:
            found = {name: records(zlib.decompress(packed[name])) for name in _PARTS}
            parts = (
                tuple(map(to_section, found["sections"])),
                tuple(map(to_sentence, found["sentences"])),
                tuple(map(to_passage, found["passages"])),
            )
            if len(parts[2]) != vars(self)["size"]:
                raise ValueError("passages")  # noqa: TRY301 - one refusal for all that can be wrong
        except Exception as error:
            raise vars(self)["_damaged"](error) from error
        return parts

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections."""
        return self._read[0]

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Return the sentences."""
        return self._read[1]

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Return the passages."""
        return self._read[2]

    @cached_property
    def knowledge(self) -> Knowledge:
        """Return what stands under what."""
        try:
            return KnowledgeFile(zlib.decompress(vars(self)["_packed"]["knowledge"])).of(0)
        except Exception as error:
            raise vars(self)["_damaged"](error) from error

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
