"""Which documents a question names: by title, place, issuer, speaker and year, exactly as the library's documents have them.

A name that no document has narrows nothing. A year names a document only beside what else names one (2024年的报告): alone it
is when something was (2024年的就业). Names are taken off the question, which is then asked as if of those documents alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from index import fold
from qa.courtesies import without_courtesies
from qa.directory import YEAR, Register, bare_place
from qa.edges import token_edges, without_words
from qa.mentioned import INSIDE, RELATIVE, Chain, Name, names_in

_JOINED = re.compile(r"[的那这版一份篇\s]{0,4}(?:[和与跟及、到至]|以及)?\s*")
_BEFORE = re.compile(r"(?:^|[，,。：:；;？?\s]|那么?|请问|在|从|按照?|根据|依据|据|只看|只问|看看|看|问)$")
_REQUEST = re.compile(
    r"(?:我|帮我|给我|替我|我们|麻烦)?(?:要|想|想要)?(?:知道|了解|查|查查|查找|找|找找|问|看|看看|说说|讲讲|介绍|告诉我|列出|总结|概括)(?:一下)?"
)  # in front of a place: it asks of its documents
_WHERE = re.compile(r"[在从]$")  # a place behind it may be where something is done, whoever says so
_BEHIND = re.compile(rf"(?:这边|那边|那里|方面)?(?:的)?(?:{INSIDE})?[的，,：:\s]*")
_AHEAD = re.compile("(?:那么?|在|从|按照?|根据|依据|据|只看|只问|旧的?|原来的?)?")
_OF_IT = re.compile(rf"的|呢|[，,？?]|$|{INSIDE}")
_SPEAKS = re.compile(r"(?:总理|书记|省长|市长|县长|主席|同志)?(?:的|在|[说讲提])")
_TIMES = re.compile(
    rf"(?:{YEAR.pattern})年?|{'|'.join(RELATIVE)}|[前后上下]半年|明后年|今后[一二三四五几]?年?"
)
_EMPTY = re.compile(
    r"[\s，,。？?！!、的呢吧吗啊呀那么又再也还是换怎样如何说讲咋看问]*(?:[一二两]?[篇份])?[\s呢？?]*"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question names: `documents` in the snapshot's order (none: nothing) and `rest`, what is left to ask, "" for none.

    `said` is the question as it was read, `times` the years in it that name no document. `missing` says in Chinese what
    was named and is not there, `dated` that the documents are named by a year or a title. `names` are those words of the question. `several` tells that one way of naming was used for more than one: 上海和北京. `loose` is a place that may be what is spoken of,
    wherever that stands: 支持河北的措施, 浙江模式.
    """

    documents: tuple[int, ...]
    rest: str
    said: str
    times: tuple[Name, ...] = ()
    missing: str = ""
    several: bool = False
    dated: bool = False
    names: str = ""
    loose: str = ""


def read_scope(question: str, register: Register) -> Scope:
    """Return what a question names of a library."""
    bare = without_courtesies(question)
    text = fold(bare)
    chains = list(_chains(text, sorted(names_in(text, register), key=lambda n: n.start)))
    meant = [c for c in chains if _is_naming(text, c)]
    if not meant and _has_only_years(text, chains):
        meant = chains
    groups: dict[tuple[str, ...], set[int]] = defaultdict(set)
    missing = ""
    for chain in meant:
        found, lacks = _of_chain(chain, register)
        missing = missing or lacks
        groups[tuple(sorted({n.kind for n in chain} - {"noun"}))] |= found
    documents = _together(groups)
    rest = without(bare, [span for chain in meant if not _is_object(text, chain) for span in _spans(chain)])
    telling = [n.kind for c in meant for n in c if n.kind != "year" or _names_year(c)]
    counts = [telling.count(kind) for kind in ("place", "issuer", "title", "year", "speaker")]
    return Scope(
        tuple(sorted(documents)),
        bare if not meant else "" if _EMPTY.fullmatch(rest) else rest,
        bare,
        tuple(n for c in chains if c not in meant or not _names_year(c) for n in c if n.kind == "year"),
        missing,
        max(counts) > 1 and len(documents) > 1,
        "year" in telling or "title" in telling,
        "、".join(bare[chain[0].start : chain[-1].end] for chain in meant),
        _loose_place(text, meant),
    )


def without(text: str, spans: Collection[tuple[int, int]]) -> str:
    """Return a question without what stands at some places, without the 的 and 里 behind them, and the 在 it begins with."""
    result, at = "", 0
    for start, end in sorted(spans):
        between = text[at:start] if start > at else ""
        if (led := _WHERE.search(between)) and led.start() in token_edges(fold(between)):
            between = between[: led.start()]
        result += "" if not at and _AHEAD.fullmatch(between) else between
        at = max(at, _end_behind(_BEHIND, text, end))
    return re.sub(r"^[，,、的\s]+", "", result + text[at:]).strip(" ，,、") if spans else text


