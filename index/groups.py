"""What a document lists: the parts of a unit, the items that a sentence announces, sentences in a row that open alike."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from index.types import IndexedDocument, Section, SectionKind, Span

LEAST = 2  # members of a group
ALIKE = 3  # clauses in a row that open alike from which they are a group
OPENING = 2  # characters that open alike
TITLE = 18  # characters of each heading above in a group's description
LEAD = 14  # characters of each member in it
ANNOUNCED = 40  # characters of what announces it, from its end
NAMED = 40  # members that a description begins to name
DESCRIBED = 150  # characters of a description in all
_SENTENCE = re.compile(r"[^。；！？\n]+[。；！？]?")
_CLAUSE = re.compile(r"[^，。；！？\n]+[，。；！？]?")
_LINE = re.compile(r"[^\n]+")
_KIND = re.compile(
    r"[\d〇零一二三四五六七八九十百]+"
)  # a marker without its number: what markers in a row share


@dataclass(frozen=True, slots=True)
class Item:
    """A member: `start` to `lead_end` is its heading or how it opens, to `end` all of it; `unit` its section."""

    start: int
    lead_end: int
    end: int
    unit: int | None = None
    ordinal: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Items that stand together. `unit` is the section whose parts they are or in which they stand (None: the document).

    `announced` is the sentence that announces them, `stated` how many it says there are.
    """

    unit: int | None
    items: tuple[Item, ...]
    announced: Span | None = None
    stated: int | None = None


@lru_cache(maxsize=64)
def groups_of(one: IndexedDocument) -> tuple[Group, ...]:
    """Return a document's groups, outermost units first, then those inside sentences; none twice."""
    found: dict[tuple[int, ...], Group] = {}
    for group in (*_units(one), *_running(one), *_enumerations(one), *_tables(one), *_alike(one)):
        key = tuple(item.start for item in group.items)
        known = found.get(key)
        if known is None or (known.announced is None and group.announced is not None):
            found[key] = group if known is None else _announced(known, group)
    return tuple(found.values())


def _announced(known: Group, other: Group) -> Group:
    return Group(known.unit, known.items, other.announced, other.stated)


def _units(one: IndexedDocument) -> Iterator[Group]:
    """Yield the parts of each unit: those in a row that are numbered or open alike, and all where none are numbered apart.

    What stands between numbered parts without a number is none of them: 分几部分 counts the numbered ones.
    """
    for parent in (None, *(s.index for s in one.sections)):
        children = [one.sections[n] for n in one.children_of(parent)]
        runs = [list(run) for _, run in groupby(children, key=lambda c: _style(one, c))]
        runs = [run for run in runs if len(run) >= LEAST]
        if len(children) >= LEAST and not any(run[0].marker and len(run) < len(children) for run in runs):
            yield Group(parent, tuple(_item(c) for c in children))
        yield from (Group(parent, tuple(_item(c) for c in run)) for run in runs if len(run) < len(children))


def _running(one: IndexedDocument) -> Iterator[Group]:
    """Yield the units that are numbered on from part to part: the articles of all chapters."""
    styles: dict[tuple[str, str], list[Section]] = {}
    for section in one.sections:
        if section.marker and section.ordinal is not None:
            styles.setdefault(_style(one, section), []).append(section)
    for run in styles.values():
        numbers = [section.ordinal for section in run]
        if len({section.parent for section in run}) > 1 and numbers == list(range(1, len(run) + 1)):
            yield Group(None, tuple(_item(section) for section in run))


def _item(section: Section) -> Item:
    return Item(section.start, section.title_end, section.end, section.index, section.ordinal)


def _style(one: IndexedDocument, section: Section) -> tuple[str, str]:
    """Return what the headings of units in a row share: their kind, and the marker without its number or how they open."""
    if section.marker:
        return section.kind, _KIND.sub("", section.marker)
    alike = section.kind == "parallel"
    return section.kind, one.document.text[section.start : section.start + OPENING] if alike else ""


