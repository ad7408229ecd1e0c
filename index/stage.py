"""The first stage of a search as a protocol: candidates for a question, out of however many passages there are.

What serves it only finds candidates and gives documents back. Scoring, fusion, judging and citing are done here, on the
documents found (index/near.py), so that the answers are the same whatever served them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.docfile import DocumentFile
from index.encoder import Vectors
from index.types import Document

Key = tuple[str, int]  # a document's id and the number of a passage in it


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate: a passage, and its cosine or BM25 score."""

    key: Key
    score: float


@dataclass(frozen=True, slots=True)
class Where:
    """Where to look: in these documents, `without` those, among these passages (None: in all)."""

    documents: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    keys: tuple[Key, ...] | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 knows about a library: its passages, their mean length, and how many hold each term asked for."""

    passages: int
    mean: float
    holding: Mapping[str, int]


class FirstStage(Protocol):
    """What finds candidates. Safe to share between threads; every method may raise SnapshotError.

    `fingerprint` is the encoder's: another's vectors are refused when the stage is opened.
    """

    fingerprint: str
    encoder: str
    dimension: int

    def generation(self) -> str:
        """Return what changes with the documents: the key of caches, and the snapshot's id in answers."""
        ...

    def documents(self) -> Sequence[Document]:
        """Return every document in the order they came, with its gist for a text (index/gist.py)."""
        ...

    def statistics(self, terms: Collection[str]) -> Statistics:
        """Return the counts of these terms; a term that no passage holds has 0."""
        ...

    def dense(self, vector: Vectors, count: int, where: Where) -> list[Found]:
        """Return the passages nearest to a unit vector, shape (dimension,), best first, with their cosines."""
        ...

    def lexical(self, weights: Mapping[str, float], count: int, where: Where) -> list[Found]:
        """Return the passages with the highest BM25 score, best first; `weights` are by term and have the IDF in them."""
        ...

    def load(self, ids: Sequence[str]) -> list[DocumentFile]:
        """Return documents with all that is known of them, in this order; one that is gone is left out."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...
