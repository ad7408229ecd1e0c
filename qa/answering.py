"""Question -> cited answer: the whole program on one screen."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from index import Encoder, Facet, IndexedDocument, Snapshot, fold, load_encoder, load_snapshot
from qa.asking import ALONE, POINTED, read_asked
from qa.builtin import builtin_snapshot
from qa.citation import document_name
from qa.confidence import NO_QUESTION, features, judge
from qa.courtesies import without_courtesies
from qa.deadline import check
from qa.digest import lists_parts
from qa.directory import Directory
from qa.errors import DocumentNeeded, EmptyQuestion, QuestionTooLong, UnknownDocument
from qa.evidence import YEAR, make_point, query_weights, widen
from qa.focus import Focus, focus_of
from qa.library import Library, to_choose
from qa.notes import header_note, masked_note, planned_note, scan_note
from qa.parts import choose, main_part, unit_named
from qa.replayed import Replayed
from qa.reranking import Reranker, load_reranker, reread, why_not
from qa.retrieval import Ranking, rank
from qa.rewording import reworded
from qa.selecting import NAMED, Selection, Selector
from qa.settings import Settings
from qa.subjects import placed_by_subject
from qa.suggesting import starters, suggest_next
from qa.summing import summed_up
from qa.timing import of_years
from qa.types import Answer, Choice, Hit, Kind, Point, Query, Starters, Status, Turn
from qa.understanding import answered_in, understand

RESPELT = (
    0.05  # by which a question must be answered more surely with other words for those that may be misspelt
)
SURE = 0.7  # confidence unread from which reading refuses two in a thousand (questions left out)
MOST_POINTS = 1_000  # points given; the longest list of a report has 100
LONGEST_POINT = 2_000  # characters of a point: what goes on for longer without a stop is no sentence
Tried = list[
    tuple[Query, Ranking, Selection]
]  # each way in which a question was understood, and what was found
_SUBSTANCE = re.compile(r"[^\W_]")  # a letter, a digit or a character: marks alone ask nothing
_SURROGATE = re.compile("[\ud800-\udfff]")  # what undecodable bytes become; no encoder takes them


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
        documents = self.snapshot.documents
        source = next(d for d in documents if d.document.id == places[0].document.id)
        others = [d for d in documents if d is not source]
        return suggest_next(source, places[0].section, places[0].facet, answer.standalone, others)

    def starters(self, document: str | None = None) -> Starters:
        """Return questions to start with, all of them answered by the document (None: the first one).

        They are asked to see that they are answered; nothing is read for those that are sure without it, so that a
        page need not wait. Raises UnknownDocument.
        """
        identity = self.document_id(document) or self.snapshot.documents[0].document.id
        source = next(d for d in self.snapshot.documents if d.document.id == identity)
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
        longest = self.settings.question_limit
        clean = (_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", q) for q in reversed(history))
        fit = (q for q in clean if len(q) <= longest and _SUBSTANCE.search(q))
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
        query, ranking, found = next(way for way in tried if way[0] is turn.query)
        return {
            "standalone": turn.answer.standalone,
            "kind": query.kind.value,
            "facet": query.facet and query.facet.value,
            "topic": query.topic,
            "context": query.context,
            "section": query.section,
            "terms": query_weights(query, self.snapshot.lexical),
            "hits": [self._explained(hit) for hit in ranking.hits(self.settings.passages)],
            "checks": {
                name: round(value, 4)
                for name, value in features(query, ranking, self.snapshot, found.judged).items()
                if value
            },
            "status": turn.answer.status.value,
            "reason": turn.answer.reason,
            "confidence": turn.answer.confidence,
        }

    def _explained(self, hit: Hit) -> dict[str, Any]:
        indexed = self.snapshot.documents[hit.document]
        passage = indexed.passages[hit.passage]
        return {
            "text": indexed.document.text[passage.start : passage.end],
            "score": round(hit.score, 4),
            "lexical": round(hit.lexical, 4),
            "dense": round(hit.dense, 4),
            "late": round(hit.late, 4),
        }

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
        library = Library(self.snapshot, self.directory.of(self.snapshot.documents), self._leans)
        return library.ask(question, turns, partial(self._settled, facet=facet, tried=tried))

    def compare(self, question: str, documents: Sequence[str] = (), *, id: str | int | None = None) -> Answer:  # noqa: A002
        """Answer `question` from each of several documents, by id or title, side by side; none: those that it names.

        Raises EmptyQuestion, QuestionTooLong, UnknownDocument, DocumentNeeded, BadRequest where they are too many.
        """
        check_question(question, self.settings)
        wanted = [i for i in map(self.document_id, documents) if i is not None]
        library = Library(self.snapshot, self.directory.of(self.snapshot.documents), self._leans)
        answer = library.compare(question, wanted, partial(self._settled, facet=None)).answer
        answer = summed_up(answer)
        return replace(answer, id=id) if id is not None else answer

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
        among = frozenset(documents)
        numbers = {n for n, d in enumerate(self.snapshot.documents) if not among or d.document.id in among}
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
        query, ranking, found = self.find(question, turns, document, facet, documents)
        if tried is not None:
            tried.append((query, ranking, found))
        identity = _identity(self.snapshot.id, turns, question, ",".join(documents) or None, facet)
        if found.documents:
            return Turn(query, to_choose(query, identity, self.snapshot, found.documents))
        why = partial(why_not, query, ranking, self.snapshot, self.reranker)
        judged = judge(
            query, ranking, self.snapshot, found.judged, structural=found.structural, sure=found.sure, why=why
        )
        weights = query_weights(query, self.snapshot.lexical)
        shown = () if judged.reason else found.spans[:MOST_POINTS]
        points = tuple(self._point(span, weights) for span in shown)
        more = f"只列出前 {MOST_POINTS} 处。" if len(found.spans) > len(points) > 0 else None
        answer = Answer(
            id=identity,
            snapshot=self.snapshot.id,
            question=question,
            standalone=query.standalone,
            status=Status.ANSWERED if points else Status.NOT_FOUND,
            reason=judged.reason,
            note=judged.note or found.note or more or self._note(query, points),
            kind=Kind.STRUCTURE if found.structural and query.kind in NAMED else query.kind,
            facet=query.facet,
            confidence=round(judged.confidence, 4),
            points=points,
            passages=() if judged.reason in NO_QUESTION else self._passages(ranking, weights),
            total=found.total if points else None,
        )
        return Turn(query, answer)

    def _digest(self, turn: Turn) -> str | None:
        """Return the id of the document whose parts are listed, or that was asked for as a whole."""
        query, points = turn.query, turn.answer.points
        if not points or query.kind is not Kind.STRUCTURE:
            return None
        identity = points[0].document.id
        one = next(d for d in self.snapshot.documents if d.document.id == identity)
        return identity if query.overview or lists_parts(one, [p.start for p in points]) else None

    def _note(self, query: Query, points: Sequence[Point]) -> str | None:
        """Return what goes with the points: that something is blanked out, only planned, or a table's header."""
        source = next(
            (d for d in self.snapshot.documents if points and d.document.id == points[0].document.id), None
        )
        if source is None:
            return None
        own = masked_note(source, points) or header_note(source, points) or planned_note(query, points)
        return scan_note(points) + (own or "") or None

    def find(
        self,
        question: str,
        turns: Sequence[Turn] = (),
        document: str | None = None,
        facet: Facet | None = None,
        documents: tuple[str, ...] = (),
    ) -> tuple[Query, Ranking, Selection]:
        """Understand a question, rank the passages and select the spans, without judging them.

        `document` is an id, `documents` are those that are asked (none: all). Raises EmptyQuestion, QuestionTooLong.
        """
        question = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", question)
        check_question(question, self.settings)
        named = frozenset(documents if document is None else (document,))
        narrowed = [d for d in self.snapshot.documents if not named or d.document.id in named]
        asked = read_asked(question, [t.query.question for t in turns], self.encoder, self.reranker)
        focus = self._focus(turns, narrowed) if asked.relation not in ALONE else None
        query = understand(question, turns, narrowed, asked, facet, document, focus)
        if len(narrowed) == 1 and query.section is None:
            query = placed_by_subject(query, narrowed[0], self.encoder)
        query = replace(query, documents=named if document is None else frozenset())
        if len(narrowed) == 1 and query.section is None and query.kind is not Kind.STRUCTURE:
            inside = unit_named(query.where, narrowed[0]) if query.answer in POINTED else None
            part = main_part(query.where, narrowed[0])
            query = replace(query, section=part if inside is None else inside)
        ranking = rank(query, self.snapshot, self.encoder, self.settings)
        if len(narrowed) > 1 and (years := YEAR.findall(fold(query.asked or query.standalone))):
            ranking = replace(ranking, fused=of_years(years, self.snapshot, ranking.rows, ranking.fused))
        check()
        ranking = reread(query, ranking, self.snapshot, self.reranker)
        check()
        found = Selector(self.snapshot, self.encoder, self.reranker).select(query, ranking)
        check()
        clipped = tuple((d, start, min(end, start + LONGEST_POINT)) for d, start, end in found.spans)
        return query, ranking, replace(found, spans=clipped)

    def _focus(self, turns: Sequence[Turn], documents: Sequence[IndexedDocument]) -> Focus | None:
        """Return the place that the turns end on, in the document that answered the last of them."""
        one = answered_in(turns, documents)
        if one is None:
            return None
        number = self.snapshot.documents.index(one)

        def chooser(query: Query) -> Choice | None:
            ranking = rank(query, self.snapshot, self.encoder, self.settings)
            return choose(query, one, ranking.of_document(number), self.encoder, self.reranker)

        return focus_of(turns, one, chooser)

    def _point(self, span: tuple[int, int, int], weights: Iterable[str]) -> Point:
        check()
        document, start, end = span
        return make_point(self.snapshot.documents[document], start, end, weights)

    def _passages(self, ranking: Ranking, terms: Iterable[str]) -> tuple[Point, ...]:
        """Return the best hits with their surroundings, none inside another."""
        shown: list[Point] = []
        for hit in ranking.hits(3 * self.settings.passages):
            indexed = self.snapshot.documents[hit.document]
            start, end = widen(indexed, indexed.passages[hit.passage])
            inside = any(
                p.document.id == indexed.document.id and p.start < end and start < p.end for p in shown
            )
            if not inside:
                shown.append(make_point(indexed, start, end, terms, round(hit.score, 4)))
            if len(shown) == self.settings.passages:
                break
        return tuple(shown)

    def document_id(self, wanted: str | None) -> str | None:
        """Return the id of the document named by id, title or file; None for None.

        Raises UnknownDocument, and DocumentNeeded where several have the title.
        """
        if wanted is None:
            return None
        documents = self.snapshot.documents
        names = "、".join(f"{d.document.id}{document_name(d)}" for d in documents)
        for key in (_document_id, _document_title, _document_file):
            named = [d.document.id for d in documents if key(d) == wanted]
            if len(named) > 1:
                raise DocumentNeeded(f"有 {len(named)} 篇文稿叫“{wanted}”：{names}。请用编号指明一篇。")
            if named:
                return named[0]
        raise UnknownDocument(f"索引里没有文稿“{wanted}”；现有：{names}。请用其中一个编号或标题。")


