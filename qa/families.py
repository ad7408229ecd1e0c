"""Counted families: the three of 三个务必, the one and the five of 一城五区, the seven of 七项重点工作.

A name states a number and what its members share. The members are looked for where such texts put them:
as the units under a heading that carries the name, as neighbouring units or items that share the key, or
as the enumeration right before or after the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index import IndexedDocument, parse_numeral
from qa.deadline import check

Span = tuple[int, int]

_WORDS = {"双": 2, "俩": 2, "仨": 3}
_NUMERAL = "[一二三四五六七八九十两双]{1,2}"
_MEASURE = "(?:个|项|大|种|条|本|座|支|类|方面|点|块|届|批|场|道|张|件|步|层|次|位|重)?"
_STRUCTURAL = frozenset([
    "个", "项", "点", "条", "块", "部", "部分", "方面", "小标题", "标题", "大标题", "小条", "大条", "大点", "大块",
    "段", "要", "是", "句", "件", "样", "种", "下", "共", "起", "些", "章", "节", "处",
])  # fmt: skip
_COUNTED = re.compile(
    rf"(?<!第)(?P<n>{_NUMERAL}){_MEASURE}(?:[“\"「](?P<quoted>[^”\"」]{{1,12}})[”\"」]"
    r"|(?P<key>[^一二三四五六七八九十两“”\"「」\s，。、；：？！,.;:?!的是有和与及分都指叫哪怎这那到]{1,10}))"
)
_ITEM = re.compile(r"[、，；。！？：]|(?:以及|和|与|及)(?=[^，。、；]{2})")
_CLAUSE = re.compile(r"[，；。！？：]|、(?=在|把|让|向|为|以|从)")
_SENTENCE_END = re.compile(r"[。！？；\n]")
_ANNOUNCES = re.compile(
    r"[”」]?(?:[^，。；：]{0,8})(?:，?(?:即|就是|也就是|是指|是|包括|分别是|为)|[：:（(]|——)"
)
ITEM_LIMIT = 20  # characters of an item of an enumeration that a name closes
REACH = 2_000  # characters in which an enumeration, or the sentence of a heading, is looked for


@dataclass(frozen=True, slots=True)
class Count:
    """A stated number and what its members share: 三个务必 is (3, 务必)."""

    number: int
    key: str
    name: str


def value(numeral: str) -> int:
    """Return the value of a numeral (双 and 俩 are 2, 仨 is 3); 0 where it is none."""
    return _WORDS.get(numeral) or parse_numeral(numeral) or 0


def parse_counts(name: str) -> list[Count]:
    """Return the counts that a name is made of: one for 三个务必, two for 一城五区; none said twice."""
    counts: dict[tuple[int, str], Count] = {}
    for match in _COUNTED.finditer(name):
        number, key = value(match["n"]), match["quoted"] or match["key"]
        if number and key not in _STRUCTURAL:
            counts.setdefault((number, key), Count(number, key, match.group().strip('“”"「」')))
    return list(counts.values())


def fit(counts: Sequence[Count], text: str) -> list[Count]:
    """Cut each key to what the text has: 三个务必具体 to 三个务必; leave out counts of which it has nothing."""
    fitted: list[Count] = []
    for count in counts:
        head = count.name[: len(count.name) - len(count.key)]
        keys = [count.key[:length] for length in range(len(count.key), 0, -1)]
        named = next((k for k in keys if head + k in text), None)
        shared = next((k for k in keys if text.count(k) >= max(count.number, 2)), None)
        key = named or shared
        if key:
            fitted.append(Count(count.number, key, head + key))
    return fitted


def find_family(
    indexed: IndexedDocument, counts: Sequence[Count], *, units_first: bool = False
) -> list[Span]:
    """Return the members' spans in document order; empty where the document does not spell them out.

    `units_first` prefers units of the document that share the key to items of one sentence that do.
    """
    if not counts:
        return []
    if len(counts) > 1:
        return _composite(indexed, counts)
    (count,) = counts
    if count.number < 2:
        return []
    order = [_enumerated_before, _items_sharing, _siblings, _under_heading, _enumerated_after]
    if units_first:
        order = [_under_heading, _siblings, _items_sharing, _enumerated_before, _enumerated_after]
    for search in order:
        found = search(indexed, count)
        if found:
            return found
    return []


def _composite(indexed: IndexedDocument, counts: Sequence[Count]) -> list[Span]:
    """Find neighbouring units of which each count takes its number, as 一城五区 or “两个屏障”“两个基地”."""
    total = sum(c.number for c in counts)
    for group in _sibling_groups(indexed):
        clauses = [[_clause_with(indexed, s, c.key) for s in group] for c in counts]
        sizes = [sum(span is not None for span in found) for found in clauses]
        if all(size == c.number for size, c in zip(sizes, counts, strict=True)):
            spans = {span for found in clauses for span in found if span is not None}
            if len(spans) == total:
                return sorted(spans)
    if any(c.number < 2 for c in counts):
        return []  # what is one of its kind is not told from others: of 一云一池三平台 no three 平台 alone
    parts = [find_family(indexed, [c]) for c in counts]
    return sorted({span for part in parts for span in part}) if all(parts) else []


def _sibling_groups(indexed: IndexedDocument) -> Iterator[tuple[int, ...]]:
    yield indexed.children_of(None)
    for section in indexed.sections:
        check()
        children = indexed.children_of(section.index)
        if len(children) > 1:
            yield children


def _clause_with(indexed: IndexedDocument, section: int, key: str) -> Span | None:
    """Return the clause of a unit's heading that holds `key`; of one character: the title, if it ends with it."""
    text = indexed.document.text
    start = indexed.sections[section].start
    end = heading_sentence_end(indexed, section) if len(key) > 1 else indexed.sections[section].title_end
    edges = [start, *(m.end() for m in re.finditer(r"[，：；。]", text[start:end])), end - start]
    at = start
    for edge in [start + e for e in edges[1:]]:
        clause = text[at:edge].rstrip("，：；。、")
        if clause.endswith(key) if len(key) == 1 else key in clause:
            return at, at + len(clause)
        at = edge
    return None


