"""A text under change, with the place in the source that each of its characters stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Edit = tuple[int, int, str]  # start, end, and the one character or none that takes their place
Offsets = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Trace:
    """Character i of `text` stands for source[starts[i]:ends[i]]; these rise and do not overlap."""

    text: str
    starts: Offsets
    ends: Offsets

    @staticmethod
    def of(source: str) -> Trace:
        """Return `source` standing for itself."""
        starts = np.arange(len(source), dtype=np.int32)
        return Trace(source, starts, starts + 1)

    def translated(self, text: str) -> Trace:
        """Return the trace with `text`, of the same length, in place of its text."""
        assert len(text) == len(self.text)  # noqa: S101 - a caller's mistake, never an input's
        return self if text == self.text else Trace(text, self.starts, self.ends)

    def edited(self, edits: Iterable[Edit]) -> Trace:
        """Return the trace with `edits` made; they rise and do not overlap. Linear in text and edits.

        Where a character takes the place of several it stands for all of them.
        """
        kept = np.ones(len(self.text), dtype=np.bool_)
        ends = self.ends.copy()
        pieces, at = [], 0
        for start, end, character in edits:
            pieces += [self.text[at:start], character]
            at = end
            kept[start:end] = False
            if character:
                kept[start] = True
                ends[start] = ends[end - 1]
        if not pieces:
            return self
        pieces.append(self.text[at:])
        return Trace("".join(pieces), self.starts[kept], ends[kept])
