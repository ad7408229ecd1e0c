"""All points that belong to a topic, over the whole document, in document order.

A list is not the top of a ranking: a speech deals with a topic in runs of neighbouring sentences, many of
which do not repeat its name, and mentions it elsewhere. So every sentence's relevance is spread to its
neighbours within the section and down from the section's heading, weighed by the wanted facet, and all
sentences above a share of the best one are taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index import Facet, IndexedDocument, fold, fold_document, words
from qa.announced import NOUN, PROBLEM, admitted_problems, announced_list, stated_aims
from qa.deadline import check
from qa.types import Query
from qa.wording import QUOTATION

Floats = NDArray[np.float64]

# Words of asking that are no topic, beside index.STOP_WORDS: true of any question about any speech.
ASKING_WORDS = frozenset(
    [
        "自己",
        "承认",
        "到底",
        "眼下",
        "目前",
        "当前",
        "今年",
        "去年",
        "明年",
        "全区",
        "全县",
        "全市",
        "全省",
        "全国",
        "全文",
        "范围",
        "方面",
        "讲话",
        "报告",
        "书记",
        "文件",
        "会议",
        "具体",
        "主要",
        "完整",
        "存在",
        "提出",
        "提到",
        "强调",
        "取得",
        "承担",
        "梳理",
        "汇总",
        "归纳",
        "总结",
        "列出",
        "把握",
    ]
)

MENTIONED = 0.6  # of the share that a sentence needs which holds the one word of the topic
MOST = 0.6  # of a unit's sentences that must belong for all of it to belong
RUN = 8  # sentences at most that follow from one


@dataclass(frozen=True, slots=True)
class ListWeights:
    """How relevance is spread and cut."""

    neighbour: float = 0.2  # share of a direct neighbour's relevance that a sentence gains
    heading: float = 0.5  # share of its headings' relevance that a sentence gains
    facet: float = 0.75  # how far a sentence of another facet is held back: 1 hides it
    share: float = 0.6  # of the best sentence's relevance, from which a sentence belongs


def list_spans(
    query: Query, indexed: IndexedDocument, passages: Floats, weights: ListWeights
) -> tuple[list[tuple[int, int]], bool]:
    """Return the spans of the sentences that belong, in document order, and whether the text itself says so.

    It does where a sentence announces the list, and where only a facet is asked for. `passages` holds each
    passage's fused relevance, shape (passages,). `query.section` restricts the list to one section.
    """
    asked = topic_words(query)
    announced = [] if query.section is not None else announced_list(query, asked, indexed)
    if announced or not indexed.sentences:
        return announced, bool(announced)
    inside = _within(indexed, query.section)
    if not asked and query.facet is not None:
        if (
            query.facet is Facet.BACKGROUND
            and query.section is None
            and (admitted := admitted_problems(indexed))
        ):
            return admitted, True
        if query.facet is Facet.GOAL and query.section is None and (aims := stated_aims(indexed)):
            return aims, True
        chosen = [s for s in indexed.sentences if s.facet == query.facet and inside[s.index]]
        if query.facet is Facet.BACKGROUND:
            chosen = [s for s in chosen if PROBLEM.search(indexed.document.text, s.start, s.end)]
        return [(s.start, s.end) for s in chosen], True
    relevance = spread(indexed, sentence_scores(indexed, passages), weights)
    relevance *= facet_factors(indexed, query.facet, weights) * inside
    quotations = query.answer == "quote"
    if quotations:
        relevance *= _quotes(indexed)
    mentions = _mentions(indexed, asked[0]) & inside if len(asked) == 1 else np.zeros(len(inside), np.bool_)
    named = any(query.facet in (None, s.facet) for s in indexed.sentences if mentions[s.index])
    best = float(relevance.max())
    if best <= 0:
        return [], False
    cut = weights.share * best
    if named:
        relevance *= mentions
        cut *= MENTIONED
    rows = np.flatnonzero(relevance >= cut)
    if quotations:
        pass  # each stands for itself
    elif len(rows) == 1 and not named:
        rows = _run_from(indexed, int(rows[0]))
    else:
        rows = _completed(indexed, rows, query.facet)
    return [(indexed.sentences[i].start, indexed.sentences[i].end) for i in rows], False


def topic_words(query: Query) -> list[str]:
    """Return the topic's words, the longest of those inside each other, without what only names the list."""
    bare = NOUN.sub(" ", fold(f"{query.topic} {query.context}"))
    own = [w for w in dict.fromkeys(words(bare)) if len(w) > 1 and w not in ASKING_WORDS]
    return [w for w in own if not any(w != other and w in other for other in own)]


