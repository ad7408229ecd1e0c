"""Every place that speaks of a word: 凡带“周口”的句子, 通篇提到几处, 前后提肉牛的话都翻出来.

Whether a question asks for that, and which of its words it is, is told by two linear models (qa/training/occurrences.py fits
them); the places themselves are counted, not judged.
"""

from __future__ import annotations

import functools
import itertools
import re
from bisect import bisect_right
from dataclasses import replace
from importlib import resources
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index import Encoder, FusedEncoder, IndexedDocument, fast_of, fold
from qa.asking import SCALE, features
from qa.deadline import check
from qa.edges import token_edges
from qa.types import Found, Kind, Place, Query
from qa.wording import quoted_terms

# Chances from which every place is held to be asked for: of what seems to want a list, and of all else. Of 260 such questions
# left out 74 % are found with the first, of 6,344 others .5 % are held to be such; with the second 64 % and .3 %.
LEAST = {True: 0.3, False: 0.5}
PLACES = 4_096  # for what stands around a character
AROUND = 2  # characters on each side that tell whether one is of the word
ENDS = 6  # characters from an end of the question that tell it, too
SHORTEST = 2  # characters of a word that is looked for
# Added to the logit of a character: of questions left out the word is right for 60 %, wrong for 16, and none is told for 24.
MORE = 0.5

Floats = NDArray[np.float32]
_LINE = re.compile(r"[^\n]+")


def asks_occurrences(query: Query, encoder: Encoder) -> Query:
    """Return a question as one for every place that speaks of a word, where it is likely to ask for that."""
    placed = query.where.ordinals or query.section is not None or query.choices or query.overview
    if placed or query.context or query.before or query.wants == "chat":
        return query
    if occurrence_chance(query.asked, encoder) < LEAST[query.wants == "all"]:
        return query
    return replace(query, kind=Kind.LIST, wants="all", occurrences=True, chat=0.0)


def occurrence_chance(question: str, encoder: Encoder) -> float:
    """Return the chance that every place is asked for that speaks of something."""
    weights = _load()["read" if isinstance(encoder, FusedEncoder) else "unread"]
    return _chance(float(inputs_of(question, encoder) @ weights[:-1] + weights[-1]))


def inputs_of(question: str, encoder: Encoder) -> Floats:
    """Return what that is told by: `features`, and the transformer's vector of the question where there is one."""
    row = features(fast_of(encoder), question, ())
    if not isinstance(encoder, FusedEncoder):
        return row
    return np.concatenate([row, encoder.reader.question(fold(question)).vector * SCALE]).astype(np.float32)


def occurrences_of(word: str, within: Place | None, one: IndexedDocument) -> Found | None:
    """Return all that a document says with a (folded) word, in a place of it; None where it does not have it."""
    text = one.folded
    if word not in text:
        return None
    starts = [s.start for s in one.sentences]
    spans: dict[tuple[int, int], int] = {}
    at = text.find(word)
    while at >= 0:
        check()
        number = bisect_right(starts, at) - 1
        inside = number >= 0 and at < one.sentences[number].end
        span = (one.sentences[number].start, one.sentences[number].end) if inside else _line(text, at)
        if within is None or within.start <= at < within.end:
            spans[span] = spans.get(span, 0) + 1
        at = text.find(word, at + len(word))
    if not spans:
        return None
    times = sum(spans.values())
    lines = "" if times == len(spans) else f"，分在 {len(spans)} 处"
    return Found(
        tuple(sorted(spans)), len(spans), f"{'这里' if within else '文中'}“{word}”出现 {times} 次{lines}。"
    )


def _line(text: str, at: int) -> tuple[int, int]:
    """Return the line around a place, without the blanks at its ends."""
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    end = len(text) if end < 0 else end
    line = text[start:end]
    return start + len(line) - len(line.lstrip()), end - len(line) + len(line.rstrip())


def words_looked_for(question: str) -> tuple[str, ...]:
    """Return what a question may look for (folded), of which the first that a document has is meant.

    What stands in quotation marks, else the run of words that is likeliest to be it.
    """
    asked = fold(question)
    quoted = tuple(quoted_terms(asked))
    weights = _load()["word"]
    scores = np.concatenate([[0.0], np.cumsum(weights[:-1][around(asked)].sum(axis=1) + weights[-1] + MORE)])
    edges = sorted({0, len(asked), *token_edges(asked)})
    runs = [(a, b) for a, b in itertools.combinations(edges, 2) if b - a >= SHORTEST and asked[a:b].isalnum()]
    start, end = max(runs, key=lambda run: scores[run[1]] - scores[run[0]], default=(0, 0))
    return (*quoted, asked[start:end]) if scores[end] > scores[start] else quoted


def around(text: str) -> NDArray[np.int64]:
    """Return where the pieces around each character have their weights, shape (characters, pieces)."""
    padded = " " * AROUND + text + " " * AROUND
    rows = []
    for at in range(AROUND, AROUND + len(text)):
        pieces = [f"{by}{padded[at + by]}" for by in range(-AROUND, AROUND + 1)]
        pieces += [f"{by}{padded[at + by : at + by + 2]}" for by in range(-AROUND, AROUND)]
        pieces += [f"p{min(at - AROUND, ENDS)}", f"e{min(AROUND + len(text) - at, ENDS)}"]
        rows.append([crc32(piece.encode()) % PLACES for piece in pieces])
    return np.array(rows, dtype=np.int64).reshape(len(text), 4 * AROUND + 3)


def _chance(score: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))


@functools.cache
def _load() -> dict[str, Floats]:
    """Return the weights of whether every place is asked for (inputs + 1,), read or unread, and of the word (PLACES + 1,)."""
    with np.load(str(resources.files("qa") / "data" / "occurrences.npz")) as found:
        return {name: found[name].astype(np.float32) for name in ("unread", "read", "word")}
