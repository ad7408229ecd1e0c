"""Text -> definitions: where the document says what a term means, term and meaning whole.

Each form is one of the language's own: X是指…, 所称X，是…; X，即…; “X”是…; X（以下简称Y); “X”（…); and X：… in a
row of such lines, where the term is used elsewhere too or the heading says that terms are explained.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.structure.frame import QUOTES, Frame
from index.types import Definition, Span

# 是指 and 指的是 say it outright; 是指向 and 是指导 are other verbs.
_MEANS = re.compile(
    r"[，,]?(?:[，,]?是指|指的是|[，,]指|：指|(?<=[”」\"])指)(?![向导明出示引望定派挥责])[的]?"
)
_CALLED = re.compile(r"所称(?:的)?(?P<term>[^，。；：\n]{2,30}?)[，,]?(?:是指|指|是|包括)")
# 即 after a comma or bracket is "that is"; before these it is "at once" or "namely the day".
_NAMELY = re.compile(r"[，,（(]即(?![可将使便时刻日期席兴]|[一-龥]?(?:予以|开始))[：:]?")
_IS = re.compile(r"(?:就)?是(?![否不以非])|是(?=以)")
_SHORT = re.compile(r"[（(](?:以下|下)?(?:简称|统称|合称)(?:为|：|:)?(?P<term>[^（）()\n]{2,24})[）)]")
_GLOSSARY = re.compile(r"(?:名词|术语|用语|缩略语|概念)(?:解释|释义|说明|注释)|^(?:注释|释义|注|附注)[：:]?$")
_NUMBERING = re.compile(r"\s*(?:\d+(?:\.\d+)+|[\[【〔(（]?\d{1,3}[\]】〕)）]?[.．、]?|[①-⑳*※])?\s*")
_LONGEST = 30  # characters of a term
_LABEL = 16  # characters of a term before a colon
_LEAST = 8  # characters of what it means
_LONG_GLOSS = 12  # characters in brackets from which they explain rather than add
_OPENERS = '“「『"《'
_BREAKS = "，。；：！？,;:!?\n（("
# The last of these ends what leads up to a noun phrase: particles, copula, prepositions that take an object.
_LEADS = re.compile(r"[的为是把将了着在以对按]|实行|称为|叫做")


def find_definitions(frame: Frame) -> tuple[Definition, ...]:
    """Return the definitions of a text in order; of several that start at one term, the first form's."""
    found: dict[int, Definition] = {}
    for one in (
        *_called(frame),
        *_means(frame),
        *_namely(frame),
        *_is(frame),
        *_short(frame),
        *_glossed(frame),
        *_lines(frame),
    ):
        if one.end - one.start >= 2:
            found.setdefault(one.term[0], one)
    return tuple(sorted(found.values(), key=lambda d: d.term))


def _called(frame: Frame) -> Iterator[Definition]:
    for match in _CALLED.finditer(frame.text):
        yield _definition(frame, match.span("term"), match.end(), "是指")


def _means(frame: Frame) -> Iterator[Definition]:
    for match in _MEANS.finditer(frame.text):
        term = _term_before(frame, match.start())
        if term:
            yield _definition(frame, term, match.end(), "是指")


def _namely(frame: Frame) -> Iterator[Definition]:
    for match in _NAMELY.finditer(frame.text):
        if frame.text[match.start()] in "（(" and frame.pairs.get(match.start()) is None:
            continue
        term = _noun_before(frame, match.start())
        if term:
            yield _definition(frame, term, match.end(), "即")


def _is(frame: Frame) -> Iterator[Definition]:
    """Yield “X”是…, where a sentence begins with a term in quotation marks."""
    for start, end in frame.sentences():
        closing = frame.pairs.get(start) if frame.text[start] in QUOTES else None
        if closing is None or closing - start > _LONGEST:
            continue
        copula = _IS.match(frame.text, closing + 1, end)
        if copula:
            yield _definition(frame, (start, closing + 1), closing + 1, "是")


def _short(frame: Frame) -> Iterator[Definition]:
    """Yield the long form for the short one: …（以下简称Y）."""
    for match in _SHORT.finditer(frame.text):
        quoted = frame.openings.get(match.start() - 1)
        start = _clause_start(frame, match.start()) if quoted is None else quoted
        meant = frame.trimmed(start, match.start())
        if meant[0] < meant[1]:
            yield Definition(match.span("term"), *meant, "简称")


def _glossed(frame: Frame) -> Iterator[Definition]:
    """Yield “X”（…）, where the brackets hold more than a remark."""
    for opening, closing in frame.pairs.items():
        quote = frame.openings.get(opening - 1)
        glossed = frame.text[opening] in "（(" and quote is not None and frame.text[quote] in QUOTES
        if glossed and quote is not None and closing - opening > _LONG_GLOSS:
            inside = frame.text[opening + 1 : closing]
            if (
                not inside.startswith(("以下", "即", "简称"))
                and "：" not in inside
                and opening - quote <= _LONGEST
            ):
                yield Definition((quote, opening), *frame.trimmed(opening + 1, closing), "（）")


