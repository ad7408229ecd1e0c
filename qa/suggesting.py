"""Questions that a document can answer: to start with, and to go on with.

A speech names what it deals with as the object of its verbs: 推进高水平对外开放, 办好民生实事, 要扛好疫情防控的重任.
Such objects, with the facet of their sentence, make the questions; nothing is taken from outside the document.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from index import Facet, IndexedDocument, fold, words
from qa.citation import DEEPEST
from qa.types import Answer, Kind, Starters, Status

STARTERS = 3  # questions a door: one glance
NEXT = 3  # questions offered after an answer
TRIED = 12  # questions asked at most to fill a door; each costs about 2 ms
BLOCK = 2_000  # sentences whose topics are found together; a report has at most 1,000
BLOCK_LIMIT = 200_000  # characters of a block in which a topic must come back
LONGEST = 1_000  # characters of a sentence that are looked through
RECURS = 3  # times that the head of a topic stands in the document: what is dealt with comes back
SURE = 0.5  # confidence from which a question is worth offering

# Verbs of doing and improving whose objects are what an official text is about.
_VERB = (
    "推进|推动|促进|抓好|抓实|抓牢|抓紧|办好|做好|做强|做大|做优|做实|建好|建强|守好|守牢|守住|扛好|扛牢|打好|打造|打赢|"
    "建设|发展|加强|加快|强化|深化|优化|提升|提高|完善|健全|改善|保障|保护|巩固|拓展|扩大|壮大|培育|实施|落实|振兴|繁荣|"
    "维护|稳定|夯实|筑牢|防范|化解|治理|整治|增强|弘扬|传承|统筹|开展"
)
_OBJECT = re.compile(
    rf"(?:{_VERB})(?:了|好)?(?P<object>[\u4e00-\u9fff]{{3,9}}?)(?:的(?:重任|任务|责任|工作|步伐|力度|水平|能力|成果))?(?=[，。；：！、]|$)"
)
_NO_OBJECT = re.compile(
    rf"^(?:{_VERB}|取得|提供|必须|一个|进步|迈|跃|了|好|的|得|性|各|一批|这|那|其|更|全|不|以|为|在|把|对|向|到|成|出|新|上|下|而|用)"
    rf"|[的了着往和与及等要在是为使让更]|年[内底初]|有望|(?:{_VERB}|上|下|起来|下来|下去|出来|到位|之一|走|去)$"
)
_COUNTED = re.compile(r"[“「]([一二三四五六七八九十两][^”」，。、；：]{2,7})[”」]")
# What a place or a trade is to be made into.
_MADE = re.compile(
    r"(?:打造|建设|建成|创建|争当|争创|成为)[^，。；！？]{2,16}?"
    r"(示范区|先行区|集聚区|引领区|标杆区|试验区|核心区|高地|基地|中心|样板|枢纽|门户|屏障)"
)
_YEAR = re.compile(r"(?:到|至)(20\d\d)年(?!来|度)")
_AUDIENCE = re.compile(
    r"党员领导干部|党员干部|领导干部|青年干部|年轻干部|共产党员|各级党组织|各级党委|各乡镇|各镇街|各部门|各单位|各级各部门|企业家|青少年|教师"
)
_ASKED = {
    Facet.ACHIEVEMENT: "{}方面取得了哪些成绩？",
    Facet.GOAL: "{}的目标是什么？",
    Facet.REQUIREMENT: "{}有哪些要求？",
}
_FIRST = {
    Facet.ACHIEVEMENT: ("主要成绩有哪些？",),
    Facet.GOAL: ("主要目标有哪些？", "奋斗目标是什么？", "发展定位是什么？"),
    Facet.REQUIREMENT: ("下一步有哪些任务？",),
}


@dataclass(frozen=True, slots=True)
class Topic:
    """Something a document deals with: the words, the facet of their sentence, its section."""

    text: str
    facet: Facet
    section: int | None


@lru_cache(maxsize=64)
def topics_of(indexed: IndexedDocument, block: int = 0) -> tuple[Topic, ...]:
    """Return what a block of the document (nearly always all of it) deals with, in order; each once for each facet."""
    sentences = indexed.sentences[block * BLOCK : (block + 1) * BLOCK]
    if not sentences:
        return ()
    text, first = indexed.document.text, sentences[0].start
    last = min(sentences[-1].end, first + BLOCK_LIMIT) if len(indexed.sentences) > BLOCK else len(text)
    first = first if block else 0
    recurs = lru_cache(maxsize=None)(lambda term: text.count(term, first, last) >= RECURS)
    found: dict[tuple[str, Facet], int | None] = {}
    for sentence in sentences:
        if sentence.facet not in _ASKED:
            continue
        for match in _OBJECT.finditer(text, sentence.start, min(sentence.end, sentence.start + LONGEST)):
            topic = match["object"]
            terms = () if _NO_OBJECT.search(topic) else words(topic)
            if len(terms) > 1 and recurs(terms[-1]):
                found.setdefault((topic, sentence.facet), sentence.section)
    return tuple(Topic(topic, facet, section) for (topic, facet), section in found.items())


def _block_of(indexed: IndexedDocument, section: int | None) -> int:
    if section is None:
        return 0
    start = indexed.sections[section].start
    return bisect_left(indexed.sentences, start, key=lambda s: s.start) // BLOCK


def suggest_next(
    indexed: IndexedDocument, section: int | None, facet: Facet | None, asked: str, count: int = NEXT
) -> tuple[str, ...]:
    """Return up to `count` questions about the same section and facet first, then about what is around; none about what was `asked`."""
    said = set(words(fold(asked)))
    path = set(indexed.path_of(section, DEEPEST))
    near = sorted(
        topics_of(indexed, _block_of(indexed, section)),
        key=lambda t: (-len(path & set(indexed.path_of(t.section, DEEPEST))), t.facet is not facet),
    )
    chosen: list[Topic] = []
    for topic in near:
        fresh = not any(_alike(topic.text, other.text) for other in chosen)
        if fresh and not said & set(words(topic.text)):
            chosen.append(topic)
        if len(chosen) == count:
            break
    return tuple(_ASKED[t.facet].format(t.text) for t in chosen)


def _alike(one: str, other: str) -> bool:
    return bool(set(words(one)) & set(words(other)))


def starters(indexed: IndexedDocument, ask: Callable[[str], Answer]) -> Starters:
    """Return questions that `ask` answers, with points of the door's facet; at most STARTERS a door.

    A door's first question is about the whole document; the others are spread over its sections.
    """
    doors = tuple((facet, _door(facet, indexed, ask)) for facet in _ASKED)
    return Starters(doors, tuple(_more(indexed, ask)))


def _door(facet: Facet, indexed: IndexedDocument, ask: Callable[[str], Answer]) -> tuple[str, ...]:
    chosen: list[str] = []
    used: list[str] = []
    for topic, question in _candidates(facet, indexed)[:TRIED]:
        if any(_alike(topic, other) for other in used):
            continue
        answer = ask(question)
        if answer.status is Status.ANSWERED and answer.confidence >= SURE:
            chosen.append(question)
            used.append(topic)
        if len(chosen) == STARTERS:
            break
    return tuple(chosen)


def _candidates(facet: Facet, indexed: IndexedDocument) -> list[tuple[str, str]]:
    """Return (topic, question) pairs, the most promising first."""
    text = indexed.document.text
    whole = [("", question) for question in _FIRST[facet]]
    named: list[tuple[str, str]] = []
    if facet is Facet.GOAL:
        years = sorted(set(_YEAR.findall(text)))
        named = [(year, f"到{year}年的目标是什么？") for year in years]
        made = Counter(_MADE.findall(text))
        named += [(what, f"要打造哪些{what}？") for what, count in made.most_common(3) if count > 1]
    elif facet is Facet.REQUIREMENT:
        counts = Counter(_AUDIENCE.findall(text))
        named = [(who, f"对{who}提出了哪些要求？") for who, _ in counts.most_common(1)]
    topics = [(t.text, _ASKED[facet].format(t.text)) for t in _spread(topics_of(indexed), facet)]
    return whole[:1] + named + topics + whole[1:] if facet is not Facet.GOAL else whole + named + topics


def _spread(topics: Sequence[Topic], facet: Facet) -> list[Topic]:
    """Return the facet's topics, one of each section first."""
    seen: Counter[int | None] = Counter()
    ranked: list[tuple[int, Topic]] = []
    for topic in topics:
        if topic.facet is facet:
            ranked.append((seen[topic.section], topic))
            seen[topic.section] += 1
    return [topic for _, topic in sorted(ranked, key=lambda pair: pair[0])]


def _more(indexed: IndexedDocument, ask: Callable[[str], Answer]) -> Iterator[str]:
    """Yield a question about the structure and one about a shorthand, where the document answers them."""
    if len(indexed.children_of(None)) > 1:
        question = "全文分几个部分？"
        if ask(question).status is Status.ANSWERED:
            yield question
    names = dict.fromkeys(m[1] for m in islice(_COUNTED.finditer(indexed.document.text), 10 * TRIED))
    for name in islice(names, TRIED):
        question = f"“{name}”是什么？"
        answer = ask(question)
        if answer.status is Status.ANSWERED and answer.kind is Kind.TERM and answer.note is None:
            yield question
            return
