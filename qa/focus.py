"""What the turns before are about, as a place of the document: 第二个呢, 它下面的, 再往下一条, 剩下的 mean something by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from index import Group, IndexedDocument, Item, groups_of
from qa.deadline import check
from qa.grammar import Where
from qa.types import Choice, Kind, Point, Query, Status, Turn

SMALL = "句段"  # what no list is made of
REST = "rest"  # the relation of a question for what has not been told yet

Chooser = Callable[[Query], Choice | None]  # what a question about the structure means in the document


@dataclass(frozen=True, slots=True)
class Focus:
    """`items` of `group` were shown or named last, `told` (where they start) since the group came up.

    `head` is the item whose parts the group is, where that was shown with them; `above` the same where all its parts were
    shown, with it or without: nothing of the group comes behind them. `noun` is what the place was called that led there
    (条, 个); `loose` where an answer only stands in it: nothing of it was told.
    """

    group: Group
    items: tuple[Item, ...]
    told: frozenset[int] = field(default=frozenset())
    head: tuple[Group, Item] | None = None
    above: tuple[Group, Item] | None = None
    noun: str = ""
    loose: bool = False

    @property
    def whole(self) -> bool:
        """Tell whether the group as a whole was shown."""
        return len(self.items) == len(self.group.items)

    @property
    def unit(self) -> int | None:
        """Return the section that is spoken of: the one item's, else that whose parts the group is."""
        return self.items[0].unit if len(self.items) == 1 else self.group.unit


def focus_of(turns: Sequence[Turn], one: IndexedDocument, chooser: Chooser) -> Focus | None:
    """Return what the turns end on; None where no turn has a place in the document.

    A turn is about the items that its answer shows, else about those that its question names, in the group that was
    spoken of before or in the document (`chooser`), else about the item in which its answer stands.
    """
    focus: Focus | None = None
    for turn in turns:
        check()
        where = turn.query.where
        points = [p for p in turn.answer.points if p.document.id == one.document.id]
        if turn.answer.points and not points:
            continue  # answered by another document
        found = _named(turn, points, chooser) if where.ordinals and not _is_structure(turn) else None
        if found is None and _by_structure(turn):
            found = _shown(one, points)
        if found is None and focus is not None and where and not where.main:
            chosen = placed(where, focus)
            found = None if chosen is None else Focus(chosen.group, chosen.items)
        if found is None and where.ordinals and _is_structure(turn):
            found = _named(turn, points, chooser)
        if found is None and turn.query.kind is Kind.LIST and len(points) > 1:
            found = _listed(one, points)
        if found is None and points:
            around = _around(one, points[0])
            found = replace(around, loose=True) if around is not None else None
        if found is not None:
            focus = replace(_remembering(focus, found), noun="".join(where.nouns[-1:]))
    return focus


def _named(turn: Turn, points: Sequence[Point], chooser: Chooser) -> Focus | None:
    """Return the items that a question names by numbers: for one about a point in them, only where its answer stands there."""
    chosen = chooser(turn.query)
    meant = chosen is not None and (_is_structure(turn) or not points or _holds(chosen, points[0]))
    return Focus(chosen.group, chosen.items) if chosen is not None and meant else None


def _holds(chosen: Choice, point: Point) -> bool:
    """Tell whether one of the chosen items is where a point stands."""
    return any(item.start < point.end and point.start < item.end for item in chosen.items)


def _by_structure(turn: Turn) -> bool:
    """Tell whether an answer was read off the document's structure."""
    return turn.answer.status is Status.ANSWERED and (_is_structure(turn) or bool(turn.query.where))


def _is_structure(turn: Turn) -> bool:
    return turn.query.kind is Kind.STRUCTURE or turn.query.section is not None


def _remembering(before: Focus | None, now: Focus) -> Focus:
    """Return what is spoken of now, with what was told of its group before; a list shown as a whole tells none of it."""
    told = frozenset() if now.whole else frozenset(item.start for item in now.items)
    if before is not None and before.group.items == now.group.items:
        told |= before.told
    return replace(now, told=told)


def _shown(one: IndexedDocument, points: Sequence[Point]) -> Focus | None:
    """Return the items that points begin with: of the group that has most of them, the parts of the unit shown first, or the larger."""
    starts = {p.start for p in points}
    first = {s.index for s in one.sections if points and s.start == points[0].start}
    best: tuple[int, bool, int] = (0, False, 0)
    found: Focus | None = None
    for group in groups_of(one):
        items = tuple(i for i in group.items if i.start in starts)
        rank = (len(items), group.unit in first, len(group.items))
        if rank > best:
            best = rank
            found = Focus(group, items)
    if found is None or 2 * len(found.items) < len(starts):
        return None
    return _with_above(one, found, points[0].start)


