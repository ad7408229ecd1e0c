"""The shipped reader of pairs taken further once more: `python -m index.training.reader --more`.

One pass over the questions written since (on pieces of official documents in everyday words, near misses of the same
forms beside them; on what documents list, named by subject, place and look), over everyday questions written for one
sentence among what both encoders find in its whole document, and over some of all else that nothing be forgotten.
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.encoder import SHIPPED, StaticEncoder
from index.loading import FAST
from index.training.reader.cases import Library, group_cases, judged_cases
from index.training.reader.cross import Case, Shape, shipped_cross, shorter
from index.training.reader.hard import cases_of
from index.training.reader.listwise import train_cross
from index.training.reader.pairs import ROUND, group_pieces, judged_pieces, read_lines
from index.transformer import CROSS, READER, FusedEncoder, Read, Reader

SHAPE = Shape(batch=32, rate=4e-5, head_rate=5e-4, seed=7)
CANDIDATES = 4
# What is taken of the older cases of each kind beside all new ones.
OLDER = {
    "everyday": 4_000, "plain": 400, "laws": 400, "traps": 500, "broken": 400, "years": 56, "encyclopedias": 500,
    "made": 500, "lists": 350, "groups": 756, "new": 1_500, "told": 1_500,
}  # fmt: skip


def further(data: Path, left_out: Collection[str], work: Path, start: Path = READER / CROSS) -> Any:
    """Return the reader of pairs `start` after the pass; what is built is kept in `work`."""
    texts, cases = cases_of(data, left_out, work)
    new_texts, new = _new_cases(data, left_out, work)
    cases["fresh"] = [shifted(case, len(texts)) for case in new]
    rng = random.Random(8)
    for kind, rows in cases.items():
        cases[kind] = rng.sample(rows, min(OLDER.get(kind, len(rows)), len(rows)))
        print(f"{kind}: {len(cases[kind])} of {len(rows)} cases", flush=True)
    short = [shorter(case, CANDIDATES) for kind, rows in cases.items() if kind != "told" for case in rows]
    before = shipped_cross(start, SHAPE)
    return train_cross(
        [*texts, *new_texts], [*short, *cases["told"]], SHAPE, None, work / "more.pt", before=before
    )


def shifted(case: Case, by: int) -> Case:
    """Return a case whose texts stand `by` places further on."""
    return replace(case, question=case.question + by, candidates=tuple(n + by for n in case.candidates))


def _new_cases(data: Path, left_out: Collection[str], work: Path) -> tuple[Sequence[Read], list[Case]]:
    """Return the texts as the shipped encoder reads them, and the cases of the last round; kept in `work`."""
    official = {r["title"]: r for r in read_lines(data / "official.jsonl.xz")}
    records, texts = judged_pieces(official, left_out)
    records = [r for r in records if r.get("round") == ROUND]
    grouped, wholes = group_pieces(official, left_out, kept=False)
    file = work / f"more-{sha256(repr((records, grouped)).encode()).hexdigest()[:12]}.pickle"
    if not file.exists():
        library = Library(Reader(READER, cross=False))
        encoder = FusedEncoder(StaticEncoder(SHIPPED, FAST), Reader(READER, cross=False), "training")
        names = {r["document"] for r in records}
        cases = judged_cases(records, {n: t for n, t in texts.items() if n in names}, library, encoder)
        cases += group_cases(grouped, wholes, library)
        file.write_bytes(pickle.dumps((library.texts, cases), protocol=5))
    found: tuple[list[Read], list[Case]] = pickle.loads(file.read_bytes())  # noqa: S301 - written above
    return found
