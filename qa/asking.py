"""What a question asks for, as it was learnt: what is wanted, of what kind, and whether it leans on the turns before.

Told by the reader of pairs, where there is one, together with linear models over the fast encoder's vectors
(qa/training/asking.py fits them), else by these alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index import ASKED, Encoder, Facet, FusedEncoder, chances, fast_of, fold
from qa.courtesies import without_courtesies
from qa.grammar import read_where
from qa.reranking import PairReranker, Reranker

ALONE = ("none", "topic_change")  # relations of a question that stands alone
SCALE = 8.0  # by which vectors of unit length are raised before the linear models see them
# Chance from which a text is held to be no question to a document: one in 200 that were one, on the development sets, and
# 47 % of the chores and attacks there; below it the judge weighs it (qa/confidence.py).
CHAT = 0.9
# Chance from which a question is held to lean on the turns: a complete one that is narrowed does more harm than one that is
# looked for alone.
LEANS = 0.8
LINEAR_LEANS = 0.92  # the same by the linear models alone, which are wrong more often
PLAIN = ("point", "check", "compare", "definition")  # what is answered from the best passages
# Chance from which the structure, and from which a list, is held to be wanted. On the t sets, credit of facts, everyday
# questions, lists, structure: 89, 68, 54, 71 %; with 0.6 for lists alone 88, 65, 53, 70; 0.6 for both 89, 68, -, 63.
CLEAR = (0.45, 0.5)
FOLLOWED = (
    0.9,
    0.95,
)  # the same for what leans on the turns: credit 46 %, 43 with 0.7 and 0.85, 42 with CLEAR, before these were learnt
PIECES = 2_048  # places for pieces of the question
# Of the linear models beside the reader, by what is told: right for 89, 76, 82, 85 % of questions left out; the reader alone
# for 86, 58, 80, 80, the linear models alone for 78, 77, 68, 75 (relations of questions with a history).
LINEAR = 0.4
TURNED = (
    0.6  # of relations, where they are told by the transformer's vectors, too: by the shipped encoder alone
)
ALIKE = 20.0  # by which the product of two vectors of the transformer is raised beside them
# Kinds of things that are asked for at a place and are not the place: 第三章第五条规定罚多少, 第四部分由谁负责.
POINTED = frozenset(["figure", "date", "period", "person", "place", "reason"])
SURE = 0.5  # chance from which a facet is held to be asked for

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for, by the names of index.ASKED, with the chances of what is wanted, that it leans, that it is chat."""

    wants: str
    relation: str
    facet: Facet | None
    answer: str
    sure: float
    leans: float
    chat: float = 0.0

    @classmethod
    def of(cls, found: Mapping[str, Floats], *, history: bool, least: float = LEANS) -> Asked:
        """Return the likeliest value of each; without a history nothing is leant on."""
        best = {name: names[int(np.argmax(found[name]))] for name, names in ASKED.items()}
        relations = dict(zip(ASKED["relation"], map(float, found["relation"]), strict=True))
        leaning = {name: chance for name, chance in relations.items() if name not in ALONE}
        leans = sum(leaning.values()) if history else 0.0
        relation = (
            max(leaning, key=leaning.__getitem__) if leans > least else "topic_change" if history else "none"
        )
        order = np.argsort(-found["wants"], kind="stable")
        chat = float(found["wants"][ASKED["wants"].index("chat")])
        if best["wants"] == "chat" and chat < CHAT:
            order = order[1:]  # to refuse what was a question is worse than to search for what was none
        wants = ASKED["wants"][int(order[0])]
        clear = FOLLOWED if leans > least else CLEAR
        if wants not in PLAIN and float(found["wants"].max()) < clear[wants == "all"]:
            wants = next(name for n in order if (name := ASKED["wants"][int(n)]) in PLAIN)
        facet = best["facet"] if float(found["facet"].max()) >= SURE else "none"
        return cls(
            wants=wants,
            relation=relation,
            facet=None if facet == "none" else Facet(facet),
            answer=best["answer"],
            sure=float(found["wants"].max()),
            leans=leans,
            chat=chat,
        )


