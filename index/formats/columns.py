"""Pages in two columns: where the gutter is, and which rows stand on either side of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.formats.placed import Piece
from index.formats.rows import row_size, rows_of, segments_of

_LEAST = 4  # rows of a column
_FULL = 0.8  # of a column's width: rows of prose are as wide
_SHARE = 0.3  # of a column's rows: as many are, where it is prose
_PROSE = 8  # characters of a prose row, in the mean
_STEP = 2.0  # points between two places where a gutter may be

Rows = list[list[Piece]]


@dataclass(slots=True)
class Band:
    """Rows below each other in one column; `is_column` where another stands beside it."""

    rows: Rows
    is_column: bool = False


def bands_of(pieces: Sequence[Piece]) -> list[Band]:
    """Return a page's rows in reading order: whole ones, then a left column, then a right one, and so on."""
    rows = rows_of(pieces)
    gutter = _gutter(rows)
    if gutter is None:
        return [Band(rows)]
    bands: list[Band] = []
    whole: Rows = []
    beside: Rows = []
    for row in [*rows, None]:
        if row is not None and not _crosses(row, gutter):
            beside.append(row)
            continue
        columns = _columns(beside, gutter)
        if columns:
            bands += [Band(whole), *columns]
            whole = []
        else:
            whole += beside
        beside = []
        if row is not None:
            whole.append(row)
    return [band for band in [*bands, Band(whole)] if band.rows]


def _gutter(rows: Rows) -> float | None:
    """Return the place near the middle that the fewest rows cross, where enough stand on both sides of it."""
    spans = [[(s[0].x0, max(p.x1 for p in s)) for s in segments_of(row)] for row in rows]
    if sum(1 for row in spans if len(row) > 1) < _LEAST:
        return None
    left, right = min(row[0][0] for row in spans), max(row[-1][1] for row in spans)
    best, fewest = None, len(rows)
    steps = int((right - left) * 0.4 / _STEP)
    for step in range(min(steps, 1_000)):
        x = left + (right - left) * 0.3 + step * _STEP
        crossing = sum(1 for row in spans if any(a < x < b for a, b in row))
        sides = sum(1 for row in spans if row[0][1] <= x <= row[-1][0])
        if sides >= _LEAST and crossing < fewest:
            best, fewest = x, crossing
    return best


def _crosses(row: Sequence[Piece], gutter: float) -> bool:
    """Tell whether a row goes through the gutter, or stands centred on it."""
    return any(segment[0].x0 < gutter < max(p.x1 for p in segment) for segment in segments_of(row))


def _columns(rows: Rows, gutter: float) -> list[Band]:
    """Return the two columns of rows that leave the gutter free; none where they are no prose."""
    pieces = [piece for row in rows for piece in row]
    sides = [
        rows_of([p for p in pieces if p.x1 <= gutter]),
        rows_of([p for p in pieces if p.x1 > gutter]),
    ]
    return [Band(side, True) for side in sides] if all(map(_is_prose, sides)) else []


def _is_prose(rows: Rows) -> bool:
    if len(rows) < _LEAST:
        return False
    whole = max(row[-1].x1 for row in rows) - min(row[0].x0 for row in rows)
    full = sum(1 for row in rows if row[-1].x1 - row[0].x0 >= _FULL * whole)
    count = sum(len(piece.text) for row in rows for piece in row) / len(rows)
    return whole > _PROSE * row_size(rows[0]) and full >= _SHARE * len(rows) and count >= _PROSE
