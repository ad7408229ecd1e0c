"""The shipped reader of pairs taken further once more: `python -m index.training.reader --more`.

One pass over the questions written since (on pieces of official documents in everyday words, near misses of the same
forms beside them; on what documents list, named by subject, place and look), over everyday questions written for one
sentence among what both encoders find in its whole document, and over some of all else that nothing be forgotten.
"""

from __future__ import annotations

import pickle
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.encoder import SHIPPED, StaticEncoder
from index.loading import FAST
from index.training.reader.cases import Library, about, asked_cases, group_cases, judged_cases
from index.training.reader.cross import Case, Shape, shipped_cross, shorter
from index.training.reader.hard import Cases, told_questions, written_sentences
from index.training.reader.listwise import train_cross
from index.training.reader.mined import mined_cases
from index.training.reader.pairs import (
    GROUP_QUESTIONS,
    ROUND,
    group_pieces,
    judged_pieces,
    made_documents,
    read_lines,
)
from index.transformer import CROSS, READER, FusedEncoder, Read, Reader

SHAPE = Shape(batch=32, rate=4e-5, head_rate=5e-4, seed=7)
CANDIDATES = 4
# Of what had been written before as much as is read in some minutes: each document is read whole.
DENSE = 90_000  # characters of the documents with most everyday questions for their length
REPORTS = 1  # others beside these: reports of governments, which are ten times as long
PIECES, MADE, LISTED = (
    15,
    20,
    14,
)  # documents: pieces of official ones, made up, and asked about what they list
TOLD = 800  # questions whose wants are told
TAKEN = {"plain": 300, "traps": 400}  # of the cases of a kind; of those not named all are


def further(data: Path, left_out: Collection[str], work: Path, start: Path = READER / CROSS) -> Any:
    """Return the reader of pairs `start` after the pass; what is built is kept in `work`, under what it is made of."""
    official = {r["title"]: r for r in read_lines(data / "official.jsonl.xz")}
    texts, cases = older_cases(data, official, left_out, work)
    new_texts, new = fresh_cases(official, left_out, work)
    rng = random.Random(8)
    for kind, rows in [*cases.items()]:
        cases[kind] = rng.sample(rows, min(TAKEN.get(kind, len(rows)), len(rows)))
        print(f"{kind}: {len(cases[kind])} of {len(rows)} cases", flush=True)
    for kind, rows in new.items():
        print(f"{kind}: {len(rows)} new cases", flush=True)
        cases[f"new {kind}"] = [_shifted(case, len(texts)) for case in rows]
    short = [shorter(case, CANDIDATES) for kind, rows in cases.items() if kind != "told" for case in rows]
    before = shipped_cross(start, SHAPE)
    return train_cross(
        [*texts, *new_texts], [*short, *cases["told"]], SHAPE, None, work / "more.pt", before=before
    )


def _shifted(case: Case, by: int) -> Case:
    """Return a case whose texts stand `by` places further on."""
    return replace(case, question=case.question + by, candidates=tuple(n + by for n in case.candidates))


def fresh_cases(
    official: Mapping[str, Any], left_out: Collection[str], work: Path
) -> tuple[list[Read], Cases]:
    """Return the texts as the shipped encoder reads them, and the cases of the questions written last; kept in `work`."""
    records, texts = judged_pieces(official, left_out)
    records = [r for r in records if r.get("round") == ROUND]
    grouped, wholes = group_pieces(official, left_out, kept=False)

    def build() -> tuple[list[Read], Cases]:
        library = Library(Reader(READER, cross=False))
        names = {r["document"] for r in records}
        pieces = {n: t for n, t in texts.items() if n in names}
        cases = {
            "pieces": judged_cases(records, pieces, library, _encoder()),
            "groups": group_cases(grouped, wholes, library),
        }
        return library.texts, cases

    return _kept(work, "fresh", repr((records, grouped)), build)


def older_cases(
    data: Path, official: Mapping[str, Any], left_out: Collection[str], work: Path
) -> tuple[list[Read], Cases]:
    """Return the texts, and the cases by kind of what had been written before; kept in `work`."""

    def build() -> tuple[list[Read], Cases]:
        rng = random.Random(9)
        library, encoder = Library(Reader(READER, cross=False)), _encoder()
        asked = written_sentences(data, official, left_out)
        homes = {t: official[t]["text"] for t in sorted(_chosen(asked, official, rng))}
        own = [r for r in asked if r["title"] in homes]
        cases = mined_cases(own, homes, library, StaticEncoder(SHIPPED, FAST))
        records, pieces = judged_pieces(official, left_out)
        pieces = _some(pieces, {r["document"] for r in records if r.get("round") != ROUND}, PIECES, rng)
        cases["pieces"] = judged_cases(records, pieces, library, encoder)
        judged = read_lines(data / "judged.jsonl.xz")
        whole = {r["document"]: r["text"] for r in judged if "text" in r and r["title"] not in left_out}
        grouped = about(read_lines(GROUP_QUESTIONS), whole)
        whole = _some(whole, {r["document"] for r in grouped}, LISTED, rng)
        cases["groups"] = group_cases(grouped, whole, library)
        made, documents = made_documents(kept=False)
        single = [r for r in made if r["wants"] != "all" or not r["evidence"] or r.get("history")]
        documents = _some(documents, set(documents), MADE, rng)
        cases["made"] = judged_cases(single, documents, library, encoder)
        cases["told"] = asked_cases(rng.sample(list(told_questions(data)), TOLD), library)
        return library.texts, cases

    made_of = repr((sorted(left_out), DENSE, REPORTS, PIECES, MADE, LISTED, TOLD))
    return _kept(work, "older", made_of, build)


def _encoder() -> FusedEncoder:
    return FusedEncoder(StaticEncoder(SHIPPED, FAST), Reader(READER, cross=False), "training")


def _kept(
    work: Path, name: str, made_of: str, build: Callable[[], tuple[list[Read], Cases]]
) -> tuple[list[Read], Cases]:
    """Return what `build` makes, from `work` where it was made of the same before."""
    file = work / f"{name}-{sha256(made_of.encode()).hexdigest()[:12]}.pickle"
    if not file.exists():
        file.write_bytes(pickle.dumps(build(), protocol=5))
    found: tuple[list[Read], Cases] = pickle.loads(file.read_bytes())  # noqa: S301 - written above
    return found


def _some(texts: Mapping[str, str], names: Collection[str], count: int, rng: random.Random) -> dict[str, str]:
    return {name: texts[name] for name in rng.sample(sorted(names), min(count, len(names)))}


def _chosen(records: list[dict[str, Any]], official: Mapping[str, Any], rng: random.Random) -> set[str]:
    """Return the titles of documents with many everyday questions for their length, and of some long reports."""
    asked: dict[str, int] = defaultdict(int)
    for record in records:
        if record.get("colloquial") and record["group"] != "laws":
            asked[record["title"]] += 1
    size = {title: len(official[title]["text"]) for title in asked}
    found: set[str] = set()
    read = 0
    for title in sorted(asked, key=lambda t: (size[t] / asked[t], t)):
        read += size[title]
        if read > DENSE:
            break
        found.add(title)
    reports = sorted(t for t in asked if t not in found and official[t]["group"].startswith("gov_report"))
    return found | set(rng.sample(reports, min(REPORTS, len(reports))))
