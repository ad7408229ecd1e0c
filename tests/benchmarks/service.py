"""What keys, figures and the journal cost: `python -m tests.benchmarks.service --base DIR`.

Latency: each question goes in turn to this version with all of it on and to the one in DIR (another checkout), the
order changing; medians of both and of their paired differences. Memory by questions asked is in memory.py.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.serving import ROOT, free_port

QUESTIONS = (
    "口岸有哪些成绩",
    "粮食有哪些要求",
    "全文分几个部分",
    "三个务必是什么",
    "地铁什么时候开通",
    "滨江公园怎么建",
)
ON = {"SPEECHQA_ADMIN": "true", "SPEECHQA_LOG_QUESTIONS": "true"}


class Service:
    """`speechqa serve` of one checkout; it ends where the `with` does."""

    def __init__(self, root: Path, folder: Path, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        own = {"PYTHONPATH": str(root), "HF_HUB_OFFLINE": "1", "SPEECHQA_REQUESTS_PER_MINUTE": "0"}
        own |= {"SPEECHQA_STORE": str(folder / f"{self.port}.sqlite3"), "SPEECHQA_QUESTION_SECONDS": "60"}
        command = [sys.executable, "-m", "qa", "serve", "--port", str(self.port), *arguments]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, cwd=folder, env=os.environ | own | environment, stdout=quiet, stderr=quiet
        )
        while True:
            try:
                self.ask(QUESTIONS[0])
                return
            except OSError:
                assert self.process.poll() is None
                time.sleep(0.2)

    def ask(self, question: str) -> float:
        """Return the seconds that a question took."""
        body, started = json.dumps({"question": question}), time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("POST", "/api/v1/ask", body, {"content-type": "application/json"})
            response = connection.getresponse()
            response.read()
            assert response.status == 200, response.status
        finally:
            connection.close()
        return time.perf_counter() - started

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


def latency(base: Path, rounds: int, folder: Path, *arguments: str) -> None:
    """Print the medians of both versions, asked in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    with Service(base, folder, *arguments) as before, Service(ROOT, folder, *arguments, **ON) as now:
        for turn in range(rounds):
            question = QUESTIONS[turn % len(QUESTIONS)]
            for which in (0, 1) if turn % 2 else (1, 0):
                times[which].append((before, now)[which].ask(question))
    difference = median(b - a for a, b in zip(*times, strict=True))
    print(
        f"{rounds} questions each {' '.join(arguments)}: base {1e3 * median(times[0]):.2f} ms, "
        f"now {1e3 * median(times[1]):.2f} ms, paired difference {1e3 * difference:+.2f} ms"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    fast = ("--encoder", "fast", "--reranker", "none")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        latency(options.base, options.rounds, folder, *fast)
        latency(options.base, options.rounds // 5, folder)


if __name__ == "__main__":
    main()
