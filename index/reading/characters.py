"""Blanks, widths and invisible characters: what a reader does not tell apart is made the same."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache

from index.reading.trace import Edit, Trace

CHINESE = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
_KEPT = frozenset("，：；！？（）")  # full width is the canonical form of these
_BLANKS = "\xa0\u1680\u202f\u205f\u3000\u3164\u2800" + "".join(map(chr, range(0x2000, 0x200B)))
_BREAKS = "\x0b\x0c\x85\u2028\u2029"
_SAME = {
    **dict.fromkeys("\u2015\u2500\u2e3a\ufe58", "—"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\ufe63\u2212", "-"),
    **dict.fromkeys("\u2022\u2027\u2219\u22c5\u30fb\uff65", "·"),
    **dict.fromkeys("\u02ba\u2033\uff02", '"'),
    "\u301c": "~",
    "\u2025": "…",
    "\u22ef": "…",
    "\x07": "\t",  # the end of a cell in text out of Word
    "\x1e": "-",  # its hyphen that does not break
}
_INVISIBLE = re.compile(
    r"\x1b\[[0-9;]{0,20}[A-Za-z]|[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\U000e0000-\U000e01ef]"
)
_ZERO = re.compile(r"(?<=[一二三四五六七八九〇○◯])[○◯]|[○◯](?=[一二三四五六七八九])")


def fold_characters(trace: Trace) -> Trace:
    """Return `trace` with one kind of blank and of line end, ASCII digits and letters, nothing invisible."""
    trace = trace.translated(_ZERO.sub("〇", trace.text.translate(_table())))
    return trace.edited(_invisible(trace.text))


def _invisible(text: str) -> Iterator[Edit]:
    """Leave out what has no shape; a soft hyphen between two digits stands for a dash (2014-2020年)."""
    for match in _INVISIBLE.finditer(text):
        start, end = match.span()
        dash = match[0] == "\xad" and text[start - 1 : start].isdecimal() and text[end : end + 1].isdecimal()
        yield start, end, "-" if dash else ""


@cache
def _table() -> dict[int, str]:
    """Return what takes the place of a character, always one for one."""
    table = dict.fromkeys(map(ord, _BLANKS), " ") | dict.fromkeys(map(ord, _BREAKS), "\n")
    for code in (
        *range(0x2E80, 0x2FE0),
        *range(0xF900, 0xFB00),
        *range(0x2F800, 0x2FA20),
        *range(0xFE50, 0xFE6C),
        *range(0xFF01, 0xFF9F),
    ):
        same = unicodedata.normalize("NFKC", chr(code))
        if len(same) == 1 and same != chr(code) and chr(code) not in _KEPT:
            table[code] = same
    table |= {ord(char): same for char, same in _SAME.items()}
    return {code: sys.intern(same) for code, same in table.items()}
