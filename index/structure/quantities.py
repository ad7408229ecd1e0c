"""Text -> quantities: numbers with their unit, and what each is the number of."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources

from index.structure.frame import QUOTES, Frame
from index.structure.numbers import NUMERAL, parse_numeral
from index.types import Quantity, Span

_SCALES = {
    "十": 10,
    "百": 100,
    "千": 1000,
    "万": 10**4,
    "亿": 10**8,
    "万亿": 10**12,
    "百万": 10**6,
    "千万": 10**7,
    "百亿": 10**10,
    "千亿": 10**11,
    "百万亿": 10**14,
}
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?=[\d*百]|{NUMERAL})(?:(?P<digits>(?<![\d.·〔\-—A-Za-z])\d{{1,3}}(?:,\d{{3}})++(?:\.\d++)?+"
    r"|(?<![\d.·〔A-Za-z])\d++(?:[.·]\d++)?+)(?![\d.]*[A-Za-z])"
    rf"(?:[多余几](?=[万亿]))?(?P<scale>{_SCALE})?"
    rf"|(?P<masked>(?<!\*)\*{{1,4}}(?!\*))(?P<masked_scale>{_SCALE})?"
    rf"|百分之(?P<percent>{NUMERAL}{{1,4}}|\d+)"
    rf"|(?P<numeral>(?<![初〇零]){NUMERAL}{{1,6}})(?P<numeral_scale>万亿|万|亿)?)"
)
_MORE = ("多", "余", "几", "来")
_CLAUSE = "，。；：！？、,;:!?\n（(）)“”+=÷％%"
_UNIT_SIZES = range(6, 0, -1)  # characters of a unit: 毫克/立方米 has six
_JOINING = 4  # characters of a joining word
_AFTER = 12  # characters of a noun after a classifier
_BEFORE = 30  # characters before a number in which its noun may stand
_HAN = "[\u4e00-\u9fff]"
_BOUND = re.compile("(?:以上|以下|左右|以内|以外|上下|之多)")
_OPEN_NOUN = re.compile(rf"(?:的)?(?P<noun>{_HAN}{{2,{_AFTER}}})")


@dataclass(frozen=True)
class _Words:
    """Units with classifiers among them, the classifiers alone, and the words that join noun and number."""

    units: frozenset[str]
    classifiers: frozenset[str]
    joining: frozenset[str]

    def unit_at(self, text: str, at: int) -> str:
        """Return the longest unit that text[at:] starts with; an empty one where it starts with none."""
        return next((text[at : at + n] for n in _UNIT_SIZES if text[at : at + n] in self.units), "")


@functools.cache
def _words() -> _Words:
    lines = (resources.files("index") / "data" / "measures.txt").read_text("utf-8").splitlines()
    units, classifiers, joining = (line.split() for line in lines if line and not line.startswith("#"))
    return _Words(frozenset({*units, *classifiers}), frozenset(classifiers), frozenset(joining))


def find_quantities(
    frame: Frame, dates: Sequence[Span], marks: Sequence[Span], is_word: Callable[[str], bool]
) -> tuple[Quantity, ...]:
    """Return the quantities of a text in order; numbers inside `dates` and `marks` of sections are none.

    `is_word` tells a classifier (两口井) from the start of a word (两口岸).
    """
    reader = _Reader(frame, is_word, {end: start for start, end in dates})
    taken = iter(sorted((*dates, *marks)))
    closed = next(taken, None)
    for match in _NUMBER.finditer(frame.text):
        while closed and closed[1] <= match.start():
            closed = next(taken, None)
        if not (closed and closed[0] <= match.start()):
            reader.read(match)
    return tuple(reader.found)


class _Reader:
    """Reads one text's numbers in order; `found` are the quantities so far."""

    def __init__(self, frame: Frame, is_word: Callable[[str], bool], dates: dict[int, int]) -> None:
        self.frame, self.text, self.is_word, self.dates = frame, frame.text, is_word, dates
        self.found: list[Quantity] = []

    def read(self, match: re.Match[str]) -> None:
        """Add the quantity that a number opens, where it does."""
        if self._is_name(match) or (self.found and match.start() < self.found[-1].end):
            return
        value, scaled = _value(match)
        unit, end = self._unit(match)
        if not unit and not (scaled and match["digits"]):
            return
        if match["numeral"] and (value is None or (value == 1 and unit not in ("番", "倍"))):
            return
        self.found.append(Quantity(match.start(), end, value, unit, self._measured(match.start(), end, unit)))

    def _is_name(self, match: re.Match[str]) -> bool:
        """Tell whether a number is part of a name: 第三, “三个意识”, 百年, 十一届三中全会, 统一."""
        before = self.text[match.start() - 1 : match.start()]
        if before == "第":
            return True
        numeral = match["numeral"]
        if numeral is None:
            return False
        return (
            (before != "" and before in QUOTES + "届")
            or numeral in ("百", "千", "万")
            or self.text[match.end() : match.end() + 1] == "届"
            or self.is_word(before + numeral[0])
        )

    def _unit(self, match: re.Match[str]) -> tuple[str, int]:
        """Return the unit after a number and where it ends; an empty one where a noun or nothing follows."""
        if match["percent"]:
            return "%", match.end()
        more = match.end() + self.text.startswith(_MORE, match.end())
        for at in (more, match.end()):  # 来 may be the start of a noun
            unit = _words().unit_at(self.text, at)
            if unit and not self._begins_word(at, unit):
                return unit.replace("％", "%"), at + len(unit)
        return "", match.end() + (self.text[match.end() : match.end() + 1] in ("多", "余"))

    def _begins_word(self, at: int, unit: str) -> bool:
        """Tell whether a classifier of one character is the start of the noun (14亿人口)."""
        if len(unit) > 1 or unit == "个" or unit not in _words().classifiers:
            return False
        return self.is_word(self.text[at : at + 2]) and not self.is_word(self.text[at + 1 : at + 3])

    # --- what is measured --------------------------------------------------------------------------

    def _measured(self, start: int, end: int, unit: str) -> Span | None:
        """Return what a quantity is the number of.

        After a classifier the noun that follows (319个基层党组织); else, or where none follows, the noun before
        (固定资产投资增长5%), from the clause before where this one has none; else what the quantity before it
        in the same sentence measures.
        """
        bound = _BOUND.match(self.text, end)
        after = self._noun_after(end)
        if after and not bound and (unit in _words().classifiers or not unit):
            return after
        before = self._noun_before(start)
        return before or (None if bound else after)

    def _noun_after(self, end: int) -> Span | None:
        if self.text[end : end + 1] in ("（", "("):
            end = self.frame.pairs.get(end, end - 1) + 1
        elif self.text[end : end + 1] in ("）", ")"):
            end += 1
        match = _OPEN_NOUN.match(self.text, end)
        if match is None:
            return None
        start, stop = match.span("noun")
        cut = next((i for i in range(start, stop - 1) if self.text[i : i + 2] in _words().joining), stop)
        return (start, cut) if cut - start >= 2 else None

    def _noun_before(self, start: int) -> Span | None:
        """Return the noun before a number; dates and joining words between them are passed over."""
        previous = self.found[-1] if self.found else None
        sentence = self.frame.sentence(start)[0]
        end = start
        while end > max(sentence, start - 3 * _BEFORE):
            end = self._back(end, max(sentence, start - 3 * _BEFORE))
            if previous and previous.end >= sentence and end <= previous.end:
                return previous.measured
            opening = self.frame.openings.get(end - 1)
            if opening is not None and self.text[opening] in QUOTES:
                return (opening, end)
            begin = self._clause(end, previous.end if previous else 0)
            noun = _without_joining(self.text, begin, end)
            if noun:
                return noun
            end = begin
            while end > sentence and self.text[end - 1] in _CLAUSE and self.text[end - 1] not in "。！？\n":
                end -= 1
            if end == begin and end not in self.dates:
                return None
        return None

    def _back(self, end: int, floor: int) -> int:
        """Return the offset before the joining words, dates and blanks that end at `end`."""
        text = self.text
        while end > floor:
            if end in self.dates:
                end = self.dates[end]
                continue
            size = self._joining_size(end)
            if not size and not text[end - 1].isspace() and text[end - 1] not in "和与至（(":
                return end
            end -= size or 1
        return end

    def _joining_size(self, end: int) -> int:
        """Return how many characters before `end` are a joining word, also one with 至, 到, 为 or 了 after it.

        A single character is none where it ends another word: 出 of 支出.
        """
        joining = _words().joining
        for size in range(min(_JOINING + 1, end), 1, -1):
            piece = self.text[end - size : end]
            if piece in joining or (piece[-1] in "至到为了" and piece[:-1] in joining):
                return size
        return int(self.text[end - 1 : end] in joining and not self.is_word(self.text[max(0, end - 2) : end]))

    def _clause(self, end: int, floor: int) -> int:
        """Return where the clause that ends at `end` starts, after the quantity or date before it at least."""
        at = end
        least = max(floor, end - _BEFORE)
        while at > least and self.text[at - 1] not in _CLAUSE and at not in self.dates:
            at -= 1
        return at


def _without_joining(text: str, start: int, end: int) -> Span | None:
    """Return the span without joining words at its start; None where less than two characters are left."""
    words = _words()
    while end - start >= 2:
        sizes = range(min(_JOINING, end - start - 1), 1, -1)
        size = next((n for n in sizes if text[start : start + n] in words.joining), 0)
        if not size:
            return (start, end)
        start += size
    return None


def _value(match: re.Match[str]) -> tuple[float | None, bool]:
    """Return the number's value, None for a blanked-out one, and whether 万 or the like scales it."""
    if match["masked"]:
        return None, bool(match["masked_scale"])
    if match["digits"]:
        scale = match["scale"]
        digits = match["digits"].replace(",", "").replace("·", ".")
        return float(Decimal(digits) * _SCALES.get(scale or "", 1)), bool(scale)
    value = parse_numeral(match["percent"] or match["numeral"])
    scale = _SCALES[match["numeral_scale"]] if match["numeral_scale"] else 1
    return (None if value is None else float(value * scale)), scale > 1
