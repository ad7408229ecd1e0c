"""A question as the document would put it: misspelt words, abbreviations that it spells out, its own place as 全市.

A guess: whoever asks tries both wordings, and keeps what is answered more surely.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection

from index import IndexedDocument, Snapshot, cut, fold, fold_document, is_word
from qa.deadline import check
from qa.respelling import respelt

ABBREVIATED = (3, 4)  # characters of an abbreviation; of two, too many stand for something else
BETWEEN = 5  # characters between two that an abbreviation keeps: 人力资源和社会保障局 has four
LOOKED = 20  # places in a document that may spell one out
LARGEST = 1_000_000  # characters of a document that is looked through
_HAN = "[\\u4e00-\\u9fff]"
_OFFICES = "委局办部厅院会"  # what the name of an office ends in
_HOME = re.compile(
    f"(?:中共|中国共产党)?({_HAN}{{2,4}}?)(?:自治)?([省市县区州盟旗镇乡])"
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
    edges = [0, *itertools.accumulate(map(len, cut(question)))]
    for start, end in itertools.combinations(edges, 2):
        piece = question[start:end]
        if ABBREVIATED[0] <= end - start <= ABBREVIATED[1] and re.fullmatch(f"{_HAN}+", piece):
            meant = _spelt_out(piece, documents) if is_word(piece) or piece[-1] in _OFFICES else piece
            if meant != piece:
                return question[:start] + meant + _in_full(question[end:], documents)
    return question


def _spelt_out(token: str, documents: Collection[IndexedDocument]) -> str:
    """Return what an abbreviation that no document has stands for in one of them: 发改委, 发展改革委."""
    texts = [fold_document(d.document.text) for d in documents if len(d.document.text) <= LARGEST]
    if any(token in text for text in texts):
        return token
    pattern = re.compile(f"{_HAN}{{0,{BETWEEN}}}?".join(token))
    for text in texts:
        for number, found in enumerate(pattern.finditer(text)):
            check()
            if number < LOOKED and _abbreviates(token, found[0]):
                return found[0]
    return token


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
