"""Sections and sentences -> enumerations: their members, what announces them, the count that is stated.

Members stand where writers put them: as sections of one series; as clauses after a colon; as words before
their count (发展和安全两件大事); as clauses before it (…，…，以上两项指标); in brackets after a counted name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from index.structure.frame import QUOTES, Frame
from index.structure.series import series_of_sections
from index.structure.stated import COUNTED, NAMED, TRAILING, Count, counts, stated_count
from index.types import Enumeration, Member, Section, Span

_JOINT = re.compile(r"以及|[和与及]")
_CLAUSE_MARK = re.compile("[，,；;：:\n]")
_FILLER = re.compile(r"(?:等(?:[\u4e00-\u9fff]{0,2}领域|方面|[\u4e00-\u9fff]{2})?)?(?:[这的])?\Z")
_VERB = (
    "有",
    "为",
    "是",
    "达",
    "共",
    "约",
    "了",
    "到",
)  # with these before it a number counts something else
_MOST_WORDS = 30  # words before a count
_LONGEST_ITEM = 24  # characters of one of the words before a count
_LONGEST_LIST = 3000  # characters between a colon and the end of its list
_MOST_CLAUSES = 100  # members of one sentence
_LABEL = 16  # characters before a colon that name a list


def find_enumerations(
    frame: Frame, sections: Sequence[Section], is_word: Callable[[str], bool]
) -> tuple[Enumeration, ...]:
    """Return the enumerations of a text whose sections are `sections`, by the place of their first member.

    `is_word` tells where the first of several words begins (围绕农作物、家畜两大…).
    """
    found = list(series_of_sections(frame, sections))
    starts = {member.start for one in found for member in one.members}
    for one in (*_after_colons(frame), *_before_counts(frame, is_word), *_in_brackets(frame)):
        known = sum(member.start in starts for member in one.members)
        if 2 * known < len(one.members):
            found.append(one)
            starts.update(member.start for member in one.members)
    return tuple(sorted(found, key=lambda e: (e.members[0].start, -e.members[-1].end)))


# --- clauses after a colon -------------------------------------------------------------------------


def _after_colons(frame: Frame) -> Iterator[Enumeration]:
    """Yield what follows a colon up to the sentence's end, cut at ； — or at ， and 、 where a count is stated."""
    done, inside = (
        0,
        -1,
    )  # a list that was found, and the pair that it lies in: colons of its members open none
    for match in re.finditer("[：:]", frame.text):
        colon = match.start()
        start, stop = frame.trimmed(colon + 1, _scope(frame, colon))
        speech = frame.quotation(colon) or frame.pairs.get(start, 0) >= stop - 2
        if speech or start >= stop or (colon < done and frame.inner[colon] == inside):
            continue
        found = _after_colon(frame, colon, start, stop)
        if found:
            done, inside = found.members[-1].end, frame.inner[colon]
            yield found


def _after_colon(frame: Frame, colon: int, start: int, stop: int) -> Enumeration | None:
    label = (_label_start(frame, colon), colon + 1)
    pieces = frame.pieces(start, stop, "；;", _MOST_CLAUSES)
    if len(pieces) > 1 and not _labelled(frame, pieces):
        members = tuple(_clause(frame, *piece) for piece in pieces)
        return Enumeration(label, stated_count(frame.text, *label, len(members)), members)
    return _counted_words(frame, label, colon, pieces[0]) if pieces else None


def _scope(frame: Frame, colon: int) -> int:
    """Return where the list after a colon ends: with the brackets around it, or with its sentence."""
    closing = frame.closing(colon)
    return min(frame.sentence(colon)[1] if closing is None else closing, colon + _LONGEST_LIST)


def _label_start(frame: Frame, colon: int) -> int:
    """Return where what stands before a colon starts: its sentence, or in brackets the part after the last ；."""
    inner = frame.inner[colon]
    start = max(frame.sentence(colon)[0] if inner < 0 else inner + 1, colon - _LONGEST_LIST)
    mark = max(frame.text.rfind(mark, start, colon) for mark in "；;：:") if inner >= 0 else -1
    return frame.trimmed(max(start, mark + 1), colon)[0]


def _labelled(frame: Frame, pieces: Sequence[Span]) -> bool:
    """Tell whether pieces are lists of their own: 五个坚持：…；六个稳：…."""
    return all(any(m in frame.text[a : a + _LABEL] for m in "：:") for a, b in pieces[1:])


def _counted_words(frame: Frame, label: Span, colon: int, piece: Span) -> Enumeration | None:
    """Return the words or clauses after a label that counts them (五个坚持：坚持…，坚持…)."""
    if colon - label[0] > _LABEL:
        return None
    stated = [c.number for c in counts(frame.text, *label)]
    for marks in ("，,", "、") if stated else ():
        pieces = frame.pieces(*piece, marks, _MOST_CLAUSES)
        fits = len(pieces) == stated[-1]
        if fits or (len(pieces) > 1 and marks == "、" and frame.inner[colon] >= 0):
            members = tuple(_clause(frame, *one) for one in pieces)
            return Enumeration(label, stated[-1] if fits else None, members)
    return None


def _clause(frame: Frame, start: int, end: int) -> Member:
    """Return a clause as a member; its first part names it."""
    cuts = [at for at in frame.cuts(start, end, "，,。", 2) if at > start]
    return Member(start, cuts[0] if cuts else end, end)


# --- words and clauses before their count ----------------------------------------------------------


