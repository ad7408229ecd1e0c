"""What stands under what in a document, for `outline --all`: as JSON and line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from index import Enumeration, IndexedDocument, Span
from qa.rendering import shortened, visible

LINE = 60  # characters of a quotation on a line of the terminal
PLACES = 5  # places of a term that a line of the terminal names


def contents_json(indexed: IndexedDocument) -> dict[str, Any]:
    """Return every find by kind; each span as start, end and text, where text is document.text[start:end].

    What a heading covers is given by offsets alone: its text would be the whole document once for each level.
    """
    known = indexed.knowledge
    text = indexed.document.text

    def span(pair: Span | None) -> dict[str, Any] | None:
        return None if pair is None else {"start": pair[0], "end": pair[1], "text": text[slice(*pair)]}

    return {
        "enumerations": [_enumeration_json(e, span) for e in known.enumerations],
        "headings": [
            {"section": h.section, "start": h.start, "own_end": h.own_end, "end": h.end}
            for h in known.headings
        ],
        "definitions": [
            {"term": span(d.term), "definition": span((d.start, d.end)), "form": d.form}
            for d in known.definitions
        ],
        "terms": [{"term": t.text, "places": [span(place) for place in t.places]} for t in known.terms],
        "quantities": [
            {**_whole(span((q.start, q.end))), "value": q.value, "unit": q.unit, "measured": span(q.measured)}
            for q in known.quantities
        ],
        "dates": [
            {
                **_whole(span((d.start, d.end))),
                "value": d.value,
                "precision": d.precision.value,
                "relative": d.relative,
            }
            for d in known.dates
        ],
        "persons": [
            {**_whole(span((p.start, p.end))), "name": span(p.name), "office": span(p.office)}
            for p in known.persons
        ],
        "tables": [
            {
                "start": t.start,
                "end": t.end,
                "header": [span(cell) for cell in t.header],
                "rows": [[span(cell) for cell in row] for row in t.rows],
            }
            for t in known.tables
        ],
    }


def _enumeration_json(
    found: Enumeration, span: Callable[[Span | None], dict[str, Any] | None]
) -> dict[str, Any]:
    members = (
        {"lead": span((m.start, m.lead_end)), "start": m.start, "end": m.end, "section": m.section}
        for m in found.members
    )
    return {
        "announced": span(found.announced),
        "stated": found.stated,
        "found": len(found.members),
        "members": list(members),
    }


def _whole(span: dict[str, Any] | None) -> dict[str, Any]:
    return span or {}


def contents_lines(indexed: IndexedDocument) -> Iterator[str]:
    """Yield the finds for a terminal, kind by kind; empty kinds left out."""
    for title, lines in _kinds(indexed).items():
        if lines:
            yield ""
            yield f"{title}（{len(lines)}）"
            yield from (f"  {line}" for line in lines)


def _kinds(indexed: IndexedDocument) -> dict[str, list[str]]:
    known, text = indexed.knowledge, indexed.document.text

    def said(pair: Span) -> str:
        return visible(shortened(text[pair[0] : min(pair[1], pair[0] + LINE + 1)], LINE))

    return {
        "标题所辖": [
            f"{visible(shortened(indexed.title_of(h.section), LINE))}：{h.end - h.start} 字"
            + (f"，其中分项之前 {h.own_end - h.start} 字" if h.own_end < h.end else "")
            for h in known.headings
        ],
        "列举": [_enumeration(e, text) for e in known.enumerations],
        "释义": [f"{said(d.term)} = {said((d.start, d.end))}" for d in known.definitions],
        "引号中的词": [f"“{visible(t.text)}” {len(t.places)} 处" for t in known.terms],
        "数量": [
            f"{said(q.measured) + '：' if q.measured else ''}{said((q.start, q.end))}"
            for q in known.quantities
        ],
        "日期": [f"{said((d.start, d.end))} → {d.value or '文中看不出是哪年'}" for d in known.dates],
        "人物": [f"{said(p.name)}（{said(p.office)}）" for p in known.persons],
        "表格": [
            " | ".join(said(cell) for cell in row) for t in known.tables for row in (t.header, *t.rows) if row
        ],
    }


def _enumeration(one: Enumeration, text: str) -> str:
    """Return an enumeration on one line: what announces it, how many, and how each begins."""

    def begins(pair: Span) -> str:
        return visible(shortened(text[pair[0] : min(pair[1], pair[0] + LINE + 1)], 14).strip())

    count = f"{len(one.members)} 项"
    if one.stated is not None and one.stated != len(one.members):
        count = f"文中说 {one.stated}，找到 {len(one.members)}"
    announced = (
        f"{begins((max(one.announced[0], one.announced[1] - 14), one.announced[1]))} "
        if one.announced
        else ""
    )
    return f"{announced}（{count}）" + "；".join(begins((m.start, m.lead_end)) for m in one.members)
