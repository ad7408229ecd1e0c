"""What is shown of a group's items, a unit, a place, or a document's beginning and end, as spans of its text."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from index import (
    Facet,
    IndexedDocument,
    Item,
    Sentence,
)
from qa.types import Choice, Found, Place, Query

SHOWN = 2_000  # characters of a unit whose text is asked for
LEAST = 14  # characters of an item below which more of its sentence is shown
MOST = 90  # and up to which
SENTENCES = 3  # shown of a beginning or an end
CHARACTERS = 200  # and so many characters: what a reader takes in at once
ENDS = "句段"  # what a document begins and ends with: the first sentence, the last paragraph
_THANKS = re.compile(
    r"^(?:※|[（(]?(?:新华社|本报)|《\s*人民日报|[（(]?(?:来源|责任编辑|责编|编辑)|谢谢|祝|最后，祝|谢谢大家)"
)  # what stands before or behind a speech and is none of it
_APPENDIX = re.compile(r"^附[件录表注]")
_SENTENCE = re.compile(r"[。！？；\n]")


def place_text(one: IndexedDocument, place: Place) -> Found:
    """Return what stands at a place: its heading and its parts' headings where it has parts, else its text."""
    return replace(_whole(one, Item(place.start, place.head_end, place.end, place.unit)), sure=place.chance)


def shown(one: IndexedDocument, choice: Choice, *, text: bool, title: bool = False) -> Found:
    """Return the spans that show the chosen items: what they say where `text` is asked for, else how they open.

    One unit without parts is shown as a whole, too, but where only its `title` is asked for.
    """
    unit = choice.items[0].unit if len(choice.items) == 1 else None
    if not title and len(choice.items) == 1 and (text or (unit is not None and not one.children_of(unit))):
        return replace(_whole(one, choice.items[0]), sure=_sure(choice))
    spans = tuple(opening(one, item) for item in choice.items)
    total = len(spans) if len(spans) == len(choice.group.items) else None
    return Found(spans, total, sure=_sure(choice))


def _sure(choice: Choice) -> float | None:
    """Return how sure a chosen group is: of the t sets' 110, 36 % of those read from 0.1 to 0.3 answer, 67 to 0.7, 84 above."""
    return None if choice.chance is None else 0.25 + 0.7 * choice.chance


def _whole(one: IndexedDocument, item: Item) -> Found:
    """Return an item as a whole: its heading and its parts' headings where it has parts, else its text."""
    children = one.children_of(item.unit) if item.unit is not None else ()
    if children:
        heads = tuple((one.sections[c].start, one.sections[c].title_end) for c in children)
        return Found(((item.start, item.lead_end), *heads), len(heads))
    return Found(tuple(_stretches(one, item.start, min(item.end, item.start + SHOWN))))


def _stretches(one: IndexedDocument, start: int, end: int) -> list[tuple[int, int]]:
    """Return the text of a unit without what no reader sees between its sentences, such as tags."""
    text, sentences = one.document.text, one.sentences
    found: list[tuple[int, int]] = []
    for number in range(bisect_right(sentences, start, key=lambda s: s.end), len(sentences)):
        first, last = max(start, sentences[number].start), min(end, sentences[number].end)
        if first >= end:
            break
        if found and not text[found[-1][1] : first].strip():
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def opening(one: IndexedDocument, item: Item) -> tuple[int, int]:
    """Return an item's heading; what its sentence says besides where the heading says too little."""
    end = item.lead_end
    text = one.document.text
    if end - item.start < LEAST and end < item.end and text[end : end + 1] not in "\n。":
        stop = _SENTENCE.search(text, end)
        reach = min(item.end, item.start + MOST)
        end = min(stop.end() if stop else reach, reach)
    return item.start, end


def end_asked(query: Query) -> bool | None:
    """Tell whether the beginning (True) or the end (False) of the document is asked for; None where neither is."""
    if query.wants in ("opening", "closing"):
        return query.wants == "opening"
    where = query.where
    if query.wants == "text" and where.nouns[-1:] and where.nouns[-1] in ENDS and len(where.ordinals) < 2:
        number = where.ordinals[0] if where.ordinals else where.first - where.last
        return True if number == 1 else False if number == -1 else None
    return None


def at_places(one: IndexedDocument, places: Sequence[int]) -> Found:
    """Return the headings of the units in which passages stand, the nearest heading first."""
    homes = (reversed(one.path_of(one.passages[place].section)) for place in places)
    sections = dict.fromkeys(section for home in homes for section in home)
    return Found(tuple((one.sections[s].start, one.sections[s].title_end) for s in sections))


def unit_text(one: IndexedDocument, section: int) -> Found:
    """Return what a unit says: its heading and its parts' headings where it has parts, else its text."""
    found = one.sections[section]
    return _whole(one, Item(found.start, found.title_end, found.end, section, found.ordinal))


def items_of(one: IndexedDocument, section: int, facet: Facet | None) -> Found | None:
    """Return all that stands in a unit, its parts' headings or else its sentences; of sentences those of a facet, if any are."""
    found = one.sections[section]
    children = one.children_of(section)
    spans = [(one.sections[c].start, one.sections[c].title_end) for c in children]
    if not children:
        own = [s for s in one.sentences if found.title_end <= s.start < found.end]
        wanted = [s for s in own if facet in (None, s.facet)] or own
        spans = [(s.start, s.end) for s in wanted]
    return Found(tuple(spans), len(spans)) if spans else None


def ends_of(indexed: IndexedDocument, *, first: bool, place: Place | None = None) -> Found | None:
    """Return the first or the last sentences of the body: no address, no thanks, no appendix; or of a place in it."""
    text = indexed.document.text
    if place is not None:
        inside = [s for s in indexed.sentences if place.start <= s.start and s.end <= place.end]
        own = [s for s in inside if place.unit is None or s.start >= place.head_end] or inside
        chosen = _readable(own[:SENTENCES]) if first else _readable(own[: -SENTENCES - 1 : -1])[::-1]
        return Found(tuple((s.start, s.end) for s in chosen), sure=place.chance) if chosen else None
    appendix = next((s.start for s in indexed.sentences if _APPENDIX.match(text[s.start : s.end])), len(text))
    body = [
        s
        for s in indexed.sentences
        if s.end <= appendix and s.end - s.start > 12 and not _THANKS.match(text[s.start : s.end])
    ]
    if not body:
        return None
    if first:
        start = next((i for i, s in enumerate(body) if text[s.end - 1] in "。！"), 0)
        chosen = _readable(body[start : start + SENTENCES])
    else:
        chosen = _readable(body[: -SENTENCES - 1 : -1])[::-1]
    return Found(tuple((s.start, s.end) for s in chosen))


def _readable(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the first sentence and those after it that fit into CHARACTERS with it."""
    sizes = itertools.accumulate(s.end - s.start for s in sentences)
    return [
        s for n, (s, size) in enumerate(zip(sentences, sizes, strict=True)) if not n or size <= CHARACTERS
    ]
