"""The frame of a text, found once: which marks pair up, how deep a place lies in them, where sentences end."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "（": "）", "(": ")", "《": "》", "〈": "〉", "【": "】", "〔": "〕"}
_CLOSING = {close: opening for opening, close in _PAIRS.items()}
_STRAIGHT = '"'
QUOTES = "“「『" + _STRAIGHT
_STOPS = "。！？!?"
_GOES_ON = "，、；：,;:"


@dataclass(frozen=True)
class Frame:
    """`pairs` maps an opening mark's offset to its closing one's, `openings` the other way round;
    `depth[i]` counts the pairs around i, `quoted[i]` those of quotation marks among them.

    `ends` are the offsets right after each sentence: at 。！？ outside all pairs, after the pair where it is
    the pair's last character and nothing goes on (“……。”), and at line ends.
    """

    text: str
    pairs: dict[int, int]
    openings: dict[int, int]
    depth: array[int]
    quoted: array[int]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Frame:
        """Return the frame of `text`, in one pass. Marks that find no partner in their line are none."""
        pairs = dict(_pairs(text))
        depth = _depth(len(text), pairs.items())
        quoted = _depth(len(text), [pair for pair in pairs.items() if text[pair[0]] in QUOTES])
        openings = {closing: opening for opening, closing in pairs.items()}
        return cls(text, pairs, openings, depth, quoted, tuple(dict.fromkeys(_ends(text, depth, pairs))))

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
            start = self.ends[place - 1] if place else 0
            span = self.trimmed(start, self.ends[place])
            if span[0] < span[1]:
                return span
            place -= 1
        return None

    def sentences(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the sentences of text[start:end] in order."""
        place = bisect_right(self.ends, start)
        while start < end:
            stop = min(self.ends[place], end) if place < len(self.ends) else end
            span = self.trimmed(start, stop)
            if span[0] < span[1]:
                yield span
            start, place = stop, place + 1

    def trimmed(self, start: int, end: int) -> tuple[int, int]:
        """Return the span without its outer blanks."""
        piece = self.text[start:end]
        left = len(piece) - len(piece.lstrip())
        return (start + left, start + max(left, len(piece.rstrip())))

    def cuts(self, start: int, end: int, marks: str) -> list[int]:
        """Return the offsets in text[start:end] of `marks` that lie no deeper than its start."""
        level = self.depth[start] if start < end else 0
        return [i for i in range(start, end) if self.text[i] in marks and self.depth[i] == level]

    def pieces(self, start: int, end: int, marks: str) -> list[tuple[int, int]]:
        """Return what lies between those offsets, without blanks; empty pieces left out."""
        bounds = [start - 1, *self.cuts(start, end, marks), end]
        spans = [self.trimmed(a + 1, b) for a, b in zip(bounds, bounds[1:], strict=False)]
        return [span for span in spans if span[0] < span[1]]

    def ends_within(self, start: int, end: int) -> int:
        """Return how many sentences end in text[start:end]."""
        return bisect_left(self.ends, end) - bisect_right(self.ends, start)


def _depth(size: int, pairs: Iterable[tuple[int, int]]) -> array[int]:
    steps = array("i", bytes(4 * (size + 1)))
    for opening, closing in pairs:
        steps[opening + 1] += 1
        steps[closing] -= 1
    return array("i", accumulate(steps))


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    open_: list[int] = []
    waiting: dict[str, int] = {}  # how many of each opening mark are open
    for at, character in enumerate(text):
        if character == "\n":
            open_.clear()
            waiting.clear()
            continue
        partner = _partner(character, text, open_, waiting)
        if partner:
            while open_:
                last = open_.pop()
                waiting[text[last]] -= 1
                if text[last] in partner:
                    yield last, at
                    break
        elif character in _PAIRS or character == _STRAIGHT:
            open_.append(at)
            waiting[character] = waiting.get(character, 0) + 1


def _partner(character: str, text: str, open_: list[int], waiting: dict[str, int]) -> str:
    """Return the opening marks that `character` may close, of which one is open; else an empty string.

    Typists mix “ and ": either closes the other, where it is the last that was opened.
    """
    if character == _STRAIGHT:
        return QUOTES if open_ and text[open_[-1]] in ("“", _STRAIGHT) else ""
    opening = _CLOSING.get(character, "")
    if opening and waiting.get(opening):
        return opening
    if character == "”" and open_ and text[open_[-1]] == _STRAIGHT:
        return _STRAIGHT
    return ""


def _ends(text: str, depth: array[int], pairs: dict[int, int]) -> Iterator[int]:
    closing = set(pairs.values())
    for at, character in enumerate(text):
        if character == "\n":
            yield at + 1
        elif character in _STOPS:
            stop = at + 1
            while stop < len(text) and text[stop] in _STOPS and stop - at < 4:
                stop += 1
            level = depth[at]
            while level and stop in closing:
                stop, level = stop + 1, level - 1
            follower = text[stop : stop + 1]
            if not level and follower not in _STOPS and (stop == at + 1 or follower not in _GOES_ON):
                yield stop
