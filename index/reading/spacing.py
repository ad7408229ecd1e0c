"""Blanks inside a line: left out where they only spread letters, kept once where they part words.

One blank is what is left between two words or beside a number at a line's start; a tab is what is left
between the cells of a table's row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.reading.characters import CHINESE
from index.reading.trace import Edit, Trace

_GAP = re.compile(r"[ \t]+")
_HAN = re.compile(f"[{CHINESE}]")
_LETTERS = re.compile(r"[A-Za-z0-9%°.]")
_PUNCTUATION = frozenset("，。；：！？、“”‘’（）《》〈〉「」『』【】〔〕…—·")
_NUMERALS = frozenset("一二三四五六七八九十〇")
_NUMBER_FIRST = re.compile(
    r"[(（]?\d[\d.]*[)）.、]?|第[一二三四五六七八九十百千零〇\d]{1,6}[章节条编篇款项]|[附图表]件?\d*"
)
_CHAPTER = re.compile(r"第[一二三四五六七八九十百千零〇\d]{1,6}[章节条编篇]")


def fold_spacing(trace: Trace, rows: Sequence[bool]) -> Trace:
    """Return `trace` with its blanks folded; `rows` tells for each line whether it is a table's row."""
    edits: list[Edit] = []
    at = 0
    for line, is_row in zip(trace.text.split("\n"), rows, strict=True):
        if " " in line or "\t" in line:
            edits += [(at + start, at + end, new) for start, end, new in _gaps(line, is_row)]
        at += len(line) + 1
    return trace.edited(edits)


def _gaps(line: str, is_row: bool) -> Iterator[Edit]:
    gaps = [m.span() for m in _GAP.finditer(line)]
    if gaps and gaps[0][0] == 0:
        yield (*gaps.pop(0), "")
    if gaps and gaps[-1][1] == len(line):
        last: list[Edit] = [(*gaps.pop(), "")]
    else:
        last = []
    if is_row:
        parting = [_parts_cells(line[start:end]) for start, end in gaps]
        for (start, end), parts in zip(gaps, parting, strict=True):
            yield start, end, "\t" if parts or not any(parting) else ""
    else:
        spread = _spread(line, gaps)
        for number, (start, end) in enumerate(gaps):
            is_spread = spread[number] and not _ends_number(line, start, end)
            new = "" if is_spread or _is_idle(line, start, end, is_first=number == 0) else " "
            if (start, end, new) != (start, start + 1, line[start]):
                yield start, end, new
    yield from last


def _parts_cells(gap: str) -> bool:
    return "\t" in gap or len(gap) > 1


def _spread(line: str, gaps: Sequence[tuple[int, int]]) -> list[bool]:
    """Tell for each gap whether it lies between single characters that are letter-spaced (关 于 加 强).

    Letters are spaced where a run of gaps stands between single characters, two of them Chinese at least; a
    numeral before the words it numbers (一 总则) is none.
    """
    single = [_is_single(line, start - 1, -1) and _is_single(line, end, 1) for start, end in gaps]
    if (
        single
        and gaps[0][0] == 1
        and line[0] in _NUMERALS
        and line[gaps[0][1]] not in _PUNCTUATION | _NUMERALS
    ):
        single[0] = False
    begin = 0
    while begin < len(single):
        end = begin
        while end < len(single) and single[end]:
            end += 1
        if end > begin:
            letters = [line[gaps[begin][0] - 1], *(line[after] for _, after in gaps[begin:end])]
            chinese = sum(1 for letter in letters if _HAN.match(letter))
            others = sum(1 for letter in letters if letter in _PUNCTUATION)
            single[begin:end] = [chinese >= 2 and 3 * (chinese + others) >= len(letters)] * (end - begin)
        begin = end + 1
    return single


def _ends_number(line: str, start: int, end: int) -> bool:
    """Tell whether a wide gap stands after the number of a letter-spaced heading: 第 一 章   总   则."""
    return end - start > 1 and start <= 24 and bool(_CHAPTER.fullmatch("".join(line[:start].split())))


def _is_single(line: str, at: int, step: int) -> bool:
    """Tell whether the character at `at` stands alone, looking away from the gap beside it."""
    beyond = line[at + step : at + step + 1] if at + step >= 0 else ""
    return beyond in ("", " ", "\t") or beyond in _PUNCTUATION


def _is_idle(line: str, start: int, end: int, *, is_first: bool) -> bool:
    """Tell whether a gap parts nothing: it stands beside punctuation or round a number inside Chinese text."""
    before, after = line[start - 1], line[end]
    if before in _PUNCTUATION or after in _PUNCTUATION:
        return True
    if end - start > 1 or (
        is_first and after not in "年月" and _NUMBER_FIRST.fullmatch(line[:start].strip())
    ):
        return False
    if _HAN.match(before) and _LETTERS.match(after):
        number = re.compile(r"[A-Za-z0-9.,%]{0,19}[A-Za-z0-9%][ ]?").match(line, end)
        return bool(number and _HAN.match(line, number.end()))
    return bool(_LETTERS.match(before) and _HAN.match(after))
