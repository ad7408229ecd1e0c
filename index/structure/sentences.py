"""Document as a reader takes it and its section tree -> sentences."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.types import Section, Sentence

if TYPE_CHECKING:
    from index.reading import View

# A sentence ends at 。！？； with the closing quotes and brackets after it. A quoted sentence that the
# outer one goes on after (“……。”，) does not end it.
_END = re.compile(r"[。！？；!?;]++[”’」』）)》〉\"']*+(?![，、,：:])")


def split_sentences(view: View, sections: Sequence[Section]) -> tuple[Sentence, ...]:
    """Return the sentences of a text, each inside one paragraph and one section, without outer blanks."""
    starts = [s.start for s in sections]
    cuts = sorted({view.locate(start) for start in starts})
    sentences: list[Sentence] = []
    number = 0
    for paragraph, block in enumerate(view.blocks, start=1):
        if view.has_lines:
            number = 0
        for start, end in _pieces(view.text, block.start, block.end, cuts):
            number += 1
            source = view.span(start, end)
            sentences.append(
                Sentence(
                    index=len(sentences),
                    start=source[0],
                    end=source[1],
                    section=deepest_section(sections, starts, source[0]),
                    paragraph=paragraph if view.has_lines else None,
                    number=number,
                )
            )
    return tuple(sentences)


def deepest_section(sections: Sequence[Section], starts: Sequence[int], at: int) -> int | None:
    """Return the index of the deepest section that holds offset `at`; `starts` are the sections' starts."""
    found: int | None = bisect_right(starts, at) - 1
    if found is not None and found < 0:
        return None
    while found is not None and sections[found].end <= at:
        found = sections[found].parent
    return found


def _pieces(text: str, start: int, end: int, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one paragraph, cut at sentence ends and at the offsets `cuts`."""
    ends = {m.end() for m in _END.finditer(text, start, end)}
    ends.update(cuts[bisect_right(cuts, start) : bisect_left(cuts, end)])
    ends.add(end)
    for stop in sorted(ends):
        piece = text[start:stop]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = stop
