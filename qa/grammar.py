"""The words of places in a text: 第三部分第二点, 倒数第二条, 前三条, 它下面的. The one module with a grammar in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index import parse_numeral
from qa.edges import token_edges

_N = r"(?:[\d０-９]{1,3}|[〇零一二两三四五六七八九十百]{1,5})"
# What a text is divided into. 个, 段, 句 and the like count only behind 第, 前, 后: 三个月 is no place.
_UNIT = (
    "大?部分|大?方面|大?块儿?|大?章|编|篇|小?节|[大小]?条|款|[大小]?点|[大小]?项|(?:自然|大|小)?段|大?层(?!级)|张|小?题|大题目|标题|"
    "[一二三四五六七八九]?要(?![务义素领害点])|[一二三四五六七八九]?是|一?个(?!月)|句|件|味|类|种|步|阶段|任务|措施|问题|附?[件录表]|号"
)
_NOT = "(?![年季月日届次批期代名产世]|中全会|[一二三]产)"  # 第三季度, 第二十次: no places in the text
_FROM_END = rf"倒数(?:第)?(?P<back>{_N})"
_AFTER = r"(?=[、，,。：:；;？?！!的里下中讲说写管是到底能叫提有呢啊吧呀咋怎”\"』」）)\s]|$)"
_STATED = rf"第(?P<n>{_N}){_NOT}(?:个?(?:{_UNIT})(?![一二三四五六七八九]年)|{_AFTER})"
_BARE = rf"(?<![\d第〇零一二两三四五六七八九十百哪这那每某几同是有共])(?P<bare>{_N})(?:部分|章|节|条(?!腿)|款|点(?=第|里|下|的|说|讲|$))(?![多余])(?=第|里|下|的|说|讲|、|$)"
_RANK = rf"[排列占]?(?:行|名)?(?:老|第)(?P<rank>{_N})(?=的|那|是|$)"
_MARK = rf"[（(](?P<mark>{_N})[）)]|(?P<sub>(?<=[）)])、?\d{{1,2}})|(?P<head>[一二三四五六七八九十]{{1,3}})(?:、?(?=[（(]{_N}[）)])|、(?=的|里|下|”))|之(?P<of>[一二三四五六七八九十]{{1,2}})(?![一-鿿])"
_ATTACHED = rf"附[件录表](?P<attached>{_N})"
_ITEM = r"(?<![一二三四五六七八九十哪还又不要是])(?P<item>[一二三四五六七八九十]{1,2})(?:是|要)(?=[那里后的说讲下咋，,”\"]|什么|啥|$)"
MAIN = (("分",), ("章",))  # nouns of a document's own parts
_NOUNS = "分章节条款点项段句编篇"
_PLACE = re.compile("|".join((_FROM_END, _STATED, _ATTACHED, _RANK, _MARK, _ITEM, _BARE)))
_RANGE = re.compile(
    rf"第?(?P<from>{_N})(?:个?(?:{_UNIT}))?(?:到|至|—|-|～|~|、|和|跟)第?(?P<to>[\d０-９]{{1,3}}|[〇零一二三四五六七八九十百]{{1,5}})(?P<unit>[两这几那]?个?大?(?:{_UNIT})|(?={_AFTER}))(?!多|月|日|年)"
)
_COUNTED = "个|条|点|项|件|句|段|章|节|款|部分|种|类|步|大块|块|层|样|味|名|大?方面|小?标题|两"
_STEP = re.compile(
    r"(?:下一|(?<!最)后一|往下(?:一|数)?|往后(?:一|那)?|接着的?(?:下)?一?|跟着的?(?:下|后)?一?|挨着.{0,4}(?:下|后)一?|(?<!最)后[面头]的?那?)[个小大]?(?:条|点|段|章|块|节|项(?!目)|部分|标题|小?题目?)"
    r"|(?:接着|再|紧跟着?|跟着)的?[下后]一?步|(?:再往[下后]|接着往下|往下数|往后数)(?=那个|一个|呢|[，,]|$)"  # 下一步 alone asks for plans
    r"|(?P<back>上一|前一|往上一?|往前一?|前[面头]的?那)[个小大]?(?:条|点|段|章|块|节|项|部分)"
)
_BESIDE = re.compile(
    rf"(?P<on>(?<!最)(?:后[面头边]|往[下后])|(?:下面|下边)(?=的?[那这]?{_N}[个条点项段章节步]))(?:的|紧?跟着的?)?[那这]?(?P<n>{_N})(?:个|大|小)?(?:{_COUNTED})(?!月)"
    rf"|(?P<back>前[面头边]|往[上前])(?:的)?[那这](?P<m>{_N})(?:个|大|小)?(?:{_COUNTED})(?!月)"
)
_INSIDE = re.compile(
    r"[它这那其该][^，。？]{0,4}?(?:底下|下[面头边]|里[面头边]|之[下中]|当中)|[这那该同][一]?[条项点块章节段](?:里|中|下)|底下(?!一)|其中"
)
_MIDDLE = re.compile(r"[中当正]中?间(?:的|那|这)?一?(?:个|条|点|项|步|块|段|部分|章|节|句)|居中的?那")
_COUNT = re.compile(
    rf"(?<![\d第年月])(?P<n>{_N})(?:个|条|点|项|件|句|大|种|类|方面|步|样|层|段|场|味|要|重|小)"
)
_FIRST = re.compile(
    rf"(?:前(?:头|面)?|开头|[打起开]?头)(?P<n>{_N})(?:个|大|小)?(?:{_COUNTED})(?!月)|(?P<one>打头|头一|起头|开头|开篇|首|头)(?:那)?一?(?:个(?!月)|条|点|项|件|句|段|章|部分|块|大?方面|小?节)"
)
_LAST = re.compile(
    rf"(?:最?(?<!灾)后(?:头|面)?|末了?|末尾|倒数|垫底)(?:的|那)?(?P<n>{_N})(?:个|大|小)?(?:{_COUNTED})(?!月)|"
    r"(?P<one>最后|最末|末了|末尾|末|尾|压轴|垫底)(?:的)?(?:那)?一?(?:个(?!月)|条|点|项|件|句|段|章|部分|块|大?方面|小?节)"
)

_MARKED = re.compile(
    r"(?<![\w.%])第?(?P<mark>\d{1,2}(?:\.\d{1,2}){1,3})(?:这|那)?一?(?:[条节款项部章](?!例)|(?=的?(?:标题|内容))|(?=[讲说写里]|是什么内容))"
)
_TITLED = re.compile(r"^\s*[的那]?(?:大|小)?(?:标题|题目)(?:是|叫|怎么|[？?\s]*$)|^\s*叫(?:什么|啥)")
# A unit named by its subject: 交通那一章, 讲矿山安全的部分, 民生部分有哪些标题, 存在问题里的第二条.
_SORT = r"(?:大|小)?(?P<sort>部分|板块|章|节|条|款|点|项|段|块儿?|方面|截|栏|篇)"
_SPEAKS = r"(?:讲|说|谈|写|关于|有关|介绍|提到)"
_SUBJECT = r"(?P<subject>[^，。？！；：,?!;:\s]{1,16}?)"
# What comes behind a unit of which something is asked, not behind 那段时间, 这项工作: an end, a place in it, a word of asking.
_ASKED = (
    r"(?=$|[里中下的分拆写讲说怎咋都有要原全搁在往定规列提是叫呢嘞一共总几多哪给念抄发再又也还把很整，。？,?！!：:；;、“”‘’\s\0]"
    r"|具体|其余|照样|为[啥什何])"
)
_BY_SUBJECT = (
    re.compile(rf"(?:^|(?<=[，。？！；：,?!;:\s])){_SUBJECT}的?(?:那|这|嗰)(?:[一几]|{_N})?个?{_SORT}{_ASKED}"),
    re.compile(rf"{_SPEAKS}{_SUBJECT}的?(?:那|这|嗰)(?:[一几]|{_N})?个?{_SORT}(?![子目])"),
    re.compile(rf"{_SPEAKS}{_SUBJECT}的一?个?{_SORT}{_ASKED}"),
    re.compile(r"(?:^|(?<=[，。？！；：,?!;:\s]))(?P<subject>[^，。？！；：,?!;:\s几哪多些个]{2,12}?)(?P<sort>部分|板块|一节|一章|小节)(?=$|[里中下的分拆写讲说怎咋都有要，。？,?\s])"),
    re.compile(rf"(?:^|(?<=[，。？！；：,?!;:\s])){_SUBJECT}(?:里[头面]?|中|底下|下[面边]|当中)的?(?P<sort>)(?=\0)"),
)  # fmt: skip
# Whole tokens of it are taken off a subject: no 中 of 中小企业.
_LEADING = re.compile(
    rf"(?:不是|(?:单|光|只)(?:说|讲|看|要)?|就|(?:我|你|您|咱)(?:们|哋)?(?:[指说]的是?)?|把|将|看看?|瞧瞧|问|换成|要|请|那|再|"
    rf"在|对|从|{_SPEAKS}|[的到了里中])+"
)
_DEICTIC = re.compile(
    r"(?:[它这那其该]|上面|前[面头]|后[面头]|下面|刚才|同一?|别|其余|剩下?|除了|不止|打头|开头|末|压轴|最后|中间).*"
    r"|.*(?:[哪几各每两]|归在|放在|写在|多少|前头|后头|上面|下面|剩下|第)(?:个|大|些)?"
)

_HOW_MANY = re.compile(rf"(?:几|多少)个?大?(?P<of>部分|[{_NOUNS}])(?=$|[？?，。的组内呢啊吧呀 ])")


@dataclass(frozen=True, slots=True)
class Where:
    """Where in a document: `ordinals` outermost first, negative ones from the end; the first or last few; a range."""

    ordinals: tuple[int, ...] = ()
    first: int = 0
    last: int = 0
    range: tuple[int, int] | None = None
    nouns: tuple[
        str, ...
    ] = ()  # what ordinals, or the first and last few, are of, its last character: 分 (部分), 章, 条
    step: int = 0  # from the unit just shown: 1 the next one, -1 the one before
    few: int = 0  # how many units the step is over: 后面两条
    inside: bool = False  # what stands below the unit just shown: 它下面
    within: bool = False  # a place there: 它下面第二条
    middle: bool = False  # the one in the middle: 中间那条
    mark: str = ""  # a number that stands in the text as it is: 1.2
    title: bool = False  # only what a place is called: 第二部分的标题
    of: str = ""  # what is to be counted, its last character: 一共多少条
    counts: tuple[int, ...] = ()  # numbers that may say how many there are: 六个坚定不移
    subject: str = ""  # what a unit is about that is named by it: 交通那一章
    sort: str = ""  # and what it is called, its last character

    def __bool__(self) -> bool:
        return bool(self.ordinals or self.first or self.last or self.range or self.middle or self.mark)

    @property
    def main(self) -> bool:
        """Tell whether a part of the document itself is named: 第三部分, 第二章."""
        return self.nouns[-1:] in MAIN and not self.step

    @property
    def exact(self) -> bool:
        """Tell whether members themselves are named: 前三条, 第四到第六项, 第五项的第三点."""
        return bool(self.range) or max(self.first, self.last, len(self.ordinals)) > 1

    def chosen(self, count: int, ordinals: tuple[int | None, ...]) -> tuple[int, ...]:
        """Return the places (from 0) that are meant among `count` members with the ordinals that they state.

        All where nothing is said of members; none where there are too few.
        """
        if self.range:
            wanted = [_place(n, count, ordinals) for n in range(self.range[0], self.range[1] + 1)]
            return tuple(p for p in wanted if p is not None) if None not in wanted else ()
        if self.middle:
            return (count // 2,) if count % 2 else ()
        if self.first:
            return tuple(range(self.first)) if self.first <= count else ()
        if self.last:
            return tuple(range(count - self.last, count)) if self.last <= count else ()
        if self.ordinals:
            place = _place(self.ordinals[-1], count, ordinals)
            return () if place is None else (place,)
        return tuple(range(count))


def _place(number: int, count: int, ordinals: tuple[int | None, ...]) -> int | None:
    """Return the place of the member with this number: the one that states it, else by counting."""
    if number < 0:
        return count + number if -number <= count else None
    if number in ordinals:
        return ordinals.index(number)
    if len({o for o in ordinals if o is not None}) > 1 or (len(ordinals) == 1 and ordinals[0] is not None):
        return None
    return number - 1 if 0 < number <= count else None


def read_where(question: str) -> tuple[Where, str]:
    """Return where a (folded) question asks, and the question without the words that say it."""
    spans: list[tuple[int, int]] = []
    found = None
    for match in _RANGE.finditer(question):
        low, high = _value(match["from"]), _value(match["to"])
        stated = match.group().count("第") == 2
        if low and high and low < high and (stated or match["unit"]):
            found = (low, high)
            spans.append(match.span())
            break
    marked = _MARKED.search(question)
    if marked:
        spans.append(marked.span())
    few = {1: 0, -1: 0}  # how many of the first, and of the last
    ends: dict[int, tuple[int, int]] = {}
    step, over, beside = _moved(question)
    passed = [*spans, beside] if beside else spans
    for end, way in ((1, _FIRST), (-1, _LAST)):
        begun = (m for m in way.finditer(question) if m.start() in token_edges(question))  # no 后 of 今后
        for matched in (m for m in begun if not _overlaps(m.span(), passed)):
            few[end] = 1 if matched["one"] else _value(matched["n"]) or 0
            ends[end] = matched.span()
            spans.append(matched.span())
            break
    steps: list[tuple[tuple[int, int], int]] = []
    for number, span in _ordinals(question):
        if beside and _overlaps(span, [beside]):
            continue
        if not _overlaps(span, spans):
            steps.append((span, number))
            spans.append(span)
    nouns = {span: question[span[1] - 1] for span, _ in steps if question[span[1] - 1] in _NOUNS}
    if steps:  # 末章第三条, 第五部分头一点: a step of the way
        steps += [(span, end) for end, span in ends.items() if few[end] == 1]
        few = {end: 0 if number == 1 else number for end, number in few.items()}
    steps.sort()
    steps = [step for at, step in enumerate(steps) if not at or step[1] != steps[at - 1][1]]
    rest = question
    for start, end in sorted([*spans, beside] if beside else spans, reverse=True):
        rest = f"{rest[:start]} {rest[end:]}"
    said = tuple(nouns.get(span, "") for span, _ in steps) or tuple(question[b - 1] for _, b in ends.values())
    counts = tuple(n for m in _COUNT.finditer(rest) if (n := _value(m["n"])) and n > 1)
    ordinals = tuple(n for _, n in steps)
    below, middle = _INSIDE.search(question), bool(_MIDDLE.search(question)) and not ordinals
    places = [*spans, *(m.span() for m in _MIDDLE.finditer(question))]
    within = below is not None and any(below.end() <= start for start, _ in places)
    behind = max((end for _, end in spans), default=0)
    many = _HOW_MANY.search(question)
    where = Where(
        ordinals, few[1], few[-1], found, said, step, over, below is not None, within, middle,
        marked["mark"] if marked else "", bool(spans) and _TITLED.search(question[behind:]) is not None,
        many["of"][-1] if many else "", counts, *_by_subject(question, places),
    )  # fmt: skip
    return where, " ".join(rest.split())


def _by_subject(question: str, places: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """Return what a unit is about that a question names by its subject, and what it calls the unit; empty where none is.

    `places` are the spans that name units by numbers: these say nothing of a subject.
    """
    text = question
    for start, end in sorted(places, reverse=True):
        text = f"{text[:start]}\0{text[end:]}"
    edges = token_edges(text)
    for way in _BY_SUBJECT:
        for match in way.finditer(text):
            subject = _without_leading(match["subject"].replace("\0", "")).strip('的“”"')
            whole = match.end("subject") in edges  # no unit in 大部分, 组成部分
            if whole and len(subject) > 1 and not _DEICTIC.fullmatch(subject):
                return subject, match["sort"].removesuffix("儿")[-1:]
    return "", ""


def _without_leading(subject: str) -> str:
    """Return a subject without the tokens that only lead to it; of one character alone behind them it is the other part: 问责."""
    edges = sorted(token_edges(subject))
    for start, end in reversed([*pairwise(edges), (len(subject), len(subject))]):
        rest = subject[start:]
        single = end - start == 1 and rest[0].isalnum() and not _DEICTIC.fullmatch(rest)
        if _LEADING.fullmatch(subject, 0, start) and not single:
            return rest
    return subject


def _moved(question: str) -> tuple[int, int, tuple[int, int] | None]:
    """Return which way a question goes on from the unit just shown (0: not), over how many, and where it says so."""
    over = _BESIDE.search(question)
    if over is not None:
        return (1 if over["on"] else -1), _value(over["n"] or over["m"]) or 1, over.span()
    moved = _STEP.search(question)
    return (0, 0, None) if moved is None else (-1 if moved["back"] else 1, 0, moved.span())


def resolved(where: Where, before: Where | None) -> Where:
    """Return a place with what it takes from the question before: 下一条 after 第四条 is the fifth.

    Behind nothing (no place before) 后面两条 are the last two.
    """
    if before is not None and before.ordinals and not where.ordinals:
        *above, last = before.ordinals
        if where.step and where.few > 1:
            ends = (last + where.step, last + where.step * where.few)
            return replace(where, range=(min(ends), max(ends)))
        if where.step and last + where.step > 0:
            return replace(where, ordinals=(*above, last + where.step), first=0, last=0)
    if before is not None and where.middle and before.counts and before.counts[0] % 2:
        return replace(where, ordinals=(before.counts[0] // 2 + 1,), middle=False)
    if before is not None and where.inside and not where:
        return replace(where, ordinals=before.ordinals, first=before.first, last=before.last)
    if where.step > 0 and where.few and not where:
        return replace(where, last=where.few)
    return where


def _overlaps(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    return any(a < span[1] and span[0] < b for a, b in spans)


def _ordinals(question: str) -> Iterator[tuple[int, tuple[int, int]]]:
    for match in _PLACE.finditer(question):
        group = match.lastgroup or ""
        number = _value(match[group].lstrip("、"))
        if number:
            yield (-number if group == "back" else number), match.span()


def _value(numeral: str | None) -> int | None:
    return parse_numeral((numeral or "").replace("两", "二"))