def heading_sentence_end(indexed: IndexedDocument, section: int) -> int:
    """Return where the sentence that holds a unit's heading ends."""
    found = indexed.sections[section]
    last = min(found.end, found.title_end + REACH)
    stop = _SENTENCE_END.search(indexed.document.text, found.title_end - 1, last)
    return max(found.title_end, stop.start() if stop else last)


def _under_heading(indexed: IndexedDocument, count: Count) -> list[Span]:
    """Find a unit whose heading carries the name and which has as many children."""
    for section in indexed.sections:
        check()
        children = indexed.children_of(section.index)
        if len(children) != count.number:
            continue
        title = indexed.document.text[section.start : heading_sentence_end(indexed, section.index)]
        if any(c.number == count.number and c.key.startswith(count.key) for c in parse_counts(title)):
            return [title_span(indexed, child) for child in children]
    return []


def title_span(indexed: IndexedDocument, section: int) -> Span:
    """Return the span of a unit's heading."""
    found = indexed.sections[section]
    return found.start, found.title_end


def _siblings(indexed: IndexedDocument, count: Count) -> list[Span]:
    """Find neighbouring units of whose headings exactly as many hold the key."""
    for group in _sibling_groups(indexed):
        found = [span for s in group if (span := _clause_with(indexed, s, count.key))]
        if len(found) == count.number:
            return [_whole_heading(indexed, span) for span in found]
    return []


def _whole_heading(indexed: IndexedDocument, span: Span) -> Span:
    """Return the heading that the clause belongs to where it is no longer than two clauses, else the clause."""
    for section in indexed.sections:
        if (
            section.start <= span[0] < section.title_end
            and span[1] <= section.title_end
            and section.title_end - section.start <= 40
        ):
            return section.start, section.title_end
    return span


def _sentences(text: str) -> Iterator[Span]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _items(text: str, start: int, end: int, cut: re.Pattern[str]) -> list[Span]:
    """Cut a sentence into its enumerated items, or clauses."""
    items, at = [], start
    for match in cut.finditer(text, start, end):
        if match.start() > at:
            items.append((at, match.start()))
        at = match.end()
    if end > at:
        items.append((at, end))
    return items


def _items_sharing(indexed: IndexedDocument, count: Count) -> list[Span]:
    """Find a run of exactly as many neighbouring items, or else clauses, of one sentence that share the key."""
    text = indexed.document.text
    for cut in (_ITEM, _CLAUSE):
        for start, end in _sentences(text):
            check()
            if text.count(count.key, start, end) < count.number:
                continue
            run: list[Span] = []
            for item in [*_items(text, start, end, cut), (end, end)]:
                if _shares(text[item[0] : item[1]], count, bool(run)):
                    run.append(item)
                elif len(run) == count.number:
                    return [(run[0][0], run[-1][1])]
                else:
                    run = []
    return []


def _shares(item: str, count: Count, inside: bool) -> bool:
    """Tell whether an item is a member: a key of one character must end it, unless it may be the last one."""
    if count.name in item or count.key not in item:
        return False
    return len(count.key) > 1 or inside or item.rstrip("”’").endswith(count.key)


def _enumerated_before(indexed: IndexedDocument, count: Count) -> list[Span]:
    """Find the enumeration right before the name: “能力不足”“作风不优”两本台账; 甲、乙、丙、丁四项举措."""
    text = indexed.document.text
    for at in _mentions(text, count.name):
        start = at - 1 if text[at - 1 : at] in ("“", "「") else at
        quoted = re.search(
            rf"(?:[“「][^”」]{{1,20}}[”」][、和]?){{{count.number}}}$", text[max(0, at - 120) : at]
        )
        if quoted and count.number > 1:
            return [(at - len(quoted.group()), at + len(count.name))]
        first = max(0, start - count.number * (ITEM_LIMIT + 1))
        stop = max(text.rfind(c, first, start) for c in "。！？；，：\n")
        if stop < first and first:
            continue  # too long to be an enumeration of so many items
        sentence = stop + 1
        items = [i for i in re.split("[、和]", text[sentence:start]) if i]
        if len(items) == count.number and all(len(i) <= ITEM_LIMIT for i in items):
            return [(sentence, at + len(count.name))]
    return []


def _enumerated_after(indexed: IndexedDocument, count: Count) -> list[Span]:
    """Find the enumeration that the name announces: 三个务必，就是…；即…；：….

    A run of exactly as many items, split at 、 or at ，; or the units that follow in the same section.
    """
    text = indexed.document.text
    for at in _mentions(text, count.name):
        after = _ANNOUNCES.match(text, at + len(count.name))
        if after is None:
            continue
        start = after.end()
        last = min(len(text), start + REACH)
        stop = _SENTENCE_END.search(text, start, last)
        end = stop.start() if stop else last
        for separator in ("、", "，"):
            pieces = [p for p in text[start:end].split(separator) if p]
            if len(pieces) == count.number:
                return [(at, end)]
    return []


def _mentions(text: str, name: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        check()
        yield at
        at = text.find(name, at + 1)
