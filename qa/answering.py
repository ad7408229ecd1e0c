"""Question -> cited answer: the whole program on one screen."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Any

from index import Chosen, Encoder, Facet, IndexedDocument, Snapshot, fold
from qa.admitting import check_question, document_named, has_substance, readable
from qa.asking import ALONE, read_asked
from qa.composing import composed
from qa.confidence import NO_QUESTION
from qa.courtesies import without_courtesies
from qa.deadline import check
from qa.digest import lists_parts
from qa.directory import Directory
from qa.errors import EmptyQuestion, QuestionTooLong
from qa.explaining import explained
from qa.finding import Finder, Way
from qa.library import Library, to_choose
from qa.messages import Starters
from qa.replayed import Replayed
from qa.reranking import Reranker
from qa.rewording import reworded
from qa.settings import Settings
from qa.suggesting import starters, suggest_next
from qa.summing import summed_up
from qa.types import Answer, Kind, Status, Turn

RESPELT = (
    0.05  # by which a question must be answered more surely with other words for those that may be misspelt
)
SURE = 0.7  # confidence unread from which reading refuses two in a thousand (questions left out)
Tried = list[tuple[Way, Snapshot]]  # each way in which a question was asked, and of what


@dataclass(frozen=True, slots=True)
class Engine:
    """What a question is asked of. Immutable and safe to share between threads."""

    snapshot: Snapshot
    encoder: Encoder
    settings: Settings
    reranker: Reranker | None = None
    replayed: Replayed = field(default_factory=lambda: Replayed(), compare=False, repr=False)
    directory: Directory = field(default_factory=Directory, compare=False, repr=False)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        document: str | None = None,
        facet: Facet | None = None,
        id: str | int | None = None,  # noqa: A002 - the name in the answer's published shape
    ) -> Answer:
        """Answer `question`; `history` holds the user's earlier questions, oldest first.

        `document` narrows to one document by id or title, `facet` to one facet. Raises EmptyQuestion,
        QuestionTooLong, UnknownDocument, DocumentNeeded where several have the title.
        """
        document = self.document_id(document)
        earlier = self._earlier(history)
        turns = self._replay(earlier, document)
        turn = self._turn(question, turns, document, facet)
        if facet is None:
            self.replayed.put((self.snapshot.id, document, *earlier, question), (*turns, *_leant_on(turn)))
        answer = replace(turn.answer, digest=self._digest(turn))
        answer = summed_up(replace(answer, suggestions=self._suggestions(answer)))
        return replace(answer, id=id) if id is not None else answer

    def _suggestions(self, answer: Answer) -> tuple[str, ...]:
        """Return what to ask next: about the section of the first point, or of the nearest place."""
        places = answer.points or answer.passages
        if not places:
            return ()
        lookup = self.snapshot.lookup
        number = lookup.numbers[places[0].document.id]
        others = Chosen(lookup, [n for n in range(len(lookup.documents)) if n != number])
        source = lookup.documents[number]
        return suggest_next(source, places[0].section, places[0].facet, answer.standalone, others)

    def starters(self, document: str | None = None) -> Starters:
        """Return questions to start with, all of them answered by the document (None: the first one).

        They are asked to see that they are answered; nothing is read for those that are sure without it, so that a
        page need not wait. Raises UnknownDocument.
        """
        identity = self.document_id(document) or self.snapshot.documents[0].document.id
        source = self._one(identity)
        quick = replace(self, reranker=None)

        def asked(question: str) -> Answer:
            answer = quick._turn(question, (), identity, None).answer
            return answer if answer.confidence >= SURE else self._turn(question, (), identity, None).answer

        return starters(source, asked)

    def turns(self, history: Sequence[str], document: str | None = None) -> list[Turn]:
        """Return the earlier questions as they were answered, oldest first; `document` is an id."""
        return self._replay(self._earlier(history), document)

    def _earlier(self, history: Sequence[str]) -> list[str]:
        """Return the last of the earlier questions that can be asked: not empty, too long or no question at all."""
        clean = map(readable, reversed(history))
        fit = (q for q in clean if len(q) <= self.settings.question_limit and has_substance(q))
        asked = (q for q in fit if read_asked(q, (), self.encoder, self.reranker).wants != "chat")
        return list(islice(asked, self.settings.history_limit))[::-1]

    def _replay(self, earlier: Sequence[str], document: str | None) -> list[Turn]:
        """Answer the earlier questions again, in order: a follow-up leans on their answers.

        One that cannot be answered, or was none to ask a document, is passed over: it blocks none after it.
        """
        turns: list[Turn] = []
        done = 0
        for number in range(len(earlier), 0, -1):
            if (known := self.replayed.get((self.snapshot.id, document, *earlier[:number]))) is not None:
                turns, done = list(known), number
                break
        for question in earlier[done:]:
            check()
            with contextlib.suppress(EmptyQuestion, QuestionTooLong):
                turns += _leant_on(self._turn(question, turns, document, None))
        return turns

    def explain(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        document: str | None = None,
        facet: Facet | None = None,
    ) -> dict[str, Any]:
        """Return how the answer to `question` comes about: the question as it was understood, and the hits with their scores.

        Of several ways in which it was asked (of a library's documents, in their words) the one that is answered.
        """
        document = self.document_id(document)
        tried: Tried = []
        turn = self._turn(question, self.turns(history, document), document, facet, tried)
        way, found = next((way, found) for way, found in tried if way.query is turn.query)
        return explained(way, turn.answer, found, self.settings.passages)

    def _turn(
        self,
        question: str,
        turns: Sequence[Turn],
        document: str | None,
        facet: Facet | None,
        tried: Tried | None = None,
    ) -> Turn:
        """Answer one question of a conversation, of one document or of all, of which it may name some.

        What was understood and found in each way of asking it is put into `tried`.
        """
        if document is not None or len(self.snapshot.documents) == 1:
            turn = self._settled(question, turns, (document,) if document else (), facet, tried)
            return replace(turn, answer=replace(turn.answer, scope=(document,) if document else ()))
        check_question(question, self.settings)
        return self._library().ask(question, turns, partial(self._settled, facet=facet, tried=tried))

    def compare(self, question: str, documents: Sequence[str] = (), *, id: str | int | None = None) -> Answer:  # noqa: A002
        """Answer `question` from each of several documents, by id or title, side by side; none: those that it names.

        Raises EmptyQuestion, QuestionTooLong, UnknownDocument, DocumentNeeded, BadRequest where they are too many.
        """
        check_question(question, self.settings)
        wanted = [i for i in map(self.document_id, documents) if i is not None]
        answer = self._library().compare(question, wanted, partial(self._settled, facet=None)).answer
        answer = summed_up(answer)
        return replace(answer, id=id) if id is not None else answer

    def _library(self) -> Library:
        """Return the documents with what they go by."""
        return Library(self.snapshot, self.directory.of(self.snapshot.documents), self._leans)

    def _leans(self, question: str, turns: Sequence[Turn]) -> bool:
        """Tell whether a question leans on the turns before it."""
        asked = read_asked(question, [t.answer.question for t in turns], self.encoder, self.reranker)
        return asked.relation not in ALONE

    def _settled(
        self,
        question: str,
        turns: Sequence[Turn],
        documents: tuple[str, ...],
        facet: Facet | None,
        tried: Tried | None = None,
    ) -> Turn:
        """Answer a question of some documents (none: all); where it is not sure, in their words if that is surer."""
        turn = self._answered(question, turns, documents, facet, tried)
        if turn.answer.choices or turn.answer.reason in NO_QUESTION or turn.answer.confidence >= SURE:
            return turn
        typed = fold(without_courtesies(question))
        lookup = self.snapshot.lookup
        numbers = frozenset(
            lookup.select(frozenset(documents)) if documents else range(len(lookup.documents))
        )
        meant = reworded(typed, self.snapshot, numbers, home=turn.answer.status is Status.NOT_FOUND)
        if meant == typed:
            return turn
        other = self._answered(meant, turns, documents, facet, tried)
        if other.answer.confidence < turn.answer.confidence + RESPELT:
            return turn
        return replace(other, answer=replace(other.answer, id=turn.answer.id, question=question))

    def _answered(
        self,
        question: str,
        turns: Sequence[Turn],
        documents: tuple[str, ...],
        facet: Facet | None,
        tried: Tried | None,
    ) -> Turn:
        """Answer one question as it is: understand, find, select, judge."""
        document = documents[0] if len(documents) == 1 else None
        way = self.find(question, turns, document, facet, documents)
        if tried is not None:
            tried.append((way, self.snapshot))
        identity = _identity(self.snapshot.id, turns, question, ",".join(documents) or None, facet)
        if way.found.documents:
            return Turn(way.query, to_choose(way.query, identity, self.snapshot, way.found.documents))
        return Turn(way.query, composed(way, question, identity, self.snapshot, self.settings, self.reranker))

    def _digest(self, turn: Turn) -> str | None:
        """Return the id of the document whose parts are listed, or that was asked for as a whole."""
        query, points = turn.query, turn.answer.points
        if not points or query.kind is not Kind.STRUCTURE:
            return None
        identity = points[0].document.id
        one = self._one(identity)
        return identity if query.overview or lists_parts(one, [p.start for p in points]) else None

    def _one(self, identity: str) -> IndexedDocument:
        return self.snapshot.documents[self.snapshot.lookup.numbers[identity]]

    def find(
        self,
        question: str,
        turns: Sequence[Turn] = (),
        document: str | None = None,
        facet: Facet | None = None,
        documents: tuple[str, ...] = (),
    ) -> Way:
        """Understand a question, rank the passages and select the spans, without judging them.

        `document` is an id, `documents` are those that are asked (none: all). Raises EmptyQuestion, QuestionTooLong.
        """
        question = readable(question)
        check_question(question, self.settings)
        finder = Finder(self.snapshot, self.encoder, self.settings, self.reranker)
        return finder.find(question, turns, document, facet, documents)

    def document_id(self, wanted: str | None) -> str | None:
        """Return the id of the document named by id, title or file; None for None.

        Raises UnknownDocument, and DocumentNeeded where several have the title.
        """
        return None if wanted is None else document_named(wanted, self.snapshot.documents)


def _leant_on(turn: Turn) -> tuple[Turn, ...]:
    """Return the turn as one that a follow-up may go on from; none where nothing was asked of the document."""
    return () if turn.answer.reason in NO_QUESTION else (turn,)


def _identity(
    snapshot: str, turns: Sequence[Turn], question: str, document: str | None, facet: Facet | None
) -> str:
    """Return the answer's id: the same question on the same snapshot has the same one."""
    parts = [snapshot, document or "", facet or "", *(t.query.question for t in turns), question]
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
