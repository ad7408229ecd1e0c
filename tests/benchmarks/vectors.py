"""Made-up passages in Qdrant Edge and in flat files: `python -m tests.benchmarks.vectors --rows 100000 [--flat-only]`.

Vectors lie around 2,000 centres, words are drawn as words are (Zipf); 40 a passage, 6 a question. Printed: rows written a
second, the time of settling, bytes on the disk, memory, the time of a question by vectors and by words, and how many of
the true ten nearest are among the ten found.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.engine.edge import EdgeStore
from index.engine.points import Bounds, Point, point_id
from tests.benchmarks.library import percentiles

WORDS, OF_PASSAGE, OF_QUESTION, CENTRES = 200_000, 40, 6, 2000


def main() -> None:
    """Make them, write them, ask them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=400)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--flat-only", action="store_true")
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((CENTRES, options.dimension)).astype(np.float32)
    vectors = around(rng, centres, options.rows)
    asked = around(rng, centres, options.questions)
    true = nearest(vectors, asked)
    if options.flat_only:
        return
    with tempfile.TemporaryDirectory() as folder:
        store = EdgeStore(Path(folder) / "edge", "edge")
        store.create(options.dimension)
        store.index()
        started = time.perf_counter()
        for first in range(0, options.rows, 128):
            store.upsert([made(rng, n, vectors[n]) for n in range(first, min(first + 128, options.rows))])
        spent = time.perf_counter() - started
        print(f"edge: {options.rows / spent:.0f} rows a second written")
        show(store, asked, true, rng, "unsettled")
        started = time.perf_counter()
        store.settle()
        print(f"edge: settled in {time.perf_counter() - started:.1f} s")
        show(store, asked, true, rng, "settled")
        held = sum(file.stat().st_blocks * 512 for file in Path(folder).rglob("*") if file.is_file())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"edge: {held / 1e6:.0f} MB on the disk, process's peak {peak:.0f} MB")
        store.close()


def nearest(vectors: NDArray[np.float32], asked: NDArray[np.float32]) -> list[set[int]]:
    """Return the true ten nearest of each question, and print what the flat index takes."""
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    spent = timed(asked, lambda q: flat.search(q.reshape(1, -1), 100))
    print(f"{len(vectors)} rows of {vectors.shape[1]}; flat FAISS: a question {spent} ms (50, 95, 99 %), {vectors.nbytes / 1e6:.0f} MB", flush=True)  # fmt: skip
    return [set(flat.search(q.reshape(1, -1), 10)[1][0].tolist()) for q in asked]


def around(rng: np.random.Generator, centres: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return unit vectors around centres, shape (count, dimension)."""
    near = centres[rng.integers(len(centres), size=count)]
    found = near + rng.standard_normal(near.shape, dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def drawn(rng: np.random.Generator, count: int) -> list[int]:
    """Return numbers of words, each once, the frequent ones often."""
    found = np.unique(np.minimum(rng.zipf(1.1, size=count), WORDS))
    return [int(n) for n in found]


def made(rng: np.random.Generator, number: int, vector: NDArray[np.float32]) -> Point:
    """Return a passage's point."""
    terms = drawn(rng, OF_PASSAGE)
    payload = {"k": "passage", "d": f"{number // 17:012x}", "n": number % 17}
    return Point(point_id("passage", number), payload, vector, (terms, [1.0] * len(terms)))


def show(
    store: EdgeStore,
    asked: NDArray[np.float32],
    true: list[set[int]],
    rng: np.random.Generator,
    label: str,
) -> None:
    """Ask, and print the times and the recall."""
    by_meaning = timed(asked, lambda q: store.nearest(q, 100, Bounds()))
    sparse = [(t, [1.0] * len(t)) for t in (drawn(rng, OF_QUESTION) for _ in asked)]
    by_words = timed(sparse, lambda q: store.nearest(q, 100, Bounds()))
    hits = 0
    for query, known in zip(asked, true, strict=True):
        found = store.nearest(query, 10, Bounds())
        hits += len(known & {17 * int(one.document, 16) + one.passage for one in found})
    print(f"edge, {label}: by vectors {by_meaning} ms, by words {by_words} ms, recall {hits / (10 * len(true)):.3f}", flush=True)  # fmt: skip


def timed(queries: Any, act: Callable[[Any], object]) -> str:
    """Return 50, 95 and 99 % of the time of a question."""
    times = []
    for query in queries:
        started = time.perf_counter()
        act(query)
        times.append(time.perf_counter() - started)
    return percentiles(times)


if __name__ == "__main__":
    main()
