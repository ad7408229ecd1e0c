"""An engine whose documents are elsewhere: each question is asked of those that a first stage finds for it.

The documents' names are all here (qa/directory.py), so that a question names them as in any library; the rest is an
ordinary engine over the few documents found, with the words weighed as in all of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from threading import Lock

import numpy as np

from index import (
    Document,
    Encoder,
    Facet,
    FirstStage,
    Found,
    IndexedDocument,
    Snapshot,
    SnapshotMissing,
    Where,
    WideLexicalIndex,
    fold,
    near_snapshot,
    sound_terms,
    tell_apart,
    words,
)
from qa.answering import Engine, Tried
from qa.directory import Directory, Register
from qa.faraway import FarDocument
from qa.library import Library
from qa.replayed import Replayed
from qa.reranking import Reranker
from qa.settings import Settings
from qa.suggesting import suggest_next
from qa.types import Answer, Turn

CANDIDATES = 100  # passages that are asked for by vectors, and by words
LOADED = 48  # documents that a question is asked of: those of the best candidates
KEPT = 32  # questions whose documents are kept together: a conversation, and what is asked beside it

_Near = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DistantEngine(Engine):
    """An Engine over a first stage. `snapshot` holds the documents' names; texts are loaded when they are looked at."""

    stage: FirstStage = field(kw_only=True)
    kept: Kept = field(default_factory=lambda: Kept(), compare=False, repr=False)

    def near(self, question: str, turns: Sequence[Turn], documents: tuple[str, ...]) -> Engine:
        """Return an engine over the documents that are found for a question, among `documents` (none: all)."""
        texts = _texts(question, turns)
        leant = sorted({p.document.id for turn in turns for p in turn.answer.points})
        inside = sha256("\x1f".join([*documents, "", *leant]).encode("utf-8")).hexdigest()
        key = (self.snapshot.id, inside, *texts)
        if (known := self.kept.snapshot(key)) is None:
            known = self.kept.put(key, self._found(texts, turns, documents))
        return Engine(known, self.encoder, self.settings, self.reranker)

    def _found(self, texts: Sequence[str], turns: Sequence[Turn], documents: tuple[str, ...]) -> Snapshot:
        order = {one.document.id: n for n, one in enumerate(self.snapshot.documents)}
        named = {identity for identity in documents if identity in order}
        if named and len(named) <= LOADED:
            chosen = named
        else:
            where = Where()
            if named:  # of many documents it is shorter to say which are not meant
                others = frozenset(order.keys() - named)
                where = Where(without=others) if len(others) < len(named) else Where(frozenset(named))
            chosen = set(self._likeliest(texts, where, order))
        for turn in turns:  # a follow-up leans on where these answers stand
            chosen |= {p.document.id for p in turn.answer.points if p.document.id in order}
        if not named:
            chosen |= set(list(order)[: max(0, 2 - len(chosen))])  # two or more are a library
        ids = sorted(chosen, key=order.__getitem__)
        apart = {one.document.id: one.apart for one in self.snapshot.documents if one.apart}
        files = self.stage.load(ids)
        if not files:
            raise SnapshotMissing("文稿库里没有要问的文稿：问的时候有人改了它。请再问一次。")
        return near_snapshot(self.stage, files, apart)

    def _likeliest(self, texts: Sequence[str], where: Where, known: dict[str, int]) -> list[str]:
        """Return the documents of the best candidates, best first: those of unfinished documents are none."""
        best: dict[str, float] = {}
        for text in texts:
            for (identity, _), score in candidates(
                self.stage, self.encoder, self.settings, text, where
            ).items():
                if identity in known:
                    best[identity] = max(score, best.get(identity, -1.0))
        return sorted(best, key=lambda identity: (-best[identity], known[identity]))[:LOADED]

    def _settled(
        self,
        question: str,
        turns: Sequence[Turn],
        documents: tuple[str, ...],
        facet: Facet | None,
        tried: Tried | None = None,
    ) -> Turn:
        near = self.near(question, turns, documents)
        turn = Engine._settled(near, question, turns, _inside(documents, near.snapshot), facet, tried)
        turn = replace(turn, answer=replace(turn.answer, id=_of_documents(turn.answer.id, documents)))
        self.kept.note(turn.answer, near.snapshot)
        return turn

    def _library(self) -> Library:
        register = self.directory.of(self.snapshot.documents)
        return DistantLibrary(self.snapshot, register, self._leans, self.kept.of)

    def _suggestions(self, answer: Answer) -> tuple[str, ...]:
        """Return what to ask next; a heading that another of the documents shown has, too, is none."""
        places = answer.points or answer.passages
        if not places:
            return ()
        ids = dict.fromkeys(p.document.id for p in (*answer.points, *answer.passages))
        first, *others = (self._one(identity) for identity in ids)
        return suggest_next(first, places[0].section, places[0].facet, answer.standalone, others)


