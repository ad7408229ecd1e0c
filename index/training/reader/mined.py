"""What the reader of pairs mistakes, made from what is there: passages that the encoders find too, answers taken out.

A question written for one sentence stands beside the passages of the whole document that both encoders find likest to it,
as it will when it is asked. Near misses are made exactly: an answer's sentence without the answer, a question with
another year. So that a broken sentence is no sign, as many answers lose something that was not asked for.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoder import StaticEncoder
from index.folding import fold
from index.training.reader.cases import PLAIN, Library, Passages, all_passages, why_of
from index.training.reader.cross import Case
from index.training.reader.measure import sentences_of
from index.training.reader.pairs import WORDINGS, read_lines
from index.transformer import SHARE

MOST = 5  # passages beside the one that answers
AROUND = 12  # passages to each side among which those of a law are looked for: its whole text would take hours to read
SAME = 0.5  # share of a passage's two-character pieces in the answer from which it may answer, too
SECOND = 0.35  # share of the sentences of which a second, ordinary wording is asked
TRAPS = 0.4  # share of the traps
BROKEN = 0.5  # share of the near misses that are made
FIGURE = re.compile(
    r"(?<![\d.])\d[\d.,]*(?:[%％‰]|个百分点|[万亿千百]*(?:平方公里|平方米|立方米|公里|公顷|千瓦|人次|[^\W\d_])?)"
)
_COUNTS = re.compile("多少|几[^乎]|多大|多高|多长|占比")
_OTHERWISE = re.compile("谁|哪[里儿个家些位]|为[什啥]|凭[什啥]")  # asks for something that is no figure
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年)")
_DATE = re.compile(r"年|月|日|号")
ENCYCLOPEDIAS = ("cmrc2018_train_trial.jsonl.xz", "xquad_zh.jsonl.xz", "drcd_dev_traditional.jsonl.xz")


def mined_cases(
    records: Sequence[dict[str, Any]], texts: Mapping[str, str], library: Library, static: StaticEncoder
) -> dict[str, list[Case]]:
    """Return the cases of records like those of traps.jsonl.xz: "everyday", "plain", "laws", "traps", "broken", "years"."""
    rng = random.Random(11)
    passages = all_passages(texts)
    found: dict[str, list[Case]] = {}
    for title in texts:
        own = passages[title]
        rows = [r for r in records if r["title"] == title]
        placed = [(r, at) for r in rows if (at := _right(texts[title], own, r["sentence"])) is not None]
        if not placed:
            continue
        near = _read(library, own, [at for _, at in placed], whole=rows[0]["group"] != PLAIN)
        library.read_all((r[n] for r, _ in placed for n in WORDINGS if r.get(n) and r[n] != "-"), ())
        vectors = _vectors(library, static, own, near)
        for record, at in placed:
            for kind, case in _cases_of(record, at, own, library, static, vectors, rng):
                found.setdefault(kind, []).append(case)
    return found


def _right(text: str, own: Passages, sentence: str) -> int | None:
    start = text.find(sentence)
    right = own.right([(start, start + len(sentence))]) if start >= 0 else []
    return right.index(True) if any(right) else None


def _read(library: Library, own: Passages, right: Sequence[int], *, whole: bool) -> list[int]:
    """Read a document's passages, those around the right ones where it is a law; return which."""
    every = range(len(own.texts))
    near = list(every) if whole else sorted({n for at in right for n in every if abs(n - at) <= AROUND})
    library.read_all((), (own.texts[n] for n in near))
    return near


def _vectors(
    library: Library, static: StaticEncoder, own: Passages, near: Sequence[int]
) -> dict[int, NDArray[np.float32]]:
    """Return of each passage read what both encoders make of it, one behind the other."""
    fast = static.encode_passages([fold(own.texts[n]) for n in near])
    return {
        n: _both(library.texts[library.passage(own.texts[n])].vector, f)
        for n, f in zip(near, fast, strict=True)
    }


