"""What the documents of a library go by: title, place, issuer, speaker, year; which of them are versions of one.

Made once of what the index knows about each document (title, metadata, head), by rules that hold for any of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from index import ENDED, OPENING, IndexedDocument, cut, fold, words
from qa.citation import document_name
from qa.comparing import load_places
from qa.courtesies import PAPER

TAIL = 3  # characters of a title's end that may name it: 民法典, 工作报告
STEM = 4  # characters of a title without year and place from which two documents can be versions of one
TELLING = 12  # characters from which a title names a document whatever it ends in; a shorter one may be a subject: 生态环境保护
LONGEST = 7  # characters of a known place; the shortest has two
SAID = 200  # characters behind a title in which 废止 must stand: other titles of a list may stand between
CLOSED = "省市县旗州盟"  # ends of a place's name that nothing but a place has

YEAR = re.compile(r"(?P<digits>(?:19|20)\d\d)|(?P<chinese>[一二][〇零九][〇零一二三四五六七八九]{2}(?=年))")
_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_DATED = re.compile(rf"(?:{YEAR.pattern})年?度?")
_REMARK = re.compile(
    r"[（(][^（）()]{0,24}(?:年|修[正订]|草案|稿|试行|摘要|节选)[^（）()]{0,24}[）)]|\s|[《》〈〉“”\"_]"
)
_QUOTED = re.compile(r"《([^《》]{3,60})》")
# What may stand between the title of what ends and 废止: other titles, numbers of documents, when, how, and how many.
_TO_ENDED = re.compile(
    r"(?:《[^《》]*》|[（(][^（）()]*[）)]|(?:[、，,和与及]|以及)[^，,。；;《》]{0,80}?(?:[公发颁]布|印发|批准|通过|所发|制定|实施|修[订正])的?(?=《)|"
    r"本(?:规定|办法|条例|法|决定|细则|规则|通知|意见|方案)|[公发颁]布|印发|[施执]行|实施|生效|之日|同时|同步|一并|随之|即行|[予均也都将已]以?|"
    r"宣布|决定|自[行动]|全部|规章|规范性文件|文件|法规|以及|[自起现即等共和与及、，,\d〇一二三四五六七八九十百两年月日个件部项\s])*+"
)
_CITED = re.compile(
    r"(?:根据|依据|依照|按|遵照|参照|对照|贯彻|落实|违反|符合|随着|由于|鉴于|因|为)[^，,。；;《》]{0,12}$"
)  # before a title: it is cited, and something else ends
# Ends as a place's name does, and is none.
_GENERIC = re.compile(
    r"自治.|(?:[大中小新老]|.{2,})城市|.*(?:[股集超上行]|计划单列|院辖|国际都|姊妹|自治)市|"
    r".*(?:先进|农业|主产|发达|受灾|吨粮|小康|山区|扶贫|特困|生态|示范|模范|试点|贫困|边境|重点|区|郡)县|"
    r".*(?:[产节自]|模范)省|.*[联同结加会]盟|.*[国红军半]旗"
)
_NO_PLACE = re.compile(r"(?:全|本|各|我|该|县|市|省|区|州|直辖|地级|副省级)")
_ORGAN = re.compile(f"(.{{2,}}?[{CLOSED}])(?:人?民?政府|人大|[省市县]?委)")  # 上海市政府 is one word
# At the beginning, with the body whose place it is: 白山县人民政府, 2024年白山县政府工作报告.
_HOME = re.compile(
    rf"(?:{_DATED.pattern})?(?:中共|中国共产党)?(?P<home>[\u4e00-\u9fff]{{2,8}}?(?:自治[区州县旗]|[{CLOSED}]))(?=人民政府|政府|人大|人民代表|[省市县]?委员会)"
)
_SENT = re.compile(
    r"关于(?:印发|批转|转发|公布|发布|下达)(?P<what>.{3,}?)的(?:通知|函|公告|决定|通告)$"
)  # what a notice sends out
_STOPS = re.compile(r"[的是在和与及于等年,，]")  # no name begins with them
_PAPER = re.compile(
    rf"(?:{PAPER}|法典?|准则|守则|大纲|指南|手册|标准|须知|批示|倡议书?|建议|公约|宣言|声明|白皮书|说明)$"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one document goes by; `number` is its place in the snapshot. Texts are folded, without blanks.

    `stem` is the title without year, place and issuer. `newer` is the number of the version in whose place it stands no
    longer (None: there is none), `ended` tells that that one's text says so.
    """

    number: int
    name: str
    title: str
    stem: str
    year: int | None
    day: str
    places: tuple[str, ...] = ()
    issuer: str = ""
    speaker: str = ""
    newer: int | None = None
    ended: bool = False