def read_asked(question: str, history: Sequence[str], encoder: Encoder, reranker: Reranker | None) -> Asked:
    """Return what a question asks for; `history` holds the person's earlier questions, oldest first.

    One that stands alone, or names a part of the document, is read as if nothing had been asked before.
    """
    question = without_courtesies(question)
    if history:
        least = LEANS if isinstance(reranker, PairReranker) else LINEAR_LEANS
        where = read_where(fold(question))[0]
        goes_on = bool(where.step) and not where.ordinals  # 再往下一条: no question alone says where from
        chances_ = _chances(question, history, encoder, reranker)
        found = Asked.of(chances_, history=True, least=0.0 if goes_on else least)
        if found.relation not in ALONE and not where.main:
            return found
    alone = Asked.of(_chances(question, (), encoder, reranker), history=False)
    return replace(alone, relation="topic_change") if history else alone


def _chances(
    question: str, history: Sequence[str], encoder: Encoder, reranker: Reranker | None
) -> Mapping[str, Floats]:
    """Return the chances of the values of each of ASKED."""
    weights, bias = load_linear()
    row = features(fast_of(encoder), question, history)
    logits = row @ weights + bias
    if isinstance(encoder, FusedEncoder):
        more, least = _load_turns()
        first = len(ASKED["wants"])
        turned = np.concatenate([row, turn_features(encoder, question, history)]) @ more + least
        logits[first : first + len(turned)] = turned
    linear = chances(logits)
    if not isinstance(reranker, PairReranker):
        return linear
    read = reranker.asked(question, history)
    return {name: _mixed(read[name], linear[name], linear_share(name, encoder)) for name in ASKED}


def linear_share(head: str, encoder: Encoder) -> float:
    """Return the weight of a linear model beside the reader, 0 to 1; `head` is one of ASKED."""
    return TURNED if head == "relation" and isinstance(encoder, FusedEncoder) else LINEAR


def _mixed(read: Floats, linear: Floats, share: float) -> Floats:
    """Return the weighted geometric mean of two rows of chances, as chances; `share` is the weight of the second."""
    both = np.maximum(read, 1e-6) ** (1 - share) * np.maximum(linear, 1e-6) ** share
    return np.asarray(both / both.sum(), dtype=np.float32)


def features(encoder: Encoder, question: str, history: Sequence[str]) -> Floats:
    """Return what the linear models go by: both vectors, their product, their likeness; pieces of the question.

    Shape (3 x dimension + 2 + PIECES,). Pieces of one to three characters share PIECES places by their checksum.
    """
    texts = [fold(question), *(fold(turn) for turn in history[-1:])]
    asked, *before = encoder.encode_queries(texts)
    last = before[0] if before else np.zeros_like(asked)
    rest = np.array([float(bool(before)), asked @ last], dtype=np.float32)
    pieces = np.zeros(PIECES, dtype=np.float32)
    text = f"^{texts[0]}$"
    for size in (1, 2, 3):
        for at in range(len(text) - size + 1):
            pieces[crc32(text[at : at + size].encode()) % PIECES] = 1
    pieces /= max(1.0, float(np.linalg.norm(pieces)))
    return np.concatenate([asked, last, asked * last, rest, pieces]).astype(np.float32) * np.float32(SCALE)


def turn_features(encoder: FusedEncoder, question: str, history: Sequence[str]) -> Floats:
    """Return what tells beside `features` how a question leans on the last turn: the transformer's vectors of both, their product.

    Shape (3 x the transformer's dimension,).
    """
    asked = encoder.reader.question(fold(question)).vector
    last = encoder.reader.question(fold(history[-1])).vector if history else np.zeros_like(asked)
    return (np.concatenate([asked, last, asked * last * ALIKE]) * SCALE).astype(np.float32)


def whole_chance(question: str, encoder: Encoder) -> float:
    """Return the chance that a question about the structure is about the parts of the document itself."""
    weights = _load_whole()
    score = float(features(fast_of(encoder), question, ()) @ weights[:-1] + weights[-1])
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


@functools.cache
def _load_whole() -> Floats:
    with np.load(str(resources.files("qa") / "data" / "asking.npz")) as found:
        return np.asarray(found["whole"], dtype=np.float32)


@functools.cache
def _load_turns() -> tuple[Floats, Floats]:
    """Return the weights and biases of the relations over `features` and `turn_features`."""
    with np.load(str(resources.files("qa") / "data" / "asking.npz")) as found:
        return found["turns"].astype(np.float32), found["turns_bias"].astype(np.float32)


@functools.cache
def load_linear() -> tuple[Floats, Floats]:
    """Return the weights (features, values) and biases (values,) of the linear models."""
    with np.load(str(resources.files("qa") / "data" / "asking.npz")) as found:
        return found["weights"].astype(np.float32), found["bias"].astype(np.float32)
