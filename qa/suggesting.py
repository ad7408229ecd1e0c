"""Questions that a document can answer: to start with, and to go on with.

They are made of what stands in the document: the headings of its units, as they are written, what its sentences are for, and
the terms that it explains. A heading in quotation marks names its unit (qa/headings.py), so that such a question is answered
from there; those to start with are asked before they are offered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from index import Facet, IndexedDocument, Section, SectionKind, documents_having, fold, words
from qa.citation import DEEPEST
from qa.headings import NOUNS, bare, named_units
from qa.messages import Starters
from qa.types import Answer, Kind, Status

STARTERS = 3  # questions a door: one glance
NEXT = 3  # questions offered after an answer
TRIED = 12  # questions asked at most to fill a door; each costs about 2 ms
TERMS = 2  # questions about terms to start with
SURE = 0.5  # confidence from which a question is worth offering
SHARE = 0.5  # of a unit's sentences, weighed by how sure their facets are, from which it is there for one
SOME = {
    Facet.ACHIEVEMENT: 3,
    Facet.GOAL: 1,
    Facet.REQUIREMENT: 3,
}  # sentences of a facet from which a document has it
MEAN = 0.6  # and how sure their facet is on average: of regulations, which have none, it is below
BODY = 20  # characters under a heading without which there is nothing to tell
TERM = 12  # characters of a term that is asked about
LONGEST = 24  # characters of a heading that is asked about: what a button holds
LEAST_SAID = 6  # characters of one that no number and no line of its own sets apart: 今年以来 says nothing
FEW = 10  # sentences from which a text is worth summing up
_STOPS = re.compile(r"[。！？；!?;：:“”\"*\n\t]")  # in a heading: it is a sentence, or blanked out
_OPEN = re.compile(r"[的时下后前中及和与]$|以下|下列|本[办条规]")  # it goes on, or points elsewhere
_NAMED = re.compile(r"[一二三四五六七八九十两][^，。、；：]{2,7}")  # a counted name: 三个务必
_UNNAMED = re.compile(r"[\s。！？；：，、“”\"*]|第.+[条款项章]")  # in what is no term
_YEAR = re.compile(r"(?:到|至)((?:19|20)\d\d)年(?!来|度)")
# What a place or a trade is to be made into.
_MADE = re.compile(
    r"(?:打造|建设|建成|创建|争当|争创|成为)[^，。；！？]{2,16}?"
    r"(示范区|先行区|集聚区|引领区|标杆区|试验区|核心区|高地|基地|中心|样板|枢纽|门户|屏障)"
)
_WHOLE = {
    Facet.ACHIEVEMENT: "主要成绩有哪些？",
    Facet.GOAL: "主要目标有哪些？",
    Facet.REQUIREMENT: "主要要求有哪些？",
}
AHEAD = ("speech", "report", "plan")  # kinds of documents that look ahead
AIMS = ("奋斗目标", "总体目标", "发展定位", "战略定位")  # by which a document names what it is after
_NEXT_TASKS = "下一步有哪些任务？"
OVERVIEW, PARTS = "总结全文", "全文分几个部分？"


@dataclass(frozen=True, slots=True)
class Topic:
    """A unit that is asked about: its bare heading, what it is there for (None: several things), the question.

    `plain` asks for all that stands there: its own text, which it always has.
    """

    text: str
    facet: Facet | None
    section: int
    question: str
    plain: str


@lru_cache(maxsize=64)
def topics_of(indexed: IndexedDocument) -> tuple[Topic, ...]:
    """Return the units whose headings make a question, in order."""
    weights: dict[int, dict[Facet, float]] = {}
    sizes: Counter[int] = Counter()
    for sentence in indexed.sentences:
        for unit in indexed.path_of(sentence.section, DEEPEST):
            sizes[unit] += 1
            if sentence.facet in NOUNS:
                own = weights.setdefault(unit, dict.fromkeys(NOUNS, 0.0))
                own[sentence.facet] += sentence.facet_probability or 0.0
    named = named_units(indexed)
    found = []
    for section in indexed.sections:
        name, unit = bare(section), section.index
        if not _is_natural(indexed, section, name) or named.get(fold(name)) != unit:
            continue
        facet = next(
            (f for f, weight in weights.get(unit, {}).items() if weight >= SHARE * sizes[unit]), None
        )
        parts = len(indexed.children_of(unit)) > 1
        asked = "讲了哪几点" if parts else f"讲了哪些{NOUNS[facet]}" if facet else "讲了什么"
        plain = "讲了哪几点" if parts else "讲了什么"
        found.append(Topic(name, facet, unit, f"“{name}”{asked}？", f"“{name}”{plain}？"))
    return tuple(found)


def _is_natural(indexed: IndexedDocument, section: Section, name: str) -> bool:
    """Tell whether a heading is one to a reader, with something under it.

    It has a length to be asked by, nothing is blanked out, and it is neither a sentence nor the first clause of one.
    """
    set_apart = section.kind in (SectionKind.NUMBERED, SectionKind.HEADING)
    if (
        not (2 if set_apart else LEAST_SAID) <= len(name) <= LONGEST
        or _STOPS.search(name)
        or _OPEN.search(name)
    ):
        return False
    goes_on = indexed.document.text[section.title_end : section.title_end + 1] in ("，", ",")
    told = section.end - section.title_end >= BODY
    return told and not (set_apart and goes_on)


def suggest_next(
    indexed: IndexedDocument,
    section: int | None,
    facet: Facet | None,
    asked: str,
    others: Sequence[IndexedDocument] = (),
    count: int = NEXT,
) -> tuple[str, ...]:
    """Return up to `count` questions about what is below, beside and around a section; none about what was `asked`.

    None by a heading that one of the `others` has, too: it would not say which document is meant.
    """
    said = fold(asked)
    path = set(indexed.path_of(section, DEEPEST))
    near = sorted(
        (t for t in topics_of(indexed) if t.section != section and fold(t.text) not in said),
        key=lambda t: (-_shared(path, indexed, t.section), t.facet is not facet, t.section < (section or 0)),
    )
    chosen: list[Topic] = []
    for topic in near:
        alike = any(_alike(topic.text, other.text) for other in chosen)
        if not alike and not _is_heading(topic.text, others):
            chosen.append(topic)
        if len(chosen) == count:
            break
    return tuple(t.plain for t in chosen)


def _is_heading(text: str, documents: Sequence[IndexedDocument]) -> bool:
    """Tell whether one of the documents has a heading; of those that have the words nowhere, none is read."""
    name = fold(text)
    having = documents_having(documents, name)
    return any(text in one.document.text and name in named_units(one) for one in having)


def _shared(path: set[int], indexed: IndexedDocument, section: int) -> int:
    """Return how many of the units above two sections are the same."""
    return len(path & set(indexed.path_of(section, DEEPEST)))


def _alike(one: str, other: str) -> bool:
    """Tell whether of two headings one says most of what the other does."""
    own, others = set(words(one)), set(words(other))
    return 2 * len(own & others) > min(len(own), len(others))


def starters(indexed: IndexedDocument, ask: Callable[[str], Answer]) -> Starters:
    """Return questions that `ask` answers; at most STARTERS a door, none where the document has nothing of its facet.

    A door's first question is about the whole document; the others are spread over its units.
    """
    there = [facet for facet in NOUNS if _has(indexed, facet)]
    doors = tuple((facet, _door(facet, indexed, ask, whole=facet in there)) for facet in NOUNS)
    return Starters(doors, tuple(_more(indexed, ask)))


def _has(indexed: IndexedDocument, facet: Facet) -> bool:
    """Tell whether a document has something of a facet."""
    found = [s.facet_probability or 0.0 for s in indexed.sentences if s.facet is facet]
    return len(found) >= SOME[facet] and sum(found) >= MEAN * len(found)


def _door(
    facet: Facet, indexed: IndexedDocument, ask: Callable[[str], Answer], *, whole: bool
) -> tuple[str, ...]:
    chosen: list[str] = []
    for question in islice(dict.fromkeys(_candidates(facet, indexed, whole=whole)), TRIED):
        if len(chosen) < STARTERS and _answers(ask(question)):
            chosen.append(question)
    return tuple(chosen)


def _answers(answer: Answer) -> bool:
    return answer.status is Status.ANSWERED and answer.confidence >= SURE


def _candidates(facet: Facet, indexed: IndexedDocument, *, whole: bool) -> Iterator[str]:
    """Yield questions, the most promising first; about the whole document where it has something of the facet."""
    text, kind = indexed.document.text, indexed.document.metadata.kind
    ahead = facet is Facet.REQUIREMENT and kind is not None and kind.value in AHEAD
    if whole:
        yield _NEXT_TASKS if ahead else _WHOLE[facet]
    if facet is Facet.GOAL:
        yield from (f"{name}是什么？" for name in AIMS if name in text)
        own = indexed.document.metadata.date
        goals = [text[s.start : s.end] for s in indexed.sentences if s.facet is Facet.GOAL]
        years = Counter(year for goal in goals for year in _YEAR.findall(goal))
        yield from (f"到{y}年的目标是什么？" for y in sorted(years) if own is None or y >= own.value[:4])
        made = Counter(what for goal in goals for what in _MADE.findall(goal))
        yield from (f"要打造哪些{what}？" for what, count in made.most_common(STARTERS) if count > 1)
    if whole:
        yield from (t.question for t in _spread(indexed, facet))


def _spread(indexed: IndexedDocument, facet: Facet) -> list[Topic]:
    """Return the units that are there for a facet, one of each part first."""
    seen: Counter[int] = Counter()
    ranked: list[tuple[int, int, Topic]] = []
    for topic in topics_of(indexed):
        if topic.facet is facet:
            path = indexed.path_of(topic.section)
            ranked.append((seen[path[0]], len(path), topic))
            seen[path[0]] += 1
    return [topic for *_, topic in sorted(ranked, key=lambda row: row[:2])]


def _more(indexed: IndexedDocument, ask: Callable[[str], Answer]) -> Iterator[str]:
    """Yield what can be asked about the whole, and about terms that the document explains, where it answers."""
    whole = [OVERVIEW] if len(indexed.sentences) >= FEW else []
    whole += [PARTS] if len(indexed.children_of(None)) > 1 else []
    yield from (question for question in whole if _answers(ask(question)))
    known, text = indexed.knowledge, indexed.document.text
    counted = [t.text for t in known.terms if _NAMED.fullmatch(t.text)]
    defined = [text[slice(*d.term)] for d in known.definitions]
    natural = [
        t for t in dict.fromkeys([*counted, *defined]) if 1 < len(t) <= TERM and not _UNNAMED.search(t)
    ]
    asked = (f"“{term}”是什么？" for term in natural[:TRIED])
    yield from islice((q for q in asked if _explains(ask(q))), TERMS)


def _explains(answer: Answer) -> bool:
    return _answers(answer) and answer.kind is Kind.TERM and answer.note is None
