"""Markdown marks left out: headings remembered, lists, quotations, tables, links, bold.

The hard one is `**`. In Markdown it opens and closes bold type; in official texts it stands for a place or
a figure that was blanked out at the source, and is a part of what is quoted. Bold comes in pairs that hug
their text, blanks come as they fall. So stars are bold only where every paragraph's stars pair up as
CommonMark wants them (flanking), and something else speaks for Markdown: a `#` heading
or a pair that opens at a line's start or after a stop and closes before one. One paragraph that does not
pair up shows that stars are blanks: then all stay, but round a numbered heading that is a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from index.reading.html import Headings
from index.reading.lines import MARKER
from index.reading.trace import Edit, Trace

_HEAD = re.compile(r"^[ \t]{0,8}(#{1,6})(?:[ \t]+|(?<=##)(?=[^#\s])|(?=[^#\s][^#\n]{0,80}$))", re.M)
_LEADING = re.compile(
    r"^[ \t]*(?:>[ \t]?|(?:[-*+][ \t]+(?!\d{1,4}[ \t]*[-—])(?:\[[ xX]\][ \t]+)?)|(?!·\d{1,4}·)[·■●◆▪○◇□☆★▶►▸➢➤✓✔√◎\u25aa\u25fc\ue000-\uf8ff]+[ \t]*){1,4}(?=\S)",
    re.M,
)
_SETEXT = re.compile(r"\n[ \t]*(={3,})[ \t]*(?=\n|\Z)")
_FENCE = re.compile(r"(?:`{3,}|~{3,})[\w+-]{0,20}")
_LINK = re.compile(
    r"(!?)\[([^\[\]\n]{0,300}|\[[^\[\]\n]{0,20}\])\]\(((?:[^()\s]|\([^()\s]{0,200}\)){0,2000})(?:[ \t]+\"[^\"\n]{0,200}\")?\)"
)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_SPAN = re.compile(r"(`|~~)(?=[^\s`~])[^`~\n]{1,200}\1")
_UNDERLINED = re.compile(r"^[ \t]{0,8}(__)[^\s_][^_\n]{0,200}(__)[ \t]{0,8}$", re.M)
_STARS = re.compile(r"\*+")
_STOPS = "，。；：！？、“”‘’《》（）【】,;:!?()|\t"


def leave_out_markdown(trace: Trace) -> tuple[Trace, Headings]:
    """Return `trace` without Markdown's marks, and where its headings begin."""
    trace, headings = _without_headings(trace)
    trace = trace.edited(_rules(trace.text, is_markdown=bool(headings)))
    if "](" in trace.text:
        trace = trace.edited(_links(trace.text))
    if "`" in trace.text or "~~" in trace.text:
        trace = trace.edited(_spans(trace.text))
    if "*" in trace.text:
        trace = trace.edited(_bold(trace.text, is_markdown=bool(headings)))
    if "__" in trace.text:
        trace = trace.edited(_underlined(trace.text))
    trace = trace.edited((m.start(), m.end(), "") for m in _LEADING.finditer(trace.text))
    if "|" in trace.text:
        trace = trace.edited(_cells(trace.text))
    if "\\" in trace.text:
        trace = trace.edited((m.start(), m.end(), m[1]) for m in _ESCAPE.finditer(trace.text))
    return trace, headings


def _without_headings(trace: Trace) -> tuple[Trace, Headings]:
    headings: Headings = []
    edits: list[Edit] = []
    text = trace.text
    for match in _HEAD.finditer(text) if "#" in text else ():
        headings.append((int(trace.ends[match.end() - 1]), len(match[1])))
        edits.append((*match.span(), ""))
        line_end = text.find("\n", match.end())
        line = text[match.end() : len(text) if line_end < 0 else line_end]
        if words := line.rstrip(" \t#"):  # a heading may be closed by the same signs
            edits.append((match.end() + len(words), match.end() + len(line), ""))
    for match in _SETEXT.finditer(text) if "\n===" in text else ():
        headings.append((int(trace.starts[text.rfind("\n", 0, match.start()) + 1]), 1))
    return trace.edited(edits), sorted(headings)


def _rules(text: str, *, is_markdown: bool) -> Iterator[Edit]:
    """Leave out lines that only draw a rule, fence code or part a table's head from its rows."""
    at = 0
    for line in text.split("\n"):
        mark = line.lstrip(" \t")[:1]
        if mark == ">" and line.strip(" \t") == ">" and _is_quoted(text, at, at + len(line)):
            yield at, at + len(line), ""
        if mark and mark in "-_=~`|:+*" and _is_rule(re.sub(r"[ \t]", "", line), is_markdown):
            yield at, at + len(line), ""
        at += len(line) + 1


