"""Requests from outside, checked and answered: what the command line's batch and the HTTP API share.

JSON lines are read here and nowhere else: a line ends at LF or CRLF only, so that U+2028, U+0085 and the like, which
texts hold, stay inside; a number that JSON does not have (NaN, Infinity, 1e400) is refused, and never written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from index import Encoder, Facet, IndexedDocument, dates_in, fold, in_context
from qa.admitting import check_question
from qa.answering import Engine
from qa.asking import ALONE, read_asked
from qa.citation import document_name
from qa.digest import Digest, digest_of
from qa.errors import BadRequest, DocumentNeeded, UnknownDocument
from qa.fitting import SCREEN
from qa.grammar import read_where, resolved
from qa.messages import DocumentInfo, Excerpt, Outline, OutlineSection, OutlineSentence
from qa.reranking import Reranker
from qa.settings import Settings
from qa.types import Answer, DocumentRef

LEAST_LINES = 10  # of a digest, of however many documents it is one
EXCERPT = 20_000  # characters of a document given at a time: a chapter
LINE = 1_000_000  # characters of one line of a batch: as much as a whole request body of the API
TURNS = 200  # earlier questions a request may name; the page holds as many
TURN_ROOM = 20  # times the longest question: characters of all of them
ID = 200  # characters of an id
_ID_RANGE = 2**63  # what a database and most languages hold


def split_lines(text: str) -> list[str]:
    """Return the lines of JSON lines."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def read_lines(stream: TextIO, limit: int = LINE) -> Iterator[str]:
    """Yield the lines of a stream that ends them at LF only; of one over `limit` characters, its first `limit` + 1."""
    while line := stream.readline(limit + 2):
        rest = line
        while len(rest) == limit + 2 and not rest.endswith("\n"):
            rest = stream.readline(limit + 2)  # of a line that is too long nothing more is kept
        yield line.removesuffix("\n").removesuffix("\r")[: limit + 1]


def parse_json(text: str | bytes) -> Any:
    """Read JSON as RFC 8259 has it. Raises ValueError, also where a number is none or too large."""
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("嵌套太深") from error


def dump_line(data: Any) -> str:
    """Return `data` as one line of JSON. Raises ValueError for a number that JSON does not have."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} 不是 JSON 的数")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} 超出数的范围")
    return number


def parse_request(line: str) -> dict[str, Any]:
    """Read one line of a batch. Raises BadRequest where it is no JSON object."""
    if len(line) > LINE:
        raise BadRequest(f"这一行太长：最多 {LINE} 字。请分成几行。")
    try:
        request = parse_json(line)
    except ValueError as error:
        raise BadRequest(f'这一行不是 JSON：{str(error)[:80]}。应为 {{"id": …, "question": …}}。') from error
    if not isinstance(request, dict):
        raise BadRequest('这一行应为 JSON 对象 {"id": …, "question": …}。')
    return request


def request_id(request: dict[str, Any]) -> str | int | None:
    """Return a request's id where it is one that may be given back, else None: an error names its line by it."""
    identity = request.get("id")
    try:
        check_id(identity)
    except BadRequest:
        return None
    return identity


def check_id(identity: Any) -> None:
    """Raise BadRequest where an id is neither None, a short text nor an integer of 64 bits."""
    if identity is None or (isinstance(identity, str) and len(identity) <= ID):
        return
    if isinstance(identity, int) and not isinstance(identity, bool) and -_ID_RANGE <= identity < _ID_RANGE:
        return
    raise BadRequest(f"id 应为最多 {ID} 字的文字，或 64 位以内的整数。")


def check_history(history: Sequence[str], settings: Settings) -> None:
    """Raise BadRequest where there are more earlier questions, or longer ones, than a conversation has."""
    if len(history) > TURNS:
        raise BadRequest(f"history 最多 {TURNS} 个问题，实际 {len(history)} 个。请只给最近的几个。")
    size, most = sum(map(len, history)), TURN_ROOM * settings.question_limit
    if size > most:
        raise BadRequest(f"history 共 {size} 字，最多 {most} 字。请只给最近的几个。")


def understand_request(
    request: dict[str, Any], encoder: Encoder, reranker: Reranker | None, settings: Settings
) -> dict[str, Any]:
    """Return what a request asks for, by the names of index.ASKED. Raises BadRequest, EmptyQuestion, QuestionTooLong."""
    question, history = _asked_of(request)
    check_question(question, settings)
    check_history(history, settings)
    identity = request.get("id")
    check_id(identity)
    asked = read_asked(question, history, encoder, reranker)
    leans = asked.relation not in ALONE
    before = read_where(fold(history[-1]))[0] if leans and history else None
    where = resolved(read_where(fold(question))[0], before)
    return {
        "id": identity,
        "standalone": in_context(history, question) if leans else question,
        "relation": asked.relation,
        "wants": asked.wants,
        "answer": asked.answer,
        "facet": asked.facet or "none",
        "where": {
            "ordinals": where.ordinals,
            "first": where.first,
            "last": where.last,
            "range": where.range or (),
            "topic": "",
        },
        "when": next((question[d.start : d.end] for d in dates_in(question)), ""),
        "sure": round(asked.sure, 4),
    }


