"""Fit qa/occurrences.py: `python -m qa.training.occurrences --data ../shared/training`.

Two logistic regressions: whether a question asks for every place that speaks of something, over the questions of
index/training/reader/occurrences.jsonl.xz and, as such that do not, those of understanding.jsonl and asked.jsonl.xz that want
no list; and which characters of a question are the word.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import FAST, fold, load_encoder
from index.training.reader.pairs import ASKED_QUESTIONS, OCCURRENCE_QUESTIONS, read_lines
from qa import occurrences
from qa.occurrences import LEAST, PLACES, around, inputs_of
from qa.training.asking import HELD, _logistic

LISTS = ("all", "count")  # what is wanted by questions that may be such


def main() -> None:
    """Fit on all but those left out, print how often that is right on these, fit on all and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--out", type=Path, default=Path(occurrences.__file__).parent / "data" / "occurrences.npz"
    )
    options = parser.parse_args()
    own = read_lines(OCCURRENCE_QUESTIONS)
    lines = (options.data / "understanding.jsonl").read_text("utf-8").splitlines()
    others = [*map(json.loads, lines), *read_lines(ASKED_QUESTIONS)]
    others = [r for r in others if not r["history"] and r["wants"] not in LISTS]
    yes = np.array([bool(r["every"]) for r in own] + [False] * len(others))
    weights = {}
    for name, encoder in (("unread", load_encoder(FAST)), ("read", load_encoder())):
        rows = np.array([inputs_of(r["question"], encoder) for r in (*own, *others)], dtype=np.float64)
        print(name, _figures(rows, yes))
        weights[name] = _logistic(rows, yes)
    asked = [r for r in own if r["every"] and r["word"] in r["question"]]
    print(_words(asked))
    pieces, inside = _characters(asked)
    weights["word"] = _logistic(pieces, inside)
    np.savez_compressed(
        options.out,
        unread=weights["unread"].astype(np.float16),
        read=weights["read"].astype(np.float16),
        word=weights["word"].astype(np.float16),
    )
    print(f"-> {options.out}")


def _figures(rows: NDArray[np.float64], yes: NDArray[np.bool_]) -> str:
    """Return how many are found, and how many others held to be such, of every fifth left out in turn."""
    chances, part = np.zeros(len(rows)), np.random.default_rng(0).integers(0, HELD, len(rows))
    for held in range(HELD):
        fitted = _logistic(rows[part != held], yes[part != held])
        chances[part == held] = 1 / (1 + np.exp(-(rows[part == held] @ fitted[:-1] + fitted[-1])))
    cells = [
        f"from {least}: {100 * (chances[yes] >= least).mean():.1f} % of {yes.sum()} found, "
        f"{100 * (chances[~yes] >= least).mean():.2f} % of {(~yes).sum()} others"
        for least in sorted(LEAST.values())
    ]
    return "; ".join(cells)


def _characters(records: list[dict[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what stands around each character, shape (characters, PLACES), and whether it is of the word."""
    rows, inside = [], []
    for record in records:
        question, word = fold(record["question"]), fold(record["word"])
        start = question.find(word)
        for at, places in enumerate(around(question)):
            row = np.zeros(PLACES)
            np.add.at(row, places, 1.0)
            rows.append(row)
            inside.append(start <= at < start + len(word))
    return np.array(rows), np.array(inside)


def _words(records: list[dict[str, Any]]) -> str:
    """Return how many characters of questions left out are told right."""
    rest = [r for n, r in enumerate(records) if n % HELD]
    pieces, inside = _characters(rest)
    fitted = _logistic(pieces, inside)
    pieces, inside = _characters([r for n, r in enumerate(records) if n % HELD == 0])
    right = ((pieces @ fitted[:-1] + fitted[-1] > 0) == inside).mean()
    return f"characters right {100 * right:.1f} % ({100 * max(inside.mean(), 1 - inside.mean()):.1f} by the commoner alone)"


if __name__ == "__main__":
    main()
