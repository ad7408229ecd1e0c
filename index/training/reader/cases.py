"""What the head is trained on: questions with candidates of the same document, read by the encoder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.training.reader.head import Case
from index.training.reader.measure import sentences_of, spans_of
from index.training.reader.pairs import PASSAGE, QUERY, SENTENCE, WORDINGS, read_lines
from index.transformer import WHYS, Read, Reader
from index.words import fold

OTHERS = 4  # candidates beside the right one
SHORTEST = 5  # characters up to which a sentence is no candidate
WINDOW = 2  # sentences before and after, of which the most tempting count


class Library:
    """Texts, each read once."""

    def __init__(self, reader: Reader) -> None:
        self.texts: list[Read] = []
        self._reader = reader
        self._places: dict[str, int] = {}

    def read_all(self, questions: Iterable[str], passages: Iterable[str]) -> None:
        """Read texts side by side, so that they need only be looked up afterwards."""
        wanted = [QUERY + fold(q) for q in questions] + [PASSAGE + fold(p[:SENTENCE]) for p in passages]
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
        return self._place(PASSAGE + fold(text[:SENTENCE]))

    def likeness(self, question: int, passages: Sequence[int]) -> NDArray[np.float32]:
        """Return the cosines of a question and passages."""
        return np.array([self.texts[p].vector for p in passages]) @ self.texts[question].vector

    def _place(self, text: str) -> int:
        if text not in self._places:
            self._places[text] = len(self.texts)
            self.texts.append(self._reader.read(text))
        return self._places[text]


def written_cases(records: Iterable[dict[str, Any]], texts: dict[str, str], library: Library) -> list[Case]:
    """Return the cases of records like those of traps.jsonl.xz: its questions and its trap, among the neighbours."""
    cases = []
    spans = {title: sentences_of(text) for title, text in texts.items()}
    found = [(r, _around(r["sentence"], texts[r["title"]], spans[r["title"]])) for r in records]
    library.read_all(
        (r[name] for r, near in found if near is not None for name in (*WORDINGS, "trap") if r.get(name)),
        (text for r, near in found if near is not None for text in (r["sentence"], *near)),
    )
    for record, near in found:
        if near is None:
            continue
        own, others = record["sentence"], [library.passage(row) for row in near]
        right = library.passage(own)
        for name in WORDINGS:
            if record.get(name):
                asked = library.question(record[name])
                kept = tempting(library, asked, others)
                cases.append(Case(asked, (right, *kept), (True, *(False for _ in kept))))
        asked = library.question(record["trap"])
        kept = tempting(library, asked, others)[: OTHERS // 2]
        cases.append(Case(asked, (right, *kept), (False,) * (1 + len(kept)), why_of(record["why"])))
    return cases


def _around(own: str, text: str, spans: Sequence[tuple[int, int]]) -> list[str] | None:
    """Return the sentences around `own`; None where it does not stand in the text."""
    at = text.find(own)
    place = next((n for n, (start, end) in enumerate(spans) if start <= at < end), None)
    if at < 0 or place is None:
        return None
    near = (n for n in range(place - WINDOW, place + WINDOW + 1) if n != place and 0 <= n < len(spans))
    return [row for n in near if len(row := text[spans[n][0] : spans[n][1]].strip()) > SHORTEST]


def judged_cases(records: Sequence[dict[str, Any]], titles: Collection[str], library: Library) -> list[Case]:
    """Return the cases of judged.jsonl.xz's documents of these titles: candidates as the encoder finds them."""
    documents = {r["document"]: r["text"] for r in records if r.get("title") in titles}
    cases = []
    for name, text in documents.items():
        spans = [(a, b) for a, b in sentences_of(text) if b - a > SHORTEST]
        library.read_all((), (text[a:b].strip() for a, b in spans))
        rows = [library.passage(text[a:b].strip()) for a, b in spans]
        for record in (r for r in records if r.get("document") == name and "question" in r):
            asked = library.question(record["standalone"] or record["question"])
            gold = spans_of(text, [record["evidence"]])
            right = [any(min(b, e) - max(a, s) >= max(4, (e - s) // 2) for s, e in gold) for a, b in spans]
            order = np.argsort(-library.likeness(asked, rows), kind="stable")
            chosen = [n for n in order if right[n]][:2] + [n for n in order if not right[n]][: OTHERS + 1]
            why = 0
            if not record["answerable"] and record["near"]:
                near = [n for n, (a, b) in enumerate(spans) if a <= text.find(record["near"]) < b]
                chosen, why = list(dict.fromkeys(near[:1] + chosen)), why_of(record["why"]) if near else 0
            if chosen and (not record["answerable"] or any(right)):
                cases.append(
                    Case(asked, tuple(rows[n] for n in chosen), tuple(right[n] for n in chosen), why)
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
            kept = tempting(library, asked, others)
            start, end = spans[right[0]]
            cases.append(
                Case(asked, (library.passage(text[start:end].strip()), *kept), (True, *(False for _ in kept)))
            )
    return cases


def tempting(library: Library, question: int, others: Sequence[int]) -> list[int]:
    """Return the OTHERS passages likest to the question."""
    if not others:
        return []
    order = np.argsort(-library.likeness(question, others), kind="stable")
    return [others[n] for n in order[:OTHERS]]


def why_of(name: str) -> int:
    """Return the place of a `why` among WHYS, 0 where it is none of them."""
    name = name.partition("：")[0].strip()
    return WHYS.index(name) if name in WHYS else 0
