"""The text as a reader takes it -> lines that head what follows without a number."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from index.structure.marks import Mark, Place

if TYPE_CHECKING:
    from index.reading.view import Block, View

LIMIT = 40  # characters of a line that may be a heading
BODY = 1.4  # times its length, the line below is text that it heads
PAIRED = 3.0  # what it costs to take the upper or lower of two headings for anything else

_NOT_HEADING = re.compile(
    r"[。；，！？：!?;,:]|^[—\-–]|^\d{4}年\d|^[（(].*[）)]$|^[\d\s.．/%％]+$|\t|^[\u4e00-\u9fff]{2,4}(?: [\u4e00-\u9fff]{2,4})+$"
)
_SENTENCE = re.compile(r"[。！？；]")


def heading_marks(view: View, counted: Collection[int]) -> list[Mark]:
    """Return the lines that may be headings, each as an upper and a lower one where the source has no level.

    `counted` holds the offsets of lines that begin with a number.
    """
    blocks = [b for b in view.blocks if str(b.kind) == "body" and b.end > b.start]
    marks: list[Mark] = []
    heads = [b.start not in counted and _may_head(view.text, blocks, n) for n, b in enumerate(blocks)]
    lower = {n for n in range(1, len(blocks)) if _is_lower(view.text, blocks, heads, n)}
    pairs = len(lower) > 1  # a habit of the document's, from the first of them on
    for number, block in enumerate(blocks):
        if heads[number] and pairs and (number in lower or number + 1 in lower):
            doubts = (PAIRED, 0.1) if number in lower else (0.0, PAIRED)
            marks.append(_mark(block, "heading:1", 2.4, PAIRED, doubts[0]))
            marks.append(_mark(block, "heading:2", 3.4, PAIRED, doubts[1]))
        elif heads[number]:
            marks += _readings(view.text, blocks, number, block, pairs and number > min(lower))
    return marks


def _is_lower(text: str, blocks: Sequence[Block], heads: Sequence[bool], number: int) -> bool:
    """Tell whether a line is the second of exactly two that head a text: the upper heading and a lower one."""
    alone = number < 2 or not _is_short(text, blocks[number - 2])
    marked = blocks[number].markup or blocks[number - 1].markup
    is_pair = heads[number] and heads[number - 1] and alone and not marked
    return is_pair and _is_text(text, blocks[number + 1])


def _may_head(text: str, blocks: Sequence[Block], number: int) -> bool:
    block = blocks[number]
    line = text[block.start : block.end]
    if number + 1 == len(blocks) or not 2 <= len(line) <= LIMIT or _NOT_HEADING.search(line):
        return False
    below = blocks[number + 1]
    return block.markup > 0 or _is_text(text, below) or _is_short(text, below)


def _is_text(text: str, block: Block) -> bool:
    return bool(_SENTENCE.search(text, block.start, block.end))


def _is_short(text: str, block: Block) -> bool:
    return block.end - block.start <= LIMIT and not _NOT_HEADING.search(text[block.start : block.end])


def _readings(text: str, blocks: Sequence[Block], number: int, block: Block, goes_on: bool) -> list[Mark]:
    if block.markup:
        return [_mark(block, f"heading:#{block.markup}", 2.0 + 0.1 * block.markup, 2.5, 0.0)]
    heads_heading = _is_short(text, blocks[number + 1])
    after_heading = number > 0 and _is_short(text, blocks[number - 1])
    keep = 1.0
    return [
        _mark(block, "heading:1", 2.4, keep, 1.0 if after_heading else 0.1 if goes_on else 0.0),
        _mark(block, "heading:2", 3.4, keep, 1.5 if heads_heading else 0.0 if goes_on else 0.1),
    ]


def _mark(block: Block, series: str, rank: float, keep: float, doubt: float) -> Mark:
    return Mark(block.start, block.start, series, -1, Place.LINE, rank, keep, doubt)