def _is_quoted(text: str, start: int, end: int) -> bool:
    """Tell whether an empty line of a quotation stands beside another of its lines; else > may part a path."""
    above = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)] if start else ""
    return bool(
        re.match(r"[ \t]*>[ \t]*[^> \t]", above)
        or re.match(r"[ \t]*>[ \t]*[^> \t\n]", text[end + 1 : end + 40])
    )


def _is_rule(signs: str, is_markdown: bool) -> bool:
    if len(signs) < 3:
        return False
    used = set(signs)
    if len(used) == 1 and used <= set("-_=~*"):
        return is_markdown or used != {"*"}  # a line of stars may stand for what is blanked out
    return (len(used) > 1 and "-" in used and used <= set("-|:+=")) or bool(_FENCE.fullmatch(signs))


def _links(text: str) -> Iterator[Edit]:
    """Leave out images, and of links all but their words."""
    for match in _LINK.finditer(text):
        if match[1]:
            yield *match.span(), ""
        else:
            yield match.start(), match.start(2), ""
            yield match.end(2), match.end(), ""


def _spans(text: str) -> Iterator[Edit]:
    """Leave out the marks round `code` and ~~what is struck out~~."""
    for match in _SPAN.finditer(text):
        yield match.start(), match.start() + len(match[1]), ""
        yield match.end() - len(match[1]), match.end(), ""


def _underlined(text: str) -> Iterator[Edit]:
    """Leave out the marks of lines that are bold from end to end in Markdown's other way: __…__."""
    for match in _UNDERLINED.finditer(text):
        yield match.start(1), match.end(1), ""
        yield match.start(2), match.end(2), ""


def _cells(text: str) -> Iterator[Edit]:
    """Part the cells of a Markdown table by tabs."""
    at = 0
    for line in text.split("\n"):
        if line.count("|") >= 2 and line.lstrip().startswith("|"):
            outer = at + line.index("|"), at + line.rstrip().rindex("|")
            for place in (at + i for i, char in enumerate(line) if char == "|"):
                yield place, place + 1, "" if place in outer else "\t"
        at += len(line) + 1


# --- bold type, or places blanked out ---------------------------------------------------------------


def _bold(text: str, *, is_markdown: bool) -> Iterator[Edit]:
    pairs: list[_Pair] = []
    at, are_blanks = 0, False
    for line in text.split("\n"):
        found = _pairs(line) if "*" in line else []
        are_blanks = are_blanks or found is None
        pairs += [pair.moved(at) for pair in found or ()]
        at += len(line) + 1
    if are_blanks:
        pairs = [pair for pair in pairs if pair.is_heading]
    elif not is_markdown and not any(pair.is_apart and pair.length > 1 for pair in pairs):
        return
    for pair in pairs:
        if pair.length > 1 or pair.is_apart:
            yield pair.opening, pair.opening + pair.length, ""
            yield pair.closing, pair.closing + pair.length, ""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two runs of stars: where they begin, and whether a numbered heading, or words set apart, stand between."""

    opening: int
    closing: int
    length: int
    is_apart: bool
    is_heading: bool

    def moved(self, by: int) -> _Pair:
        return replace(self, opening=self.opening + by, closing=self.closing + by)


def _pairs(line: str) -> list[_Pair] | None:
    """Return what bold type there is in a line; None where the stars do not pair up as bold type does."""
    body = _LEADING.match(line)
    begin = body.end() if body and body[0].strip(" \t>") == "*" else 0
    runs = [m.span() for m in _STARS.finditer(line, begin)]
    if len(runs) % 2:
        return None
    pairs = []
    for (opening, inside), (closing, outside) in zip(runs[::2], runs[1::2], strict=True):
        first, last = line[inside], line[closing - 1]
        if inside - opening != outside - closing or inside - opening > 3:
            return None
        if first.isspace() or last.isspace() or first in "，。；：！？、”’》）】,;:!?)%.":
            return None
        before, after = line[opening - 1 : opening] or " ", line[outside : outside + 1] or " "
        is_apart = (before.isspace() or before in _STOPS) and (after.isspace() or after in _STOPS)
        ends_itself = (before.isspace() or before in "。；！？") and last in "。：；.:"
        is_heading = len(runs) == 2 and not line[:opening].strip() and not line[outside:].strip()
        is_heading = is_heading and bool(MARKER.match(line, inside))
        pairs.append(_Pair(opening, closing, inside - opening, is_apart or ends_itself, is_heading))
    return pairs
