"""Document as a reader takes it -> section tree.

Three sources of units, in this order: counts and headings on lines of their own (`counts`, `headings`), and
openings without a number (`openings`, `runin`). Everything is decided in offsets of the reader's view and
given in offsets of the document.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from index.structure.nodes import Lines, Node, numbered_tree
from index.structure.runin import Weights, add_openings
from index.types import Section, SectionKind

if TYPE_CHECKING:
    from index.reading import View


def parse_sections(view: View, weights: Weights | None = None) -> tuple[Section, ...]:
    """Return the units of a text as a tree in document order; empty where it shows no structure.

    `weights`: others than the shipped ones.
    """
    lines = Lines.of(view)
    if not lines.starts:
        return ()
    root = numbered_tree(view, lines)
    add_openings(root, view, lines, weights)
    for node in root.walk():
        _tidy(node)
    return _sections(root, view)


def _tidy(node: Node) -> None:
    """Let the children of a unit stand in it, in order and without overlap; what juts out moves up to it."""
    waiting = [(n.start, number, n) for number, n in enumerate(node.children)]
    heapify(waiting)
    node.children = []
    number = len(waiting)
    while waiting:
        _, _, child = heappop(waiting)
        node.children.append(child)
        child.parent = node
        child.end = min(child.end, waiting[0][0] if waiting else node.end, node.end)
        for outside in [n for n in child.children if n.start >= child.end]:
            heappush(waiting, (outside.start, number, outside))
            number += 1
        child.children = [n for n in child.children if n.start < child.end]


def _sections(root: Node, view: View) -> tuple[Section, ...]:
    sections: list[Section] = []
    places: dict[int, tuple[int | None, int]] = {id(root): (None, 0)}
    for node in root.walk():
        if node.parent is None or node.kind is None:
            continue
        parent, level = places[id(node.parent)]
        places[id(node)] = (len(sections), level + 1)
        sections.append(_section(node, node.kind, view, len(sections), parent, level + 1))
    return tuple(sections)


def _section(
    node: Node, kind: SectionKind, view: View, index: int, parent: int | None, level: int
) -> Section:
    end = _without_blanks(view.text, node.start, node.end)
    start, stop = view.span(node.start, end)
    heading_end = max(min(node.heading_end, end), node.start + 1)
    return Section(
        index=index,
        parent=parent,
        level=level,
        start=start,
        title_end=view.span(node.start, heading_end)[1],
        end=stop,
        marker=view.text[node.start : node.marker_end].strip() if node.series else "",
        ordinal=node.ordinal,
        kind=kind,
        heading=view.text[node.start : heading_end].strip(),
    )


def _without_blanks(text: str, start: int, end: int) -> int:
    while end > start + 1 and text[end - 1].isspace():
        end -= 1
    return end
