"""Rerankers: what reads a question and a passage together and tells how well the one answers the other.

The shipped head over the encoder's states, any CrossEncoder of sentence-transformers, or none.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index import (
    WHYS,
    Encoder,
    EncoderError,
    FusedEncoder,
    IndexedDocument,
    ModelsExtraMissing,
    Snapshot,
    fold,
    headed,
    in_context,
    legible,
    model_folder,
    places_of,
    short_reason,
)
from qa.citation import DEEPEST
from qa.retrieval import Ranking
from qa.types import Kind, Query

NONE = "none"
READ = 6  # of the best passages that are read: 12 tell hardly more (AUC of the judge on t sets left out .757; .759)
LARGEST = 8.0  # logits beyond say no more
LISTED = 12  # of the best passages that are read for a list: 16 took a third longer
POINT_KINDS = frozenset([Kind.FACT, Kind.CLAIM, Kind.TERM])
JOINED = " > "  # between the headings above a passage


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer: its text, and the headings above it from the top."""

    text: str
    path: tuple[str, ...] = ()


class Reranker(Protocol):
    """What scores candidates. Logits: above 0 more likely than not that a candidate answers.

    `weight` is what the surest candidate moves up in the order, beside the first stage's score, for the least sure one;
    `judges` whether the confidence model was fitted to these logits, so that they may say how sure an answer is.
    """

    name: str
    weight: float
    judges: bool

    def score(
        self, question: str, history: Sequence[str], candidates: Sequence[Candidate]
    ) -> NDArray[np.float32]:
        """Return a logit for each candidate, shape (candidates,): the same whatever the others are."""
        ...


