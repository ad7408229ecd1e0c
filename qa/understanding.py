"""Question and earlier turns -> Query: what is wanted and where, its topic, and what a follow-up refers to.

What is wanted and whether a question leans on the turns is learnt (qa/asking.py); places are read by a grammar
(qa/grammar.py); what is left of the wording only names the topic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index import Facet, IndexedDocument, fold, in_context, words
from qa.asking import ALONE, PLAIN, POINTED, Asked
from qa.courtesies import asks_overview, without_courtesies
from qa.focus import Focus, continued, unit_meant
from qa.grammar import read_where, resolved
from qa.headings import facet_asked, unit_quoted
from qa.initials import spell_out
from qa.types import Kind, Query, Turn

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
NAMED = 200  # characters of a heading that stand for its unit
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
    focus: Focus | None = None,
) -> Query:
    """Return the question, understood in the light of the earlier turns.

    `documents` are those that may answer, `asked` what was learnt about the question beside the turns, `focus` the place
    of the last answer's document that the turns end on. A question that stands alone is never bent by the turns.
    """
    typed = spell_out(without_courtesies(question), documents)
    where, rest = read_where(fold(typed))
    if not turns or asked.relation in ALONE:
        where = resolved(where, None)
    if asks_overview(typed, alone=not turns):
        return Query(
            typed, typed, Kind.STRUCTURE, fold(typed), document=document, wants="parts", overview=True
        )
    named = unit_quoted(typed, documents)
    plain = asked.answer not in POINTED and asked.wants not in ("check", "count", "compare", "place")
    if named is not None and plain and not own_words(named[2]) and not _TERM_ASK.search(named[2]):
        return _of_unit(typed, *named, document=document, several=len(documents) > 1)
    kind = KINDS.get(asked.wants, Kind.STRUCTURE)
    bare = typed.rstrip("？?。 ") or typed  # a mark at the end asks nothing more
    query = Query(
        typed, typed, kind, "", facet or asked.facet, None, document, only_facet=facet is not None,
        wants=asked.wants, answer=asked.answer, where=where, relation=asked.relation, asked=bare, read=bare, chat=asked.chat,
    )  # fmt: skip
    if turns and asked.relation not in ALONE:
        indexed = answered_in(turns, documents)
        if indexed is not None and focus is not None:
            placed = _in_place(query, rest, indexed, focus, several=len(documents) > 1)
            if placed is not None:
                return placed
        if not where.ordinals:  # a place that the last answer does not have is one of the document
            return _follow_up(query, turns, documents)
    if where and len(documents) == 1 and query.wants in PLAIN and not own_words(rest):
        kind = Kind.STRUCTURE  # 第4项任务是什么: nothing is asked but what stands there
        query = replace(query, kind=kind, wants="text")
    apart = kind is Kind.STRUCTURE or where.main  # the words of the place are no topic
    return replace(query, topic=topic_of(rest if apart and rest else fold(typed), kind))


def _of_unit(
    question: str, identity: str, unit: int, rest: str, *, document: str | None, several: bool
) -> Query:
    """Return the query about what stands under a heading: what it says, or all of a facet that is asked for there."""
    facet = facet_asked(rest)
    kind, wants = (Kind.STRUCTURE, "text") if facet is None else (Kind.LIST, "all")
    home = identity if several else document
    return Query(question, question, kind, "", facet, unit, home, wants=wants, asked=question, read=question)


def answered_in(turns: Sequence[Turn], documents: Sequence[IndexedDocument]) -> IndexedDocument | None:
    """Return the document that answered last; where none did, the one that came nearest to the last question."""
    shown = next((t.answer.points for t in reversed(turns) if t.answer.points), None)
    places = shown or (turns[-1].answer.passages if turns else ())
    return next((d for d in documents if places and d.document.id == places[0].document.id), None)


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


def _in_place(
    query: Query, rest: str, indexed: IndexedDocument, focus: Focus, *, several: bool
) -> Query | None:
    """Return the query about what a place means after the turns: its text, its parts, or the rest of the question in it.

    None where nothing is meant by a place.
    """
    if query.wants in ("chat", "place"):
        return None
    where = query.where
    own = own_words(rest)
    only = query.wants not in PLAIN or not own or bool(where.step)  # nothing is asked but what stands there
    choices = continued(query, focus, indexed)
    unit = choices[0].items[0].unit if len(choices) == 1 and len(choices[0].items) == 1 else None
    below = where.inside and not where.within
    if below and not only:
        unit, choices = unit_meant(where, focus), []
    if where.step and not choices and not own:
        return replace(query, kind=Kind.STRUCTURE, wants="text", beyond=True)
    if not choices and unit is None:
        return None
    document = indexed.document.id if several else query.document
    several_items = len(choices) == 1 and len(choices[0].items) > 1
    at = unit if unit is not None else choices[0].group.unit if several_items else focus.unit
    name = indexed.title_of(at)[:NAMED] if at is not None else ""
    shown = rest.strip(" 呢？?，,那的") or "讲了什么"
    standalone = f"“{name.rstrip('，。：；')}”：{shown}" if name else query.question
    if unit is not None and own and not (below and only) and query.wants in (*PLAIN, "all"):
        return replace(
            query, standalone=standalone, topic=topic_of(_GENERIC.sub(" ", rest), Kind.LIST), section=unit, document=document,
            asked=f"{name} {rest}", read=f"{name} {rest}",
        )  # fmt: skip
    wants = query.wants if query.wants in ("parts", "count", "all") else "text"
    if unit is not None and (wants != "parts" or indexed.children_of(unit)):
        choices = []  # all of a unit, not its heading only
    return replace(
        query, standalone=standalone, kind=Kind.STRUCTURE, wants=wants, topic=fold(name or query.question), section=unit,
        document=document, asked=f"{name} {rest}", read=f"{name} {rest}", choices=tuple(choices),
    )  # fmt: skip


def _follow_up(query: Query, turns: Sequence[Turn], documents: Sequence[IndexedDocument]) -> Query:
    """Return the query of a question that leans on the topic of the last turn."""
    last = turns[-1]
    text = fold(query.question)
    anew = query.relation in ANEW
    named = bool(own_words(text))
    topic = topic_of(text, query.kind) if named else last.query.topic
    sibling = _sibling_named(last, topic, documents) if anew and named else None
    if sibling is not None and last.query.kind in (Kind.LIST, Kind.STRUCTURE):
        query = replace(
            query, kind=Kind.STRUCTURE, wants="text"
        )  # 那民生呢 after all of a unit: all of the one beside it
    again = anew and last.query.relation in ANEW and len(turns) > 1
    before = turns[-2].query if again else last.query
    points = [p for p in last.answer.points if p.document.id == last.answer.points[0].document.id]
    section = last.query.section if sibling is None else sibling
    home = points[0].document.id if points and section is not None and len(documents) > 1 else None
    return replace(
        query,
        standalone=f"{query.question.rstrip('？?。')}？（承接：{_antecedent(turns, anew=anew)}）",
        topic=topic,
        facet=query.facet or (last.query.facet if query.kind is not Kind.TERM else None),
        section=section if home or len(documents) == 1 else None,
        document=query.document or home,
        context=_context(last, anew) if named else last.query.context,
        near=tuple(dict.fromkeys(p.section for p in points[:3] if p.section is not None)),
        read=in_context([before.asked[-BASE:]], query.question),
        before=before.asked,
        shown=tuple((p.document.id, p.start, p.end) for p in points),
    )


def _antecedent(turns: Sequence[Turn], *, anew: bool) -> str:
    """Return what a question leans on, in the person's own words: the last one that stands alone.

    Behind it what was last put in the place of its topic (口岸有哪些成绩；粮食呢), but where that is done `anew`.
    """
    alone = next((t for t in reversed(turns) if t.query.relation in ALONE), turns[0])
    later = turns[turns.index(alone) + 1 :]
    put = None if anew else next((t for t in reversed(later) if t.query.relation in ANEW), None)
    return "；".join(t.query.question.rstrip("？?。") for t in (alone, put) if t is not None)


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