@dataclass(slots=True)
class Directory:
    """The entries of a snapshot's documents, made when first asked for. Safe to share: made twice, they are the same."""

    _made: Register | None = field(default=None)

    def of(self, documents: Sequence[IndexedDocument]) -> Register:
        """Return the entries of the documents: those of one snapshot, always the same."""
        if self._made is None:
            self._made = Register.of(documents)
        return self._made


@dataclass(frozen=True, slots=True)
class Register:
    """The entries in the snapshot's order, and where each way of naming leads; ends of titles by their text."""

    entries: tuple[Entry, ...]
    places: dict[str, frozenset[int]]
    issuers: dict[str, frozenset[int]]
    speakers: dict[str, frozenset[int]]
    tails: dict[str, frozenset[int]]
    series: tuple[tuple[int, ...], ...]  # versions of one document, oldest first, of two or more

    @classmethod
    def of(cls, documents: Sequence[IndexedDocument]) -> Register:
        """Read what each document goes by."""
        entries = [_entry(number, one) for number, one in enumerate(documents)]
        series = tuple(_series(entries))
        for versions in series:
            for number in versions[:-1]:
                entries[number] = replace(entries[number], newer=versions[-1])
        for number, by in _ended(entries, documents):
            newest = entries[by].newer
            entries[number] = replace(entries[number], newer=by if newest is None else newest, ended=True)
        return cls(
            tuple(entries),
            _by(
                (name, e.number) for e in entries for place in e.places for name in {place, bare_place(place)}
            ),
            _by((e.issuer, e.number) for e in entries if e.issuer and not _NO_PLACE.match(e.issuer)),
            _by((e.speaker, e.number) for e in entries if e.speaker),
            _by((tail, e.number) for e in entries for tail in _tails(e)),
            series,
        )

    def versions(self, number: int) -> tuple[int, ...]:
        """Return all versions of a document, oldest first, itself among them."""
        return next((versions for versions in self.series if number in versions), (number,))


def title_key(title: str) -> str:
    """Return a title as entries have it: folded, without blanks, marks and what is said of its version."""
    return _REMARK.sub("", fold(title))


def bare_place(place: str) -> str:
    """Return 高阳 for 高阳县; as it is where too little is left."""
    short = re.sub(r"(?:[壮回维吾尔藏]*族?自治区|特别行政区|自治[州县旗]|[省市县区州盟旗镇乡])$", "", place)
    return short if len(short) > 1 else place


def year_of(found: re.Match[str]) -> int:
    """Return the year that a match of YEAR writes."""
    return int(found["digits"] or "".join(_DIGITS[c] for c in found["chinese"]))


def document_year(one: IndexedDocument) -> int | None:
    """Return the year of a document: the one in its title, else that of its date."""
    if said := YEAR.search(fold(one.document.title)):
        return year_of(said)
    day = one.document.metadata.date.value if one.document.metadata.date else ""
    return int(day[:4]) if day[:4].isdigit() else None


