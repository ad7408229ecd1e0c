"""Choose the weights of fusion: `python -m qa.training.weights --data ../shared/training --encoder FOLDER`.

FOLDER is an encoder that has not seen the documents (`python -m index.training.encoder --without-refusal`). The
questions of refusal.jsonl.xz that have an answer, and everyday and ordinary questions about held-out documents of
plain_pairs.jsonl.xz, are answered and scored as `speechqa eval` does, none refused. This is where
Settings.lexical_weight and Settings.late_weight come from.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from index.build import build_index
from index.encoder import load_encoder
from index.reading import read_text
from qa.answering import Engine
from qa.confidence import Judgement
from qa.evaluation import Score, score_question
from qa.settings import Settings
from qa.training.confidence import read_documents

MEASURES = ("credit", "first", "passages", "precision")


def read_questions(data: Path) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Return each document's text and its questions, as `qa.evaluation` reads them."""
    records, plain, texts = read_documents(data)
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        if record.get("answerable"):
            groups = [[g] if isinstance(g, str) else g for g in record["evidence"]]
            asked[record["document"]].append(
                {"kind": "fact", "question": record["question"], "evidence": groups}
            )
    for pair in plain:
        title = pair["documents"][0]
        if pair["sentence"] in texts.get(title, ""):
            for kind in ("colloquial", "question"):
                asked[title].append({"kind": kind, "question": pair[kind], "evidence": [[pair["sentence"]]]})
    return {title: (texts[title], questions) for title, questions in asked.items()}


def main() -> None:
    """Print a line for each pair of weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--lexical", type=float, nargs="+", default=[0.4, 0.5, 0.55, 0.6, 0.65])
    parser.add_argument("--late", type=float, nargs="+", default=[0.0, 0.2, 0.3, 0.4])
    options = parser.parse_args()
    encoder = load_encoder(options.encoder)
    sets = read_questions(options.data)
    built = {title: build_index([read_text(text)], encoder=encoder) for title, (text, _) in sets.items()}
    print("lexical late  " + ", ".join(MEASURES))
    with patch("qa.answering.judge", return_value=Judgement(1.0)):  # none refused
        for lexical, late in product(options.lexical, options.late):
            settings = Settings(lexical_weight=lexical, late_weight=late)
            scores: dict[str, list[Score]] = defaultdict(list)
            for title, (_, questions) in sets.items():
                engine = Engine(built[title], encoder, settings)
                text = built[title].documents[0].document.text
                for one in questions:
                    scores[one["kind"]].append(score_question(one, engine.ask(one["question"]), text))
            cells = [
                f"{kind} ({len(own)}) "
                + " ".join(f"{100 * np.mean([getattr(s, m) for s in own]):5.1f}" for m in MEASURES)
                for kind, own in scores.items()
            ]
            print(f"{lexical:7.2f} {late:4.1f}  " + "  ".join(cells), flush=True)


if __name__ == "__main__":
    main()
