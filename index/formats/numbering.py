"""The numbers that Word generates and the text does not contain: numbering.xml -> 一、 （一） 1. ① 第一章."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lxml import etree

from index.formats.numerals import label

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = 9
BULLET = "●"

_PLACE = re.compile(r"%([1-9])")
_NEEDS_BLANK = re.compile(
    r"[A-Za-z0-9\u4e00-\u9fff]$"
)  # 1.1 概述, 第一章 总则; 一、 stands right before its text
_WIDE_MARK = "、．：，。）】〕〉》"


def value(parent: etree._Element | None, name: str) -> str | None:
    """Return `w:val` of a child element, None where there is no such child."""
    found = None if parent is None else parent.find(W + name)
    return None if found is None else found.get(W + "val", "")


def number(text: str | None, otherwise: int) -> int:
    """Return an integer that a file states, or `otherwise`."""
    try:
        return max(-1, min(int(text or ""), 1_000_000))
    except ValueError:
        return otherwise


@dataclass(frozen=True, slots=True)
class Level:
    """How one level counts: its first number, form, label (%1.%2), and after which level it begins anew."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int | None = None
    is_legal: bool = False
    suffix: str = "tab"
    style: str | None = None


@dataclass(slots=True)
class List:
    """A numbered list as paragraphs name it: its levels, the counters it shares, and where it begins anew."""

    abstract: str
    levels: dict[int, Level]
    starts: dict[int, int]


@dataclass(slots=True)
class Numbering:
    """Counts a document's paragraphs as Word does; `label` is called once for each, in order."""

    lists: dict[str, List] = field(default_factory=dict)
    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def level_of_style(self, list_id: str, style: str) -> int | None:
        """Return the level of a list that is bound to a paragraph style."""
        found = self.lists.get(list_id)
        levels = found.levels.items() if found else ()
        return next((place for place, level in levels if level.style == style), None)

    def label(self, list_id: str, place: int) -> str:
        """Count one paragraph and return what stands before its text; empty where nothing does."""
        found = self.lists.get(list_id)
        if found is None or not 0 <= place < LEVELS:
            return ""
        level = found.levels.get(place, Level())
        counts = self._counts.setdefault(found.abstract, [None] * LEVELS)
        if place in found.starts and (list_id, place) not in self._begun:
            counts[place] = None
            self._begun.add((list_id, place))
        before = counts[place]
        counts[place] = found.starts.get(place, level.start) if before is None else before + 1
        for deeper in range(place + 1, LEVELS):
            restart = found.levels.get(deeper, Level()).restart
            if restart is None or 0 < place + 1 <= restart:
                counts[deeper] = None
        return self._written(found, level, counts)

    @staticmethod
    def _written(found: List, level: Level, counts: list[int | None]) -> str:
        if level.form == "bullet":
            sign = level.text.strip()
            return BULLET if sign and "\ue000" <= sign[0] <= "\uf8ff" else sign

        def shown(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            one = found.levels.get(place, Level())
            count = counts[place]
            count = found.starts.get(place, one.start) if count is None else count
            return label(count, "decimal" if level.is_legal and one.form != "none" else one.form)

        text = _PLACE.sub(shown, level.text)
        if not text or level.suffix == "nothing":
            return text
        blank = _NEEDS_BLANK.search(text) if level.suffix == "tab" else text[-1] not in _WIDE_MARK
        return text.rstrip() + " " if blank else text


def read_numbering(root: etree._Element | None, style_lists: dict[str, str]) -> Numbering:
    """Return a document's lists; `style_lists` gives the list of each numbering style (w:numStyleLink)."""
    numbering = Numbering()
    if root is None:
        return numbering
    abstracts = {one.get(W + "abstractNumId", ""): one for one in root.findall(W + "abstractNum")}
    nums = {one.get(W + "numId", ""): one for one in root.findall(W + "num")}
    for list_id, one in nums.items():
        abstract = value(one, "abstractNumId") or ""
        abstract = _followed(abstract, abstracts, nums, style_lists)
        if abstract in abstracts:
            numbering.lists[list_id] = _list(abstract, abstracts[abstract], one)
    return numbering


def _followed(
    abstract: str,
    abstracts: dict[str, etree._Element],
    nums: dict[str, etree._Element],
    style_lists: dict[str, str],
) -> str:
    """Return the definition that one which only names a numbering style leads to."""
    for _ in range(4):
        link = value(abstracts.get(abstract), "numStyleLink")
        further = value(nums.get(style_lists.get(link, "")), "abstractNumId") if link else None
        if further is None or further == abstract:
            break
        abstract = further
    return abstract


def _list(abstract: str, definition: etree._Element, num: etree._Element) -> List:
    levels = {number(one.get(W + "ilvl"), -1): _level(one) for one in definition.findall(W + "lvl")}
    starts: dict[int, int] = {}
    for override in num.findall(W + "lvlOverride"):
        place = number(override.get(W + "ilvl"), -1)
        if (own := override.find(W + "lvl")) is not None:
            levels[place] = _level(own)
            starts[place] = levels[place].start
        if (start := value(override, "startOverride")) is not None:
            starts[place] = number(start, 1)
            levels[place] = replace(levels.get(place, Level()), start=starts[place])
    return List(abstract, levels, starts)


def _level(one: etree._Element) -> Level:
    restart = value(one, "lvlRestart")
    form = value(one, "numFmt")
    if form is None:  # newer forms stand beside an older one for programs that do not know them
        inner = one.find(".//" + W + "numFmt")
        form = "decimal" if inner is None else inner.get(W + "val", "decimal")
    legal = one.find(W + "isLgl")
    return Level(
        start=number(value(one, "start"), 0 if value(one, "start") == "" else 1),
        form=form,
        text=(value(one, "lvlText") or "")[:100],
        restart=None if restart is None else number(restart, 0),
        is_legal=legal is not None and legal.get(W + "val") not in ("0", "false"),
        suffix=value(one, "suff") or "tab",
        style=value(one, "pStyle"),
    )