def _enumerations(one: IndexedDocument) -> Iterator[Group]:
    for listed in one.knowledge.enumerations:
        if len(listed.members) < LEAST:
            continue
        items = tuple(
            Item(
                m.start,
                m.lead_end,
                m.end,
                m.section,
                None if m.section is None else one.sections[m.section].ordinal,
            )
            for m in listed.members
        )
        at = listed.announced[0] if listed.announced else items[0].start
        home = _home(one, at)
        yield Group(home, items, listed.announced, listed.stated)


def _tables(one: IndexedDocument) -> Iterator[Group]:
    """Yield the rows of each table, announced by its header."""
    for table in one.knowledge.tables:
        items = tuple(Item(row[0][0], row[-1][1], row[-1][1]) for row in table.rows)
        if len(items) >= LEAST:
            header = (table.header[0][0], table.header[-1][1]) if table.header else None
            yield Group(_home(one, table.start), items, header)


def _alike(one: IndexedDocument) -> Iterator[Group]:
    """Yield the sentences, or clauses, in a row within a numbered unit that open alike, and all paragraphs that do."""
    text = one.document.text
    homes = [s for s in one.sections if s.kind is SectionKind.NUMBERED]
    edges = sorted({0, len(text), *(s.start for s in homes), *(s.end for s in homes)})
    for start, end in pairwise(edges):
        home = _home(one, start, numbered=True)
        for cut, sizes in ((_SENTENCE, (OPENING, 1)), (_CLAUSE, (OPENING,))):
            pieces = [(m.start() + _blank(m.group()), m.end()) for m in cut.finditer(text, start, end)]
            pieces = [(a, b) for a, b in pieces if b - a > OPENING]
            for size in sizes:
                for _, run in groupby(pieces, key=lambda p: text[p[0] : p[0] + size]):
                    rows = list(run)
                    if len(rows) >= ALIKE:
                        yield Group(home, tuple(Item(a, b, b) for a, b in rows))
    openings: dict[str, list[Item]] = {}
    for line in _LINE.finditer(text):
        start = line.start() + _blank(line.group())
        sentence = _SENTENCE.match(text, start)
        if sentence and line.end() - start > 2 * OPENING:
            openings.setdefault(text[start : start + 2 * OPENING], []).append(
                Item(start, min(sentence.end(), line.end()), line.end())
            )
    yield from (Group(None, tuple(items)) for items in openings.values() if len(items) >= ALIKE)


def _home(one: IndexedDocument, at: int, *, numbered: bool = False) -> int | None:
    """Return the innermost section, numbered where asked for, that holds an offset: sections stand in order."""
    place: int | None = bisect_right(one.sections, at, key=lambda s: s.start) - 1
    while place is not None and place >= 0:
        section = one.sections[place]
        if at < section.end and (not numbered or section.kind is SectionKind.NUMBERED):
            return place
        place = section.parent
    return None


def _blank(text: str) -> int:
    return len(text) - len(text.lstrip())


def describe(one: IndexedDocument, group: Group) -> str:
    """Return a group as it is read beside a question: the headings above, what announces it, how its members begin."""
    text = one.document.text
    above = " > ".join(one.title_of(s)[:TITLE] for s in one.path_of(group.unit, 2))
    said = (
        text[max(group.announced[0], group.announced[1] - ANNOUNCED) : group.announced[1]]
        if group.announced
        else ""
    )
    members = "；".join(text[i.start : min(i.lead_end, i.start + LEAD)] for i in group.items[:NAMED])
    return " ".join(f"{above}：{said}（{len(group.items)}）{members}".split())[:DESCRIBED]


def main_unit(one: IndexedDocument) -> int | None:
    """Return the unit whose parts a reader calls the document's: none, or the one that holds all others."""
    unit: int | None = None
    while len(children := one.children_of(unit)) == 1 and one.children_of(children[0]):
        unit = children[0]
    return unit
