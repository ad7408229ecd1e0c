"""What can be compared exactly: names, years and places that are asked for, with those of the document and of the answer."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from importlib import resources

from index import (
    Date,
    Knowledge,
    Person,
    Quantity,
    Snapshot,
    begins_as_name,
    fold,
    words,
)
from qa.citation import DEEPEST
from qa.evidence import YEAR, sentence_at
from qa.retrieval import wanted_numbers
from qa.types import Query

Spans = Sequence[tuple[int, int, int]]  # (document, start, end)

AROUND = 1_000  # characters of a heading that are looked at
JUDGED = 3  # points of an answer that are searched for the kind of thing asked for
NEARBY = 150  # characters before and behind a span in which a place that is asked for may stand
MARKED = 3  # characters from which a place is also looked for without 县, 市

_COUNTY = re.compile(r"[^咱我俺本全各哪该这那邻外几每老小大贫农样的]{2,4}(?:县|旗)$")
_BETWEEN = re.compile(r"[：:，,、。；;（）()\s]+")
_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_LATIN = re.compile(r"[a-z]{3,}")

# What must stand in the answer to a question for a figure, a date or a person, as the index has found it.
_KINDS_FOUND: dict[str, tuple[str, Callable[[Knowledge], Sequence[Quantity | Date | Person]]]] = {
    "figure": ("no figure", lambda known: known.quantities),
    "date": ("no date", lambda known: known.dates),
    "period": ("no date", lambda known: known.dates),
    "person": ("no person", lambda known: known.persons),
}


@functools.cache
def load_places() -> frozenset[str]:
    """Return the names of places that a question may ask about: provinces, and 3,200 of jieba's dictionary."""
    return frozenset((resources.files("qa") / "data" / "places.txt").read_text("utf-8").split())


def missing_names(question: str, query: Query, snapshot: Snapshot) -> list[str]:
    """Return the places, years and Latin names of a question that no wanted document has."""
    wanted = wanted_numbers(query, snapshot)

    def absent(name: str) -> bool:
        return not snapshot.lookup.has_name(name, wanted)

    own = words(question)
    places = [w for w in own if _is_place(w)]
    names = [w for w in places if absent(w) and (len(w) < MARKED or absent(w[:-1]))]
    unsaid = [y for y in YEAR.findall(question) if absent(y)]
    dated = [year for year in unsaid if any(year in snapshot.documents[number].years for number in wanted)]
    names += [year for year in unsaid if year not in dated]  # 二〇二三年, or 去年 in a text of 2024
    names += [w for w in own if _LATIN.fullmatch(w) and absent(w)]
    return list(dict.fromkeys(names))


def not_of_year(year: str, snapshot: Snapshot, spans: Spans) -> bool:
    """Tell whether a span neither names a year nor has a date in it, 去年 counted from the document's own date."""
    for number, start, end in spans:
        one = snapshot.documents[number]
        dates = (d for d in one.dates if d.start < end and start < d.end)
        if year not in fold(one.document.text[start:end]) and not any(year in _years(d) for d in dates):
            return True
    return False


def place_elsewhere(question: str, snapshot: Snapshot, spans: Spans) -> bool:
    """Tell whether the first span, with what stands around and above it, lacks a place that the question names."""
    if not spans:
        return False
    number, start, end = spans[0]
    one = snapshot.documents[number]
    text = one.folded
    near = text[max(0, start - NEARBY) : end + NEARBY] + fold(one.document.title)
    above = " ".join(
        fold(one.title_of(s)[:AROUND]) for s in one.path_of(sentence_at(one, start).section, DEEPEST)
    )
    return any(w not in near and w not in above and w in text for w in words(question) if _is_place(w))


def lacking(query: Query, snapshot: Snapshot, spans: Spans) -> dict[str, float]:
    """Return which kind of thing is asked for and stands in none of the first spans: a number, a date, a person."""
    kind = _KINDS_FOUND.get(query.answer)
    result = dict.fromkeys(("no figure", "no date", "no person"), 0.0)
    if kind is not None and spans:
        name, of = kind
        digits = name == "no figure" and any(
            map(str.isdigit, "".join(snapshot.documents[d].document.text[a:b] for d, a, b in spans[:JUDGED]))
        )  # a cell of a table has no unit
        people = name == "no person" and any(
            _holds_name(snapshot.documents[d].document.text[a:b]) for d, a, b in spans[:JUDGED]
        )
        result[name] = float(
            not digits
            and not people
            and not any(
                found.start < end and start < found.end
                for number, start, end in spans[:JUDGED]
                for found in of(snapshot.documents[number].knowledge)
            )
        )
    return result


def _holds_name(text: str) -> bool:
    """Tell whether a name stands by itself in a text, between marks or blanks: 联系人：张砚, 马犁　县气象局局长."""
    pieces = _BETWEEN.split(text.replace("\u3000\u3000", "，"))
    return any(_NAME.fullmatch(piece) and begins_as_name(piece) for piece in pieces)


def _years(date: Date) -> list[str]:
    """Return the years that a date or the ends of a period lie in, as four digits."""
    return [part[:4] for part in (date.value or "").split("/") if part]


def _is_place(word: str) -> bool:
    return word in load_places() or bool(_COUNTY.match(word))
