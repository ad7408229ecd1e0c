"""What the index is made of. All offsets are characters into `Document.text`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from sys import intern

Span = tuple[int, int]  # text[start:end]
Progress = Callable[[int, int], None]  # pages read, pages in all


class Facet(StrEnum):
    """What a sentence is for: 成绩, 目标, 要求, 认识, 其他."""

    ACHIEVEMENT = "achievement"
    GOAL = "goal"
    REQUIREMENT = "requirement"
    BACKGROUND = "background"
    OTHER = "other"


class BlockKind(StrEnum):
    """What a block of the reader's view is.

    META is a line about the document (来源：…, 发布时间：…); CONTENTS a line of the table of contents; NOTE a
    footnote or an explanation of terms at the end.
    """

    BODY = "body"
    TITLE = "title"
    META = "meta"
    TABLE = "table"
    NOTE = "note"
    SIGNATURE = "signature"
    ATTACHMENT = "attachment"
    CONTENTS = "contents"
    CAPTION = "caption"


class DocumentKind(StrEnum):
    """What sort of document it is: 讲话, 报告, 通知, 规划, 法规, 公报, 其他."""

    SPEECH = "speech"
    REPORT = "report"
    NOTICE = "notice"
    PLAN = "plan"
    REGULATION = "regulation"
    COMMUNIQUE = "communique"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact about a document and the place that shows it: text[start:end]; no place where a person gave it."""

    value: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document shows about itself; None where it shows nothing. There is always a title.

    `date` is YYYY, YYYY-MM or YYYY-MM-DD: of the speech, the adoption or the signature, else of publication.
    `kind` is a DocumentKind; `title` is what Document.title says.
    """

    title: Shown = Shown("")
    date: Shown | None = None
    issuer: Shown | None = None
    speaker: Shown | None = None
    kind: Shown | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the original: its number from 1 and its text, `text[start:end]` of the whole.

    `scan` is how sure the recognition of a scanned page was (mean over characters, 0 to 1), else None.
    """

    number: int
    start: int
    end: int
    scan: float | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One canonical text: decoded (or extracted), byte order mark off, CRLF and CR to LF, nothing else.

    `id` is the first 12 hexadecimal digits of the SHA-256 of `text` in UTF-8.
    `has_lines` is False where the line breaks were lost, so that paragraphs cannot be counted.
    `source` is the file's name, without its folder. `pages` are in order and do not overlap, empty where the
    format has none. `format` is what the file is by its content (index/formats/kinds.py): txt, docx, pdf …
    `notes` say in Chinese what was left out of it when it was read; an index does not keep them.
    """

    id: str
    title: str
    text: str
    has_lines: bool
    source: str
    metadata: Metadata = Metadata()
    pages: tuple[Page, ...] = ()
    format: str = "txt"
    notes: tuple[str, ...] = ()

    def page_of(self, place: int) -> Page | None:
        """Return the page on which the character at `place` stands; None where there is none."""
        found = bisect_right(self.pages, place, key=lambda page: page.start) - 1
        return self.pages[found] if found >= 0 and place < self.pages[found].end else None


class SectionKind(StrEnum):
    """How a unit shows: by a number, by a line of its own, by its opening words, by openings alike."""

    NUMBERED = "numbered"
    HEADING = "heading"
    RUN_IN = "runin"
    PARALLEL = "parallel"


@dataclass(frozen=True, slots=True)
class Section:
    """One unit of the document's structure; a tree is a tuple of these in document order.

    `index` is its place in that tuple and `parent` its parent's (None at the top). `level` starts at 1.
    `text[start:end]` is the whole unit with its children; `text[start:title_end]` its heading, which is
    the first clause or sentence where the heading runs into the text. `marker` is the numbering as
    printed (第二，/ 二要 / （一） / ——), empty where no number reveals the unit; `ordinal` is the number the
    marker states, else None. `kind` tells how the unit shows, `heading` is the heading as a reader takes it,
    without marks and line breaks.
    """

    index: int
    parent: int | None
    level: int
    start: int
    title_end: int
    end: int
    marker: str
    ordinal: int | None
    kind: SectionKind = SectionKind.NUMBERED
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, closing quotes included: it ends at 。！？； or at a line's end.

    `section` is the index of the deepest section that holds it (None before the first). `paragraph`
    counts non-empty lines from 1 (None where the line breaks are lost); `number` counts sentences from 1
    inside the paragraph, or inside the document where there are no paragraphs.
    """

    index: int
    start: int
    end: int
    section: int | None
    paragraph: int | None
    number: int
    facet: Facet | None = None
    facet_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """What one row of the index stands for: one or a few neighbouring sentences of one section.

    `sentences` is the half-open range of sentence indexes. A passage never crosses a section.
    A sentence that is longer than a passage may be is cut at a comma: then several passages name it.
    """

    index: int
    start: int
    end: int
    section: int | None
    sentences: tuple[int, int]


