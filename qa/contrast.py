"""What several documents say to one question -> a table: cells that belong together in a row, changed words marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from index import IndexedDocument, Snapshot, cut, fold
from qa.citation import document_name
from qa.directory import Entry
from qa.evidence import POINT_LIMIT, clauses, make_point, sentence_at
from qa.matching import NUMBER, Asked, best_matching, in_rows
from qa.types import Answer, Cell, ComparisonTable, DocumentRef, Kind, Point, TableColumn, TableRow

ROWS = 30  # of a table: more is no comparison that one reads
CLAUSE = 6  # characters of a clause from which another document is looked through for it
AROUND = 60  # characters shown before and behind it of a sentence that is too long to be shown whole
NOT_SAID = "原文未提及"
_MARKS = "，；：。！？、 \n\u3000"  # at the ends of clauses
_LISTS = (Kind.LIST, Kind.STRUCTURE)


def table_of(
    snapshot: Snapshot, documents: Sequence[int], entries: Sequence[Entry], answers: Sequence[Answer]
) -> ComparisonTable:
    """Return the answers of the documents, oldest first, as columns of a table."""
    lists = any(answer.kind in _LISTS and len(answer.points) > 1 for answer in answers)
    weight = snapshot.lexical.idf
    asked = Asked.of(answers, weight)
    points = [list(answer.points) for answer in answers] if lists else best_matching(answers, asked, weight)
    rows = in_rows(points, asked, weight)
    if lists:
        rows = [_said_elsewhere(row, [snapshot.documents[n] for n in documents]) for row in rows]
    columns = tuple(
        TableColumn(
            DocumentRef(snapshot.documents[n].document.id, snapshot.documents[n].document.title),
            document_name(snapshot.documents[n]),
            entry.year,
            None if own else answer.note or f"{NOT_SAID}。",
        )
        for n, entry, own, answer in zip(documents, entries, points, answers, strict=True)
    )
    texts = [snapshot.documents[n].folded for n in documents]
    made = tuple(_marked(row, texts) for row in rows[:ROWS])
    return ComparisonTable(columns, made, max(0, len(rows) - ROWS))


def _said_elsewhere(row: Sequence[Point | None], documents: Sequence[IndexedDocument]) -> list[Point | None]:
    """Return a row with what a document says to the letter outside its answer: that is neither new nor gone.

    The sentence that holds the longest clause of the nearest cell, of two as near the older one.
    """
    filled = list(row)
    for place, (cell, one) in enumerate(zip(row, documents, strict=True)):
        others = [(abs(n - place), n, other) for n, other in enumerate(row) if other is not None]
        if cell is not None or not others:
            continue
        *_, beside = min(others, key=lambda other: other[:2])
        text = one.document.text
        pieces = [text_of(beside, span) for span in clauses(beside.text, 0, len(beside.text))]
        longest = max(pieces, key=len, default="")
        at = text.find(longest) if len(longest) >= CLAUSE else -1
        if at >= 0:
            sentence = sentence_at(one, at)
            start, end = max(sentence.start, at - AROUND), min(sentence.end, at + len(longest) + AROUND)
            whole = sentence.end - sentence.start <= POINT_LIMIT
            filled[place] = make_point(
                one, sentence.start if whole else start, sentence.end if whole else end, ()
            )
    return filled


def text_of(point: Point, span: tuple[int, int]) -> str:
    """Return a clause of a point without the mark that ends it."""
    return point.text[slice(*span)].strip(_MARKS)


def _marked(row: Sequence[Point | None], texts: Sequence[str]) -> TableRow:
    """Return a row with the words marked that a cell has and its neighbours have not.

    Where a document has no cell, those of the cell beside it that its (folded) text does not have clause by clause.
    """
    cells = [None if point is None else Cell(point) for point in row]
    there = [n for n, cell in enumerate(cells) if cell is not None]
    same = True
    for before, after in pairwise(there):
        one, other = cells[before], cells[after]
        if one is None or other is None:
            continue
        gone, new = changed_words(one.point, other.point)
        same = same and not gone and not new
        cells[before], cells[after] = replace(one, gone=gone), replace(other, new=new)
    part = False  # of a cell stands in the document that has none
    for place in there:
        cell, point = cells[place], row[place]
        if cell is None or point is None:
            continue
        if place and row[place - 1] is None:
            cell = replace(cell, new=_lacking(point, texts[place - 1]))
            part = part or cell.new != _lacking(point, "")
        if place + 1 < len(row) and row[place + 1] is None:
            cell = replace(cell, gone=_lacking(point, texts[place + 1]))
            part = part or cell.gone != _lacking(point, "")
        cells[place] = cell
    if not part and cells[-1] is not None and len(there) == 1 and len(cells) > 1:
        return TableRow("new", tuple(cells))
    if not part and cells[-1] is None:
        return TableRow("gone", tuple(cells))
    return TableRow("unchanged" if same and len(there) == len(cells) else "changed", tuple(cells))


def _lacking(point: Point, text: str) -> tuple[tuple[int, int], ...]:
    """Return the clauses of a point that a text does not have, without the marks at their ends."""
    found = []
    for start, end in clauses(point.text, 0, len(point.text)):
        said = point.text[start:end]
        bare = said.strip(_MARKS)
        if bare and fold(bare) not in text:
            at = point.start + start + said.index(bare)
            found.append((at, at + len(bare)))
    return tuple(found)


def changed_words(
    one: Point, other: Point
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """Return the words of the older point that the newer one lacks, and those of the newer one that are new.

    Spans are offsets into each one's document, at the edges of words; blanks and marks alone are no change.
    """
    old, new = _pieces(one), _pieces(other)
    matcher = SequenceMatcher(None, [fold(t) for t, _ in old], [fold(t) for t, _ in new], autojunk=False)
    gone: list[tuple[int, int]] = []
    come: list[tuple[int, int]] = []
    for what, a, b, c, d in matcher.get_opcodes():
        if what != "equal":
            gone += _spans(old[a:b])
            come += _spans(new[c:d])
    return _not_in(one, gone, other), _not_in(other, come, one)


def _not_in(one: Point, spans: Sequence[tuple[int, int]], other: Point) -> tuple[tuple[int, int], ...]:
    """Return the spans whose words do not stand elsewhere in the other point: what only moved is no change."""
    said = fold(other.text)
    return tuple(s for s in spans if fold(one.text[s[0] - one.start : s[1] - one.start]) not in said)


def _pieces(point: Point) -> list[tuple[str, int]]:
    """Return the words of a point, each with where it starts in the document; a number with its points is one."""
    found: list[tuple[str, int]] = []
    at = 0
    for number in [*NUMBER.finditer(point.text), None]:
        for word in cut(point.text[at : number.start() if number else None]):
            found.append((word, point.start + at))
            at += len(word)
        if number:
            found.append((number[0], point.start + at))
            at = number.end()
    return found


def _spans(pieces: Sequence[tuple[str, int]]) -> list[tuple[int, int]]:
    """Return pieces in a row as one span, without blanks and marks at its ends; none where nothing else is left."""
    while pieces and not any(c.isalnum() for c in pieces[0][0]):
        pieces = pieces[1:]
    while pieces and not any(c.isalnum() for c in pieces[-1][0]):
        pieces = pieces[:-1]
    return [(pieces[0][1], pieces[-1][1] + len(pieces[-1][0]))] if pieces else []
