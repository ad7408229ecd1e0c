"""Headings as people say them: without their number, and the unit that one in quotation marks names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, islice

from index import Facet, IndexedDocument, Section, documents_having, fold

LEAST = 2  # characters of a heading that names its unit by itself: 总则
KEPT = 1_024  # documents whose headings are kept; of more, those are looked at that have the words as they were typed
NOUNS = {
    Facet.ACHIEVEMENT: "成绩",
    Facet.GOAL: "目标",
    Facet.REQUIREMENT: "要求",
}  # what a list of each facet is asked by
_QUOTED = re.compile(r"[“\"「『](?P<name>.+)[”\"」』]")  # the widest: a heading may quote something itself
_EDGES = " \t\n\u3000，。：；、:;,.．—－-·"


def bare(section: Section) -> str:
    """Return a heading without its number and the marks around it."""
    return _unnumbered(section.marker, section.heading)


def _unnumbered(marker: str, heading: str) -> str:
    return heading.removeprefix(marker).strip(_EDGES)


@lru_cache(maxsize=KEPT)
def named_units(one: IndexedDocument) -> dict[str, int]:
    """Return the unit of each bare heading (folded) that only one unit has."""
    found: dict[str, list[int]] = {}
    for unit, (marker, heading) in enumerate(one.headings()):
        if len(name := fold(_unnumbered(marker, heading))) >= LEAST:
            found.setdefault(name, []).append(unit)
    return {name: units[0] for name, units in found.items() if len(units) == 1}


def unit_quoted(question: str, documents: Sequence[IndexedDocument]) -> tuple[str, int, str] | None:
    """Return the document's id and the unit whose whole heading stands in quotation marks, and what else is asked.

    None where none does, or units of several documents.
    """
    quoted = _QUOTED.search(question)
    if quoted is None:
        return None
    typed = quoted["name"].strip(_EDGES)
    name = fold(typed)
    written = (d for d in documents_having(documents, name) if typed in d.document.text)
    first = next(written, None)
    among = documents[:KEPT] if first is None else chain([first], written)
    units = list(islice(((d.document.id, named_units(d)[name]) for d in among if name in named_units(d)), 2))
    if len(units) != 1:
        return None
    return *units[0], question[: quoted.start()] + question[quoted.end() :]


def facet_asked(question: str) -> Facet | None:
    """Return the facet whose noun a question says: 讲了哪些要求; None where it says none."""
    return next((facet for facet, noun in NOUNS.items() if noun in question), None)


def forget_headings() -> None:
    """Hold nothing of a document that is gone."""
    named_units.cache_clear()
