"""How the time of each stage grows with adversarial documents: `python -m tests.benchmarks.growth [--whole] [names]`.

For each pattern and stage a document is grown, and the exponent is log(time ratio) / log(size ratio) between the
largest and one of an eighth of its size: 1 is linear, 2 quadratic. Time is this thread's own processor time, the
least of several runs, so that a busy machine does not count.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import math
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from index.build import build_index, passage_terms, read_knowledge
from index.dense import DenseIndex
from index.errors import SpeechIndexError
from index.facets import label_facets
from index.folding import fold
from index.lexical import LexicalIndex
from index.loading import load_encoder
from index.reading import MAX_BYTES, View, decode, read_text, read_view
from index.snapshot import Snapshot, load_snapshot, write_snapshot
from index.sounds import sound_terms
from index.structure.passages import cut_passages
from index.structure.sentences import split_sentences
from index.structure.tree import parse_sections
from index.tokens import TokenIndex
from index.types import Document, IndexedDocument, Section, Sentence
from index.words import words
from qa import Engine, Settings
from qa.suggesting import topics_of
from tests.adversarial import PATTERNS, Pattern

LIMIT = 1.2  # the exponent that every stage must stay below
STEP = 8  # the large document over the small one
SIZE = 32_000  # characters of the large document
WHOLE = MAX_BYTES // 3  # characters of a document at the limit
ENOUGH = 0.02  # seconds above which a single run is a measurement
ALLOWED = 20.0  # seconds that one run of a stage may take at SIZE
TINY = 0.03  # seconds below which a stage is measured on a larger document
FLOOR = 0.0015  # seconds added to both: below, caches and first touches of memory are what is measured
# Below 0.1 µs a character the first touch of fresh memory is what grows; a quadratic part that hides under that in
# half a million characters comes to 9 s at 20 MB.
FAST, MANY = 1e-7, 500_000
LARGER = 64  # times larger at most


class TooSlow(Exception):
    """A run took longer than allowed."""


@dataclass(frozen=True)
class Stage:
    """A stage by name: `prepare` makes its input of a text (not timed), `run` is what is timed.

    `scale` is how much larger its documents are, where what does not grow takes long.
    """

    name: str
    prepare: Callable[[str], Any]
    run: Callable[[Any], Any]
    scale: int = 1


# --- what a stage is given ---------------------------------------------------------------------------
# A stage is measured on a tree and sentences of its own making, not on what the stage before it would give:
# so that each answers for itself, and every shape of tree is tried.


def document(text: str) -> Document:
    return Document("0" * 12, "题", text, "\n" in text.strip(), "a.txt")


def flat_tree(text: str) -> tuple[Section, ...]:
    """Return a section for every non-empty line, one beside the other."""
    found: list[Section] = []
    at = 0
    for line in text.split("\n"):
        if line.strip():
            start = at + len(line) - len(line.lstrip())
            end = at + len(line.rstrip())
            found.append(Section(len(found), None, 1, start, end, end, "", len(found) + 1))
        at += len(line) + 1
    return tuple(found)


def deep_tree(text: str) -> tuple[Section, ...]:
    """Return sections of 20 characters each inside the one before it, down to the end of the text."""
    end = len(text.rstrip())
    starts = range(0, end, 20)
    return tuple(
        Section(n, n - 1 if n else None, n + 1, start, min(start + 20, end), end, "", n + 1)
        for n, start in enumerate(starts)
    )


def plain_sentences(text: str, sections: Sequence[Section], length: int) -> tuple[Sentence, ...]:
    """Return sentences of `length` characters, each in the section that starts last before it."""
    found: list[Sentence] = []
    home = -1
    for start in range(0, len(text), length):
        while home + 1 < len(sections) and sections[home + 1].start <= start:
            home += 1
        end = min(len(text), start + length)
        if text[start:end].strip():
            number = len(found)
            section = home if home >= 0 else None
            found.append(Sentence(number, start, end, section, number // 3 + 1, number % 3 + 1))
    return tuple(found)


Parts = tuple[Document, tuple[Section, ...], tuple[Sentence, ...]]


def parts(tree: Callable[[str], tuple[Section, ...]], length: int) -> Callable[[str], Parts]:
    def prepare(text: str) -> Parts:
        sections = tree(text)
        return document(text), sections, plain_sentences(text, sections, length)

    return prepare


def viewed(tree: Callable[[str], tuple[Section, ...]]) -> Callable[[str], tuple[View, tuple[Section, ...]]]:
    """Return the reader's view with a tree of the harness's own."""
    return lambda text: (read_view(text), tree(text))


def one_sentence(text: str) -> Parts:
    return document(text), (), plain_sentences(text, (), max(1, len(text)))


def indexed(prepare: Callable[[str], Parts]) -> Callable[[str], IndexedDocument]:
    def whole(text: str) -> IndexedDocument:
        one, sections, sentences = prepare(text)
        return IndexedDocument(one, sections, sentences, cut_passages(one, sentences))

    return whole


FLAT, DEEP = parts(flat_tree, 60), parts(deep_tree, 60)
ENCODER = load_encoder("fast")  # the transformer takes the same time for each sentence


def pieces(text: str) -> list[str]:
    """Return the passages of a text as the encoder sees them."""
    return [fold(text[at : at + 150]) for at in range(0, len(text), 150)]


def snapshot_parts(prepare: Callable[[str], Parts]) -> Callable[[str], dict[str, Any]]:
    """Return what is written; the vectors are empty: encoding is a stage of its own."""

    def whole(text: str) -> dict[str, Any]:
        one = indexed(prepare)(text)
        rows = len(one.passages)
        terms = [{"词": 1.0} for _ in range(rows)]
        return {
            "documents": (one,),
            "lexical": LexicalIndex.build(terms),
            "dense": DenseIndex.build(np.zeros((rows, 4), dtype=np.float32)),
            "tokens": TokenIndex.build([np.array([1], dtype=np.int32)] * rows),
            "encoder_name": "none",
            "encoder_fingerprint": "none",
        }

    return whole


class Folder:
    """A folder that goes with the object."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp())

    def __del__(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def written(prepare: Callable[[str], Parts]) -> Callable[[str], Folder]:
    def whole(text: str) -> Folder:
        folder = Folder()
        write_snapshot(folder.path, **snapshot_parts(prepare)(text))
        return folder

    return whole


def write(given: dict[str, Any]) -> None:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        write_snapshot(Path(folder), **given)


def use_tree(one: IndexedDocument) -> None:
    """Ask for the children of every section, as answering does."""
    fresh = replace(one)  # what it remembers is not counted
    for section in (None, *(s.index for s in fresh.sections)):
        fresh.children_of(section)


def snapshot_of(prepare: Callable[[str], Parts]) -> Callable[[str], Snapshot]:
    """Return what questions are asked of, on a tree of the harness's own."""

    def whole(text: str) -> Snapshot:
        one = indexed(prepare)(text)
        texts = [fold(text[p.start : p.end]) for p in one.passages]
        return Snapshot.in_memory(
            (one,),
            LexicalIndex.build(passage_terms(one)),
            DenseIndex.build(ENCODER.encode_passages(texts)),
            TokenIndex.build(ENCODER.token_ids(texts)),
            ENCODER.name,
            ENCODER.fingerprint,
        )

    return whole


QUESTIONS = (
    "一共分几个部分",
    "第二部分讲了什么",
    "第九条是什么",
    "开头怎么讲的",
    "最后怎么收尾",
    "在哪一部分讲到责任",
    "“三个务必”是什么",
    "设施是什么意思",
    "有哪些要求",
    "主要目标有哪些",
    "存在哪些问题",
    "对落实责任有哪些要求",
    "责任由谁落实",
    "12号设施归谁管",
    "有没有完成落实",
    "抓了哪些工作",
    "毛主席说过什么",
    "zfs管什么",
)


def ask_all(snapshot: Snapshot) -> None:
    """Ask a question of every kind, and one that leans on the one before."""
    engine = Engine(snapshot, ENCODER, Settings())
    before: tuple[str, ...] = ()
    for question in QUESTIONS:
        engine.ask(question)
        engine.ask("那第二个呢", history=before)
        before = (question,)
    engine.starters()


# The stages, in order. A new one is a line here: its name, what it is given, what it does.
STAGES: tuple[Stage, ...] = (
    Stage("decode, UTF-8", lambda text: text.encode("utf-8"), lambda data: decode(data, "a.txt")),
    Stage("decode, GB18030", lambda text: text.encode("gb18030"), lambda data: decode(data, "a.txt")),
    Stage("reading", str, lambda text: read_text(text)),
    Stage("view", str, read_view),
    Stage("sections", read_view, parse_sections),
    Stage("sentences", viewed(flat_tree), lambda g: split_sentences(*g)),
    Stage("sentences, deep tree", viewed(deep_tree), lambda g: split_sentences(*g)),
    Stage("knowledge", viewed(flat_tree), lambda g: read_knowledge(*g)),
    Stage("knowledge, deep tree", viewed(deep_tree), lambda g: read_knowledge(*g)),
    Stage("facets", FLAT, lambda g: label_facets(*g)),
    Stage("facets, deep tree", DEEP, lambda g: label_facets(*g)),
    Stage("facets, one sentence", one_sentence, lambda g: label_facets(*g)),
    Stage("passages", one_sentence, lambda g: cut_passages(g[0], g[2])),
    Stage("words", str, words),
    Stage("sounds", str, sound_terms),
    Stage("terms", indexed(FLAT), passage_terms),
    Stage("terms, deep tree", indexed(DEEP), passage_terms),
    Stage("lexical", lambda text: passage_terms(indexed(FLAT)(text)), LexicalIndex.build),
    Stage("encode", pieces, ENCODER.encode_passages),
    Stage("tokens", lambda text: ENCODER.token_ids(pieces(text)), TokenIndex.build),
    Stage("write", snapshot_parts(FLAT), write),
    Stage("write, deep tree", snapshot_parts(DEEP), write),
    Stage("load", written(DEEP), lambda folder: load_snapshot(folder.path)),
    Stage("children", indexed(FLAT), use_tree),
    Stage("children, deep tree", indexed(DEEP), use_tree),
    Stage("questions", snapshot_of(FLAT), ask_all, scale=8),
    Stage("questions, deep tree", snapshot_of(DEEP), ask_all, scale=8),
    Stage("questions, one sentence", snapshot_of(one_sentence), ask_all, scale=8),
    Stage("index", str, lambda text: build_index([read_text(text)], encoder=ENCODER)),
)


# --- measuring ---------------------------------------------------------------------------------------


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TooSlow in the main thread after that much processor time; regular expressions are stopped, too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def seconds_of(stage: Stage, text: str, allowed: float, runs: int = 3) -> float:
    """Return the least processor time of a stage on a text; inf where it takes more than `allowed`."""
    best = math.inf
    gc.collect()
    gc.disable()
    try:
        with at_most(allowed):
            given = stage.prepare(text)
        for _ in range(runs):
            _forget()
            with at_most(allowed):
                started = time.thread_time()
                with contextlib.suppress(SpeechIndexError):  # a refusal takes its time, too
                    stage.run(given)
                taken = time.thread_time() - started
            best = min(best, taken)
            if taken > 5 * ENOUGH:
                break
    except (TooSlow, RecursionError):
        return math.inf
    finally:
        gc.enable()
    return best


def _forget() -> None:
    """Empty the caches by which a second run would be faster."""
    words_of_run = sys.modules["index.words"]._words_of_run  # type: ignore[attr-defined]
    for remembered in (words_of_run, topics_of):
        remembered.cache_clear()


@dataclass(frozen=True)
class Growth:
    """How a stage grew on a pattern: characters and seconds of the large document, and the exponent."""

    pattern: str
    stage: str
    size: int
    seconds: float
    exponent: float

    @property
    def is_linear(self) -> bool:
        """Tell whether the stage keeps to the limit, or takes next to nothing for a long document."""
        return self.exponent <= LIMIT or (self.size >= MANY and self.seconds <= FAST * self.size)

    def __str__(self) -> str:
        taken = "over the time" if math.isinf(self.seconds) else f"{self.seconds:8.4f} s"
        return f"{self.stage:22} {self.pattern:24} {self.size:>9} {taken:>13}  exponent {self.exponent:5.2f}"


def measure(stage: Stage, name: str, size: int = SIZE, allowed: float = ALLOWED) -> Growth:
    """Measure one stage on one pattern, again up to twice where the exponent is above the limit."""
    pattern: Pattern = PATTERNS[name]
    size = min(WHOLE, size * stage.scale)
    largest = min(WHOLE, LARGER * size)
    growth = _measured(stage, name, pattern, size, allowed, 2)
    while growth.seconds < TINY and size < largest:
        size = min(largest, 4 * size)
        growth = _measured(stage, name, pattern, size, allowed, 2)
    for runs in (4, 8):
        if not growth.is_linear and growth.exponent < math.inf:
            again = _measured(stage, name, pattern, size, allowed, runs)
            growth = min(growth, again, key=lambda g: g.exponent)
    return growth


def _measured(stage: Stage, name: str, pattern: Pattern, size: int, allowed: float, runs: int) -> Growth:
    small, large = pattern(size // STEP), pattern(size)
    before = seconds_of(stage, small, allowed / STEP, 2 * runs)
    after = math.inf if math.isinf(before) else seconds_of(stage, large, allowed, runs)
    if math.isinf(after):
        return Growth(name, stage.name, len(large), math.inf, math.inf)
    if after < TINY:
        return Growth(name, stage.name, len(large), after, 0.0)
    exponent = math.log((after + FLOOR) / (before + FLOOR)) / math.log(len(large) / len(small))
    return Growth(name, stage.name, len(large), after, exponent)


def main() -> None:
    """Print the table: every stage's worst patterns, or all of the named ones."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="stages or patterns; none: all")
    parser.add_argument("--size", type=int, default=SIZE, help="characters of the large document")
    parser.add_argument("--whole", action="store_true", help="documents at the limit of 20 MB")
    parser.add_argument("--worst", type=int, default=3, help="patterns shown a stage; 0: all")
    options = parser.parse_args()
    size = WHOLE if options.whole else options.size
    allowed = ALLOWED * max(1.0, size / SIZE)
    stages = [s for s in STAGES if s.name in options.names] or list(STAGES)
    patterns = [p for p in PATTERNS if p in options.names] or list(PATTERNS)
    for stage in stages:
        table = sorted(
            (measure(stage, pattern, size, allowed) for pattern in patterns), key=lambda g: -g.exponent
        )
        for growth in table[: options.worst or None]:
            mark = "" if growth.is_linear else "  <<<"
            print(f"{growth}{mark}", flush=True)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
