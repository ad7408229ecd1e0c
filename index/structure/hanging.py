"""Units that open paragraphs -> their places among the counted ones of the same text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.structure.nodes import Lines, Node
from index.types import SectionKind


def hang_beside(node: Node, units: Sequence[Node], lines: Lines) -> None:
    """Put units that open paragraphs beside a unit's counted children; those that begin inside go under them."""
    if not units:
        return
    single = all(lines.end(u.start) >= u.end - 1 for u in units[:-1])
    children: list[Node] = []
    own = set(map(id, units))
    counted: dict[str, int] = {}
    owner: Node | None = None
    habit = _Habit(lines)
    for child in sorted([*node.children, *units], key=lambda n: n.start):
        if id(child) in own:
            habit.take(child)
            owner = child
            children.append(child)
        elif owner is not None and not habit.parts(child) and _begins(child, owner, counted, units[-1].start):
            child.parent = owner
            owner.children.append(child)
        else:
            if owner is not None:
                owner.end = min(owner.end, child.start)
            owner = None
            counted[child.series] = child.ordinal or 0
            children.append(child)
    node.children = children
    last = units[-1]
    if single and len(units) > 1:
        inner = max((c.end for c in last.children), default=0)
        last.end = min(last.end, max(lines.end(last.start), inner))


@dataclass(slots=True)
class _Habit:
    """Whether each unit so far kept to one paragraph, the next one following at once."""

    lines: Lines
    last: int = -1  # number of the paragraph of the last unit
    kept: int = 0  # units that were followed at once
    left: int = 0  # … that were not

    def take(self, unit: Node) -> None:
        """Note a unit."""
        line = self.lines.number(unit.start)
        if self.last >= 0:
            self.kept += line == self.last + 1
            self.left += line > self.last + 1
        self.last = line

    def parts(self, child: Node) -> bool:
        """Tell whether a text of its own stands between the last unit, which keeps to a paragraph, and `child`."""
        between = self.lines.number(child.start) - self.last - (1 if child.at_line else 0)
        return between > 0 and self.left == 0 and (self.kept > 1 or not child.at_line)


def _begins(child: Node, owner: Node, counted: Mapping[str, int], last: int) -> bool:
    """Tell whether a series begins inside `owner` rather than going on from the last one `counted` before it.

    One that begins lines may as well stand beside, unless another opening (the `last` one) follows it.
    """
    if child.kind != SectionKind.NUMBERED or (child.at_line and child.ordinal is None):  # ——…, beside it
        return False
    if child.at_line and not child.deep and child.start > last:
        return False
    return bool(owner.children) or not 0 < counted.get(child.series, 0) < (child.ordinal or 0)
