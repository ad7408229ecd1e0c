"""Query -> ranked passages: BM25 over words and sounds, cosine over vectors and over their tokens, fused.

Fusion is a convex combination, with BM25 divided by the highest score the query could reach at all
(Bruch et al. 2023, arXiv 2210.11934, "theoretical maximum"): so a query whose words the document does
not have leaves the say to the dense side, and a score of 0.9 means the same for every query. A follow-up's score is a
learnt sum of several such (qa/training/following.py).
"""

from __future__ import annotations

import functools
import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import Encoder, IndexedDocument, Rows, Snapshot, fold, sound_terms, words
from qa.deadline import check
from qa.settings import Settings
from qa.types import Hit, Query

# What a follow-up's score is made of: the scores of the question itself, of the one before, of both as one, of both as
# one in meaning alone; whether a passage lies in a section that answered before, beside one, was shown, stands close to
# what was, comes next, and how far behind it stands.
FOLLOWING = ("own", "before", "both", "meaning", "near", "beside", "shown", "close", "next", "behind")
CLOSE = 6.0  # passages over which closeness falls to a third
NEXT = 3  # passages behind the last answer that come next
BEHIND = 40  # passages from which being further behind says no more

DEEP = 64  # best rows that are found at once: most of what asks for them wants fewer
SHORTLIST = 512  # rows compared token by token; a speech has fewer; all of 22,500 would take 0.15 s


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every row's scores, shape (rows,) each; `rows` are the snapshot's (document, passage) pairs.

    `lexical` is BM25 over the query's ceiling (0 to 1), `dense` the cosine, `late` the late interaction
    of tokens (to 1; the cosine again where the encoder has none, and for rows far behind), `fused` all of it.
    `fused` is -inf for rows outside the wanted document. `read` is the logit by which the judge goes, given to the best rows,
    NaN for what it has not read, and empty where nothing was.
    """

    rows: Rows
    fused: NDArray[np.float32]
    lexical: NDArray[np.float32]
    dense: NDArray[np.float32]
    late: NDArray[np.float32]
    read: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, dtype=np.float32))
    _first: list[list[int]] = field(default_factory=list, init=False, compare=False, repr=False)

    def hits(self, count: int) -> tuple[Hit, ...]:
        """Return the `count` best rows, best first, ties in document order; none that scores nothing."""
        return tuple(self.hit(row) for row in self.best_rows(count))

    def best_rows(self, count: int) -> list[int]:
        """Return the `count` best rows, best first, ties in document order; none that scores nothing."""
        if count > DEEP:
            return self._ordered(count)
        if not self._first:
            self._first.append(self._ordered(DEEP))
        return self._first[0][:count]

    def _ordered(self, count: int) -> list[int]:
        return [int(row) for row in best_of(self.fused, count) if self.fused[row] > 0]

    def likeliest(self) -> float:
        """Return the chance that the likeliest passage of those read answers; 0 where none was."""
        read = self.read[~np.isnan(self.read)]
        return float(1 / (1 + np.exp(-np.clip(read.max(), -30, 30)))) if len(read) else 0.0

    def of_document(self, document: int) -> NDArray[np.float64]:
        """Return the fused score of each passage of one document, in the document's order."""
        return self.fused[slice(*self.rows.span_of(document))].astype(np.float64)

    def best_of_documents(self) -> NDArray[np.float32]:
        """Return the highest fused score of each document, shape (documents,); -inf where it has no passage."""
        return self.rows.best_of_documents(self.fused)

    def hit(self, row: int) -> Hit:
        """Return one row as a Hit."""
        document, passage = self.rows[row]
        scores = (float(x[row]) for x in (self.fused, self.lexical, self.dense, self.late))
        return Hit(document, passage, *scores)


