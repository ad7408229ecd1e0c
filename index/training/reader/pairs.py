"""Questions and the sentences that answer them -> batches to train a bi-encoder on."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SENTENCE = 150  # characters of a sentence that are read
QUERY, PASSAGE = "query: ", "passage: "  # the prompts that multilingual-e5 was trained with


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence with the questions that it answers, the one that it tempts to, and its document's title."""

    sentence: str
    questions: tuple[str, ...]
    home: str
    trap: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions and the sentence of each; `traps` are questions that a sentence (by its place) does not answer."""

    questions: tuple[str, ...]
    sentences: tuple[str, ...]
    traps: tuple[tuple[int, str], ...] = ()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of an .jsonl.xz file."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_pairs(data: Path, left_out: Collection[str] = ()) -> list[Pair]:
    """Return the pairs of plain_pairs and traps, but those of the documents whose titles are left out."""
    pairs: dict[str, Pair] = {}
    for record in read_lines(data / "plain_pairs.jsonl.xz"):
        homes = record.get("documents") or []
        if homes and not set(homes) & set(left_out):
            asked = _asked(record.get(name) for name in ("colloquial", "question"))
            _add(pairs, Pair(record["sentence"][:SENTENCE], asked, homes[0]))
    for record in read_lines(data / "traps.jsonl.xz"):
        if record["title"] not in left_out:
            questions = (record["colloquial"], record["question"], record["short"])
            _add(
                pairs, Pair(record["sentence"][:SENTENCE], _asked(questions), record["title"], record["trap"])
            )
    return [pair for pair in pairs.values() if pair.questions]


def judged_titles(data: Path) -> set[str]:
    """Return the titles of the documents by which the model is judged, or later stages are fitted.

    Those of judged.jsonl.xz by title, those of refusal.jsonl.xz by how they begin.
    """
    titles = {r["title"] for r in read_lines(data / "judged.jsonl.xz") if "title" in r}
    heads = [r["text"] for r in read_lines(data / "refusal.jsonl.xz") if "text" in r]
    for record in read_lines(data / "official.jsonl.xz"):
        text = record["text"]
        if any(text[:150] in head or head[:150] in text[:400] for head in heads):
            titles.add(record["title"])
    return titles


def _asked(questions: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(q for q in questions if q and q != "-"))


def _add(pairs: dict[str, Pair], pair: Pair) -> None:
    known = pairs.get(pair.sentence)
    if known is not None:
        questions = tuple(dict.fromkeys(known.questions + pair.questions))
        pair = Pair(pair.sentence, questions, known.home, known.trap or pair.trap)
    pairs[pair.sentence] = pair


def batches(pairs: Sequence[Pair], size: int, seed: int, epoch: int) -> Iterator[Batch]:
    """Yield an epoch's batches: each sentence once, with one of its questions, another in each epoch.

    The sentences of a document stand together, so that a batch's others are hard negatives; batches come in
    random order. The same seed and epoch give the same batches.
    """
    rng = random.Random(f"{seed} {epoch}")
    by_home: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_home.setdefault(pair.home, []).append(pair)
    homes = sorted(by_home)
    rng.shuffle(homes)
    row = [pair for home in homes for pair in rng.sample(by_home[home], len(by_home[home]))]
    groups = [row[at : at + size] for at in range(0, len(row) - size + 1, size)]
    rng.shuffle(groups)
    for group in groups:
        questions = tuple(_drawn(pair, epoch) for pair in group)
        traps = tuple((place, pair.trap) for place, pair in enumerate(group) if pair.trap)
        yield Batch(questions, tuple(pair.sentence for pair in group), traps)


def _drawn(pair: Pair, epoch: int) -> str:
    """Return a question of a pair: over the epochs each comes up in turn, from a start of its own."""
    start = random.Random(pair.sentence).randrange(len(pair.questions))
    return pair.questions[(start + epoch) % len(pair.questions)]
