"""Text -> the places where a numbered unit may start."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMERAL = "[一二三四五六七八九十百零〇]{1,5}"
_NUMERALS = tuple("一二三四五六七八九十")
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_FORMS = {
    "part": rf"第(?:{_NUMERAL}|\d{{1,3}})(?:部分|编|篇|章)",
    "section": rf"第(?:{_NUMERAL}|\d{{1,3}})节",
    "article": rf"第(?:{_NUMERAL}|\d{{1,4}})条(?![件例款道])",
    "rank": rf"第(?:{_NUMERAL}|\d{{1,2}})[，、：:]",
    "comma": rf"{_NUMERAL}、",
    "bracket": rf"[（(]{_NUMERAL}[）)]",
    "digit": r"\d{1,2}[.．、](?![\d.])",
    "bracket_digit": r"[（(]\d{1,2}[）)]",
    "circle": r"[①②③④⑤⑥⑦⑧⑨⑩]",
    "must": rf"{_NUMERAL}要(?![求点素员害闻])",
    "is": rf"{_NUMERAL}是(?!否)",
    "of": rf"其{_NUMERAL}(?=[，、：是])",
    "order": r"(?:首先|其次|再次|最后)[，、]?",
}
_VALUE = re.compile(
    "(?:(?P<h>[一二三四五六七八九])百)?[零〇]?(?:(?P<t>[一二三四五六七八九])?十)?(?P<o>[一二三四五六七八九])?"
)
_MARK = re.compile("|".join(f"(?P<{name}>{form})" for name, form in _FORMS.items()))
_ORDER = {"首先": 1, "其次": 2, "再次": 3, "最后": 0}
_STRONG = "。！？；：:!?;"
_CLOSING = "”’」』）)》 \u3000"
RUN_IN = frozenset({"rank", "must", "is", "of", "order"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where a numbered unit may start.

    `ordinal` is the number it states; 0 for 最后, which closes any count. `at_line` tells that nothing
    stands before it in its line, `after` the kind of what does: "stop", "comma" or "text".
    """

    start: int
    end: int
    kind: str
    ordinal: int
    at_line: bool
    after: str


def find_marks(text: str) -> list[Mark]:
    """Return every place in `text` that looks like the start of a numbered unit, in order."""
    quoted = quotations(text)
    marks: list[Mark] = []
    for match in _MARK.finditer(text):
        kind = match.lastgroup or ""
        start = match.start()
        at_line, after = _before(text, start)
        if quoted[start] or (not at_line and after == "text" and kind not in ("is", "must", "rank")):
            continue
        ordinal = _ordinal(kind, match.group())
        if ordinal is None or _is_saying(text, match):
            continue
        marks.append(Mark(start, match.end(), kind, ordinal, at_line, after))
    return marks


def quotations(text: str) -> bytearray:
    """Return 1 for every character inside “…” or 《…》 of one line, else 0; an unclosed quote counts not."""
    inside = bytearray(len(text))
    for match in re.finditer(r"“[^“”\n]*”|《[^《》\n]*》|「[^「」\n]*」", text):
        inside[match.start() + 1 : match.end()] = b"\1" * (match.end() - match.start() - 1)
    return inside


def _before(text: str, start: int) -> tuple[bool, str]:
    at = start - 1
    while at >= 0 and text[at] in _CLOSING:
        at -= 1
    if at < 0 or text[at] == "\n":
        return True, "line"
    if text[at] in _STRONG:
        return False, "stop"
    return False, "comma" if text[at] in "，,、" else "text"


def _ordinal(kind: str, found: str) -> int | None:
    if kind == "order":
        return _ORDER[found[:2]]
    if kind == "circle":
        return "①②③④⑤⑥⑦⑧⑨⑩".index(found) + 1
    digits = re.search(r"\d+", found)
    return int(digits.group()) if digits else parse_numeral(re.search(_NUMERAL, found)[0])  # type: ignore[index]


def parse_numeral(numeral: str) -> int | None:
    """Return the value of a Chinese numeral from 1 to 999; None where it is none (二〇二四, 十百)."""
    match = _VALUE.fullmatch(numeral)
    if match is None:
        return None
    hundreds, tens, ones = (_DIGIT.get(g or "", 0) for g in match.group("h", "t", "o"))
    ten = tens or 1 if "十" in numeral else 0
    return hundreds * 100 + ten * 10 + ones or None


def _is_saying(text: str, match: re.Match[str]) -> bool:
    """Tell 一是一，二是二 and 一、二、三产业 from numbering."""
    rest = text[match.end() : match.end() + 2]
    if match.lastgroup == "is":
        return rest[:1] == match.group()[0]
    return match.lastgroup == "comma" and rest[:1] in _NUMERALS and rest[1:] in ("、", "产", "次", "线")
