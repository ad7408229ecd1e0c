"""A document as the page shows it: the map, the outline, the reader's text. Plain data for reader.js."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from index import Facet, IndexedDocument, Sentence, chinese_numeral
from qa.citation import citation
from qa.rendering import shortened
from qa.web.uploads import Held

CELLS = 2_000  # at most in a map: more than that no screen shows apart
READER = 300_000  # characters held in a reader at a time; a report of the largest kind has 60,000
ORIGINALS = "api/v1/originals"  # below the page's own address
_HEAD = 24  # characters of a sentence that name its cell

_FACETS = tuple(facet.value for facet in Facet)


@lru_cache(maxsize=32)
def map_view(indexed: IndexedDocument) -> dict[str, Any]:
    """Return one cell a sentence, in order; several sentences a cell where there are more than CELLS."""
    group = -(-len(indexed.sentences) // CELLS) or 1
    runs = [indexed.sentences[n : n + group] for n in range(0, len(indexed.sentences), group)]
    cells: list[list[Any]] = []
    seen: set[int] = set()
    for run in runs:
        path = indexed.path_of(run[0].section)
        marker = ""
        if path and path[0] not in seen:
            seen.add(path[0])
            marker = _marker(indexed, path[0])
        head = indexed.document.text[run[0].start : run[0].start + _HEAD]
        section = -1 if run[0].section is None else run[0].section
        cells.append([run[0].start, run[-1].end, _facet(run), section, marker, head])
    counts = Counter(s.facet.value for s in indexed.sentences if s.facet)
    return {
        "document": indexed.document.id,
        "sections": [shortened(indexed.title_of(s.index)) for s in indexed.sections],
        "cells": cells,
        "counts": {facet: counts[facet] for facet in _FACETS if counts[facet]},
    }


def _facet(run: Sequence[Sentence]) -> str:
    counts = Counter(s.facet.value if s.facet else Facet.OTHER.value for s in run)
    return counts.most_common(1)[0][0]


def _marker(indexed: IndexedDocument, section: int) -> str:
    ordinal = indexed.sections[section].ordinal
    return chinese_numeral(ordinal) if ordinal else "▪"


@lru_cache(maxsize=32)
def outline_view(indexed: IndexedDocument) -> dict[str, Any]:
    """Return the section tree: each unit's kind, heading, place and how many sentences of each facet it has."""
    sections = []
    for section in indexed.sections:
        counts = Counter(
            s.facet.value for s in indexed.sentences if s.facet and section.start <= s.start < section.end
        )
        sections.append(
            {
                "title": section.heading,
                "kind": section.kind.value,
                "level": section.level,
                "start": section.start,
                "title_end": section.title_end,
                "end": section.end,
                "parent": section.parent,
                "counts": {facet: counts[facet] for facet in _FACETS if counts[facet]},
            }
        )
    return {"document": indexed.document.id, "sections": sections}


@lru_cache(maxsize=32)
def reader_view(indexed: IndexedDocument, around: int = 0) -> dict[str, Any]:
    """Return the text with its sentences and where each stands; of a very long one, the part about `around`."""
    text = indexed.document.text
    whole = len(text) <= READER
    kept = [
        s
        for s in indexed.sentences
        if whole or around - READER // 2 <= s.start < s.end <= around + READER // 2
    ]
    offset = 0 if whole or not kept else kept[0].start
    end = len(text) if whole or not kept else kept[-1].end
    citations: dict[str, int] = {}
    sentences = [
        [s.start, s.end, citations.setdefault(citation(indexed, s), len(citations)), s.paragraph]
        for s in kept
    ]
    return {
        "document": indexed.document.id,
        "title": indexed.document.title,
        "text": text[offset:end],
        "offset": offset,
        "size": end - offset,
        "whole": whole,
        "lines": indexed.document.has_lines,
        "sentences": sentences,
        "citations": list(citations),
        "headings": [[s.start, s.title_end, s.end] for s in indexed.sections if offset <= s.start < end],
    }


def pages_view(indexed: IndexedDocument, held: Held | None) -> dict[str, Any] | None:
    """Return the original's pages and where it is opened, of a document that was brought; None where it has neither."""
    original = held.original if held is not None else None
    pages = [[page.number, page.start, page.end, page.scan] for page in indexed.document.pages]
    if not pages and original is None:
        return None
    kind = original.kind if original is not None and original.drawable else "file"
    address = f"{ORIGINALS}/{held.key}" if held is not None and original is not None else None
    return {"pages": pages, "kind": kind, "address": address, "own": held is not None}


def sent_view(indexed: IndexedDocument, around: int, held: Held | None) -> tuple[str, int, str | None]:
    """Return what tells one text in the browser from another: the document, from where, its original's address."""
    pages = pages_view(indexed, held)
    offset = int(reader_view(indexed, around)["offset"])
    return indexed.document.id, offset, pages["address"] if pages else None


def desk_view(
    documents: Iterable[IndexedDocument], own: Mapping[str, Sequence[str]], scope: Collection[str]
) -> dict[str, Any]:
    """Return the documents at hand and which of them are asked; `own` has the notes of those that the person brought."""
    here = list(documents)
    asked = set(scope) or {one.document.id for one in here} - set(own)
    return {
        "documents": [
            {
                "id": one.document.id,
                "title": one.document.title + (f"（{one.apart}）" if one.apart else ""),
                "date": one.document.metadata.date and one.document.metadata.date.value,
                "kind": one.document.metadata.kind and one.document.metadata.kind.value,
                "pages": len(one.document.pages) or None,
                "characters": len(one.document.text),
                "own": one.document.id in own,
                "notes": list(own.get(one.document.id, ())),
                "chosen": one.document.id in asked,
            }
            for one in here
        ],
        "all": len(asked) == len(here),
    }


def forget() -> None:
    """Hold no document: one that a person brought is gone."""
    for view in (map_view, outline_view, reader_view):
        view.cache_clear()
