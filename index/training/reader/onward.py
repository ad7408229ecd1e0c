"""The shipped reader of pairs taken further on all that had been written when this was made: `--again`."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Collection
from pathlib import Path

from index.encoder import SHIPPED, StaticEncoder
from index.loading import FAST
from index.training.reader.cases import Library, about, asked_cases, group_cases, judged_cases, list_cases
from index.training.reader.cross import Case, Shape, shipped_cross, shorter, write_cross
from index.training.reader.export import quantized
from index.training.reader.listwise import pair_figures, train_cross
from index.training.reader.pairs import (
    ASKED_QUESTIONS,
    GROUP_QUESTIONS,
    judged_pieces,
    list_pieces,
    made_documents,
    read_lines,
)
from index.transformer import CROSS, READER, FusedEncoder, Read, Reader

# A pass from the shipped reader of pairs over what has been written since, and some of the rest.
ONWARD = Shape(batch=32, rate=4e-5, head_rate=5e-4, seed=3)
ONWARD_AMONG, ONWARD_TOLD = 2_700, 2_200  # of the older questions on pieces, of those whose wants are told
MOST = 4  # candidates of a case in it


def onward(data: Path, left_out: Collection[str], work: Path, out: Path | None) -> None:
    """Train the shipped reader of pairs further, over the states of the shipped encoder; written to `out`."""
    texts, known, told, held = _onward_cases(data, left_out, work / "onward.pickle")
    known = [shorter(case, MOST) for case in known]
    cross = train_cross(
        texts, [*known, *told], ONWARD, None, work / "onward.pt",
        before=shipped_cross(READER / CROSS, ONWARD),
    )  # fmt: skip
    print(pair_figures(cross, texts, held))
    write_cross(cross, ONWARD.width, work / "whole.onnx")
    quantized(work / "whole.onnx", (out or work) / CROSS)


def _onward_cases(
    data: Path, left_out: Collection[str], file: Path
) -> tuple[list[Read], list[Case], list[Case], list[Case]]:
    """Return the texts as the shipped encoder reads them, cases with candidates, those that are told, those held back.

    All of the made-up documents, and some of what was trained on before; kept in `file`.
    """
    if not file.exists():
        library, rng = Library(Reader(READER, cross=False)), random.Random(3)
        encoder = FusedEncoder(StaticEncoder(SHIPPED, FAST), Reader(READER, cross=False), "training")
        official = {r["title"]: r for r in read_lines(data / "official.jsonl.xz")}
        made, documents = made_documents(kept=False)
        listed = [
            r | {"points": [[e] for e in r["evidence"]], "near": r.get("not", [])}
            for r in made
            if r["wants"] == "all" and r["evidence"] and not r.get("history")
        ]
        single = [r for r in made if r["wants"] != "all" or not r["evidence"] or r.get("history")]
        pieces, texts = judged_pieces(official, left_out)
        pieces = [r for r in pieces if "round" not in r]  # those with one were written later
        lists, list_texts = list_pieces(official, left_out)
        pieces = rng.sample(pieces, min(len(pieces), ONWARD_AMONG))
        held = judged_cases(*made_documents(kept=True), library, encoder)
        lines = (data / "understanding.jsonl").read_text("utf-8").splitlines()
        asked = [json.loads(line) for n, line in enumerate(lines) if n % 5] + read_lines(ASKED_QUESTIONS)
        asked = rng.sample(asked, min(len(asked), ONWARD_TOLD))
        cases = [
            *judged_cases(single, documents, library, encoder),
            *list_cases(listed, documents, library, encoder),
            *judged_cases(pieces, texts, library, encoder),
            *list_cases(lists, list_texts, library, encoder),
        ]
        judged = read_lines(data / "judged.jsonl.xz")
        whole = {r["document"]: r["text"] for r in judged if "text" in r and r["title"] not in left_out}
        cases += group_cases(about(read_lines(GROUP_QUESTIONS), whole), whole, library)
        told = asked_cases(asked, library)
        file.write_bytes(pickle.dumps((library.texts, cases, told, held), protocol=5))
    found: tuple[list[Read], list[Case], list[Case], list[Case]] = pickle.loads(file.read_bytes())  # noqa: S301 - ours
    return found
