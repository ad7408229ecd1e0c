"""What an assistant may have done (MCP): ask, list, outline, read, find; what each takes and gives is in toolbox.py.

All that is given of a document is verbatim, with its place. Nothing of the protocol is here: mcpserver.py has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index import Chosen, Facet, IndexedDocument, documents_having, fold
from qa.answering import Engine
from qa.deadline import check
from qa.errors import BadRequest, DocumentNeeded
from qa.evidence import make_point
from qa.requests import EXCERPT, check_history, excerpt_of, info_of, named_document
from qa.types import Answer, Point

MOST = 20  # quotations of one answer: what an assistant reads at once; the rest is counted
SECTIONS = 300  # of an outline
URI = "speechqa://documents/"
Given = dict[str, Any]
Done = tuple[Given, Answer | None]  # what a tool gives, and the answer that it comes from


def _shown(point: Point) -> Given:
    return {
        "text": point.text,
        "citation": point.citation,
        "document": point.document.id,
        "start": point.start,
        "end": point.end,
        "section": point.section,
        "page": point.page,
    }


def ask(engine: Engine, given: Given) -> Done:
    """Answer a question as `Engine.ask` does, with at most MOST quotations. Raises as it does, BadRequest."""
    history, facet = given.get("history", ()), given.get("facet")
    check_history(history, engine.settings)
    document = named_document(engine, given.get("document"))
    answer = engine.ask(given["question"], history=history, document=document, facet=facet and Facet(facet))
    result = {
        "status": answer.status.value,
        "standalone": answer.standalone,
        "headline": answer.headline,
        "note": answer.note,
        "certainty": answer.certainty,
        "points": [_shown(point) for point in answer.points[:MOST]],
        "left_out": max(0, len(answer.points) - MOST),
        "nearest": [] if answer.points else [_shown(point) for point in answer.passages[:3]],
        "suggestions": list(answer.suggestions),
    }
    return result, answer


def list_documents(engine: Engine, _: Given) -> Done:
    """Return what documents there are."""
    infos = [info_of(one) for one in engine.snapshot.documents]
    result = {
        "documents": [
            {
                "id": i.id,
                "title": i.title,
                "characters": i.characters,
                "sections": i.sections,
                "uri": URI + i.id,
            }
            for i in infos
        ]
    }
    return result, None


def outline(engine: Engine, given: Given) -> Done:
    """Return a document's sections in order, down to a depth, at most SECTIONS. Raises UnknownDocument, DocumentNeeded."""
    one = _one(engine, given.get("document"))
    depth = given.get("depth", 9)
    found = [section for section in one.sections if section.level <= depth]
    result = {
        "document": one.document.id,
        "title": one.document.title,
        "sections": [
            {"section": s.index, "level": s.level, "title": s.heading, "start": s.start, "end": s.end}
            for s in found[:SECTIONS]
        ],
        "left_out": max(0, len(found) - SECTIONS),
    }
    return result, None


def read_section(engine: Engine, given: Given) -> Done:
    """Return a section's text or a piece of the document, at most EXCERPT characters. Raises BadRequest too."""
    one = _one(engine, given.get("document"))
    start, end = given.get("start", 0), given.get("end")
    if (number := given.get("section")) is not None:
        if number >= len(one.sections):
            raise BadRequest(f"没有第 {number} 号小节：这篇有 {len(one.sections)} 节，编号见 outline。")
        section = one.sections[number]
        start, end = max(section.start, start), min(section.end, section.end if end is None else end)
    whole = len(one.document.text) if end is None else min(end, len(one.document.text))
    cut = excerpt_of(one, start, min(whole, start + EXCERPT))
    result = {
        "document": one.document.id,
        "title": one.document.title,
        "start": cut.start,
        "end": cut.end,
        "text": cut.text,
        "citation": make_point(one, cut.start, cut.end, ()).citation,
        "next": cut.end if cut.end < whole else None,
    }
    return result, None


def find(engine: Engine, given: Given) -> Done:
    """Return the passages nearest to some words, and the places where they stand word for word. Raises as `ask` does."""
    limit, words = given.get("limit", 10), given["query"]
    identity = named_document(engine, given.get("document"))
    answer = engine.ask(words, document=identity)
    lookup = engine.snapshot.lookup
    places = Chosen(lookup, range(len(lookup.documents)) if identity is None else [lookup.numbers[identity]])
    exact, count = _exact(places, words.strip(), limit)
    result = {
        "passages": [_shown(point) for point in (answer.passages or answer.points)[:limit]],
        "exact": [_shown(point) for point in exact],
        "exact_total": count,
    }
    return result, answer


def _exact(documents: Sequence[IndexedDocument], words: str, limit: int) -> tuple[list[Point], int]:
    """Return the places where words stand as they are, the first `limit`, in document order, and how many there are.

    Each place is the words and nothing around them; places may overlap. Raises OutOfTime.
    """
    found: list[Point] = []
    count = 0
    check()
    for one in documents_having(documents, fold(words)):
        check()
        text, at = one.document.text, -1
        while words and (at := text.find(words, at + 1)) >= 0:
            check()
            count += 1
            if len(found) < limit:
                found.append(make_point(one, at, at + len(words), ()))
    return found, count


def _one(engine: Engine, wanted: str | None) -> IndexedDocument:
    identity, documents = named_document(engine, wanted), engine.snapshot.documents
    if identity is None and len(documents) > 1:
        names = "、".join(f"{one.document.id}《{one.document.title}》" for one in documents[:20])
        raise DocumentNeeded(f"有 {len(documents)} 篇文稿：{names}。请用 document 指明一篇。")
    return next(one for one in documents if identity in (None, one.document.id))
