"""What stands under what, as lines of JSON beside the other files of a snapshot, parsed when first asked for.

A document's first line says how many finds follow. Each is a line: its document, its kind, its offsets, and for a person who reads the file what stands
there (`text`, cut where it is long), which is never read back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any

from index.types import (
    Date,
    Definition,
    Enumeration,
    Heading,
    IndexedDocument,
    Knowledge,
    Member,
    Person,
    Precision,
    Quantity,
    Span,
    Table,
    Term,
)

TOGETHER = 5_000  # lines parsed at once: more take memory
TWIN = 60  # characters of a span in the readable twin


def knowledge_lines(documents: Sequence[IndexedDocument]) -> bytes:
    """Return the lines of all documents."""
    records = (record for number, one in enumerate(documents) for record in _records(number, one))
    return json_lines(records)


def json_lines(records: Iterable[dict[str, Any]]) -> bytes:
    """Return one line of JSON a record; dataclasses in them are written as their fields."""
    encode = json.JSONEncoder(ensure_ascii=False, default=fields_of).encode
    return "".join(encode(record) + "\n" for record in records).encode("utf-8")


def fields_of(one: Any) -> dict[str, Any]:
    """Return a dataclass's fields by name, not copied: `asdict` takes ten times as long."""
    return {field.name: getattr(one, field.name) for field in fields(one)}


class KnowledgeFile:
    """The lines of a snapshot; nothing is parsed before the first `of`."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def of(self, document: int) -> Knowledge:
        """Return what was found in a document. Raises ValueError, KeyError or TypeError for wrong lines."""
        return self._parsed[document]

    @cached_property
    def _parsed(self) -> dict[int, Knowledge]:
        found: dict[int, dict[str, list[Any]]] = {}
        stated: dict[int, int] = {}
        for record in _records_of(self._data.removesuffix(b"\n").split(b"\n")):
            if record["kind"] == "document":
                stated[record["document"]] = record["finds"]
                found[record["document"]] = {kind: [] for kind in _READERS}
            else:
                found[record["document"]][record["kind"]].append(_READERS[record["kind"]](record))
        if stated != {document: sum(map(len, kinds.values())) for document, kinds in found.items()}:
            raise ValueError("finds")
        return {
            document: Knowledge(**{_plural(kind): tuple(items) for kind, items in kinds.items()})
            for document, kinds in found.items()
        }


def dates_of(data: bytes) -> tuple[Date, ...]:
    """Return the dates in lines of `knowledge_lines`; no other line is parsed."""
    lines = [line for line in data.split(b"\n") if b'"kind": "date"' in line]
    return tuple(map(_date, _records_of(lines)))


def _records_of(lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """Yield what lines of JSON say, parsed TOGETHER at a time: in half the time that they take one by one."""
    for first in range(0, len(lines), TOGETHER):
        yield from json.loads(b"[" + b",".join(lines[first : first + TOGETHER]) + b"]")


# --- writing ---------------------------------------------------------------------------------------


def _records(number: int, indexed: IndexedDocument) -> Iterator[dict[str, Any]]:
    text = indexed.document.text
    finds = sum(len(getattr(indexed.knowledge, _plural(kind))) for kind in _READERS)
    yield {"document": number, "kind": "document", "id": indexed.document.id, "finds": finds}
    for kind in _READERS:
        for one in getattr(indexed.knowledge, _plural(kind)):
            yield {"document": number, "kind": kind, **_fields(one), "text": twin(one, text)}


def _plural(kind: str) -> str:
    return kind[:-1] + "ies" if kind.endswith("y") else kind + "s"


def _fields(one: Any) -> dict[str, Any]:
    found = fields_of(one)
    if isinstance(one, Term):
        found["term"] = found.pop("text")
    return found


def twin(one: Any, text: str) -> Any:
    """Return what a find says, in the text's own words, cut where it is long."""

    def said(span: Span | None) -> str | None:
        if span is None:
            return None
        start, end = span
        return text[start:end] if end - start <= TWIN else text[start : start + TWIN - 1] + "…"

    match one:
        case Enumeration():
            return [said(one.announced), [said((m.start, m.lead_end)) for m in one.members]]
        case Definition():
            return [said(one.term), said((one.start, one.end))]
        case Term():
            return one.text
        case Quantity():
            return [said((one.start, one.end)), said(one.measured)]
        case Person():
            return [said(one.name), said(one.office)]
        case Table():
            return [[said(c) for c in row] for row in (one.header, *one.rows)]
    return said((one.start, one.end))


# --- reading ---------------------------------------------------------------------------------------


def _enumeration(r: dict[str, Any]) -> Enumeration:
    members = tuple(Member(m["start"], m["lead_end"], m["end"], m["section"]) for m in r["members"])
    return Enumeration(_span(r["announced"]), r["stated"], members)


def _heading(r: dict[str, Any]) -> Heading:
    return Heading(r["section"], r["start"], r["own_end"], r["end"])


def _definition(r: dict[str, Any]) -> Definition:
    return Definition(_sure(r["term"]), r["start"], r["end"], r["form"])


def _term(r: dict[str, Any]) -> Term:
    return Term(r["term"], tuple(_sure(place) for place in r["places"]))


def _quantity(r: dict[str, Any]) -> Quantity:
    return Quantity(r["start"], r["end"], r["value"], r["unit"], _span(r["measured"]))


def _date(r: dict[str, Any]) -> Date:
    return Date(r["start"], r["end"], r["value"], Precision(r["precision"]), r["relative"])


def _person(r: dict[str, Any]) -> Person:
    return Person(r["start"], r["end"], _sure(r["name"]), _sure(r["office"]))


def _table(r: dict[str, Any]) -> Table:
    rows = tuple(tuple(_sure(cell) for cell in row) for row in r["rows"])
    return Table(r["start"], r["end"], tuple(_sure(cell) for cell in r["header"]), rows)


def _span(pair: Sequence[int] | None) -> Span | None:
    return None if pair is None else _sure(pair)


def _sure(pair: Sequence[int]) -> Span:
    start, end = pair
    return start, end


_READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "enumeration": _enumeration,
    "heading": _heading,
    "definition": _definition,
    "term": _term,
    "quantity": _quantity,
    "date": _date,
    "person": _person,
    "table": _table,
}
