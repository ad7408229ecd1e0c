"""What stands on every page round the text: running headers and footers, page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.formats.placed import Piece, Sheet
from index.formats.rows import row_size, rows_of, segments_of, text_of

_ZONE = 0.14  # of the page's height: where headers and footers stand
_EDGE = 3  # rows at the top and at the bottom that may be some
_CELLS = 3  # parts of a row that is a table's
_LONGEST = 60  # characters of a header
_SAME_PLACE = 0.02  # of the height: by which the same header may stand higher or lower
_DASH = "[-一‐‑‒–—―－~～·•*_|]"
_DRESSED = re.compile(
    rf"{_DASH}+\d{{1,4}}{_DASH}+|第\d{{1,4}}页(?:[,，/(（]?共\d{{1,4}}页[)）]?)?|\d{{1,4}}/\d{{1,4}}页?"
    r"|\d{1,4}of\d{1,4}|[Pp]age\d{1,4}(?:(?:of|/)\d{1,4})?|[Pp]\.?\d{1,4}"
)
_BARE = re.compile(r"\d{1,4}")
_ROMAN = re.compile(r"[ivxl]{1,6}|[IVX]{1,6}|[Ⅰ-Ⅻⅰ-ⅻ]")


@dataclass(slots=True)
class _Edge:
    """A row in a margin: how many stand nearer to the page's edge, and of what it is made."""

    is_top: bool
    at: int
    text: str
    base: float
    row: list[Piece]


def leave_out_margins(sheets: Sequence[Sheet]) -> None:
    """Take running headers, footers and page numbers out of the sheets."""
    edges = [_edges(sheet) for sheet in sheets]
    out = _repeated(sheets, edges) | _numbers(sheets, edges)
    for sheet in sheets:
        sheet.pieces = [piece for piece in sheet.pieces if id(piece) not in out]


def _edges(sheet: Sheet) -> list[_Edge]:
    """Return the rows in a page's margins."""
    rows = rows_of(sheet.pieces)
    places = [(True, at, row) for at, row in enumerate(rows[:_EDGE])]
    places += [(False, at, row) for at, row in enumerate(rows[: -_EDGE - 1 : -1])]
    found = []
    for is_top, at, row in places:
        base = max(piece.base for piece in row)
        near = base - row_size(row) <= _ZONE * sheet.height if is_top else base >= (1 - _ZONE) * sheet.height
        if near and len(segments_of(row)) < _CELLS:
            found.append(_Edge(is_top, at, re.sub(r"\s", "", text_of(row)), base, row))
    return found


def _pieces(edges: Iterable[_Edge]) -> set[int]:
    return {id(piece) for edge in edges for piece in edge.row}


def _repeated(sheets: Sequence[Sheet], edges: Sequence[list[_Edge]]) -> set[int]:
    """Return what stands at the same place on half of the pages, or on a quarter where these are three or more."""
    places: dict[tuple[bool, str], list[tuple[int, _Edge]]] = defaultdict(list)
    for number, listed in enumerate(edges):
        for edge in listed:
            if len(edge.text) <= _LONGEST and not _BARE.fullmatch(edge.text):
                places[edge.is_top, re.sub(r"\d+", "0", edge.text)].append((number, edge))
    out: set[int] = set()
    for found in places.values():
        heights = sorted(edge.base / sheets[number].height for number, edge in found)
        usual = heights[len(heights) // 2]
        same = [(n, edge) for n, edge in found if abs(edge.base / sheets[n].height - usual) <= _SAME_PLACE]
        pages = len({number for number, _ in same})
        if pages >= max(2, len(sheets) / 2) or pages >= max(3, len(sheets) / 4):
            out |= _pieces(edge for _, edge in same)
    return out


def _numbers(sheets: Sequence[Sheet], edges: Sequence[list[_Edge]]) -> set[int]:
    """Return page numbers: dressed ones (— 3 —), and bare ones that count with the pages."""
    out: set[int] = set()
    bare: list[tuple[int, _Edge]] = []
    for sheet, listed in zip(sheets, edges, strict=True):
        for edge in listed:
            if _DRESSED.fullmatch(edge.text) or (_ROMAN.fullmatch(edge.text) and not edge.at):
                out |= _pieces([edge])
            elif _BARE.fullmatch(edge.text) and edge.at < 2:
                bare.append((int(edge.text) - sheet.number, edge))
    votes = Counter(offset for offset, _ in bare)
    return out | _pieces(edge for offset, edge in bare if votes[offset] > 1 or not offset)
