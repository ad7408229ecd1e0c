"""Question -> cited answer: the whole program on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from qa.outline import answer_structure
from qa.terms import explain_term
from qa.understanding import understand

from index import Encoder, Facet, Snapshot
from qa.errors import EmptyQuestion, QuestionTooLong, UnknownDocument
from qa.evidence import best_spans, make_point, query_weights, widen
from qa.retrieval import Ranking, rank
from qa.settings import Settings
from qa.types import Answer, Kind, Point, Query, Status, Turn


@dataclass(frozen=True, slots=True)
class Engine:
    """What a question is asked of. Immutable and safe to share between threads."""

    snapshot: Snapshot
    encoder: Encoder
    settings: Settings

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        document: str | None = None,
        facet: Facet | None = None,
        id: str | None = None,  # noqa: A002 - the name in the answer's published shape
    ) -> Answer:
        """Answer `question`; `history` holds the user's earlier questions, oldest first.

        `document` narrows to one document by id or title, `facet` to one facet. Raises EmptyQuestion,
        QuestionTooLong, UnknownDocument, DocumentNeeded.
        """
        document = self._document_id(document)
        turns: list[Turn] = []
        limit = self.settings.history_limit
        for earlier in history[-limit:] if limit else ():
            if earlier.strip():
                turns.append(self._turn(earlier, turns, document, None))
        answer = self._turn(question, turns, document, facet).answer
        return replace(answer, id=id) if id is not None else answer

    def _turn(self, question: str, turns: Sequence[Turn], document: str | None, facet: Facet | None) -> Turn:
        """Answer one question of a conversation: understand, find, select, judge."""
        _check(question, self.settings)
        query = understand(
            question,
            turns,
            [d for d in self.snapshot.documents if document in (None, d.document.id)],
            facet,
            document,
        )
        ranking = rank(query, self.snapshot, self.encoder, self.settings)
        spans, total, note = self._spans(query, ranking)
        weights = query_weights(query, self.snapshot.lexical)
        documents = self.snapshot.documents
        points = tuple(make_point(documents[d], start, end, list(weights)) for d, start, end in spans)
        passages = self._passages(ranking, list(weights))
        status = Status.ANSWERED if points else Status.NOT_FOUND
        answer = Answer(
            id=_identity(self.snapshot.id, turns, question, document, facet),
            snapshot=self.snapshot.id,
            question=question,
            standalone=query.standalone,
            status=status,
            reason=None if points else "not_in_document",
            note=note if points else "原文未提及：没有找到与问题相关的内容。",
            kind=query.kind,
            facet=query.facet,
            confidence=round(min(1.0, max(0.0, passages[0].score or 0.0)), 4) if passages else 0.0,
            points=points,
            passages=passages,
            total=total,
        )
        return Turn(query, answer)

    def _spans(
        self, query: Query, ranking: Ranking
    ) -> tuple[list[tuple[int, int, int]], int | None, str | None]:
        """Return the answer's spans as (document, start, end), how many there are in all, and a note."""
        documents = self.snapshot.documents
        for number, indexed in enumerate(documents):
            if query.document not in (None, indexed.document.id):
                continue
            found = None
            if query.kind is Kind.STRUCTURE:
                found = answer_structure(query, indexed)
            elif query.kind is Kind.TERM:
                found = explain_term(query, indexed)
            if found is not None and found.spans:
                return [(number, start, end) for start, end in found.spans], found.total, found.note
        weights = query_weights(query, self.snapshot.lexical)
        return best_spans(query, ranking.hits(self.settings.passages), documents, weights), None, None

    def _passages(self, ranking: Ranking, terms: Sequence[str]) -> tuple[Point, ...]:
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

    def _document_id(self, wanted: str | None) -> str | None:
        if wanted is None:
            return None
        documents = [d.document for d in self.snapshot.documents]
        for document in documents:
            if wanted in (document.id, document.title):
                return document.id
        known = "、".join(f"{d.id}《{d.title}》" for d in documents)
        raise UnknownDocument(f"索引里没有文稿“{wanted}”；现有：{known}。请用其中一个编号或标题。")


def _check(question: str, settings: Settings) -> None:
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
