"""Lines of text -> tables: rows of cells that one delimiter parts, with their header where one stands above."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.types import Span, Table

# Delimiters in the order they are looked for: Markdown's pipe, a tab, three blanks or more (or two wide ones).
_PIPE = re.compile(r"\|")
_DELIMITERS = (_PIPE, re.compile(r"\t+"), re.compile(r" {3,}|[ \u3000]*\u3000{2,}[ \u3000]*"))
_RULE = re.compile(r"[\s|:\-+—]+")
_LEAST_ROWS, _LEAST_CELLS = 2, 2
_LONGEST_CELL = 60  # characters; longer is running text
_FIGURE = re.compile(r"[\d*][\d.,*%％‰/—\-万亿+]*")

Row = tuple[Span, ...]


def find_tables(text: str) -> tuple[Table, ...]:
    """Return the tables that neighbouring lines of `text` make, in order.

    The lines are parted by the same delimiter into as many cells, or one less in some; a single line is no
    table. Markdown's header is the row above its rule; else a first row without figures above rows with
    some.
    """
    return tuple(_tables(text))


def _tables(text: str) -> Iterator[Table]:
    rows: list[Row] = []
    kind: re.Pattern[str] | None = None
    ruled = False
    start = 0
    for line in [*text.split("\n"), ""]:
        end = start + len(line)
        if rows and kind is _PIPE and "-" in line and _RULE.fullmatch(line):
            ruled = ruled or len(rows) == 1
            start = end + 1
            continue
        delimiter, cells = _cells(line, start)
        if rows and not (delimiter is kind and abs(len(cells) - len(rows[0])) <= 1):
            yield from _table(text, rows, ruled)
            rows, ruled = [], False
        if delimiter:
            kind = delimiter
            rows.append(cells)
        start = end + 1


def _table(text: str, rows: list[Row], ruled: bool) -> Iterator[Table]:
    if len(rows) < _LEAST_ROWS:
        return
    header = rows[0] if ruled or _heads(text, rows) else ()
    body = tuple(rows[1:] if header else rows)
    yield Table(rows[0][0][0], rows[-1][-1][1], header, body)


def _heads(text: str, rows: list[Row]) -> bool:
    """Tell whether the first row names columns: it holds no figure and rows below do."""
    return not _figures(text, rows[0]) and any(_figures(text, row) for row in rows[1:])


def _figures(text: str, row: Row) -> int:
    return sum(_FIGURE.fullmatch(text[a:b]) is not None for a, b in row)


def _cells(line: str, start: int) -> tuple[re.Pattern[str] | None, Row]:
    """Return the delimiter that parts a line into cells and their spans; None where it is no row."""
    left = len(line) - len(line.lstrip())
    right = len(line.rstrip())
    for delimiter in _DELIMITERS:
        bounds = [m.span() for m in delimiter.finditer(line, left, right)]
        edges = [left, *(x for bound in bounds for x in bound), right]
        spans = [_trimmed(line, a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        cells = [(start + a, start + b) for a, b in spans if a < b]
        if len(cells) >= _LEAST_CELLS:
            return (delimiter, tuple(cells)) if all(b - a <= _LONGEST_CELL for a, b in cells) else (None, ())
    return None, ()


def _trimmed(line: str, start: int, end: int) -> Span:
    piece = line[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
