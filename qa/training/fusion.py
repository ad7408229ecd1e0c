"""Measure the ranking alone: `python -m qa.training.fusion [--encoder FOLDER] [--golden tests/golden]`.

For each golden document and kind of question: the share whose evidence the first passage, and one of the first
five, overlaps; by the weight of BM25 (0: the vectors alone, 1: the words alone). This is where
Settings.lexical_weight comes from.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from index.build import build_index
from index.encoder import load_encoder
from index.reading import builtin_document, read_document
from qa.answering import Engine
from qa.retrieval import rank
from qa.settings import Settings
from qa.understanding import understand

KINDS = ("fact", "paraphrase", "noisy", "masked")
WEIGHTS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)


def found_at(engine: Engine, record: dict[str, Any]) -> int:
    """Return how many passages rank above the first that overlaps the evidence."""
    indexed = engine.snapshot.documents[0]
    text = indexed.document.text
    spans = [
        (text.find(v), text.find(v) + len(v)) for group in record["evidence"] for v in group if v in text
    ]
    query = understand(record["question"], [], engine.snapshot.documents)
    rows = rank(query, engine.snapshot, engine.encoder, engine.settings).best_rows(len(engine.snapshot.rows))
    for place, row in enumerate(rows):
        passage = indexed.passages[engine.snapshot.rows[row][1]]
        if any(passage.start < end and start < passage.end for start, end in spans):
            return place
    return len(rows)


def shares(places: Iterable[int]) -> str:
    """Return the percentages found first and among the first five, as `95 / 98`."""
    found = list(places)
    first, five = (100 * sum(p < n for p in found) / (len(found) or 1) for n in (1, 5))
    return f"{first:3.0f} / {five:3.0f}"


def main() -> None:
    """Print one line a document, kind and weight."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--golden", type=Path, default=Path("tests/golden"))
    parser.add_argument("--encoder", help="another encoder than the shipped one")
    options = parser.parse_args()
    encoder = load_encoder(options.encoder)
    print("first / among five".ljust(22) + "".join(f"{w:>11.1f}" for w in WEIGHTS))
    for folder in sorted(options.golden.iterdir()):
        file = folder / "document.txt"
        document = read_document(file) if file.exists() else builtin_document()
        snapshot = build_index([document], encoder=encoder)
        lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        for kind in KINDS:
            asked = [r for r in records if r["kind"] == kind and not r["history"]]
            if not asked:
                continue
            engines = [Engine(snapshot, encoder, Settings(lexical_weight=w)) for w in WEIGHTS]
            cells = [shares(found_at(engine, r) for r in asked) for engine in engines]
            print(f"{folder.name} {kind} ({len(asked)})".ljust(22) + "".join(c.rjust(11) for c in cells))


if __name__ == "__main__":
    main()