def _with_above(one: IndexedDocument, found: Focus, first: int) -> Focus:
    """Return the place with the item whose parts it is, where all of them were shown; `first` is where the answer begins."""
    unit = found.group.unit
    above = _of_unit(one, unit) if unit is not None and found.whole else None
    if above is None or unit is None:
        return found
    item = (above.group, above.items[0])
    return replace(found, above=item, head=item if one.sections[unit].start == first else None)


def _listed(one: IndexedDocument, points: Sequence[Point]) -> Focus | None:
    """Return the group that a list collected from the text shows whole, else the parts of the unit in which most of it stands."""
    starts = {p.start for p in points}
    whole = [g for g in groups_of(one) if len(g.items) > 1 and all(i.start in starts for i in g.items)]
    if whole:
        group = max(whole, key=lambda g: len(g.items))
        return _with_above(one, Focus(group, group.items), points[0].start)
    held = Counter(unit for p in points for unit in one.path_of(p.section))
    homes = [unit for unit, count in held.items() if 2 * count > len(points) and one.children_of(unit)]
    unit = max(homes, key=lambda u: (one.sections[u].level, u), default=None)
    below = [g for g in groups_of(one) if g.unit == unit and unit is not None]
    return Focus(below[0], below[0].items) if below else None


def _around(one: IndexedDocument, point: Point) -> Focus | None:
    """Return the item in which a point stands, the innermost one."""
    path = one.path_of(point.section)
    return next((found for s in reversed(path) if (found := _of_unit(one, s))), None)


def _of_unit(one: IndexedDocument, unit: int) -> Focus | None:
    """Return a section as an item of the largest group that has it."""
    groups = [g for g in groups_of(one) if any(i.unit == unit for i in g.items)]
    if not groups:
        return None
    group = max(groups, key=lambda g: len(g.items))
    return Focus(group, tuple(i for i in group.items if i.unit == unit))


def placed(where: Where, focus: Focus) -> Choice | None:
    """Return the items of the group spoken of that a place means: the second one, the last two, those behind."""
    if where.step:
        return _beside(focus, where)
    if set(where.nouns) & set(SMALL):  # its first sentence is no item
        return None
    parallel = (
        focus.head is not None and focus.noun and focus.noun in where.nouns
    )  # 头一个 … 末两个: of one list
    group = focus.head[0] if focus.head is not None and parallel else focus.group
    chosen = where.chosen(len(group.items), tuple(i.ordinal for i in group.items))
    if len(where.ordinals) > 1 or not chosen:
        return None
    return Choice(group, tuple(group.items[n] for n in chosen))


def _beside(focus: Focus, where: Where) -> Choice | None:
    """Return the items behind (step 1) those shown last, or before them, as many as `where` says, else one."""
    group, items = focus.group, focus.items
    if focus.above is not None:
        group, items = focus.above[0], (focus.above[1],)
    places = [group.items.index(i) for i in items]
    few = max(1, where.few)
    wanted = (
        range(places[-1] + 1, places[-1] + 1 + few) if where.step > 0 else range(places[0] - few, places[0])
    )
    if not 0 <= wanted[0] <= wanted[-1] < len(group.items):
        return None
    return Choice(group, tuple(group.items[n] for n in wanted))


def continued(query: Query, focus: Focus, one: IndexedDocument) -> list[Choice]:
    """Return what a question that leans on the turns may mean in the document's structure; none where it means no place.

    Where several are left, the group is still to be chosen.
    """
    where = query.where
    if where.within:
        return _within(where, focus, one)
    chosen = placed(where, focus) if where or where.step else None
    if where.inside:
        unit = unit_meant(where, focus)
        below = [Choice(g, g.items) for g in groups_of(one) if unit is not None and _inside(one, g, unit)]
        return below or [Choice(focus.group, focus.group.items)]
    if chosen is not None:
        return [chosen]
    if query.relation == REST and not focus.loose:
        rest = tuple(i for i in focus.group.items if i.start not in focus.told)
        return [Choice(focus.group, rest)] if rest and len(rest) < len(focus.group.items) else []
    return []


def _within(where: Where, focus: Focus, one: IndexedDocument) -> list[Choice]:
    """Return what a place means among the parts of the unit spoken of: those right below it, else further down."""
    unit = focus.unit
    groups = [g for g in groups_of(one) if unit is not None and _inside(one, g, unit)]
    found = []
    for group in [g for g in groups if g.unit == unit] or groups:
        chosen = where.chosen(len(group.items), tuple(i.ordinal for i in group.items))
        if chosen:
            found.append(Choice(group, tuple(group.items[n] for n in chosen)))
    return found


def unit_meant(where: Where, focus: Focus) -> int | None:
    """Return the section that a question is about: the one at its place, else the one spoken of."""
    chosen = placed(where, focus) if where or where.step else None
    return chosen.items[0].unit if chosen is not None and len(chosen.items) == 1 else focus.unit


def _inside(one: IndexedDocument, group: Group, unit: int) -> bool:
    return group.unit is not None and unit in one.path_of(group.unit)
