"""Question and earlier turns -> Query: kind, wanted facet, topic, and what a follow-up refers to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import Facet, IndexedDocument, fold, words
from qa.families import value
from qa.types import Kind, Query, Status, Turn

_N = "[一二两三四五六七八九十\\d]{1,3}"
_STRUCTURE = re.compile(
    rf"部分|[大小]标题|提纲|框架|结构|目录|层次|那[一]?[节章]|[这那]一?大?段|"
    rf"[分讲][了成为]?(?:几|哪几|{_N})[大个]?(?:块|点|条|方面|个?方面|层|段|节|章)|几(?:大|小)[块点条]|{_N}[大小](?:块|点|条)|"
    rf"第{_N}(?:大)?(?:点|条|块|项|章|节|个方面|方面)|[头首]一?[条点项]|最后一[条点项段]|[哪这]{_N}点|强调了?[哪几]|"
    rf"收的?尾|结尾|末尾|开头|开场|开篇|落在哪|领句|怎么收|咋收"
)
_TERM_ASK = re.compile(
    rf"(?:是|指|叫|算)(?:的)?(?:个)?(?:什么|啥|哪|干啥|干什么)|(?:什么|啥)意思|什么叫|啥叫|什么是|啥是|解释|指的是|指[什啥]|含义|内涵|全称|(?:完整|具体)(?:表述|内容|说法)|具体(?:是|指)|包括(?:什么|哪)|怎么理解|是哪{_N}|分别是|说的(?:是)?(?:什么|啥)"
)
_SHORTHAND = re.compile(
    rf"[“\"「『][^”\"」』]{{2,14}}[”\"」』]|{_N}(?:个|项|大|种|条|本|方面)?[^\s，。？的是个]{{1,6}}|[\d]{{2,4}}(?:工程|行动|计划|战略|体系|布局|模式)"
)
_LIST = re.compile(
    rf"哪些|哪几|有几[条项点个件]|列[出全一个举成]|列[，。]|全部|所有|清单|逐[条项一]|分条|一[条一]条|一一|汇总|梳理|归纳|总结一?下|都有[啥什]|都[说讲]说|说全|越全|全都|都要$|都干|干了[啥什]|做了[啥什哪]|不落|哪{_N}[个条项种件块]|几[样件]"
)
_CLAIM = re.compile(
    r"(?:了|过|成|批|准|好|完|上)(?:没有?|没|吗|么|不)[？?]?$|有没有|是不是|是否|能不能|会不会|属实"
)
_FACETS = (
    (
        Facet.BACKGROUND,
        re.compile(
            r"为什么|为啥|为何|凭什么|凭啥|原因|意义|重要性|短板|问题|不足|困难|差距|挑战|形势|背景|劣势|优势|毛病"
        ),
    ),
    (
        Facet.GOAL,
        re.compile(
            r"目标|定位|愿景|指标|预期|奔着|打造成|建成(?:什么|啥)|成为(?:什么|啥)|想.{0,6}成(?:什么|啥)|到20\d\d年|蓝图"
        ),
    ),
    (
        Facet.REQUIREMENT,
        re.compile(
            r"要求|下一步|接下来|今后|往后|后面|后边|怎么干|咋干|怎么抓|咋抓|怎么做|如何|任务|举措|措施|安排|部署|打算|计划|要我们|要抓|要做|该怎么|应该|必须|干啥|扶持"
        ),
    ),
    (
        Facet.ACHIEVEMENT,
        re.compile(
            r"成绩|成效|成果|成就|取得|干成|办成|做成|完成了|进展|拿[了下到]|收获|亮点|做了|干了|获批|列入|实现了|变化|新增了|今年.{0,8}(?:怎么样|咋样|情况)"
        ),
    ),
)
_ASKING = re.compile(
    r"请问|麻烦|帮我|帮忙|给我|告诉我|发我|替我|查一?下|查查|看看|说一?下|说说|讲讲|介绍一?下|解释一?下|"
    r"列[出全]?(?:来|一下|个清单)?|逐[条项]|分条|一[条一]条|一条不落|不落|越全越好|全部|所有|完整|原话|原文|原句|逐字|写[^，。？]{0,6}用$|"
    r"(?:书记|主席|省长|总理|总书记|领导|讲话|报告|文[中里章]|会上)(?:里|中)?(?:是|都)?(?:怎么|咋|如何)?(?:说|讲|提|要求|强调|批|看|交代|点名?)的?(?:了|到)?|"
    r"(?:都|各)?(?:有|是|指|做|干|提)?(?:了)?(?:哪[些几]?(?:个|条|项|种|样|件|方面|块)?|什么|啥)(?:的)?|"
    r"怎么样|怎样|怎么|咋样|咋|如何|多少|多大|几(?:个|条|项|种|样|件)|有没有|是不是|是否|能不能|吗|呢|吧|嘛|么|[？?！!，,。；;：:]"
)
_FACET_WORDS = re.compile(
    r"成绩|成效|成果|成就|取得|干成|进展|目标|要求|下一步|接下来|今后|往后|后面|后边|任务|举措|措施|安排|打算|方面|工作|这[块项条]|这一?块|今年|有|的"
)
_LEANS = re.compile(
    r"^(?:那|那么|还有|另外|其中|里头|里面|这里|这里面|它|这个|这些|这|上面|前面|后面|接下来|具体|然后|再|为什么|为啥|怎么做|咋办|第)|它|[其]中|里头|里面|这里|这个|这些|上述|该项|那个|呢[？?]?$"
)
_SWAP = re.compile(r"^(?:那|那么)?(?P<new>.{1,16}?)(?:的|那个|方面|这块|那块)*呢[？?]?$")
_ITEM = re.compile(
    rf"第(?P<n>{_N})(?:个|点|条|项|句|方面|部分|种|类)?|[头首]一?(?P<first>[个条点项])|最后一(?P<last>[个条点项])"
)


def understand(
    question: str,
    turns: Sequence[Turn],
    documents: Sequence[IndexedDocument],
    facet: Facet | None = None,
    document: str | None = None,
) -> Query:
    """Return the question, understood in the light of the earlier turns.

    `documents` are those that may answer. A question that stands alone is never bent by the turns.
    """
    typed = question.strip()
    if turns and leans_on_history(typed):
        return _follow_up(typed, turns, documents, facet, document)
    return _alone(typed, typed, facet, document)


def _alone(question: str, standalone: str, facet: Facet | None, document: str | None) -> Query:
    text = fold(standalone)
    kind = kind_of(text)
    return Query(question, standalone, kind, topic_of(text, kind), facet or facet_of(text), None, document)


def kind_of(question: str) -> Kind:
    """Return the shape of answer that a (folded) question wants."""
    if _STRUCTURE.search(question):
        return Kind.STRUCTURE
    if _TERM_ASK.search(question) and _SHORTHAND.search(question):
        return Kind.TERM
    if _LIST.search(question):
        return Kind.LIST
    if _CLAIM.search(question):
        return Kind.CLAIM
    return (
        Kind.TERM
        if re.search(
            "什么意思|啥意思|什么叫|啥叫|解释|是个?(?:什么|啥)(?:改革|工程|行动|机制|概念)?[？?]?$", question
        )
        else Kind.FACT
    )


def facet_of(question: str) -> Facet | None:
    """Return the facet that a (folded) question asks for; None where it does not say."""
    return next((facet for facet, cues in _FACETS if cues.search(question)), None)


def topic_of(question: str, kind: Kind) -> str:
    """Return what is left of a (folded) question once the asking is taken off.

    For a list the words that name a facet go too: no point repeats them. Where nothing is left, the
    question itself.
    """
    topic = _ASKING.sub(" ", question)
    if kind is Kind.LIST:
        narrower = _FACET_WORDS.sub(" ", topic)
        topic = narrower if words(narrower) else topic
    return " ".join(topic.split()) if words(topic) else question


def leans_on_history(question: str) -> bool:
    """Tell whether a question cannot be understood alone: it points back, or has hardly a word of its own."""
    own = [w for w in words(_ASKING.sub(" ", _FACET_WORDS.sub(" ", question))) if len(w) > 1]
    if _LEANS.search(question) and len(question) <= 24:
        return True
    return len(own) <= 1 and len(question) <= 14


def _follow_up(
    question: str,
    turns: Sequence[Turn],
    documents: Sequence[IndexedDocument],
    facet: Facet | None,
    document: str | None,
) -> Query:
    last = turns[-1]
    item = _ITEM.search(question)
    if item:
        place = -1 if item["last"] else 1 if item["first"] else value(item["n"])
        found = _section_of_item(last, place, documents)
        if found is not None:
            return _about_section(question, item, found, documents, facet, document)
    carried = facet or facet_of(fold(question)) or last.query.facet
    swap = _SWAP.match(question)
    standalone = f"{last.query.standalone.rstrip('？?。')} → {question}"
    kind = kind_of(fold(question))
    if swap and kind is not Kind.STRUCTURE:
        kind = last.query.kind if last.query.kind in (Kind.LIST, Kind.FACT, Kind.CLAIM) else Kind.FACT
        topic = fold(swap["new"])
    else:
        topic = topic_of(fold(question), kind)
    near = tuple(dict.fromkeys(p.section for p in last.answer.points[:3] if p.section is not None))
    context = " ".join(filter(None, (last.query.context, last.query.topic)))
    return Query(question, standalone, kind, topic, carried, None, document, context, near)


def _section_of_item(
    last: Turn, place: int, documents: Sequence[IndexedDocument]
) -> tuple[IndexedDocument, int] | None:
    """Return the section that the n-th item of the list just shown heads, else the n-th sibling of the last section."""
    if last.answer.status is not Status.ANSWERED or not last.answer.points:
        return None
    points = last.answer.points
    indexed = next((d for d in documents if d.document.id == points[0].document.id), None)
    if indexed is None:
        return None
    starts = {s.start: s.index for s in indexed.sections}
    headed = [starts[p.start] for p in points if p.start in starts]
    if len(headed) > 1 and indexed.sections[headed[0]].level < indexed.sections[headed[1]].level:
        headed = headed[1:]  # the first was the heading of the part itself
    if len(headed) > 1 and -1 <= place <= len(headed) and place != 0:
        return indexed, headed[place - 1 if place > 0 else -1]
    section = last.query.section if last.query.section is not None else points[0].section
    if section is None:
        return None
    siblings = indexed.children_of(indexed.sections[section].parent)
    stated = [s for s in siblings if indexed.sections[s].ordinal == place]
    if stated:
        return indexed, stated[0]
    return (indexed, siblings[place - 1]) if 0 < place <= len(siblings) else None


def _about_section(
    question: str,
    item: re.Match[str],
    found: tuple[IndexedDocument, int],
    documents: Sequence[IndexedDocument],
    facet: Facet | None,
    document: str | None,
) -> Query:
    """Return the query about one unit: its text where no more is asked, else the rest of the question inside it."""
    indexed, section = found
    heading = indexed.title_of(section)
    rest = question.replace(item.group(), " ")
    topic = topic_of(fold(rest), Kind.LIST)
    own = [w for w in words(topic) if len(w) > 1] if topic != fold(rest) else []
    kind = Kind.LIST if _LIST.search(rest) else Kind.STRUCTURE if not own else Kind.FACT
    standalone = f"“{heading}”：{rest.strip(' 呢？?，,那的') or '讲了什么'}"
    narrowed = document or (indexed.document.id if len(documents) > 1 else None)
    return Query(
        question,
        standalone,
        kind,
        topic if own else fold(heading),
        facet or facet_of(fold(rest)),
        section,
        narrowed,
    )
