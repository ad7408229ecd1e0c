"""How often the right sentence comes first, or among five, by kind of question: an encoder alone over a document."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.reading import read_document, read_view
from index.structure.sentences import split_sentences
from index.structure.tree import parse_sections

LONG = 170  # characters from which a sentence is cut for this measurement
AMONG = 5

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def sentences_of(text: str) -> list[tuple[int, int]]:
    """Return the spans of a document's sentences, long ones in pieces of LONG characters."""
    view = read_view(text)
    spans = [(s.start, s.end) for s in split_sentences(view, parse_sections(view))]
    return [(at, min(at + LONG, end)) for start, end in spans for at in range(start, end, LONG)]


def spans_of(text: str, evidence: Iterable[Iterable[str]]) -> list[tuple[int, int]]:
    """Return every place of every span that proves a point."""
    found = []
    for span in (s for group in evidence for s in group):
        at = text.find(span)
        while at >= 0:
            found.append((at, at + len(span)))
            at = text.find(span, at + 1)
    return found


def ranks(folder: Path, queries: Encode, passages: Encode) -> dict[str, list[int]]:
    """Return for each kind the place (from 0) of the first right sentence of each answerable question.

    `folder` is a development set: document.txt and questions.jsonl.
    """
    text = read_document(folder / "document.txt").text
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    records: list[dict[str, Any]] = [json.loads(line) for line in lines if line]
    spans = sentences_of(text)
    vectors = passages([text[start:end] for start, end in spans])
    asked = [r for r in records if r["evidence"]]
    scores = queries([r.get("standalone") or r["question"] for r in asked]) @ vectors.T
    result: dict[str, list[int]] = defaultdict(list)
    for record, row in zip(asked, scores, strict=True):
        gold = spans_of(text, record["evidence"])
        right = [_holds(span, gold) for span in spans]
        order = np.argsort(-row, kind="stable")
        places = np.flatnonzero(np.array(right)[order])
        result[record["kind"]].append(int(places[0]) if len(places) else len(spans))
    return result


def _holds(span: tuple[int, int], gold: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a sentence holds more than half of a span that proves a point, at least 4 characters of it."""
    return any(min(span[1], e) - max(span[0], s) >= max(4, (e - s + 1) // 2) for s, e in gold)


def table(found: dict[str, list[int]]) -> list[str]:
    """Return one line a kind: how many, first, among five, in percent."""
    return [
        f"{kind:12}{len(places):5}{100 * np.mean([p < 1 for p in places]):7.1f}"
        f"{100 * np.mean([p < AMONG for p in places]):7.1f}"
        for kind, places in sorted(found.items())
    ]