def _by(pairs: Iterable[tuple[str, int]]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for name, number in pairs:
        found[name].add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


def _entry(number: int, one: IndexedDocument) -> Entry:
    known = one.document.metadata
    title = title_key(one.document.title)
    day = known.date.value if known.date else ""
    year = document_year(one)
    issuer = "".join(fold(known.issuer.value).split()) if known.issuer else ""
    places = _places(title) or _places(issuer)
    if not places and (not issuer or _NO_PLACE.match(issuer)):  # 省人民政府: the head says which
        head = _head(one)
        found = _places(head) if _has_known_place(head) else []
        places = [place for place in found if place in load_places()][:1]
    stem = _DATED.sub("", title)
    for name in (*places, *(bare_place(p) for p in places), issuer, "中华人民共和国"):
        stem = stem.replace(name, "", 1) if name and stem != name else stem
    stem = re.sub("^(?:省|市|县|区|人民政府)", "", stem)
    return Entry(
        number, document_name(one), title, stem, year, day or str(year or ""), tuple(places), issuer,
        "".join(fold(known.speaker.value).split()) if known.speaker else "",
    )  # fmt: skip


def _head(one: IndexedDocument) -> str:
    text = fold(one.document.text[:OPENING])
    return text[: text.find("。")] if "。" in text else text


def _places(text: str) -> list[str]:
    """Return the places that a text names, in order, of places right behind each other the last: 河北省保定市."""
    if not _may_name_place(text):
        return []
    if (home := _HOME.match(text)) and not _NO_PLACE.match(home["home"]):
        return [home["home"]]
    found: list[tuple[str, int]] = []
    at = 0
    for token in cut(text):
        start, at = at, at + len(token)
        organ = _ORGAN.match(token)
        token = organ[1] if organ else token
        closed = len(token) > 2 and token[-1] in CLOSED and not _NO_PLACE.match(token)
        closed = closed and not _GENERIC.fullmatch(token)
        if not closed and token not in load_places():
            continue
        if found and found[-1][1] == start:
            found.pop()
        found.append((token, at if organ is None else -1))
    return list(dict.fromkeys(token for token, _ in found))


def _may_name_place(text: str) -> bool:
    """Tell whether a text may name a place: to cut most titles and heads into words takes longer than to see that none does."""
    return "自治" in text or any(end in text for end in CLOSED) or _has_known_place(text)


def _has_known_place(text: str) -> bool:
    """Tell whether the name of a known place stands in a text, inside of words even."""
    known = load_places()
    return any(
        text[start : start + size] in known for start in range(len(text)) for size in range(2, LONGEST + 1)
    )


def _tails(entry: Entry) -> Iterator[str]:
    """Yield a title that ends in what it is (条例, 报告), and its ends from word to word, of two words at least; any long one."""
    names = [entry.title, entry.stem]
    if inner := _SENT.search(entry.title):
        names.append(inner["what"])
    seen = set(names)
    papers = [name for name in names if _PAPER.search(name)]
    yield from (n for n in sorted(seen) if len(n) >= (TAIL if n in papers else TELLING))
    for name in papers:
        at, pieces = len(name), cut(name)
        for piece in reversed(pieces):
            at -= len(piece)
            tail = name[at:]
            whole = not _STOPS.match(piece) and tail != pieces[-1] and len(words(tail)) > 1
            if whole and len(tail) >= TAIL and tail not in seen:
                seen.add(tail)
                yield tail


def _series(entries: Sequence[Entry]) -> Iterator[tuple[int, ...]]:
    """Yield the documents of one title and one place or issuer, oldest first, where each has a date of its own."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if len(entry.stem) >= STEM and entry.day:
            home = bare_place(entry.places[0]) if entry.places else entry.issuer
            groups[entry.stem, home].append(entry)
    for group in groups.values():
        ordered = sorted(group, key=lambda e: (e.year or 0, e.day))
        if len({(e.year, e.day) for e in ordered}) == len(ordered) > 1:
            yield tuple(e.number for e in ordered)


def _ended(entries: Sequence[Entry], documents: Sequence[IndexedDocument]) -> Iterator[tuple[int, int]]:
    """Yield the documents that another one's text says are no longer in force, and which one says so."""
    by_title: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_title[entry.title].append(entry)
    for sayer, one in zip(entries, documents, strict=True):
        text = one.document.text
        for said in ENDED.finditer(text):
            start = max(text.rfind(c, 0, said.start()) for c in "。\n") + 1
            for title in _QUOTED.finditer(text, start, said.start()):
                between = text[title.end() : said.start()]
                listed = len(between) <= SAID and _TO_ENDED.fullmatch(between)
                if not listed or _CITED.search(text[start : title.start()]):
                    continue
                for old in by_title.get(title_key(title[1]), ()):
                    if old.number != sayer.number and not (old.day and sayer.day and old.day >= sayer.day):
                        yield old.number, sayer.number
