"""What the reader of pairs is trained on: questions with candidates of the same document, read by the encoder."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import index_document
from index.encoder import Encoder
from index.folding import fold
from index.groups import describe, groups_of
from index.legible import legible, places_of
from index.reading import read_text
from index.training.reader.cross import Case
from index.training.reader.measure import sentences_of, spans_of
from index.training.reader.pairs import PASSAGE, QUERY, WORDINGS, asked_values, read_lines
from index.transformer import WHYS, Read, Reader, headed, in_context, joined

OTHERS = 5  # candidates beside those that answer, of a question whose document is judged as a whole
DEEPEST = 12  # headings above a passage that are looked at
NEAR = 2  # candidates beside the right one, of a question written for one sentence
SHORTEST = 5  # characters up to which a passage is no candidate
WINDOW = 2  # passages before and after a sentence, of which the most tempting count
PLAIN = "laws"  # a group of which one wording a sentence counts, of the others two


class Library:
    """Texts, each read once."""

    def __init__(self, reader: Reader) -> None:
        self.texts: list[Read] = []
        self._reader = reader
        self._places: dict[str, int] = {}

    def read_all(self, questions: Iterable[str], passages: Iterable[str]) -> None:
        """Read texts side by side, so that they need only be looked up afterwards."""
        wanted = [QUERY + fold(q) for q in questions] + [PASSAGE + fold(p) for p in passages]
        new = [text for text in dict.fromkeys(wanted) if text not in self._places]
        with ThreadPoolExecutor() as pool:
            for text, read in zip(new, pool.map(self._reader.read, new), strict=True):
                self._places[text] = len(self.texts)
                self.texts.append(read)

    def question(self, text: str) -> int:
        """Return a question's place."""
        return self._place(QUERY + fold(text))

    def passage(self, text: str) -> int:
        """Return a passage's place."""
        return self._place(PASSAGE + fold(text))

    def likeness(self, question: int, passages: Sequence[int]) -> NDArray[np.float32]:
        """Return the cosines of a question and passages."""
        return np.array([self.texts[p].vector for p in passages]) @ self.texts[question].vector

    def _place(self, text: str) -> int:
        if text not in self._places:
            self._places[text] = len(self.texts)
            self.texts.append(self._reader.read(text))
        return self._places[text]


