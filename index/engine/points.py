"""What an engine must be able to do: keep points with payload and two kinds of vectors, and find them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID, uuid5

from index.encoder import Vectors

MEANING, WORDS = "meaning", "words"  # the names of a passage's two vectors
INDEXED = ("k", "d", "state", "path", "file")  # fields of the payload by which points are looked for
_SPACE = UUID(
    "6f0c5a3e-5d0f-4f0e-9a57-6c1f1c0b7a10"
)  # ours alone: the same parts give the same id everywhere

Match = Mapping[str, Sequence[Any]]  # a field -> one of these values it has
Sparse = tuple[list[int], list[float]]  # numbers of terms and their values


@dataclass(frozen=True, slots=True)
class Point:
    """One point. `meaning` is a unit vector, `words` BM25 without the IDF; both only where it is a passage."""

    id: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    meaning: Vectors | None = None
    words: Sparse | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A passage that was found: its document and number, and its score."""

    document: str
    passage: int
    score: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which points are looked through: those that match, but none of `without`; `among` these ids where given."""

    match: Match = field(default_factory=dict)
    without: Match = field(default_factory=dict)
    among: Sequence[str] | None = None


class PointStore(Protocol):
    """An engine's one collection. Safe to share between threads; every method may raise EngineError.

    `name` is how a person named it. What is written is there for every reader when the call returns.
    """

    name: str

    def dimension(self) -> int | None:
        """Return the length of the vectors; None where there is no collection."""
        ...

    def create(self, dimension: int) -> None:
        """Make the collection, unless another has made it meanwhile."""
        ...

    def index(self) -> None:
        """Make the indexes of the payload, where there are none: points are found by its fields without them, slowly."""
        ...

    def upsert(self, points: Sequence[Point]) -> None:
        """Write points, in the place of those with the same ids."""
        ...

    def insert(self, point: Point) -> None:
        """Write a point where there is none with its id; else leave that one."""
        ...

    def swap(self, point: Point, instead: Match) -> None:
        """Write a point in the place of the one with its id where that matches; else leave that one."""
        ...

    def update(self, match: Match, payload: Mapping[str, Any]) -> None:
        """Set fields of all points that match, which may be none."""
        ...

    def delete(self, match: Match) -> None:
        """Delete all points that match."""
        ...

    def retrieve(self, ids: Sequence[str], *, sure: bool = False) -> list[Point]:
        """Return the points with these ids and their payload, in any order; `sure`: as most replicas have them."""
        ...

    def scroll(
        self, match: Match, count: int, after: str | None = None, fields: Sequence[str] | None = None
    ) -> tuple[list[Point], str | None]:
        """Return some points that match, with these fields (None: all), and what to go on after."""
        ...

    def nearest(self, query: Vectors | Sparse, count: int, where: Bounds) -> list[Near]:
        """Return the passages with the highest inner product, best first."""
        ...

    def settle(self) -> None:
        """Bring what was written into the order in which it is found fastest, where the engine does not by itself."""
        ...

    def close(self) -> None:
        """Let go of the connection or the folder."""
        ...


def point_id(*parts: str | int) -> str:
    """Return the id of a point: always the same for the same parts."""
    return str(uuid5(_SPACE, "/".join(map(str, parts))))


def every(
    store: PointStore, match: Match, count: int = 256, fields: Sequence[str] | None = None
) -> list[Point]:
    """Return all points that match."""
    found, after = store.scroll(match, count, None, fields)
    while after is not None:
        more, after = store.scroll(match, count, after, fields)
        found += more
    return found
