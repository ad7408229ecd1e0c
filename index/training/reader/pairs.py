"""Questions and the sentences that answer them -> batches to train a bi-encoder on."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.reading import read_document
from index.training.reader.measure import sentences_of
from index.transformer import ASKED

SENTENCE = 150  # characters of a sentence that are read
LEAST = 20  # characters of a span that find its sentence
GRAM = 14  # characters that two documents do not share by chance
WORDINGS = ("colloquial", "question", "noisy", "short")  # of a record that its sentence answers
QUESTIONS = Path(__file__).parent / "questions.jsonl.xz"
ASKED_QUESTIONS = (
    Path(__file__).parent / "asked.jsonl.xz"
)  # like understanding.jsonl, written for this project
JUDGED_QUESTIONS = (
    Path(__file__).parent / "judged.jsonl.xz"
)  # like judged.jsonl.xz, on pieces of official.jsonl.xz
LIST_QUESTIONS = Path(__file__).parent / "lists.jsonl.xz"  # for several points, on such pieces
GROUP_QUESTIONS = Path(__file__).parent / "groups.jsonl.xz"  # of what documents of judged.jsonl.xz list
GROUP_PIECES = Path(__file__).parent / "grouped.jsonl.xz"  # of what pieces of official.jsonl.xz list
WHOLE_QUESTIONS = Path(__file__).parent / "whole.jsonl.xz"  # for the parts of a document, or of what is in it
OCCURRENCE_QUESTIONS = (
    Path(__file__).parent / "occurrences.jsonl.xz"
)  # for every place that speaks of a word, or not
MADE_QUESTIONS = (
    Path(__file__).parent / "made.jsonl.xz"
)  # of small documents of offices, made up, with their text
ROUND = 7  # of the questions written last: the step of index/data/reader/README.md that they were written for
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
    """Sentences, two questions that each answers, and `traps`: questions that one (by its place) does not answer."""

    questions: tuple[str, ...]
    others: tuple[str, ...]
    sentences: tuple[str, ...]
    traps: tuple[tuple[int, str], ...] = ()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of an .jsonl.xz file."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def asked_values(record: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the place of each head's value in ASKED, -1 where it is not known or the record counts for another head `only`.

    The 3,996 last questions of asked.jsonl.xz were written for the relations, and count for these only: for all heads they
    lift what is wanted from 88.7 to 89.7 % of questions left out, but the t sets' answerable credit falls from 71.5 to 70.6.
    """
    only = record.get("only")
    return tuple(n.index(record[h]) if record[h] in n and only in (None, h) else -1 for h, n in ASKED.items())


def read_pairs(data: Path, left_out: Collection[str] = ()) -> list[Pair]:
    """Return the pairs of plain_pairs and traps, but those of the documents whose titles are left out."""
    plain = []
    for record in read_lines(data / "plain_pairs.jsonl.xz"):
        homes = record.get("documents") or []
        if homes and not set(homes) & set(left_out):
            asked = _asked(record.get(name) for name in WORDINGS)
            plain.append(Pair(record["sentence"][:SENTENCE], asked, homes[0]))
    return merged(plain, record_pairs(read_lines(data / "traps.jsonl.xz"), left_out))


def written_records(data: Path, round_: int) -> list[dict[str, Any]]:
    """Return the questions written for this project in a round, like the records of traps.jsonl.xz.

    QUESTIONS names a sentence by its document's title, its first characters and its length.
    """
    records = [r for r in read_lines(QUESTIONS) if r["round"] == round_]
    titles = {r["title"] for r in records}
    texts = {r["title"]: r["text"] for r in read_lines(data / "official.jsonl.xz") if r["title"] in titles}
    for record in records:
        text = texts[record["title"]]
        start = text.find(record["lead"])
        record["sentence"] = text[start : start + record["length"]]
    return records


