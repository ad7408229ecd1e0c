"""Where the last unit of a series ends and the text goes on above it: its paragraphs from there on move up.

Nothing closes the last unit of a series but what follows it, and that may be the next block of the speech: it
opens with an address (各位代表！), it announces another series than the unit's own, or its units are of a
kind that no other unit of the series has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from index.structure.nodes import ADDRESS, Node, is_next
from index.structure.openings import Container, Row, Scale


def lift(found: list[Container], sure: Mapping[int, float], least: float, text: str) -> list[Container]:
    """Return the containers with the paragraphs moved up that go on above the last unit of a series."""
    at = {id(c.node): c for c in found}
    lasts = _lasts(found)
    grown: dict[int, Container] = {}
    for container in reversed(found):
        node, parent = container.node, container.node.parent
        if parent is None or id(node) not in lasts:
            continue
        cut = _cut(container, at, sure, least, text)
        if cut is None:
            continue
        above = at.setdefault(id(parent), Container(parent, container.depth - 1))
        above.rows += [row for row in container.rows if row.start >= cut]
        above.rows.sort(key=lambda row: row.start)
        container.rows = [row for row in container.rows if row.start < cut]
        outside = [child for child in node.children if child.start >= cut]
        node.children = [child for child in node.children if child.start < cut]
        for child in outside:
            child.parent = parent
        parent.children += outside
        node.end = cut
        grown[id(parent)] = above
    for above in grown.values():
        above.node.children.sort(key=lambda n: n.start)
    return sorted((c for c in at.values() if c.rows), key=lambda c: (c.node.start, c.depth))


def _lasts(found: Sequence[Container]) -> set[int]:
    """Return the ids of the nodes that end a series of two or more."""
    parents = {id(c.node.parent): c.node.parent for c in found if c.node.parent is not None}
    lasts: set[int] = set()
    for parent in parents.values():
        children: list[Node | None] = [*parent.children, None]
        joined = False
        for child, following in pairwise(children):
            goes_on = child is not None and following is not None and is_next(child, following)
            if joined and not goes_on:
                lasts.add(id(child))
            joined = goes_on
    return lasts


def _cut(
    container: Container, at: Mapping[int, Container], sure: Mapping[int, float], least: float, text: str
) -> int | None:
    """Return where the text goes on above a container's unit, None where it does not."""
    node, rows = container.node, [r for r in container.rows if r.scale == Scale.PARAGRAPH]
    parent = node.parent
    if parent is not None and parent.kind is not None:
        for row in rows:
            match = ADDRESS.match(text, row.start, row.end)
            if match:
                return row.start
    chosen = [row for row in rows if sure[id(row.openings[0])] >= least]
    if not chosen or parent is None:
        return None
    if node.deep:
        mates = [
            at[id(c)] for c in parent.children if c is not node and c.series == node.series and id(c) in at
        ]
        if not any(_is_opened(mate, sure, least) for mate in mates):
            return chosen[0].start
    return _announced(rows, chosen, text)


def _is_opened(container: Container, sure: Mapping[int, float], least: float) -> bool:
    return any(r.scale == Scale.PARAGRAPH and sure[id(r.openings[0])] >= least for r in container.rows)


def _announced(rows: Sequence[Row], chosen: Sequence[Row], text: str) -> int | None:
    """Return where a paragraph announces (…：) paragraphs that open alike, after units that do not open so."""
    units = set(map(id, chosen))
    seen: list[str] = []  # how the units before open
    for number, row in enumerate(rows):
        below = [text[r.start : r.start + 2] for r in rows[number + 1 : number + 3] if id(r) in units]
        if id(row) in units:
            seen.append(text[row.start : row.start + 2])
        elif text[row.end - 1] in "：:" and len(below) > 1 and below[0] == below[1]:
            return row.start if len(seen) > 1 and below[0] not in seen else None
    return None
