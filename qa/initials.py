"""Initials (jkq) and short names (毛主席) in a question -> the words of the document for them (经开区, 毛泽东)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from index import IndexedDocument, documents_having, fold, words
from qa.deadline import check

SHORTEST, LONGEST = 3, 6  # letters; two stand for too many words, and nobody types seven

# How people are spoken of -> how documents write them.
_NAMES = {"毛主席": "毛泽东", "周总理": "周恩来", "朱老总": "朱德", "小平": "邓小平", "习主席": "习近平"}
# Latin abbreviations that are said everywhere -> how documents write them.
_LETTERS = {
    "gdp": ("地区生产总值", "国内生产总值", "生产总值"),
    "cpi": ("居民消费价格",),
    "ai": ("人工智能",),
}
_ABBREVIATED = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_LETTERS)})(?![A-Za-z])", re.IGNORECASE)
_LATIN = re.compile(rf"(?<![A-Za-z\d])[A-Za-z]{{{SHORTEST},{LONGEST}}}(?![A-Za-z\d])")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def spell_out(question: str, documents: Sequence[IndexedDocument]) -> str:
    """Return the question with initials and short names replaced by what they stand for; unknown ones stay.

    What a document writes itself (GDP, 毛主席) is not replaced.
    """
    for spoken, written in _NAMES.items():
        if spoken not in question or written in question:
            continue
        bare = [text.replace(written, "") for text in _texts_with(written, documents)]
        if bare and not any(spoken in text for text in bare):
            question = question.replace(spoken, written)
    question = _ABBREVIATED.sub(lambda run: _in_full(run.group(), documents), question)
    return _LATIN.sub(lambda run: _meant(run.group(), documents), question)


def _texts_with(written: str, documents: Sequence[IndexedDocument]) -> Iterator[str]:
    """Yield the texts of the documents that have a piece, as it is written."""
    found = (one.document.text for one in documents_having(documents, fold(written)))
    return (text for text in found if written in text)


def _in_full(letters: str, documents: Sequence[IndexedDocument]) -> str:
    """Return 国内生产总值 for GDP where the documents write that, the most of them, and not the other."""
    alone = re.compile(rf"(?<![A-Za-z]){letters}(?![A-Za-z])", re.IGNORECASE)
    if any(alone.search(one.document.text) for one in documents_having(documents, letters.lower())):
        return letters
    held = {full: sum(1 for _ in _texts_with(full, documents)) for full in _LETTERS[letters.lower()]}
    best = max(held, key=held.__getitem__)
    return best if held[best] else letters


def _meant(letters: str, documents: Sequence[IndexedDocument]) -> str:
    """Return the commonest run of characters with these initials that is a word or comes twice."""
    wanted = letters.lower()
    if next(documents_having(documents, wanted), None) is not None:
        return letters
    counts: Counter[str] = Counter()
    sought = wanted.encode("ascii")
    for indexed in documents:
        check()
        at = indexed.letters.find(sought)
        while at >= 0:
            piece = indexed.folded[at : at + len(wanted)]
            if _CHINESE.fullmatch(piece):
                counts[piece] += 1
            at = indexed.letters.find(sought, at + 1)
    likely = {piece: n for piece, n in counts.items() if n > 1 or piece in words(piece)}
    return max(likely, key=lambda p: (likely[p], p in words(p))) if likely else letters
