"""Hits -> points: the shortest verbatim spans that answer, and the passages around them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from index import (
    Facet,
    IndexedDocument,
    LexicalIndex,
    Passage,
    Sentence,
    fold,
    legible,
    words,
)
from qa.citation import DEEPEST, citation
from qa.types import DocumentRef, Hit, Point, Query
from qa.wording import quoted_terms

POINT_LIMIT = 150  # characters: three printed lines; a longer sentence is trimmed to the clauses that answer
PASSAGE_LIMIT = 400  # characters of a passage: the house's limit
SENTENCE_LIMIT = 150  # characters: up to here the whole sentence is weighed, above it the passage
TITLE_LIMIT = 400  # characters of a heading in the path of a quotation
CANDIDATES = 12  # hits that are ordered anew
POINTS = 3  # points at most for a one-point question
CLOSE = 0.8  # a further point is shown from this share of the first one's score
ADDS = 0.25  # or where it holds this share of the question's weight that no point before it holds
KEYWORD_ADDS = 0.1  # the same for a row of keywords, each of which is a request of its own
KEYWORDS = 3  # blank-separated pieces from which a question is a row of keywords
UNDER = 200  # characters shown of what stands under a heading, or behind ：
FACET_BONUS = 0.08
YEAR_BONUS = 0.08  # for a date in the year that is asked for, and taken off where all dates are of others (t sets: no change)
OTHER_OFFICE = 0.15  # taken off where an office stands only with 副 in front, and the question has none, or the other way
QUOTED_BONUS = 0.15  # for holding, to the letter, what the question puts in quotation marks

YEAR = re.compile(r"(?:19|20)\d\d(?=年)")
_DEPUTY = re.compile(r"副([\u4e00-\u9fff]{2,4})")
_CLAUSE = re.compile(r"[，；：。！？]+[”’」』）)》]*")


def make_point(
    indexed: IndexedDocument, start: int, end: int, terms: Iterable[str], score: float | None = None
) -> Point:
    """Return the quotation text[start:end] with its place; `terms` are marked where they occur."""
    text = indexed.document.text
    start, end = strip(text, start, end)
    sentence = sentence_at(indexed, start)
    page = indexed.document.page_of(start)
    return Point(
        text=text[start:end],
        start=start,
        end=end,
        marks=tuple(marks(text, start, end, terms)),
        document=DocumentRef(indexed.document.id, indexed.document.title),
        section=sentence.section,
        path=tuple(indexed.title_of(s)[:TITLE_LIMIT] for s in indexed.path_of(sentence.section, DEEPEST)),
        paragraph=sentence.paragraph,
        sentence=sentence.number,
        facet=sentence.facet,
        citation=citation(indexed, sentence, start),
        score=score,
        page=None if page is None else page.number,
        scan=None if page is None else page.scan,
    )


def strip(text: str, start: int, end: int) -> tuple[int, int]:
    """Take blanks off both ends of a span."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def sentence_at(indexed: IndexedDocument, offset: int) -> Sentence:
    """Return the sentence that holds `offset` (the next one where it falls between two)."""
    low, high = 0, len(indexed.sentences) - 1
    while low < high:
        middle = (low + high) // 2
        if indexed.sentences[middle].end > offset:
            high = middle
        else:
            low = middle + 1
    return indexed.sentences[low]


