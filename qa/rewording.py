"""A question as the document would put it: misspelt words, abbreviations that it spells out, its own place as 全市.

A guess: whoever asks tries both wordings, and keeps what is answered more surely.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence

from index import IndexedDocument, Snapshot, cut, fold, is_word
from qa.deadline import check
from qa.respelling import respelt

ABBREVIATED = (3, 4)  # characters of an abbreviation; of two, too many stand for something else
BETWEEN = 5  # characters between two that an abbreviation keeps: 人力资源和社会保障局 has four
TRIED = 12  # pieces of a question that are looked for
LOOKED = 20  # places in a document that may spell one out
LARGEST = 1_000_000  # characters that are looked through: the first documents up to so many
_HAN = "[\\u4e00-\\u9fff]"
_ONLY_HAN = re.compile(f"{_HAN}+")
_OFFICES = "委局办部厅院会"  # what the name of an office ends in
_HOME = re.compile(
    f"(?:中共|中国共产党)?({_HAN}{{2,4}}?)(?:自治)?(?<![省市县区乡])([省市县区州盟旗镇乡])(?![镇村场域际级])"
)  # who issues it: 中共青河县委


def reworded(question: str, snapshot: Snapshot, documents: Collection[int], *, home: bool = True) -> str:
    """Return a (folded) question in the words of some documents of a snapshot; as it is where they have no other.

    `home`: the name of the one document's own place is no word of theirs, either.
    """
    wanted = [snapshot.documents[n] for n in sorted(documents)]
    asked = respelt(question, snapshot, documents)
    asked = _in_full(asked, wanted)
    return at_home(asked, wanted[0]) if home and len(wanted) == 1 else asked


def _in_full(question: str, documents: Collection[IndexedDocument]) -> str:
    """Return a question with its abbreviations spelled out: words of the dictionary, or what ends as an office does."""
    texts, left = [], LARGEST
    for one in documents:
        left -= len(one.document.text)
        texts += [one.folded] if left >= 0 else []
    edges = [0, *itertools.accumulate(map(len, cut(question)))]
    known = set(edges)
    spans = [(start, start + size) for start in edges for size in ABBREVIATED if start + size in known]
    pieces = [(start, end) for start, end in spans if _may_abbreviate(question[start:end])]
    result, done = [], 0
    for start, end in pieces[:TRIED]:
        check()
        meant = _spelt_out(question[start:end], texts) if start >= done else None
        if meant is not None:
            result += [question[done:start], meant]
            done = end
    return "".join([*result, question[done:]])


def _may_abbreviate(piece: str) -> bool:
    return bool(_ONLY_HAN.fullmatch(piece)) and (is_word(piece) or piece[-1] in _OFFICES)


def _spelt_out(token: str, texts: Sequence[str]) -> str | None:
    """Return what an abbreviation that no text has stands for in one of them, 发改委: 发展改革委; None where in none."""
    if any(token in text for text in texts):
        return None
    pattern = re.compile(f"{_HAN}{{0,{BETWEEN}}}?".join(token))
    for text in texts:
        for found in itertools.islice(pattern.finditer(text), LOOKED):
            check()
            if _abbreviates(token, found[0]):
                return found[0]
    return None


def _abbreviates(token: str, phrase: str) -> bool:
    """Tell whether an abbreviation takes the first characters of a phrase's words, and its last one."""
    left = list(token[:-1])
    for word in cut(phrase):
        if left and word[0] == left[0]:
            left.pop(0)
    return not left and phrase[-1] == token[-1] and len(phrase) > len(token)


def at_home(question: str, one: IndexedDocument) -> str:
    """Return a question with the place whose document it is as people call it there: 青河去年, 全县去年."""
    issuer = one.document.metadata.issuer
    home = _HOME.match(fold(issuer.value)) if issuer else None
    return re.sub(f"{home[1]}{home[2]}?", f"全{home[2]}", question) if home else question