def judged_pieces(
    official: Mapping[str, dict[str, Any]], left_out: Collection[str]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the questions written on pieces of official documents, like judged.jsonl.xz's, and the pieces by name.

    JUDGED_QUESTIONS names a piece by its document's title, where it begins and its length.
    """
    texts, records = {}, []
    for record in (r for r in read_lines(JUDGED_QUESTIONS) if r["title"] not in left_out):
        name, text = _piece(record, official)
        spans = [text[at : at + size] for at, size in record["evidence"]]
        at, size = record["near"] or (0, 0)
        texts[name] = text
        records.append(
            record
            | {"document": name, "answerable": bool(spans), "evidence": spans, "near": text[at : at + size]}
        )
    return records, texts


def list_pieces(
    official: Mapping[str, dict[str, Any]], left_out: Collection[str]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the questions for several points of such pieces, like lists.jsonl.xz's, and the pieces by name."""
    texts, records = {}, []
    for record in (r for r in read_lines(LIST_QUESTIONS) if r["title"] not in left_out):
        name, text = _piece(record, official)
        texts[name] = text
        points, near = ([text[at : at + size] for at, size in record[which]] for which in ("points", "near"))
        question = record.get("standalone") or record["question"]
        records.append(
            record | {"document": name, "question": question, "points": [[p] for p in points], "near": near}
        )
    return records, texts


def group_pieces(
    official: Mapping[str, dict[str, Any]], left_out: Collection[str], *, kept: bool
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the questions on what pieces of official documents list, like GROUP_QUESTIONS's, and the pieces by name.

    Every fourth piece (`kept`) is for the small models behind the reader of pairs, the others are for it.
    """
    records, texts = [], {}
    pieces = list(dict.fromkeys((r["title"], r["start"]) for r in read_lines(GROUP_PIECES)))
    ours = {piece for number, piece in enumerate(pieces) if (number % 4 == 0) == kept}
    for record in read_lines(GROUP_PIECES):
        if record["title"] not in left_out and (record["title"], record["start"]) in ours:
            name, text = _piece(record, official)
            texts[name] = text
            records.append(record | {"document": name})
    return records, texts


def made_documents(*, kept: bool) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the questions of MADE_QUESTIONS, like judged.jsonl.xz's, and the documents' texts by name.

    Every third document of a kind (`kept`) is for the small models behind the reader of pairs, the others are for it.
    A name is a letter, for the kind, and a number.
    """
    records = [r for r in read_lines(MADE_QUESTIONS) if (int(r["document"][1:]) % 3 == 0) == kept]
    texts = {r["document"]: r["text"] for r in records if "text" in r}
    return [r | {"answerable": bool(r["evidence"])} for r in records if "question" in r], texts


def _piece(record: Mapping[str, Any], official: Mapping[str, dict[str, Any]]) -> tuple[str, str]:
    """Return a piece's name and text."""
    start = record["start"]
    return f"{record['title']} {start}", official[record["title"]]["text"][start : start + record["length"]]


def record_pairs(records: Iterable[dict[str, Any]], left_out: Collection[str] = ()) -> list[Pair]:
    """Return the pairs of records like those of traps.jsonl.xz, but those of the titles left out."""
    pairs: dict[str, Pair] = {}
    for record in records:
        if record["title"] not in left_out:
            asked = _asked(record.get(name) for name in WORDINGS)
            _add(pairs, Pair(record["sentence"][:SENTENCE], asked, record["title"], record.get("trap") or ""))
    return list(pairs.values())


def merged(*parts: Iterable[Pair]) -> list[Pair]:
    """Return all pairs, those of one sentence as one."""
    pairs: dict[str, Pair] = {}
    for pair in (p for part in parts for p in part):
        _add(pairs, pair)
    return [pair for pair in pairs.values() if pair.questions]


def judged_pairs(data: Path, left_out: Collection[str] = ()) -> list[Pair]:
    """Return the questions of judged.jsonl.xz with the sentence that answers, or that only tempts, as pairs."""
    records = read_lines(data / "judged.jsonl.xz")
    texts = {r["document"]: (r["title"], r["text"]) for r in records if "title" in r}
    sentences = {d: [text[a:b].strip() for a, b in sentences_of(text)] for d, (_, text) in texts.items()}
    pairs: dict[str, Pair] = {}
    for record in (r for r in records if "question" in r):
        title = texts[record["document"]][0]
        span = (record["evidence"] or [record["near"]])[0]
        said = next((s for s in sentences[record["document"]] if span and span[:LEAST] in s), None)
        if title not in left_out and said:
            asked = record["standalone"] or record["question"]
            yes = bool(record["answerable"])
            _add(pairs, Pair(said[:SENTENCE], (asked,) if yes else (), title, "" if yes else asked))
    return [pair for pair in pairs.values() if pair.questions]


def shared_titles(data: Path, sets: Path, share: float = 0.1) -> set[str]:
    """Return the titles of the documents that share text with a development or validation set.

    Counted over runs of GRAM characters; `share` of the shorter one's. Sets come under titles of their own here.
    """
    held = [_grams(read_document(file).text) for file in sorted(sets.glob("*/document.txt"))]
    titles = set()
    for record in read_lines(data / "official.jsonl.xz"):
        grams = _grams(record["text"])
        if any(len(grams & other) > share * max(1, min(len(grams), len(other))) for other in held):
            titles.add(record["title"])
    return titles


def _grams(text: str) -> set[str]:
    dense = "".join(text.split())
    return {dense[at : at + GRAM] for at in range(len(dense) - GRAM + 1)}


def kept_apart(data: Path) -> set[str]:
    """Return the titles of a third of the documents of judged.jsonl.xz: no stage sees them, the last is fitted on them.

    Every third in the order of groups and titles, so that each group has its share.
    """
    titles = {(r["group"], r["title"]) for r in read_lines(data / "judged.jsonl.xz") if "title" in r}
    return {title for _, title in sorted(titles)[::3]}


def _asked(questions: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(q for q in questions if q and q != "-"))


def _add(pairs: dict[str, Pair], pair: Pair) -> None:
    known = pairs.get(pair.sentence)
    if known is not None:
        questions = tuple(dict.fromkeys(known.questions + pair.questions))
        pair = Pair(pair.sentence, questions, known.home, known.trap or pair.trap)
    pairs[pair.sentence] = pair


def batches(pairs: Sequence[Pair], size: int, seed: int, epoch: int) -> Iterator[Batch]:
    """Yield an epoch's batches: each sentence once, with two of its questions, others in each epoch.

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
        questions, others = (tuple(_drawn(pair, 2 * epoch + n) for pair in group) for n in (0, 1))
        traps = tuple((place, pair.trap) for place, pair in enumerate(group) if pair.trap)
        yield Batch(questions, others, tuple(pair.sentence for pair in group), traps)


def _drawn(pair: Pair, turn: int) -> str:
    """Return a question of a pair: with the turns each comes up, from a start of its own."""
    start = random.Random(pair.sentence).randrange(len(pair.questions))
    return pair.questions[(start + turn) % len(pair.questions)]
