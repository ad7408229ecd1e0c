"""Sentences -> passages, the rows of the index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.types import Document, Passage, Sentence

MAX_LENGTH = 150  # characters: the length the shipped encoder is trained for and a person reads at a glance

_COMMA = re.compile(r"[，：:,—]+[”’」』）)》]*")


def cut_passages(document: Document, sentences: Sequence[Sentence]) -> tuple[Passage, ...]:
    """Return one passage a sentence; a sentence above MAX_LENGTH is cut at commas into even pieces."""
    passages: list[Passage] = []
    for sentence in sentences:
        for start, end in _pieces(document.text, sentence.start, sentence.end):
            passages.append(
                Passage(
                    index=len(passages),
                    start=start,
                    end=end,
                    section=sentence.section,
                    sentences=(sentence.index, sentence.index + 1),
                )
            )
    return tuple(passages)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield spans of at most MAX_LENGTH characters (more only where no comma allows it: then hard cuts)."""
    while end - start > MAX_LENGTH:
        count = -(-(end - start) // MAX_LENGTH)
        wanted = start + (end - start) // count
        commas = [m.end() for m in _COMMA.finditer(text, start + 1, min(end, start + MAX_LENGTH))]
        commas = [c for c in commas if start + MAX_LENGTH // 4 <= c < end]
        stop = min(commas, key=lambda c: abs(c - wanted), default=start + MAX_LENGTH)
        yield start, stop
        start = stop
    if end > start:
        yield start, end