class PairReranker:
    """The shipped reader of pairs, over the shipped encoder's states.

    What it reads counts a little in the order: on the t sets the right passage comes first for 88, 63 and 91 % of facts,
    everyday and noisy questions with weight 0, 93, 64 and 94 with 0.32 (0.02 a logit), 88, 56 and 91 with 1.6; its
    chance instead of its logit reaches 91, 62 and 94.
    """

    name = "speechqa"
    weight = 0.32
    judges = True

    def __init__(self, encoder: FusedEncoder) -> None:
        """Read with `encoder`'s transformer, whose states of passages are kept."""
        self._reader = encoder.reader

    def score(
        self, question: str, history: Sequence[str], candidates: Sequence[Candidate]
    ) -> NDArray[np.float32]:
        """Return a logit for each candidate; the outermost and the nearest heading are read with it, `history` before the question."""
        asked = fold(in_context(history, question))
        return self._reader.relevance(asked, [_read_text(c) for c in candidates])[0]

    def why(self, question: str, candidate: Candidate) -> str:
        """Return the likeliest reason, one of WHYS, for which a passage that tempts does not answer."""
        _, whys = self._reader.relevance(fold(question), [_read_text(candidate)])
        return WHYS[1 + int(np.argmax(whys[0][1:]))]

    def asked(self, question: str, history: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return what a question asks for in the light of those before it: for each of ASKED its values' chances."""
        return self._reader.asked(fold(question), [fold(turn) for turn in history])


def _read_text(candidate: Candidate) -> str:
    return fold(headed(candidate.path, candidate.text))


class CrossEncoderReranker:
    """Any CrossEncoder of sentence-transformers, loaded at its first use."""

    weight = 0.3  # a model chosen by a person is to count; not measured here
    judges = False

    def __init__(self, name: str, *, allow_download: bool = False) -> None:
        """Name a folder, or a model of the hub. Raises EncoderNotFound where it is not on this machine."""
        self.name = name
        self._folder = model_folder(name, allow_download)
        self._model: Any = None

    def score(
        self, question: str, history: Sequence[str], candidates: Sequence[Candidate]
    ) -> NDArray[np.float32]:
        """Return a logit for each candidate, the history in front of the question, the path of the passage.

        Raises ModelsExtraMissing, and EncoderError where the model cannot be loaded or read with.
        """
        if not candidates:
            return np.empty(0, dtype=np.float32)
        asked = " ".join([*history, question])
        pairs = [(asked, JOINED.join([*c.path, c.text])) for c in candidates]
        try:
            library: Any = importlib.import_module("sentence_transformers")
        except ImportError as error:
            raise ModelsExtraMissing(
                f"重排模型 {self.name} 需要 sentence-transformers，这里没有安装。请运行：pip install 'speechqa[models]'"
            ) from error
        try:
            if self._model is None:
                self._model = library.CrossEncoder(str(self._folder), local_files_only=True)
            plain = importlib.import_module("torch").nn.Identity()  # the logits as they are
            # one at a time: what stands beside a pair must not change its score
            found = [
                self._model.predict([pair], activation_fn=plain, show_progress_bar=False)[0] for pair in pairs
            ]
            return np.array(found, dtype=np.float32).reshape(len(pairs))
        except Exception as error:  # the library, torch and the operating system each raise their own
            raise EncoderError(
                f"重排模型 {self.name} 用不了：{short_reason(error)}。请换一个模型，或用 --reranker none。"
            ) from error


def reread(query: Query, ranking: Ranking, snapshot: Snapshot, reranker: Reranker | None) -> Ranking:
    """Return the ranking with its best rows read, and ordered anew where one point is asked for.

    What is read moves up by at most the reranker's weight, never down: nothing that was not read passes it for that.
    """
    rows = ranking.best_rows(READ)
    if reranker is None or not rows:
        return ranking
    hits = [(snapshot.documents[d], p) for d, p in (ranking.rows[row] for row in rows)]
    candidates = [_candidate(indexed, passage) for indexed, passage in hits]
    logits = reranker.score(query.read or query.standalone, (), candidates)
    read, fused = ranking.read, ranking.fused
    if reranker.judges:
        read = np.full(len(ranking.rows), np.nan, dtype=np.float32)
        read[rows] = logits
    if reranker.weight and query.kind in POINT_KINDS:
        fused = fused.copy()
        sure = np.clip(logits, -LARGEST, LARGEST) / (2 * LARGEST) + 0.5
        fused[rows] += reranker.weight * sure.astype(np.float32)
    return replace(ranking, fused=fused, read=read)


def read_passages(
    query: Query, ranking: Ranking, snapshot: Snapshot, document: int, reranker: Reranker | None
) -> NDArray[np.float64]:
    """Return what is read of each passage of a document, shape (passages,): of the best ones of all, NaN for the others."""
    one = snapshot.documents[document]
    found = np.full(len(one.passages), np.nan)
    rows = [row for row in ranking.best_rows(LISTED) if ranking.rows[row][0] == document]
    if reranker is not None and reranker.judges and rows:
        places = [ranking.rows[row][1] for row in rows]
        candidates = [_candidate(one, place) for place in places]
        found[places] = reranker.score(query.read or query.standalone, (), candidates)
    return found


def why_not(query: Query, ranking: Ranking, snapshot: Snapshot, reranker: Reranker | None) -> str:
    """Return why the passage that comes nearest does not answer, one of WHYS; nothing where nobody can tell."""
    rows = ranking.best_rows(1)
    if not isinstance(reranker, PairReranker) or not rows:
        return ""
    document, passage = ranking.rows[rows[0]]
    return reranker.why(query.read or query.standalone, _candidate(snapshot.documents[document], passage))


def _candidate(indexed: IndexedDocument, number: int) -> Candidate:
    passage = indexed.passages[number]
    return Candidate(legible(indexed, passage), places_of(indexed, passage.section, DEEPEST))


def load_reranker(name: str, encoder: Encoder, *, allow_download: bool = False) -> Reranker | None:
    """Return the reranker of a name: "" the shipped one, where the encoder has states to read; NONE none.

    Raises EncoderNotFound.
    """
    if name == NONE:
        return None
    if name:
        return CrossEncoderReranker(name, allow_download=allow_download)
    return PairReranker(encoder) if isinstance(encoder, FusedEncoder) else None
