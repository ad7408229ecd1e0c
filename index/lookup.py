"""Which documents of a snapshot have a text: found without looking through all of them.

For every two neighbouring characters a bit says which of 64 documents may have them next to each other; only the documents
that may have all of a text's are looked through. Made 64 documents at a time, when a search first comes to them, from
texts as they are searched (`fold`). 4 kB a document, whatever its length; a text of three characters sends one to some
2 in 100 documents of 8,000 characters that do not have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from index.folding import fold
from index.recent import Recent
from index.types import IndexedDocument

TOGETHER = 64  # documents whose bits make one number; of no more than so many each is looked through
BITS = 15  # of a pair's number: with 2 ** 15 of them, in a text of 8,000 characters one pair in ten is held to be there
PAIRS = 1 << BITS  # bits a document
SELECTED = (
    8  # choices of documents whose numbers are kept: a question is asked of the same ones in several ways
)
_MIX = (
    np.uint32(2_654_435_769),
    np.uint32(2_246_822_519),
)  # odd numbers that spread neighbouring codes over all bits

Bits = NDArray[np.uint64]


class Lookup:
    """What is looked for in a snapshot's documents. Safe to share between threads: what is made twice is the same."""

    def __init__(self, documents: Sequence[IndexedDocument]) -> None:
        """Take the documents; nothing is read of them yet."""
        self.documents = documents
        self._blocks: dict[int, Bits] = {}
        self._selected: Recent[frozenset[str], tuple[int, ...]] = Recent(SELECTED)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Return each document's number by its id."""
        return {one.document.id: number for number, one in enumerate(self.documents)}

    def select(self, ids: frozenset[str]) -> tuple[int, ...]:
        """Return the numbers of the documents with these ids, ascending; an id that is not here has none."""
        numbers = self.numbers
        return self._selected.get(ids, lambda: tuple(sorted(numbers[i] for i in ids if i in numbers)))

    @cached_property
    def _shown(self) -> list[str]:
        """Return what each document goes by, (folded) a line each: title, date, issuer, speaker."""
        known = (one.document.metadata for one in self.documents)
        shown = ((m.title, m.date, m.issuer, m.speaker) for m in known)
        return [fold("\n".join(said.value for said in facts if said)) for facts in shown]

    def having(self, text: str, among: Sequence[int] | None = None) -> Iterator[int]:
        """Yield the numbers of the documents whose folded text has `text`, in their order; of `among` only, which ascends."""
        for number in self._likely(text, among):
            if text in self.documents[number].folded:
                yield number

    def has_name(self, name: str, among: Sequence[int] | None = None) -> bool:
        """Tell whether a (folded) name stands in the text of a document, or in what it goes by."""
        numbers = range(len(self.documents)) if among is None else among
        if next(self.having(name, among), None) is not None:
            return True
        return any(name in self._shown[number] for number in numbers)

    def _likely(self, text: str, among: Sequence[int] | None) -> Iterator[int]:
        """Yield the documents that may have a text, in order."""
        everywhere = range(len(self.documents))
        codes = _pairs(text)
        if not len(codes) or len(everywhere) <= TOGETHER or (among is not None and len(among) <= TOGETHER):
            yield from everywhere if among is None else among
            return
        wanted = None if among is None or len(among) == len(everywhere) else frozenset(among)
        for first in range(0, len(everywhere), TOGETHER):
            held = int(np.bitwise_and.reduce(self._block(first)[codes]))
            while held:
                number = first + (held & -held).bit_length() - 1
                held &= held - 1
                if wanted is None or number in wanted:
                    yield number

    def _block(self, first: int) -> Bits:
        """Return which of TOGETHER documents have each pair of characters, shape (PAIRS,)."""
        known = self._blocks.get(first)
        if known is None:
            known = np.zeros(PAIRS, dtype=np.uint64)
            for place, one in enumerate(self.documents[first : first + TOGETHER]):
                known[_pairs(fold(one.document.text))] |= np.uint64(1 << place)
            self._blocks[first] = known
        return known


class Chosen(Sequence[IndexedDocument]):
    """Some documents of a snapshot, in its order, that can be searched as all of them can."""

    def __init__(self, lookup: Lookup, numbers: Sequence[int]) -> None:
        """Take the numbers of the documents, ascending."""
        self.lookup = lookup
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> IndexedDocument: ...
    @overload
    def __getitem__(self, place: slice) -> Chosen: ...
    def __getitem__(self, place: int | slice) -> IndexedDocument | Chosen:
        if isinstance(place, slice):
            return Chosen(self.lookup, self.numbers[place])
        return self.lookup.documents[self.numbers[place]]

    def __iter__(self) -> Iterator[IndexedDocument]:
        return map(self.lookup.documents.__getitem__, self.numbers)


def documents_having(documents: Iterable[IndexedDocument], text: str) -> Iterator[IndexedDocument]:
    """Yield the documents whose folded text has `text`, in order."""
    if isinstance(documents, Chosen):
        found = documents.lookup.having(text, documents.numbers)
        return map(documents.lookup.documents.__getitem__, found)
    return (one for one in documents if text in one.folded)


def _pairs(text: str) -> NDArray[np.uint32]:
    """Return a number below PAIRS for each two neighbouring characters of a text."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return np.asarray((codes[:-1] * _MIX[0] + codes[1:]) * _MIX[1] >> np.uint32(32 - BITS))
