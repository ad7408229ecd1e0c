"""Document as a reader takes it -> section tree.

Three sources of units, in this order: counts and headings on lines of their own (`counts`, `headings`), and
openings without a number (`openings`, `runin`). Everything is decided in offsets of the reader's view and
given in offsets of the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.structure.nodes import Lines, Node, numbered_tree
from index.structure.runin import add_openings
from index.types import Section, SectionKind

if TYPE_CHECKING:
    from index.reading import View


def parse_sections(view: View) -> tuple[Section, ...]:
    """Return the units of a text as a tree in document order; empty where it shows no structure."""
    lines = Lines.of(view)
    if not lines.starts:
        return ()
    root = numbered_tree(view, lines)
    add_openings(root, view, lines)
    return _sections(root, view)


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


def _section(node: Node, kind: SectionKind, view: View, index: int, parent: int | None, level: int) -> Section:
    end = _without_blanks(view.text, node.start, node.end)
    start, stop = view.span(node.start, end)
    title_end = view.span(node.start, max(min(node.heading_end, end), node.start + 1))[1]
    return Section(
        index=index,
        parent=parent,
        level=level,
        start=start,
        title_end=title_end,
        end=stop,
        marker=view.text[node.start : node.marker_end].strip(),
        ordinal=node.ordinal,
        kind=kind,
    )


def _without_blanks(text: str, start: int, end: int) -> int:
    while end > start + 1 and text[end - 1].isspace():
        end -= 1
    return end
