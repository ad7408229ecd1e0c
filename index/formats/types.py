"""What a format module gives: `extract(path) -> Extracted`."""

from __future__ import annotations

from dataclasses import dataclass

from index.types import Page

__all__ = ["Extracted", "Page"]


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
