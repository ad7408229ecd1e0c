"""Answered, or 原文未提及: how sure an answer is, and why there is none.

A logistic model over readable features (qa/training/confidence.py fits it on questions about other
documents). Whether a text is a question to a document at all is learnt elsewhere (qa/asking.py).
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np

from index import FAST, IndexedDocument, Snapshot, fold, sound_terms, words
from qa.citation import DEEPEST
from qa.comparing import lacking, missing_names, not_of_year, place_elsewhere
from qa.evidence import YEAR
from qa.lists import topic_words
from qa.retrieval import Ranking, wanted_numbers
from qa.types import Kind, Query

NEAREST = 5  # best hits whose words count as what the document says about the question
FULLY = 0.85  # share of the question's weight from which a passage holds all of it but a word of asking
AROUND = 1_000  # characters of a sentence around a passage, and of a heading, that are looked at
CHAT = (
    0.7  # chance from which what the structure answers is held to be no question: 3 % of those that are one
)
# Of what the section tree or a shorthand's place gives where no reader said how likely: on the t sets 73 % of 70 such
# answers show at least half of what was asked for.
STRUCTURAL = 0.73
# Cosine below which no passage is about the question, where few of its words stand there, too: so it is for 86 % of
# off-topic questions about documents left out, and for 5 % of answerable ones.
UNLIKE = 0.3
OFF_TOPIC = 0.4  # share of the question's weight below which the document does not speak of it at all
# Of the threshold: for a question that goes on about what has just been answered, and for a list of which the
# document has every word, where whatever it says is the answer.
LENIENT = 0.5
READ, UNREAD, FAST_ONLY = (
    "read",
    "unread",
    "fast",
)  # the models: a reranker read, none did, and static vectors
LARGEST = 8.0  # logits beyond say no more


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the document says it: the probability, a stable reason code, and the reason in Chinese."""

    confidence: float
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model over named features, its threshold, and the figures it was fitted with."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability that the document answers."""
        total = self.bias + sum(self.weights.get(name, 0.0) * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


@functools.cache
def load_model(name: str) -> Model:
    """Return a shipped model: READ, UNREAD, or FAST_ONLY where the vectors are the fast encoder's."""
    found = json.loads((resources.files("qa") / "data" / "confidence.json").read_text("utf-8"))[name]
    return Model(found["weights"], found["bias"], found["threshold"])


def model_name(snapshot: Snapshot, found: Mapping[str, float]) -> str:
    """Return which model judges these features: what was read is a reason of its own."""
    if "read" in found:
        return READ
    return FAST_ONLY if snapshot.encoder == FAST else UNREAD


def judge(
    query: Query,
    ranking: Ranking,
    snapshot: Snapshot,
    spans: Sequence[tuple[int, int, int]],
    *,
    structural: bool,
    sure: float | None = None,
    why: Callable[[], str] = str,
) -> Judgement:
    """Return whether the question is answered by `spans`; `structural` where the section tree or a shorthand gave them.

    `sure` says how sure these are, where that is known.

    `why` tells which of index.WHYS keeps the nearest passage from answering ("": not known), asked only where needed.
    """
    question = fold(query.standalone)
    if query.wants == "chat" or (structural and query.chat > CHAT):
        reason = "chat" if any(c.isalpha() for c in question) else "no_content"
        return Judgement(0.0, reason, _NOTES[reason])
    if query.beyond:
        return Judgement(0.0, "beyond", _NOTES["beyond"])
    if not (structural and words(question)) and not _has_content(query, snapshot):
        return Judgement(0.0, "no_content", _NOTES["no_content"])
    if spans and (structural or (query.context and not _own(query))):
        return Judgement(STRUCTURAL if sure is None else sure)
    if not spans:
        return Judgement(0.0, "not_in_document", _NOTES["not_in_document"])
    names = missing_names(question, query, snapshot)
    found = features(query, ranking, snapshot, spans)
    blank = any("*" in snapshot.documents[d].document.text[a:b] for d, a, b in spans[:1])
    if blank:  # what was blanked out at the source cannot be read: the words around it tell
        found.pop("read", None)
    model = load_model(model_name(snapshot, found))
    confidence = model.probability(found)
    complete = query.kind is Kind.LIST and _has_all(topic_words(query), query, snapshot)
    if confidence >= model.threshold * (LENIENT if query.context or complete else 1.0):
        return Judgement(confidence)
    return Judgement(confidence, *_reason(names, found, why))


NO_QUESTION = frozenset(["chat", "no_content"])  # reasons with which no place is near

_NOTES = {
    "chat": "这不是对文稿的提问：这里只照录原文，不评价、不代写、不闲聊。可以问讲话里写了什么。",
    "no_content": "没有看懂要问什么：问题里没有可以在文中查找的内容。请写明要问的事。",
    "not_in_document": "原文未提及：没有找到与问题相关的内容。",
    "beyond": "原文未提及：那里已经是头一项或最后一项，再没有了。",
    "off_topic": "原文未提及：问题与本文无关。",
    "weak": "原文未提及：最接近的地方没有回答这个问题。",
    "figure_absent": "原文未提及：最接近的地方没有给出数字。",
    "date_absent": "原文未提及：最接近的地方没有给出时间。",
    "person_absent": "原文未提及：最接近的地方没有写明是谁。",
    "other_year": "原文未提及：最接近的地方说的是另一时间。",
    "other_place": "原文未提及：最接近的地方说的是另一地方。",
    "deadline_absent": "原文未提及：最接近的地方没有写明期限。",
    "consequence_absent": "原文未提及：最接近的地方没有写后果。",
    "cause_absent": "原文未提及：最接近的地方没有说明原因。",
    "comparison_absent": "原文未提及：最接近的地方没有作这样的比较。",
    "policy_absent": "原文未提及：最接近的地方没有这样的规定。",
    "scope_mismatch": "原文未提及：最接近的地方说的是另一范围。",
    "object_mismatch": "原文未提及：最接近的地方说的是另一对象。",
    "quantity_of_other": "原文未提及：最接近的地方的数字说的是别的事。",
    "negation": "原文未提及：最接近的地方没有说到问的这一面。",
    "only_named": "原文未提及：最接近的地方只提到名称。",
}


def _reason(names: Sequence[str], found: Mapping[str, float], why: Callable[[], str]) -> tuple[str, str]:
    """Return the reason code and its note for an answer that is not sure enough."""
    if names:
        return "name_not_in_document", f"原文未提及：文中没有出现“{'”“'.join(names[:2])}”。"
    if found["in document"] < OFF_TOPIC and found["dense"] < UNLIKE:
        return "off_topic", _NOTES["off_topic"]
    reason = why()
    return (reason, _NOTES[reason]) if reason in _NOTES else ("weak", _NOTES["weak"])


def _has_all(terms: Iterable[str], query: Query, snapshot: Snapshot) -> bool:
    """Tell whether each of some words stands in one of the documents that may answer."""
    wanted = wanted_numbers(query, snapshot)
    return all(next(snapshot.lookup.having(w, wanted), None) is not None for w in terms)


def _has_content(query: Query, snapshot: Snapshot) -> bool:
    """Tell whether a question has a word to look for: no bare punctuation, grammar, or unknown digits."""
    if query.overview or query.section is not None or (query.kind is Kind.LIST and query.facet is not None):
        return True
    own = words(f"{query.topic} {query.context}")
    return any(
        snapshot.lexical.holds(w) or (not w.isascii() and len(w) > 1) or (w.isalpha() and len(w) > 1)
        for w in own
    )


def _own(query: Query) -> list[str]:
    """Return the words of a question that the turns before do not have; none for 为什么, 具体怎么做."""
    before = set(words(query.context))
    return [w for w in words(query.topic) if w not in before]


def features(
    query: Query, ranking: Ranking, snapshot: Snapshot, spans: Sequence[tuple[int, int, int]]
) -> dict[str, float]:
    """Return the model's inputs by name, each 0 to 1 or nearly so."""
    question = fold(query.standalone)
    hits = ranking.hits(NEAREST)
    weights = {
        w: snapshot.lexical.idf(w)
        for w in words(f"{query.topic or question} {query.context}")
        if len(w) > 1 or w.isdigit()
    }
    total = sum(weights.values()) or 1.0
    near = [_held_words(weights, snapshot.documents[h.document], h.passage) for h in hits]
    held = [sum(v for w, v in weights.items() if w in n) / total for n in near] or [0.0]
    union = set().union(*near) if near else set()
    inside = sum(v for w, v in weights.items() if snapshot.lexical.holds(w)) / total
    result = {
        "fully held": float(held[0] >= FULLY),
        "near hold": sum(v for w, v in weights.items() if w in union) / total,
        "in document": inside,
        "dense": max((h.dense for h in hits), default=0.0),
        "first dense": hits[0].dense if hits else 0.0,
        "names missing": float(bool(missing_names(question, query, snapshot))),
        "few words": float(len(weights) <= 2 and not any(w.isascii() for w in weights)),
        "chat": query.chat,
        "list": float(query.kind is Kind.LIST),
        "claim": float(query.kind is Kind.CLAIM),
        "follow-up": float(bool(query.context)),
        "year elsewhere": float(any(not_of_year(y, snapshot, spans[:1]) for y in YEAR.findall(question))),
        "place elsewhere": float(place_elsewhere(question, snapshot, spans)),
    }
    return result | lacking(query, snapshot, spans) | _as_read(ranking, snapshot, spans)


def _as_read(ranking: Ranking, snapshot: Snapshot, spans: Sequence[tuple[int, int, int]]) -> dict[str, float]:
    """Return what the reranker says of the best passages, and of the one shown first; nothing where none was read."""
    rows = np.flatnonzero(~np.isnan(ranking.read)) if len(ranking.read) else np.empty(0, dtype=np.int64)
    if not len(rows):
        return {}
    logits = np.clip(ranking.read[rows].astype(np.float64), -LARGEST, LARGEST)
    held = [
        float(x)
        for x, row in zip(logits, rows, strict=True)
        if _shown(ranking, snapshot, int(row), spans[:1])
    ]
    return {
        "read": 1.0,  # tells which model judges; a weight of it would be one more bias
        "read best": float(logits.max()),
        "read shown": max(held, default=float(logits.min())),
        "read first": float(logits[np.argmax(ranking.fused[rows])]),
    }


def _shown(ranking: Ranking, snapshot: Snapshot, row: int, spans: Sequence[tuple[int, int, int]]) -> bool:
    """Tell whether a row's passage lies in one of the spans, in part at least."""
    document, number = ranking.rows[row]
    passage = snapshot.documents[document].passages[number]
    return any(d == document and passage.start < end and start < passage.end for d, start, end in spans)


def _held_words(asked: Iterable[str], indexed: IndexedDocument, passage: int) -> set[str]:
    """Return which words a passage's sentences and the headings above it hold, as written or as they sound."""
    found = indexed.passages[passage]
    start = max(indexed.sentences[found.sentences[0]].start, found.start - AROUND)
    end = min(indexed.sentences[found.sentences[1] - 1].end, found.end + AROUND)
    path = indexed.path_of(found.section, DEEPEST)
    headings = " ".join(indexed.title_of(s)[:AROUND] for s in path)
    text = f"{indexed.document.text[start:end]} {headings}"
    there, sounds = set(words(text)), set(sound_terms(text))
    return {
        w
        for w in asked
        if w in there or (len(w) > 1 and (heard := sound_terms(w)) and sounds.issuperset(heard))
    }
