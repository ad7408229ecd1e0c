"""Measure the ranking alone: `python -m qa.training.fusion [--encoder FOLDER] [--golden tests/golden]`.

For each golden document and kind of question: the share whose evidence the first passage, and one of the first
five, overlaps; by the weight of BM25 (0: the encoder alone, 1: the words alone). The encoder alone, with and
without late interaction: `python -m index.training.evaluation`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from index import Encoder, Snapshot
from index.training.evaluation import answering, place_of, print_table, table_parser
from qa.retrieval import rank
from qa.settings import Settings
from qa.understanding import understand

WEIGHTS = (0.0, 0.4, 0.5, 0.55, 0.6, 0.7, 0.8, 1.0)


def found_at(late_weight: float, encoder: Encoder, snapshot: Snapshot, record: dict[str, Any]) -> list[int]:
    """Return how many passages rank above the first right one, for each weight of BM25."""
    query = understand(record["question"], [], snapshot.documents)
    right = answering(snapshot.documents[0], record["evidence"])
    settings = [Settings(lexical_weight=w, late_weight=late_weight) for w in WEIGHTS]
    return [place_of(rank(query, snapshot, encoder, one).fused, right) for one in settings]


def main() -> None:
    """Print the table."""
    parser = table_parser(__doc__)
    parser.add_argument("--late-weight", type=float, default=Settings().late_weight)
    options = parser.parse_args()
    print_table("weight of BM25", WEIGHTS, options, partial(found_at, options.late_weight))


if __name__ == "__main__":
    main()
