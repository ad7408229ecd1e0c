"""Rows of text -> tables: their cells, with the header where one stands above."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from index.types import Span, Table

_LEAST_ROWS, _LEAST_CELLS = 2, 2
_HEAD = 8  # characters of a header's cell in a table without figures
_WIDE = 40  # characters of a header's cell at most
_LOOKED = 50  # rows that are compared with the first
_FIGURE = re.compile(r"[\d*][\d.,*%％‰/—\-万亿+]*")

Row = tuple[Span, ...]


def find_tables(text: str, rows: Sequence[Span]) -> tuple[Table, ...]:
    """Return the tables of a text whose lines `rows` are known to be rows, their cells parted by tabs.

    Rows belong together while they follow one another line by line with as many cells, or one more or less
    (a merged cell). A first row without figures above rows with some is the header; in a table without
    figures, a first row of short cells.
    """
    return tuple(_tables(text, rows))


def _tables(text: str, rows: Sequence[Span]) -> Iterator[Table]:
    group: list[Row] = []
    for start, end in rows:
        cells = _cells(text, start, end)
        follows = group and start == group[-1][-1][1] + 1 and abs(len(cells) - len(group[-1])) <= 1
        if group and not follows:
            yield from _table(text, group)
            group = []
        if len(cells) >= _LEAST_CELLS:
            group.append(cells)
    yield from _table(text, group)


def _cells(text: str, start: int, end: int) -> Row:
    """Return a row's cells; an empty one is left out, but the last reaches to the row's end."""
    bounds = [start - 1, *(m.start() for m in re.finditer("\t", text[start:end])), end]
    bounds[1:-1] = [start + at for at in bounds[1:-1]]
    return tuple((a + 1, b) for a, b in itertools.pairwise(bounds) if a + 1 < b)


def _table(text: str, rows: Sequence[Row]) -> Iterator[Table]:
    if len(rows) < _LEAST_ROWS:
        return
    header = rows[0] if _heads(text, rows) else ()
    yield Table(rows[0][0][0], rows[-1][-1][1], header, tuple(rows[1:] if header else rows))


def _heads(text: str, rows: Sequence[Row]) -> bool:
    """Tell whether the first row names the columns."""
    if _figures(text, rows[0]) or any(end - start > _WIDE for start, end in rows[0]):
        return False
    if any(_figures(text, row) for row in rows[1:]):
        return True
    short = len(rows) > _LEAST_ROWS and all(end - start <= _HEAD for start, end in rows[0])
    return short and not _alike(text, rows)


def _alike(text: str, rows: Sequence[Row]) -> bool:
    """Tell whether a cell of the first row is one of those below: it ends as half of them do, with more before (县林业局局长)."""
    for column, (start, end) in enumerate(rows[0]):
        below = [text[slice(*row[column])].strip() for row in rows[1:_LOOKED] if column < len(row)]
        own = text[start:end].strip()
        named = any(cell.endswith(own) for cell in below)  # 项目 above 水库项目
        if not named and 2 * sum(cell[-2:] == own[-2:] for cell in below) >= len(below) > 0:
            return True
    return False


def _figures(text: str, row: Row) -> int:
    return sum(_FIGURE.fullmatch(text[a:b]) is not None for a, b in row)