def _completed(indexed: IndexedDocument, rows: NDArray[np.int64], facet: Facet | None) -> NDArray[np.int64]:
    """Return the rows with the rest of every unit of which most belongs already."""
    chosen = set(rows.tolist())
    units: dict[int | None, list[int]] = {}
    for sentence in indexed.sentences:
        check()
        if facet in (None, sentence.facet) and sentence.section is not None:
            units.setdefault(sentence.section, []).append(sentence.index)
    for unit in units.values():
        inside = sum(i in chosen for i in unit)
        if inside > 1 and inside >= MOST * len(unit):
            chosen.update(unit)
    return np.array(sorted(chosen), dtype=np.int64)


def _run_from(indexed: IndexedDocument, first: int) -> NDArray[np.int64]:
    """Return a sentence and those right after it of its section and facet: a list of one goes on."""
    start = indexed.sentences[first]
    last = first
    for following in indexed.sentences[first + 1 : first + RUN]:
        same = (following.section, following.paragraph, following.facet)
        if same != (start.section, start.paragraph, start.facet):
            break
        last = following.index
    return np.arange(first, last + 1)


def _within(indexed: IndexedDocument, section: int | None) -> NDArray[np.bool_]:
    """Return which sentences lie in a section (None: all)."""
    start, end = (0, len(indexed.document.text)) if section is None else _span(indexed, section)
    return np.array([start <= s.start < end for s in indexed.sentences])


def _span(indexed: IndexedDocument, section: int) -> tuple[int, int]:
    return indexed.sections[section].start, indexed.sections[section].end


def _quotes(indexed: IndexedDocument) -> NDArray[np.bool_]:
    """Return which sentences hold a quotation longer than a name."""
    return np.array(
        [bool(QUOTATION.search(indexed.document.text, s.start, s.end)) for s in indexed.sentences]
    )


def _mentions(indexed: IndexedDocument, word: str) -> NDArray[np.bool_]:
    """Return which sentences hold a word themselves or stand under a heading that does."""
    text = fold_document(indexed.document.text)
    headed: list[bool] = []  # whether a section's own heading holds it, or one above
    for section in indexed.sections:
        above = section.parent is not None and headed[section.parent]
        headed.append(above or word in text[section.start : section.title_end])
    return np.array(
        [
            word in text[s.start : s.end] or (s.section is not None and headed[s.section])
            for s in indexed.sentences
        ]
    )


def sentence_scores(indexed: IndexedDocument, passages: Floats) -> Floats:
    """Return each sentence's relevance: that of its best passage, never below 0."""
    scores = np.zeros(len(indexed.sentences))
    for passage, score in zip(indexed.passages, passages, strict=True):
        check()
        for sentence in range(*passage.sentences):
            scores[sentence] = max(scores[sentence], score)
    return scores


def spread(indexed: IndexedDocument, scores: Floats, weights: ListWeights) -> Floats:
    """Add to each sentence a share of its neighbours' relevance and of its headings'."""
    home = np.array([-1 if s.section is None else s.section for s in indexed.sentences])
    together = home[1:] == home[:-1]
    result = scores.copy()
    result[1:] += weights.neighbour * np.where(together, scores[:-1], 0.0)
    result[:-1] += weights.neighbour * np.where(together, scores[1:], 0.0)
    headings = heading_scores(indexed, scores)
    result += weights.heading * np.array([headings[h] if h >= 0 else 0.0 for h in home])
    return result


def heading_scores(indexed: IndexedDocument, scores: Floats) -> list[float]:
    """Return for each section the best relevance among its own heading and those above it."""
    first: dict[int, int] = {s.start: s.index for s in reversed(indexed.sentences)}
    result: list[float] = []
    for section in indexed.sections:
        own = scores[first[section.start]] if section.start in first else 0.0
        above = result[section.parent] if section.parent is not None else 0.0
        result.append(max(float(own), above))
    return result


def facet_factors(indexed: IndexedDocument, facet: Facet | None, weights: ListWeights) -> Floats:
    """Return 1 for sentences of the wanted facet, less for others by how sure their label is."""
    if facet is None:
        return np.ones(len(indexed.sentences))
    factors = []
    for sentence in indexed.sentences:
        other = 0.0 if sentence.facet in (facet, None) else sentence.facet_probability or 0.0
        factors.append(1 - weights.facet * other)
    return np.array(factors)
