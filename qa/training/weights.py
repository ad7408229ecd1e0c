"""Choose the weights of fusion: `python -m qa.training.weights --data ../shared/training --eval ../shared/eval`.

The questions of the development sets and of the third of judged.jsonl.xz that the reader's training keeps apart are
answered and scored as `speechqa eval` does, none refused. This is where Settings.lexical_weight, Settings.late_weight,
index.transformer.SHARE and PairReranker.weight come from.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from itertools import product
from pathlib import Path
from unittest.mock import patch

import numpy as np

from index.build import build_index
from index.encoder import SHIPPED, StaticEncoder
from index.loading import FAST
from index.reading import read_text
from index.transformer import READER, SHARE, FusedEncoder, Reader
from qa.answering import Engine
from qa.confidence import Judgement
from qa.evaluation import Score, score_question
from qa.reranking import PairReranker
from qa.settings import Settings
from qa.training.sources import Source, read_sources

MEASURES = ("credit", "first", "passages", "precision")


def main() -> None:
    """Print a line for each choice of weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--lexical", type=float, nargs="+", default=[Settings().lexical_weight])
    parser.add_argument("--late", type=float, nargs="+", default=[Settings().late_weight])
    parser.add_argument("--share", type=float, nargs="+", default=[SHARE])
    parser.add_argument("--read", type=float, nargs="+", default=[PairReranker.weight])
    options = parser.parse_args()
    sources = read_sources(options.data, options.eval, 0)
    static, reader = StaticEncoder(SHIPPED, FAST), Reader(READER)
    print("share lexical late read  " + ", ".join(MEASURES))
    for share in options.share:
        encoder = FusedEncoder(static, reader, "fused", share)
        built = {s.name: build_index([read_text(s.text)], encoder=encoder) for s in sources}
        for lexical, late, read in product(options.lexical, options.late, options.read):
            settings = Settings(lexical_weight=lexical, late_weight=late)
            with patch.object(PairReranker, "weight", read):
                engines = {
                    name: Engine(snapshot, encoder, settings, PairReranker(encoder))
                    for name, snapshot in built.items()
                }
                cells = measure(sources, engines)
            print(f"{share:5.2f} {lexical:7.2f} {late:4.1f} {read:4.1f}  {cells}", flush=True)


def measure(sources: list[Source], engines: dict[str, Engine]) -> str:
    """Return a line of figures by kind: each source asked of its engine, no question refused."""
    scores: dict[str, list[Score]] = defaultdict(list)
    with patch("qa.composing.judge", return_value=Judgement(1.0)):
        for source in sources:
            engine = engines[source.name]
            text = engine.snapshot.documents[0].document.text
            for one in (r for r in source.records if r["evidence"]):
                answer = engine.ask(one["question"], history=one["history"])
                scores[one["kind"]].append(score_question(one, answer, text))
    return "  ".join(
        f"{kind} ({len(own)}) "
        + " ".join(f"{100 * np.mean([getattr(s, m) for s in own]):5.1f}" for m in MEASURES)
        for kind, own in scores.items()
    )


if __name__ == "__main__":
    main()
