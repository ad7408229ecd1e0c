"""The text as a reader takes it -> the places where a counted unit may start.

Every reading of a place is given, also several of one place (1.2 is a decimal number or item 1 that begins
with 2): which of them are units is decided over the whole document, in `counts`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from index.structure.numbers import NUMERAL, parse_ordinal

_N = f"{NUMERAL}{{1,7}}"
_D = r"(?<![\d.．])\d{1,3}"
_BLANK = "[ \u3000\t]"
_CLOSING = "”’」』）)》】〕] \u3000\t"
_QUOTED = re.compile(r"“[^“”\n]*”|《[^《》\n]*》|「[^「」\n]*」|『[^『』\n]*』")
_SERIAL_NEXT = tuple("、和与及至到级号类次产线者季月")  # 一、二号机组, 一、二、三产业
_UNIT_NEXT = re.compile(r"\d*(?<=\d)[万亿%％‰个名人元米吨亩户公千瓦秒倍家]")  # 1.5万人, 2.3亿元


class Place(IntEnum):
    """What stands before a mark: the nearer to a line's start, the likelier it counts."""

    LINE = 0
    STOP = 1
    SEMICOLON = 2
    COLON = 3
    COMMA = 4
    TEXT = 5


@dataclass(frozen=True, slots=True)
class Form:
    """One way of numbering; `rank` orders the forms as documents usually nest them, outermost first.

    `keep` is what leaving such a mark unexplained costs, `last` the farthest place where it may stand.
    """

    name: str
    pattern: str
    rank: float
    keep: float
    last: Place
    key: bool = False  # the group `key` makes series of their own


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where a counted unit may start, and what it would state.

    Only marks of one `series` (form and key) count on from one another. `ordinal` is 0 for 最后, which
    closes any count, and -1 where the sign states none (——). `prefix` holds the numbers before the last
    of a decimal number. `doubt` is what reading the place so costs.
    """

    start: int
    end: int
    series: str
    ordinal: int
    place: Place
    rank: float
    keep: float
    doubt: float = 0.0
    prefix: tuple[int, ...] = ()


_FORMS = (
    Form("annex", rf"(?P<key>附件|附录|附表)(?P<n>{_N}|\d{{1,3}})[：:、.．]?(?=[^\d所中第一-十的和及与])", 0, 2.0, Place.LINE),
    Form("division", rf"第(?P<n>{_N}|\d{{1,4}})(?P<key>编|篇|章|部分)", 1, 3.0, Place.STOP, True),
    Form("section", rf"第(?P<n>{_N}|\d{{1,4}})(?P<key>节|讲|课)", 2, 3.0, Place.STOP, True),
    Form("article", rf"第(?P<n>{_N}|\d{{1,4}})(?P<key>条|款|项)(?![件例款道目和、至到])", 4, 3.0, Place.STOP, True),
    Form("rank", rf"第(?P<n>{_N}|\d{{1,2}})(?P<key>[\u4e00-\u9fff]{{0,5}}?)(?=[，、：:,]|[是要](?!否))(?![，、：:,]第)", 5, 2.0, Place.TEXT, True),
    Form("label", rf"(?P<key>[\u4e00-\u9fff]{{2,4}})(?P<n>{_N}|\d{{1,2}})[：:、.．]", 4.5, 1.6, Place.STOP, True),
    Form("cn", rf"(?P<n>{_N})(?:[、.．，,：:]|{_BLANK}+(?=\S))", 3, 3.0, Place.COLON),
    Form("bracketed_cn", rf"[（(](?P<n>{_N})[）)][、，.．]?", 5, 2.5, Place.TEXT),
    Form("lenticular", rf"[【〔\[［](?P<n>{_N}|\d{{1,3}})[】〕\]］]", 5, 2.0, Place.STOP),
    Form("parenthesized_cn", r"(?P<n>[㈠-㈩])[、.．]?", 5, 2.5, Place.TEXT),
    Form("digit", rf"(?P<n>{_D})[.．、]", 6, 2.0, Place.COLON),
    Form("digit_blank", rf"(?P<n>{_D}){_BLANK}+(?=[\u4e00-\u9fffA-Z])", 2.5, 1.5, Place.LINE),
    Form("digit_bracket", rf"(?P<n>{_D})[)）]", 7, 2.0, Place.COMMA),
    Form("bracketed_digit", r"[（(](?P<n>\d{1,3})[）)][、，.．]?", 8, 2.0, Place.TEXT),
    Form("parenthesized_digit", r"(?P<n>[⑴-⒇])", 8, 2.0, Place.TEXT),
    Form("circled", r"(?P<n>[①-⑳❶-❿㉑-㉟])", 9, 2.0, Place.TEXT),
    Form("roman", rf"(?P<n>[Ⅰ-Ⅻ]|[IVX]{{1,4}})(?:[、.．：:]|{_BLANK}+)", 2.5, 1.5, Place.LINE),
    Form("latin", rf"(?P<n>[A-Za-zＡ-Ｚ])(?:[、.．)）]|{_BLANK}+(?=[\u4e00-\u9fff]))", 8, 1.0, Place.LINE),
    Form("decimal", r"(?<![\d.．])(?P<n>\d{1,2}(?:[.．]\d{1,2}){1,4})(?![\d.．]*[%％‰])[.．、]?", 3, 2.0, Place.STOP),
    Form("point", rf"(?P<n>{_N})(?P<key>[是要])(?!否)", 9, 1.5, Place.TEXT, True),
    Form("free_point", rf"(?P<n>{_N})(?P<key>[\u4e00-\u9fff])", 9, 1.0, Place.COMMA, True),
    Form("of", rf"其(?P<n>{_N})(?=[，、：:是,])", 9, 1.5, Place.COMMA),
    Form("order", r"(?P<n>首先|其次|再次|再者|最后)[，、,]?", 9, 1.2, Place.COMMA),
    Form("aspect", r"(?P<n>另?一方面)[，、,]?", 9, 1.3, Place.SEMICOLON),
    Form("dash", r"(?:—{1,2}(?!—)|--|－－)(?!\s*\d{4}年)(?=\s*\S)", 8.5, 0.8, Place.STOP),
    Form("bullet", r"(?P<key>[●■◆▪•·★○□])(?=\s*\S)", 8.5, 0.8, Place.LINE, True),
)  # fmt: skip
_COMPILED = tuple((form, re.compile(form.pattern)) for form in _FORMS)
_WORDS = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "最后": 0, "一方面": 1, "另一方面": 2}
_SAME_SERIES = {
    "parenthesized_cn": "bracketed_cn",
    "parenthesized_digit": "bracketed_digit",
    "roman": "roman",
}
_FIRST_BELOW = re.compile(r"第[一1][节条](?![件例款])|[（(][一1][）)]|一、|(?<![\d.])1[.．、](?!\d)")
_OVER_TITLES = frozenset({"annex", "division", "section", "cn", "bracketed_cn"})
_UNDER_TITLES = frozenset({"division", "section", "article", "cn", "digit", "decimal"})
_TITLE_LENGTH = 40  # characters of a title and the blanks around it
_TITLE = re.compile(r"[ \u3000\t、]*[\u4e00-\u9fffA-Za-z《〈“(（][^。；：，！？:;!?,\n]+")


def find_marks(text: str) -> list[Mark]:
    """Return every reading of every place of `text` where a counted unit may start, in text order."""
    quoted = _quotations(text)
    found = [
        (form, m) for form, pattern in _COMPILED for m in pattern.finditer(text) if not quoted[m.start()]
    ]
    found.sort(key=lambda one: (one[1].start(), one[0].rank))
    marks: list[Mark] = []
    heading = -1  # where the number of the latest heading ends
    for form, match in found:
        place = place_of(text, match.start())
        lost = place > form.last and (
            _ends_heading(text, heading, form, match.start()) or _opens_text(text, form, match)
        )
        if place > form.last and not lost:
            continue
        mark = _mark(text, form, match, Place.COMMA if lost else place)
        if mark is not None:
            marks.append(mark)
            if form.name in _OVER_TITLES and (place <= Place.STOP or lost):
                heading = match.end()
    return marks


def _mark(text: str, form: Form, match: re.Match[str], place: Place) -> Mark | None:
    stated, prefix = _stated(form, match)
    if stated is None or _is_serial(text, form, match):
        return None
    key = match["key"] if form.key else ""
    series = _SAME_SERIES.get(form.name, form.name) + (f":{key}" if key else "")
    if form.name == "decimal":
        series = f"decimal:{len(prefix)}"
    return Mark(
        match.start(),
        match.end(),
        series,
        stated,
        place,
        form.rank + (0.1 * len(prefix)),
        _keep(form, place),
        _doubt(text, form, match, place),
        prefix,
    )


def _ends_heading(text: str, heading: int, form: Form, start: int) -> bool:
    """Tell whether a mark stands right behind a numbered title, where line breaks are lost (第一章 总则 第一条 为了)."""
    if heading < 0 or start - heading > _TITLE_LENGTH or form.name not in _UNDER_TITLES:
        return False
    parted = form.key or text[start - 1].isspace()
    return bool(parted and _TITLE.fullmatch(text, heading, start))


def _opens_text(text: str, form: Form, match: re.Match[str]) -> bool:
    """Tell whether a first chapter stands right behind the document's title: ……条例 第一章 总则 第一条 为了."""
    if form.name not in ("division", "section", "cn") or parse_ordinal(match["n"]) != 1:
        return False
    below = _FIRST_BELOW.search(text, match.end(), match.end() + _TITLE_LENGTH)
    return bool(below and _TITLE.fullmatch(text, match.end(), below.start()))


