"""Pinyin initials in a question (jkq) -> the words of the document that they stand for (经开区)."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence

from index import IndexedDocument, fold, initials, words

SHORTEST, LONGEST = 3, 6  # letters; two stand for too many words, and nobody types seven

_LATIN = re.compile(rf"(?<![A-Za-z\d])[A-Za-z]{{{SHORTEST},{LONGEST}}}(?![A-Za-z\d])")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def spell_out(question: str, documents: Sequence[IndexedDocument]) -> str:
    """Return the question with initials replaced by what they stand for; unknown ones stay as they are.

    Letters that a document writes itself (GDP) are no initials.
    """
    return _LATIN.sub(lambda run: _meant(run.group(), documents), question)


def _meant(letters: str, documents: Sequence[IndexedDocument]) -> str:
    """Return the commonest run of characters with these initials that is a word or comes twice."""
    wanted = letters.lower()
    counts: Counter[str] = Counter()
    for indexed in documents:
        folded, sounded = _sounded(indexed.document.text)
        if wanted in folded:
            return letters
        at = sounded.find(wanted)
        while at >= 0:
            piece = folded[at : at + len(wanted)]
            if _CHINESE.fullmatch(piece):
                counts[piece] += 1
            at = sounded.find(wanted, at + 1)
    likely = {piece: n for piece, n in counts.items() if n > 1 or piece in words(piece)}
    return max(likely, key=lambda p: (likely[p], p in words(p))) if likely else letters


@functools.lru_cache(maxsize=16)
def _sounded(text: str) -> tuple[str, str]:
    folded = fold(text)
    return folded, initials(folded)
