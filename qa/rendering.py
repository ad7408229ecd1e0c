"""Answer -> JSON, terminal text, Markdown. Quoted text leaves here as it stands in the source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from index import Facet, IndexedDocument, SectionKind
from qa.citation import document_name
from qa.types import Answer, Point, Status

FOLD = 12  # points of a list that are shown before it folds: a terminal's height
NEAREST = 3  # nearest places offered where nothing was found
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


def to_terminal(answer: Answer, *, color: bool = False, full: bool = False) -> str:
    """Return the answer for a terminal; marked words in bold where `color`, long lists whole where `full`."""
    lines: list[str] = []
    if answer.standalone != answer.question.strip():
        lines.append(f"理解为：{visible(answer.standalone)}")
    if answer.status is Status.NOT_FOUND:
        lines.append(visible(answer.note or "原文未提及。"))
        if answer.passages:
            lines.append("最接近的地方：")
            lines += _listed(answer.passages[:NEAREST], color)
        return "\n".join(lines)
    if answer.total is not None:
        lines.append(f"全文共 {answer.total} 处：")
    shown = answer.points if full else answer.points[:FOLD]
    lines += _listed(shown, color)
    if len(shown) < len(answer.points):
        lines.append(f"……还有 {len(answer.points) - len(shown)} 处，加 --all 全部显示。")
    if answer.note:
        lines.append(f"注：{visible(answer.note)}")
    return "\n".join(lines)


def _listed(points: Sequence[Point], color: bool) -> Iterator[str]:
    """Yield the points numbered, the path only where it changes."""
    place: tuple[str, tuple[str, ...]] | None = None
    for number, point in enumerate(points, 1):
        if (point.document.id, point.path) != place:
            place = (point.document.id, point.path)
            yield f"  ◆ {_place(point)}"
        yield f"  [{number}] {_highlighted(point) if color else visible(point.text)}"
        yield f"      {visible(point.citation)}"


def _place(point: Point) -> str:
    parts = [visible(shortened(title)) for title in point.path] or [visible(point.document.title)]
    return " → ".join(parts)


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


def _highlighted(point: Point) -> str:
    pieces, at = [], point.start
    for start, end in point.marks:
        pieces.append(visible(point.text[at - point.start : start - point.start]))
        pieces.append(f"\x1b[1m{visible(point.text[start - point.start : end - point.start])}\x1b[0m")
        at = end
    return "".join(pieces) + visible(point.text[at - point.start :])


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
