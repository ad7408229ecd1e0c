"""Stated counts: 八个方面, 两件大事, 114项, 以上十条 — where they stand and how many they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.structure.numbers import NUMERAL, parse_numeral

# The classifiers that count items of a list, and 大 that stands for one: a closed class of grammar.
_CLASSIFIER = (
    "个|大|项|点|条|件|种|类|方面|步|句|层|对|组|批|道|支|座|位|名|城|字|端|者|级|块|桩|篇|处|家|类型|环节"
)
_NUMBER = rf"(?P<number>{NUMERAL}{{1,4}}|\d{{1,3}})(?P<classifier>{_CLASSIFIER})"
COUNTED = re.compile(rf"(?<![第\d.．〇零“「『\"]){_NUMBER}")
NAMED = re.compile(rf"(?<![第\d.．〇零]){_NUMBER}")  # also where it opens a name: “五大机遇”
TRAILING = re.compile(rf"(?:以上|上述)(?P<number>{NUMERAL}{{1,3}}|\d{{1,3}})(?:{_CLASSIFIER})")
# 几点, 以下, 如下: what follows is a list, without its number; and a colon says the same.
_POINTS_ON = re.compile(r"几(?:个|点|项|条|件|种|方面|类)|以下|下列|如下|[：:]\s*\Z")
_FAR = 600  # characters before a list in which its sentence may say how many there are
_MOST = 200  # items of one list


@dataclass(frozen=True, slots=True)
class Count:
    """A stated count; `start:end` are the numeral and its classifier."""

    start: int
    end: int
    number: int


def counts(text: str, start: int, end: int, pattern: re.Pattern[str] = COUNTED) -> Iterator[Count]:
    """Yield the counts from two on that text[start:end] states, in order; 一个 counts nothing."""
    for match in pattern.finditer(text, start, end):
        number = parse_numeral(match["number"])
        if number is not None and 2 <= number <= _MOST:
            yield Count(match.start(), match.end(), number)


def points_on(text: str, start: int, end: int) -> bool:
    """Tell whether the sentence text[start:end] says that a list follows."""
    return _POINTS_ON.search(text[max(start, end - _FAR) : end]) is not None


def stated_count(text: str, start: int, end: int, found: int) -> int | None:
    """Return the count that an announcing sentence states; where it states others too, the one `found`.

    One that differs from what was found is believed where the sentence ends with it (…九项重点任务。) or
    says that the list follows (以下三种情形…：).
    """
    stated = list(counts(text, max(start, end - _FAR), end))
    if any(count.number == found for count in stated):
        return found
    if not stated:
        return None
    last = stated[-1]
    tail = text[last.end : end].rstrip("。：: \n；;")
    closes = len(tail) <= 14 and not any(mark in tail for mark in "，。；：、“”")
    return last.number if closes or points_on(text, last.end, end) else None
