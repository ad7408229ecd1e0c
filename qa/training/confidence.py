"""Fit the confidence model: `python -m qa.training.confidence --data ../shared/training --eval ../shared/eval`.

On questions about documents that neither the encoder nor the head has seen: the development sets (never the
validation sets v…), the third of judged.jsonl.xz that `index.training.reader` keeps apart and some about the made-up
documents that it keeps apart, with off-topic ones written here and questions about other documents. Each document is judged by a model fitted on the others.
"""

from __future__ import annotations

import argparse
import functools
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import build_index
from index.encoder import Encoder
from index.loading import FAST, load_encoder
from index.reading import read_text
from qa.answering import Engine
from qa.confidence import FAST_ONLY, READ, UNREAD, features
from qa.reranking import load_reranker
from qa.settings import Settings
from qa.training.sources import Source, read_sources
from qa.types import Kind

OTHERS = 6  # questions about other documents that are asked of each
# Share of answerable questions that may be refused; what is shown instead is the nearest places.
FALSE_REFUSALS = 0.08
PENALTY = 0.02  # L2 penalty of standardised features
AGAINST = frozenset(["names missing", "few words", "year elsewhere", "place elsewhere", "chat"])
EITHER = frozenset(["list", "claim", "follow-up"])
# How much of the fit each kind of question makes up, about as users ask.
SHARES = {"answerable": 0.3, "everyday": 0.2, "near miss": 0.35, "other": 0.05, "off-topic": 0.1}

OFF_TOPIC = [
    "饺子馅怎么调",
    "周末要带伞吗",
    "黄金现在能买吗",
    "怎么减肥最快",
    "世界杯谁拿了冠军",
    "去三亚怎么走最省钱",
    "电脑死机了怎么办",
    "孩子发烧怎么退烧",
    "猫为什么会打呼噜",
    "附近哪家火锅好吃",
    "怎么追女孩子",
    "今天星期几",
    "地球到月亮有多远",
    "一加一等于几",
    "梦见掉牙什么意思",
    "洗衣机怎么清洗",
    "房贷利率现在是多少",
    "高考作文怎么写",
    "微信怎么加好友",
    "哪款手机拍照好看",
    "银河系有多少颗星星",
    "恐龙是怎么灭绝的",
    "披萨怎么烤",
    "驾照考试科目二怎么过",
    "感冒了吃什么药",
    "怎么学好英语",
    "双色球开奖号码",
    "最近有什么好看的电影",
    "失眠怎么办",
    "新买的鞋磨脚怎么办",
    "怎么养多肉植物",
    "汽车保养多久一次",
    "信用卡逾期了会怎样",
    "泰山有多高",
    "莎士比亚写过哪些戏",
    "咖啡和茶哪个提神",
    "跑步膝盖疼怎么办",
    "怎么做蛋糕",
    "哪里能买到便宜的家具",
    "皇马昨晚赢了吗",
]


@dataclass(frozen=True, slots=True)
class Example:
    """One question asked of one document."""

    document: str
    question: str
    kind: str  # answerable, everyday, near miss, other, off-topic
    features: Mapping[str, float]

    @property
    def answerable(self) -> bool:
        """Return whether the document answers."""
        return self.kind in ("answerable", "everyday")


def read_examples(sources: Sequence[Source], name: str = "") -> list[Example]:
    """Ask every question of its document, and some of the others; structural answers are left out.

    `name` is the encoder's; on all cores, a document each.
    """
    rng = random.Random(0)
    jobs = []
    for source in sources:
        made = bool(source.records) and source.records[0]["kind"] == "made"
        rows = [(r["question"], r["history"], _kind(r)) for r in source.records]
        others = [r["question"] for s in sources if s is not source for r in s.records if not r["history"]]
        rows += [(q, [], "other") for q in rng.sample(others, 0 if made else min(OTHERS, len(others)))]
        rows += [(q, [], "off-topic") for q in rng.sample(OFF_TOPIC, 1 if made else OTHERS)]
        jobs.append((source, rows, name))
    examples: list[Example] = []
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for found in pool.map(_examples_of, jobs):
            examples += found
            print(f"{len(examples)} questions asked", flush=True)
    return examples


def _examples_of(job: tuple[Source, list[tuple[str, list[str], str]], str]) -> list[Example]:
    """Return the examples of one document."""
    source, rows, name = job
    encoder = _encoder(name)
    snapshot = build_index([read_text(source.text)], encoder=encoder)
    engine = Engine(snapshot, encoder, Settings(), load_reranker("", encoder))
    found = (_example(source.name, engine, q, history, kind) for q, history, kind in rows)
    return [e for e in found if e]


@functools.cache
def _encoder(name: str) -> Encoder:
    return load_encoder(name or None)


def _kind(record: Mapping[str, Any]) -> str:
    """Return what a question counts as in the fit."""
    if not record["evidence"]:
        return "near miss"
    everyday = record["kind"] == "paraphrase" or record.get("voice") == "everyday"
    return "everyday" if everyday else "answerable"


def _example(name: str, engine: Engine, question: str, history: Sequence[str], kind: str) -> Example | None:
    query, ranking, found = engine.find(question, engine.turns(history))
    if query.kind in (Kind.STRUCTURE, Kind.TERM) and found.structural:
        return None
    return Example(name, question, kind, features(query, ranking, engine.snapshot, found.judged))


