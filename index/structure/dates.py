"""Text -> dates and periods in one normal form, relative ones counted from the document's own date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from index.structure.frame import Frame
from index.structure.numbers import NUMERAL, RELATIVE_YEARS, YEAR_DIGIT, parse_numeral, parse_year
from index.types import Date, Precision

_YEAR = rf"(?<![\d.])(?:1[5-9]|20)\d\d|(?:[一二]{YEAR_DIGIT}{{3}})"
_SMALL = r"\d{1,2}|[一二三四五六七八九十廿卅]{1,3}"
_MONTH = rf"(?:(?:{_SMALL})月(?:份|(?:底|末|初|中旬|上旬|下旬))?)"
_DASH = r"[—\-–－~～至到]+"
_FORMS: dict[str, str] = {
    # 2019年5月20日至22日, 2013年至2019年, 2021—2023年
    "days": rf"(?P<days_y>{_YEAR})年(?P<days_m>{_SMALL})月(?P<days_a>{_SMALL})日?{_DASH}(?:(?P<days_n>{_SMALL})月)?(?P<days_b>{_SMALL})日",
    "years": rf"(?P<years_a>{_YEAR})年?{_DASH}(?P<years_b>{_YEAR})年",
    "iso": r"(?<![\d.])(?P<iso_y>(?:19|20)\d\d)[-/.](?P<iso_m>\d{1,2})[-/.](?P<iso_d>\d{1,2})(?!\d)",
    "part": rf"(?P<part_y>{_YEAR})年(?P<part_n>[上下]半年|前?[一二三四1-4]个?季度|第[一二三四1-4]季度)",
    "year": rf"(?P<year_y>{_YEAR})年(?:(?P<year_m>{_SMALL})月(?:份|底|末|初|[上中下]旬|(?P<year_d>{_SMALL})[日号])?|(?P<year_end>年?[底末]))?(?P<year_since>以来|起)?",
    "relative": rf"(?P<rel>[前去上今本明后]年|同年|当年)(?!度|级|轻|纪|龄)(?:(?P<rel_m>{_SMALL})月(?:份|底|末|初|[上中下]旬|(?P<rel_d>{_SMALL})[日号])?|年?(?P<rel_end>[底末])|(?P<rel_n>[上下]半年|前?[一二三四1-4]个?季度|第[一二三四1-4]季度)|同期)?(?P<rel_since>以来|起)?",
    "plan": r"“?(?P<plan_n>[一二三四五六七八九十]{1,3})五”?(?=时期|规划|计划|期间|末|收官|开局|”)|第(?P<plan_o>[一二三四五六七八九十]{1,3})个五年(?:计划|规划)",
    "decade": r"(?P<dec_c>上个?世纪|本世纪|(?:二十|20|十九|19)世纪)?(?P<dec_n>[二三四五六七八九]十|[2-9]0)年代",
    "length": rf"(?P<len_p>近|这|过去|今后|未来)?(?P<len_n>{NUMERAL}{{1,4}}|\d{{1,3}})(?:多|余)?年(?P<len_t>来)|(?P<len_q>这|过去的?|今后|未来)(?P<len_o>{NUMERAL}{{1,3}}|\d{{1,2}})年(?!级|代|前)",
    "ago": rf"(?P<ago_n>{NUMERAL}{{1,4}}|\d{{1,4}})(?:多|余)?年前",
    "day": rf"(?<![\d.月])(?P<day_m>{_SMALL})月(?P<day_d>{_SMALL})[日号](?:{_DASH}(?P<day_e>{_SMALL})[日号])?|(?<![\d.])(?P<month_m>\d{{1,2}})月(?:份|底|末|初|[上中下]旬)?(?!\d)|(?P<month_n>{_SMALL})月(?:份|底|末|初|[上中下]旬)",
    "quarter": r"(?P<q>前[一二三]个?季度|[一二三四]季度|第[一二三四]季度|(?<![\u4e00-\u9fff])[上下]半年)",
    "alone": r"(?<![\d.月])(?P<alone_d>\d{1,2})日(?=[上下中晚]午|[，在]|举行|下|上)",
    "end": r"(?<![\u4e00-\u9fff])年底",
}
_FIRST = r"(?=[\d一二三四五六七八九十百千〇○零两廿卅前去上今本明后同当“第近这过未下年])"  # else no form can match here
_PATTERN = re.compile(_FIRST + "(?:" + "|".join(f"(?P<{n}>{p})" for n, p in _FORMS.items()) + ")")
_ORIGIN = re.compile(rf"(?P<y>{_YEAR})年(?P<m>{_SMALL})月(?P<d>{_SMALL})日")


class _Reader:
    """Reads one text's dates in order.

    `said` is the year and month read last, `now` the document's year, `ended` the last one that has ended in
    its eyes: in a document of January to March 这五年 are the five years before.
    """

    def __init__(self, now: str | None) -> None:
        parts = [int(part) for part in now.split("-")] if now else []
        self.now: int | None = parts[0] if parts else None
        self.ended = self.now - 1 if self.now and parts[1:] and parts[1] <= 3 else self.now
        self.said: tuple[int | None, int | None] = (self.now, None)
        self.near = False  # `said` stands in the same sentence

    def read(self, match: re.Match[str]) -> tuple[str | None, bool]:
        """Return the normal form (None: unknown) and whether it was relative. Raises ValueError for none."""
        form = next(name for name in _FORMS if match[name] is not None)
        reader: Callable[[re.Match[str]], str | None] = getattr(self, f"_{form}")
        return reader(match), form in ("relative", "length", "ago", "day", "quarter", "alone", "end")

    def _days(self, m: re.Match[str]) -> str | None:
        year, month, first = (
            _parsed_year(m["days_y"]),
            _parsed_number(m["days_m"]),
            _parsed_number(m["days_a"]),
        )
        other = _parsed_number(m["days_n"]) if m["days_n"] else month
        self.said = (year, other)
        return f"{_written(year, month, first)}/{_written(year, other, _parsed_number(m['days_b']))}"

    def _years(self, m: re.Match[str]) -> str | None:
        first, last = _parsed_year(m["years_a"]), _parsed_year(m["years_b"])
        if last < first:
            raise ValueError("years")
        return f"{first}/{last}"

    def _iso(self, m: re.Match[str]) -> str | None:
        self.said = (int(m["iso_y"]), int(m["iso_m"]))
        return _written(int(m["iso_y"]), int(m["iso_m"]), int(m["iso_d"]))

    def _part(self, m: re.Match[str]) -> str | None:
        self.said = (_parsed_year(m["part_y"]), None)
        return _part_of(_parsed_year(m["part_y"]), m["part_n"])

    def _year(self, m: re.Match[str]) -> str | None:
        year = _parsed_year(m["year_y"])
        value = self._dated(year, m["year_m"], m["year_d"], m["year_end"])
        return self._since(value) if m["year_since"] else value

    def _relative(self, m: re.Match[str]) -> str | None:
        word = m["rel"]
        year = self.said[0] if word in ("同年", "当年") else None
        if word in RELATIVE_YEARS and self.now is not None:
            year = self.now + RELATIVE_YEARS[word]
        if year is None:
            return None
        value = (
            _part_of(year, m["rel_n"])
            if m["rel_n"]
            else self._dated(year, m["rel_m"], m["rel_d"], m["rel_end"])
        )
        return self._since(value) if m["rel_since"] and self.now and year < self.now else value

    def _dated(self, year: int, month: str | None, day: str | None, end: str | None) -> str:
        number = _parsed_number(month) if month else 12 if end else None
        self.said = (year, number)
        return _written(year, number, _parsed_number(day) if day else None)

    def _since(self, value: str | None) -> str | None:
        return f"{value}/{self.now}" if value and self.now and self.now > int(value[:4]) else value

    def _plan(self, m: re.Match[str]) -> str | None:
        """Return the years of the country's nth five-year plan: from 1953, from 1958, from 1966 on without a gap."""
        number = _parsed_number(m["plan_n"] or m["plan_o"])
        if not 1 <= number <= 30:
            raise ValueError("plan")
        first = 1948 + 5 * number if number < 3 else 1951 + 5 * number
        return f"{first}/{first + 4}"

    def _decade(self, m: re.Match[str]) -> str | None:
        century = m["dec_c"] or ""
        tens = _parsed_number(m["dec_n"])
        base = 2000 if century.startswith("本") else 1800 if century.startswith(("十九", "19")) else 1900
        return f"{base + tens}/{base + tens + 9}"

    def _length(self, m: re.Match[str]) -> str | None:
        number = _parsed_number(m["len_n"] or m["len_o"])
        ahead = (m["len_p"] or m["len_q"] or "").startswith(("今", "未"))
        if self.now is None or self.ended is None or number < 2:
            raise ValueError("length")
        if ahead:
            return f"{self.now}/{self.now + number}"
        return f"{self.ended - number + (self.ended < self.now)}/{self.ended}"

    def _ago(self, m: re.Match[str]) -> str | None:
        return None if self.now is None else str(self.now - _parsed_number(m["ago_n"]))

    def _day(self, m: re.Match[str]) -> str | None:
        year = self.said[0] if self.near else self.now
        month = _parsed_number(m["day_m"] or m["month_m"] or m["month_n"])
        if year is None:
            return None
        self.said = (year, month)
        if not m["day_m"]:
            return _written(year, month, None)
        first = _written(year, month, _parsed_number(m["day_d"]))
        return f"{first}/{_written(year, month, _parsed_number(m['day_e']))}" if m["day_e"] else first

    def _quarter(self, m: re.Match[str]) -> str | None:
        return None if self.now is None else _part_of(self.now, m["q"])

    def _alone(self, m: re.Match[str]) -> str | None:
        year, month = self.said
        if year is None or month is None:
            raise ValueError("day")
        return _written(year, month, int(m["alone_d"]))

    def _end(self, _: re.Match[str]) -> str | None:
        return None if self.now is None else _written(self.now, 12, None)


