"""Which sentences belong to a list: each is judged by what it says, what stands around it, and what was read of it."""

from __future__ import annotations

import functools
import json
from bisect import bisect_right
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from index import IndexedDocument, fold_document
from qa.deadline import check
from qa.types import Query

# Of a sentence, each 0 to 1 or nearly so: relevance as a share of the best, and its place among all; the relevance of the
# sentences before and behind it and of the headings above; how many of the best stand in its unit; how much of the topic it
# and its headings hold; whether it has the facet that is asked for, or another; its length; what was read of it, and whether;
# the best relevance of all.
FEATURES = (
    "relevance", "place", "before", "behind", "headings", "unit", "words", "words above", "facet", "other facet", "length",
    "read", "was read", "best",
)  # fmt: skip
LIKEST = 12  # sentences that count as the best
LARGEST = 8.0  # logits beyond say no more
LONG = 200  # characters from which a sentence is no longer longer

Floats = NDArray[np.float64]


def member_inputs(
    query: Query, one: IndexedDocument, topic: list[str], passages: Floats, logits: Floats
) -> Floats:
    """Return FEATURES of each sentence, shape (sentences, features).

    `topic` holds the words that are asked for; `passages` each passage's fused relevance, `logits` what was read of it (NaN:
    not read), shape (passages,) each.
    """
    scores = np.zeros(len(one.sentences))
    read = np.full(len(one.sentences), np.nan)
    for passage, score, logit in zip(one.passages, passages, logits, strict=True):
        for place in range(*passage.sentences):
            scores[place] = max(scores[place], score)
            read[place] = np.fmax(read[place], logit)
    check()
    best = max(float(scores.max(initial=0.0)), 1e-6)
    own = scores / best
    order = np.argsort(-scores, kind="stable")
    places = np.empty(len(order))
    places[order] = np.arange(len(order))
    home = np.array([-1 if s.section is None else s.section for s in one.sentences])
    together = np.concatenate([[False], home[1:] == home[:-1], [False]])
    before = np.concatenate([[0.0], own[:-1]]) * together[:-1]
    behind = np.concatenate([own[1:], [0.0]]) * together[1:]
    likest = set(order[:LIKEST].tolist())
    size, held = np.zeros(len(one.sections) + 1), np.zeros(len(one.sections) + 1)
    np.add.at(size, home, 1)
    np.add.at(held, home[sorted(likest)], 1)
    text = fold_document(one.document.text)
    heads, above = _headings(one, text, own, topic)
    long = max(1, sum(map(len, topic)))
    rows = []
    for n, sentence in enumerate(one.sentences):
        check()
        said = text[sentence.start : sentence.end]
        sure = sentence.facet_probability or 0.0
        same = query.facet is not None and sentence.facet == query.facet
        other = query.facet is not None and sentence.facet not in (query.facet, None)
        logit = read[n]
        rows.append(
            [
                own[n],
                1 / (1 + places[n] / LIKEST),
                before[n],
                behind[n],
                heads[home[n]],
                held[home[n]] / max(1.0, size[home[n]]),
                sum(len(w) for w in topic if w in said) / long,
                sum(map(len, above[home[n]])) / long,
                sure if same else 0.0,
                sure if other else 0.0,
                min(LONG, sentence.end - sentence.start) / LONG,
                0.0 if np.isnan(logit) else float(np.clip(logit, -LARGEST, LARGEST)) / LARGEST,
                0.0 if np.isnan(logit) else 1.0,
                best,
            ]
        )
    return np.array(rows)


def _headings(
    one: IndexedDocument, text: str, own: Floats, topic: list[str]
) -> tuple[Floats, list[frozenset[str]]]:
    """Return for each section (the last: outside all) the best relevance of the headings above it, and the topic words in them."""
    starts = [s.start for s in one.sentences]
    heads = np.zeros(len(one.sections) + 1)
    above = [frozenset[str]()] * (len(one.sections) + 1)
    for section in one.sections:
        check()
        parent = -1 if section.parent is None else section.parent
        first = max(0, bisect_right(starts, section.start) - 1)
        heads[section.index] = max(own[first] if starts[first] == section.start else 0.0, heads[parent])
        said = text[section.start : section.title_end]
        above[section.index] = above[parent].union(w for w in topic if w in said)
    return heads, above


@functools.cache
def load_members() -> dict[str, tuple[Floats, float, float]]:
    """Return the weights of FEATURES, the bias and the chance from which a sentence belongs; by "read" and "unread"."""
    found = json.loads((resources.files("qa") / "data" / "members.json").read_text("utf-8"))
    return {
        name: (
            np.array([found[name]["weights"].get(f, 0.0) for f in FEATURES]),
            found[name]["bias"],
            found[name]["least"],
        )
        for name in ("read", "unread")
    }


def member_chances(inputs: Floats) -> tuple[Floats, float]:
    """Return the chance of each sentence that it belongs, shape (sentences,), and that from which it is taken to."""
    weights, bias, least = load_members()["read" if inputs[:, FEATURES.index("was read")].any() else "unread"]
    return 1 / (1 + np.exp(-np.clip(inputs @ weights + bias, -30, 30))), least
