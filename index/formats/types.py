"""What a format module gives: `extract(path) -> Extracted`."""

from __future__ import annotations

from dataclasses import dataclass


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
class Extracted:
    """The text of a file: lines end in LF, paragraphs are lines, a table's row is a line with tabs between cells.

    `pages` are in order and do not overlap, empty where the format has none. `title` is what the file's own
    properties name, which the text's own title wins over. `notes` say in Chinese what was left out.
    """

    text: str
    pages: tuple[Page, ...] = ()
    title: str | None = None
    notes: tuple[str, ...] = ()
