"""Which sentences belong to a list: each is judged by what it says, what stands around it, and what was read of it.

A logistic model gives each sentence's chance (qa/training/members.py fits it); taken are those of which the F1 to be
expected of the whole list is best.
"""

from __future__ import annotations

import functools
import json
from bisect import bisect_right
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from index import IndexedDocument
from qa.deadline import check
from qa.types import Query

# Of a sentence, each 0 to 1 or nearly so: relevance as a share of the best, and its place among all; the relevance of the
# sentences before and behind it and of the headings above; how many of the best stand in its unit; how much of the topic it
# and its headings hold; whether it has the facet that is asked for, or another; its length; whether it is a heading; the
# best relevance of all; the share of the document that its unit is; what was read of it, and whether; the best that was
# read in its unit beside it, of the headings above, of its neighbours; how many were read to belong.
FEATURES = (
    "relevance", "place", "before", "behind", "headings", "unit", "words", "words above", "facet", "other facet", "length",
    "heading", "best", "share", "read", "was read", "read unit", "read above", "read beside", "read all",
)  # fmt: skip
READ = ("read", "was read", "read unit", "read above", "read beside", "read all")
LIKEST = 12  # sentences that count as the best
LARGEST = 8.0  # logits beyond say no more
UNREAD = -0.5  # stands for the logit, over LARGEST, of what was not read: the best passages were
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
    was_read = ~np.isnan(read)
    known = np.where(was_read, np.clip(np.nan_to_num(read), -LARGEST, LARGEST) / LARGEST, UNREAD)
    home = np.array([-1 if s.section is None else s.section for s in one.sentences])
    sections = len(one.sections) + 1
    size, held = np.zeros(sections), np.zeros(sections)
    np.add.at(size, home, 1)
    np.add.at(held, home[order[:LIKEST]], 1)
    text = one.folded
    heads, read_above, above = _headings(one, text, own, known, topic)
    starts = {s.start for s in one.sections}
    long = max(1, sum(map(len, topic)))
    sure = np.array([s.facet_probability or 0.0 for s in one.sentences])
    same = np.array([query.facet is not None and s.facet == query.facet for s in one.sentences])
    other = np.array([query.facet is not None and s.facet not in (query.facet, None) for s in one.sentences])
    columns = {
        "relevance": own,
        "place": 1 / (1 + places / LIKEST),
        "before": _beside(own, home, 1, 0.0),
        "behind": _beside(own, home, -1, 0.0),
        "headings": heads[home],
        "unit": held[home] / np.maximum(1.0, size[home]),
        "words": np.array([_held(topic, text, s.start, s.end) for s in one.sentences]) / long,
        "words above": np.array([sum(map(len, words)) for words in above])[home] / long,
        "facet": np.where(same, sure, 0.0),
        "other facet": np.where(other, sure, 0.0),
        "length": np.array([min(LONG, s.end - s.start) for s in one.sentences]) / LONG,
        "heading": np.array([float(s.start in starts) for s in one.sentences]),
        "best": np.full(len(own), best),
        "share": size[home] / max(1, len(own)),
        "read": known,
        "was read": was_read.astype(np.float64),
        "read unit": _best_beside(known, home, sections),
        "read above": read_above[home],
        "read beside": np.maximum(_beside(known, home, 1, UNREAD), _beside(known, home, -1, UNREAD)),
        "read all": np.full(len(own), float((known > 0).sum()) / LIKEST),
    }
    return np.stack([columns[name] for name in FEATURES], axis=1)


def _held(topic: list[str], text: str, start: int, end: int) -> int:
    """Return how many characters of the topic's words a piece of text holds."""
    check()
    said = text[start:end]
    return sum(len(word) for word in topic if word in said)


def _beside(values: Floats, home: NDArray[np.int64], step: int, none: float) -> Floats:
    """Return the value of the sentence before (step 1) or behind (-1) in the same unit, else `none`."""
    moved, homes = np.roll(values, step), np.roll(home, step)
    together = homes == home
    if len(together):
        together[0 if step > 0 else -1] = False
    return np.where(together, moved, none)


def _best_beside(values: Floats, home: NDArray[np.int64], sections: int) -> Floats:
    """Return the highest value of the other sentences of each sentence's unit, at least UNREAD."""
    first, second = np.full(sections, UNREAD), np.full(sections, UNREAD)
    for value, unit in zip(values, home, strict=True):
        if value > first[unit]:
            first[unit], second[unit] = value, first[unit]
        elif value > second[unit]:
            second[unit] = value
    return np.where(values >= first[home], second[home], first[home])


def _headings(
    one: IndexedDocument, text: str, own: Floats, known: Floats, topic: list[str]
) -> tuple[Floats, Floats, list[frozenset[str]]]:
    """Return for each section (the last: outside all) the best relevance and what was read of the headings above it, and the topic words in them."""
    starts = [s.start for s in one.sentences]
    heads, read = np.zeros(len(one.sections) + 1), np.full(len(one.sections) + 1, UNREAD)
    above = [frozenset[str]()] * (len(one.sections) + 1)
    for section in one.sections:
        check()
        parent = -1 if section.parent is None else section.parent
        first = max(0, bisect_right(starts, section.start) - 1)
        leads = starts[first] == section.start
        heads[section.index] = max(own[first] if leads else 0.0, heads[parent])
        read[section.index] = max(known[first] if leads else UNREAD, read[parent])
        said = text[section.start : section.title_end]
        above[section.index] = above[parent].union(w for w in topic if w in said)
    return heads, read, above


@functools.cache
def load_members() -> dict[str, tuple[Floats, float, float]]:
    """Return the weights of FEATURES, the bias and the least chance of a member; by "read" and "unread"."""
    found = json.loads((resources.files("qa") / "data" / "members.json").read_text("utf-8"))
    return {
        name: (
            np.array([found[name]["weights"][f] for f in FEATURES]),
            float(found[name]["bias"]),
            float(found[name]["least"]),
        )
        for name in ("read", "unread")
    }


def member_chances(inputs: Floats) -> tuple[Floats, float]:
    """Return the chance of each sentence that it belongs, shape (sentences,), and the least of a member."""
    name = "read" if inputs[:, FEATURES.index("was read")].any() else "unread"
    weights, bias, least = load_members()[name]
    return chances_by(inputs, weights, bias), least


def chances_by(inputs: Floats, weights: Floats, bias: float) -> Floats:
    """Return the chance of each row of inputs, shape (rows,)."""
    return np.asarray(1 / (1 + np.exp(-np.clip(inputs @ weights + bias, -30, 30))))


def likeliest_members(chances: Floats, least: float = 0.0) -> NDArray[np.int64]:
    """Return the places, in order, of which the F1 to be expected is best: the likeliest k with the highest 2 Σp / (k + Σ all p).

    (Nan et al. 2012: the best set is always one of the likeliest; here in its usual approximation.) Of those from the
    chance `least` on, or the likeliest alone.
    """
    order = np.argsort(-chances, kind="stable")
    order = order[: max(1, int((chances >= least).sum()))]
    sums = np.cumsum(chances[order])
    expected = 2 * sums / (np.arange(1, len(order) + 1) + max(1.0, float(chances.sum())))
    return np.sort(order[: int(np.argmax(expected)) + 1])
