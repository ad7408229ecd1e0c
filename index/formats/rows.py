"""Pieces on one baseline → a row's text, with the blanks that its gaps stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from index.formats.placed import Piece, Row

_SAME_BASE = 0.45  # of the size: pieces closer than that stand in one row
_APART = 1.05  # of the size: a gap wider than that parts a row into segments
_BLANK = 0.6  # of the size: a gap wider than that between Chinese characters is a blank
_WORDS = 0.15  # of the size: a gap wider than that between Latin letters is a blank
_SPREAD = 0.3  # of the size: the least gap between letters that are spread
_STEPS = 10  # a character's size in steps: the same one drawn again stands a step away
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces row by row from the top, each row from the left."""
    rows: list[list[Piece]] = []
    base = size = 0.0
    for piece in sorted(pieces, key=lambda piece: piece.base):
        if rows and piece.base - base < _SAME_BASE * max(size, piece.size):
            rows[-1].append(piece)
            if piece.size > size:
                base, size = piece.base, piece.size
        else:
            rows.append([piece])
            base, size = piece.base, piece.size
    return [sorted(row, key=lambda piece: piece.x0) for row in rows]


def drawn_once(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces without those that are drawn again at the same place, as bold type is."""
    seen: set[tuple[str, int, int]] = set()
    kept: list[Piece] = []
    for piece in pieces:
        x, base = round(_STEPS * piece.x0 / piece.size), round(_STEPS / 2 * piece.base / piece.size)
        if not any((piece.text, near, base) in seen for near in (x - 1, x, x + 1)):
            seen.add((piece.text, x, base))
            kept.append(piece)
    return kept


def row_size(row: Sequence[Piece]) -> float:
    """Return the size of most characters of a row."""
    sizes: Counter[float] = Counter()
    for piece in row:
        sizes[round(2 * piece.size) / 2] += len(piece.text)
    return max(sizes, key=lambda size: (sizes[size], size)) or 1.0


def segments_of(row: Sequence[Piece]) -> list[list[Piece]]:
    """Part a row where a gap is wider than a character, unless all its characters are spread evenly."""
    size = row_size(row)
    if _is_spread(row, size):
        return [list(row)]
    segments = [[row[0]]]
    end = row[0].x1
    for piece in row[1:]:
        if piece.x0 - end > _APART * size:
            segments.append([piece])
        else:
            segments[-1].append(piece)
        end = max(end, piece.x1)
    return segments


def text_of(row: Sequence[Piece]) -> str:
    """Return the text of pieces from the left to the right."""
    if not row:
        return ""
    size, spread = row_size(row), _is_spread(row, row_size(row))
    base = max((piece.base for piece in row if piece.size >= 0.9 * size), default=row[0].base)
    parts = [_raised(row[0], size, base)]
    for above, piece in pairwise(row):
        if not spread and _is_blank(above, piece, size):
            parts.append(" ")
        parts.append(_raised(piece, size, base))
    return " ".join("".join(parts).split())


def row_from(row: Sequence[Piece]) -> Row:
    """Return a row of text."""
    size = row_size(row)
    base = max((piece.base for piece in row if piece.size >= 0.9 * size), default=row[-1].base)
    return Row(text_of(row), row[0].x0, max(piece.x1 for piece in row), base, size)


def joined(above: str, below: str) -> str:
    """Return two rows of one paragraph as one text: a blank only between two Latin words, none inside a number."""
    words = above and below and _is_latin(above[-1]) and _is_latin(below[0])
    if words and not (below[0].isdigit() and (above[-1].isdigit() or above[-1] in ".,")):
        return f"{above} {below}"
    return above + below


def _is_spread(row: Sequence[Piece], size: float) -> bool:
    """Tell whether single characters stand apart evenly: 税 务 总 局."""
    if len(row) < 2 or any(len(piece.text) > 1 or piece.text.isascii() for piece in row):
        return False
    gaps = [piece.x0 - above.x1 for above, piece in pairwise(row)]
    most = 4 * size if len(row) < 5 else 2.5 * size
    return min(gaps) > _SPREAD * size and max(gaps) < min(most, 2 * min(gaps))


def _is_blank(above: Piece, piece: Piece, size: float) -> bool:
    gap = piece.x0 - above.x1
    latin = _is_latin(above.text[-1]) and _is_latin(piece.text[0])
    return gap > (_WORDS if latin else _BLANK) * size


def _raised(piece: Piece, size: float, base: float) -> str:
    """Return a small raised number as such: a footnote's mark, a square metre's 2."""
    if piece.size < 0.8 * size and piece.base < base - 0.15 * size and piece.text.isdecimal():
        return piece.text.translate(_RAISED)
    return piece.text


def _is_latin(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in ",.;:!?)%'\"&")
