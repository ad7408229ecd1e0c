"""A library that grows: `python -m tests.benchmarks.library DOCUMENTS.jsonl.xz --sizes 1 10 100 1000 [--encoder fast]`.

A line of the file is {"title", "text"}. The library is filled batch by batch as `speechqa add` fills it; at each size a
process of its own opens it and asks, one document more is added and taken out again, and plain bm25s (where it is
installed) with a flat FAISS index is built over the same passages and asked the same, question by question beside ours.
A library that is there is asked by `python -m tests.benchmarks.library FOLDER --asked`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import lzma
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

import faiss
import numpy as np

from index import (
    Document,
    Encoder,
    Snapshot,
    add_documents,
    load_encoder,
    load_snapshot,
    read_text,
    remove_documents,
    words,
)
from qa import Engine, QuestionError, Settings
from qa.reranking import load_reranker

BATCH = 25


def main() -> None:
    """Fill, and print the figures at each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("documents", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--encoder", default="fast")
    parser.add_argument("--keep", type=Path, help="where the library is left")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--asked", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.asked:
        asked(options.documents, options.encoder, options.questions)
        return
    with tempfile.TemporaryDirectory() as folder:
        grow(options.keep or Path(folder) / "library", options)


def read(path: Path) -> list[Document]:
    """Return the documents in an order of chance, always the same."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    random.Random(7).shuffle(records)
    return [read_text(r["text"], title=r["title"]) for r in records[: 1 + max_size()]]


def max_size() -> int:
    """Return the largest size of the command line."""
    after = sys.argv[sys.argv.index("--sizes") + 1 :] if "--sizes" in sys.argv else ["1000"]
    return max(int(word) for word in after if word.isdigit())


def grow(root: Path, options: argparse.Namespace) -> None:
    """Fill the library to each size, measure there."""
    encoder = load_encoder(options.encoder)
    documents = list({document.id: document for document in read(options.documents)}.values())
    spare = documents.pop()
    built, work, done = 0.0, 0.0, 0
    for size in sorted(min(size, len(documents)) for size in options.sizes):
        while done < size:
            batch = documents[done : min(size, done + BATCH)]
            started, worked = time.perf_counter(), time.process_time()
            add_documents(root, batch, encoder)
            built += time.perf_counter() - started
            work += time.process_time() - worked
            done += len(batch)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started, worked = time.perf_counter(), time.process_time()
        add_documents(root, [spare], encoder)
        one, own = time.perf_counter() - started, time.process_time() - worked
        remove_documents(root, {spare.id}, encoder)
        held = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
        print(
            f"{size} documents: built in {built:.1f} s (processor {work:.1f} s), {held / 1e6:.1f} MB, writer's peak {peak:.0f} MB"
        )
        print(
            f"  one more: {one:.2f} s (processor {own:.2f} s), {100 * own / work:.2f} % of the build by processor time"
        )
        command = [sys.executable, "-m", "tests.benchmarks.library", str(root), "--asked"]
        given = ["--encoder", options.encoder, "--questions", str(options.questions)]
        subprocess.run([*command, *given], check=True, env=dict(os.environ))
        sys.stdout.flush()


def asked(root: Path, name: str, count: int) -> None:
    """Open the library and ask, in this process; then again, each question beside plain search."""
    encoder = load_encoder(name)
    started, worked = time.perf_counter(), time.process_time()
    snapshot = load_snapshot(root, fingerprint=encoder.fingerprint)
    opened, own = time.perf_counter() - started, time.process_time() - worked
    engine = Engine(snapshot, encoder, Settings(), load_reranker("", encoder))
    questions = questions_of(snapshot, count)

    def ask(question: str) -> None:
        with contextlib.suppress(QuestionError):
            engine.ask(question)

    first = spent(partial(ask, "工作"))  # loads the dictionary, reads what the documents go by
    once = [spent(partial(ask, question)) for question in questions]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  {len(snapshot.rows)} passages, opened in {opened:.2f} s (processor {own:.2f} s), reader's peak {peak:.0f} MB"
    )
    print(f"  the first question: {first[0]:.2f} s (processor {first[1]:.2f} s)")
    print(f"  a question, of documents not asked before: {said(once)}")
    search = plain(snapshot, encoder)
    again, beside = [], []
    for question in questions:
        again.append(spent(partial(ask, question)))
        if search is not None:
            beside.append(spent(partial(search, question)))
    print(f"  a question, of documents asked before: {said(again)}")
    if beside:
        ratio = np.median(np.array(again)[:, 1]) / np.median(np.array(beside)[:, 1])
        print(f"  bm25s and flat FAISS: {said(beside)}; {ratio:.2f} times that, by medians of processor time")


def spent(do: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that something takes, and those of the processor."""
    started, worked = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - started, time.process_time() - worked


def said(times: Sequence[tuple[float, float]]) -> str:
    """Return what is said of times by the clock and of the processor."""
    clock, work = zip(*times, strict=True)
    return f"{percentiles(clock)} ms (50, 95, 99 % of {len(clock)}); processor {percentiles(work)} ms"


def questions_of(snapshot: Snapshot, count: int) -> list[str]:
    """Return questions about headings of documents taken by chance, always the same."""
    rng = random.Random(3)
    found: list[str] = []
    for one in rng.choices(snapshot.documents, k=count):
        headings = [s.heading for s in one.sections if 4 <= len(s.heading) <= 20] or [one.document.title]
        found.append(
            rng.choice(["{}有哪些要求？", "{}是多少？", "关于{}怎么说的？"]).format(rng.choice(headings))
        )
    return found


def plain(snapshot: Snapshot, encoder: Encoder) -> Callable[[str], object] | None:
    """Build bm25s and a flat FAISS index over the same passages; return what asks both, None without bm25s."""
    try:
        bm25s = import_module("bm25s")
    except ImportError:
        print("  bm25s is not installed")
        return None
    texts = [one.document.text[p.start : p.end] for one in snapshot.documents for p in one.passages]
    started = time.perf_counter()
    lexical = bm25s.BM25()
    lexical.index([words(text) for text in texts], show_progress=False)
    dense = faiss.IndexFlatIP(snapshot.dimension)
    dense.add(encoder.encode_passages(texts))
    print(f"  bm25s and flat FAISS: built in {time.perf_counter() - started:.1f} s")
    count = min(100, len(texts))

    def search(question: str) -> object:
        found = lexical.retrieve([words(question)], k=count, show_progress=False)
        return found, dense.search(encoder.encode_queries([question]), count)

    return search


def percentiles(times: Sequence[float]) -> str:
    """Return 50, 95 and 99 %, in milliseconds."""
    return ", ".join(f"{1e3 * value:.1f}" for value in np.percentile(times, [50, 95, 99]))


if __name__ == "__main__":
    main()
