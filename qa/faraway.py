"""What stands for documents that are elsewhere: their names at hand, their texts loaded when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields

from index import Date, Document, IndexedDocument, Knowledge, Page, Passage, Section, Sentence

Load = Callable[[Document], IndexedDocument]


class FarText(Document):
    """A document whose text is loaded each time that it is asked for; who loads it keeps what is asked for often."""

    __slots__ = ("_load",)
    _load: Callable[[], IndexedDocument]

    @classmethod
    def of(cls, document: Document, load: Load) -> FarText:
        """Take everything of a document but its text and pages."""
        made = object.__new__(cls)
        for one in fields(Document):
            if one.name not in ("text", "pages"):
                object.__setattr__(made, one.name, getattr(document, one.name))
        object.__setattr__(made, "_load", lambda: load(document))
        return made

    @property
    def text(self) -> str:
        """Return the text."""
        return self._load().document.text

    @property
    def pages(self) -> tuple[Page, ...]:
        """Return the pages."""
        return self._load().document.pages


class FarDocument(IndexedDocument):
    """A document whose text and structure are loaded when they are asked for."""

    def __init__(self, known: IndexedDocument, load: Load) -> None:
        """Take what is known of a document without its text, and what loads it."""
        vars(self).update(document=FarText.of(known.document, load), apart=known.apart)
        vars(self).update(_load=lambda: load(known.document))

    @property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections."""
        return self._whole.sections

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Return the sentences."""
        return self._whole.sentences

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Return the passages."""
        return self._whole.passages

    @property
    def knowledge(self) -> Knowledge:
        """Return what stands under what."""
        return self._whole.knowledge

    @property
    def folded(self) -> str:
        """Return `fold` of the text, kept by the document that was loaded and no longer than that."""
        return self._whole.folded

    @property
    def letters(self) -> bytes:
        """Return the first letters of how it sounds, kept in the same way."""
        return self._whole.letters

    @property
    def dates(self) -> tuple[Date, ...]:
        """Return its dates."""
        return self._whole.dates

    @property
    def years(self) -> frozenset[str]:
        """Return the years of its dates, kept in the same way."""
        return self._whole.years

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many sections and sentences it has."""
        return self._whole.counts

    def headings(self) -> Iterable[tuple[str, str]]:
        """Return each section's marker and heading."""
        return self._whole.headings()

    @property
    def _children(self) -> dict[int | None, tuple[int, ...]]:
        return self._whole._children

    @property
    def _whole(self) -> IndexedDocument:
        found: IndexedDocument = vars(self)["_load"]()
        return found

    __hash__ = IndexedDocument.__hash__

    def __eq__(self, other: object) -> bool:
        """Tell whether the other is this one: texts that are elsewhere are not compared."""
        return self is other
