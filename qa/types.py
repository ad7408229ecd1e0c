"""A question and its answer. All offsets are characters into the document's canonical text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from index import Facet, Group, Item
from qa.grammar import Where


class Status(StrEnum):
    """Whether the document says it."""

    ANSWERED = "answered"
    NOT_FOUND = "not_found"


class Kind(StrEnum):
    """What shape of answer a question wants."""

    FACT = "fact"
    LIST = "list"
    STRUCTURE = "structure"
    TERM = "term"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Choice:
    """A group that a document lists and which of its items are meant."""

    group: Group
    items: tuple[Item, ...]
    chance: float | None = None  # that it answers, as read; None where nothing was


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document: `start` to `head_end` is its heading or how it opens; `unit` its section, None for a paragraph.

    `chance` tells how likely it is the one that is meant.
    """

    start: int
    head_end: int
    end: int
    unit: int | None = None
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood.

    `question` is what was typed; `standalone` makes sense without the history and is shown to the
    person. `facet` is the wanted facet (None: any), `only_facet` where a person chose it. `section` and `document` narrow the search (None:
    everywhere). `topic` is what is left of the question once asking words are taken off. `context` is the topic of the turns that a
    follow-up leans on, `near` the sections that the last answer came from. `wants`, `answer` and `relation` are what is
    wanted, the kind of thing that answers, and how it leans on the turns, by the names of index.ASKED; `where` the places it
    names; `asked` is what encoders are given, `read` what is read beside passages: a follow-up with the question before it.
    `chat` is the chance that it is none to a document. `before` is the question before, `shown` what it was answered with, as (document id, start, end); `choices` are what a
    follow-up may mean in the structure, `beyond` whether that is a place behind the last item, or before the first.
    `overview` tells that nothing is asked but what the whole text says, `occurrences` that every place is that speaks of a word. `place` is the unit or paragraph that is named by its subject.
    `documents` are those of a library that are asked
    (none: all).
    """

    question: str
    standalone: str
    kind: Kind
    topic: str
    facet: Facet | None = None
    section: int | None = None
    document: str | None = None
    context: str = ""
    near: tuple[int, ...] = ()
    wants: str = "point"
    answer: str = "other"
    where: Where = field(default_factory=Where)
    relation: str = "none"
    asked: str = ""
    read: str = ""
    chat: float = 0.0
    only_facet: bool = False
    before: str = ""
    shown: tuple[tuple[str, int, int], ...] = ()
    choices: tuple[Choice, ...] = ()
    beyond: bool = False
    overview: bool = False
    occurrences: bool = False
    place: Place | None = None
    documents: frozenset[str] = frozenset()

    def takes(self, identity: str) -> bool:
        """Tell whether a document may answer."""
        return self.document in (None, identity) and (not self.documents or identity in self.documents)


@dataclass(frozen=True, slots=True)
class Found:
    """Spans of one document that answer a question about its structure or a shorthand.

    `total` is how many there are in the document (None where counting makes no sense), `note` a line of
    Chinese that goes with them, `sure` the chance that they answer (None: as sure as the structure is).
    """

    spans: tuple[tuple[int, int], ...]
    total: int | None = None
    note: str | None = None
    sure: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that retrieval found.

    `document` is its place in the snapshot's documents, `passage` its place in that document's passages.
    `score` is the fused score, `lexical` BM25 over the query's ceiling (0 to 1), `dense` the cosine,
    `late` the late interaction of tokens (to 1).
    """

    document: int
    passage: int
    score: float
    lexical: float
    dense: float
    late: float


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """The document a quotation comes from."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Point:
    """A verbatim quotation: `text` is the document's text from `start` to `end`, character for character.

    `marks` are the spans (offsets into the document) of the words that matter. `section` is the
    section's index in the document's tree, `path` its headings from the top. `paragraph` and `sentence`
    are as in index.types.Sentence. `score` is set for passages only. `page` is the number of the original's page
    (None where it has none), `scan` how sure the recognition of a scanned page was, from 0 to 1.
    """

    text: str
    start: int
    end: int
    marks: tuple[tuple[int, int], ...]
    document: DocumentRef
    section: int | None
    path: tuple[str, ...]
    paragraph: int | None
    sentence: int
    facet: Facet | None
    citation: str
    score: float | None = None
    page: int | None = None
    scan: float | None = None


@dataclass(frozen=True, slots=True)
class DocumentChoice:
    """A document that a question may be asked of: its `name` as citations have it, and the `question` that asks it there."""

    id: str
    title: str
    name: str
    question: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What one document says in a row of a table.

    `new` are the words that the older one beside it does not have, `gone` those that the newer one does not; offsets
    into the document, as those of `marks`.
    """

    point: Point
    new: tuple[tuple[int, int], ...] = ()
    gone: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TableRow:
    """Cells that say the same or stand in each other's place, one a column (None: nothing there).

    `change` is new, gone, changed or unchanged, from the oldest document to the newest.
    """

    change: Literal["new", "gone", "changed", "unchanged"]
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One document of a comparison: its name as citations have it, its year, and why it has no cells (None: it has)."""

    document: DocumentRef
    name: str
    year: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ComparisonTable:
    """The same question over several documents, side by side, the oldest first; `left_out` rows more are not shown."""

    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask` gives back; its JSON form is `qa.rendering.to_json`.

    `points` are the answer, best first for one-point questions, document order for lists, with `total`
    = how many there are in the document (None where counting makes no sense). `passages` are the ranked
    context. On `not_found`, `points` is empty, `reason` is a stable code, `note` says it in Chinese, and
    `passages` holds the nearest places. `headline` says in a line of our own what is found, empty where the points say it
    all; `certainty` says the confidence in words (None on `not_found`), `certainty_reason` why. `digest` is the id of the document whose parts are listed: its digest
    tells more. `suggestions` are questions to go on with. `scope` holds the ids of the documents that the question names,
    or was narrowed to. `choices` are the documents to choose from where `reason` is which_document. `table` is there for a
    comparison. `counted` tells that a word was looked for, and its places counted.
    """

    id: str | int
    snapshot: str
    question: str
    standalone: str
    status: Status
    reason: str | None
    note: str | None
    kind: Kind
    facet: Facet | None
    confidence: float
    points: tuple[Point, ...]
    passages: tuple[Point, ...]
    total: int | None = None
    suggestions: tuple[str, ...] = ()
    certainty: str | None = None
    certainty_reason: str | None = None
    headline: str = ""
    digest: str | None = None
    scope: tuple[str, ...] = ()
    choices: tuple[DocumentChoice, ...] = ()
    table: ComparisonTable | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the same conversation and what was answered."""

    query: Query
    answer: Answer
