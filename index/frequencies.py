"""Term frequencies of a document's passages, as they are kept; those of many documents -> one BM25 index.

What BM25 makes of them depends on all documents (how rare a term is, how long a passage is in the mean), so that a
library keeps the counts, by document, and weighs them when it is opened: exactly as LexicalIndex.build would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.lexical import K1, B, LexicalIndex, inverse_document_frequency

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Frequencies:
    """What each passage of one document holds, by term: of term i `sizes[i]` passages `rows`, `values[codes]` times.

    `terms` are sorted; `rows` number the document's passages, ascending by term; `lengths` are the passages'.
    """

    terms: tuple[str, ...]
    sizes: NDArray[Any]
    rows: NDArray[Any]
    codes: NDArray[Any]
    values: NDArray[np.float64]
    lengths: NDArray[np.float64]

    @classmethod
    def of(cls, passages: Sequence[Mapping[str, float]]) -> Frequencies:
        """Take each passage's term frequencies."""
        terms = sorted({term for counts in passages for term in counts})
        number = {term: place for place, term in enumerate(terms)}
        many = [len(counts) for counts in passages]
        of_term = np.fromiter((number[t] for counts in passages for t in counts), np.int64, sum(many))
        count = np.fromiter((c for counts in passages for c in counts.values()), np.float64, sum(many))
        order = np.argsort(of_term, kind="stable")
        rows = np.repeat(np.arange(len(passages)), many)[order]
        values, codes = np.unique(count[order], return_inverse=True)
        return cls(
            tuple(terms),
            np.bincount(of_term, minlength=len(terms)).astype(_narrow(len(passages))),
            rows.astype(_narrow(len(passages))),
            codes.astype(_narrow(len(values))),
            values,
            np.array([sum(counts.values()) for counts in passages], dtype=np.float64),
        )

    def arrays(self) -> Arrays:
        """Return what is written."""
        terms = np.frombuffer("\n".join(self.terms).encode("utf-8"), dtype=np.uint8)
        names = ("sizes", "rows", "codes", "values", "lengths")
        return {"terms": terms} | {name: getattr(self, name) for name in names}

    @classmethod
    def from_arrays(cls, found: Mapping[str, NDArray[Any]]) -> Frequencies:
        """Read what `arrays` gave. Raises KeyError, UnicodeDecodeError, and ValueError where they do not fit."""
        text = found["terms"].tobytes().decode("utf-8")
        terms = tuple(text.split("\n")) if text else ()
        one = cls(terms, found["sizes"], found["rows"], found["codes"], found["values"], found["lengths"])
        total = int(one.sizes.sum(dtype=np.int64))
        if not (len(one.sizes) == len(terms) and len(one.rows) == len(one.codes) == total):
            raise ValueError("postings")
        if total and (int(one.rows.max()) >= len(one.lengths) or int(one.codes.max()) >= len(one.values)):
            raise ValueError("rows")
        return one


def _narrow(size: int) -> np.dtype[Any]:
    return np.dtype(np.min_scalar_type(max(0, size)))


class _Met(dict[str, int]):
    """Terms by when they were met first: each is looked up once, and millions are."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


def merged(parts: Sequence[Frequencies]) -> LexicalIndex:
    """Return the BM25 index over the passages of all parts, one after another."""
    met = _Met()
    places = [np.fromiter(map(met.__getitem__, part.terms), np.int64, len(part.terms)) for part in parts]
    terms = sorted(met)
    order = np.empty(
        len(terms), dtype=np.int64
    )  # each term's place among the sorted ones, by when it was met
    order[np.fromiter(map(met.__getitem__, terms), np.int64, len(terms))] = np.arange(len(terms))
    numbers = [order[place] for place in places]
    holding = np.zeros(len(terms), dtype=np.int64)
    for part, own in zip(parts, numbers, strict=True):
        holding[own] += part.sizes
    starts = np.zeros(len(terms) + 1, dtype=np.int64)
    starts[1:] = np.cumsum(holding)
    rows, weights = _weighed(parts, numbers, starts)
    return LexicalIndex(terms, starts, rows, weights, sum(len(part.lengths) for part in parts))


def _weighed(
    parts: Sequence[Frequencies], terms: Sequence[NDArray[np.int64]], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the rows and weights of all postings by term, as LexicalIndex holds them."""
    lengths = np.concatenate([np.empty(0), *(part.lengths for part in parts)])
    mean = float(lengths.mean()) if len(lengths) and lengths.any() else 1.0
    idf = inverse_document_frequency(len(lengths), np.diff(starts))
    rows = np.empty(int(starts[-1]), dtype=np.int32)
    weights = np.empty(int(starts[-1]), dtype=np.float32)
    following = starts[:-1].copy()  # where each term's next posting goes
    first = 0
    for part, own in zip(parts, terms, strict=True):
        sizes = part.sizes.astype(np.int64)
        places = np.repeat(following[own] - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(part.rows))
        norm = K1 * (1 - B + B * part.lengths / mean)
        count = part.values[part.codes]
        rows[places] = part.rows.astype(np.int32) + np.int32(first)
        weights[places] = count * (K1 + 1) / (count + norm[part.rows]) * np.repeat(idf[own], sizes)
        following[own] += sizes
        first += len(part.lengths)
    return rows, weights
