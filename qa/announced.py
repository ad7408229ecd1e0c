"""Lists that a sentence announces: 主要问题是：一是…二是…, 积累了新经验。一是…二是….

Where a question asks for just that (有哪些短板, 哪几条经验), the announced items are the whole answer.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from index import Facet, IndexedDocument, fold, words
from qa.deadline import check
from qa.types import Query

Span = tuple[int, int]

# What lists in speeches are lists of; the words of one line stand for each other.
KINDS = (
    "问题|短板|不足|困难|差距|挑战|毛病|弱项",
    "目标|指标|预期",
    "成果|成绩|成效|收获|成就|进展",
    "经验|启示|体会",
    "原则|要领",
    "任务|重点|工作|举措|措施|安排",
    "要求|希望",
    "意义|原因|理由",
)
NOUN = re.compile("|".join(KINDS))
# These name a list only where no topic is asked for: speeches are full of 要求 and 任务 for anybody.
WEAK = frozenset(["任务|重点|工作|举措|措施|安排", "要求|希望"])
LEAST_ITEMS = 2
REACH = 10_000  # characters after a colon in which the items that it announces are looked for
# How such texts say that something is wrong; asked for problems, a sentence must say one.
PROBLEM = re.compile(
    r"问题|困难|短板|不足|差距|挑战|风险|隐患|薄弱|弱项|矛盾|不够|不平衡|不充分|不协调|不优|不强|不高|不多|不健全|不完善|不到位|不扎实|"
    r"偏低|偏小|较低|滞后|脆弱|严峻|下行压力|有待|尚未|尚需|还需|依然|仍然|仍需|存在|缺乏|制约|瓶颈|形式主义|官僚主义"
)

# How a sentence says what is to come of it, where a speech names no goals of their own.
_AIMS = re.compile(
    r"力争|争创|争当|打造|建成|创建|跻身|迈入|努力实现|奋力实现|(?:目标|指标)(?:是|为|[：:])|到20\d\d年|一定能(?:够)?实现|而(?:努力|不懈|团结)*奋斗"
)

_ADMITS = re.compile(
    r"(?:清醒|看到|存在|面临|正视|认识到|不容忽视)[^。！？]{0,40}(?:问题|困难|短板|不足|挑战|差距)|(?:问题|困难|短板|不足|挑战|差距)[^。！？]{0,8}(?:不容忽视|不少|突出)"
)
_NUMBERED = re.compile(r"[一二三四五六七八九十]+是|第[一二三四五六七八九十]+[，、]|有的|有些")
_COLON = re.compile(
    r"(?:是|有|为|如下|包括|做到|表现在|体现在)[：:]|[：:](?=一是|一要|第一|首先|①|[（(]一[)）]|1[.、])"
)
_STOP = re.compile(r"。|\n")


def announced_list(query: Query, topic: Sequence[str], indexed: IndexedDocument) -> list[Span]:
    """Return the items of the list that a question asks for by its name; empty where none is announced.

    The announcing sentence names the kind of thing asked for and at least half of the topic's words, and
    most items are of the wanted facet.
    """
    question, text = fold(query.standalone), indexed.folded
    asked = [k for k in KINDS if re.search(k, question) and not (topic and k in WEAK)]
    best: list[Span] = []
    most = (-1, -1)
    shared = [w for w in words(question) if len(w) > 1]
    for (start, end), items in announcements(indexed) if asked else ():
        check()
        said = text[start:end]
        held = sum(word in said for word in topic), sum(word in said for word in shared)
        named = any(re.search(kind, said) and (len(items) > 1 or kind not in WEAK) for kind in asked)
        if named and 2 * held[0] >= len(topic) and held > most and _are_of(query.facet, items, indexed):
            best, most = items, held
    return best


def _are_of(facet: Facet | None, items: Sequence[Span], indexed: IndexedDocument) -> bool:
    sentences = indexed.sentences
    places = (bisect_left(sentences, start, key=lambda s: s.start) for start, _ in items)
    facets = [
        sentences[p].facet
        for p, (start, _) in zip(places, items, strict=True)
        if p < len(sentences) and sentences[p].start == start
    ]
    return facet is None or 2 * facets.count(facet) >= len(facets)


def admitted_problems(indexed: IndexedDocument) -> list[Span]:
    """Return what follows each sentence that admits problems (我们也清醒看到，还存在…), with it, in its paragraph.

    Sentences of background only: the run ends where the text turns to what is to be done.
    """
    text = indexed.document.text
    found: list[Span] = []
    sentences = indexed.sentences
    for sentence in sentences:
        check()
        done = found and sentence.start < found[-1][1]
        if (
            done
            or sentence.facet is not Facet.BACKGROUND
            or not _ADMITS.search(text, sentence.start, sentence.end)
        ):
            continue
        for following in (sentences[n] for n in range(sentence.index, len(sentences))):
            numbered = _NUMBERED.match(text, following.start)
            bound = indexed.document.has_lines or PROBLEM.search(text, following.start, following.end)
            says = following.facet is Facet.BACKGROUND and bound
            if following.paragraph != sentence.paragraph or not (following is sentence or numbered or says):
                break
            found.append((following.start, following.end))
    return found


def stated_aims(indexed: IndexedDocument) -> list[Span]:
    """Return what a document without a sentence of goals says is to come: requirements that name an aim.

    Of the labelled sentences of such a speech 7 of 10 may pass as goals; of a report with goals, 8 of 10.
    """
    text = indexed.document.text
    if any(s.facet is Facet.GOAL for s in indexed.sentences):
        return []
    wanted = (s for s in indexed.sentences if s.facet is Facet.REQUIREMENT)
    return [(s.start, s.end) for s in wanted if _AIMS.search(text, s.start, s.end)]


def announcements(indexed: IndexedDocument) -> Iterator[tuple[Span, list[Span]]]:
    """Yield every announcing sentence's span with the spans of its items, in document order."""
    yield from _before_units(indexed)
    yield from _after_colons(indexed)


