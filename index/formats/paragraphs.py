"""Rows of text → paragraphs: by indent, short last rows, gaps, sizes and ends of sentences, also over pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from index.formats.placed import Row
from index.formats.rows import joined

_ENDS = re.compile(r"[。！？；…：!?;:][”’」』）)》】\]\"']*$")
_MARKED = re.compile(
    r"第[一二三四五六七八九十百零〇\d]{1,6}(?:部分|[章节条编篇款])|[一二三四五六七八九十]{1,4}、"
    r"|[（(][一二三四五六七八九十\d]{1,4}[）)]|\d{1,3}(?:\.\d{1,2}){0,3}[.．、](?!\d)|[①-⑳]|附件|附表|——"
)
_NOTE = re.compile(
    r"[①-⑳¹²³⁴-⁹*＊※]|[\[［〔(（]\d{1,3}[\]］〕)）]|\d{1,3}(?=[^\d年月日.．、%％亿万])|注[：:]"
)
_INDENT = (1.2, 4.5)  # of the size: a first row's indent
_SHORT = 1.6  # of the size: a row that falls shorter of the margin ends its paragraph
_RAGGED = 4.0  # of the size: the same where no sentence ends and first rows are indented, but the next is not
_WIDER = 1.35  # of the usual distance between rows: a wider one parts paragraphs
_SMALL = 0.9  # of the text's size: footnotes are smaller
_SIZES = 0.12  # of the size: rows that differ by more belong to different paragraphs


@dataclass(slots=True)
class Paragraph:
    """A paragraph, or a table's row: its text, and (page, where in the text it begins) for each page it is on."""

    text: str
    pages: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Habits:
    """How a document sets its paragraphs: the text's size, its rows' distance in sizes, first rows indented."""

    size: float
    pitch: float
    indents: bool


def paragraphs_of(pages: Sequence[Sequence[Row]]) -> list[Paragraph]:
    """Return the paragraphs of all pages in order, footnotes above the paragraph that goes on over the page.

    `pages` are the rows of each page in reading order; their number in the result counts from 0.
    """
    habits = _habits(pages)
    found: list[Paragraph] = []
    last: Row | None = None
    for number, rows in enumerate(pages):
        _mark_notes(rows, habits)
        body = [row for row in rows if not row.is_note]
        going_on = False
        for at, row in enumerate(body):
            if last is not None and _goes_on(last, row, habits, over=not at):
                going_on = going_on or not at
                paragraph = found[-1]
                whole = joined(paragraph.text, row.text)
                if not at:
                    paragraph.pages.append((number, len(whole) - len(row.text)))
                paragraph.text = whole
            else:
                found.append(Paragraph(row.text, [(number, 0)]))
            last = row
        _put_notes(found, [row for row in rows if row.is_note], number)
    return found


def _put_notes(found: list[Paragraph], rows: Sequence[Row], number: int) -> None:
    """Put a page's footnotes above its last paragraph, so that it can go on on the next page."""
    notes: list[Paragraph] = []
    for row in rows:
        if notes and not _NOTE.match(row.text):
            notes[-1].text = joined(notes[-1].text, row.text)
        else:
            notes.append(Paragraph(row.text, [(number, 0)]))
    ends = not found or bool(_ENDS.search(found[-1].text)) or found[-1].pages[0][0] < number
    at = len(found) if ends else len(found) - 1
    found[at:at] = notes


def _habits(pages: Sequence[Sequence[Row]]) -> Habits:
    rows = [row for page in pages for row in page if not row.is_cells]
    sizes: Counter[float] = Counter()
    for row in rows:
        sizes[row.size] += len(row.text)
    size = max(sizes, key=lambda one: sizes[one], default=1.0)
    gaps = sorted(row.gap / row.size for row in rows if row.gap > 0 and abs(row.size - size) < _SIZES * size)
    first = sum(1 for row in rows if _is_full(row) and _is_indented(row))
    return Habits(size, gaps[len(gaps) // 2] if gaps else 0.0, first >= 2)


def _mark_notes(rows: Sequence[Row], habits: Habits) -> None:
    """Mark the footnotes at a page's end: small rows of which the first opens with a footnote's mark."""
    start = len(rows)
    while start and rows[start - 1].size <= _SMALL * habits.size and not rows[start - 1].is_cells:
        start -= 1
    while start < len(rows) and not _NOTE.match(rows[start].text):
        start += 1
    if start:
        for row in rows[start:]:
            row.is_note = True


def _goes_on(above: Row, row: Row, habits: Habits, *, over: bool) -> bool:
    """Tell whether a row belongs to the paragraph of the one above; `over` where a page ends between them."""
    if above.is_cells or row.is_cells or abs(above.size - row.size) > _SIZES * max(above.size, row.size):
        return False
    is_open = not _ENDS.search(above.text)
    if not over and habits.pitch and row.gap / row.size > _WIDER * habits.pitch:
        return False
    ragged = is_open and habits.indents and not _MARKED.match(row.text)
    if not _is_full(above, row.text, _RAGGED if ragged else _SHORT):
        return False
    if _MARKED.match(row.text) and (not is_open or _is_indented(row)):
        return False
    if _is_indented(row):
        hangs = above.x0 - above.left > 0.5 * row.size and abs(above.x0 - row.x0) < 0.5 * row.size
        return is_open and hangs and not habits.indents
    return is_open or habits.indents or not (over or not row.gap)


def _is_full(row: Row, below: str = "", short: float = _SHORT) -> bool:
    """Tell whether a row reaches the margin, but for what may not be cut: a mark, the word below."""
    word = re.match(r"[A-Za-z\d.,%]+", below)
    return row.right - row.x1 <= short * row.size + (0.5 * len(word.group()) * row.size if word else 0.0)


def _is_indented(row: Row) -> bool:
    least, most = _INDENT
    return least * row.size <= row.x0 - row.left <= most * row.size or row.x0 - row.left > most * row.size


def set_gaps(rows: Sequence[Row]) -> None:
    """Set each row's distance to the one above it in its column."""
    for above, row in pairwise(rows):
        row.gap = max(0.0, row.base - above.base)
