"""Answer -> JSON, terminal text, Markdown. Quoted text leaves here as it stands in the source."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict
from typing import Any

from index import Facet, IndexedDocument, SectionKind
from qa.citation import document_name
from qa.digest import Digest, Part
from qa.types import Answer, Point, Status

FACET_NAMES = {
    Facet.ACHIEVEMENT: "成绩",
    Facet.GOAL: "目标",
    Facet.REQUIREMENT: "要求",
    Facet.BACKGROUND: "认识",
    Facet.OTHER: "其他",
}
KIND_NAMES = {
    SectionKind.NUMBERED: "编号",
    SectionKind.HEADING: "标题行",
    SectionKind.RUN_IN: "段首句",
    SectionKind.PARALLEL: "排比",
}
OUTLINE_WIDTH = 40  # characters of a heading in the outline: a line of a terminal, three levels in

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_BREAK = re.compile(r"[\n\t\x85\u2028\u2029]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def to_json(answer: Answer) -> dict[str, Any]:
    """Return the answer in the shape that `ask --json`, `batch`, the HTTP API and the widget share."""
    return {
        "id": answer.id,
        "snapshot": answer.snapshot,
        "question": answer.question,
        "standalone": answer.standalone,
        "status": answer.status.value,
        "reason": answer.reason,
        "headline": answer.headline,
        "note": answer.note,
        "kind": answer.kind.value,
        "facet": answer.facet and answer.facet.value,
        "confidence": answer.confidence,
        "certainty": answer.certainty,
        "certainty_reason": answer.certainty_reason,
        "points": [_point(p) for p in answer.points],
        "passages": [_point(p) | {"score": p.score} for p in answer.passages],
        "total": answer.total,
        "digest": answer.digest,
        "suggestions": list(answer.suggestions),
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "text": point.text,
        "start": point.start,
        "end": point.end,
        "marks": [list(m) for m in point.marks],
        "document": {"id": point.document.id, "title": point.document.title},
        "section": point.section,
        "path": list(point.path),
        "page": point.page,
        "scan": point.scan,
        "paragraph": point.paragraph,
        "sentence": point.sentence,
        "facet": point.facet and point.facet.value,
        "citation": point.citation,
    }


def digest_json(digest: Digest) -> dict[str, Any]:
    """Return a digest in the shape that `digest --json`, the HTTP API and the page share."""
    return {
        "snapshot": digest.snapshot,
        "document": {"id": digest.document.id, "title": digest.document.title},
        "of": digest.of and _point(digest.of),
        "headline": digest.headline,
        "characters": digest.characters,
        "sentences": digest.sentences,
        "full": digest.full,
        "parts": [_part(part) for part in digest.parts],
        "parts_total": digest.parts_total,
        "left_out": asdict(digest.left_out),
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "number": part.number,
        "heading": part.heading and _point(part.heading),
        "points": [_point(p) for p in part.points],
        "key": [_point(p) for p in part.key],
        "figures": [_point(p) for p in part.figures],
        "tables": [{"header": _point(t.header), "rows": t.rows} for t in part.tables],
        "points_total": part.points_total,
        "sentences_total": part.sentences_total,
        "figures_total": part.figures_total,
        "start": part.start,
        "end": part.end,
    }


def to_outline(indexed: IndexedDocument) -> str:
    """Return a document's units for a person: one line each, those without a number with their kind."""
    counts = Counter(section.kind for section in indexed.sections)
    kinds = "、".join(f"{KIND_NAMES[kind]}{counts[kind]}" for kind in SectionKind if counts[kind])
    lines = [
        visible(document_name(indexed))
        + (f"（{len(indexed.sections)}节：{kinds}）" if kinds else "（没有分节）")
    ]
    for section in indexed.sections:
        kind = "" if section.kind is SectionKind.NUMBERED else f"〔{KIND_NAMES[section.kind]}〕"
        lines.append("  " * section.level + visible(shortened(section.heading, OUTLINE_WIDTH)) + kind)
    return "\n".join(lines)


def shortened(title: str, limit: int = 28) -> str:
    """Return a heading for a line of its own: whole up to `limit` characters, else cut with …."""
    return title if len(title) <= limit else title[: limit - 1] + "…"


def visible(text: str) -> str:
    """Return `text` on one line, with control characters, direction marks and what XML cannot hold made harmless."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", _BREAK.sub(" ", text))


def to_markdown(answer: Answer) -> str:
    """Return what answers a question as Markdown in which quoted text reads as it stands (`*` and the like escaped)."""
    lines: list[str] = []
    if answer.standalone != answer.question.strip():
        lines += [f"理解为：{escape_markdown(answer.standalone)}", ""]
    if answer.status is Status.NOT_FOUND:
        lines.append(escape_markdown(answer.note or "原文未提及。"))
        return "\n".join(lines) + "\n"
    if answer.total is not None:
        lines += [f"全文共 {answer.total} 处。", ""]
    for number, point in enumerate(answer.points, 1):
        lines += [
            f"{number}\\. {escape_markdown(point.text)}",
            "",
            f"   （{escape_markdown(point.citation)}）",
            "",
        ]
    if answer.note:
        lines.append(f"注：{escape_markdown(answer.note)}")
    return "\n".join(lines).rstrip() + "\n"


def escape_markdown(text: str) -> str:
    """Return `text` so that Markdown shows it character for character."""
    return _MARKDOWN.sub(r"\\\1", visible(text))