def _document_id(one: IndexedDocument) -> str:
    return one.document.id


def _document_title(one: IndexedDocument) -> str:
    return one.document.title


def _document_file(one: IndexedDocument) -> str:
    return one.document.source


def open_engine(
    root: Path | None = None,
    *,
    settings: Settings | None = None,
    allow_download: bool = False,
    make: Callable[[Encoder], Snapshot] | None = None,
) -> Engine:
    """Open the index under `root` (None: the one in the settings, else the built-in speech).

    With `make` it gives the snapshot, and no folder is opened. Raises SnapshotError, EncoderError.
    """
    settings = settings or Settings()
    encoder = load_encoder(settings.encoder or None, allow_download=allow_download)
    root = root or (Path(settings.index) if settings.index else None)
    if make is not None:
        snapshot = make(encoder)
    elif root is not None:
        snapshot = load_snapshot(root, fingerprint=encoder.fingerprint)
    else:
        snapshot = builtin_snapshot(encoder, Path(settings.cache) if settings.cache else None)
    reranker = load_reranker(settings.reranker, encoder, allow_download=allow_download)
    return Engine(snapshot, encoder, settings, reranker)


def _leant_on(turn: Turn) -> tuple[Turn, ...]:
    """Return the turn as one that a follow-up may go on from; none where nothing was asked of the document."""
    return () if turn.answer.reason in NO_QUESTION else (turn,)


def check_question(question: str, settings: Settings) -> None:
    """Raise EmptyQuestion or QuestionTooLong where `question` is none that can be answered."""
    if not question.strip():
        raise EmptyQuestion("没有问题：应为一句话，实际是空的。请写出要问什么。")
    if len(question) > settings.question_limit:
        raise QuestionTooLong(
            f"问题太长：最多 {settings.question_limit} 字，实际 {len(question)} 字。请缩短，或把原文编成索引后再问。"
        )


def _identity(
    snapshot: str, turns: Sequence[Turn], question: str, document: str | None, facet: Facet | None
) -> str:
    """Return the answer's id: the same question on the same snapshot has the same one."""
    parts = [snapshot, document or "", facet or "", *(t.query.question for t in turns), question]
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
