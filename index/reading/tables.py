"""Which lines are rows of a table: cells parted by tabs, by wide gaps, or by single blanks in step."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.reading.lines import MARKER

_WIDE = re.compile(r"\t| {2,}")
_SENTENCE = re.compile(r"[。；！？]")
_CELL = 24  # characters of a cell in a table without tabs
_PROSE = 200  # characters from which a cell of several sentences is text


def table_rows(lines: Sequence[str]) -> list[bool]:
    """Return for each line whether it is a table's row; blank lines are none."""
    numbers = [number for number, line in enumerate(lines) if line and not line.isspace()]
    texts = [lines[n].strip(" \t") if (" " in lines[n] or "\t" in lines[n]) else "" for n in numbers]
    tabbed = [len(_cells(text, "\t")) if "\t" in text else 0 for text in texts]
    wide = [len(_cells(text, _WIDE)) if "  " in text else 0 for text in texts]
    single = [len(text.split()) if _may_be_row(text) else 0 for text in texts]
    rows = [False] * len(lines)
    for place, number in enumerate(numbers):
        beside = [i for i in (place - 1, place + 1) if 0 <= i < len(texts)]
        rows[number] = (
            (
                tabbed[place] >= 2
                and (
                    any(tabbed[i] >= 2 for i in beside) or (tabbed[place] > 2 and not _is_prose(texts[place]))
                )
            )
            or (wide[place] >= 2 and any(wide[i] == wide[place] for i in beside))
            or (
                single[place] >= 3
                and any(single[i] == single[place] for i in beside)
                and _has_figure(texts, place)
            )
        )
    return rows


def _is_prose(text: str) -> bool:
    """Tell whether a line between tabs says several sentences in a row: paragraphs that were joined."""
    return any(len(cell) > _PROSE and len(_SENTENCE.findall(cell)) > 2 for cell in text.split("\t"))


def _cells(text: str, gap: str | re.Pattern[str]) -> Sequence[str]:
    """Return the cells of a line that may be a row; none where it is a number before its heading."""
    cells = text.split(gap) if isinstance(gap, str) else gap.split(text)
    if len(cells) == 2 and (MARKER.fullmatch(cells[0].strip()) or re.fullmatch("第.{1,5}[章节条]", cells[0])):
        return ()
    if not isinstance(gap, str) and (any(len(c) > _CELL for c in cells) or all(len(c) <= 1 for c in cells)):
        return ()
    return cells


def _may_be_row(text: str) -> bool:
    return (
        0 < len(text) <= 200 and not _SENTENCE.search(text) and any(len(token) > 1 for token in text.split())
    )


def _has_figure(texts: Sequence[str], number: int) -> bool:
    """Tell whether a line or the one below it has a cell that is a figure."""
    cells = [token for text in texts[number : number + 2] for token in text.split()]
    return any(re.fullmatch(r"[-+]?[\d.,]+%?", cell) for cell in cells)
