"""One way of asking a question -> what was understood of it, how the passages rank, and the spans that are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from index import Chosen, Encoder, Facet, IndexedDocument, Snapshot, fold
from qa.asking import ALONE, POINTED, read_asked
from qa.deadline import check
from qa.evidence import YEAR
from qa.focus import Focus, focus_of
from qa.occurrences import asks_occurrences
from qa.parts import choose, main_part, unit_named
from qa.reranking import Reranker, reread
from qa.retrieval import Ranking, rank
from qa.selecting import Selection, Selector
from qa.settings import Settings
from qa.subjects import placed_by_subject
from qa.timing import of_years
from qa.types import Choice, Kind, Query, Turn
from qa.understanding import answered_in, understand

LONGEST_POINT = 2_000  # characters of a point: what goes on for longer without a stop is no sentence


class Way(NamedTuple):
    """One way in which a question was asked: as it was understood, the passages in their order, and the spans that were chosen."""

    query: Query
    ranking: Ranking
    found: Selection


@dataclass(frozen=True, slots=True)
class Finder:
    """What looks for answers in a snapshot, by the encoder and the reranker that it is asked with."""

    snapshot: Snapshot
    encoder: Encoder
    settings: Settings
    reranker: Reranker | None

    def find(
        self,
        question: str,
        turns: Sequence[Turn],
        document: str | None,
        facet: Facet | None,
        documents: Sequence[str],
    ) -> Way:
        """Understand a question, rank the passages and select the spans, without judging them.

        `document` is an id, `documents` are those that are asked (none: all).
        """
        named = frozenset(documents if document is None else (document,))
        lookup = self.snapshot.lookup
        numbers = lookup.select(named) if named else range(len(self.snapshot.documents))
        narrowed = Chosen(lookup, numbers)
        query = self._understood(question, turns, narrowed, facet, document)
        query = replace(query, documents=named if document is None else frozenset())
        if len(narrowed) == 1 and query.section is None and query.kind is not Kind.STRUCTURE:
            inside = unit_named(query.where, narrowed[0]) if query.answer in POINTED else None
            part = main_part(query.where, narrowed[0])
            query = replace(query, section=part if inside is None else inside)
        query = asks_occurrences(query, self.encoder)
        ranking = rank(query, self.snapshot, self.encoder, self.settings)
        if len(narrowed) > 1 and (years := YEAR.findall(fold(query.asked or query.standalone))):
            ranking = replace(ranking, fused=of_years(years, self.snapshot, ranking.rows, ranking.fused))
        check()
        ranking = reread(query, ranking, self.snapshot, self.reranker)
        check()
        found = Selector(self.snapshot, self.encoder, self.reranker).select(query, ranking)
        check()
        clipped = tuple((d, start, min(end, start + LONGEST_POINT)) for d, start, end in found.spans)
        return Way(query, ranking, replace(found, spans=clipped))

    def _understood(
        self,
        question: str,
        turns: Sequence[Turn],
        narrowed: Sequence[IndexedDocument],
        facet: Facet | None,
        document: str | None,
    ) -> Query:
        """Return the question in the light of the turns, with the unit of the one document that it names by its subject."""
        asked = read_asked(question, [t.query.question for t in turns], self.encoder, self.reranker)
        focus = self._focus(turns, narrowed) if asked.relation not in ALONE else None
        query = understand(question, turns, narrowed, asked, facet, document, focus)
        alone = len(narrowed) == 1 and query.section is None
        return placed_by_subject(query, narrowed[0], self.encoder) if alone else query

    def _focus(self, turns: Sequence[Turn], documents: Sequence[IndexedDocument]) -> Focus | None:
        """Return the place that the turns end on, in the document that answered the last of them."""
        one = answered_in(turns, documents)
        if one is None:
            return None
        number = self.snapshot.lookup.numbers[one.document.id]

        def chooser(query: Query) -> Choice | None:
            ranking = rank(query, self.snapshot, self.encoder, self.settings)
            return choose(query, one, ranking.of_document(number), self.encoder, self.reranker)

        return focus_of(turns, one, chooser)