def place_of(text: str, start: int) -> Place:
    """Return what stands before text[start], closing quotes and blanks left out."""
    at = start - 1
    while at >= 0 and text[at] in _CLOSING:
        at -= 1
    if at < 0 or text[at] == "\n":
        return Place.LINE
    before = text[at]
    if before in "。！？!?…":
        return Place.STOP
    if before in "；;":
        return Place.SEMICOLON
    if before in "：:":
        return Place.COLON
    return Place.COMMA if before in "，,、" else Place.TEXT


def _quotations(text: str) -> bytearray:
    """Return 1 for every character inside “…” or 《…》 of one line, else 0; an unclosed quote counts not."""
    inside = bytearray(len(text) + 1)
    for match in _QUOTED.finditer(text):
        inside[match.start() + 1 : match.end()] = b"\1" * (match.end() - match.start() - 1)
    return inside


def _stated(form: Form, match: re.Match[str]) -> tuple[int | None, tuple[int, ...]]:
    groups = match.groupdict()
    written = groups.get("n")
    if written is None:
        return -1, ()
    if written in _WORDS:
        return _WORDS[written], ()
    if form.name == "decimal":
        numbers = [int(n) for n in re.split("[.．]", written)]
        return (None, ()) if 0 in numbers else (numbers[-1], tuple(numbers[:-1]))
    value = parse_ordinal(written)
    return (value or None), ()


