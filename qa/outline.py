"""Questions about the structure, answered from the section tree."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from index import Facet, IndexedDocument, Sentence, fold, fold_document, words
from qa.deadline import check
from qa.families import (
    find_family,
    fit,
    heading_sentence_end,
    parse_counts,
    structural_count,
    title_span,
    value,
)
from qa.types import Found, Query

_NUMERAL = "[一二三四五六七八九十\\d]{1,3}"
_UNIT = "(?:大)?(?:部分|方面|块|章|节|点|条|项|个|要|是|段|层)"
_ORDINAL = re.compile(
    rf"第(?P<n>{_NUMERAL})(?P<unit>{_UNIT})?|(?P<first>头一|首)(?:条|个|点|项)|(?P<last>最后一(?:条|个|点|项|部分))"
)
_RANGE = re.compile(rf"第{_NUMERAL}(?:{_UNIT})?(?:到|至|—|-)第?(?P<to>{_NUMERAL})")
_PART = re.compile("大|部分|块|章")
_BEGIN = re.compile(r"开头|开场|开篇|第一段|起头|开始(?:怎么|咋|说|讲)")
_END = re.compile(
    r"收尾|结尾|末尾|结束语|最后一段|最后(?:怎么|咋|是怎|落|讲|说|一句|号召|发出)|落在|收的尾|文末"
)
_WHERE = re.compile(
    r"在哪(?:一|个|几个?|些)?(?:大?部分|章|节|段|处|地方)|哪(?:一|个|几个?|些)?(?:大?部分|章|节|段|处|地方)(?:里|中)?(?:讲|说|提|谈|写|涉及|出现)"
)
_CHILDREN = re.compile(
    r"几|哪|各|分别|小标题|标题|要点|提纲|框架|结构|怎么分|列|都是|下[面设]|底下|要领句|条目"
)
_ASKED = re.compile(
    r"[一二三四五六七八九十](?:要|是)(?:到|至)?|讲话|报告|文章|全文|原文|书记|主席|省长|总理|一共|总共|主要|分别|部分|方面|标题|小标题|列出|各条|下面|底下|要求|内容|领句|大段|那[一段节]?|那段|咋|咱|那节|这段|逐字|发我|给我"
)
_THANKS = re.compile(
    r"^(?:※|[（(]?(?:新华社|本报)|《\s*人民日报|[（(]?(?:来源|责任编辑|责编|编辑)|谢谢|祝|最后，祝|谢谢大家)"
)
_APPENDIX = re.compile(r"^附[件录表注]")

MATCH = 0.34  # share of the topic's words that a heading must hold to be the one that is meant
ABSENT = 0.15  # weight of a word that no heading holds, where one held by a single heading weighs 0.5
BELOW = 0.6  # of its weight that a word counts which not the heading but most of its parts' headings hold
SHOWN_SENTENCES = 3  # sentences shown of a unit that has no parts of its own, or of a beginning or an end

SHOWN_CHARACTERS = 200  # of a beginning or an end: what a reader takes in at once


def answer_structure(query: Query, indexed: IndexedDocument) -> Found | None:
    """Return the headings or sentences that answer; None where the section tree cannot."""
    if query.section is not None:
        return _unit(indexed, query.section)
    question = fold(query.standalone)
    if _BEGIN.search(question) and not _ORDINAL.search(question.replace("第一段", "")):
        return _paragraph_sentences(indexed, first=True)
    if _WHERE.search(question) and (found := _places_of(question, indexed)):
        return found
    if _END.search(question) and "最后一条" not in question:
        return _paragraph_sentences(indexed, first=False)
    family = find_family(indexed, fit(parse_counts(question), indexed.document.text), units_first=True)
    if family:
        return Found(tuple(family), len(family))
    ranged = _RANGE.search(question)
    section = None if ranged else locate(question, indexed)
    wants_parts = bool(_CHILDREN.search(question))
    number = value(ranged["to"]) if ranged else structural_count(question)
    counted = _group_of(indexed, number, question) if section is None else ()
    if section is None and not counted:
        section = locate(question, indexed, query.facet)
    if section is None:
        main = counted or main_group(indexed)
        return _headings(indexed, main, numbered_only=True) if main and wants_parts else None
    children = indexed.children_of(section)
    if children:
        found = _headings(indexed, children)
        own = (
            ()
            if wants_parts and not re.search("主要|讲[啥什]|说[啥什的]", question)
            else (title_span(indexed, section),)
        )
        return Found((*own, *found.spans), found.total)
    return Found(_leading_sentences(indexed, section))


def _places_of(question: str, indexed: IndexedDocument) -> Found | None:
    """Return the first sentence of each unit that holds all words of the topic; None where none does."""
    topic = _ASKED.sub(" ", _WHERE.sub(" ", question))
    wanted = {
        w for w in words(re.sub("讲到?|说到?|提到?|谈到?|写到?|涉及|出现|哪里", " ", topic)) if len(w) > 1
    }
    text = fold_document(indexed.document.text)
    first: dict[int | None, Sentence] = {}
    for sentence in indexed.sentences if wanted else ():
        if all(w in text[sentence.start : sentence.end] for w in wanted):
            first.setdefault(sentence.section, sentence)
    spans = tuple((s.start, s.end) for s in first.values())
    return Found(spans, len(spans)) if spans else None


def _unit(indexed: IndexedDocument, section: int) -> Found:
    """Return a unit's heading and its parts' headings; where it has no parts, its first sentences."""
    children = indexed.children_of(section)
    if not children:
        return Found(_leading_sentences(indexed, section))
    parts = _headings(indexed, children)
    return Found((title_span(indexed, section), *parts.spans), parts.total)


def main_group(indexed: IndexedDocument) -> tuple[int, ...]:
    """Return the units that a reader calls the document's parts: the top level, or what its one unit holds."""
    group = indexed.children_of(None)
    while len(group) == 1 and indexed.children_of(group[0]):
        group = indexed.children_of(group[0])
    return group


