"""Memory of `speechqa serve` by questions asked: `python -m tests.benchmarks.memory [--questions 50000] [FLAG…]`.

No question is asked twice: facts, lists, follow-ups on what the same connection asked before, questions about things
that the speech does not have, and slices of it as people paste them, drawn (seeded) from the built-in speech's words,
from four connections. The admin's page, the log of questions and the figures are on. FLAGs are handed to the server:
`--encoder fast --reranker none` for many questions. Linux only: the figures are /proc's, after a pause for the journal.
RSS is resident, PSS counts what is shared by its share, USS what nobody shares; the ratio is RSS to that after the
first thousand.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index import words
from tests.serving import Serving, free_port
from tests.texts import SPEECH

MARKS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
CONNECTIONS = 4
TURNS = 8  # of one conversation, at most
KINDS = {"fact": 40, "list": 20, "follow_up": 25, "refusal": 10, "pasted": 5}  # in a hundred
FORMS = {
    "fact": (
        "{a}{b}怎么抓",
        "{a}和{b}有什么关系",
        "{a}{b}讲了什么",
        "关于{a}、{b}，是怎么说的",
        "{a}是不是要{b}",
    ),
    "list": (
        "{a}{b}有哪些要求",
        "{a}方面{b}取得了哪些成绩",
        "{a}{b}有几个目标",
        "{a}、{b}分别要做好哪几件事",
    ),
    "follow_up": ("那{a}呢，{b}呢", "它和{a}{b}有什么关系", "为什么还要{a}{b}", "除了{a}和{b}还有什么"),
    "refusal": ("{x}{a}{b}什么时候开通", "{x}的{a}有多少人{b}", "{x}怎么{a}{b}"),
}
ELSEWHERE = ("地铁", "航天员", "珊瑚礁", "极光", "足球联赛", "火星", "鲸鱼", "芭蕾舞", "驯鹿", "歌剧院")


def questions(seed: int) -> Iterator[tuple[str, str]]:
    """Yield kind and question for ever, no question twice."""
    draw, seen = random.Random(seed), set[str]()
    known = sorted({word for word in words(SPEECH) if len(word) > 1})
    while True:
        (kind,) = draw.choices(list(KINDS), list(KINDS.values()))
        question = _one(kind, draw, known)
        if question not in seen:
            seen.add(question)
            yield kind, question


def _one(kind: str, draw: random.Random, known: list[str]) -> str:
    if kind == "pasted":
        start = draw.randrange(len(SPEECH) - 200)
        return SPEECH[start : start + draw.randint(20, 200)] + draw.choice(("是什么意思", "在哪里", ""))
    a, b = draw.sample(known, 2)
    return draw.choice(FORMS[kind]).format(x=draw.choice(ELSEWHERE), a=a, b=b)


def used(pid: int) -> dict[str, float]:
    """Return megabytes of a process: RSS, PSS, USS."""
    found = re.findall(r"(\w+): +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text())
    by = {name: int(value) / 1024 for name, value in found}
    return {"RSS": by["Rss"], "PSS": by["Pss"], "USS": by["Private_Clean"] + by["Private_Dirty"]}


class Asking:
    """Asks a server from several connections; `told` counts what came back, by kind and answer."""

    def __init__(self, port: int, seed: int) -> None:
        self.port = port
        self.told: Counter[tuple[str, str]] = Counter()
        self._questions = questions(seed)
        self._lock = threading.Lock()
        self._left = 0

    def ask(self, count: int) -> None:
        """Ask `count` questions more. Raises AssertionError where one is not answered."""
        self._left, before = count, self.told.total()
        threads = [threading.Thread(target=self._connection) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.told.total() == before + count, self.told

    def _connection(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        talk: list[str] = []
        while True:
            with self._lock:
                if not self._left:
                    break
                self._left -= 1
                kind, question = next(self._questions)
            talk = talk[-TURNS:] if kind == "follow_up" else []
            status, answer = self._send(connection, {"question": question, "history": talk})
            talk = [*talk, question]
            assert status == 200, (question, answer)
            with self._lock:
                self.told[kind, answer["status"]] += 1
        connection.close()

    @staticmethod
    def _send(connection: http.client.HTTPConnection, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        connection.request("POST", "/api/v1/ask", json.dumps(body), {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=MARKS[-1])
    parser.add_argument("--seed", type=int, default=1)
    options, flags = parser.parse_known_args()
    marks = sorted({m for m in MARKS if m < options.questions} | {options.questions})
    with tempfile.TemporaryDirectory() as folder:
        served = Serving(
            Path(folder),
            *flags,
            SPEECHQA_ADMIN="true",
            SPEECHQA_LOG_QUESTIONS="true",
            SPEECHQA_METRICS_PORT=str(free_port()),
            SPEECHQA_QUESTION_SECONDS="60",
        )
        asking, first, started = Asking(served.port, options.seed), 0.0, time.monotonic()
        for mark in marks:
            asking.ask(mark - asking.told.total())
            time.sleep(5)  # the journal is written every two seconds
            now = used(served.process.pid)
            first = first or now["RSS"]
            figures = ", ".join(f"{name} {value:.0f} MB" for name, value in now.items())
            print(
                f"{mark:6d} questions, {time.monotonic() - started:5.0f} s: {figures}; × {now['RSS'] / first:.3f}",
                flush=True,
            )
        print(", ".join(f"{kind} {status} {n}" for (kind, status), n in sorted(asking.told.items())))
        served.stop()


if __name__ == "__main__":
    main()