def _lines(frame: Frame) -> Iterator[Definition]:
    """Yield X：… from lines that stand in a row of such, or alone under a heading of explained terms."""
    rows: list[Definition] = []
    row: list[Definition] = []
    explained = False
    start = 0
    for line in [*frame.text.split("\n"), "."]:
        one = _labelled_line(frame, start, start + len(line)) if start < len(frame.text) else None
        if one:
            row.append(one)
        elif line.strip():
            if explained:
                yield from row
            elif len(row) > 1:
                rows += row
            row = []
            explained = len(line.strip()) <= _LABEL and _GLOSSARY.search(line.strip()) is not None
        start += len(line) + 1
    used = _used(frame.text, {_word(frame.text, one.term) for one in rows})
    yield from (one for one in rows if _word(frame.text, one.term) in used)


def _word(text: str, term: Span) -> str:
    return text[slice(*term)].strip(_OPENERS + "”」』》")


def _used(text: str, words: set[str]) -> set[str]:
    """Return those of `words` that stand in the text more than once; linear: one pass for each length."""
    seen: dict[str, int] = dict.fromkeys(words, 0)
    for size in {len(word) for word in words}:
        for at in range(len(text) - size + 1):
            piece = text[at : at + size]
            if piece in seen:
                seen[piece] += 1
    return {word for word, times in seen.items() if times > 1}


def _labelled_line(frame: Frame, start: int, end: int) -> Definition | None:
    text = frame.text
    mark = _NUMBERING.match(text, start, end)
    begin = mark.end() if mark else start
    colon = next(
        (i for i in range(begin, min(end, begin + _LABEL + 8)) if text[i] in "：:" and not frame.depth[i]),
        None,
    )
    if colon is None or not 2 <= colon - begin <= _LABEL:
        return None
    if any(text[i] in _BREAKS and not frame.depth[i] and text[i] not in "（(" for i in range(begin, colon)):
        return None
    body = frame.trimmed(colon + 1, end)
    named = any(
        char in _OPENERS for char in text[begin:colon]
    )  # what follows in quotation marks is no speech
    whole = (
        body[1] - body[0] >= _LEAST and text[body[1] - 1] in "。；" and (named or text[body[0]] not in QUOTES)
    )
    return Definition((begin, colon), body[0], _without_stop(text, body[1]), "：") if whole else None


def _definition(frame: Frame, term: Span, start: int, form: str) -> Definition:
    """Return the definition that runs to the end of its sentence, or of the brackets around it."""
    at = start - 1 if form == "即" else term[0]
    closing = frame.closing(at) if frame.text[at] not in "（(" else frame.pairs.get(at)
    end = frame.sentence(start - 1)[1] if closing is None else closing
    start, end = frame.trimmed(start, max(start, end))
    return Definition(frame.trimmed(*term), start, max(start, _without_stop(frame.text, end)), form)


def _without_stop(text: str, end: int) -> int:
    return end - 1 if end and text[end - 1] in "。；;" else end


def _term_before(frame: Frame, at: int) -> Span | None:
    """Return the term that ends at `at`: what stands in quotation marks there, or back to the clause's start."""
    opening = frame.openings.get(at - 1)
    if opening is not None and frame.text[opening] in _OPENERS:
        return (opening, at)
    start = frame.trimmed(_clause_start(frame, at), at)[0]
    lead = re.match(r"(?:其中|这里|所谓|.{0,6}所称)的?", frame.text[start:at])
    start = frame.trimmed(start + (lead.end() if lead else 0), at)[0]
    mark = _NUMBERING.match(frame.text, start, at)
    start = mark.end() if mark else start
    return (start, at) if 2 <= at - start <= _LONGEST else None


def _noun_before(frame: Frame, at: int) -> Span | None:
    """Return the noun phrase that ends at `at`: in its marks with 的办法 after them, or after what leads to it."""
    text = frame.text
    start = _clause_start(frame, at)
    quote = next((i for i in range(at - 1, max(start, at - 8) - 1, -1) if i in frame.openings), None)
    if quote is not None and text[frame.openings[quote]] in _OPENERS and frame.openings[quote] >= start - 1:
        return (frame.openings[quote], at)
    leads = [m.end() for m in _LEADS.finditer(text, start, at) if m.end() < at - 1]
    start = leads[-1] if leads else start
    return (start, at) if 2 <= at - start <= _LONGEST else None


def _clause_start(frame: Frame, at: int) -> int:
    """Return where the clause before `at` starts, at the same depth."""
    level = frame.depth[at] if at < len(frame.text) else 0
    start = at
    while start and at - start <= 2 * _LONGEST:
        if frame.text[start - 1] in _BREAKS and frame.depth[start - 1] <= level:
            break
        start -= 1
    return start
