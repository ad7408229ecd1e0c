"""Questions through the Python API: `python -m tests.benchmarks.warm [--documents N]`.

Each question of the golden set is asked once; the first twenty warm up and do not count. With N documents the
built-in speech is indexed beside N - 1 variants of it, and list questions are timed apart.
"""

import argparse
import json
import time
from pathlib import Path

from index import build_index, builtin_document, load_encoder, read_text
from qa import Engine, QuestionError, Settings
from qa.reranking import load_reranker
from qa.types import Kind
from tests.benchmarks.timing import print_times
from tests.texts import SPEECH

WARM_UP = 20
QUESTIONS = Path(__file__).parents[1] / "golden" / "seed" / "questions.jsonl"


def main() -> None:
    """Ask, and print the times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=1)
    count = parser.parse_args().documents
    lines = SPEECH.splitlines()
    others = [read_text("\n".join([f"第{n}篇", *lines[n % 9 :]])) for n in range(1, count)]
    encoder = load_encoder()
    engine = Engine(
        build_index([builtin_document(), *others], encoder=encoder),
        encoder,
        Settings(),
        load_reranker("", encoder),
    )
    title = engine.snapshot.documents[0].document.title
    plain: list[float] = []
    lists: list[float] = []
    for number, line in enumerate(QUESTIONS.read_text("utf-8").splitlines()):
        record = json.loads(line)
        started = time.perf_counter()
        try:
            answer = engine.ask(record["question"], history=record["history"])
        except QuestionError:
            answer = engine.ask(record["question"], history=record["history"], document=title)
        taken = time.perf_counter() - started
        if number >= WARM_UP:
            (lists if answer.kind is Kind.LIST else plain).append(taken)
    print(f"{count} documents, {len(engine.snapshot.rows)} passages")
    print_times("lists", lists)
    print_times("all", plain + lists)


if __name__ == "__main__":
    main()