def _both(slow: NDArray[np.float32], fast: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([np.sqrt(SHARE) * slow, np.sqrt(1 - SHARE) * fast])


def _cases_of(
    record: dict[str, Any],
    at: int,
    own: Passages,
    library: Library,
    static: StaticEncoder,
    vectors: Mapping[int, NDArray[np.float32]],
    rng: random.Random,
) -> Iterator[tuple[str, Case]]:
    """Yield the cases of one record, by kind."""
    law = record["group"] == PLAIN
    plain = [record[n] for n in ("question", "short", "noisy") if record.get(n) and record[n] != "-"]
    asked = [("everyday", q) for q in [record.get("colloquial")] if q and q != "-"]
    if plain and (not asked or rng.random() < SECOND):
        asked.append(("plain", rng.choice(plain)))
    others = [n for n in vectors if n != at and not _same(own.texts[n], own.texts[at])]
    matrix = np.array([vectors[n] for n in others])

    def likest(question: str, most: int) -> list[int]:
        if not others:
            return []
        read = library.texts[library.question(question)].vector
        order = np.argsort(-(matrix @ _both(read, static.encode_queries([fold(question)])[0])), kind="stable")
        return [library.passage(own.texts[others[n]]) for n in order[:most]]

    right = library.passage(own.texts[at])
    for kind, question in asked:
        rest = likest(question, MOST)
        yield (
            "laws" if law else kind,
            Case(library.question(question), (right, *rest), (True, *(False for _ in rest))),
        )
    if record.get("trap") and rng.random() < TRAPS:
        yield "traps", Case(library.question(record["trap"]), (right,), (False,), why_of(record["why"]))
    question = rng.choice([q for _, q in asked]) if asked else ""
    broken = _broken(question, own.texts[at], rng)
    if broken is not None:
        text, answers = broken
        rest = likest(question, 2)
        row = library.passage(text)
        why = 0 if answers else why_of("figure_absent")
        yield "broken", Case(library.question(question), (row, *rest), (answers, *(False for _ in rest)), why)
    years = sorted(set(_YEAR.findall(question)) & set(_YEAR.findall(own.texts[at])))
    if years:
        other = str(int(years[0]) + rng.choice((-3, -2, -1, 1, 2, 3)))
        if other not in own.texts[at]:
            swapped = question.replace(years[0], other)
            yield "years", Case(library.question(swapped), (right,), (False,), why_of("other_year"))


def _same(text: str, answer: str) -> bool:
    pieces, own = ({t[n : n + 2] for n in range(len(t) - 1)} for t in (text, answer))
    return len(pieces & own) > SAME * max(1, min(len(pieces), len(own)))


def _broken(question: str, text: str, rng: random.Random) -> tuple[str, bool] | None:
    """Return a passage without a figure, and whether it still answers: it does where none was asked for."""
    figures = [m for m in FIGURE.finditer(text) if not _DATE.search(text[m.start() : m.end() + 1])]
    counts = _COUNTS.search(question) is not None
    if not question or not figures or (counts and len(figures) > 1) or rng.random() > BROKEN:
        return None
    if not counts and (re.search(r"\d", question) or not _OTHERWISE.search(question)):
        return None
    gone = rng.choice(figures)
    return text[: gone.start()] + text[gone.end() :], not counts


def read_cases(data: Path, count: int, library: Library) -> list[Case]:
    """Return cases of encyclopedias: the sentence that answers, the same without the answer, the others.

    Every other case has none that answers; every fourth one that answers and lost something else.
    """
    rng = random.Random(12)
    records = [r for name in ENCYCLOPEDIAS for r in read_lines(data / name)]
    found = []
    for number, record in enumerate(rng.sample(records, min(count, len(records)))):
        text, answer = record["context"], record["answers"][0]
        at = text.find(answer)
        spans = sentences_of(text)
        right = next((n for n, (a, b) in enumerate(spans) if a <= at < b), None)
        if right is None or not answer.strip() or answer in record["question"]:
            continue
        start, end = spans[right]
        own = text[start:end].strip()
        without = own.replace(answer, "").strip()
        others = [
            text[a:b].strip() for n, (a, b) in enumerate(spans) if n != right and answer not in text[a:b]
        ]
        kept = rng.sample(others, min(len(others), 3))
        if len(without) < 6:
            continue
        if number % 2:
            found.append((record["question"], [without, *kept], -1))
        elif number % 4:
            found.append((record["question"], [own, without, *kept[:2]], 0))
        else:
            found.append((record["question"], [_shortened(own, answer, rng), without, *kept[:2]], 0))
    library.read_all((q for q, _, _ in found), (t for _, rows, _ in found for t in rows))
    return [
        Case(
            library.question(q),
            tuple(library.passage(t) for t in rows),
            tuple(n == right for n in range(len(rows))),
        )
        for q, rows, right in found
    ]


def _shortened(text: str, answer: str, rng: random.Random) -> str:
    """Return a text without a piece as long as the answer that does not touch the answer."""
    at, size = text.find(answer), len(answer)
    places = [n for n in range(len(text) - size) if n + size <= at or n >= at + size]
    if not places:
        return text
    gone = rng.choice(places)
    return text[:gone] + text[gone + size :]
