"""A passage as it is read by models: its lines joined, letter-spaced words closed up, a table's row with its header.

What is shown stays as the document has it; this is only what encoders and rerankers are given.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from functools import lru_cache

from index.types import IndexedDocument, Passage, Span

CELLS = re.compile(r"[\t|]|\S(?: {2,}|\u3000)\S")  # what may part the cells of a row
WIDEST = 12  # columns of a table that are read with their names
_STARS = re.compile(r"\*+")
_HAN = "\u3400-\u9fff〇，。；：、“”（）"
_BROKEN = re.compile(rf"(?<=[{_HAN}])[ \u3000]*\n\s*(?=[{_HAN}])")
_SPACED = re.compile(rf"(?<=[{_HAN}])[ \u3000\u00a0]+(?=[{_HAN}\d])|(?<=\d)[ \u3000\u00a0]+(?=[{_HAN}])")
_PADDED = re.compile(
    r"(?<![\u3400-\u9fff])([\u4e00-\u9fff])\u3000([\u4e00-\u9fff])(?![\u3400-\u9fff])"
)  # 马　犁: a name of two characters set as wide as one of three
_SIGNED = (
    ("issuer", "发文单位"),
    ("speaker", "讲话人"),
    ("date", "发文日期"),
)  # what a line of the head or the end shows
_NUMBER = re.compile(
    r"\s*[\u4e00-\u9fff]{1,12}[〔\[（(【]\d{4}[〕\]）)】]\s*第?\d+号\s*"
)  # 国办发〔2018〕1号
_LINE = 40  # characters of such a line at most: what is longer says so itself
LETTER_SPACED = 0.5  # share of the characters with a blank behind from which they are set apart one by one


def legible(one: IndexedDocument, passage: Passage) -> str:
    """Return a passage of a document as it is read."""
    text = one.document.text[passage.start : passage.end]
    if CELLS.search(text):
        header, row = row_at(one, passage.start, passage.end)
        if row:
            return _with_header(one.document.text, header, row)
    return _with_labels(one, passage) + closed_up(text)


def _with_labels(one: IndexedDocument, passage: Passage) -> str:
    """Return what a line about the document shows of it, as a form names it: 发文单位：."""
    if passage.end - passage.start > _LINE:
        return ""
    if _NUMBER.fullmatch(one.document.text, passage.start, passage.end):
        return "文号（发文字号）："
    known = ((label, getattr(one.document.metadata, name)) for name, label in _SIGNED)
    found = [
        label
        for label, shown in known
        if shown and shown.start is not None and passage.start <= shown.start < passage.end
    ]
    return "、".join(found) + "：" if found else ""


def places_of(one: IndexedDocument, section: int | None, deepest: int) -> tuple[str, ...]:
    """Return the headings above what stands in a section, from the top; the document's title where there are none."""
    path = one.path_of(section, deepest)
    return tuple(closed_up(one.title_of(s)) for s in path) or (
        (one.document.title,) if one.document.title else ()
    )


def closed_up(text: str) -> str:
    """Return a text without the breaks inside its sentences, and without the blanks between letter-spaced characters."""
    text = _PADDED.sub(r"\1\2", _BROKEN.sub("", text))
    blanks = len(_SPACED.findall(text))
    return _SPACED.sub("", text) if blanks > LETTER_SPACED * (len(text) - blanks) else text


def is_blanked(one: IndexedDocument, start: int, end: int) -> bool:
    """Tell whether text[start:end] has a star where something is blanked out, and none that only sets in bold."""
    if "*" not in one.document.text[start:end]:
        return False
    stars = _stars(one)
    place = bisect_left(stars, start)
    return place < len(stars) and stars[place] < end


@lru_cache(maxsize=16)
def _stars(one: IndexedDocument) -> list[int]:
    """Return where a reader sees stars in a document: all but Markdown's."""
    text = one.document.text
    if any(len(_STARS.findall(line)) % 2 for line in text.split("\n") if "*" in line):
        return [m.start() for m in re.finditer(r"\*", text)]  # bold type comes in pairs
    from index.reading.markdown import leave_out_markdown  # patterns that most questions do without
    from index.reading.trace import Trace

    trace, _ = leave_out_markdown(Trace.of(one.document.text))
    return [int(trace.starts[m.start()]) for m in re.finditer(r"\*", trace.text)]


def row_at(one: IndexedDocument, start: int, end: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return the header and the cells of the table's row that text[start:end] holds; both empty where it holds none."""
    starts, rows = _rows(one)
    place = bisect_left(starts, start)
    found = rows[place] if place < len(rows) and rows[place][1][0][0] < end else None
    return found if found and found[1][0][0] >= start and found[1][-1][1] <= end + 1 else ((), ())


@lru_cache(maxsize=16)
def _rows(one: IndexedDocument) -> tuple[list[int], list[tuple[tuple[Span, ...], tuple[Span, ...]]]]:
    """Return where the rows of a document's tables start, and each row's header and cells."""
    rows = [(table.header, row) for table in one.knowledge.tables for row in table.rows]
    rows.sort(key=lambda found: found[1][0][0])
    return [row[0][0] for _, row in rows], rows


def _regular(text: str, cells: tuple[Span, ...]) -> bool:
    """Tell whether no cell of a row is empty: between two, and before the first, no mark stands twice."""
    between = [text[a:b] for (_, a), (b, _) in itertools.pairwise(cells)]
    before = text[max(0, cells[0][0] - 2) : cells[0][0]].strip(" ")
    return not any(part.count("\t") > 1 or part.count("|") > 1 for part in between) and before[-1:] != "\t"


def _with_header(text: str, header: tuple[Span, ...], row: tuple[Span, ...]) -> str:
    cells = [closed_up(text[a:b].strip()) for a, b in row]
    names = [text[a:b].strip() for a, b in header[:WIDEST]]
    if len(names) == len(cells) and _regular(text, header) and _regular(text, row):
        return "，".join(f"{name}：{cell}" for name, cell in zip(names, cells, strict=True))
    return "，".join(filter(None, [*names, *cells]))


def forget_rows() -> None:
    """Let go what is kept of documents' tables."""
    _rows.cache_clear()
