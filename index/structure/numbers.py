"""One grammar for numerals, ordinals, dates and years: sections, questions and citations read by it alike.

Own code because the kept library (cn2an 0.5.24 with proces 0.1.7, MIT) takes 0.1 s to import, a fifth of a
whole question, puts top-level packages `src`, `example` and `build` beside itself, reads 七八 (seven or
eight) as 78 and refuses 百二十. On every numeral from 1 to 99,999 both agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

DIGITS = "零一二三四五六七八九"
NUMERAL = "[一二三四五六七八九十百千零〇两廿卅]"  # a character of a numeral below ten thousand
YEAR_DIGIT = "[〇○零一二三四五六七八九]"
RELATIVE_YEARS = {"前年": -2, "去年": -1, "上年": -1, "今年": 0, "本年": 0, "明年": 1, "后年": 2}

_DIGIT = {c: i for i, c in enumerate(DIGITS)} | {"〇": 0, "○": 0, "两": 2}
_SCALES = (("亿", 100_000_000), ("万", 10_000))
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_ARABIC = re.compile(r"\d{1,15}")
_DATE = re.compile(
    rf"(?P<year>(?<![\d.])(?:1[5-9]|20)\d\d|{YEAR_DIGIT}{{4}})(?:年度?|(?=[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?!\d)))"
    rf"(?:[-/.]?(?P<month>\d{{1,2}}|[一二三四五六七八九十]{{1,2}})[月\-/.]"
    rf"(?:份|(?P<day>\d{{1,2}}|[一二三四五六七八九十廿卅]{{1,3}})(?:日|号|(?!\d)))?)?"
    r"|(?P<relative>[前去上今本明后]年)(?!度|级|轻|纪|龄)(?:(?P<rmonth>\d{1,2}|[一二三四五六七八九十]{1,2})月"
    r"(?:份|(?P<rday>\d{1,2}|[一二三四五六七八九十廿卅]{1,3})[日号])?)?"
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date as text[start:end] gives it; `value` is its normal form: 2023, 2023-05 or 2023-05-01."""

    start: int
    end: int
    value: str


def parse_numeral(numeral: str) -> int | None:
    """Return the value of an Arabic (of any width) or Chinese numeral; None where it is none.

    Chinese ones are read by place (一百零五, 三千二百万), never digit by digit: 二〇二三 and 七八 are none.
    """
    if _ARABIC.fullmatch(numeral):
        return int(numeral)
    total = 0
    for unit, scale in _SCALES:
        head, found, rest = numeral.partition(unit)
        if found:
            count = _below_ten_thousand(head)
            if not count:
                return None
            total += count * scale
            numeral = rest.removeprefix("零").removeprefix("〇")
    if not numeral:
        return total or None
    last = _below_ten_thousand(numeral)
    return None if last is None or (total and not last) else total + last


def _below_ten_thousand(numeral: str) -> int | None:
    if numeral in ("零", "〇"):
        return 0
    if not numeral or numeral[0] in "零〇" or numeral[-1] in "零〇" or numeral in ("百", "千"):
        return None
    total = 0
    scale = 10_000
    digit = 0
    pending = zero = False
    for character in numeral:
        if character in "零〇":
            if pending or zero:
                return None
            zero = True
            continue
        unit = {"千": 1000, "百": 100, "十": 10}.get(character)
        if character in "廿卅":
            unit, digit, pending = 10, "廿卅".index(character) + 2, True
        if unit is None:
            if pending or character not in _DIGIT:
                return None
            digit, pending = _DIGIT[character], True
            continue
        if unit >= scale or (not pending and (total and unit != 10)) or (zero and not pending and unit != 10):
            return None
        total += (digit if pending else 1) * unit
        scale, pending, zero = unit, False, False
    if not pending:
        return total or None
    return total + digit if scale <= 10 or zero or not total else total + digit * scale // 10


def parse_ordinal(text: str) -> int | None:
    """Return the number that a numeral, an enclosed one (① ⑴ ㈠), a Roman or a Latin letter stands for."""
    plain = unicodedata.normalize("NFKC", text).strip("()（）. ")
    if not plain:
        return None
    if re.fullmatch("[IVXL]+", plain.upper()) and plain.upper() != "L":
        return _roman(plain.upper())
    if len(plain) == 1 and "A" <= plain.upper() <= "Z":
        return ord(plain.upper()) - ord("A") + 1
    return parse_numeral(plain) if re.fullmatch(rf"\d+|{NUMERAL}+", plain) else None


def _roman(text: str) -> int:
    values = [_ROMAN[c] for c in text]
    return sum(-v if v < max(values[i + 1 :], default=0) else v for i, v in enumerate(values))


def parse_year(text: str) -> int | None:
    """Return the year that 2023, 二〇二三 or 二零二三 (with or without 年) writes; None where it is none."""
    digits = text.removesuffix("年")
    if re.fullmatch(rf"{YEAR_DIGIT}{{4}}", digits):
        digits = "".join(str(_DIGIT[c]) for c in digits)
    return int(digits) if re.fullmatch(r"(?:1[5-9]|20)\d\d", digits) else None


def chinese_numeral(number: int) -> str:
    """Return 1 to 9999 as a Chinese numeral (十五, 一百零五); other numbers in digits."""
    if not 0 < number < 10_000:
        return str(number)
    written, zero = "", False
    for scale, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            written += ("零" if zero and written else "") + DIGITS[digit] + unit
        zero = not digit
    return written.removeprefix("一") if written.startswith("一十") else written


def find_dates(text: str, year: int | None = None) -> Iterator[Dated]:
    """Yield the dates and years of `text` in order; `year` is the document's, which 去年 and 今年 count from.

    二〇二三年, 2023年 and 去年 (of a document of 2024) all give 2023.
    """
    for match in _DATE.finditer(text):
        if match["relative"]:
            if year is None:
                continue
            stated: int | None = year + RELATIVE_YEARS[match["relative"]]
            month, day = match["rmonth"], match["rday"]
        else:
            stated, month, day = parse_year(match["year"]), match["month"], match["day"]
        parts = [stated, *(parse_numeral(p) for p in (month, day) if p)]
        if stated is None or not _is_date(parts):
            continue
        yield Dated(match.start(), match.end(), "-".join(f"{p:02}" for p in parts))


def _is_date(parts: list[int | None]) -> bool:
    limits = (9999, 12, 31)
    return all(part is not None and 0 < part <= limit for part, limit in zip(parts, limits, strict=False))