def rank(query: Query, snapshot: Snapshot, encoder: Encoder, settings: Settings) -> Ranking:
    """Score every passage of the snapshot (of one document where the query names it)."""
    check()
    wanted = _wanted(query, snapshot)
    if query.before:
        inputs, (lexical, dense, late) = follow_inputs(query, snapshot, encoder, settings)
        fused = inputs @ load_following()
    else:
        asked = (query.topic, query.asked or query.standalone)
        own = _scores([asked], snapshot, encoder, settings, wanted)[0]
        lexical, dense, late = own
        fused = _fused(own, settings)
    fused = np.where(wanted, fused, -np.inf)
    return Ranking(snapshot.rows, fused.astype(np.float32), lexical, dense, late)


def follow_inputs(
    query: Query, snapshot: Snapshot, encoder: Encoder, settings: Settings
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return FOLLOWING of every row, shape (rows, inputs), and the scores of both questions as one, shape (3, rows)."""
    wanted = _wanted(query, snapshot)
    own, before, both = _scores(
        [
            (query.topic, query.asked),
            (query.context or query.before, query.before),
            (f"{query.context} {query.topic}", f"{query.before} {query.asked}"),
        ],
        snapshot,
        encoder,
        settings,
        wanted,
    )
    meant = np.stack([own[0], both[1], both[2]])
    texts = [_fused(part, settings) for part in (own, before, both, meant)]
    return np.stack([*texts, *_places(query, snapshot)], axis=1), both


def _fused(scores: NDArray[np.float32], settings: Settings) -> NDArray[np.float32]:
    """Return the fusion of lexical, dense and late scores, shape (rows,)."""
    lexical, dense, late = scores
    meaning = (1 - settings.late_weight) * dense + settings.late_weight * late
    fused = settings.lexical_weight * lexical + (1 - settings.lexical_weight) * meaning
    return np.asarray(fused, dtype=np.float32)


@functools.cache
def load_following() -> NDArray[np.float32]:
    """Return the weights of FOLLOWING; those of scores add up to 1, so that the result is about as large as one."""
    found = json.loads((resources.files("qa") / "data" / "following.json").read_text("utf-8"))["weights"]
    return np.array([found[name] for name in FOLLOWING], dtype=np.float32)


def _places(query: Query, snapshot: Snapshot) -> list[NDArray[np.float32]]:
    """Return where each row stands towards the last answer, by the names of FOLLOWING from "near" on."""
    count = len(snapshot.rows)
    found = np.zeros((6, count), dtype=np.float32)
    if not query.shown:
        return list(found)
    identity, first, _ = query.shown[0]
    number = snapshot.lookup.numbers[identity]
    one = snapshot.documents[number]
    low, _ = snapshot.span_of(number)
    starts = np.array([p.start for p in one.passages])
    ends = np.array([p.end for p in one.passages])
    homes = [p.section for p in one.passages]
    near = set(query.near)
    beside = {one.sections[s].parent for s in near}
    places = np.arange(len(starts)) - (int(np.searchsorted(starts, first, side="right")) - 1)
    shown = np.zeros(len(starts), dtype=np.bool_)
    for start, end in (span[1:] for span in query.shown if span[0] == identity):
        shown |= (starts < end) & (start < ends)
    parts: list[NDArray[Any]] = [
        np.array([home in near for home in homes]),
        np.array([home is not None and one.sections[home].parent in beside for home in homes]),
        shown,
        np.exp(-np.abs(places) / CLOSE),
        (places > 0) & (places <= NEXT),
        np.clip(places, 0, BEHIND) / BEHIND,
    ]
    found[:, low : low + len(starts)] = np.stack(parts)
    return list(found)


def _scores(
    asked: Sequence[tuple[str, str]],
    snapshot: Snapshot,
    encoder: Encoder,
    settings: Settings,
    wanted: NDArray[np.bool_],
) -> list[NDArray[np.float32]]:
    """Return every row's lexical, dense and late score for each (topic, whole question), shape (3, rows) each.

    Words are looked for without those of asking, meaning in the question as it was asked: on the development sets
    the encoders find 64.8 % of everyday questions first with the whole, 60.2 without the words of asking.
    """
    wholes = [fold(whole) for _, whole in asked]
    cosines = _cosines(wholes, snapshot, encoder)
    found = []
    for (topic, _), whole, dense in zip(asked, wholes, cosines, strict=True):
        check()
        sought = fold(topic) or whole
        make = partial(lexical_scores, sought, snapshot, settings)
        lexical = snapshot.recent.get(("words", sought, settings.sound_weight), make)
        found.append(
            np.stack([lexical, dense, _late(whole, lexical, dense, snapshot, encoder, settings, wanted)])
        )
    return found


def _cosines(texts: Sequence[str], snapshot: Snapshot, encoder: Encoder) -> list[NDArray[np.float32]]:
    """Return every row's cosine to each of some texts; those that are not kept are worked out together."""
    known = {text: snapshot.recent.known((encoder.fingerprint, text)) for text in texts}
    new = [text for text, scores in known.items() if scores is None]
    vectors = [encoder.encode_queries([text])[0] for text in new]  # alone: the same bits whatever is beside
    for text, scores in zip(new, snapshot.dense.scores_of(np.stack(vectors)) if new else (), strict=True):
        known[text] = snapshot.recent.put((encoder.fingerprint, text), scores.copy())
    return [scores for text in texts if (scores := known[text]) is not None]


def _late(
    whole: str,
    lexical: NDArray[np.float32],
    dense: NDArray[np.float32],
    snapshot: Snapshot,
    encoder: Encoder,
    settings: Settings,
    wanted: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Return every row's late score, shape (rows,): the cosine where it is not one of the shortlist."""
    late = dense.copy()
    if snapshot.tokens:
        weight = settings.lexical_weight
        found = np.where(wanted, weight * lexical + (1 - weight) * dense, -np.inf)
        rows = best_of(found, min(SHORTLIST, int(wanted.sum())))
        late[rows] = snapshot.tokens.scores(partial(encoder.token_scores, whole), rows)
    return late


def _wanted(query: Query, snapshot: Snapshot) -> NDArray[np.bool_]:
    """Return which rows lie in the document, and in the section or below it, that the query names."""
    numbers = wanted_numbers(query, snapshot)
    wanted = snapshot.rows.of_documents(numbers)
    if query.section is not None:
        for number in numbers:
            wanted[slice(*snapshot.span_of(number))] = _inside(snapshot.documents[number], query.section)
    return wanted


def wanted_numbers(query: Query, snapshot: Snapshot) -> Sequence[int]:
    """Return the numbers of the documents that may answer, ascending."""
    numbers = snapshot.lookup.numbers
    if query.document is not None:
        return [numbers[query.document]] if query.document in numbers and query.takes(query.document) else []
    if query.documents:
        return snapshot.lookup.select(query.documents)
    return range(len(snapshot.documents))


def _inside(one: IndexedDocument, section: int) -> list[bool]:
    """Tell of each passage of a document whether it lies in a section or below it."""
    sections = _sections_in(one, section)
    return [passage.section is not None and passage.section in sections for passage in one.passages]


def _sections_in(indexed: IndexedDocument, section: int) -> range:
    """Return the indexes of a section and all below it: they follow it in the document's order."""
    if section >= len(indexed.sections):
        return range(0)
    end = indexed.sections[section].end
    return range(section, bisect_left(indexed.sections, end, section + 1, key=lambda s: s.start))


def best_of(scores: NDArray[np.floating[Any]], count: int) -> NDArray[np.int64]:
    """Return the `count` highest places, highest first, ties in order: as a stable sort of all would give them."""
    if count <= 0:
        return np.empty(0, dtype=np.int64)
    if count < len(scores):
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.argsort(-scores[places], kind="stable")][:count]


def lexical_scores(text: str, snapshot: Snapshot, settings: Settings) -> NDArray[np.float32]:
    """Return every row's BM25 over words and sounds as a share of the query's ceiling, 0 to 1."""
    terms, sounds = words(text), sound_terms(text)
    index, weight = snapshot.lexical, settings.sound_weight
    ceiling = index.ceiling(terms) + weight * index.ceiling(sounds)
    if not ceiling:
        return np.zeros(len(index), dtype=np.float32)
    scores = index.scores(terms + sounds, dict.fromkeys(sounds, weight))
    return np.asarray(scores / np.float32(ceiling))
