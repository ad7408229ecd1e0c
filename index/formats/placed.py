"""What stands where on a page: pieces of text, ruled lines, rows. Points to the right and downwards from the top left."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Piece:
    """Text drawn at one place: a character of a PDF, a run of an OFD, a line found in a picture.

    It stretches from `x0` to `x1` on the baseline `base`; `size` is the height of its characters.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float

    @property
    def middle(self) -> float:
        """Return the middle of its height, about."""
        return self.base - 0.4 * self.size


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line, horizontal or vertical; x0 <= x1, y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class Sheet:
    """A page of the original. `scan` is how sure the recognition of a scanned one was, 0 to 1."""

    number: int
    width: float
    height: float
    pieces: list[Piece] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    scan: float | None = None


@dataclass(slots=True)
class Row:
    """One row of text on a page, with the margins of the column in which it stands.

    `gap` is the distance to the baseline above in its column, 0 for the first; `is_cells` marks a table's row,
    whose cells are parted by tabs, `is_note` a row of a footnote.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float
    left: float = 0.0
    right: float = 0.0
    gap: float = 0.0
    is_cells: bool = False
    is_note: bool = False
    in_column: bool = False
