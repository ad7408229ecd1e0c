"""Query and ranked passages -> the spans that answer: from the structure, a shorthand's place, a list, or the best passages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from index import Encoder, Facet, IndexedDocument, Snapshot, fold, groups_of
from qa.announced import stated_aims
from qa.asking import POINTED
from qa.deadline import check
from qa.digest import overview_of
from qa.evidence import CANDIDATES, best_spans, followed, query_weights
from qa.lists import list_spans, topic_words
from qa.occurrences import occurrences_of, words_looked_for
from qa.parts import choices_of, choose
from qa.reranking import Reranker, read_passages
from qa.retrieval import Ranking, wanted_numbers
from qa.showing import at_places, end_asked, ends_of, items_of, place_text, shown, unit_text
from qa.terms import explain_term, find_term
from qa.types import Choice, Found, Kind, Place, Query

LOOKED = 8  # of the likeliest documents of a library whose structure is looked at
LISTED = 5  # and of which lists are collected: more is no list that one reads
CHOICES = 12  # documents to choose from: what a page and a terminal show at once
TERMS = 30  # and in which a shorthand is looked for
DOCUMENT_SHARE = 0.5  # of the best score of all, from which a document of several has something on the topic
# By how much a passage must be likelier to answer than a group for a question that may want either (几家企业, 原话怎么说),
# and the chance below which no group is what is meant: of the t sets' 11 such groups two answered, by the reader before.
CLEARER, LEAST_CHANCE = 0.3, 0.1
EVEN = 0.5  # chance from which a passage is likelier than not to answer
NAMED = (Kind.FACT, Kind.CLAIM)
Meant = Callable[[], Choice | None]  # the group that a question means, looked for when first asked
AIMS_NOTE = "原文没有单列目标；这些要求写明了要达成什么。"


@dataclass(frozen=True, slots=True)
class Selection:
    """The spans chosen as the answer, as (document, start, end), how many there are in all, and a note.

    `structural` where they come from the section tree or the place that spells a shorthand out; `sure` how sure that is,
    where it was read. `documents` are those to choose from, where it takes one to answer. `evidence` is what they are judged by where that is not what is shown: of a place, what stands there.
    """

    spans: tuple[tuple[int, int, int], ...]
    total: int | None = None
    note: str | None = None
    structural: bool = False
    sure: float | None = None
    evidence: tuple[tuple[int, int, int], ...] = ()
    documents: tuple[int, ...] = ()

    @property
    def judged(self) -> tuple[tuple[int, int, int], ...]:
        """Return the spans that it is judged by."""
        return self.evidence or self.spans


@dataclass(frozen=True, slots=True)
class Selector:
    """What chooses spans in a snapshot, by the encoder and the reranker that it is asked with."""

    snapshot: Snapshot
    encoder: Encoder
    reranker: Reranker | None

    def select(self, query: Query, ranking: Ranking) -> Selection:
        """Choose the answer's spans.

        From the structure or the shorthand's place where one is asked for, over the whole document for a
        list, else from the best hits.
        """
        documents = self.snapshot.documents
        wanted: Sequence[int] = wanted_numbers(query, self.snapshot)
        if len(wanted) > 1:
            wanted = likeliest_first(ranking, wanted)
            if query.kind is Kind.STRUCTURE and not _plainly_answered(query, ranking):
                return Selection((), documents=tuple(wanted))
            if query.kind is Kind.TERM:
                wanted = self._explaining_first(query, wanted)
        if query.beyond:
            return Selection(())
        said = self._occurrences(query, wanted) if query.occurrences else Selection(())
        if said.spans:
            return said
        if query.wants == "place":
            return self._place(ranking)
        structural = query.kind is not Kind.STRUCTURE or len(wanted) == 1
        for number in wanted[:LOOKED] if structural else ():
            found = self._special(query, ranking, number)
            if found is not None and found.spans:
                spans = tuple((number, start, end) for start, end in found.spans)
                return Selection(spans, found.total, found.note, structural=True, sure=found.sure)
        if query.kind is Kind.LIST:
            return self._list(query, ranking, wanted)
        weights = query_weights(query, self.snapshot.lexical)
        return Selection(tuple(best_spans(query, ranking.hits(CANDIDATES), documents, weights)))

    def _explaining_first(self, query: Query, wanted: Sequence[int]) -> list[int]:
        """Return of the likeliest documents those first that hold most of the shorthand, of them those that explain it."""
        question = fold(query.standalone)
        documents = self.snapshot.documents
        held = {n: len(find_term(question, documents[n].document.text) or "") for n in wanted[:TERMS]}
        longest = max(held.values())
        holding = [n for n in held if held[n] == longest]
        told = {n: explain_term(query, documents[n]) for n in holding}
        explained = [n for n, found in told.items() if found is not None and found.note is None]
        return [*explained, *(n for n in holding if n not in explained)]

    def _occurrences(self, query: Query, wanted: Sequence[int]) -> Selection:
        """Return every place that speaks of the word that is asked for, in all that are asked, the likeliest first."""
        spans: list[tuple[int, int, int]] = []
        note = None
        looked = words_looked_for(query.asked)
        held = ((word, frozenset(self.snapshot.lookup.having(word, sorted(wanted)))) for word in looked)
        word, holding = next(
            (one for one in held if one[1]), ("", frozenset())
        )  # one word for all that are counted
        for number in (n for n in wanted if n in holding):
            check()
            found = occurrences_of(word, query.place, self.snapshot.documents[number])
            if found is not None:
                spans += [(number, start, end) for start, end in found.spans]
                note = note or found.note
        note = note if len({number for number, _, _ in spans}) == 1 else None
        return Selection(tuple(spans), len(spans), note, structural=True)

    def _place(self, ranking: Ranking) -> Selection:
        """Return where the best passage stands: the headings above it."""
        best = ranking.hits(1)
        if not best:
            return Selection(())
        number, one = best[0].document, self.snapshot.documents[best[0].document]
        passage = one.passages[best[0].passage]
        headings = at_places(one, [passage.index])
        spans = headings.spans or ((passage.start, passage.end),)
        return Selection(
            tuple((number, start, end) for start, end in spans),
            evidence=((number, passage.start, passage.end),),
        )

    def _special(self, query: Query, ranking: Ranking, number: int) -> Found | None:
        """Return what the structure of a document answers, or its own words for a shorthand; None where neither does."""
        one = self.snapshot.documents[number]
        exact = query.section is None and query.answer not in POINTED and query.where.exact
        scores, encoder, reranker = ranking.of_document(number), self.encoder, self.reranker
        meant = functools.cache(lambda: choose(query, one, scores, encoder, reranker))
        if query.place is not None and query.kind is not Kind.STRUCTURE:
            listed = _listed_there(query, one, ranking, meant)
            if listed is not None:
                return listed
        if query.kind is Kind.TERM:
            members = _members(query, one, ranking, meant, text=True) if exact else None
            return members or explain_term(query, one)
        if query.overview:
            return overview_of(self.snapshot, number)
        end = end_asked(query) if query.section is None and not query.choices else None
        if end is not None:
            return ends_of(one, first=end, place=query.place)
        if query.kind is Kind.STRUCTURE and query.section is not None and not query.choices:
            return unit_text(one, query.section)
        if query.kind is Kind.STRUCTURE and query.wants == "text" and query.place and not query.where:
            return place_text(one, query.place)
        if query.kind is Kind.LIST and query.section is not None and not topic_words(query):
            return items_of(one, query.section, query.facet)
        counted = bool(query.where or query.where.counts) and query.section is None
        point = query.kind in NAMED and query.section is None and query.answer not in POINTED
        exact = exact and point
        if query.kind is Kind.STRUCTURE or (query.kind is Kind.LIST and counted) or exact:
            return _members(query, one, ranking, meant, text=query.wants == "text" or exact)
        if point and (query.where.ordinals or query.where.mark):
            return _named(query, one, ranking, meant)
        return None

    def _list(self, query: Query, ranking: Ranking, wanted: Sequence[int]) -> Selection:
        """Collect every point that belongs of every wanted document, of several the likeliest, with their count."""
        spans: list[tuple[int, int, int]] = []
        structural, note = False, None
        best = float(ranking.fused.max()) if len(ranking.rows) else 0.0
        for number in wanted[:LISTED]:
            indexed = self.snapshot.documents[number]
            scores = ranking.of_document(number)
            if len(wanted) > 1 and scores.max(initial=-np.inf) < DOCUMENT_SHARE * best and topic_words(query):
                continue
            logits = read_passages(query, ranking, self.snapshot, number, self.reranker)
            found, said = list_spans(query, indexed, scores, logits)
            if not said:
                shown = {start for start, _ in found}
                below = (span for one in found for span in followed(indexed, *one))
                found = sorted({*found, *(span for span in below if span[0] not in shown)})
            spans.extend((number, start, end) for start, end in found)
            structural = structural or said
            if said and query.facet is Facet.GOAL and found == stated_aims(indexed) != []:
                note = AIMS_NOTE
        return Selection(tuple(spans), len(spans) or None, note, structural=structural)


def _listed_there(query: Query, one: IndexedDocument, ranking: Ranking, meant: Meant) -> Found | None:
    """Return what is listed at the place that was named by its subject, where that is likelier than not what is asked for."""
    if query.kind in NAMED and query.answer in POINTED:
        return None
    chosen = meant()
    if chosen is None or chosen.chance is None or not _lies_inside(query.place, chosen):
        return None
    least = max(EVEN, ranking.likeliest()) if query.kind in NAMED else EVEN
    if len(chosen.items) < 2 or chosen.chance <= least:
        return None
    return shown(one, chosen, text=False)


def _members(
    query: Query, one: IndexedDocument, ranking: Ranking, meant: Meant, *, text: bool
) -> Found | None:
    """Return the members of the group that a question means; None where none is meant or the passages answer better."""
    chosen = meant()
    named = bool(query.choices) or _lies_inside(query.place, chosen)
    if chosen is None or (not named and _reads_better(query, ranking, chosen)):
        return None
    return shown(one, chosen, text=text, title=query.where.title)


def _named(query: Query, one: IndexedDocument, ranking: Ranking, meant: Meant) -> Found | None:
    """Return what a question about one point names by its place: 第七项是哪个.

    Where only one place bears that number, or it is likelier than not what is meant, and than any passage.
    """
    where = query.where
    chosen = meant()
    if chosen is None or chosen.chance is None or len(chosen.items) > 1:
        return None
    only = len(choices_of(where, one, groups_of(one))) == 1
    likelier = chosen.chance > max(EVEN, ranking.likeliest())
    return shown(one, chosen, text=True) if only or likelier else None


def _lies_inside(place: Place | None, chosen: Choice | None) -> bool:
    """Tell whether what was chosen lies in the place that was named by its subject."""
    if place is None or chosen is None:
        return False
    return place.start <= chosen.items[0].start and chosen.items[-1].end <= place.end


def _plainly_answered(query: Query, ranking: Ranking) -> bool:
    """Tell whether a passage is likely to answer what may be no question about the structure: 要打通几个部门的数据."""
    either = query.wants in ("count", "all", "text") and not query.where
    return either and ranking.likeliest() > EVEN


def likeliest_first(ranking: Ranking, documents: Sequence[int]) -> list[int]:
    """Return documents by their best passage, the best first, ties in order."""
    best = ranking.best_of_documents()[np.asarray(documents, dtype=np.int64)]
    return [documents[place] for place in np.argsort(-best, kind="stable")]


def _reads_better(query: Query, ranking: Ranking, chosen: Choice) -> bool:
    """Tell whether the passages, as read, are likelier to answer than the group that was chosen."""
    if chosen.chance is None:
        return False
    likeliest, weak = ranking.likeliest(), chosen.chance < LEAST_CHANCE
    if query.kind is Kind.LIST and not query.where:  # a number is named: a group of as many, or none
        fits = {len(chosen.group.items), chosen.group.stated} & set(query.where.counts)
        return not fits or chosen.chance < EVEN
    if query.where:  # what is named by its place is there
        return weak and likeliest > EVEN
    either = query.wants in ("count", "all", "text") and likeliest > max(EVEN, chosen.chance + CLEARER)
    return weak or either
