"""The frame of a text, found once: which marks pair up, what a place lies in, where sentences end."""

from __future__ import annotations

import functools
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

_PAIRS = {
    "“": "”",
    "‘": "’",
    "「": "」",
    "『": "』",
    "（": "）",
    "(": ")",
    "《": "》",
    "〈": "〉",
    "【": "】",
    "〔": "〕",
}
_CLOSING = {close: opening for opening, close in _PAIRS.items()}
_STRAIGHT = '"'
_MARKS = re.compile("[\n" + re.escape("".join(_PAIRS) + "".join(_CLOSING) + _STRAIGHT) + "]")
_STOP = re.compile("[。！？!?]{1,4}|\n")
_GOES_ON = "，、；：,;:。！？!?的"
QUOTES = "“「『" + _STRAIGHT


@dataclass(frozen=True)
class Frame:
    """`pairs` maps an opening mark's offset to its closing one's, `openings` the other way round.

    `inner[i]` is the opening mark of the innermost pair around i (-1: none), `depth[i]` counts the pairs.
    `ends` are the offsets right after each sentence: at 。！？ outside all pairs, after the pair where it is
    the pair's last character and nothing goes on (“……。”), and at line ends.
    """

    text: str
    pairs: dict[int, int]
    openings: dict[int, int]
    inner: array[int]
    depth: array[int]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Frame:
        """Return the frame of `text`, in one pass. Marks that find no partner in their line are none."""
        pairs = dict(_pairs(text))
        openings = {closing: opening for opening, closing in pairs.items()}
        inner, depth = _around(len(text), pairs)
        return cls(text, pairs, openings, inner, depth, tuple(dict.fromkeys(_ends(text, depth, openings))))

    def sentence(self, at: int) -> tuple[int, int]:
        """Return the sentence that holds offset `at`, blanks outside left out."""
        place = bisect_right(self.ends, at)
        start = self.ends[place - 1] if place else 0
        end = self.ends[place] if place < len(self.ends) else len(self.text)
        return self.trimmed(start, end)

    def before(self, at: int) -> tuple[int, int] | None:
        """Return the sentence that ends at or before `at`; None before the first."""
        place = bisect_right(self.ends, at) - 1
        while place >= 0:
            span = self.trimmed(self.ends[place - 1] if place else 0, self.ends[place])
            if span[0] < span[1]:
                return span
            place -= 1
        return None

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Yield the sentences of the text in order, blanks outside left out."""
        start = 0
        for end in (*self.ends, len(self.text)):
            span = self.trimmed(start, end)
            if span[0] < span[1]:
                yield span
            start = end

    def trimmed(self, start: int, end: int) -> tuple[int, int]:
        """Return the span without its outer blanks."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return start, end

    def quotation(self, at: int) -> bool:
        """Tell whether the innermost pair around `at` are quotation marks."""
        return self.inner[at] >= 0 and self.text[self.inner[at]] in QUOTES

    def closing(self, at: int) -> int | None:
        """Return where the innermost pair around `at` closes; None outside all pairs."""
        return self.pairs.get(self.inner[at])

    def cuts(self, start: int, end: int, marks: str, most: int) -> list[int]:
        """Return the first `most` offsets in text[start:end] of `marks` that lie in the same pair as its start."""
        inner = self.inner[start]
        found = (m.start() for m in _one_of(marks).finditer(self.text, start, end))
        return list(islice((at for at in found if self.inner[at] == inner), most))

    def pieces(self, start: int, end: int, marks: str, most: int) -> list[tuple[int, int]]:
        """Return what lies between those offsets, without blanks; empty pieces left out, none where there are more."""
        if start >= end:
            return []
        cuts = self.cuts(start, end, marks, most)
        if len(cuts) == most:
            return []
        bounds = [start - 1, *cuts, end]
        spans = [self.trimmed(a + 1, b) for a, b in pairwise(bounds)]
        return [span for span in spans if span[0] < span[1]]


@functools.cache
def _one_of(marks: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(marks)}]")


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    open_: list[int] = []
    waiting: dict[str, int] = {}  # how many of each opening mark are open
    for match in _MARKS.finditer(text):
        at, character = match.start(), match.group()
        if character == "\n":
            open_.clear()
            waiting.clear()
            continue
        partners = _partners(character, text, open_, waiting)
        while partners and open_:
            last = open_.pop()
            waiting[text[last]] -= 1
            if text[last] in partners:
                yield last, at
                break
        if not partners and (character in _PAIRS or character == _STRAIGHT):
            open_.append(at)
            waiting[character] = waiting.get(character, 0) + 1


def _partners(character: str, text: str, open_: list[int], waiting: dict[str, int]) -> str:
    """Return the opening marks that `character` may close, of which one is open; else an empty string.

    Typists mix “ and ": either closes the other, where it is the last that was opened.
    """
    last = text[open_[-1]] if open_ else ""
    if character == _STRAIGHT:
        return QUOTES if last in ("“", _STRAIGHT) and last else ""
    opening = _CLOSING.get(character, "")
    if opening and waiting.get(opening):
        return opening
    return _STRAIGHT if character == "”" and last == _STRAIGHT else ""


def _around(size: int, pairs: dict[int, int]) -> tuple[array[int], array[int]]:
    """Return for every offset the innermost pair's opening mark and the number of pairs around it."""
    inner = array("i", [-1]) * (size + 1)
    depth = array("i", [0]) * (size + 1)
    opened = [(opening + 1, 0, opening) for opening in pairs]
    closed = [(closing, 1, -1) for closing in pairs.values()]
    events = sorted(opened + closed)  # “” opens before it closes
    around: list[int] = []
    for (at, _, opening), (until, _, _) in zip(events, [*events[1:], (size + 1, 0, -1)], strict=False):
        if opening >= 0:
            around.append(opening)
        else:
            around.pop()
        if around and at < until:
            inner[at:until] = array("i", [around[-1]]) * (until - at)
            depth[at:until] = array("i", [len(around)]) * (until - at)
    return inner, depth


def _ends(text: str, depth: array[int], openings: dict[int, int]) -> Iterator[int]:
    for match in _STOP.finditer(text):
        stop = match.end()
        if match.group() == "\n":
            yield stop
            continue
        level = depth[match.start()]
        while level and stop in openings:
            stop, level = stop + 1, level - 1
        if not level and (stop == match.end() or text[stop : stop + 1] not in _GOES_ON or stop == len(text)):
            yield stop
