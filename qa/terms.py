"""Shorthand: where the document spells it out, and where it only mentions it."""

from __future__ import annotations

import re

from index import IndexedDocument, fold
from qa.deadline import check
from qa.families import find_family, fit, parse_counts
from qa.types import Found, Query
from qa.wording import quoted_terms

MENTIONED = "文中提到但未展开。"
MENTIONS = 3  # places shown where a shorthand is only mentioned
MAIN = 0.6  # of the question's topic that an unquoted shorthand makes up; else the question is about more
LONGEST = 8  # characters of a shorthand that stands in no quotation marks; longer is a description
SPAN_LIMIT = 120  # characters shown around a mention
REACH = 1_000  # characters before and after a mention in which its sentence is looked for

_DEFINED = re.compile(r"[”」]?[^，。；：]{0,6}(?:，?(?:就是|是指|指的是|即|也就是|是)|——)")
_STOPS = "。！？；\n"


def explain_term(query: Query, indexed: IndexedDocument) -> Found | None:
    """Return the expansion of the shorthand that is asked about, else its mentions with a note.

    None where the document does not have it.
    """
    text = indexed.document.text
    question = fold(query.standalone)
    quoted = parse_counts(" ".join(quoted_terms(question)))
    family = find_family(indexed, fit(quoted or parse_counts(question), text))
    if family:
        return Found(tuple(family), len(family) if len(family) > 1 else None)
    term = find_term(question, text)
    if term is None or (not quoted_terms(question) and len(term) < MAIN * len(query.topic)):
        return None
    places = mentions(text, term)
    if len(term) > LONGEST and not quoted_terms(question):
        return None
    defined = [p for p in places if _DEFINED.match(text, p[2] + len(term))]
    if defined:
        return Found(((defined[0][0], defined[0][1]),))
    return Found(tuple((start, end) for start, end, _ in places[:MENTIONS]), None, MENTIONED)


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