def _end_behind(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return where that ends which a pattern has behind a name that ends at `at`: at a token's end, `at` where it has none."""
    found = pattern.match(text, at)
    edges = token_edges(fold(text[at:])) if found else ()
    ends = (at + edge for edge in edges if found and at + edge <= found.end())
    return max((end for end in ends if pattern.fullmatch(text, at, end)), default=at)


def newest_year(register: Register, documents: Collection[int]) -> int:
    """Return the newest year of some documents, of all where none is given; 0 where none has any."""
    among = documents or range(len(register.entries))
    return max((year for n in among if (year := register.entries[n].year)), default=0)


def _chains(text: str, names: Chain) -> Iterator[Chain]:
    chain: list[Name] = []
    for name in names:
        if chain and chain[-1].kind == name.kind == "place" and chain[-1].end == name.start:
            chain[-1] = replace(name, start=chain[-1].start)  # 河北省保定市
            continue
        if chain and not _JOINED.fullmatch(text, chain[-1].end, name.start):
            yield tuple(chain)
            chain = []
        chain.append(name)
    if chain:
        yield tuple(chain)


def _names_year(chain: Chain) -> bool:
    """Tell whether a year in a chain is a document's: 2024年的报告, not 上海2024年."""
    kinds = {n.kind for n in chain}
    return bool(kinds & {"noun", "title"}) or kinds == {"year"}


def _spans(chain: Chain) -> list[tuple[int, int]]:
    """Return what is taken off a question: all of a chain, but a year that names no document."""
    if _names_year(chain):
        return [(chain[0].start, chain[-1].end)]
    return [(n.start, n.end) for n in chain if n.kind != "year"]


def _is_naming(text: str, chain: Chain) -> bool:
    """Tell whether names together name documents: a title does, 报告 beside another name, a place that is spoken of."""
    kinds = {n.kind for n in chain}
    if "title" in kinds or ("noun" in kinds and len(kinds) > 1):
        return True
    if not kinds & {"place", "issuer", "speaker"}:
        return False
    before, end = without_words(_TIMES, text[: chain[0].start]), chain[-1].end
    if kinds <= {"speaker", "year"}:
        return _SPEAKS.match(text, end) is not None
    return _is_led(before) or _is_of_it(text, end)


def _is_led(before: str) -> bool:
    """Tell whether what stands before a name leads to it, or nothing does."""
    led = _BEFORE.search(before)
    return led is not None and led.start() in token_edges(before)


def _is_of_it(text: str, end: int) -> bool:
    """Tell whether a name is followed by 的, 里 or a mark, or by nothing."""
    return end == len(text) or _end_behind(_OF_IT, text, end) > end


def _is_object(text: str, chain: Chain) -> bool:
    """Tell whether a place is part of what is asked: 支持河北的措施, 与浙江的合作; none that only a request stands before."""
    if not _is_place(chain):
        return False
    before = without_words(_TIMES, text[: chain[0].start])
    return not _is_led(before) and not _REQUEST.fullmatch(before)


def _loose_place(text: str, chains: Sequence[Chain]) -> str:
    """Return the one place that names documents, where others may speak of it, too: in which something is done, 河北模式."""
    if len(chains) != 1 or not _is_place(chains[0]):
        return ""
    place = next(name for name in chains[0] if name.kind == "place")
    where = _WHERE.search(without_words(_TIMES, text[: chains[0][0].start])) is not None
    loose = where or _is_object(text, chains[0]) or not _is_of_it(text, chains[0][-1].end)
    return bare_place(text[place.start : place.end]) if loose else ""


def _is_place(chain: Chain) -> bool:
    """Tell whether names are of one place, with no more than years beside it."""
    kinds = [name.kind for name in chain if name.kind != "year"]
    return kinds == ["place"]


def _has_only_years(text: str, chains: Sequence[Chain]) -> bool:
    """Tell whether a question has nothing but years: 那去年呢."""
    years = [n for c in chains for n in c]
    alone = bool(years) and all(n.kind == "year" for n in years)
    return alone and _EMPTY.fullmatch(without(text, [(n.start, n.end) for n in years])) is not None


def _of_chain(chain: Chain, register: Register) -> tuple[set[int], str]:
    """Return the documents that a chain names, and what of it is not there."""
    kinds: dict[str, set[int]] = defaultdict(set)
    for name in chain:
        if name.documents is not None:
            kinds[name.kind] |= name.documents
    found = set(range(len(register.entries)))
    for documents in sorted(kinds.values(), key=len):
        found = found & documents or found
    years = [n for n in chain if n.kind == "year"]
    if not years or not _names_year(chain):
        return found, ""
    newest = newest_year(register, found)
    wanted = {n.year(newest) for n in years}
    there = {register.entries[n].year for n in found}
    lacking = sorted(wanted - there - {None})
    note = f"这里没有{'、'.join(map(str, lacking))}年的这类文稿。" if lacking else ""
    dated = {n for n in found if register.entries[n].year in wanted}
    return (dated or (found if kinds else set())), note


def _together(groups: dict[tuple[str, ...], set[int]]) -> set[int]:
    """Return the documents that all ways of naming agree on; where none are, those of the most telling one."""
    found: set[int] = set()
    for kinds in sorted(groups, key=lambda k: ("title" not in k, "year" not in k, "issuer" not in k)):
        found = (found & groups[kinds] if found else groups[kinds]) or found
    return found
