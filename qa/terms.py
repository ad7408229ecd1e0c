"""Shorthand: where the document spells it out, and where it only mentions it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from index import Group, IndexedDocument, fold, groups_of
from qa.deadline import check
from qa.families import find_family, fit, parse_counts
from qa.grammar import read_where
from qa.types import Found, Query
from qa.wording import quoted_terms

MENTIONED = "文中提到但未展开。"
MENTIONS = 3  # places shown where a shorthand is only mentioned
MAIN = 0.6  # of the question's topic that an unquoted shorthand makes up; else the question is about more
LONGEST = 8  # characters of a shorthand that stands in no quotation marks; longer is a description
SPAN_LIMIT = 120  # characters shown around a mention
IN_ONE = 150  # characters up to which members, or what spells a term out, are shown in one
REACH = 1_000  # characters before and after a mention in which its sentence is looked for

_DEFINED = re.compile(
    r"[”」]?[^，。；：！？\n]{0,6}(?:，?(?:就是|是指|指的是|即|也就是|是)|——)|[”」]?[：:](?!\s*\n)"
)
_STOPS = "。！？；\n"
_PAIRS = (("“", "”"), ("「", "」"), ("《", "》"), ("（", "）"), ("(", ")"))
_MARKS = str.maketrans("", "", "“”「」『』\"'《》〈〉 \u3000")


def explain_term(query: Query, indexed: IndexedDocument) -> Found | None:
    """Return the expansion of the shorthand that is asked about, else its mentions with a note.

    None where the document does not have it.
    """
    text = indexed.document.text
    question = fold(query.standalone)
    meant = definition_of([*quoted_terms(question), query.topic], indexed)
    if meant is not None:
        return Found((meant,))
    quoted = parse_counts(" ".join(quoted_terms(question)))
    family = find_family(indexed, fit(quoted or parse_counts(question), text))
    if family:
        return Found(tuple(family), len(family) if len(family) > 1 else None)
    term = find_term(question, text)
    if term is None or (not quoted_terms(question) and len(term) < MAIN * len(query.topic)):
        return None
    listed = members_of(term, indexed)
    if listed is not None:
        start, end = listed.items[0].start, listed.items[-1].lead_end
        spans = [(start, end)] if end - start <= IN_ONE else [(i.start, i.lead_end) for i in listed.items]
        return Found(tuple(spans), len(listed.items))
    places = mentions(text, term)
    if len(term) > LONGEST and not quoted_terms(question):
        return None
    defined = next((p for p in places if _DEFINED.match(text, p[2] + len(term))), None)
    if defined is not None:
        return Found(tuple(_spelt_out(text, defined[0], defined[2])))
    return Found(tuple((start, end) for start, end, _ in places[:MENTIONS]), None, MENTIONED)


def definition_of(names: Sequence[str], indexed: IndexedDocument) -> tuple[int, int] | None:
    """Return the span of the definition of the first of `names` that is defined: term and meaning, whole; None where none is.

    A name is a definition's where it is its term, or hardly more than it.
    """
    text = indexed.document.text
    bare = [(_bare(text[slice(*d.term)]), d) for d in indexed.knowledge.definitions]
    for name in map(_bare, names):
        fitting = [(term, d) for term, d in bare if term and term in name and len(term) >= MAIN * len(name)]
        if fitting:
            longest = max(len(term) for term, _ in fitting)
            found = next(d for term, d in fitting if len(term) == longest)
            start, end = min(found.term[0], found.start), max(found.term[1], found.end)
            return _whole(text, start, end)
    return None


def _bare(name: str) -> str:
    return fold(name).translate(_MARKS).strip("的是")


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span with the quotation marks and brackets that it cuts in two."""
    for opening, closing in _PAIRS:
        if text[start - 1 : start] == opening and text[start:end].count(closing) > text[start:end].count(
            opening
        ):
            start -= 1
        if text[start:end].count(opening) > text[start:end].count(closing) and text[end : end + 1] == closing:
            end += 1
    return start, end


def members_of(term: str, indexed: IndexedDocument) -> Group | None:
    """Return the group that spells a counted shorthand out: as many members under a heading or sentence with the name."""
    text = indexed.document.text
    counts = read_where(term)[0].counts
    for group in groups_of(indexed) if counts else ():
        named = text[slice(*group.announced)] if group.announced else ""
        titles = (indexed.title_of(s) for s in indexed.path_of(group.unit, 1))
        if len(group.items) in counts and any(term in said for said in (named, *titles)):
            return group
    return None


def _spelt_out(text: str, start: int, at: int) -> list[tuple[int, int]]:
    """Return the sentence that spells a term at `at` out, up to its full stop; in its parts where it is long."""
    ends = (i for c in "。！？\n" if (i := text.find(c, at, at + REACH)) >= 0)
    end = min(ends, default=min(len(text), at + REACH))
    if end - start <= IN_ONE:
        return [(start, end)]
    edges = [start, *(start + m.end() for m in re.finditer("[；;]", text[start:end])), end]
    return [(a, b) for a, b in itertools.pairwise(edges) if b > a]


def find_term(question: str, text: str) -> str | None:
    """Return the shorthand: what is quoted and stands in the text, else the longest piece they share."""
    for term in quoted_terms(question):
        if term in text:
            return term
    best = ""
    for start in range(len(question)):
        check()
        for end in range(start + max(2, len(best) + 1), min(len(question), start + 16) + 1):
            piece = question[start:end]
            if piece not in text:
                break
            best = piece
    return best.strip("的是") or None


def mentions(text: str, term: str) -> list[tuple[int, int, int]]:
    """Return (start, end, place of the term) for the clause run around each mention, in order."""
    found: list[tuple[int, int, int]] = []
    at = text.find(term)
    while at >= 0:
        check()
        first, last = max(0, at - REACH), min(len(text), at + len(term) + REACH)
        start = max(first - 1, *(text.rfind(c, first, at) for c in _STOPS)) + 1
        end = min((i for c in _STOPS if (i := text.find(c, at, last)) >= 0), default=last)
        if end - start > SPAN_LIMIT:
            start, end = _around(text, start, end, at, len(term))
        if not found or found[-1][1] <= start:
            found.append((start, end, at))
        at = text.find(term, at + 1)
    return found


def _around(text: str, start: int, end: int, at: int, length: int) -> tuple[int, int]:
    """Cut a long sentence to the commas around a mention."""
    comma = text.rfind("，", start, at) + 1
    left = comma if comma > start else max(start, at - SPAN_LIMIT // 2)
    right = text.find("，", at + length, end)
    while 0 <= right < left + SPAN_LIMIT // 2:
        further = text.find("，", right + 1, end)
        if further < 0 or further - left > SPAN_LIMIT:
            break
        right = further
    return left, min(right if right >= 0 else end, left + SPAN_LIMIT)
