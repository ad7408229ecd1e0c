"""Question and earlier turns -> Query: what is wanted and where, its topic, and what a follow-up refers to.

What is wanted and whether a question leans on the turns is learnt (qa/asking.py); places are read by a grammar
(qa/grammar.py); what is left of the wording only names the topic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import Facet, IndexedDocument, fold, in_context, words
from qa.asking import ALONE, Asked
from qa.grammar import Where, read_where
from qa.initials import spell_out
from qa.types import Kind, Query, Status, Turn

KINDS = {
    "point": Kind.FACT,
    "compare": Kind.FACT,
    "chat": Kind.FACT,
    "check": Kind.CLAIM,
    "all": Kind.LIST,
    "definition": Kind.TERM,
}  # what is wanted -> the shape of its answer; all else is read off the structure
ANEW = (
    "new_subject",
    "time_shift",
    "contrast",
)  # relations that put something in the place of what was asked before
BASE = 60  # characters of the question before that a follow-up is read with

_N = "[一二两三四五六七八九十\\d]{1,3}"
_NO_NOUN = "(?!关系|原因|时候|时间|地方|地点|人|日子|态度|作用|地位|位置|影响|区别|进展|结果|情况|样)"
_TERM_ASK = re.compile(
    rf"是?(?:什么|啥)意思|(?:是|指|叫|算)(?:的)?(?:个)?(?:(?:什么|啥){_NO_NOUN}|哪(?!一?(?:年|天|次|里|个|位|级|月|届|步|场|儿|些))|干啥|干什么)|(?:什么|啥)意思|什么叫|啥叫|什么是|啥是|解释|指的是|指[什啥]|含义|内涵|全称|(?:完整|具体)(?:表述|内容|说法)|具体(?:是|指)|包括(?:什么|哪)|怎么理解|是哪{_N}|分别是|说的(?:是)?(?:什么|啥)"
)
_ASKING = re.compile(
    r"请问|麻烦|帮我|帮忙|给我|告诉我|发我|替我|查一?下|查查|看看|说一?下|说说|讲讲|介绍一?下|解释一?下|"
    r"列[出全]?(?:来|一下|个清单)?|逐[条项]|分条|一[条一]条|一条不落|不落|越全越好|全部|所有|完整|原话|原文|原句|逐字|写[^，。？]{0,6}用$|"
    r"(?:书记|主席|省长|总理|总书记|领导|讲话|报告|文[中里章]|会上)(?:里|中)?(?:是|都)?(?:怎么|咋|如何)?(?:说|讲|提|要求|强调|批|看|交代|点名?)的?(?:了|到)?|"
    r"(?:都|各)?(?:有|是|指|做|干|提)?(?:了)?(?:哪[些几]?(?:个|条|项|种|样|件|方面|块)?|什么|啥)(?:的)?|"
    r"怎么样|怎样|怎么|咋样|咋|如何|多少|多大|几(?:个|条|项|种|样|件)|有没有|是不是|是否|能不能|吗|呢|吧|嘛|么|[？?！!，,。；;：:]"
)
_INTO = re.compile(
    r"(打造|建设|培育|培养|发展)成(?![绩效果本立功])"
)  # the dictionary cuts 打造成 into 打, 造成
_SPOKEN_WE = re.compile(r"咱们?(?=[省市县区镇乡村])")
_FACET_WORDS = re.compile(
    r"成绩|成效|成果|成就|取得|干成|进展|目标|要求|下一步|接下来|今后|往后|后面|后边|任务|举措|措施|安排|打算|方面|工作|这[块项条]|这一?块|今年|有|的"
)
_GENERIC = re.compile(
    r"具体|详细|要求|内容|方面|问题|里头|里面|其中|主要|分别|讲的?|说的?|提的?|写的?|到底|究竟|上|里|那|这|该|是|再|还"
)


def understand(
    question: str,
    turns: Sequence[Turn],
    documents: Sequence[IndexedDocument],
    asked: Asked,
    facet: Facet | None = None,
    document: str | None = None,
) -> Query:
    """Return the question, understood in the light of the earlier turns.

    `documents` are those that may answer, `asked` what was learnt about the question beside the turns. A question that
    stands alone is never bent by the turns.
    """
    typed = spell_out(question.strip(), documents)
    where, rest = read_where(fold(typed))
    kind = KINDS.get(asked.wants, Kind.STRUCTURE)
    facet = facet or asked.facet
    if turns and asked.relation not in ALONE:
        found = _item(turns[-1], where, documents) if where or where.step else None
        if found is not None:
            return _about_section(typed, rest, found, documents, asked, where, facet, document)
        if not where.ordinals:  # a place that the last answer does not have is one of the document
            return _follow_up(typed, turns, documents, asked, where, facet, document)
    topic = topic_of(rest if kind is Kind.STRUCTURE else fold(typed), kind)
    return Query(
        typed, typed, kind, topic, facet, None, document,
        wants=asked.wants, answer=asked.answer, where=where, relation=asked.relation, asked=typed, read=typed,
    )  # fmt: skip


def topic_of(question: str, kind: Kind) -> str:
    """Return what is left of a (folded) question once the asking is taken off.

    For a shorthand the words that ask for its meaning go too, and for a list the words that name a facet go too: no point repeats them. Where nothing is left, the
    question itself.
    """
    question = _SPOKEN_WE.sub(" ", _INTO.sub(r"\1 ", question))
    topic = _ASKING.sub(" ", _TERM_ASK.sub(" ", question) if kind is Kind.TERM else question)
    if kind is Kind.LIST:
        narrower = _FACET_WORDS.sub(" ", topic)
        topic = narrower if words(narrower) else topic
    return " ".join(topic.split()) if words(topic) else question


def own_words(question: str) -> list[str]:
    """Return the content words of a question, of two characters or more, without those of asking."""
    bare = _ASKING.sub(" ", fold(question))
    return [w for w in words(_GENERIC.sub(" ", _FACET_WORDS.sub(" ", bare))) if len(w) > 1]


def _follow_up(
    question: str,
    turns: Sequence[Turn],
    documents: Sequence[IndexedDocument],
    asked: Asked,
    where: Where,
    facet: Facet | None,
    document: str | None,
) -> Query:
    """Return the query of a question that leans on the topic of the last turn."""
    last = turns[-1]
    text = fold(question)
    kind = KINDS.get(asked.wants, Kind.STRUCTURE)
    anew = asked.relation in ANEW
    named = bool(own_words(text))
    topic = topic_of(text, kind) if named else last.query.topic
    context = _context(last, anew) if named else last.query.context
    sibling = _sibling_named(last, topic, documents) if anew and named else None
    near = tuple(dict.fromkeys(p.section for p in last.answer.points[:3] if p.section is not None))
    again = anew and last.query.relation in ANEW and len(turns) > 1
    before = turns[-2].query if again else last.query
    return Query(
        question,
        f"{question.rstrip('？?。')}？（承接：{last.query.standalone.rstrip('？?。') if not last.query.context else last.query.standalone}）",
        kind,
        topic,
        facet or (last.query.facet if kind is not Kind.TERM else None),
        last.query.section if sibling is None else sibling,
        document,
        context,
        near,
        wants=asked.wants,
        answer=asked.answer,
        where=where,
        relation=asked.relation,
        asked=question,
        read=in_context([before.asked[-BASE:]], question),
    )


def _sibling_named(last: Turn, name: str, documents: Sequence[IndexedDocument]) -> int | None:
    """Return the unit beside the one just quoted whose heading alone holds the words of `name`."""
    points = last.answer.points
    wanted = set(words(name))
    indexed = next((d for d in documents if points and d.document.id == points[0].document.id), None)
    if indexed is None or not wanted:
        return None
    for section in reversed(indexed.path_of(points[0].section)):
        beside = [s for s in indexed.children_of(indexed.sections[section].parent) if s != section]
        named = [s for s in beside if wanted <= set(words(indexed.title_of(s)))]
        if len(named) == 1:
            return named[0]
    return None


def _context(last: Turn, anew: bool) -> str:
    """Return the topic of the turns before; a topic that is put aside for the second time is not kept."""
    if anew and last.query.context and last.query.relation in ANEW:
        return last.query.context
    return " ".join(filter(None, (last.query.context, last.query.topic)))


def _item(
    last: Turn, where: Where, documents: Sequence[IndexedDocument]
) -> tuple[IndexedDocument, int] | None:
    """Return the unit that an ordinal means: an item of the list just shown, or a sibling of the last unit.

    A sibling where the turn before asked for an item of the same noun (第二条 … 第三条).
    """
    points = last.answer.points
    if last.answer.status is not Status.ANSWERED or not points:
        return None
    indexed = next((d for d in documents if d.document.id == points[0].document.id), None)
    place = where.ordinals[-1] if where.ordinals else 1 if where.first == 1 else -1 if where.last == 1 else 0
    if indexed is not None and where.step:
        return _beside(indexed, last, where.step)
    if indexed is None or not place:
        return None
    if last.query.section is not None and last.query.where.nouns[-1:] == where.nouns[-1:]:
        group = indexed.children_of(indexed.sections[last.query.section].parent)
        return _member(indexed, group, place)
    starts = {s.start: s.index for s in reversed(indexed.sections)}
    headed = [starts[p.start] for p in points if p.start in starts]
    if len(headed) > 1 and indexed.sections[headed[0]].level < indexed.sections[headed[1]].level:
        headed = headed[1:]  # the first was the heading of the part itself
    if len(headed) > 1 and 2 * len(headed) > len(points) and place <= len(headed):
        return _member(indexed, headed, place)
    return next(
        (found for group in _groups_shown(indexed, last) if (found := _member(indexed, group, place))), None
    )


def _beside(indexed: IndexedDocument, last: Turn, step: int) -> tuple[IndexedDocument, int] | None:
    """Return the unit next to the one that the last answer is about, or before it."""
    shown = last.query.section if last.query.section is not None else last.answer.points[0].section
    if shown is None:
        return None
    group = indexed.children_of(indexed.sections[shown].parent)
    place = group.index(shown) + step
    return (indexed, group[place]) if 0 <= place < len(group) else None


def _groups_shown(indexed: IndexedDocument, last: Turn) -> list[tuple[int, ...]]:
    """Return the groups of neighbouring units that the last answer shows, the one that most points lie in first."""
    votes: dict[int | None, int] = {}  # by what a group lies in
    for section in (p.section for p in last.answer.points):
        if section is None:
            continue
        for parent in (section, indexed.sections[section].parent):
            if len(indexed.children_of(parent)) > 1:
                votes[parent] = votes.get(parent, 0) + 1
    groups = {parent: indexed.children_of(parent) for parent in votes}
    return [groups[p] for p in sorted(votes, key=lambda p: (-votes[p], groups[p][0]))]


def _member(indexed: IndexedDocument, group: Sequence[int], place: int) -> tuple[IndexedDocument, int] | None:
    """Return the unit of a group that states the ordinal, else the one at that place; None beyond its end."""
    if place < 0 and group:
        return indexed, group[-1]
    stated = [s for s in group if indexed.sections[s].ordinal == place]
    if stated:
        return indexed, stated[0]
    plain = all(indexed.sections[s].ordinal is None for s in group)
    return (indexed, group[place - 1]) if plain and 0 < place <= len(group) else None


def _about_section(
    question: str,
    rest: str,
    found: tuple[IndexedDocument, int],
    documents: Sequence[IndexedDocument],
    asked: Asked,
    where: Where,
    facet: Facet | None,
    document: str | None,
) -> Query:
    """Return the query about one unit: its text where no more is asked, else the rest of the question inside it."""
    indexed, section = found
    heading = indexed.title_of(section)
    own = own_words(rest)
    kind = KINDS.get(asked.wants, Kind.STRUCTURE) if own or asked.wants == "all" else Kind.STRUCTURE
    shown = rest.strip(" 呢？?，,那的") or "讲了什么"
    topic = topic_of(_GENERIC.sub(" ", rest), Kind.LIST) if own else fold(heading)
    return Query(
        question,
        f"“{heading.rstrip('，。：；')}”：{shown}",
        kind,
        topic,
        facet,
        section,
        document or (indexed.document.id if len(documents) > 1 else None),
        wants=asked.wants if kind is not Kind.STRUCTURE else "text",
        answer=asked.answer,
        where=where,
        relation=asked.relation,
        asked=f"{heading} {rest}",
        read=f"{heading} {rest}",
    )