def find_dates(frame: Frame, now: str | None = None) -> tuple[Date, ...]:
    """Return the dates and periods of a text, in order.

    `now` is the document's own date (ISO 8601), from which 去年, 三年来 and 10月14日 count; without it those
    have no value.
    """
    return tuple(_dates(frame, _Reader(now or own_date(frame.text))))


def _dates(frame: Frame, reader: _Reader) -> Iterator[Date]:
    last = -1
    for match in _PATTERN.finditer(frame.text):
        reader.near = frame.sentence(match.start())[0] <= last
        try:
            value, relative = reader.read(match)
        except ValueError:
            continue
        start, end = match.span()
        last = start
        if frame.text[start] == "“" and frame.text[end - 1] != "”":
            start += 1
        yield Date(start, end, value, _precision(value), relative)


def dates_in(text: str) -> tuple[Date, ...]:
    """Return the dates and periods that a short text names, in order; relative ones have no value."""
    return find_dates(Frame.of(text))


def own_date(text: str) -> str | None:
    """Return the date that a text gives itself: the first full one of its head, else the last of its tail."""
    head = _ORIGIN.search(text, 0, 400)
    tail = [] if head else list(_ORIGIN.finditer(text, max(0, len(text) - 300)))
    found = head or (tail[-1] if tail else None)
    return (
        _written(_parsed_year(found["y"]), _parsed_number(found["m"]), _parsed_number(found["d"]))
        if found
        else None
    )