def _is_serial(text: str, form: Form, match: re.Match[str]) -> bool:
    """Tell 一、二号机组, 一是一 and 一个 from numbering."""
    rest = text[match.end() : match.end() + 2]
    if form.name == "point":
        return rest[:1] == match["n"][:1]
    if form.name == "free_point":
        return match["key"] in "是要、个种" or rest[:1] in "，。、；"
    if form.name == "cn" and text[match.end() - 1] == "、":
        counted = parse_ordinal(rest[:1]) or 0
        return counted > (parse_ordinal(match["n"]) or 0) and rest[1:] in _SERIAL_NEXT
    return False


def _keep(form: Form, place: Place) -> float:
    return form.keep if place == Place.LINE else form.keep * (0.75 if place <= Place.SEMICOLON else 0.6)


def _doubt(text: str, form: Form, match: re.Match[str], place: Place) -> float:
    doubt = (0.0, 0.1, 0.1, 0.2, 0.6, 1.0)[place] if form.name not in ("point", "circled") else 0.0
    last, following = text[match.end() - 1], text[match.end() : match.end() + 1]
    if form.name in ("digit", "decimal") and last in ".．" and following.isdigit():
        doubt += 0.6
    if form.name in ("digit", "decimal") and following and _UNIT_NEXT.match(text, match.end()):
        doubt += 1.5
    if form.name == "cn" and last in "，,：: \u3000\t":
        doubt += 0.8
    if form.name in ("free_point", "label"):
        doubt += 0.8 if form.name == "free_point" else 0.3
    if form.name == "rank" and match["key"]:
        doubt += 0.2
    return doubt