# --- what stands under what ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Member:
    """One of what an enumeration counts.

    `text[start:lead_end]` names it (its heading or first clause), `text[start:end]` is all of it.
    `section` is its index where it is a section of its own.
    """

    start: int
    lead_end: int
    end: int
    section: int | None = None


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A series that a reader would count, in document order.

    `announced` is the sentence or phrase that introduces it (None: nothing does) and `stated` the number
    it is said to have, which need not be the number found.
    """

    announced: Span | None
    stated: int | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """What a section's heading covers, blanks outside left out.

    `start:end` is all of it, `start:own_end` its own text before the first part; `start == end` where
    nothing stands under it.
    """

    section: int
    start: int
    own_end: int
    end: int


@dataclass(frozen=True, slots=True)
class Definition:
    """Where the document says what a term means. `form` is how: 是指, 即, 是, 指, ：, （）, 简称."""

    term: Span
    start: int
    end: int
    form: str


@dataclass(frozen=True, slots=True)
class Term:
    """What stands in quotation marks, and every place where it stands in them (the marks not included)."""

    text: str
    places: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: 2.67万亿元 is 2.67e12 元.

    `value` is None where the source blanked it out (**亿元). `unit` is empty where only a noun follows.
    `measured` is what it is the number of, None where the sentence does not say.
    """

    start: int
    end: int
    value: float | None
    unit: str
    measured: Span | None


class Precision(StrEnum):
    """How exact a date is."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    SPAN = "span"


@dataclass(frozen=True, slots=True)
class Date:
    """A date or period. `value` is its ISO 8601 form: 2023, 2023-05, 2023-05-01, 2021/2025.

    None where it counts from a date that the document does not show. `relative` tells 去年 from 2023年.
    """

    start: int
    end: int
    value: str | None
    precision: Precision
    relative: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person whom the text joins to an office (or to 同志); of several after one office, each has it."""

    start: int
    end: int
    name: Span
    office: Span


@dataclass(frozen=True, slots=True)
class Table:
    """A table set as rows of text: `header` and each of `rows` are cells; `header` may be empty."""

    start: int
    end: int
    header: tuple[Span, ...]
    rows: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What stands under what in one document, each kind in document order."""

    enumerations: tuple[Enumeration, ...] = ()
    headings: tuple[Heading, ...] = ()
    definitions: tuple[Definition, ...] = ()
    terms: tuple[Term, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    dates: tuple[Date, ...] = ()
    persons: tuple[Person, ...] = ()
    tables: tuple[Table, ...] = ()


def years_of(values: Iterable[str | None]) -> frozenset[str]:
    """Return the years, as four digits, that values of Date lie in; their ends, of periods."""
    return frozenset(intern(part[:4]) for value in values for part in (value or "").split("/") if part)


@dataclass(frozen=True)
class IndexedDocument:
    """A document and everything read from it; `sections`, `sentences`, `passages` are in document order.

    `apart` is what citations add to the title where another document of the index has it too.
    `find` gives what stands under what; it is called once, when `knowledge` is first asked for.
    """

    document: Document
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    apart: str = ""
    find: Callable[[], Knowledge] = field(default=Knowledge, repr=False, compare=False)

    @cached_property
    def knowledge(self) -> Knowledge:
        """Return what stands under what."""
        return self.find()

    @cached_property
    def folded(self) -> str:
        """Return `fold` of its text, kept with it."""
        from index.folding import fold

        return fold(self.document.text)

    @cached_property
    def letters(self) -> bytes:
        """Return the first letter of how each character of `folded` sounds, kept with it: a byte a character."""
        from index.sounds import letters

        return letters(self.folded)

    @property
    def dates(self) -> tuple[Date, ...]:
        """Return its dates, in their order."""
        return self.knowledge.dates

    @cached_property
    def years(self) -> frozenset[str]:
        """Return the years that its dates and the ends of its periods lie in, as four digits, kept with it."""
        return years_of(date.value for date in self.knowledge.dates)

    @cached_property
    def counts(self) -> tuple[int, int]:
        """Return how many sections and sentences it has, kept with it."""
        return len(self.sections), len(self.sentences)

    def headings(self) -> Iterable[tuple[str, str]]:
        """Return each section's marker and heading."""
        return ((section.marker, section.heading) for section in self.sections)

    def with_apart(self, apart: str) -> IndexedDocument:
        """Return the document with another addition to its title."""
        return replace(self, apart=apart)

    def __hash__(self) -> int:
        """Return a hash that does not read the whole document again for each question."""
        return hash(self.document.id)

    def title_of(self, section: int) -> str:
        """Return a section's heading as it stands in the text."""
        found = self.sections[section]
        return self.document.text[found.start : found.title_end]

    def path_of(self, section: int | None, limit: int | None = None) -> tuple[int, ...]:
        """Return the indexes of the sections from the top down to `section`, the deepest `limit`; empty for None."""
        path: list[int] = []
        while section is not None and (limit is None or len(path) < limit):
            path.append(section)
            section = self.sections[section].parent
        return tuple(reversed(path))

    def children_of(self, section: int | None) -> tuple[int, ...]:
        """Return the indexes of the sections right below `section` (None: the top level)."""
        return self._children.get(section, ())

    @cached_property
    def _children(self) -> dict[int | None, tuple[int, ...]]:
        """Return every section's children: found for all of them at once, where they are first asked for."""
        groups: dict[int | None, list[int]] = {}
        for section in self.sections:
            groups.setdefault(section.parent, []).append(section.index)
        return {parent: tuple(group) for parent, group in groups.items()}