def marks(text: str, start: int, end: int, terms: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of `terms` inside text[start:end], in order, overlapping ones joined."""
    folded = fold(text[start:end])
    found: list[tuple[int, int]] = []
    for term in dict.fromkeys(terms):
        found.extend((m.start(), m.end()) for m in re.finditer(re.escape(term), folded))
    open_start = open_end = -1
    for left, right in sorted(found):
        if left <= open_end:
            open_end = max(open_end, right)
            continue
        if open_end > 0:
            yield start + open_start, start + open_end
        open_start, open_end = left, right
    if open_end > 0:
        yield start + open_start, start + open_end


def clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a span at ，；： and sentence ends, the punctuation kept with what it closes."""
    cuts = [m.end() for m in _CLAUSE.finditer(text, start, end)]
    edges = [start, *(c for c in cuts if c < end), end]
    return [(a, b) for a, b in itertools.pairwise(edges) if b > a]


def trim(
    text: str, start: int, end: int, weights: dict[str, float], limit: int = POINT_LIMIT
) -> tuple[int, int]:
    """Return the run of whole clauses of at most `limit` characters that holds the most query weight.

    `weights` gives each query term's weight (its idf). A span within the limit is returned whole; of
    runs of equal weight the longest, then the first, so that what surrounds the answer stays readable.
    """
    if end - start <= limit:
        return start, end
    parts = clauses(text, start, end)
    held = [{term for term in words(text[a:b]) if term in weights} for a, b in parts]
    best, best_key = (start, min(end, start + limit)), (-1.0, 0)
    for first in range(len(parts)):
        seen: set[str] = set()
        for last in range(first, len(parts)):
            length = parts[last][1] - parts[first][0]
            if length > limit and last > first:
                break
            seen |= held[last]
            key = (sum(weights[t] for t in seen), min(length, limit))
            if key > best_key:
                best, best_key = (parts[first][0], min(parts[last][1], parts[first][0] + limit)), key
    return best


def widen(indexed: IndexedDocument, passage: Passage, limit: int = PASSAGE_LIMIT) -> tuple[int, int]:
    """Return the passage with as many neighbouring sentences of its section as fit into `limit` characters.

    One after and one before, in turn. Of a sentence longer than `limit`, the passage and what follows.
    """
    sentences = indexed.sentences
    first, last = passage.sentences[0], passage.sentences[1] - 1
    if sentences[last].end - sentences[first].start > limit:
        return passage.start, min(sentences[last].end, passage.start + limit)
    grown = True
    while grown:
        grown = False
        for low, high in ((first, last + 1), (first - 1, last)):
            if low < 0 or high >= len(sentences) or sentences[low].section != sentences[high].section:
                continue
            if sentences[high].end - sentences[low].start <= limit:
                first, last, grown = low, high, True
    return sentences[first].start, sentences[last].end


def query_weights(query: Query, lexical: LexicalIndex) -> dict[str, float]:
    """Return each content word of the question with its idf."""
    return {term: lexical.idf(term) for term in words(query.topic or query.standalone)}


def best_spans(
    query: Query, hits: Sequence[Hit], documents: Sequence[IndexedDocument], weights: dict[str, float]
) -> list[tuple[int, int, int]]:
    """Return (document, start, end) of the spans that answer a one-point question, best first.

    The best hits are ordered anew by what a reader looks for; the first is always given, the next two only
    where they come close to it or hold what it lacks.
    """
    quoted = quoted_terms(query.standalone)
    scored = sorted(
        ((_fitness(query, hit, documents[hit.document], quoted), hit) for hit in hits[:CANDIDATES]),
        key=lambda pair: -pair[0],
    )
    adds = KEYWORD_ADDS if len(query.standalone.split()) >= KEYWORDS else ADDS
    spans: list[tuple[int, int, int]] = []
    held: set[str] = set()
    shown: set[tuple[int, str]] = set()
    for score, hit in scored:
        indexed = documents[hit.document]
        passage = indexed.passages[hit.passage]
        own = weights.keys() & set(words(legible(indexed, passage)))
        added = sum(weights[t] for t in own - held)
        if spans and score < CLOSE * scored[0][0] and added < adds * sum(weights.values()):
            continue
        held |= own
        start, end = trim(indexed.document.text, *whole_sentence(indexed, passage), weights)
        own_span, *below = with_what_follows(indexed, start, end)
        for span in (own_span, *below):
            said = hit.document, squeezed(indexed.document.text[slice(*span)])
            inside = any(d == hit.document and a < span[1] and span[0] < b for d, a, b in spans)
            if said not in shown and not inside:
                shown.add(said)
                spans.append((hit.document, *span))
        if len(spans) >= POINTS:
            break
    return spans


def with_what_follows(indexed: IndexedDocument, start: int, end: int) -> list[tuple[int, int]]:
    """Return a span, and what stands under a heading or behind a lead-in: the first of it in one with it, if that is short."""
    below = followed(indexed, start, end)
    between = indexed.document.text[end : below[0][0]].strip("。：:；; \t\u3000\n") if below else ""
    if below and not between and below[0][1] - start <= POINT_LIMIT:
        return [(start, below[0][1]), *below[1:]]
    return [(start, end), *below]


def squeezed(text: str) -> str:
    """Return a text without blanks: what is the same to a reader."""
    return "".join(text.split())


def followed(indexed: IndexedDocument, start: int, end: int) -> list[tuple[int, int]]:
    """Return what stands under a heading, or behind a lead-in that ends in ：, up to UNDER characters; else nothing.

    Neither says anything by itself.
    """
    text, first = indexed.document.text, sentence_at(indexed, start)
    titled = first.section is not None and indexed.sections[first.section]
    heading = (
        titled
        and titled.start <= start <= titled.title_end
        and not text[titled.title_end : end].strip("。：:；; \t\u3000\n")
    )
    if not heading and text[start:end].rstrip()[-1:] not in ("：", ":"):
        return []
    limit = titled.end if titled else len(text)
    found: list[tuple[int, int]] = []
    for number in range(first.index + 1, len(indexed.sentences)):
        sentence = indexed.sentences[number]
        if sentence.start >= limit or (found and sentence.end - end > UNDER):
            break
        if sentence.start >= end:
            found.append((sentence.start, min(sentence.end, sentence.start + POINT_LIMIT)))
    return found


def _fitness(query: Query, hit: Hit, indexed: IndexedDocument, quoted: Sequence[str]) -> float:
    """Return the hit's score with what speaks for it as the answer: the facet, the quoted words."""
    passage = indexed.passages[hit.passage]
    score = hit.score + FACET_BONUS * facet_share(indexed.sentences[passage.sentences[0]], query.facet)
    if any(indexed.document.text.find(q, passage.start, passage.end) >= 0 for q in quoted):
        score += QUOTED_BONUS
    if _is_other_office(fold(query.standalone), fold(indexed.document.text[passage.start : passage.end])):
        score -= OTHER_OFFICE
    return score + YEAR_BONUS * _of_years(YEAR.findall(fold(query.standalone)), indexed, passage)


def _is_other_office(asked: str, said: str) -> bool:
    """Tell whether an office of the question stands in a passage as its deputy's only, or the other way: 副主任, 主任."""
    for word in {m[1] for m in _DEPUTY.finditer(asked + "\n" + said)}:
        office = next((w for n in range(len(word), 1, -1) if (w := word[:n]) in asked and w in said), None)
        if office:
            both = [
                {t[m.start() - 1 : m.start()] == "副" for m in re.finditer(office, t)} for t in (asked, said)
            ]
            if not both[0] & both[1]:
                return True
    return False


def _of_years(asked: Sequence[str], indexed: IndexedDocument, passage: Passage) -> int:
    """Return 1 where a passage has a date in a year that is asked for, -1 where only in others, else 0."""
    if not asked:
        return 0
    inside = (d for d in indexed.dates if d.start < passage.end and passage.start < d.end)
    found = [part[:4] for d in inside for part in (d.value or "").split("/") if part]
    return 0 if not found else 1 if set(found) & set(asked) else -1


def whole_sentence(indexed: IndexedDocument, passage: Passage) -> tuple[int, int]:
    """Return the passage's sentence where it is one a reader takes in at once, else the passage."""
    sentence = indexed.sentences[passage.sentences[0]]
    if sentence.end - sentence.start <= SENTENCE_LIMIT:
        return sentence.start, sentence.end
    return passage.start, passage.end


def facet_share(sentence: Sentence, facet: Facet | None) -> float:
    """Return how far the sentence is of the wanted facet: its probability, 0 where it is of another."""
    if facet is None or sentence.facet != facet:
        return 0.0
    return sentence.facet_probability or 0.0
