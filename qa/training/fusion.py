"""Measure the ranking alone: `python -m qa.training.fusion [--encoder FOLDER] [--golden tests/golden]`.

For each golden document and kind of question: the share whose evidence the first passage, and one of the first
five, overlaps; by the weight of BM25 (0: the encoder alone, 1: the words alone). The encoder alone, with and
without late interaction: `python -m index.training.evaluation`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from index.build import build_index
from index.encoder import load_encoder
from index.training.evaluation import KINDS, answering, golden_sets, place_of, shares
from qa.answering import Engine
from qa.retrieval import rank
from qa.settings import Settings
from qa.understanding import understand

WEIGHTS = (0.0, 0.4, 0.5, 0.55, 0.6, 0.7, 0.8, 1.0)


def found_at(engine: Engine, record: dict[str, Any]) -> int:
    """Return how many passages rank above the first that overlaps the evidence."""
    query = understand(record["question"], [], engine.snapshot.documents)
    ranking = rank(query, engine.snapshot, engine.encoder, engine.settings)
    return place_of(ranking.fused, answering(engine.snapshot.documents[0], record["evidence"]))


def main() -> None:
    """Print one line a document, kind and weight."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--golden", type=Path, default=Path("tests/golden"))
    parser.add_argument("--encoder", help="another encoder than the shipped one")
    parser.add_argument("--late-weight", type=float, default=Settings().late_weight)
    options = parser.parse_args()
    encoder = load_encoder(options.encoder)
    print("weight of BM25".ljust(22) + "".join(f"{w:>11.2f}" for w in WEIGHTS))
    for name, document, records in golden_sets(options.golden):
        snapshot = build_index([document], encoder=encoder)
        for kind in KINDS:
            asked = [r for r in records if r["kind"] == kind and not r["history"]]
            if not asked:
                continue
            engines = [
                Engine(snapshot, encoder, Settings(lexical_weight=w, late_weight=options.late_weight))
                for w in WEIGHTS
            ]
            cells = [shares(found_at(engine, r) for r in asked) for engine in engines]
            print(f"{name} {kind} ({len(asked)})".ljust(22) + "".join(c.rjust(11) for c in cells))


if __name__ == "__main__":
    main()
