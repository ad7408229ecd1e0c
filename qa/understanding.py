"""Question and earlier turns -> Query: kind, wanted facet, topic, and what a follow-up refers to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import Facet, IndexedDocument, fold, words
from qa.announced import NOUN
from qa.families import value
from qa.initials import spell_out
from qa.types import Kind, Query, Status, Turn
from qa.wording import quoted_terms

_N = "[一二两三四五六七八九十\\d]{1,3}"
_STRUCTURE = re.compile(
    rf"部分|[大小]标题|提纲|框架|结构|目录|层次|那[一]?[节章]|[这那]一?大?段|"
    rf"[分讲][了成为]?(?:几|哪几|{_N})[大个]?(?:块|点|条|方面|个?方面|层|段|节|章)|几(?:大|小)[块点条]|{_N}[大小](?:块|点|条)|"
    rf"第{_N}(?:大)?(?:点|条|块|项|章|节|个方面|方面)|[头首]一?[条点项]|最后一[条点项段]|[哪这]{_N}点|强调了?[哪几]|"
    rf"收的?尾|结尾|末尾|开头|开场|开篇|落在哪|领句|怎么收|咋收|几个[“\"「]|第{_N}[到至—-]第?{_N}"
)
_NO_NOUN = "(?!关系|原因|时候|时间|地方|地点|人|日子|态度|作用|地位|位置|影响|区别|进展|结果|情况|样)"
_TERM_ASK = re.compile(
    rf"是?(?:什么|啥)意思|(?:是|指|叫|算)(?:的)?(?:个)?(?:(?:什么|啥){_NO_NOUN}|哪(?!一?(?:年|天|次|里|个|位|级|月|届|步|场|儿|些))|干啥|干什么)|(?:什么|啥)意思|什么叫|啥叫|什么是|啥是|解释|指的是|指[什啥]|含义|内涵|全称|(?:完整|具体)(?:表述|内容|说法)|具体(?:是|指)|包括(?:什么|哪)|怎么理解|是哪{_N}|分别是|说的(?:是)?(?:什么|啥)"
)
_SHORTHAND = re.compile(
    rf"[“\"「『][^”\"」』]{{2,14}}[”\"」』]|{_N}(?:个|项|大|种|条|本|方面)?[^\s，。？的是个]{{1,6}}|[\d]{{2,4}}(?:工程|行动|计划|战略|体系|布局|模式)"
)
_LIST = re.compile(
    rf"哪些|哪几|有几[条项点个件]|列[出全一个举成]|列[，。]|全部|所有|清单|逐[条项一]|分条|一[条一]条|一一|汇总|梳理|归纳|总结一?下|都有[啥什]|都[说讲]说|说全(?:[点些了，。]|$)|越全|全都|都要$|都干|干了[啥什]|做了[啥什哪]|不落|哪{_N}[个条项种件块]|几[样件]|"
    r"都.{0,4}(?:什么|啥)|都(?:怎么|咋)|"
    r"[有了](?:什么|啥)(?:成绩|成效|成果|进展|安排|要求|举措|措施|打算|任务|目标|问题|短板|困难|变化|部署|规定)"
)
_FEW = re.compile(rf"哪(?:几|{_N})(?:个(?!方面|点)|位|句|名|种|家|座|市|县|国)")
_MEMBERS = re.compile(r"哪(?:些|几个|几种|几类)(?P<noun>[\u4e00-\u9fff]{2,5})[？?]?$")
_EVERY = re.compile("都|全|列|逐|所有")
_CLAIM = re.compile(
    r"(?:了|过|成|批|准|好|完|上)(?:没有?|没|吗|么|不)[？?]?$|有没有|是不是|是否|能不能|会不会|属实"
)
_WH = re.compile(r"什么(?!的)|啥|多少|哪|怎么|怎样|咋|如何|为何|几|谁")
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
            r"要求|下一步|接下来|今后|往后|后面|后边|怎么干|咋干|怎么抓|咋抓|怎么做|如何|任务|举措|措施|安排|部署|打算|计划|(?<![需主重想只])要(?!是|不|领|点)|该怎么|应该|必须|干啥|扶持"
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
_INTO = re.compile(
    r"(打造|建设|培育|培养|发展)成(?![绩效果本立功])"
)  # the dictionary cuts 打造成 into 打, 造成
_SPOKEN_WE = re.compile(r"咱们?(?=[省市县区镇乡村])")
_FACET_WORDS = re.compile(
    r"成绩|成效|成果|成就|取得|干成|进展|目标|要求|下一步|接下来|今后|往后|后面|后边|任务|举措|措施|安排|打算|方面|工作|这[块项条]|这一?块|今年|有|的"
)
_POINTS_BACK = re.compile(
    r"(?<!其)它|^(?:那|那么)?(?:其中|里头|里面|这里|上面|上述)|这个(?!讲话|报告|文|会)|这些(?!年)|该项|那[个条点项]|那些|"
    rf"^(?:那|那么)?(?:其中)?(?:的)?(?:第{_N}(?!部分|大|章|节|块|届|季|产业|批|次|年)|[头首]一?[条个点项]|最后一[条个点项])"
)
_PARTICLE = re.compile(r"呢[？?]?$")
_LEADS = re.compile(r"^(?:那么|那|还有|另外|然后|再|接下来|后面|前面|具体|为什么|为啥|为何|怎么|咋|如何)")
_LEAD_IN = re.compile(r"^(?:那么|那(?![个条点项些里])|然后|另外)[，,]?")
_MORE = re.compile(r"^(?:那|那么)?(?:还有|别的|其他)(?:的)?(?:吗|呢|没有?|么|哪些|什么|啥)?(?:的)?[？?]?$")
_SWAP = re.compile(r"^(?:那|那么)?(?P<new>.{1,16}?)(?:的|那个|方面|这块|那块|这边|那边)*呢[？?]?$")
_ITEM = re.compile(
    rf"第(?P<n>{_N})(?P<unit>个方面|方面|大?部分|大?[个点条项句种类块章节])?|[头首]一?(?P<first>[个条点项])|最后一(?P<last>[个条点项])"
)
_STANDS = re.compile(
    rf"^(?:[今去明后前当近本]年|过去|这[几五一]?年|20\d\d年|下一步|十[一二三四五]五|全[县市省区国镇]).*(?:哪|什么|啥|多少|如何|怎)"
    rf"|^第{_N}(?:大?部分|大[点条块]|章|节|块)"
)
_BACK_FIRST = re.compile(r"^(?:那|那么)?(?:它|其中|里[头面]|这里|这个|这些|那个|那些|上述)")
_SUBJECTLESS = re.compile(
    r"^(?:又|还|都|一共|总共)?[\u4e00-\u9fff]{1,2}了(?:哪|什么|啥|多少|几)|^在[\u4e00-\u9fff]{1,4}(?:排|占|居)"
)
_ATTRIBUTE = re.compile(
    r"^(?:总|一共|具体)?(?:投资|资金|规模|面积|数量|人数|比例|占比|进度|进展|工期|时间|地点|标准|期限|范围|原因|目的|意义|作用|效果|结果)"
    r"(?:是|有|为|怎)?(?:多少|多大|多长|几|什么|啥|哪|怎么|么样|如何|咋)"
)
_GENERIC = re.compile(
    r"具体|详细|要求|内容|方面|问题|里头|里面|其中|主要|分别|讲的?|说的?|提的?|写的?|到底|究竟|上|里|那|这|该|是|再|还"
)

ENOUGH = 3  # content words that make a question stand alone, whatever it opens with
LEANING_LIMIT = 24  # characters; a longer question stands alone
SHORT = 14  # characters up to which one content word may lean on the turns


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
    typed = spell_out(question.strip(), documents)
    if turns and leans_on_history(typed):
        return _follow_up(typed, turns, documents, facet, document)
    standalone = _LEAD_IN.sub("", typed) if turns else typed
    return _alone(typed, standalone or typed, facet, document)


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
    if _CLAIM.search(question) and not _WH.search(question):
        return Kind.CLAIM
    return (
        Kind.TERM
        if re.search(
            "什么意思|啥意思|什么叫|啥叫|解释|是个?(?:什么|啥)(?:改革|工程|行动|机制|概念)?[？?]?$", question
        )
        else Kind.FACT
    )


def asks_for_few(question: str) -> bool:
    """Tell whether a (folded) question asks for the few members of one enumeration: 哪三位, 哪几个市."""
    return bool(_FEW.search(question))


def enumerated_noun(question: str) -> str | None:
    """Return what a (folded) question wants the members of: 品类 of 新增了哪些品类; None where it does not end so."""
    asked = _MEMBERS.search(question)
    if asked is None or _EVERY.search(question) or NOUN.search(asked["noun"]):
        return None
    return asked["noun"]


def facet_of(question: str) -> Facet | None:
    """Return the facet that a (folded) question asks for; None where it does not say."""
    return next((facet for facet, cues in _FACETS if cues.search(question)), None)


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
    bare = _ASKING.sub(" ", _ITEM.sub(" ", _LEAD_IN.sub("", fold(question))))
    return [w for w in words(_GENERIC.sub(" ", _FACET_WORDS.sub(" ", bare))) if len(w) > 1]


def leans_on_history(question: str) -> bool:
    """Tell whether a question cannot be understood alone.

    It points back, asks for an attribute of what it does not name (总投资多少), or has no word of its own.
    """
    if _STANDS.match(question):
        return False
    own = own_words(question)
    if len(own) >= ENOUGH or len(question) > LEANING_LIMIT:
        return bool(_BACK_FIRST.match(question)) and len(question) <= LEANING_LIMIT
    if any(way.search(question) for way in (_POINTS_BACK, _LEAD_IN, _SUBJECTLESS, _ATTRIBUTE)):
        return True
    if _PARTICLE.search(question) and not _WH.search(question):
        return True
    if len(own) > 1 or len(question) > SHORT or quoted_terms(question):
        return False
    return not own or bool(_LEADS.match(question))


def _follow_up(
    question: str,
    turns: Sequence[Turn],
    documents: Sequence[IndexedDocument],
    facet: Facet | None,
    document: str | None,
) -> Query:
    """Return the query of a question that leans on the last turn: on an item of its answer, or on its topic."""
    last = turns[-1]
    item = _ITEM.search(question)
    if item:
        found = _section_of_item(last, item, documents)
        if found is not None:
            return _about_section(question, item, found, documents, facet, document)
    text = fold(question)
    swap = _SWAP.match(text)
    swapped = swap["new"].strip() if swap and _names_something(swap["new"]) else None
    kind = _follow_up_kind(text, last, swapped)
    near = tuple(dict.fromkeys(p.section for p in last.answer.points[:3] if p.section is not None))
    context = _context(last, swapped is not None)
    sibling = _sibling_named(last, swapped, documents) if swapped is not None else None
    if swapped is not None:
        topic = swapped
    elif own_words(text):
        topic = topic_of(_LEAD_IN.sub("", text), kind)
    else:  # 为什么, 具体怎么做, 还有吗: all the content is in the turns before
        topic, context = last.query.topic, last.query.context
    standalone = f"{_LEAD_IN.sub('', question).rstrip('？?。')}？（承接：{_subject(last)}）"
    carried = facet or facet_of(text) or (last.query.facet if kind is not Kind.TERM else None)
    section = last.query.section if sibling is None else sibling
    return Query(question, standalone, kind, topic, carried, section, document, context, near)


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


def _names_something(new: str) -> bool:
    """Tell whether what stands before 呢 is a topic of its own: not 为什么, 第二个, 具体."""
    bare = _GENERIC.sub(" ", _ASKING.sub(" ", _ITEM.sub(" ", new)))
    return bool(own_words(new)) or (len(new) > 1 and bool(words(bare)))


def _subject(last: Turn) -> str:
    """Return what the turn before was about, without what it leant on itself."""
    return last.query.standalone.rstrip("？?。") if not last.query.context else last.query.standalone


def _context(last: Turn, swaps: bool) -> str:
    """Return the topic of the turns before; a topic that is swapped for the second time is not kept."""
    if swaps and last.query.context and _SWAP.match(fold(last.query.question)):
        return last.query.context
    return " ".join(filter(None, (last.query.context, last.query.topic)))


def _follow_up_kind(question: str, last: Turn, swapped: str | None) -> Kind:
    """Return the shape of answer that a follow-up wants: that of the turn before unless it says another."""
    if _MORE.match(question):
        return Kind.LIST
    kind = kind_of(question)
    if swapped is not None and kind is not Kind.STRUCTURE:
        return last.query.kind
    if (
        kind is Kind.FACT
        and not own_words(question)
        and last.query.kind is Kind.TERM
        and not facet_of(question)
    ):
        return Kind.TERM
    return kind


def _section_of_item(
    last: Turn, item: re.Match[str], documents: Sequence[IndexedDocument]
) -> tuple[IndexedDocument, int] | None:
    """Return the unit that an ordinal means: an item of the list just shown, or a sibling of the last unit.

    A sibling where the turn before asked for an item by the same measure word (第二条 … 第三条).
    """
    points = last.answer.points
    if last.answer.status is not Status.ANSWERED or not points:
        return None
    indexed = next((d for d in documents if d.document.id == points[0].document.id), None)
    if indexed is None:
        return None
    place = -1 if item["last"] else 1 if item["first"] else value(item["n"])
    before = _ITEM.search(last.query.question)
    if last.query.section is not None and before and before["unit"] == item["unit"]:
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
    topic = topic_of(_GENERIC.sub(" ", fold(rest)), Kind.LIST)
    own = own_words(rest)
    asked = facet_of(fold(rest))
    kind = Kind.FACT if own else Kind.STRUCTURE
    if _LIST.search(rest) and (own or asked):
        kind = Kind.LIST
    standalone = f"“{heading.rstrip('，。：；')}”：{rest.strip(' 呢？?，,那的') or '讲了什么'}"
    narrowed = document or (indexed.document.id if len(documents) > 1 else None)
    return Query(
        question,
        standalone,
        kind,
        topic if own else "" if kind is Kind.LIST else fold(heading),
        facet or asked,
        section,
        narrowed,
    )