@dataclass(frozen=True, slots=True)
class Passages:
    """A document's passages as the index cuts them: spans, and texts with the heading in front."""

    spans: tuple[tuple[int, int], ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Passages:
        """Return the passages of a document's text; very short ones are none."""
        indexed = index_document(read_text(text))
        rows = [p for p in indexed.passages if p.end - p.start > SHORTEST]
        shown = tuple(headed(places_of(indexed, p.section, DEEPEST), legible(indexed, p)) for p in rows)
        return cls(tuple((p.start, p.end) for p in rows), shown)

    def right(self, gold: Iterable[tuple[int, int]]) -> list[bool]:
        """Tell of each passage whether it shows half of a gold span, or of itself within one."""
        spans = list(gold)
        return [
            any(min(b, e) - max(a, s) >= max(4, min(e - s, b - a) // 2) for s, e in spans)
            for a, b in self.spans
        ]


def all_passages(texts: Mapping[str, str]) -> dict[str, Passages]:
    """Return the passages of documents by their names; both cores cut."""
    with ProcessPoolExecutor() as pool:
        return dict(zip(texts, pool.map(Passages.of, texts.values(), chunksize=8), strict=True))


def written_cases(records: Sequence[dict[str, Any]], texts: dict[str, str], library: Library) -> list[Case]:
    """Return the cases of records like those of traps.jsonl.xz: its questions and its trap, among the neighbours."""
    passages = all_passages(texts)
    rng = random.Random(3)
    found = []
    for record in records:
        at = texts[record["title"]].find(record["sentence"])
        own = passages[record["title"]]
        right = own.right([(at, at + len(record["sentence"]))]) if at >= 0 else []
        if not any(right):
            continue
        first = right.index(True)
        near = [n for n in range(first - WINDOW, first + WINDOW + 1) if 0 <= n < len(right) and not right[n]]
        asked = [record[name] for name in WORDINGS if record.get(name) and record[name] != "-"]
        chosen = rng.sample(asked, min(len(asked), 1 if record.get("group") == PLAIN else 2))
        found.append((record, chosen, [own.texts[n] for n in (first, *near)]))
    library.read_all(
        (q for record, chosen, _ in found for q in (*chosen, record["trap"]) if q),
        (text for _, _, rows in found for text in rows),
    )
    cases = []
    for record, chosen, rows in found:
        right_one, *others = (library.passage(row) for row in rows)
        for question in chosen:
            asked_at = library.question(question)
            kept = tempting(library, asked_at, others)[:NEAR]
            cases.append(Case(asked_at, (right_one, *kept), (True, *(False for _ in kept))))
        if record["trap"]:
            asked_at = library.question(record["trap"])
            kept = tempting(library, asked_at, others)[: NEAR // 2]
            whole = (right_one, *kept)
            cases.append(Case(asked_at, whole, (False,) * len(whole), why_of(record["why"])))
    return cases


def judged_cases(
    records: Sequence[dict[str, Any]], texts: Mapping[str, str], library: Library, encoder: Encoder
) -> list[Case]:
    """Return the cases of records like those of judged.jsonl.xz about the documents `texts`: all that answer is known.

    Candidates are the passages that `encoder` finds likest.
    """
    cases = []
    passages = all_passages(texts)
    for name, text in texts.items():
        own = passages[name]
        if not own.spans:
            continue
        vectors = encoder.encode_passages([fold(text[a:b]) for a, b in own.spans])
        library.read_all((), own.texts)
        rows = [library.passage(row) for row in own.texts]
        asked = [r for r in records if r["document"] == name]
        library.read_all((r.get("standalone") or r["question"] for r in asked), ())
        for record in asked:
            question = record.get("standalone") or record["question"]
            right = own.right(spans_of(text, [record["evidence"]]))
            wordings = [question]
            if record.get("history"):
                wordings.append(in_context(record["history"], record["question"]))
            order = np.argsort(-(vectors @ encoder.encode_queries([fold(question)])[0]), kind="stable")
            chosen = [n for n in order if right[n]][:2] + [n for n in order if not right[n]][:OTHERS]
            why = 0
            if not record["answerable"] and record["near"]:
                at = text.find(record["near"])
                near = [n for n, (a, b) in enumerate(own.spans) if a <= at < b]
                chosen, why = list(dict.fromkeys(near[:1] + chosen)), why_of(record["why"]) if near else 0
            if chosen and (not record["answerable"] or any(right)):
                found, yes = tuple(rows[n] for n in chosen), tuple(right[n] for n in chosen)
                cases += [Case(library.question(wording), found, yes, why) for wording in wordings]
    return cases


def list_cases(
    records: Sequence[dict[str, Any]], texts: Mapping[str, str], library: Library, encoder: Encoder
) -> list[Case]:
    """Return the cases of records like those of lists.jsonl.xz: points that belong, and what only seems to."""
    cases = []
    rng = random.Random(4)
    passages = all_passages(texts)
    for name, text in texts.items():
        own = passages[name]
        vectors = encoder.encode_passages([fold(text[a:b]) for a, b in own.spans])
        library.read_all((), own.texts)
        for record in (r for r in records if r["document"] == name):
            right = own.right(spans_of(text, record["points"]))
            near = own.right(spans_of(text, [record["near"]])) if record["near"] else [False] * len(right)
            order = np.argsort(
                -(vectors @ encoder.encode_queries([fold(record["question"])])[0]), kind="stable"
            )
            belongs = [n for n, yes in enumerate(right) if yes]
            seems = [n for n, yes in enumerate(near) if yes and not right[n]]
            others = [int(n) for n in order if not right[n] and not near[n]][:NEAR]
            chosen = [*rng.sample(belongs, min(len(belongs), OTHERS)), *seems[:OTHERS], *others]
            if belongs:
                rows = tuple(library.passage(own.texts[n]) for n in chosen)
                cases.append(
                    Case(library.question(record["question"]), rows, tuple(right[n] for n in chosen))
                )
    return cases


def group_cases(records: Sequence[dict[str, Any]], texts: Mapping[str, str], library: Library) -> list[Case]:
    """Return the cases of questions about what a document lists: the group that is meant among its others."""
    cases = []
    for name, text in texts.items():
        one = index_document(read_text(text))
        groups = groups_of(one)
        described = [describe(one, group) for group in groups]
        library.read_all((), described)
        rows = [library.passage(row) for row in described]
        for record in (r for r in records if r["document"] == name):
            starts = set(record["starts"])
            meant = max(range(len(groups)), key=lambda n: len(starts & {i.start for i in groups[n].items}))
            members = {i.start for i in groups[meant].items}
            apart = [n for n, g in enumerate(groups) if not members & {i.start for i in g.items}]
            asked = library.question(record["question"])
            kept = tempting(library, asked, [rows[n] for n in apart])[:OTHERS]
            cases.append(Case(asked, (rows[meant], *kept), (True, *(False for _ in kept))))
    return cases


def asked_cases(records: Sequence[dict[str, Any]], library: Library) -> list[Case]:
    """Return the cases of records like those of understanding.jsonl: a question beside its history."""
    cases = []
    library.read_all((r["question"] for r in records), (joined(r["history"]) for r in records))
    for record in records:
        history = library.passage(joined(record["history"]))
        cases.append(
            Case(library.question(record["question"]), (history,), (False,), 0, asked_values(record))
        )
    return cases


def encyclopedia_cases(data: Path, count: int, library: Library) -> list[Case]:
    """Return cases of cmrc, drcd and xquad: the answer's sentence among the others of its passage."""
    cases = []
    files = ("cmrc2018_train_trial.jsonl.xz", "xquad_zh.jsonl.xz", "drcd_dev_traditional.jsonl.xz")
    for name in files:
        records = read_lines(data / name)
        for record in records[:: max(1, len(records) * len(files) // count)]:
            text, at = record["context"], record["context"].find(record["answers"][0])
            spans = sentences_of(text)
            right = [n for n, (a, b) in enumerate(spans) if a <= at < b]
            if not right or len(spans) < 2:
                continue
            rows = [text[a:b].strip() for a, b in spans]
            library.read_all([record["question"]], rows)
            asked = library.question(record["question"])
            others = [library.passage(text[a:b].strip()) for n, (a, b) in enumerate(spans) if n != right[0]]
            kept = tempting(library, asked, others)[:OTHERS]
            start, end = spans[right[0]]
            cases.append(
                Case(asked, (library.passage(text[start:end].strip()), *kept), (True, *(False for _ in kept)))
            )
    return cases


def tempting(library: Library, question: int, others: Sequence[int]) -> list[int]:
    """Return the passages, those likest to the question first."""
    if not others:
        return []
    order = np.argsort(-library.likeness(question, others), kind="stable")
    return [others[n] for n in order]


def why_of(name: str) -> int:
    """Return the place of a `why` among WHYS, 0 where it is none of them."""
    name = name.partition("：")[0].strip()
    return WHYS.index(name) if name in WHYS else 0


def about(records: list[dict[str, Any]], documents: Collection[str]) -> list[dict[str, Any]]:
    """Return the records about some documents."""
    return [r for r in records if r["document"] in documents]
