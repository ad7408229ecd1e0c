"""Text -> quantities: numbers with their unit, and what each is the number of."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from index.structure.frame import QUOTES, Frame
from index.structure.numbers import NUMERAL, parse_numeral
from index.types import Quantity, Span

_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "万亿": 10**12, "百万": 10**6, "千万": 10**7, "百亿": 10**10, "千亿": 10**11, "百万亿": 10**14}
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?P<digits>(?<![\d.〔\-—A-Za-z])\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|(?<![\d.〔A-Za-z])\d+(?:\.\d+)?)(?![\dA-Za-z.]*[A-Za-z])(?P<scale>{_SCALE})?"
    rf"|(?P<masked>(?<!\*)\*{{1,4}}(?!\*))(?P<masked_scale>{_SCALE})?"
    rf"|百分之(?P<percent>{NUMERAL}{{1,4}}|\d+)"
    rf"|(?P<numeral>(?<![第\u4e00-\u9fff]初)(?<![第初〇零]){NUMERAL}{{1,6}})(?P<numeral_scale>[万亿]{{1,2}})?"
)
_MORE = "(?:多|余|几|来)?"
_CLAUSE = "，。；：！？、,;:!?\n（(“”"
_AFTER = 12  # characters of a noun after a classifier
_BEFORE = 30  # characters before a number in which its noun may stand
_HAN = "[\u4e00-\u9fff]"
_BOUND = re.compile("(?:以上|以下|左右|以内|以外|上下|之多)")
_OPEN_NOUN = re.compile(rf"(?:的)?(?P<noun>{_HAN}{{2,{_AFTER}}})")


@dataclass(frozen=True)
class _Words:
    """Units, classifiers and joining words; `unit` matches either of the first two, the longest first."""

    unit: re.Pattern[str]
    classifiers: frozenset[str]
    joining: frozenset[str]
    longest: int


@functools.cache
def _words() -> _Words:
    lines = (resources.files("index") / "data" / "measures.txt").read_text("utf-8").splitlines()
    units, classifiers, joining = (line.split() for line in lines if line and not line.startswith("#"))
    longest_first = sorted({*units, *classifiers}, key=lambda w: (-len(w), w))
    unit = re.compile(_MORE + "(?P<unit>" + "|".join(map(re.escape, longest_first)) + ")")
    return _Words(unit, frozenset(classifiers), frozenset(joining), max(map(len, joining)))


def find_quantities(frame: Frame, taken: tuple[Span, ...] = ()) -> tuple[Quantity, ...]:
    """Return the quantities of a text in order; numbers inside `taken` (dates, marks) are none."""
    found: list[Quantity] = []
    spans = iter(sorted(taken))
    closed = next(spans, None)
    for match in _NUMBER.finditer(frame.text):
        while closed and closed[1] <= match.start():
            closed = next(spans, None)
        if closed and closed[0] <= match.start():
            continue
        one = _quantity(frame, match, found[-1] if found else None)
        if one:
            found.append(one)
    return tuple(_respectively(frame, found))


def _quantity(frame: Frame, match: re.Match[str], previous: Quantity | None) -> Quantity | None:
    text = frame.text
    if text[match.start() - 1 : match.start()] == "第" or _is_quoted(frame, match):
        return None
    value, scaled = _value(match)
    unit = _words().unit.match(text, match.end())
    name = "%" if match["percent"] else unit["unit"] if unit and not match["percent"] else ""
    if text[match.end() : match.end() + 1] in ("%", "％", "‰"):
        name = "%" if text[match.end()] != "‰" else "‰"
    if not name and not (scaled and match["digits"]):
        return None
    if match["numeral"] and (not name or (value == 1 and name not in ("番", "倍")) or len(name) == 1 and _is_part_of_word(text, match, name)):
        return None
    if match["masked"] and not name:
        return None
    end = unit.end() if unit and name else match.end() + _more(text, match.end())
    measured = _measured(frame, match.start(), end, name, previous)
    return Quantity(match.start(), end, value, name, measured)


def _more(text: str, at: int) -> int:
    return 1 if text[at : at + 1] in ("多", "余") else 0


def _is_quoted(frame: Frame, match: re.Match[str]) -> bool:
    """Tell whether a number written in Chinese opens a term in quotation marks (“三个意识”): a name, no count."""
    before = frame.text[match.start() - 1 : match.start()]
    return match["numeral"] is not None and before in QUOTES and before != ""


def _is_part_of_word(text: str, match: re.Match[str], name: str) -> bool:
    """Tell whether numeral and classifier are part of a word: 四方, 三代, 两级政府 is not, 统一 is."""
    return name in "方代面点成级国省市县区乡镇村" and not re.match("以上|以下|，|。|、|；|$", text[match.end() + 1 :]) or re.match(_HAN, text[match.start() - 1 : match.start()] or "，") is not None and text[match.start() - 1] in "统唯专单同万第初十"


def _value(match: re.Match[str]) -> tuple[float | None, bool]:
    """Return the number's value, None for a blanked-out one, and whether 万 or the like scales it."""
    if match["masked"]:
        return None, bool(match["masked_scale"])
    if match["digits"]:
        scale = match["scale"]
        return round(float(match["digits"].replace(",", "")) * _SCALES.get(scale or "", 1), 6), bool(scale)
    numeral = match["percent"] or match["numeral"] + (match["numeral_scale"] or "")
    value = parse_numeral(numeral)
    return (None if value is None else float(value)), bool(match["numeral_scale"])


