"""Pages of placed pieces → text: tables, columns, margins, paragraphs. Every fixed format goes this way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from index.formats.columns import bands_of
from index.formats.grids import aligned_rows, grid_rows, ruled_tables
from index.formats.margins import leave_out_margins
from index.formats.paragraphs import Paragraph, paragraphs_of, set_gaps
from index.formats.placed import Row, Sheet
from index.formats.rows import drawn_once
from index.formats.types import Extracted, Page

_SHARE = 0.15  # of the rows: as many must end or begin at a margin
_ENOUGH = 5  # rows of a page that show its own margin
_NEAR = 0.6  # of the size: they do within that


def lay_out(sheets: Sequence[Sheet], *, title: str | None = None, notes: Sequence[str] = ()) -> Extracted:
    """Return the text of pages in reading order; the title and the notes are handed through. Changes the sheets."""
    for sheet in sheets:
        sheet.pieces = drawn_once(sheet.pieces)
    leave_out_margins(sheets)
    pages = [sheet_rows(sheet) for sheet in sheets]
    _set_margins(pages)
    text, starts = _written(paragraphs_of(pages), len(pages))
    ends = [*starts[1:], len(text)][: len(starts)]
    found = [
        Page(sheet.number, start, max(start, end - (text[end - 1 : end] == "\n")), sheet.scan)
        for sheet, start, end in zip(sheets, starts, ends, strict=True)
    ]
    return Extracted(text, tuple(found), title, tuple(notes))


def sheet_rows(sheet: Sheet) -> list[Row]:
    """Return the rows of one page in reading order."""
    pieces = sheet.pieces
    tables: list[Row] = []
    for grid in ruled_tables(sheet.rules):
        inside = [piece for piece in pieces if grid.holds(piece)]
        tables += grid_rows(grid, inside)
        taken = set(map(id, inside))
        pieces = [piece for piece in pieces if id(piece) not in taken]
    rows: list[Row] = []
    for band in bands_of(pieces):
        own = aligned_rows(band.rows)
        if band.is_column:
            _set_margins([own])
            for row in own:
                row.in_column = True
        set_gaps(own)
        rows += own
    return _merged(rows, tables)


def _merged(rows: list[Row], tables: list[Row]) -> list[Row]:
    """Return the rows with those of ruled tables put where these stand."""
    for table in tables:
        below = (at for at, row in enumerate(rows) if row.base > table.base and not row.is_cells)
        rows.insert(next(below, len(rows)), table)
    return rows


def _set_margins(pages: Sequence[Sequence[Row]]) -> None:
    """Set the margins of rows that have none yet: the width is the document's, the left one each page's own."""
    plain = [[row for row in page if not (row.is_cells or row.in_column)] for page in pages]
    every = [row for page in plain for row in page]
    if not every:
        return
    left = _margin([(row.x0, row.size) for row in every], least=True)
    lefts = [
        _margin([(r.x0, r.size) for r in page], least=True) if len(page) >= _ENOUGH else left
        for page in plain
    ]
    width = max(
        _margin([(row.x1, row.size) for row in page], least=False) - own
        for page, own in zip(plain, lefts, strict=True)
        if page
    )
    for page, own in zip(plain, lefts, strict=True):
        for row in page:
            row.left, row.right = own, own + width


def _margin(places: Sequence[tuple[float, float]], *, least: bool) -> float:
    """Return the outermost place at which enough rows begin (`least`) or end."""
    needed = max(2, _SHARE * len(places))
    ordered = sorted(places, reverse=not least)
    counts = Counter(round(x) for x, _ in places)
    for x, size in ordered:
        near = sum(n for at, n in counts.items() if abs(at - x) <= max(1.0, _NEAR * size))
        if near >= needed:
            return x
    return ordered[0][0]


def _written(paragraphs: Sequence[Paragraph], pages: int) -> tuple[str, list[int]]:
    """Return the text, a paragraph a line, and where each page begins in it."""
    starts: list[int | None] = [None] * pages
    at = 0
    for paragraph in paragraphs:
        for page, offset in paragraph.pages:
            if starts[page] is None:
                starts[page] = at + offset
        at += len(paragraph.text) + 1
    text = "".join(f"{paragraph.text}\n" for paragraph in paragraphs)
    filled: list[int] = []
    following = len(text)
    for start in reversed(starts):
        following = min(following, len(text) if start is None else start)
        filled.append(following)
    return text, filled[::-1]
