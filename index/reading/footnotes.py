"""Marks of footnotes inside the text left out: [1], 〔2〕, ^[3], [^4] after a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.reading.characters import CHINESE
from index.reading.trace import Edit, Trace

_MARK = re.compile(
    rf"(?<=[{CHINESE}A-Za-z0-9%”’）》」，。；：、！？])(?:\^?[\[［〔]\^?\d{{1,3}}[\]］〕]\^?|\^\d{{1,3}}\^|[¹²³⁴-⁹⁰]+(?<=[{CHINESE}”’）》][¹²³⁴-⁹⁰]))(?!号)"
)
_LEAST = 2  # a single [1] may be anything


def leave_out_footnote_marks(trace: Trace) -> Trace:
    """Return `trace` without footnote marks, where there are several."""
    marks = list(_marks(trace.text))
    return trace.edited(marks) if len(marks) >= _LEAST else trace


def _marks(text: str) -> Iterator[Edit]:
    for match in _MARK.finditer(text):
        yield *match.span(), ""