@dataclass(frozen=True, slots=True)
class DistantLibrary(Library):
    """A Library whose texts are elsewhere; `near` gives the snapshot that an answer was found in."""

    near: Callable[[Answer], Snapshot | None]

    def _spoken_of(self, question: str, turn: Turn) -> Turn:
        found = self.near(turn.answer) or self.snapshot
        return Library._spoken_of(Library(found, self.register, self.leans), question, turn)


class Kept:
    """The snapshots of the last questions, by what was asked and by the answer's id. Safe to share."""

    def __init__(self) -> None:
        self._made: OrderedDict[_Near, Snapshot] = OrderedDict()
        self._answers: OrderedDict[str, Snapshot] = OrderedDict()
        self._lock = Lock()

    def snapshot(self, key: _Near) -> Snapshot | None:
        """Return the snapshot of a question that was asked a short while ago."""
        with self._lock:
            if (found := self._made.get(key)) is not None:
                self._made.move_to_end(key)
            return found

    def put(self, key: _Near, found: Snapshot) -> Snapshot:
        """Keep a question's snapshot, and return it."""
        with self._lock:
            self._made[key] = found
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        return found

    def note(self, answer: Answer, found: Snapshot) -> None:
        """Keep which snapshot an answer was found in."""
        with self._lock:
            self._answers[str(answer.id)] = found
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)

    def of(self, answer: Answer) -> Snapshot | None:
        """Return the snapshot that an answer was found in."""
        with self._lock:
            return self._answers.get(str(answer.id))


def open_distant(
    stage: FirstStage, encoder: Encoder, settings: Settings, reranker: Reranker | None = None
) -> DistantEngine:
    """Return an engine over a first stage. Raises SnapshotError, SnapshotMissing where it has no documents."""
    gists = tell_apart([IndexedDocument(one, (), (), ()) for one in stage.documents()])
    if not gists:
        raise SnapshotMissing(
            "文稿库里一篇文稿也没有，不能问。请先加入文稿：speechqa add 文件… --library 地址"
        )
    far = tuple(FarDocument(one, partial(_loaded, stage)) for one in gists)
    lexical = WideLexicalIndex((), stage.statistics)
    empty = near_snapshot(stage, (), {})
    snapshot = replace(empty, documents=far, lexical=lexical)
    return DistantEngine(
        snapshot, encoder, settings, reranker, Replayed(), Directory(Register.of(gists)), stage=stage
    )


def _loaded(stage: FirstStage, document: Document) -> IndexedDocument:
    found = stage.load([document.id])
    return found[0].document if found else IndexedDocument(replace(document, text=""), (), (), ())


def candidates(
    stage: FirstStage, encoder: Encoder, settings: Settings, text: str, where: Where
) -> dict[tuple[str, int], float]:
    """Return the passages found by vectors and by words, each with its exact cosine and BM25 fused as in qa/retrieval.py."""
    text = fold(text)
    vector = encoder.encode_queries([text])[0]
    index = WideLexicalIndex((), stage.statistics)
    terms, sounds = words(text), sound_terms(text)
    index.know([*terms, *sounds])
    weight = settings.sound_weight
    weights = dict.fromkeys(sounds, weight) | dict.fromkeys(terms, 1.0)
    held = {term: share * index.idf(term) for term, share in weights.items() if index.holds(term)}
    by_meaning = stage.dense(vector, CANDIDATES, where)
    by_words = stage.lexical(held, CANDIDATES, where) if held else []
    lexical, dense = _scores(by_words), _scores(by_meaning)
    if more := tuple(key for key in lexical if key not in dense):
        dense |= _scores(stage.dense(vector, len(more), Where(keys=more)))
    if held and (more := tuple(key for key in dense if key not in lexical)):
        lexical |= _scores(stage.lexical(held, len(more), Where(keys=more)))
    ceiling = index.ceiling(terms) + weight * index.ceiling(sounds) or np.inf
    share = settings.lexical_weight
    return {
        key: share * lexical.get(key, 0.0) / ceiling + (1 - share) * cosine for key, cosine in dense.items()
    }


def _scores(found: Sequence[Found]) -> dict[tuple[str, int], float]:
    return {one.key: one.score for one in found}


def _texts(question: str, turns: Sequence[Turn]) -> list[str]:
    """Return what is looked for: the question, and with the one before it, which it may lean on."""
    return [question, f"{turns[-1].query.standalone} {question}"] if turns else [question]


def _inside(documents: tuple[str, ...], snapshot: Snapshot) -> tuple[str, ...]:
    """Return which of the documents that are asked are in a snapshot; none where that is all of it."""
    here = [one.document.id for one in snapshot.documents]
    inside = tuple(identity for identity in documents if identity in here)
    return () if len(inside) == len(here) > 1 else inside


def _of_documents(identity: str | int, documents: tuple[str, ...]) -> str:
    """Return an answer's id that other documents would give another: what is asked inside may be all that was found."""
    return sha256("\x1f".join((str(identity), *documents)).encode("utf-8")).hexdigest()[:16]
