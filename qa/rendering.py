"""Answer -> JSON, terminal text, Markdown. Quoted text leaves here as it stands in the source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from index import Facet, IndexedDocument, SectionKind
from qa.citation import document_name
from qa.digest import Digest, Part
from qa.summing import CHANGES
from qa.types import Answer, Cell, ComparisonTable, Point, Status

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
        "counted": answer.counted,
        "digest": answer.digest,
        "suggestions": list(answer.suggestions),
        "scope": list(answer.scope),
        "choices": [asdict(choice) for choice in answer.choices],
        "table": answer.table and _table(answer.table),
    }


def _table(table: ComparisonTable) -> dict[str, Any]:
    return {
        "columns": [asdict(column) for column in table.columns],
        "rows": [
            {"change": row.change, "cells": [cell and _cell(cell) for cell in row.cells]}
            for row in table.rows
        ],
        "left_out": table.left_out,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "point": _point(cell.point),
        "new": [list(span) for span in cell.new],
        "gone": [list(span) for span in cell.gone],
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
    if answer.table is not None:
        lines += [*_markdown_table(answer.table), ""]
    for number, point in enumerate(() if answer.table else answer.points, 1):
        lines += [
            f"{number}\\. {escape_markdown(point.text)}",
            "",
            f"   （{escape_markdown(point.citation)}）",
            "",
        ]
    if answer.note:
        lines.append(f"注：{escape_markdown(answer.note)}")
    return "\n".join(lines).rstrip() + "\n"


def _markdown_table(table: ComparisonTable) -> Iterator[str]:
    """Yield a comparison as a Markdown table: new words in bold, those gone later struck out."""
    yield "| 变化 | " + " | ".join(escape_markdown(column.name) for column in table.columns) + " |"
    yield "|---" * (len(table.columns) + 1) + "|"
    for row in table.rows:
        cells = zip(table.columns, row.cells, strict=True)
        shown = [_markdown_cell(cell) if cell else escape_markdown(c.note or "—") for c, cell in cells]
        yield f"| {CHANGES[row.change]} | " + " | ".join(shown) + " |"
    if table.left_out:
        yield from ("", f"还有 {table.left_out} 行没有列出。")


def _markdown_cell(cell: Cell) -> str:
    marks = {"new": "**", "gone": "~~", "": ""}
    pieces = [f"{marks[what]}{escape_markdown(text)}{marks[what]}" for text, what in cell_pieces(cell)]
    return "".join(pieces) + f"（{escape_markdown(cell.point.citation)}）"


def cell_pieces(cell: Cell) -> list[tuple[str, str]]:
    """Return a cell's words in a row, each piece with "new", "gone" or ""; joined they are the quotation."""
    point, pieces, at = cell.point, [], cell.point.start
    for start, end, what in sorted([*((*s, "new") for s in cell.new), *((*s, "gone") for s in cell.gone)]):
        start = max(start, at)
        if start < end:
            pieces.append((point.text[at - point.start : start - point.start], ""))
            pieces.append((point.text[start - point.start : end - point.start], what))
            at = end
    pieces.append((point.text[at - point.start :], ""))
    return [(text, what) for text, what in pieces if text]


def escape_markdown(text: str) -> str:
    """Return `text` so that Markdown shows it character for character."""
    return _MARKDOWN.sub(r"\\\1", visible(text))