def fit(examples: Sequence[Example], names: Sequence[str]) -> tuple[NDArray[np.float64], float]:
    """Return the weights and the bias of a logistic regression whose weights have the sign that makes sense.

    Without the signs it learns how these questions were made (near misses share more words with the text
    than everyday questions do) and refuses a third of plain facts.
    """
    optimize = import_module("scipy.optimize")
    inputs = np.array([[e.features[n] for n in names] for e in examples])
    signs = np.array([1.0 if e.answerable else -1.0 for e in examples])
    counts = Counter(e.kind for e in examples)
    share = np.array([SHARES[e.kind] / counts[e.kind] for e in examples])
    mean, spread = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), 1e-6)
    scaled = (inputs - mean) / spread

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = signs * (scaled @ values[:-1] + values[-1])
        pull = -signs * share / (1 + np.exp(margin))
        gradient = np.append(pull @ scaled + PENALTY * values[:-1], pull.sum())
        value = float((share * np.logaddexp(0, -margin)).sum() + PENALTY / 2 * (values[:-1] ** 2).sum())
        return value, gradient

    bounds = [_bounds(n) for n in names] + [(None, None)]
    found = optimize.minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    weights = np.where(inputs.std(axis=0) > 0, found.x[:-1] / spread, 0.0)
    return weights, float(found.x[-1] - weights @ mean)


def _bounds(name: str) -> tuple[float | None, float | None]:
    """Return the limits of a feature's weight: what is missing never speaks for an answer, what is there never against."""
    if name in EITHER:
        return None, None
    against = name.startswith("no ") or name in AGAINST
    return (None, 0.0) if against else (0.0, None)


def unseen(examples: Sequence[Example], names: Sequence[str]) -> NDArray[np.float64]:
    """Return each example's probability by a model that has not seen its document."""
    result = np.zeros(len(examples))
    for held in sorted({e.document for e in examples}):
        weights, bias = fit([e for e in examples if e.document != held], names)
        for row, example in enumerate(examples):
            if example.document == held:
                total = bias + sum(w * example.features[n] for w, n in zip(weights, names, strict=True))
                result[row] = 1 / (1 + np.exp(-total))
    return result


def figures(examples: Sequence[Example], probability: NDArray[np.float64], threshold: float) -> list[str]:
    """Return lines: the share answered of each kind, and a reliability table."""
    lines = [f"threshold {threshold:.2f}, each document judged by a model fitted on the others"]
    for kind in SHARES:
        rows = [p >= threshold for e, p in zip(examples, probability, strict=True) if e.kind == kind]
        lines.append(f"{kind:10} {len(rows):4} questions, {100 * np.mean(rows):5.1f} % answered")
    lines.append("said      questions  answerable (kinds weighed as in SHARES)")
    counts = Counter(e.kind for e in examples)
    for low in np.arange(0, 1, 0.2):
        rows = [e for e, p in zip(examples, probability, strict=True) if low <= p < low + 0.2]
        weight = {e.kind: SHARES[e.kind] / counts[e.kind] for e in rows}
        total = sum(weight[e.kind] for e in rows)
        if rows:
            share = sum(weight[e.kind] for e in rows if e.answerable) / total
            lines.append(f"{low:.1f}-{low + 0.2:.1f}   {len(rows):9}  {100 * share:8.1f} %")
    return lines


def best_threshold(examples: Sequence[Example], probability: NDArray[np.float64]) -> float:
    """Return the highest threshold at which no more than FALSE_REFUSALS of the answerable questions are refused.

    Of those about real documents: made-up ones are short, and their answers surer.
    """
    real = [not e.document.startswith("made ") for e in examples]
    right = [p for e, p, r in zip(examples, probability, real, strict=True) if e.answerable and r]
    return float(np.quantile(right, FALSE_REFUSALS))


def main() -> None:
    """Fit, print the figures and write the model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval", type=Path, required=True, help="the development sets")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data" / "confidence.json")
    options = parser.parse_args()
    sources = read_sources(options.data, options.eval)
    whole, fast = read_examples(sources), read_examples(sources, FAST)
    read = [e for e in whole if "read" in e.features]  # all but questions of which no passage has a trace
    names = {READ: sorted(set(read[0].features) - {"read"})}
    names[UNREAD] = names[FAST_ONLY] = [n for n in names[READ] if not n.startswith("read ")]
    model: dict[str, Any] = {
        "what": "logistic weights of qa/confidence.py: the probability that the document answers",
        "how": "qa/training/confidence.py",
    }
    for name, examples in ((READ, read), (UNREAD, whole), (FAST_ONLY, fast)):
        print(f"== {name}")
        model[name] = _fitted(examples, names[name])
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"-> {options.out}")


def _fitted(examples: Sequence[Example], names: Sequence[str]) -> dict[str, Any]:
    """Return a model fitted on all examples, with its figures by models that have not seen the document."""
    probability = unseen(examples, names)
    threshold = best_threshold(examples, probability)
    lines = figures(examples, probability, threshold)
    print("\n".join(lines))
    weights, bias = fit(examples, names)
    return {
        "figures": lines,
        "threshold": round(threshold, 2),
        "bias": round(bias, 3),
        "weights": {n: round(float(w), 3) for n, w in zip(names, weights, strict=True)},
    }


if __name__ == "__main__":
    main()
