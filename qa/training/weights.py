"""Choose the weights of fusion: `python -m qa.training.weights --data ../shared/training --encoder FOLDER`.

FOLDER is an encoder that has not seen the documents (`python -m index.training.encoder --without-refusal`). The
questions of refusal.jsonl.xz that have an answer, and everyday and ordinary questions about held-out documents of
plain_pairs.jsonl.xz, are answered and scored as `speechqa eval` does, none refused. This is where
Settings.lexical_weight and Settings.late_weight come from.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from index.build import build_index
from index.encoder import load_encoder
from index.reading import read_text
from index.training.encoder import held_out, read_lines
from qa.answering import Engine
from qa.confidence import Judgement
from qa.evaluation import Score, score_question
from qa.settings import Settings

LONGEST = 30_000  # characters of a document that everyday questions are about
MEASURES = ("credit", "first", "passages", "precision")


def read_questions(data: Path) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Return each document's text and its questions, as `qa.evaluation` reads them."""
    records = read_lines(data / "refusal.jsonl.xz")
    texts = {r["document"]: r["text"] for r in records if "text" in r}
    official = {r["title"]: r["text"] for r in read_lines(data / "official.jsonl.xz")}
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        if record.get("answerable"):
            groups = [[g] if isinstance(g, str) else g for g in record["evidence"]]
            asked[record["document"]].append(
                {"kind": "fact", "question": record["question"], "evidence": groups}
            )
    for pair in held_out(read_lines(data / "plain_pairs.jsonl.xz")):
        title = pair["documents"][0]
        text = official.get(title, "")
        if pair["sentence"] in text and len(text) < LONGEST:
            texts[title] = text
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
    parser.add_argument("--lexical", type=float, nargs="+", default=[0.4, 0.5, 0.6, 0.65, 0.7])
    parser.add_argument("--late", type=float, nargs="+", default=[0.0, 0.2, 0.3, 0.4])
    options = parser.parse_args()
    encoder = load_encoder(options.encoder)
    sets = read_questions(options.data)
    built = {title: build_index([read_text(text)], encoder=encoder) for title, (text, _) in sets.items()}
    print("lexical late  " + ", ".join(MEASURES))
    for lexical in options.lexical:
        for late in options.late:
            scores: dict[str, list[Score]] = defaultdict(list)
            settings = Settings(lexical_weight=lexical, late_weight=late)
            for title, (_, questions) in sets.items():
                engine = Engine(built[title], encoder, settings)
                text = built[title].documents[0].document.text
                for one in questions:
                    with patch("qa.answering.judge", return_value=Judgement(1.0)):
                        answer = engine.ask(one["question"])
                    scores[one["kind"]].append(score_question(one, answer, text))
            cells = [
                f"{kind} ({len(own)}) "
                + " ".join(f"{100 * np.mean([getattr(s, m) for s in own]):5.1f}" for m in MEASURES)
                for kind, own in scores.items()
            ]
            print(f"{lexical:7.2f} {late:4.1f}  " + "  ".join(cells), flush=True)


if __name__ == "__main__":
    main()