def _precision(value: str | None) -> Precision:
    if value is None or "/" in value:
        return Precision.SPAN
    return (Precision.YEAR, Precision.MONTH, Precision.DAY)[value.count("-")]


def _parsed_year(text: str) -> int:
    found = parse_year(text)
    if found is None:
        raise ValueError(text)
    return found


def _parsed_number(text: str) -> int:
    found = parse_numeral(text)
    if found is None:
        raise ValueError(text)
    return found


def _written(year: int, month: int | None, day: int | None) -> str:
    """Return a date in ISO 8601. Raises ValueError where there is no such month or day."""
    if month is None:
        return f"{year:04}"
    if not 1 <= month <= 12 or not (day is None or 1 <= day <= 31):
        raise ValueError("date")
    return f"{year:04}-{month:02}" + ("" if day is None else f"-{day:02}")


def _part_of(year: int, name: str) -> str:
    """Return a half or a quarter, or the quarters up to one, as a period of months."""
    if "半年" in name:
        return f"{year}-01/{year}-06" if name[0] == "上" else f"{year}-07/{year}-12"
    last = 3 * _parsed_number("".join(c for c in name if c in "一二三四1234"))
    first = 1 if name[0] == "前" else last - 2
    return f"{year}-{first:02}/{year}-{last:02}"
