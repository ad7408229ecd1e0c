"""Chinese word segmentation, the same when an index is built and when a question is asked."""

from __future__ import annotations

import functools
import importlib
import logging
import re
import sys
import threading
from bisect import bisect_left
from hashlib import blake2b
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.folding import fold
from index.stopwords import STOP_WORDS

_RUN = re.compile(r"[a-z0-9]+(?:[.\-/][a-z0-9]+)*|[\u3400-\u4dbf\u4e00-\u9fff〇]+|[\u2160-\u2182]")
_LATIN = re.compile(r"[a-z0-9]")
_LONGEST_RUN = (
    256  # characters without a mark between them; in 231,000 official texts and questions at most 83
)
# Kept per process: a server is asked new questions for months. Either is what a document of 100,000 characters needs.
_CACHE_LIMIT = 65_536  # fragments, 9 MB; then the cache starts anew
_RUNS_KEPT = 8_192  # runs with their words, 6 MB


class FrequencyTable:
    """jieba's word frequencies as sorted 64-bit hashes: loaded in 3 ms instead of 650 ms.

    Behaves as the dict `jieba.Tokenizer.FREQ` for the look-ups that segmentation makes: every word
    and every prefix of a word is in it, prefixes that are no words with frequency 0. Two of its
    498,000 entries share a hash with probability 7e-9 (n²/2^65); the training command refuses one.
    """

    def __init__(self, hashes: NDArray[np.uint64], frequencies: NDArray[np.uint32]) -> None:
        self._hashes = np.asarray(hashes, np.uint64).data  # bisecting an array takes ten times as long
        self._frequencies = frequencies
        self._seen: dict[str, int | None] = {}

    @classmethod
    def shipped(cls) -> FrequencyTable:
        """Load the table that is shipped with the package."""
        folder = resources.files("index") / "data" / "words"
        with (folder / "hashes.npy").open("rb") as hashes, (folder / "frequencies.npy").open("rb") as counts:
            return cls(np.load(hashes), np.load(counts))

    def get(self, word: str, default: int | None = None) -> int | None:
        """Return the frequency of `word`, 0 for a mere prefix, `default` where it is neither."""
        try:
            found = self._seen[word]
        except KeyError:
            found = self._seen[word] = self._look_up(word)
        return default if found is None else found

    def __contains__(self, word: str) -> bool:
        try:
            return self._seen[word] is not None
        except KeyError:
            return self.get(word) is not None

    def __getitem__(self, word: str) -> int:
        found = self.get(word)
        if found is None:
            raise KeyError(word)
        return found

    def _look_up(self, word: str) -> int | None:
        if len(self._seen) >= _CACHE_LIMIT:
            self._seen = {}
        key = word_hash(word)
        at = bisect_left(self._hashes, key)
        if at == len(self._hashes) or self._hashes[at] != key:
            return None
        return int(self._frequencies[at])


def word_hash(word: str) -> int:
    """Return the 64-bit BLAKE2b hash of `word` in UTF-8."""
    return int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")


@functools.cache
def _segmenter() -> Any:
    """Return jieba's tokenizer over the shipped table (its own start reads a 5 MB text, 0.65 s)."""
    jieba = import_jieba()
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ = FrequencyTable.shipped()
    tokenizer.total = TOTAL_FREQUENCY
    tokenizer.initialized = True
    return tokenizer


TOTAL_FREQUENCY = 60_101_967  # sum over jieba 0.42.1's dict.txt; checked by tests/index/test_words.py


_IMPORTING = threading.Lock()  # two first questions may come at once


def import_jieba() -> Any:
    """Import jieba without pkg_resources, which it does not need and which costs 0.1 s and a warning."""
    with _IMPORTING:
        kept = sys.modules.get("pkg_resources")
        sys.modules["pkg_resources"] = None  # type: ignore[assignment]
        try:
            jieba = importlib.import_module("jieba")
        finally:
            if kept is None:
                del sys.modules["pkg_resources"]
            else:
                sys.modules["pkg_resources"] = kept
    jieba.setLogLevel(logging.WARNING)
    return jieba


def cut(text: str) -> list[str]:
    """Return the words of a (folded) text in a row, none left out, by the dictionary alone."""
    return list(_segmenter().cut(text, HMM=False))


def is_word(text: str) -> bool:
    """Tell whether `text` is a word of the dictionary."""
    return bool(_segmenter().FREQ.get(text))


def words(text: str) -> list[str]:
    """Return the search terms of `text` in order: jieba's search mode, folded, stop words left out.

    Runs of Latin letters and digits (S516, 12.5, 5g, 2026) are one term each and never reach jieba;
    `*` runs are blanked-out places and give no term; punctuation gives none.
    """
    return [
        word
        for run in _RUN.findall(fold(text))
        for word in (_words_of_run(run) if len(run) <= _LONGEST_RUN else _words_of_long_run(run))
    ]


def _words_of_long_run(run: str) -> list[str]:
    """Cut a run that no text of sentences has: jieba takes time by the square of its length."""
    if _LATIN.match(run):
        return [run]
    parts = (run[at : at + _LONGEST_RUN] for at in range(0, len(run), _LONGEST_RUN))
    return [word for part in parts for word in _words_of_run(part)]


@functools.lru_cache(maxsize=_RUNS_KEPT)  # what lies between two marks; speeches repeat themselves
def _words_of_run(run: str) -> tuple[str, ...]:
    if _LATIN.match(run):
        return (run,)
    return tuple(w for w in _segmenter().cut_for_search(run) if w not in STOP_WORDS)
