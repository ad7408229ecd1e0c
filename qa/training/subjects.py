"""Fit how a unit is told by its subject: `python -m qa.training.subjects --data ../shared/training --eval ../shared/eval`.

On the questions that name a unit so (交通那一章): of GROUP_QUESTIONS, of judged.jsonl.xz, of the development sets (never v…).
Listwise: right are the smallest place that holds all that answers, and those around it that are not much longer. Each
document's questions are scored by weights fitted on the others.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import Encoder, IndexedDocument, Span, fold, index_document, load_encoder, read_text
from index.training.reader.pairs import GROUP_QUESTIONS, read_lines
from qa import subjects
from qa.grammar import read_where
from qa.subjects import FEATURES, PARTS, features, places_of
from qa.training.parts import fit
from qa.training.sources import read_development

LONGER = 3  # times the smallest place that holds the answer: what is longer is another unit
PENALTY = 0.003
HELD = 8  # parts that the documents are cut into


@dataclass(frozen=True, slots=True)
class Row:
    """A question: its document, FEATURES of each place, and which are right."""

    document: str
    question: str
    inputs: NDArray[np.float64]
    right: NDArray[np.bool_]


def main() -> None:
    """Fit, print how often a right place comes first, and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(subjects.__file__).parent / "data" / "subjects.json")
    options = parser.parse_args()
    encoder = load_encoder()
    rows = [*_of_groups(options.data, encoder), *_of_sets(options.eval, encoder)]
    said = figures(rows)
    print(said)
    weights = fit([r.inputs for r in rows], [r.right for r in rows], PENALTY)
    model = {
        "what": "weights of qa/subjects.py",
        "how": "qa/training/subjects.py",
        "figures": said,
        "weights": {n: round(float(w), 3) for n, w in zip(FEATURES, weights, strict=True)},
    }
    options.out.write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"-> {options.out}")


def _of_groups(data: Path, encoder: Encoder) -> Iterator[Row]:
    """Yield the questions of what documents of judged.jsonl.xz list, and of single points in them."""
    records = read_lines(data / "judged.jsonl.xz")
    texts = {r["document"]: r["text"] for r in records if "text" in r}
    known: dict[str, IndexedDocument] = {}
    asked = [
        (r["document"], r["question"], r["starts"], r["wants"] in PARTS or len(r["starts"]) > 1)
        for r in read_lines(GROUP_QUESTIONS)
        if r["starts"]
    ]
    for record in records:
        if record.get("answerable") and not record.get("history") and record["document"] in texts:
            spans = record["evidence"]
            at = texts[record["document"]].find(spans[0] if isinstance(spans, list) else spans)
            asked += [(record["document"], record["question"], [at], False)] if at >= 0 else []
    for document, question, starts, parts in asked:
        if not read_where(fold(question))[0].subject:
            continue
        if document not in known:
            known[document] = index_document(read_text(texts[document]))
        held = (min(starts), max(starts) + 1)
        yield from _row(known[document], document, question, held, encoder, parts)


def _of_sets(sets: Path, encoder: Encoder) -> Iterator[Row]:
    for source in read_development(sets):
        one = index_document(read_text(source.text))
        text = one.document.text
        for record in source.records:
            spans = [group[0] for group in record["evidence"]]
            places = [(at, at + len(span)) for span in spans if (at := text.find(span)) >= 0]
            if places and not record["history"] and len(places) == len(spans):
                held = (min(a for a, _ in places), max(b for _, b in places))
                yield from _row(one, source.name, record["question"], held, encoder, len(places) > 1)


def _row(
    one: IndexedDocument, document: str, question: str, held: Span, encoder: Encoder, parts: bool
) -> Iterator[Row]:
    """Yield the row of a question that names a unit by its subject and is answered inside `held`, if it can be told."""
    where = read_where(fold(question))[0]
    places = places_of(one) if where.subject else []
    holding = [p for p in places if p.start <= held[0] and held[1] <= p.end]
    if not holding:
        return
    limit = LONGER * min(p.end - p.start for p in holding)
    right = np.array([p in holding and p.end - p.start <= limit for p in places])
    if not right.all():
        yield Row(
            document,
            question,
            features(where.subject, where.sort, one, places, encoder, parts=parts or bool(where)),
            right,
        )


def figures(rows: list[Row]) -> str:
    """Return how often a right place comes first, on documents left out, and how often where it is held to be likely."""
    first: list[bool] = []
    sure: list[float] = []
    parts = {d: n % HELD for n, d in enumerate(sorted({r.document for r in rows}))}
    for held in range(HELD):
        rest = [r for r in rows if parts[r.document] != held]
        weights = fit([r.inputs for r in rest], [r.right for r in rest], PENALTY)
        for row in (r for r in rows if parts[r.document] == held):
            scores = row.inputs @ weights
            best = int(np.argmax(scores))
            first.append(bool(row.right[best]))
            sure.append(1 / float(np.exp(scores - scores[best]).sum()))
    right, chance = np.array(first), np.array(sure)
    bands = ", ".join(
        f"{100 * right[(chance >= low) & (chance < high)].mean():.0f} % of {((chance >= low) & (chance < high)).sum()} from {low}"
        for low, high in ((0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01))
    )
    return f"right place first {100 * right.mean():.1f} % of {len(rows)}; {bands}"


if __name__ == "__main__":
    main()
