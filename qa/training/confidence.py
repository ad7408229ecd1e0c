"""Fit the confidence model: `python -m qa.training.confidence --data ../shared/training --encoder FOLDER`.

FOLDER is an encoder trained without the 16 documents of refusal.jsonl.xz and a sixth of those of
plain_pairs.jsonl.xz (`python -m index.training.encoder --without-refusal`). Positives: the answerable
questions about the former, and everyday ones about the latter. Negatives: near misses, questions about other
documents, and off-topic ones written here. Each document is judged by a model fitted on the others.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.build import build_index
from index.encoder import Encoder, load_encoder
from index.reading import read_text
from index.training.encoder import held_out, read_lines
from qa.answering import Engine
from qa.confidence import features
from qa.settings import Settings
from qa.types import Kind

OTHERS = 12  # questions about other documents that are asked of each
LONGEST = 30_000  # characters of a document that everyday questions are about
# Share of answerable questions that may be refused; what is shown instead is the nearest places.
FALSE_REFUSALS = 0.05
PENALTY = 0.02  # L2 penalty of standardised features
AGAINST = frozenset(["names missing", "few words", "year elsewhere"])
EITHER = frozenset(["list", "claim"])
# How much of the fit each kind of question makes up, about as users ask.
SHARES = {"answerable": 0.3, "everyday": 0.2, "near miss": 0.3, "other": 0.1, "off-topic": 0.1}

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


def read_documents(data: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, str]]:
    """Return the records of refusal.jsonl.xz, the held-out ones of plain_pairs.jsonl.xz, and both's texts by title.

    Long held-out documents are left out of the texts.
    """
    records = read_lines(data / "refusal.jsonl.xz")
    texts = {r["document"]: r["text"] for r in records if "text" in r}
    plain = held_out(read_lines(data / "plain_pairs.jsonl.xz"))
    titles = {p["documents"][0] for p in plain}
    for record in read_lines(data / "official.jsonl.xz"):
        if record["title"] in titles and len(record["text"]) < LONGEST:
            texts[record["title"]] = record["text"]
    return records, plain, texts


def read_examples(data: Path, folder: Path | None) -> list[Example]:
    """Ask every question of its document, and some of the others; structural answers are left out."""
    records, plain, texts = read_documents(data)
    asked = [
        (r["document"], r["question"], "answerable" if r["answerable"] else "near miss")
        for r in records
        if "question" in r
    ]
    for pair in plain:
        if pair["documents"][0] in texts:
            asked += [
                (pair["documents"][0], pair[kind], "everyday") for kind in ("colloquial", "question", "plain")
            ]
    return _ask_all(texts, asked, load_encoder(str(folder) if folder else None))


def _ask_all(
    texts: Mapping[str, str], asked: Sequence[tuple[str, str, str]], encoder: Encoder
) -> list[Example]:
    rng = random.Random(0)
    examples: list[Example] = []
    for name, text in texts.items():
        engine = Engine(build_index([read_text(text)], encoder=encoder), encoder, Settings())
        own = [(q, kind) for d, q, kind in asked if d == name]
        everyday = [row for row in own if row[1] == "everyday"]
        rows = [row for row in own if row[1] != "everyday"]
        rows += rng.sample(everyday, min(len(everyday), 2 * OTHERS))
        others = rng.sample([q for d, q, _ in asked if d != name], OTHERS)
        rows += [(q, "other") for q in others] + [(q, "off-topic") for q in rng.sample(OFF_TOPIC, OTHERS)]
        examples += [e for q, kind in rows if (e := _example(name, engine, q, kind))]
    return examples


def _example(name: str, engine: Engine, question: str, kind: str) -> Example | None:
    query, ranking, found = engine.find(question)
    if query.kind in (Kind.STRUCTURE, Kind.TERM) and found.structural:
        return None
    return Example(name, question, kind, features(query, ranking, engine.snapshot, found.spans))


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
    """Return the highest threshold at which no more than FALSE_REFUSALS of the answerable questions are refused."""
    right = [p for e, p in zip(examples, probability, strict=True) if e.answerable]
    return float(np.quantile(right, FALSE_REFUSALS))


def main() -> None:
    """Fit, print the figures and write the model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, help="an encoder that has not seen the documents")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data" / "confidence.json")
    options = parser.parse_args()
    examples = read_examples(options.data, options.encoder)
    names = sorted(examples[0].features)
    probability = unseen(examples, names)
    threshold = best_threshold(examples, probability)
    lines = figures(examples, probability, threshold)
    print("\n".join(lines))
    weights, bias = fit(examples, names)
    model = {
        "what": "logistic weights of qa/confidence.py: the probability that the document answers",
        "how": "qa/training/confidence.py",
        "figures": lines,
        "threshold": round(threshold, 2),
        "bias": round(bias, 3),
        "weights": {n: round(float(w), 3) for n, w in zip(names, weights, strict=True)},
    }
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"-> {options.out}")


if __name__ == "__main__":
    main()
