"""Document and section tree -> sentences."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from index.types import Document, Section, Sentence

# A sentence ends at 。！？； with the closing quotes and brackets after it. A quoted sentence that the
# outer one goes on after (“……。”，) does not end it.
_END = re.compile(r"[。！？；!?;]++[”’」』）)》〉\"']*+(?![，、,：:])")


def split_sentences(document: Document, sections: Sequence[Section]) -> tuple[Sentence, ...]:
    """Return the sentences of `document`, each inside one line and one section, without outer blanks."""
    section_starts = [s.start for s in sections]
    cuts = sorted(set(section_starts))
    sentences: list[Sentence] = []
    paragraph = number = 0
    for line_start, line_end in _lines(document.text):
        if document.has_lines:
            paragraph, number = paragraph + 1, 0
        for start, end in _pieces(document.text, line_start, line_end, cuts):
            number += 1
            sentences.append(
                Sentence(
                    index=len(sentences),
                    start=start,
                    end=end,
                    section=deepest_section(sections, section_starts, start),
                    paragraph=paragraph if document.has_lines else None,
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


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1


def _pieces(text: str, start: int, end: int, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one line, cut at sentence ends and at the offsets `cuts`."""
    ends = {m.end() for m in _END.finditer(text, start, end)}
    ends.update(cuts[bisect_right(cuts, start) : bisect_right(cuts, end - 1)])
    ends.add(end)
    for stop in sorted(ends):
        piece = text[start:stop]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = stop
