"""A library here and on an engine: `python -m tests.benchmarks.engines DOCUMENTS.jsonl.xz PAIRS.jsonl.xz FOLDER`.

The same documents are added to a library in FOLDER/here and to Qdrant Edge in FOLDER/edge (what is there already stays),
and both are asked the same questions. Printed: building, size, time of a question, and how often the first point is the
same; the questions where it is not stand in FOLDER/differ.jsonl. A line of DOCUMENTS is {"title", "text"}, one of PAIRS
{"question", "colloquial", "documents": [titles]}.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index import EngineLibrary, add_files, load_encoder, load_snapshot, open_stage
from qa import Engine, Settings, distant
from qa.distant import open_distant
from qa.reranking import load_reranker
from tests.benchmarks.library import percentiles


def main() -> None:
    """Build both, ask both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("documents", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--encoder", default="fast")
    parser.add_argument("--loaded", type=int, nargs="+", default=[distant.LOADED])
    options = parser.parse_args()
    questions = written(options)
    encoder = load_encoder(options.encoder)
    files, here = options.folder / "files", options.folder / "here"
    there = f"edge:{options.folder / 'edge'}"
    if not here.exists():
        timed("here: built", lambda: add_files(here, [files], encoder), here)
    if not (options.folder / "edge").exists():
        with EngineLibrary.open(there) as library:
            timed("edge: built", lambda: library.add([files], encoder), options.folder / "edge")
    started = time.process_time()
    snapshot = load_snapshot(here, fingerprint=encoder.fingerprint)
    print(f"here: {len(snapshot.documents)} documents, {len(snapshot.rows)} passages, opened in {time.process_time() - started:.2f} s")  # fmt: skip
    engine = Engine(snapshot, encoder, Settings(), load_reranker("", encoder))
    wanted = asked("here", engine, questions)
    del engine, snapshot
    for loaded in options.loaded:
        distant.LOADED = loaded  # type: ignore[misc]
        started = time.process_time()
        stage = open_stage(there, encoder.fingerprint)
        far = open_distant(stage, encoder, Settings(), load_reranker("", encoder))
        print(f"edge, {loaded} documents a question: opened in {time.process_time() - started:.2f} s")
        compared(questions, wanted, asked("edge", far, questions), options.folder / f"differ-{loaded}.jsonl")
        stage.close()


def written(options: argparse.Namespace) -> list[str]:
    """Write the documents as files, those that the pairs name first; return questions on them."""
    rng = random.Random(7)
    with lzma.open(options.documents, "rt", encoding="utf-8") as file:
        documents = [json.loads(line) for line in file]
    with lzma.open(options.pairs, "rt", encoding="utf-8") as file:
        pairs = [json.loads(line) for line in file]
    rng.shuffle(documents)
    named = {title for pair in pairs for title in pair["documents"]}
    documents.sort(key=lambda d: d["title"] not in named)
    documents = documents[: options.size]
    files = options.folder / "files"
    if not files.exists():
        files.mkdir(parents=True)
        for number, one in enumerate(documents):
            name = re.sub(r"\W", "", one["title"])[:60]
            (files / f"{number:04d}-{name}.txt").write_text(one["text"], "utf-8")
    titles = {d["title"] for d in documents}
    told = [pair for pair in pairs if titles.intersection(pair["documents"])]
    chosen = rng.sample(told, options.questions)
    return [pair["question" if n % 2 else "colloquial"] for n, pair in enumerate(chosen)]


def timed(label: str, act: Any, folder: Path) -> None:
    """Do something, and print what it took and left."""
    started, worked = time.perf_counter(), time.process_time()
    act()
    spent, work = time.perf_counter() - started, time.process_time() - worked
    held = sum(512 * file.stat().st_blocks for file in folder.rglob("*") if file.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{label} in {spent:.1f} s (processor {work:.1f} s), {held / 1e6:.1f} MB, peak {peak:.0f} MB", flush=True)  # fmt: skip


def asked(label: str, engine: Engine, questions: Sequence[str]) -> list[dict[str, Any]]:
    """Ask, print the times, return the first point of each."""
    engine.ask("工作")  # loads the dictionary
    times, work, found = [], [], []
    for question in questions:
        started, worked = time.perf_counter(), time.process_time()
        answer = engine.ask(question)
        times.append(time.perf_counter() - started)
        work.append(time.process_time() - worked)
        first = answer.points[0] if answer.points else None
        found.append(
            {
                "status": answer.status.value,
                "reason": answer.reason,
                "confidence": answer.confidence,
                "first": first and (first.document.id, first.start, first.end, first.text),
            }
        )
    print(f"{label}: a question {percentiles(times)} ms; processor {percentiles(work)} ms (50, 95, 99 %)", flush=True)  # fmt: skip
    return found


def compared(
    questions: Sequence[str], here: Sequence[dict[str, Any]], there: Sequence[dict[str, Any]], path: Path
) -> None:
    """Print how often the first point and the confidence are the same, and write down where the point is not."""
    differ = [
        {"question": q, "here": a, "there": b}
        for q, a, b in zip(questions, here, there, strict=True)
        if a["first"] != b["first"]
    ]
    alike = sum(a["confidence"] == b["confidence"] for a, b in zip(here, there, strict=True))
    print(
        f"the same first point {len(questions) - len(differ)} of {len(questions)}, the same confidence {alike}"
    )
    path.write_text("".join(json.dumps(d, ensure_ascii=False) + "\n" for d in differ), "utf-8")
    for one in differ:
        print(f"  {one['question']}")


if __name__ == "__main__":
    main()
