"""Requests from outside, checked and answered: what the command line's batch and the HTTP API share."""

from __future__ import annotations

import json
from typing import Any

from index import Facet, IndexedDocument
from qa.answering import Engine
from qa.citation import document_name
from qa.errors import BadRequest, DocumentNeeded
from qa.types import Answer, DocumentInfo, DocumentRef, Excerpt, Outline, OutlineSection, OutlineSentence

EXCERPT = 20_000  # characters of a document given at a time: a chapter


def parse_request(line: str) -> dict[str, Any]:
    """Read one line of a batch. Raises BadRequest where it is no JSON object."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f'这一行不是 JSON：{str(error)[:80]}。应为 {{"id": …, "question": …}}。') from error
    if not isinstance(request, dict):
        raise BadRequest('这一行应为 JSON 对象 {"id": …, "question": …}。')
    return request


def answer_request(engine: Engine, request: dict[str, Any], document: str | None) -> Answer:
    """Answer one request of a batch. Raises BadRequest where a field is missing or of the wrong type."""
    question, history = request.get("question"), request.get("history") or []
    if not isinstance(question, str):
        raise BadRequest("缺少 question：应为一句话。")
    if not isinstance(history, list) or not all(isinstance(q, str) for q in history):
        raise BadRequest("history 应为问题的列表。")
    wanted, facet, identity = request.get("document") or document, request.get("facet"), request.get("id")
    if wanted is not None and not isinstance(wanted, str):
        raise BadRequest("document 应为文稿的编号或标题。")
    if facet is not None and facet not in list(Facet):
        raise BadRequest(f"facet 应为 {'、'.join(Facet)} 之一。")
    if identity is not None and not isinstance(identity, str | int):
        raise BadRequest("id 应为文字或整数。")
    return engine.ask(question, history=history, document=wanted, facet=facet and Facet(facet), id=identity)


def chosen_document(engine: Engine, wanted: str | None) -> IndexedDocument:
    """Return the one document that is meant. Raises DocumentNeeded, UnknownDocument."""
    documents = engine.snapshot.documents
    identity = engine.document_id(wanted)
    if identity is None and len(documents) > 1:
        titles = "、".join(document_name(d) for d in documents)
        raise DocumentNeeded(f"索引里有 {len(documents)} 篇文稿：{titles}。请用 --document 指明一篇。")
    return next(d for d in documents if identity in (None, d.document.id))


def info_of(one: IndexedDocument) -> DocumentInfo:
    """Return a document's name and size."""
    document = one.document
    return DocumentInfo(
        document.id, document.title, len(document.text), len(one.sections), len(one.sentences)
    )


def outline_of(one: IndexedDocument) -> Outline:
    """Return the section tree and the sentences' facets, offsets in characters."""
    return Outline(
        document=one.document.title,
        sections=tuple(
            OutlineSection(s.level, s.heading, s.start, s.end, s.kind.value) for s in one.sections
        ),
        sentences=tuple(OutlineSentence(s.start, s.end, s.facet) for s in one.sentences),
    )


def excerpt_of(one: IndexedDocument, start: int, end: int | None) -> Excerpt:
    """Return a piece of the text, at most EXCERPT characters. Raises BadRequest where there is nothing there."""
    length = len(one.document.text)
    stop = min(length, start + EXCERPT if end is None else end)
    if not 0 <= start < stop or stop - start > EXCERPT:
        raise BadRequest(
            f"start 和 end 应满足 0 ≤ start < end ≤ {length}，一次最多 {EXCERPT} 字；实际是 {start} 到 {stop}。"
        )
    ref = DocumentRef(one.document.id, one.document.title)
    return Excerpt(ref, start, stop, one.document.text[start:stop])
