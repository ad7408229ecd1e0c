"""The text between the counted units -> the places where a unit without a number may open, and their shape.

Nothing here knows a word: an opening is told by where it stands, how long its first sentence and clause
are, what they repeat of their neighbours and of their own text, and what the document does elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from index.structure.nodes import Lines, Node

_END = re.compile(r"[。！？!?]+[”’」』）)》]*(?![，、,：:])|[；;]|[：:]|$")
_ASIDE = "（(【〔["  # what stands in brackets after a sentence opens nothing
_CLAUSE = re.compile(r"[，。：；！？,:;!?]")
_BOUNDARY = re.compile(r"[。！？!?；;：:]+[”’」』）)》]*(?![，、,])|，")


class Scale(IntEnum):
    """Where an opening stands."""

    PARAGRAPH = 0
    AFTER_HEADING = 1
    SENTENCE = 2
    SEMICOLON = 3
    COLON = 4
    COMMA = 5


@dataclass(slots=True)
class Row:
    """A paragraph, or the part of it, that belongs to a unit itself: text[start:end]."""

    start: int
    end: int
    scale: Scale
    inline: int = 0  # where the first counted unit inside its paragraph starts, 0 for none
    openings: list[Opening] = field(default_factory=list)


@dataclass(slots=True)
class Container:
    """A unit and the rows of its own text."""

    node: Node
    depth: int
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Opening:
    """A place where a unit may open: text[start:clause], text[start:sentence] its first clause and sentence.

    `end` is where the next sentence that might be one opens, or its row ends.
    """

    start: int
    clause: int
    sentence: int
    end: int
    scale: Scale
    container: Container
    row: Row
    place: int = 0


def containers(root: Node, text: str, lines: Lines) -> list[Container]:
    """Return every unit that has text of its own, with the openings in it."""
    depths = {id(root): 0}
    found: list[Container] = []
    for node in root.walk():
        depths.update((id(child), depths[id(node)] + 1) for child in node.children)
        container = Container(node, depths[id(node)])
        container.rows = list(_rows(node, text, lines))
        for row in container.rows:
            row.openings = list(_openings(text, container, row))
        if container.rows:
            found.append(container)
    return found


def _rows(node: Node, text: str, lines: Lines) -> Iterator[Row]:
    at = node.start if node.kind is None else _after(text, node.heading_end, node.end)
    scale = Scale.PARAGRAPH if node.kind is None else Scale.AFTER_HEADING
    for child in [*node.children, None]:
        stop = child.start if child else node.end
        for number in range(max(lines.number(at), 0), len(lines.starts)):
            if lines.starts[number] >= stop:
                break
            start, end = max(lines.starts[number], at), min(lines.ends[number], stop)
            if end - start > 1:
                whole = start == lines.starts[number]
                inline = stop if stop < lines.ends[number] else 0
                if whole or scale == Scale.AFTER_HEADING:
                    yield Row(start, end, Scale.PARAGRAPH if whole else Scale.AFTER_HEADING, inline)
            scale = Scale.PARAGRAPH
        if child:
            at, scale = max(at, child.end), Scale.PARAGRAPH


def _after(text: str, at: int, end: int) -> int:
    """Return where the sentence after a heading that ends at offset `at` starts."""
    if at >= end or text[at] == "\n":
        return min(at, end)
    match = _END.search(text, at, end)
    return match.end() if match else end


def _openings(text: str, container: Container, row: Row) -> Iterator[Opening]:
    starts = [(row.start, row.scale)]
    starts += [
        (match.end(), _scale(match.group()))
        for match in _BOUNDARY.finditer(text, row.start, row.end)
        if row.start < match.end() < row.end - 1 and text[match.end()] not in _ASIDE
    ]
    shared = Counter(text[at : at + 2] for at, scale in starts)
    strong = Counter(text[at : at + 3] for at, scale in starts if scale != Scale.COMMA)
    kept = [
        (at, scale)
        for at, scale in starts
        if scale <= Scale.SENTENCE
        or (scale != Scale.COMMA and shared[text[at : at + 2]] > 1)
        or (scale == Scale.COMMA and strong[text[at : at + 3]] > 1)
    ]
    sentence = clause = None
    for number, (at, scale) in enumerate(kept):
        end = next((a for a, s in kept[number + 1 : number + 12] if s <= Scale.SENTENCE), row.end)
        if number == 0 or (sentence and sentence.start() < at):  # else the same one is the next again
            sentence = _END.search(text, at, row.end)
        if number == 0 or (clause and clause.start() < at):
            clause = _CLAUSE.search(text, at, row.end)
        yield Opening(
            at,
            clause.start() if clause else row.end,
            min(sentence.end() if sentence else row.end, row.end),
            end,
            scale,
            container,
            row,
            number,
        )


def _scale(boundary: str) -> Scale:
    first = boundary[0]
    if first in "；;":
        return Scale.SEMICOLON
    if first in "：:":
        return Scale.COLON
    return Scale.COMMA if first == "，" else Scale.SENTENCE