def _before_units(indexed: IndexedDocument) -> Iterator[tuple[Span, list[Span]]]:
    """Yield sentences right before a first unit (一是, 第一), with the group's leading sentences."""
    sentences = indexed.sentences
    at = {s.start: s.index for s in sentences}
    for parent in [None, *(s.index for s in indexed.sections)]:
        group = [s for s in indexed.children_of(parent) if indexed.sections[s].ordinal is not None]
        first = at.get(indexed.sections[group[0]].start, 0) if group else 0
        if len(group) < LEAST_ITEMS or not first:
            continue
        before = sentences[first - 1]
        if before.paragraph is not None and before.paragraph < (sentences[first].paragraph or 0) - 1:
            continue
        leading = [sentences[at[indexed.sections[s].start]] for s in group if indexed.sections[s].start in at]
        yield (before.start, before.end), [(s.start, s.end) for s in leading]


def _after_colons(indexed: IndexedDocument) -> Iterator[tuple[Span, list[Span]]]:
    """Yield what stands before a colon, with the sentences (they end at ；, or it is one) up to the full stop."""
    text = indexed.document.text
    for sentence in indexed.sentences:
        check()
        colon = _COLON.search(text, sentence.start, sentence.end)
        if colon is None:
            continue
        last = min(len(text), colon.end() + REACH)
        stop = _STOP.search(text, colon.end(), last)
        end = stop.end() if stop else last
        after = bisect_right(indexed.sentences, end, sentence.index, key=lambda s: s.end)
        items = indexed.sentences[sentence.index : after]
        clauses = len(re.findall("[，、]", text[colon.end() : end]))
        if len(items) >= LEAST_ITEMS or clauses >= LEAST_ITEMS:
            yield (
                (sentence.start, colon.end()),
                [(max(s.start, colon.end()), s.end) for s in items],
            )
