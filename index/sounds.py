"""How Chinese text sounds: what a person who typed the wrong homophone, or only initials, meant."""

from __future__ import annotations

import functools
import itertools
import re
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from index.folding import fold

_BEYOND = 0xFFFF  # no character; of those beyond none has a syllable
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


@functools.cache
def _syllables() -> dict[str, str]:
    """Return character -> its commonest reading in pinyin without tone (20,900 characters, 2 ms)."""
    table = (resources.files("index") / "data" / "sounds" / "pinyin.txt").read_text("utf-8")
    return {char: line.split()[0] for line in table.splitlines() for char in line.split()[1]}


def syllables(text: str) -> list[str]:
    """Return one syllable a Chinese character of `text`; every other character stands for itself."""
    table = _syllables()
    return [table.get(char, char) for char in fold(text)]


def sound_terms(text: str) -> list[str]:
    """Return every two neighbouring Chinese characters of `text` as they sound, as terms `~fu gong`.

    As index terms beside the words they find 付工复产 where the text says 复工复产.
    """
    terms: list[str] = []
    for run in _CHINESE.findall(fold(text)):
        heard = syllables(run)
        terms.extend(f"~{a} {b}" for a, b in itertools.pairwise(heard))
    return terms


def letters(text: str) -> bytes:
    """Return the first letter of how each character sounds, a byte each: ASCII as it is (folded), ? for anything else."""
    codes = np.frombuffer(fold(text).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    found: bytes = _letters()[np.minimum(codes, _BEYOND)].tobytes()
    return found


@functools.cache
def _letters() -> NDArray[np.uint8]:
    """Return the first letter of every character up to _BEYOND, by its code."""
    found = np.full(_BEYOND + 1, ord("?"), dtype=np.uint8)
    found[:128] = np.arange(128)
    for char, syllable in _syllables().items():
        if ord(char) < _BEYOND:
            found[ord(char)] = ord(syllable[0])
    return found