# --- what is measured ------------------------------------------------------------------------------


def _measured(frame: Frame, start: int, end: int, unit: str, previous: Quantity | None) -> Span | None:
    """Return what a quantity is the number of.

    After a classifier the noun that follows (319个基层党组织); else, or where none follows, the noun before
    (固定资产投资增长5%), from the clause before where this one has none; else what the quantity before it
    in the same sentence measures.
    """
    counted = unit in _words().classifiers or not unit
    after = _noun_after(frame, end)
    if counted and after:
        return after
    before = _noun_before(frame, start)
    if before:
        return before
    if after and not _BOUND.match(frame.text, end):
        return after
    if previous and frame.sentence(previous.start) == frame.sentence(start):
        return previous.measured
    return None


def _noun_after(frame: Frame, end: int) -> Span | None:
    match = _OPEN_NOUN.match(frame.text, _BOUND.match(frame.text, end).end() if _BOUND.match(frame.text, end) else end)  # type: ignore[union-attr]
    if match is None:
        return None
    start, stop = match.span("noun")
    joining = _words().joining
    for at in range(start, stop - 1):
        if frame.text[at : at + 2] in joining:
            stop = at
            break
    return (start, stop) if stop - start >= 2 else None


def _noun_before(frame: Frame, start: int) -> Span | None:
    """Return the noun before a number in its clause: joining words at both ends left out."""
    text = frame.text
    floor = max(0, start - _BEFORE)
    at = start
    if at and text[at - 1] in "（(":
        at -= 1
    end = at
    while at > floor and text[at - 1] not in _CLAUSE and not text[at - 1].isdigit() and text[at - 1] not in "*%％+=÷":
        at -= 1
    return _stripped(text, at, end)


def _stripped(text: str, start: int, end: int) -> Span | None:
    """Return the span without joining words at its ends; None where less than two characters are left."""
    words = _words()
    changed = True
    while changed and end - start >= 2:
        changed = False
        for size in range(min(words.longest, end - start), 0, -1):
            if text[end - size : end] in words.joining or text[end - size : end].isspace():
                end, changed = end - size, True
                break
    changed = True
    while changed and end - start >= 2:
        changed = False
        for size in range(min(words.longest, end - start - 1), 1, -1):
            if text[start : start + size] in words.joining:
                start, changed = start + size, True
                break
    return (start, end) if end - start >= 2 else None


def _respectively(frame: Frame, found: list[Quantity]) -> Iterator[Quantity]:
    """Yield the quantities; after 分别 the nth of a clause measures what the nth of the clause before did."""
    yield from found
