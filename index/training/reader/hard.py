"""The shipped reader of pairs taken further over what it mistakes: `python -m index.training.reader --hard`.

Two passes: the questions written last on pieces of official documents with questions whose wants are told, then those
written for one sentence among what both encoders find in its whole document, with some of all else that nothing be forgotten.
"""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.encoder import SHIPPED, StaticEncoder
from index.loading import FAST
from index.training.reader.cases import Library, asked_cases, group_cases, judged_cases, list_cases
from index.training.reader.cross import Case, Shape, shipped_cross, shorter
from index.training.reader.listwise import train_cross
from index.training.reader.mined import mined_cases, read_cases
from index.training.reader.pairs import (
    ASKED_QUESTIONS,
    GROUP_QUESTIONS,
    judged_pieces,
    list_pieces,
    made_documents,
    read_lines,
    written_records,
)
from index.transformer import CROSS, READER, FusedEncoder, Read, Reader

SHAPE = Shape(batch=32, rate=4e-5, head_rate=5e-4, seed=4)
NEWEST, TOLD = (
    6_084,
    1_455,
)  # of the questions on pieces, and of those whose wants are told: the last ones written when this was made
OLDER = 1_500  # of the older ones whose wants are told
LAWS = 1_300  # sentences of laws: there are 5,400
ENCYCLOPEDIAS = 4_500
CANDIDATES = (5, 4)  # in the first pass and in the second
# What the second pass takes of each kind; the first takes all that is new.
SECOND = {
    "everyday": 5_500, "plain": 600, "laws": 600, "traps": 600, "broken": 600, "years": 56, "encyclopedias": 800,
    "made": 500, "lists": 350, "groups": 450, "new": 1_500, "told": 1_500,
}  # fmt: skip

Cases = dict[str, list[Case]]


def harder(data: Path, left_out: Collection[str], work: Path, start: Path = READER / CROSS) -> Any:
    """Return the reader of pairs `start` after both passes; what is built is kept in `work`, under what it is made of.

    The shipped one is what it became of the one at commit ef80a25 (sha256 66d909ff3f18408c…).
    """
    texts, cases = cases_of(data, left_out, work)
    for kind, rows in cases.items():
        print(
            f"{kind}: {len(rows)} cases, {sum(any(case.right) for case in rows)} with an answer", flush=True
        )
    first = [*(shorter(case, CANDIDATES[0]) for case in cases["new"]), *cases["told"]]
    cross = train_cross(texts, first, SHAPE, None, work / "first.pt", before=shipped_cross(start, SHAPE))
    rng = random.Random(6)
    taken = {kind: rng.sample(cases[kind], min(count, len(cases[kind]))) for kind, count in SECOND.items()}
    second = [shorter(case, CANDIDATES[1]) for kind, rows in taken.items() if kind != "told" for case in rows]
    again = replace(SHAPE, seed=5)
    return train_cross(texts, [*second, *taken["told"]], again, None, work / "second.pt", before=cross)


def cases_of(data: Path, left_out: Collection[str], work: Path) -> tuple[list[Read], Cases]:
    """Return the texts as the shipped encoder reads them, and the cases by kind; kept in `work`, under what they are made of."""
    made_of = json.dumps([sorted(left_out), NEWEST, TOLD, OLDER, LAWS, ENCYCLOPEDIAS], ensure_ascii=False)
    file = work / f"hard-{sha256(made_of.encode()).hexdigest()[:12]}.pickle"
    if not file.exists():
        library, static = Library(Reader(READER, cross=False)), StaticEncoder(SHIPPED, FAST)
        encoder = FusedEncoder(static, Reader(READER, cross=False), "training")
        official = {r["title"]: r for r in read_lines(data / "official.jsonl.xz")}
        records = written_sentences(data, official, left_out)
        homes = {title: official[title]["text"] for title in sorted({r["title"] for r in records})}
        cases = mined_cases(records, homes, library, static)
        cases["encyclopedias"] = read_cases(data, ENCYCLOPEDIAS, library)
        made, documents = made_documents(kept=False)
        single = [r for r in made if r["wants"] != "all" or not r["evidence"] or r.get("history")]
        cases["made"] = judged_cases(single, documents, library, encoder)
        cases["lists"] = list_cases(*list_pieces(official, left_out), library, encoder)
        judged = read_lines(data / "judged.jsonl.xz")
        whole = {r["document"]: r["text"] for r in judged if "text" in r and r["title"] not in left_out}
        about = [r for r in read_lines(GROUP_QUESTIONS) if r["document"] in whole]
        cases["groups"] = group_cases(about, whole, library)
        pieces, texts = judged_pieces(official, left_out)
        newest = [r for r in pieces if "round" not in r][-NEWEST:]
        names = {r["document"] for r in newest}
        cases["new"] = judged_cases(newest, {n: t for n, t in texts.items() if n in names}, library, encoder)
        cases["told"] = asked_cases(told_questions(data), library)
        file.write_bytes(pickle.dumps((library.texts, cases), protocol=5))
    found: tuple[list[Read], Cases] = pickle.loads(file.read_bytes())  # noqa: S301 - written above
    return found


def written_sentences(
    data: Path, official: Mapping[str, Any], left_out: Collection[str]
) -> list[dict[str, Any]]:
    """Return the records of questions written for one sentence, all but some of those about laws."""
    plain = [
        r | {"title": r["documents"][0]}
        for r in read_lines(data / "plain_pairs.jsonl.xz")
        if r.get("documents") and not set(r["documents"]) & set(left_out)
    ]
    rest = [*read_lines(data / "traps.jsonl.xz"), *written_records(data, 1), *written_records(data, 2)]
    records = [*plain, *(r for r in rest if r["title"] not in left_out)]
    for record in records:
        record["group"] = official[record["title"]]["group"]
    laws = [r for r in records if r["group"] == "laws"]
    kept = random.Random(21).sample(laws, min(LAWS, len(laws)))
    return [*(r for r in records if r["group"] != "laws"), *kept]


def told_questions(data: Path) -> Sequence[dict[str, Any]]:
    """Return the questions whose wants are told that the passes take: all of the newest, some of the older ones."""
    lines = (data / "understanding.jsonl").read_text("utf-8").splitlines()
    own = [r for r in read_lines(ASKED_QUESTIONS) if "only" not in r]  # written when this was made
    known, fresh = own[:-TOLD], own[-TOLD:]
    asked = [json.loads(line) for number, line in enumerate(lines) if number % 5]
    return [*asked, *fresh, *random.Random(5).sample(known, min(OLDER, len(known)))]
