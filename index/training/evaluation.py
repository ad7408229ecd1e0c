"""Measure an encoder alone: `python -m index.training.evaluation [--encoder FOLDER] [--golden tests/golden]`.

For each golden document and kind of question: the share whose evidence the first passage, and one of the first
five, overlaps, by the cosine of mean vectors, and with late interaction (index/tokens.py) by its weight. No
words, no understanding of the question; `python -m qa.training.weights` adds both.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import build_index
from index.encoder import Encoder
from index.folding import fold
from index.loading import load_encoder
from index.reading import builtin_document, read_document
from index.snapshot import Snapshot
from index.types import Document, IndexedDocument

KINDS = ("fact", "paraphrase", "noisy", "masked")
WEIGHTS = (0.0, 0.2, 0.3, 0.4, 0.5)


def golden_sets(folder: Path) -> list[tuple[str, Document, list[dict[str, Any]]]]:
    """Return each set's name, document and questions; a set without a document is about the built-in one."""
    sets = []
    for one in sorted(folder.iterdir()):
        file = one / "document.txt"
        lines = (one / "questions.jsonl").read_text("utf-8").splitlines()
        document = read_document(file) if file.exists() else builtin_document()
        sets.append((one.name, document, [json.loads(line) for line in lines]))
    return sets


def answering(indexed: IndexedDocument, evidence: Sequence[Sequence[str]]) -> NDArray[np.bool_]:
    """Return which passages overlap any of the evidence, shape (passages,)."""
    text = indexed.document.text
    spans = [(at, at + len(v)) for group in evidence for v in group if (at := text.find(v)) >= 0]
    return np.array(
        [any(p.start < end and start < p.end for start, end in spans) for p in indexed.passages],
        dtype=np.bool_,
    )


def place_of(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> int:
    """Return how many rows score more than the best of the right ones; all of them where none is right."""
    return int((scores > scores[right].max()).sum()) if right.any() else len(scores)


def shares(places: Iterable[int]) -> str:
    """Return the percentages found first and among the first five, as `95 / 98`."""
    found = list(places)
    first, five = (100 * sum(p < n for p in found) / (len(found) or 1) for n in (1, 5))
    return f"{first:3.0f} / {five:3.0f}"


def print_table(
    title: str,
    columns: Sequence[float],
    options: argparse.Namespace,
    places: Callable[[Encoder, Snapshot, dict[str, Any]], Sequence[int]],
) -> None:
    """Print one line a golden document and kind of question; `places` gives a question's place in each column."""
    encoder = load_encoder(options.encoder)
    print(title.ljust(22) + "".join(f"{w:>11.2f}" for w in columns))
    for name, document, records in golden_sets(options.golden):
        snapshot = build_index([document], encoder=encoder)
        for kind in KINDS:
            asked = [r for r in records if r["kind"] == kind and not r["history"]]
            found = [places(encoder, snapshot, record) for record in asked]
            if found:
                cells = "".join(shares(own).rjust(11) for own in zip(*found, strict=True))
                print(f"{name} {kind} ({len(asked)})".ljust(22) + cells)


def table_parser(about: str | None) -> argparse.ArgumentParser:
    """Return the command line of a table over the golden documents."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--golden", type=Path, default=Path("tests/golden"))
    parser.add_argument("--encoder", help="another encoder than the shipped one")
    return parser


def found_at(encoder: Encoder, snapshot: Snapshot, record: dict[str, Any]) -> list[int]:
    """Return how many passages rank above the first right one, for each weight of late interaction."""
    text = fold(record["question"])
    right = answering(snapshot.documents[0], record["evidence"])
    dense = snapshot.dense.scores(encoder.encode_queries([text])[0])
    late = dense
    if snapshot.tokens:
        late = snapshot.tokens.scores(partial(encoder.token_scores, text), np.arange(len(dense)))
    return [place_of((1 - weight) * dense + weight * late, right) for weight in WEIGHTS]


def main() -> None:
    """Print the table."""
    print_table("late interaction", WEIGHTS, table_parser(__doc__).parse_args(), found_at)


if __name__ == "__main__":
    main()
