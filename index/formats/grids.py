"""Tables: cells between ruled lines, and rows whose parts stand below each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.formats.placed import Piece, Row, Rule
from index.formats.rows import joined, row_from, row_size, rows_of, segments_of, text_of

_NEAR = 3.0  # points: lines closer than that are one
_SHORT = 6.0  # points: shorter lines rule nothing
_LEAST = 0.5  # of the size: the least gap between two columns without lines


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table: the places of its lines, and the lines themselves."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    upright: tuple[Rule, ...]
    level: tuple[Rule, ...]

    def holds(self, piece: Piece) -> bool:
        """Tell whether a piece stands in the table."""
        middle = (piece.x0 + piece.x1) / 2
        return self.xs[0] <= middle <= self.xs[-1] and self.ys[0] <= piece.middle <= self.ys[-1]


def ruled_tables(rules: Sequence[Rule]) -> list[Grid]:
    """Return the tables that lines draw: at least two columns and one row, from the top."""
    upright = sorted((r for r in rules if r.x1 - r.x0 < _NEAR and r.y1 - r.y0 > _SHORT), key=lambda r: r.y0)
    level = [r for r in rules if r.y1 - r.y0 < _NEAR and r.x1 - r.x0 > _SHORT]
    bands: list[list[Rule]] = []
    end = 0.0
    for rule in upright:
        if bands and rule.y0 <= end + _NEAR:
            bands[-1].append(rule)
            end = max(end, rule.y1)
        else:
            bands.append([rule])
            end = rule.y1
    grids = [_grid(band, level) for band in bands]
    return [grid for grid in grids if len(grid.xs) > 2 and len(grid.ys) > 1]


def _grid(upright: Sequence[Rule], level: Sequence[Rule]) -> Grid:
    top, bottom = upright[0].y0 - _NEAR, max(rule.y1 for rule in upright) + _NEAR
    xs = _places([rule.x0 for rule in upright])
    inside = [r for r in level if top <= r.y0 <= bottom and _meets(r.x0, xs) and _meets(r.x1, xs)]
    return Grid(xs, _places([rule.y0 for rule in inside]), tuple(upright), tuple(inside))


def _meets(x: float, xs: Sequence[float]) -> bool:
    """Tell whether a level line ends at an upright one, or beyond all of them: others underline words."""
    return x < xs[0] or x > xs[-1] or any(abs(x - edge) <= 2 * _NEAR for edge in xs)


def _places(values: Sequence[float]) -> tuple[float, ...]:
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _NEAR:
            places.append(value)
    return tuple(places)


def grid_rows(grid: Grid, pieces: Sequence[Piece]) -> list[Row]:
    """Return a ruled table's rows: a tab between cells, a row of one cell over the whole width as plain text."""
    cells: dict[tuple[int, int], list[Piece]] = {}
    columns = [_columns(grid, band) for band in range(len(grid.ys) - 1)]
    for piece in pieces:
        band = max(0, sum(1 for y in grid.ys if y <= piece.middle) - 1)
        band = min(band, len(columns) - 1)
        middle = (piece.x0 + piece.x1) / 2
        column = max((c for c in columns[band] if grid.xs[c] <= middle), default=0)
        cells.setdefault((_owner(grid, band, middle), column), []).append(piece)
    rows: list[Row] = []
    for band in range(len(columns)):
        filled = {column: held for (at, column), held in cells.items() if at == band}
        if filled:
            whole = len(columns[band]) == 1
            rows += [row_from(r) for r in rows_of(filled[0])] if whole else [_cells(grid, filled)]
    return rows


def _columns(grid: Grid, band: int) -> list[int]:
    """Return the columns at whose left edge a line runs through a band: merged cells lack some."""
    middle = (grid.ys[band] + grid.ys[band + 1]) / 2
    edges = [rule.x0 for rule in grid.upright if rule.y0 <= middle <= rule.y1]
    inner = range(1, len(grid.xs) - 1)
    return [0, *(c for c in inner if any(abs(grid.xs[c] - edge) <= _NEAR for edge in edges))]


def _owner(grid: Grid, band: int, x: float) -> int:
    """Return the topmost band of the cell at `x`: no line runs above those that are merged with it."""
    while band and not any(abs(r.y0 - grid.ys[band]) <= _NEAR and r.x0 <= x <= r.x1 for r in grid.level):
        band -= 1
    return band


def _cells(grid: Grid, filled: dict[int, list[Piece]]) -> Row:
    texts = ["" for _ in grid.xs[1:]]
    for column, pieces in filled.items():
        for row in rows_of(pieces):
            texts[column] = joined(texts[column], text_of(row))
    base = max(piece.base for pieces in filled.values() for piece in pieces)
    size = row_size([piece for pieces in filled.values() for piece in pieces])
    return Row("\t".join(texts), grid.xs[0], grid.xs[-1], base, size, is_cells=True)


def aligned_rows(rows: Sequence[Sequence[Piece]]) -> list[Row]:
    """Return rows of text; those whose segments stand below each other, three rows at least, as a table's."""
    found: list[Row] = []
    run: list[Sequence[Piece]] = []
    for row in rows:
        if len(segments_of(row)) > 1:
            run.append(row)
        else:
            found += _table(run)
            run = []
            found.append(row_from(row))
    return found + _table(run)


def _table(run: Sequence[Sequence[Piece]]) -> list[Row]:
    plain = [row_from(row) for row in run]
    if len(run) < 2:
        return plain
    parted = [segments_of(row) for row in run]
    spans = _spans([(s[0].x0, max(p.x1 for p in s)) for row in parted for s in row])
    needed = 2 if len(spans) > 2 else 3
    gaps = [below[0] - above[1] for above, below in pairwise(spans)]
    size = min(row.size for row in plain)
    if len(spans) < 2 or len(run) < needed or min(gaps) < _LEAST * size:
        return plain
    for row, segments in zip(plain, parted, strict=True):
        texts = ["" for _ in spans]
        for segment in segments:
            column = max(i for i, span in enumerate(spans) if span[0] <= segment[0].x0 + 0.01)
            texts[column] = f"{texts[column]} {text_of(segment)}".strip()
        row.text, row.is_cells = "\t".join(texts), sum(map(bool, texts)) > 1
        row.text = row.text if row.is_cells else row.text.strip()
    return plain


def _spans(parts: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return what the parts cover, as spans that do not touch."""
    spans: list[tuple[float, float]] = []
    for start, end in sorted(parts):
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans
