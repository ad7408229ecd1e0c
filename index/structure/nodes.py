"""The section tree while it grows: numbered units first, openings (run-in headings, parallel units) after."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from index.structure.counts import count_units
from index.structure.headings import heading_marks
from index.structure.marks import Mark, Place, find_marks
from index.types import SectionKind

if TYPE_CHECKING:
    from index.reading.view import View

DEEP = 8  # rank of a form from which it is deep
HEADING_LIMIT = 60  # characters of a heading that is kept whole; else its first clauses

_STOP = re.compile(r"[。！？；!?;]")
_CLAUSE = re.compile(r"[，。：；！？,:;!?]")
ADDRESS = re.compile(r"(?:同志们|朋友们|代表们|女士们|各位[^，。！：；\n]{1,12})[^，。！：；\n]{0,12}[！：]")
_BODY = frozenset({"body"})


@dataclass(slots=True, eq=False)
class Node:
    """A unit: text[start:end] with its children, text[start:heading_end] its heading, in view offsets.

    `marker_end` ends the numbering as printed; `ordinal` is None where it states none. `deep` forms (一是, （1）)
    number what stands below a paragraph's opening rather than beside it.
    """

    start: int
    kind: SectionKind | None  # None: the root
    parent: Node | None
    end: int = 0
    marker_end: int = 0
    heading_end: int = 0
    ordinal: int | None = None
    series: str = ""
    at_line: bool = True
    deep: bool = False
    children: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in text order; no recursion, so that no depth is too deep."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)


@dataclass(frozen=True, slots=True)
class Lines:
    """The paragraphs of a view that may hold units, in order."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, view: View) -> Lines:
        """Return the paragraphs of `view` that are body text."""
        body = [b for b in view.blocks if str(b.kind) in _BODY and b.end > b.start]
        return cls(tuple(b.start for b in body), tuple(b.end for b in body))

    def number(self, at: int) -> int:
        """Return the number of the paragraph that holds offset `at` (-1 before the first)."""
        return bisect_right(self.starts, at) - 1

    def holds(self, at: int) -> bool:
        """Tell whether a body paragraph holds offset `at`."""
        number = self.number(at)
        return number >= 0 and at < self.ends[number]

    def end(self, at: int) -> int:
        """Return where the paragraph that holds offset `at` ends."""
        return self.ends[max(self.number(at), 0)]


def numbered_tree(view: View, lines: Lines) -> Node:
    """Return the root over the counted units and the headings on lines of their own."""
    marks = [m for m in find_marks(view.text) if lines.holds(m.start)]
    marks += heading_marks(view, {m.start for m in marks if m.place == Place.LINE and m.keep > 1.0})
    marks.sort(key=lambda m: (m.start, m.rank))
    root = Node(0, None, None, end=len(view.text))
    nodes: list[Node] = []
    for unit in count_units(marks, lines.starts):
        parent = nodes[unit.parent] if unit.parent is not None else root
        node = _node(unit.mark, parent)
        parent.children.append(node)
        nodes.append(node)
    if not view.has_lines:
        nodes += _hang_under_addresses(root, view.text)
    set_ends(root, lines)
    for node in nodes:
        node.heading_end = heading_end(view.text, node, lines)
    return root


def _hang_under_addresses(root: Node, text: str) -> list[Node]:
    """Where line breaks are lost, let each of several counts hang under the address that its part opens with."""
    groups: list[list[Node]] = []
    for child in root.children:
        if groups and is_next(groups[-1][-1], child):
            groups[-1].append(child)
        else:
            groups.append([child])
    before = [0, *(group[-1].start for group in groups)]
    parts: list[tuple[Node, list[Node]]] = []
    for group, start in zip(groups, before, strict=False):
        addresses = list(ADDRESS.finditer(text, start, group[0].start))
        if addresses:
            last = addresses[-1]
            parts.append((Node(last.start(), SectionKind.RUN_IN, root, marker_end=last.end()), group))
    if len(parts) < 2:
        return []
    for part, group in parts:
        part.children = group
        for child in group:
            child.parent = part
    left = [child for child in root.children if child.parent is root]
    root.children = sorted([*left, *(part for part, _ in parts)], key=lambda n: n.start)
    return [part for part, _ in parts]


def _node(mark: Mark, parent: Node) -> Node:
    is_heading = mark.series.startswith("heading")
    return Node(
        mark.start,
        SectionKind.HEADING if is_heading else SectionKind.NUMBERED,
        parent,
        marker_end=mark.end,
        ordinal=mark.ordinal if mark.ordinal > 0 else None,
        series=mark.series,
        at_line=mark.place == Place.LINE,
        deep=mark.rank >= DEEP,
    )


def set_ends(root: Node, lines: Lines) -> None:
    """Let each unit end where the next one begins; the last of a series as a unit of its kind does."""
    for node in root.walk():
        children = node.children
        for child, following in pairwise(children):
            child.end = min(_until(child, following, lines), node.end)
        if children:
            children[-1].end = node.end
        for number, child in enumerate(children):
            _end_series(children, number, child, lines)


def _until(child: Node, following: Node, lines: Lines) -> int:
    """Return where `child` ends: with the paragraph before, where its count begins anew inside `following`'s."""
    if following.at_line or following.ordinal != 1 or following.series != child.series:
        return following.start
    last = child
    while last.children:
        last = last.children[-1]
    line = lines.starts[max(lines.number(following.start), 0)]
    return line if line > last.start else following.start


def _end_series(children: Sequence[Node], number: int, child: Node, lines: Lines) -> None:
    """Close the last unit of a series with its paragraph, where it or all before it kept to one."""
    if number + 1 < len(children) and is_next(child, children[number + 1]):
        return
    first = number
    while first and is_next(children[first - 1], children[first]):
        first -= 1
    before = children[first:number]
    enough = 0 if child.series.startswith("point") else 1
    if not child.at_line or (len(before) > enough and all(lines.end(s.start) >= s.end - 1 for s in before)):
        last = max(n.start for n in child.walk())
        child.end = min(child.end, max(lines.end(child.start), lines.end(last)))


def is_next(node: Node, following: Node) -> bool:
    """Tell whether two neighbours belong to one series."""
    return following.series == node.series and (
        node.ordinal is None or following.ordinal is None or following.ordinal > node.ordinal
    )


def heading_end(text: str, node: Node, lines: Lines) -> int:
    """Return where a heading ends: its line, its first sentence where that is short, or its first clauses."""
    line = min(lines.end(node.start), node.end)
    begin = max(node.marker_end, node.start + 3)
    stop = _STOP.search(text, begin, line)
    if stop is None:
        if line - node.start <= HEADING_LIMIT or node.kind == SectionKind.HEADING:
            return line
    elif stop.start() - node.start <= HEADING_LIMIT and node.kind != SectionKind.PARALLEL:
        return stop.start()
    clauses = [m.start() for m in _CLAUSE.finditer(text, begin, min(line, node.start + 4 * HEADING_LIMIT))]
    fitting = [c for c in clauses if c - node.start <= HEADING_LIMIT]
    if node.ordinal is None or not fitting:
        return clauses[0] if clauses else min(line, node.start + HEADING_LIMIT)
    return fitting[-1]
