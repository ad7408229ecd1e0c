"""Where the words of a text begin and end."""

from __future__ import annotations

import re
from itertools import accumulate

from index import cut, fold


def token_edges(text: str) -> frozenset[int]:
    """Return where the words of a (folded) text begin and end, by the dictionary."""
    return frozenset(accumulate(map(len, cut(text)), initial=0))


def without_words(pattern: re.Pattern[str], text: str) -> str:
    """Return a text without what a pattern finds in it, where that begins and ends as words do: no 上年 of 以上年龄."""
    edges = token_edges(fold(text)) if pattern.search(text) else frozenset()
    return pattern.sub(lambda found: "" if {found.start(), found.end()} <= edges else found[0], text)
