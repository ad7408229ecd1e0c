"""The figures of a running server, as Prometheus reads them: counted here, served on a port of their own.

No label takes a value that a client chooses: kinds, states, reasons and codes are ours, paths are named by the route.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from qa.types import Answer, Status

if TYPE_CHECKING:
    from qa.web.gate import Gate
    from qa.web.resources import Resources

BUCKETS = (
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)  # seconds: a warm question to the longest allowed
CODES = 200  # different codes of errors that are counted by name; ours are fewer
# The API's, by their first step; tests/qa/web/test_metrics.py holds them against what the API has.
ROUTES = frozenset(
    [
        "ask",
        "compare",
        "batch",
        "feedback",
        "documents",
        "uploads",
        "originals",
        "library",
        "docs",
        "openapi.json",
    ]
)
_OTHERS = frozenset(
    [
        "healthz",
        "readyz",
        "widget.js",
        "speechqa-page.js",
        "mcp",
        "admin",
        "demo",
        "demo.css",
        "static",
        "_stcore",
    ]
)


def route_of(path: str) -> str:
    """Return which of our routes a path is of: never more than these."""
    parts = path.split("/", 4)
    if parts[1:3] == ["api", "v1"]:
        first = parts[3] if len(parts) > 3 else ""
        return f"api/{first if first in ROUTES else 'other'}"
    if path in ("/", "/index.html"):
        return "page"
    return parts[1] if len(parts) > 1 and parts[1] in _OTHERS else "other"


class Metrics:
    """What is counted. Safe to share between threads."""

    def __init__(self) -> None:
        """Count from nothing."""
        self.registry = CollectorRegistry()
        own = self.registry
        self._questions = Counter(
            "speechqa_questions",
            "回答过的问题：从哪里问的、样式、有没有回答",
            ["door", "kind", "status"],
            registry=own,
        )
        self._seconds = Histogram(
            "speechqa_question_seconds",
            "一个问题从收到到答完的秒数",
            ["door"],
            buckets=BUCKETS,
            registry=own,
        )
        self._refusals = Counter("speechqa_refusals", "原文未提及的，按原因", ["reason"], registry=own)
        self._errors = Counter("speechqa_errors", "没有答成的请求和问题，按错误代号", ["code"], registry=own)
        self._requests = Counter(
            "speechqa_requests", "HTTP 请求，按路由和状态", ["route", "method", "status"], registry=own
        )
        self._codes: set[str] = set()
        self._lock = Lock()
        ProcessCollector(namespace="speechqa", registry=self.registry)

    def question(self, door: str, answer: Answer, seconds: float) -> None:
        """Count an answer; `door` is api, batch, page or mcp."""
        self._questions.labels(door, answer.kind.value, answer.status.value).inc()
        self._seconds.labels(door).observe(seconds)
        if answer.status is Status.NOT_FOUND:
            self._refusals.labels(answer.reason or "none").inc()

    def error(self, code: str) -> None:
        """Count an error by its stable code."""
        with self._lock:
            if code not in self._codes and len(self._codes) >= CODES:
                code = "other"
            self._codes.add(code)
        self._errors.labels(code).inc()

    def request(self, path: str, method: str, status: int, code: str | None) -> None:
        """Count a request that was answered."""
        known = method if method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS") else "other"
        self._requests.labels(route_of(path), known, str(status)).inc()
        if code is not None:
            self.error(code)


class State(Collector):
    """What is so at the moment: read when it is asked for."""

    def __init__(
        self, resources: Resources, gates: dict[str, Gate], clock: Callable[[], float] = time.time
    ) -> None:
        """`gates` by what they let in; `clock` gives Unix seconds."""
        self._resources, self._gates, self._clock = resources, gates, clock

    def collect(self) -> Iterator[Metric]:
        """Yield the figures; nothing is opened for them that is not open yet."""
        queue = GaugeMetricFamily("speechqa_queue", "在处理和等候的", labels=["what", "state"])
        for name, gate in self._gates.items():
            queue.add_metric([name, "running"], gate.running)
            queue.add_metric([name, "waiting"], gate.waiting)
        yield queue
        count, characters, size = self._resources.uploads.amount()
        yield _gauge("uploads", "内存里上传的文稿份数", count)
        yield _gauge("uploads_characters", "内存里上传的文稿共多少字", characters)
        yield _gauge("uploads_originals_bytes", "内存里上传的原件共多少字节", size)
        yield from self._of_engine()

    def _of_engine(self) -> Iterable[Metric]:
        engine = self._resources.opened
        if engine is None:
            return
        yield _gauge("documents", "索引里的文稿数", len(engine.snapshot.documents))
        if engine.snapshot.path is not None:
            with suppress(OSError):  # it was removed: a newer one is there
                age = max(0.0, self._clock() - engine.snapshot.path.stat().st_mtime)
                yield _gauge("snapshot_age_seconds", "所用的索引是多久以前建的", age)
        starters = self._resources.starter_hits
        hits = CounterMetricFamily("speechqa_cache_hits", "缓存里找到的", labels=["cache"])
        misses = CounterMetricFamily("speechqa_cache_misses", "缓存里没有的", labels=["cache"])
        for name, (hit, missed) in {
            "turns": (engine.replayed.hits, engine.replayed.misses),
            "starters": starters,
        }.items():
            hits.add_metric([name], hit)
            misses.add_metric([name], missed)
        yield from (hits, misses)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"speechqa_{name}", about, value)
