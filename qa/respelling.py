"""A question with misspelt words (宗合) -> the same with the document's words that sound alike (综合).

A guess: whoever asks tries both, and keeps what is answered more surely.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from index import STOP_WORDS, Snapshot, cut, fold, is_word, legible, sound_terms, syllables
from qa.deadline import check

SIZES = (4, 3, 2)  # characters of a word that may be misspelt, the longest first
TRIED = 12  # pieces of a question that are looked for
LOOKED = 60  # passages that are looked through for one
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def respelt(question: str, snapshot: Snapshot, documents: Collection[int]) -> str:
    """Return a (folded) question with what is no word put as the words of some documents that sound the same."""
    left = TRIED
    result, done = [], 0
    for run in _CHINESE.finditer(question):
        for start, end in _pieces(run.group()):
            check()
            start, end = start + run.start(), end + run.start()
            piece = question[start:end]
            sounds = sound_terms(piece)
            if start < done or not left or not all(map(snapshot.lexical.holds, sounds)):
                continue
            left -= 1
            meant = _meant(piece, sounds, snapshot, documents)
            if meant is not None:
                result += [question[done:start], meant]
                done = end
    return "".join([*result, question[done:]])


def _pieces(run: str) -> list[tuple[int, int]]:
    """Return the pieces of a run of characters that may be misspelt words, in order, longer ones first.

    Each begins and ends where the dictionary's words do, holds a character that belongs to none, and is none itself.
    """
    edges, alone, at = {0}, set[int](), 0
    for token in cut(run):
        if (len(token) == 1 and token not in STOP_WORDS) or not is_word(token):
            alone.update(range(at, at + len(token)))
        at += len(token)
        edges.add(at)
    spans = [(start, start + size) for start in sorted(edges) for size in SIZES if start + size in edges]
    return [
        (start, end)
        for start, end in spans
        if not alone.isdisjoint(range(start, end))
        and not is_word(run[start:end])
        and not any(char in STOP_WORDS for char in run[start:end])
    ]


def _meant(piece: str, sounds: Sequence[str], snapshot: Snapshot, documents: Collection[int]) -> str | None:
    """Return the documents' words that sound as a piece does; None where they have it as it is, or have none such.

    They share a character with it, and differ inside words only.
    """
    rarest = min((snapshot.lexical.rows_with(sound) for sound in sounds), key=len)
    heard = syllables(piece)
    found = None
    for row in rarest[:LOOKED]:
        number, place = snapshot.rows[row]
        if number not in documents:
            continue
        one = snapshot.documents[number]
        text = fold(legible(one, one.passages[place]))
        if piece in text:
            return None
        spoken = syllables(text)
        for at in range(len(spoken) - len(heard) + 1):
            said = text[at : at + len(heard)]
            if found is None and spoken[at : at + len(heard)] == heard and _fits(said, piece):
                found = said
    return found


def _fits(found: str, piece: str) -> bool:
    alike = [a == b for a, b in zip(found, piece, strict=True)]
    at = 0
    for word in cut(found):
        if len(word) == 1 and not alike[at]:
            return False
        at += len(word)
    return any(alike) and bool(_CHINESE.fullmatch(found))
