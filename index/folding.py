"""Text as it is searched: half-width, lower case, simplified characters."""

from __future__ import annotations

import functools
import importlib
import unicodedata
from typing import Any

import numpy as np

LONG = 200  # characters from which a text is folded by a table: of 8,000 characters in a tenth of the time
PIECE = 1_000_000  # characters at once: each takes 8 bytes meanwhile
_BASIC = 0x10000  # codes of the basic plane; beyond it hardly any text has a character


def fold(text: str) -> str:
    """Return `text` as it is searched: half-width, lower case, simplified characters; same length.

    Every character is replaced by one character (NFKC, then OpenCC t2s, each kept only where it gives
    exactly one), so offsets into the result are offsets into `text`.
    """
    if len(text) < LONG:
        return text.translate(_FOLDED)
    return "".join(_fold_long(text[at : at + PIECE]) for at in range(0, len(text), PIECE))


def _fold_long(text: str) -> str:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    if codes.max() >= _BASIC:
        return text.translate(_FOLDED)
    found = _TABLE[codes]
    unmet = codes[found == 0]
    if len(unmet):
        for code in set(unmet.tolist()):
            _TABLE[code] = ord(_FOLDED[code])
        found = _TABLE[codes]
    folded: str = found.tobytes().decode("utf-32-le", "surrogatepass")
    return folded


class _Folded(dict[int, str]):
    """Character code -> folded character, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if code >= 0x80:
            normal = unicodedata.normalize("NFKC", char)
            char = normal if len(normal) == 1 else char
            if "\u3400" <= char <= "\u9fff":
                simple: str = _simplifier().convert(char)
                char = simple if len(simple) == 1 else char
        lower = char.lower()
        self[code] = lower if len(lower) == 1 else char
        return self[code]


@functools.cache
def _simplifier() -> Any:
    opencc = importlib.import_module("opencc")  # 20 ms: not paid by text that was met before
    return opencc.OpenCC("t2s")


_FOLDED = _Folded()
_TABLE = np.zeros(_BASIC, dtype="<u4")  # the same by code; 0: not met yet