def _group_of(indexed: IndexedDocument, number: int, question: str) -> tuple[int, ...]:
    """Return the neighbouring numbered units that are as many as the question says.

    The last such group where it speaks of the later part, else the one that covers most text.
    """
    groups = [indexed.children_of(parent) for parent in [None, *(s.index for s in indexed.sections)]]
    groups = [tuple(s for s in g if indexed.sections[s].ordinal is not None) for g in groups]
    fitting = [g for g in groups if number and len(g) == number]
    if not fitting:
        return ()
    if re.search("后半|后面|后一|最后", question):
        top = min(indexed.sections[g[0]].level for g in fitting)
        return [g for g in fitting if indexed.sections[g[0]].level == top][-1]
    return max(fitting, key=lambda g: indexed.sections[g[-1]].end - indexed.sections[g[0]].start)


def _headings(indexed: IndexedDocument, group: Sequence[int], numbered_only: bool = False) -> Found:
    numbered = [s for s in group if indexed.sections[s].ordinal is not None]
    chosen = numbered if numbered_only and len(numbered) > 1 else list(group)
    return Found(tuple(title_span(indexed, s) for s in chosen), len(chosen))


def locate(question: str, indexed: IndexedDocument, facet: Facet | None = None) -> int | None:
    """Return the section that a question names, by number, by heading or both; None where it names none."""
    question = _RANGE.sub(" ", question)
    section = by_heading(_ORDINAL.sub(" ", question), indexed, facet)
    for place, match in enumerate(_ORDINAL.finditer(question)):
        number = _ordinal(match)
        group = indexed.children_of(section) if section is not None else ()
        found = _numbered(indexed, group, number)
        if place == 0 and (found is None or _PART.match(match["unit"] or "")):
            top = _top_numbered(indexed, number)
            found = found if top is None else top
        if found is None:
            return section
        section = found
    return section


def _ordinal(match: re.Match[str]) -> int:
    if match["first"]:
        return 1
    return -1 if match["last"] else value(match["n"])


def _numbered(indexed: IndexedDocument, group: Sequence[int], number: int) -> int | None:
    """Return the unit of a group that states the number, else the one at that place."""
    if not group:
        return None
    if number < 0:
        return group[-1]
    stated = [s for s in group if indexed.sections[s].ordinal == number]
    if stated:
        return stated[0]
    plain = all(indexed.sections[s].ordinal is None for s in group)
    return group[number - 1] if plain and 0 < number <= len(group) else None


def _top_numbered(indexed: IndexedDocument, number: int) -> int | None:
    """Return the unit with this number in the shallowest group that counts, the last such group first."""
    groups: dict[int, list[tuple[int, ...]]] = {}
    for parent in [None, *(s.index for s in indexed.sections)]:
        group = indexed.children_of(parent)
        if len(group) > 1 and any(indexed.sections[s].ordinal is not None for s in group):
            groups.setdefault(indexed.sections[group[0]].level, []).append(group)
    for level in sorted(groups):
        best = max(groups[level], key=lambda g: indexed.sections[g[-1]].end - indexed.sections[g[0]].start)
        found = _numbered(indexed, best, number)
        if found is not None:
            return found
    return None


def by_heading(topic: str, indexed: IndexedDocument, facet: Facet | None) -> int | None:
    """Return the section whose heading holds most of the topic's words, a shallower one first.

    Words that more headings hold weigh less. Where no heading does and a facet is wanted, the first
    section with children whose text is mostly of that facet.
    """
    wanted = {w for w in words(_ASKED.sub(" ", topic)) if len(w) > 1}
    scores = _heading_scores(indexed, wanted) if wanted else []
    best = max(scores, default=0.0)
    if best >= MATCH:
        return min(
            (s.index for s in indexed.sections if scores[s.index] >= best - 1e-9),
            key=lambda i: (
                not _is_counted(indexed, i, topic),
                not indexed.children_of(i),
                indexed.sections[i].level,
            ),
        )
    if facet is None:
        return None
    main = _main_facets(indexed)
    return next(
        (s.index for s in indexed.sections if indexed.children_of(s.index) and main[s.index] == facet), None
    )


