"""Which lines go on in the next: wrapped by a page, broken at a link, cut by a running header, a heading over two lines.

A line end stays a paragraph's end unless something speaks against it: the sentence is open (a comma, an
opening quotation mark), the next line begins with what cannot begin one, the page broke there, or the text
is wrapped and the line is full. Text whose lines differ in length is not wrapped, so its paragraphs stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from index.reading.lines import Line, width
from index.types import BlockKind

_CLOSERS = "，。、；：！？”’）》」』】〕%,.;:!?)"
_OPENERS = "“‘（《〈「『【〔("
_NARROW, _BROAD = 24, 130  # columns of a page's line
_SLACK = 5  # columns by which a full line may fall short: a mark or a word that may not be cut
_HEADING = 25  # characters of a heading's second line
_LONG, _ENOUGH = 60, 5  # characters of a line that is a paragraph; lines that show a text's habit


def join_lines(lines: Sequence[Line]) -> None:
    """Set `joins` on every line that goes on the one before. `lines` are without furniture. Linear."""
    full = page_width(lines)
    margin, hangs = _margin(lines, full)
    may_go_on = not any(_is_bare_heading(lines, number) for number in range(len(lines)))
    all_end = _paragraphs_end(lines)
    is_open = False  # a sentence was cut and has not ended yet
    for number in range(1, len(lines)):
        above, line = lines[number - 1], lines[number]
        if above.is_row or line.is_row or line.level or (above.level and not above.joins):
            is_open = False
            continue
        is_open = _is_cut(above, line) or (
            (is_open or (all_end and _is_long(above))) and not (above.ends or line.is_marked or line.gap)
        )
        line.joins = (
            is_open
            or (
                full > 0
                and line.indent <= margin + 1
                and not line.gap
                and _is_wrapped(above, line, full, hangs)
            )
            or (line.after_page and _is_broken(above, line))
            or (above.is_mark and not line.is_marked)
            or (may_go_on and _is_second_line(lines, number))
        )


def _paragraphs_end(lines: Sequence[Line]) -> bool:
    """Tell whether four in five long lines of a text end a sentence: then those that do not are cut."""
    long = [
        line.ends
        for line, below in pairwise(lines)
        if _is_long(line) and not (line.is_row or _is_cut(line, below))
    ]
    return len(long) >= _ENOUGH and sum(long) >= 0.8 * len(long)


def _is_long(line: Line) -> bool:
    """Tell whether a line is a paragraph: long, or with a sentence's end in it."""
    return len(line.text) > _LONG or "。" in line.text[:-2]


def page_width(lines: Sequence[Line]) -> int:
    """Return the columns of a full line where the text is wrapped, else 0.

    Wrapped means: a quarter of the lines, and three at least, are cut in the middle of a sentence and are as
    wide as the widest, give or take a mark.
    """
    widths = sorted(line.indent + width(line.text) for line in lines if not line.is_row)
    if len(widths) < 4:
        return 0
    widest = widths[-1 - len(widths) // 50]
    if not _NARROW <= widest <= _BROAD:
        return 0
    cut = sum(1 for line in lines if not line.ends and not line.is_row and _is_full(line, widest))
    return widest if cut >= max(3, len(widths) // 4) else 0


def _is_full(line: Line, full: int) -> bool:
    return line.indent + width(line.text) >= full - _SLACK


def _margin(lines: Sequence[Line], full: int) -> tuple[int, bool]:
    """Return the indent of a paragraph's further lines, and whether its first line has a deeper one."""
    indents = [line.indent for line in lines if full and _is_full(line, full)]
    margin = min(indents, default=0)
    deeper = sum(1 for indent in indents if indent >= margin + 2)
    return margin, deeper >= 2


def _is_cut(above: Line, line: Line) -> bool:
    """Tell whether the line end stands where none can: before a closing mark, after an opening one or a comma."""
    if line.text[0] in _CLOSERS and not line.is_marked:
        return True
    if above.text[-1] in _OPENERS:
        return True
    return above.text[-1] in "，、" and not line.is_marked and not line.gap


def _is_wrapped(above: Line, line: Line, full: int, hangs: bool) -> bool:
    """Tell whether a paragraph goes on below a full line: its sentence does, or no first line's indent is there."""
    if not _is_full(above, full) or line.is_numbered:
        return False
    return not above.ends or (hangs and above.ends_sentence and not line.is_marked)


def _is_broken(above: Line, line: Line) -> bool:
    """Tell whether a sentence goes on on the next page."""
    return not above.ends and not above.is_plain and not line.is_marked and len(above.text) >= 12


def _is_second_line(lines: Sequence[Line], number: int) -> bool:
    """Tell whether a numbered heading goes on: both lines plain, and text or the next number below."""
    above, line = lines[number - 1], lines[number]
    below = lines[number + 1] if number + 1 < len(lines) else None
    return bool(
        above.is_marked
        and not above.text.startswith("——")
        and above.is_plain
        and not above.joins
        and len(above.text) >= 10
        and _is_bare(line)
        and below
        and not below.is_row
        and (below.is_marked or below.ends or len(below.text) > 40)
    )


def _is_bare(line: Line) -> bool:
    """Tell whether a line is plain and without a number, so that it is a heading or a heading's rest."""
    first = line.text[0]
    return (
        line.is_plain
        and 2 < len(line.text) <= _HEADING
        and not line.is_marked
        and not first.isdecimal()
        and first not in "表图附"
        and line.kind is BlockKind.BODY
    )


def _is_bare_heading(lines: Sequence[Line], number: int) -> bool:
    """Tell whether a plain line stands between two long ones: then headings without number are usual here."""
    if not 0 < number < len(lines) - 1 or not _is_bare(lines[number]):
        return False
    above, below = lines[number - 1], lines[number + 1]
    return above.ends_sentence and len(above.text) > 40 and below.ends_sentence and len(below.text) > 40
