"""What stands on every page round the text: running headers and footers, page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from index.formats.placed import Row, Sheet

_ZONE = 0.14  # of the page's height: where headers and footers stand
_EDGE = 3  # rows at the top and at the bottom that may be some
_LONGEST = 60  # characters of a header
_SAME_PLACE = 0.015  # of the height: by which the same header may stand higher or lower
_DASH = "[-‐‑‒–—―－~～·•*_|]"
_DRESSED = re.compile(
    rf"{_DASH}+\d{{1,4}}{_DASH}+|第\d{{1,4}}页(?:[,，/(（]?共\d{{1,4}}页[)）]?)?|\d{{1,4}}/\d{{1,4}}页?"
    r"|\d{1,4}of\d{1,4}|[Pp]age\d{1,4}(?:(?:of|/)\d{1,4})?|[Pp]\.?\d{1,4}"
)
_BARE = re.compile(r"\d{1,4}")
_ROMAN = re.compile(r"[ivxl]{1,6}|[IVX]{1,6}|[Ⅰ-Ⅻⅰ-ⅻ]")


def without_margins(sheets: Sequence[Sheet], rows: Sequence[list[Row]]) -> list[list[Row]]:
    """Return each sheet's rows without running headers, footers and page numbers."""
    edges = [_edges(sheet, of) for sheet, of in zip(sheets, rows, strict=True)]
    out = _repeated(sheets, edges) | _numbers(sheets, edges)
    return [[row for row in of if id(row) not in out] for of in rows]


def _edges(sheet: Sheet, rows: Sequence[Row]) -> list[tuple[bool, int, Row]]:
    """Return the rows in the margins: whether at the top, how many stand nearer to the edge, the row."""
    ordered = sorted((row for row in rows if row.text), key=lambda row: row.base)
    top = [row for row in ordered[:_EDGE] if row.base - row.size <= _ZONE * sheet.height]
    bottom = [row for row in ordered[: -_EDGE - 1 : -1] if row.base >= (1 - _ZONE) * sheet.height]
    return [(True, at, row) for at, row in enumerate(top)] + [
        (False, at, row) for at, row in enumerate(bottom)
    ]


def _repeated(sheets: Sequence[Sheet], edges: Sequence[list[tuple[bool, int, Row]]]) -> set[int]:
    """Return what stands at the same place on half of the pages, or on a quarter where these are four or more."""
    places: dict[tuple[bool, str], list[tuple[int, Row]]] = defaultdict(list)
    for number, edge in enumerate(edges):
        for is_top, _, row in edge:
            key = re.sub(r"\d+", "0", re.sub(r"\s", "", row.text))
            if len(key) <= _LONGEST and not row.is_cells:
                places[is_top, key].append((number, row))
    out: set[int] = set()
    for found in places.values():
        heights = sorted(row.base / sheets[number].height for number, row in found)
        usual = heights[len(heights) // 2]
        same = [
            (number, row)
            for number, row in found
            if abs(row.base / sheets[number].height - usual) <= _SAME_PLACE
        ]
        pages = len({number for number, _ in same})
        if pages >= max(2, len(sheets) / 2) or pages >= max(4, len(sheets) / 4):
            out |= {id(row) for _, row in same}
    return out


def _numbers(sheets: Sequence[Sheet], edges: Sequence[list[tuple[bool, int, Row]]]) -> set[int]:
    """Return page numbers: dressed ones (— 3 —), and bare ones that count with the pages."""
    out: set[int] = set()
    bare: list[tuple[int, Row]] = []
    for sheet, edge in zip(sheets, edges, strict=True):
        for is_top, at, row in edge:
            text = re.sub(r"\s", "", row.text)
            if _DRESSED.fullmatch(text):
                out.add(id(row))
            elif _BARE.fullmatch(text) and at < 2:
                bare.append((int(text) - sheet.number, row))
            elif _ROMAN.fullmatch(text) and not is_top and not at:
                out.add(id(row))
    votes = Counter(offset for offset, _ in bare)
    return out | {id(row) for offset, row in bare if votes[offset] > 1 or not offset}
