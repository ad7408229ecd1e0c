"""All points that belong to a topic, over the whole document, in document order.

A list is not the top of a ranking: a speech deals with a topic in runs of neighbouring sentences, many of
which do not repeat its name, and mentions it elsewhere. So every sentence is judged by itself (qa/members.py), but where
the text announces the list, or nothing but a facet is asked for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index import Facet, IndexedDocument, Sentence, fold, words
from qa.announced import NOUN, PROBLEM, admitted_problems, announced_list, stated_aims
from qa.members import likeliest_members, member_chances, member_inputs
from qa.types import Query
from qa.wording import QUOTATION

Floats = NDArray[np.float64]
OTHER = 0.9  # probability from which a sentence is of another facet than the one asked for

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


def list_spans(
    query: Query, indexed: IndexedDocument, passages: Floats, logits: Floats
) -> tuple[list[tuple[int, int]], bool]:
    """Return the spans of the sentences that belong, in document order, and whether the text itself says so.

    It does where a sentence announces the list, and where only a facet is asked for. `passages` holds each
    passage's fused relevance, `logits` what was read of it (NaN: not read), shape (passages,) each. `query.section`
    restricts the list to one section.
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
        if chosen:
            return [(s.start, s.end) for s in chosen], True
    if passages.max() <= 0:
        return [], False
    chances, least = member_chances(member_inputs(query, indexed, asked, np.maximum(passages, 0.0), logits))
    chances *= inside
    if query.facet is not None:  # what is surely of another facet is none of it
        chances *= np.array([_not_other(sentence, query.facet) for sentence in indexed.sentences])
    if query.only_facet:
        chances *= np.array([sentence.facet == query.facet for sentence in indexed.sentences])
    if query.answer == "quote":
        chances *= _quotes(indexed)
    if chances.max() <= 0:
        return [], False
    rows = likeliest_members(chances, least)
    return [(indexed.sentences[i].start, indexed.sentences[i].end) for i in rows], False


def _not_other(sentence: Sentence, facet: Facet) -> bool:
    return sentence.facet in (facet, None) or (sentence.facet_probability or 0.0) < OTHER


def topic_words(query: Query) -> list[str]:
    """Return the topic's words, the longest of those inside each other, without what only names the list."""
    bare = NOUN.sub(" ", fold(f"{query.topic} {query.context}"))
    own = [w for w in dict.fromkeys(words(bare)) if len(w) > 1 and w not in ASKING_WORDS]
    return [w for w in own if not any(w != other and w in other for other in own)]


def _within(indexed: IndexedDocument, section: int | None) -> NDArray[np.bool_]:
    """Return which sentences lie in a section (None: all)."""
    if section is not None and section >= len(indexed.sections):
        return np.zeros(len(indexed.sentences), dtype=np.bool_)
    start, end = (0, len(indexed.document.text)) if section is None else _span(indexed, section)
    return np.array([start <= s.start < end for s in indexed.sentences])


def _span(indexed: IndexedDocument, section: int) -> tuple[int, int]:
    return indexed.sections[section].start, indexed.sections[section].end


def _quotes(indexed: IndexedDocument) -> NDArray[np.bool_]:
    """Return which sentences hold a quotation longer than a name."""
    return np.array(
        [bool(QUOTATION.search(indexed.document.text, s.start, s.end)) for s in indexed.sentences]
    )
