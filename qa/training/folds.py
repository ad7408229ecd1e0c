"""Score the development sets by small models that never saw them: `python -m qa.training.folds --data … --eval … --work DIR`.

Members, following, parts and confidence are fitted --folds times, each time without the documents that they then answer;
the encoder and the reader of pairs have seen none of these documents at all. What the models are fitted on is gathered
once and kept in --work, by the shipped weights of the others: a run that was stopped goes on there. Prints score.py's table.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from index.build import build_index
from index.loading import load_encoder
from index.reading import read_text
from index.training.reader.pairs import shared_titles
from qa import confidence, members, parts, retrieval
from qa.answering import Engine
from qa.rendering import to_json
from qa.requests import answer_request
from qa.reranking import load_reranker
from qa.settings import Settings
from qa.training import confidence as judges
from qa.training import following
from qa.training import members as lists
from qa.training import parts as groups
from qa.training.sources import Source, read_development, read_sources


@dataclass(frozen=True, slots=True)
class Rows:
    """What the four models are fitted on, each row with the name of its document."""

    members: Sequence[lists.Row]
    following: Sequence[following.Row]
    parts: Sequence[groups.Row]
    confidence: Sequence[judges.Example]

    def without(self, held: set[str]) -> Rows:
        """Return the rows of the other documents."""
        kept = {name: [r for r in getattr(self, name) if r.document not in held] for name in self.__slots__}
        return Rows(**kept)


def gather(data: Path, sets: Path, work: Path) -> Rows:
    """Return the rows of all documents; each kind is kept in `work` once it is there."""
    sources = read_sources(data, sets)

    def spread(rows_of: Callable[[Source], list[Any]], of: Sequence[Source]) -> list[Any]:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            return list(chain.from_iterable(pool.map(rows_of, of)))

    ways: Mapping[str, Callable[[], list[Any]]] = {
        "members": lambda: spread(lists.rows_of, lists.list_sources(data, sets)),
        "following": lambda: spread(following.rows_of, read_sources(data, sets, following.ALL)),
        "parts": lambda: (
            spread(groups.rows_of, read_development(sets))
            + groups.grouped_rows(data, shared_titles(data, sets))
        ),
        "confidence": lambda: [e for e in judges.read_examples(sources) if "read" in e.features],
    }
    found: dict[str, list[Any]] = {}
    for name, way in ways.items():
        kept = work / f"{name}.pickle"
        if not kept.exists():
            kept.with_suffix(".part").write_bytes(pickle.dumps(way()))
            kept.with_suffix(".part").replace(kept)
        found[name] = pickle.loads(kept.read_bytes())  # noqa: S301 - written above
        print(f"{name}: {len(found[name])} rows", flush=True)
    return Rows(**found)


def fitted(rows: Rows) -> dict[str, Any]:
    """Return what the four loaders give, fitted on `rows`."""
    listed = {}
    for name in ("read", "unread"):
        own = [replace(r, inputs=lists._unread(r.inputs)) if name == "unread" else r for r in rows.members]
        listed[name] = (*lists.fit(own), lists.left_out(own)[0])
    unread, read = (
        groups.fit([groups._inputs(r, way) for r in rows.parts], [r.right for r in rows.parts])
        for way in (False, True)
    )
    names = sorted(set(rows.confidence[0].features) - {"read"})
    threshold = judges.best_threshold(rows.confidence, judges.unseen(rows.confidence, names))
    weights, bias = judges.fit(rows.confidence, names)
    model = confidence.Model(dict(zip(names, map(float, weights), strict=True)), bias, threshold)
    return {
        "members": listed,
        "following": following.weigh(rows.following).astype("float32"),
        "parts": (unread, read),
        "confidence": model,
    }


def answer(job: tuple[Source, dict[str, Any], Path, Path]) -> Path:
    """Answer a document's questions by the given models; return the file with its score."""
    source, models, sets, work = job
    encoder = load_encoder()
    engine = Engine(
        build_index([read_text(source.text)], encoder=encoder),
        encoder,
        Settings(),
        load_reranker("", encoder),
    )
    answers = work / f"{source.name}.answers.jsonl"
    with ExitStack() as stack, answers.open("w", encoding="utf-8") as file:
        stack.enter_context(patch.object(members, "load_members", return_value=models["members"]))
        stack.enter_context(patch.object(retrieval, "load_following", return_value=models["following"]))
        stack.enter_context(patch.object(parts, "load_weights", return_value=models["parts"]))
        stack.enter_context(patch.object(confidence, "load_model", return_value=models["confidence"]))
        for record in source.records:
            asked = {k: record[k] for k in ("id", "history", "question")}
            file.write(json.dumps(to_json(answer_request(engine, asked, None)), ensure_ascii=False) + "\n")
    score = answers.with_suffix(".score")
    command = [
        sys.executable,
        str(sets / "score.py"),
        str(sets / source.name),
        str(answers),
        "--json",
        str(score),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - the program that was named
    return score


def main() -> None:
    """Gather, fit and score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval", type=Path, required=True, help="the development sets, score.py, table.py")
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--work", type=Path, required=True, help="where rows, answers and scores are put")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    rows = gather(options.data, options.eval, options.work)
    sources = read_development(options.eval)
    jobs = []
    for fold in range(options.folds):
        held = sources[fold :: options.folds]
        models = fitted(rows.without({s.name for s in held}))
        print(f"fold {fold + 1}: threshold {models['confidence'].threshold:.2f}", flush=True)
        jobs += [(source, models, options.eval, options.work) for source in held]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        scores = dict(zip([j[0].name for j in jobs], pool.map(answer, jobs), strict=True))
    for name in ("seed", "d1", "d2"):
        if name in scores:
            subprocess.run([sys.executable, options.eval / "table.py", scores.pop(name)], check=True)  # noqa: S603
    subprocess.run([sys.executable, options.eval / "table.py", *scores.values()], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
