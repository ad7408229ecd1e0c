"""Which unit or paragraph a question names by its subject: 交通那一章, 讲矿山安全的那段.

Every section and every paragraph that is none is a candidate; a linear model over what heading and text share with the
subject (qa/training/subjects.py fits it) tells which is likeliest, and how likely.
"""

from __future__ import annotations

import functools
import json
import math
import re
from dataclasses import replace
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from index import Encoder, IndexedDocument, fast_of, fold, words
from qa.deadline import check
from qa.types import Kind, Place, Query

HEADING = 60  # characters of a heading, or of how a paragraph opens
BODY = 300  # characters of a unit that are compared with the subject
SHORTEST = 16  # characters of a paragraph that may be named by its subject
REPEATED = 3  # times a word stands in a unit from which more say nothing
SMALL = "段截栏"  # what a paragraph is called
GREAT = "分块章篇面"  # what a part of the document is called
PARTS = ("parts", "count", "all")  # what is wanted that consists of parts
LEAST = 0.35  # chance from which a place is held to be meant: right about documents left out for 55 % from 0.2, 69 from 0.6
SURE = 0.6  # chance from which nothing outside is looked at for a list
_LINE = re.compile(r"[^\n]+")

FEATURES = (
    "words in heading", "all in heading", "meaning of heading", "words in text", "meaning of text", "words above", "depth",
    "numbered", "paragraph", "paragraph called so", "part called so", "parts below", "parts asked for", "marked so", "length", "words below",
    "words below, parts asked for",
)  # fmt: skip


def places_of(one: IndexedDocument) -> list[Place]:
    """Return what a subject may name: every section, every paragraph that begins none."""
    found = [Place(s.start, s.title_end, s.end, s.index) for s in one.sections]
    begun = {s.start for s in one.sections}
    for line in _LINE.finditer(one.document.text):
        start = line.end() - len(line.group().lstrip())
        if line.end() - start >= SHORTEST and start not in begun:
            found.append(Place(start, min(line.end(), start + HEADING), line.end()))
    return found


def placed_by_subject(query: Query, one: IndexedDocument, encoder: Encoder) -> Query:
    """Return a question with the place that it names by its subject, where that is likely enough."""
    where = query.where
    place = (
        subject_place(where.subject, where.sort, one, encoder, parts=_of_parts(query))
        if where.subject
        else None
    )
    if place is None or place.chance < LEAST:
        return query
    narrow = query.kind is Kind.LIST and not where and place.chance >= SURE
    return replace(query, place=place, section=place.unit if narrow else None)


def _of_parts(query: Query) -> bool:
    return query.wants in PARTS or bool(query.where)


def subject_place(
    subject: str, sort: str, one: IndexedDocument, encoder: Encoder, *, parts: bool
) -> Place | None:
    """Return the likeliest place that `subject` names, which the question calls `sort`; None where there is none.

    `parts` tells whether what it consists of is asked for.
    """
    places = places_of(one)
    if not places:
        return None
    scores = features(subject, sort, one, places, encoder, parts=parts) @ load_weights()
    best = int(np.argmax(scores))
    return replace(places[best], chance=1 / float(np.exp(scores - scores[best]).sum()))


@functools.cache
def load_weights() -> NDArray[np.float64]:
    """Return the weights of FEATURES."""
    found = json.loads((resources.files("qa") / "data" / "subjects.json").read_text("utf-8"))
    return np.array([found["weights"][name] for name in FEATURES], dtype=np.float64)


def features(
    subject: str, sort: str, one: IndexedDocument, places: list[Place], encoder: Encoder, *, parts: bool
) -> NDArray[np.float64]:
    """Return FEATURES of each place, shape (places, features), each 0 to 1 or nearly so; `parts` where its parts are asked for."""
    text = one.folded
    fast = fast_of(encoder)
    asked = fast.encode_queries([fold(subject)])[0]
    headings = [text[p.start : min(p.head_end, p.start + HEADING)] for p in places]
    bodies = [text[p.start : min(p.end, p.start + BODY)] for p in places]
    meaning, body = (fast.encode_passages(texts) @ asked for texts in (headings, bodies))
    named = [w for w in dict.fromkeys(words(fold(subject))) if w in text] or [fold(subject)]
    size = sum(map(len, named))
    share = [sum(len(w) for w in named if w in heading) / size for heading in headings]
    below = _below(one, places, share)
    rows = []
    for number, (place, heading, own, of_text) in enumerate(
        zip(places, headings, meaning, body, strict=True)
    ):
        check()
        section = None if place.unit is None else one.sections[place.unit]
        path = () if section is None else one.path_of(section.parent)
        above = " ".join(text[one.sections[s].start : one.sections[s].title_end] for s in path)
        inside = sum(len(w) * min(REPEATED, text.count(w, place.start, place.end)) for w in named)
        paragraph = section is None
        rows.append(
            [
                share[number],
                float(all(w in heading for w in named)),
                float(own),
                inside / REPEATED / size,
                float(of_text),
                sum(len(w) for w in named if w in above) / size,
                len(path) / 4,
                float(section is not None and section.ordinal is not None),
                float(paragraph),
                float(sort in SMALL and (paragraph or not one.children_of(place.unit))),
                float(sort in GREAT and len(path) < 2 and not paragraph),
                float(section is not None and bool(one.children_of(section.index))),
                float(parts and section is not None and bool(one.children_of(section.index))),
                float(bool(sort) and section is not None and sort in section.marker),
                min(1.0, math.log10(max(10, place.end - place.start)) / 4),
                0.0 if parts else max(0.0, below[number] - share[number]),
                max(0.0, below[number] - share[number]) if parts else 0.0,
            ]
        )
    return np.array(rows)


def _below(one: IndexedDocument, places: list[Place], share: list[float]) -> list[float]:
    """Return for each place the largest `share` of those below it in the tree."""
    at = {place.unit: number for number, place in enumerate(places) if place.unit is not None}
    found = [0.0] * len(places)
    for section in reversed(one.sections):  # those below come later
        if section.parent is not None:
            own, up = at[section.index], at[section.parent]
            found[up] = max(found[up], found[own], share[own])
    return found
