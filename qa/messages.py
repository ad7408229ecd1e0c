"""What the HTTP API takes, and gives beside answers. All offsets are characters into the document's canonical text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from index import Facet
from qa.types import DocumentRef


@dataclass(frozen=True, slots=True)
class Request:
    """A question as the HTTP API takes it; `history` holds the earlier questions, oldest first."""

    question: str
    history: tuple[str, ...] = ()
    document: str | None = None
    facet: Facet | None = None
    id: str | int | None = None


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """A comparison as the HTTP API takes it; `documents` are ids or titles (none: those that the question names)."""

    question: str
    documents: tuple[str, ...] = ()
    id: str | int | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person thinks of the answer to a question: `verdict` is "up" or "down"."""

    question: str
    verdict: Literal["up", "down"]
    reason: str = ""
    history: tuple[str, ...] = ()
    document: str | None = None
    facet: Facet | None = None


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """An indexed document and its size."""

    id: str
    title: str
    characters: int
    sections: int
    sentences: int


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file of a zip that could not be read: its name there, a stable code, and one line of Chinese."""

    name: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """A section of the outline; offsets are characters into the document."""

    level: int
    title: str
    start: int
    end: int
    kind: str = "numbered"


@dataclass(frozen=True, slots=True)
class OutlineSentence:
    """A sentence of the outline and what it is for."""

    start: int
    end: int
    facet: Facet | None


@dataclass(frozen=True, slots=True)
class Outline:
    """A document's structure; `document` is its title."""

    document: str
    sections: tuple[OutlineSection, ...]
    sentences: tuple[OutlineSentence, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a document, character for character: `text` is the document's from `start` to `end`."""

    document: DocumentRef
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Starters:
    """Questions to start with: by door (facet, questions), and some about the structure and the shorthand."""

    doors: tuple[tuple[Facet, tuple[str, ...]], ...]
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as the HTTP API gives it (RFC 9457); `code` is stable, `detail` is Chinese.

    `refused` names the files of a zip none of which could be read; elsewhere it is left out.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    refused: tuple[RefusedFile, ...] = ()