def _before_counts(frame: Frame, is_word: Callable[[str], bool]) -> Iterator[Enumeration]:
    text = frame.text
    for match in TRAILING.finditer(text):
        for count in counts(text, match.start(), match.end(), TRAILING):
            yield from _clauses_before(frame, count)
    for count in counts(text, 0, len(text), COUNTED):
        if count.number > _MOST_WORDS:
            continue
        yield from _words_before(frame, count, is_word)


def _clauses_before(frame: Frame, count: Count) -> Iterator[Enumeration]:
    """Yield the clauses that 以上4项指标 sums up, in its sentence."""
    text = frame.text
    floor = max(frame.sentence(count.start)[0], count.start - _LONGEST_LIST)
    floor = max(floor, *(text.rfind(mark, floor, count.start) + 1 for mark in "；;"))
    clauses: list[Span] = []
    end = text.rfind("，", floor, count.start)
    while end > floor and len(clauses) < count.number:
        start = max(floor, text.rfind("，", floor, end) + 1)
        clauses.append(frame.trimmed(start, end))
        end = start - 1
    if len(clauses) == count.number:
        members = tuple(_clause(frame, *one) for one in reversed(clauses))
        stop = frame.sentence(count.start)[1]
        after = frame.cuts(count.start, min(stop, count.start + _LONGEST_LIST), "；;", 1)
        yield Enumeration((count.start, after[0] if after else stop), count.number, members)


def _words_before(frame: Frame, count: Count, is_word: Callable[[str], bool]) -> Iterator[Enumeration]:
    """Yield A、B和C三个…: the words before a count, as many as it says."""
    text = frame.text
    start = _clause_start(frame, count)
    end = start + _FILLER.search(text[start : count.start]).start()  # type: ignore[union-attr]
    if text.endswith(_VERB, start, end):
        return
    quoted = _inside(frame, end)
    if quoted:
        spans = frame.pieces(*quoted, "、", _MOST_WORDS) if quoted[1] - quoted[0] < _LONGEST_LIST else []
    else:
        spans = _split_joint(frame, frame.pieces(start, end, "、", _MOST_WORDS), count.number)
    if len(spans) == count.number and all(b - a <= _LONGEST_ITEM for a, b in spans[1:]):
        first = _trimmed_first(text, spans, is_word)
        members = tuple(Member(a, b, b) for a, b in [first, *spans[1:]])
        yield Enumeration(frame.sentence(count.start), count.number, members)


def _clause_start(frame: Frame, count: Count) -> int:
    """Return where the clause that a count closes starts: after a mark or in the brackets around it."""
    inner = frame.inner[count.start]
    floor = max(frame.sentence(count.start)[0], inner + 1, count.start - _LONGEST_ITEM * (count.number + 1))
    marks = (m.start() for m in _CLAUSE_MARK.finditer(frame.text, floor, count.start))
    last = max((at for at in marks if frame.inner[at] == inner), default=floor - 1)
    return last + 1


def _inside(frame: Frame, end: int) -> Span | None:
    """Return what stands in the marks that close right before `end`; None where none do."""
    opening = frame.openings.get(end - 1)
    return None if opening is None or frame.text[opening] not in QUOTES else (opening + 1, end - 1)


def _split_joint(frame: Frame, spans: Sequence[Span], wanted: int) -> list[Span]:
    """Return the words with the last one cut at 和, where one is missing."""
    if len(spans) != wanted - 1 or not spans:
        return list(spans)
    start, end = spans[-1]
    joints = [
        m
        for m in _JOINT.finditer(frame.text, start + 1, end - 1)
        if frame.inner[m.start()] == frame.inner[start]
    ]
    if not joints:
        return list(spans)
    cut = joints[-1]
    return [*spans[:-1], (start, cut.start()), (cut.end(), end)]


def _trimmed_first(text: str, spans: Sequence[Span], is_word: Callable[[str], bool]) -> Span:
    """Return the first word without what leads up to it: about as long as the others, at best after 的, no word cut."""
    start, end = spans[0]
    sizes = sorted(b - a for a, b in spans[1:])
    size = sizes[len(sizes) // 2]
    places = sorted(
        range(start, end - 1), key=lambda at: (abs(end - at - size) - (text[at - 1] == "的"), -at)
    )
    return next(
        ((at, end) for at in places[:12] if at == start or not _cuts_word(text, at, is_word)), (start, end)
    )


def _cuts_word(text: str, at: int, is_word: Callable[[str], bool]) -> bool:
    pieces = ((at - before, at + after) for before in (1, 2, 3) for after in (1, 2, 3) if before + after <= 4)
    return any(is_word(text[a:b]) for a, b in pieces if a >= 0)


# --- in brackets after a counted name --------------------------------------------------------------


def _in_brackets(frame: Frame) -> Iterator[Enumeration]:
    """Yield “五大机遇”（A、B、C、D、E): what brackets right after a counted name in quotation marks list."""
    text = frame.text
    for match in re.finditer('[”’"」』][（(]', text):
        opening = match.end() - 1
        closing = frame.pairs.get(opening)
        name = _inside(frame, opening)
        if closing is None or name is None or closing - opening > _LONGEST_LIST:
            continue
        stated = [c.number for c in counts(text, *name, NAMED)]
        for marks in "；，、" if stated else "":
            pieces = frame.pieces(opening + 1, closing, marks, _MOST_CLAUSES)
            if len(pieces) == stated[-1]:
                members = tuple(_clause(frame, *one) for one in pieces)
                yield Enumeration((name[0] - 1, opening), stated[-1], members)
                break