def _heading_scores(indexed: IndexedDocument, wanted: set[str]) -> list[float]:
    """Return for each section how much of the wanted words its heading, or its parts' headings, hold.

    A word weighs by how few headings hold it; one that none holds counts little: it may be a way of asking.
    """
    own = [wanted & held for held in _heading_words(indexed)]
    frequency = {w: sum(w in h for h in own) for w in wanted}
    weights = {w: 1 / (1 + n) if n else ABSENT for w, n in frequency.items()}
    total = sum(weights.values())
    scores: list[float] = []
    for section in indexed.sections:
        check()
        children = indexed.children_of(section.index)
        below = {w for w in wanted if 2 * sum(w in own[c] for c in children) >= max(len(children), 2)}
        held = own[section.index]
        scores.append(sum(weights[w] * (1 if w in held else BELOW) for w in held | below) / total)
    return scores


def _is_counted(indexed: IndexedDocument, section: int, question: str) -> bool:
    """Tell whether the section's parts are numbered the way the question says: 一要, 一是."""
    way = re.search("[一二三四五六七八九十](?:要|是)", question)
    return way is not None and any(
        indexed.sections[c].marker == f"一{way.group()[-1]}" for c in indexed.children_of(section)
    )


@lru_cache(maxsize=64)
def _heading_words(indexed: IndexedDocument) -> tuple[frozenset[str], ...]:
    """Return for each section the words of the sentence that holds its heading."""
    text = indexed.document.text
    ends = (heading_sentence_end(indexed, s.index) for s in indexed.sections)
    return tuple(frozenset(words(text[s.start : end])) for s, end in zip(indexed.sections, ends, strict=True))


def _main_facets(indexed: IndexedDocument) -> list[Facet | None]:
    """Return for each section the facet of most of its text, what stands in its parts included."""
    sizes: list[dict[Facet, int]] = [{} for _ in indexed.sections]
    for sentence in indexed.sentences:
        if sentence.section is not None and sentence.facet is not None:
            own = sizes[sentence.section]
            own[sentence.facet] = own.get(sentence.facet, 0) + sentence.end - sentence.start
    for section in reversed(indexed.sections):
        if section.parent is not None:
            above = sizes[section.parent]
            for facet, size in sizes[section.index].items():
                above[facet] = above.get(facet, 0) + size
    return [max(s, key=lambda f: s[f]) if s else None for s in sizes]


def facets_in(one: IndexedDocument) -> list[Counter[Facet]]:
    """Return for each section how many sentences of each facet it holds, its parts' included."""
    held: list[Counter[Facet]] = [Counter() for _ in one.sections]
    for sentence in one.sentences:
        if sentence.section is not None and sentence.facet is not None:
            held[sentence.section][sentence.facet] += 1
    for section in reversed(one.sections):
        if section.parent is not None:
            held[section.parent].update(held[section.index])
    return held


def _leading_sentences(indexed: IndexedDocument, section: int) -> tuple[tuple[int, int], ...]:
    found = indexed.sections[section]
    first = bisect_left(indexed.sentences, found.start, key=lambda s: s.start)
    inside = (s for s in indexed.sentences[first : first + SHOWN_SENTENCES] if s.start < found.end)
    return tuple((s.start, s.end) for s in inside)


def _paragraph_sentences(indexed: IndexedDocument, *, first: bool) -> Found | None:
    """Return the first or the last sentences of the body: no address, no thanks, no appendix."""
    text = indexed.document.text
    appendix = next((s.start for s in indexed.sentences if _APPENDIX.match(text[s.start : s.end])), len(text))
    body = [
        s
        for s in indexed.sentences
        if s.end <= appendix and s.end - s.start > 12 and not _THANKS.match(text[s.start : s.end])
    ]
    if not body:
        return None
    if first:
        start = next((i for i, s in enumerate(body) if text[s.end - 1] in "。！"), 0)
        chosen = _readable(body[start : start + SHOWN_SENTENCES])
    else:
        chosen = _readable(body[: -SHOWN_SENTENCES - 1 : -1])[::-1]
    return Found(tuple((s.start, s.end) for s in chosen))


def _readable(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the first sentence and those after it that fit into SHOWN_CHARACTERS with it."""
    sizes = itertools.accumulate(s.end - s.start for s in sentences)
    return [
        s
        for n, (s, size) in enumerate(zip(sentences, sizes, strict=True))
        if not n or size <= SHOWN_CHARACTERS
    ]