def _asked_of(request: dict[str, Any]) -> tuple[str, list[str]]:
    question, history = request.get("question"), request.get("history") or []
    if not isinstance(question, str):
        raise BadRequest("缺少 question：应为一句话。")
    if not isinstance(history, list) or not all(isinstance(q, str) for q in history):
        raise BadRequest("history 应为问题的列表。")
    return question, history


def answer_request(engine: Engine, request: dict[str, Any], document: str | None) -> Answer:
    """Answer one request of a batch. Raises BadRequest where a field is missing or of the wrong type."""
    question, history = _asked_of(request)
    check_history(history, engine.settings)
    wanted, facet, identity = request.get("document") or document, request.get("facet"), request.get("id")
    if wanted is not None and not isinstance(wanted, str):
        raise BadRequest("document 应为文稿的编号或标题。")
    if facet is not None and facet not in list(Facet):
        raise BadRequest(f"facet 应为 {'、'.join(Facet)} 之一。")
    check_id(identity)
    return engine.ask(question, history=history, document=wanted, facet=facet and Facet(facet), id=identity)


def read_questions(path: Path) -> Iterator[dict[str, Any]]:
    """Read a question file. Raises BadRequest naming the line that is wrong."""
    try:
        lines = split_lines(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"问题集 {path} 读不了：应为 UTF-8 的 JSONL 文件，实际：{error}。") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = parse_request(line)
        except BadRequest as error:
            raise BadRequest(f"问题集 {path} 第 {number} 行：{error}") from error
        evidence = record.get("evidence")
        grouped = isinstance(evidence, list) and all(
            isinstance(g, list) and g and all(isinstance(s, str) for s in g) for g in evidence
        )
        if "evidence" not in record or (evidence is not None and not grouped):
            raise BadRequest(
                f"问题集 {path} 第 {number} 行：evidence 应为原文片段的分组列表，或 null（未评）。"
            )
        yield record


def named_document(engine: Engine, wanted: str | None) -> str | None:
    """Return the id of the document that a person names by id, title, file, or two characters or more of its title.

    Raises UnknownDocument, and DocumentNeeded where several may be meant.
    """
    try:
        return engine.document_id(wanted)
    except UnknownDocument:
        part = (wanted or "").strip()
        found = [d for d in engine.snapshot.documents if len(part) > 1 and part in d.document.title]
        if len(found) > 1:
            names = "、".join(f"{d.document.id}{document_name(d)}" for d in found)
            raise DocumentNeeded(
                f"有 {len(found)} 篇文稿的标题里有“{part}”：{names}。请写得更全，或用编号。"
            ) from None
        if not found:
            raise
        return found[0].document.id


def chosen_document(engine: Engine, wanted: str | None) -> IndexedDocument:
    """Return the one document that a person means. Raises DocumentNeeded, UnknownDocument."""
    documents = engine.snapshot.documents
    identity = named_document(engine, wanted)
    if identity is None and len(documents) > 1:
        titles = "、".join(document_name(d) for d in documents)
        raise DocumentNeeded(f"索引里有 {len(documents)} 篇文稿：{titles}。请用 --document 指明一篇。")
    return next(d for d in documents if identity in (None, d.document.id))


def info_of(one: IndexedDocument) -> DocumentInfo:
    """Return a document's name and size."""
    document = one.document
    return DocumentInfo(document.id, document.title, len(document.text), *one.counts)


def outline_of(one: IndexedDocument) -> Outline:
    """Return the section tree and the sentences' facets, offsets in characters."""
    return Outline(
        document=one.document.title,
        sections=tuple(
            OutlineSection(s.level, s.heading, s.start, s.end, s.kind.value) for s in one.sections
        ),
        sentences=tuple(OutlineSentence(s.start, s.end, s.facet) for s in one.sentences),
    )


def digests_of(
    engine: Engine, wanted: str | None, *, part: int | None = None, full: bool = False
) -> list[Digest]:
    """Return the digest of the document `wanted`, or of each one: several share a screen, as far as that goes.

    Raises UnknownDocument, DocumentNeeded, BadRequest.
    """
    snapshot, identity = engine.snapshot, engine.document_id(wanted)
    numbers = [n for n, d in enumerate(snapshot.documents) if identity in (None, d.document.id)]
    lines = max(LEAST_LINES, SCREEN // len(numbers))
    return [digest_of(snapshot, n, part=part, full=full, lines=lines) for n in numbers]


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
