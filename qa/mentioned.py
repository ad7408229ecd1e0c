"""The names in a question: titles, issuers, speakers and places as a library's documents have them, and years."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from index import cut, fold
from qa.courtesies import PAPER
from qa.directory import YEAR, Entry, Register, bare_place, title_key, year_of
from qa.edges import token_edges

RELATIVE = {"今年": 0, "本年度": 0, "本年": 0, "去年": -1, "上一年": -1, "上年": -1, "前年": -2, "明年": 1}
_YEARS = re.compile(rf"(?:{YEAR.pattern})(?P<ends>年度?)?|(?P<relative>{'|'.join(RELATIVE)})")
_NEXT = re.compile(r"\s*(?:[、和与跟及到至\-—~～]|版|$)")  # behind a year that has no 年
_LISTED = re.compile(r"\s*(?:[、和与跟及到至\-—~～]|以及)\s*")  # between two years: 2021、2022、2023三年
_OPENED = re.compile(r"[《》]")
_APART = re.compile(r"\s*[（(](?P<apart>[^（）()]{1,60})[）)]")
INSIDE = "里面|里头|里边|里|当中|之中|中间|中|上|内"  # where a token ends with it: no 中 of 中医药
# What a text is called whatever its title says, where something shows that it is spoken of: 2024年的报告里.
_NOUN = re.compile(
    rf"(?:那|这)(?:一)?[篇份](?:{PAPER})?|"
    rf"(?:{PAPER})(?=(?:(?P<inside>{INSIDE})|是?怎么|怎样|如何|[都还]?[说讲提写谈]|对|关于|有没有|[和与跟、，,？?]|$))"
)


@dataclass(frozen=True, slots=True)
class Name:
    """One name in a question: what kind, where, and the documents that have it (None: any, as 报告 has).

    Of a year `value` is the year, or for a `relative` one (去年) how far it is from the documents' newest.
    """

    kind: str
    start: int
    end: int
    documents: frozenset[int] | None = None
    value: int = 0
    relative: bool = False

    def year(self, newest: int) -> int:
        """Return the year that is meant where `newest` is this one."""
        return newest + self.value if self.relative else self.value


Chain = Sequence[Name]  # names that stand together: 2024年/国务院/的/报告, 上海/和/北京


def names_in(text: str, register: Register) -> Iterator[Name]:
    """Yield the names in a (folded) question; what stands inside another one is none."""
    taken: list[tuple[int, int]] = []
    for name in (
        *_titles(text, register),
        *_tails(text, register),
        *_known(text, register),
        *(Name("noun", *found.span()) for found in _NOUN.finditer(text) if _is_spoken_of(found)),
        *_times(text),
    ):
        if not any(a < name.end and name.start < b for a, b in taken):
            taken.append((name.start, name.end))
            yield name


def _is_spoken_of(found: re.Match[str]) -> bool:
    """Tell whether the 中 or 里 behind a noun, where one is there, is a word of its own."""
    return found["inside"] is None or found.end("inside") - found.end() in token_edges(
        found.string[found.end() :]
    )


def _titles(text: str, register: Register) -> Iterator[Name]:
    """Yield the titles in 《》, with the （2024年） behind them that tells two of one title apart."""
    for start, end in _quoted(text):
        title, behind = title_key(text[start:end]), _APART.match(text, end)
        entries = [e for e in register.entries if e.title == title]
        entries = entries or [e for e in register.entries if len(title) > 3 and title in e.title]
        marked = [e for e in entries if behind and _is_apart(behind["apart"], e)]
        if entries:
            yield Name(
                "title",
                start,
                behind.end() if behind and marked else end,
                frozenset(e.number for e in marked or entries),
            )


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    """Yield where 《…》 stand, of those in each other the outer one."""
    depth, start = 0, 0
    for mark in _OPENED.finditer(text):
        if mark[0] == "《":
            start, depth = (mark.start(), 1) if not depth else (start, depth + 1)
        elif depth:
            depth -= 1
            if not depth:
                yield start, mark.end()


def _is_apart(said: str, entry: Entry) -> bool:
    """Tell whether what stands behind a title is what tells this document from others of it: （2024年）."""
    year = YEAR.search(fold(said))
    return fold(entry.name).endswith(f"({fold(said)})") or (year is not None and entry.year == year_of(year))


def _tails(text: str, register: Register) -> Iterator[Name]:
    """Yield the ends of titles, the longest at each place, from the end."""
    longest = max(map(len, register.tails), default=0)
    last = len(text)
    while last > 0:
        sizes = range(min(longest, last), 2, -1)
        size = next((n for n in sizes if text[last - n : last] in register.tails), 1)
        if size > 1:
            yield Name("title", last - size, last, register.tails[text[last - size : last]])
        last -= size


def _known(text: str, register: Register) -> Iterator[Name]:
    """Yield issuers, speakers and places; a place begins where a word does, and ends where one does."""
    edges = token_edges(text)
    kinds = (("issuer", register.issuers), ("speaker", register.speakers), ("place", register.places))
    for kind, known in kinds:
        for start, end in _places_of(text, known):
            name = text[start:end]
            whole = end in edges or bare_place(name) != name or len(cut(name)) > 1
            if kind != "place" or (start in edges and whole):
                yield Name(kind, start, end, known[name])


def _places_of(text: str, known: Collection[str]) -> list[tuple[int, int]]:
    """Return where the names stand, longer names first, then as they are known; a name's places do not overlap.

    Looked up piece by piece of the question, not name by name: a library knows thousands.
    """
    sizes = sorted({len(name) for name in known})
    found: dict[str, list[int]] = {}
    for start in range(len(text)):
        for end in (start + size for size in sizes if start + size <= len(text)):
            starts = found.setdefault(name, []) if (name := text[start:end]) in known else []
            if not starts or starts[-1] + len(name) <= start:
                starts.append(start)
    if len(found) > 1:
        order = {name: n for n, name in enumerate(known) if name in found}
        found = {name: found[name] for name in sorted(found, key=lambda name: (-len(name), order[name]))}
    return [(start, start + len(name)) for name, starts in found.items() for start in starts]


def _times(text: str) -> Iterator[Name]:
    edges, behind = token_edges(text), -1  # where the year before ends
    for found in _YEARS.finditer(text):
        last = "digits" if found["digits"] else 0  # 2023年度报告: 年度报告 is a word
        if found.start() not in edges or not (found["chinese"] or found.end(last) in edges):
            continue  # 60岁以上年龄, 编号12024
        if found["relative"]:
            yield Name("year", *found.span(), value=RELATIVE[found["relative"]], relative=True)
        elif (
            found["ends"]
            or _NEXT.match(text, found.end())
            or _LISTED.fullmatch(text, max(behind, 0), found.start())
        ):
            yield Name("year", *found.span(), value=year_of(found))
        else:
            continue
        behind = found.end()
