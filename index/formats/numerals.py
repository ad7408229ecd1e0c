"""A list's count -> the label that Word prints for it: 一, 1, (a), ①, 第 and 章 come from the level's text."""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_LEGAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"))
_ROMAN += ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # type: ignore[assignment]


def label(count: int, form: str) -> str:
    """Return `count` as the number format `form` (w:numFmt) writes it; decimal for a form that is not known."""
    return _FORMS.get(form, str)(count) if count >= 0 else str(count)


def chinese(count: int) -> str:
    """Return 一, 十, 十二, 二十, 一百零五; decimal from 10,000."""
    if not 0 < count < 10_000:
        return "〇" if count == 0 else str(count)
    digits = [int(digit) for digit in str(count)]
    written, gap = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit:
            written += ("零" if gap and written else "") + _DIGITS[digit] + _PLACES[place]
        gap = not digit
    return written.removeprefix("一") if 10 <= count < 20 else written


def _digits(count: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(count))


def _letters(first: str) -> Callable[[int], str]:
    """Return the labels a … z, aa, bb: a letter repeated."""
    return lambda count: chr(ord(first) + (count - 1) % 26) * min(1 + (count - 1) // 26, 30) if count else ""


def _roman(count: int) -> str:
    if not 0 < count < 4000:
        return str(count)
    written = ""
    for value, sign in _ROMAN:
        times, count = divmod(count, value)
        written += sign * times
    return written


def _row(first: str, length: int, zero: str = "") -> Callable[[int], str]:
    """Return labels that stand in a row in Unicode, from `first`; decimal beyond them."""
    return lambda count: chr(ord(first) + count - 1) if 1 <= count <= length else zero or str(count)


def _circled(count: int) -> str:
    """Return ① to ㊿."""
    for first, low, high in (("①", 1, 20), ("㉑", 21, 35), ("㊱", 36, 50)):
        if low <= count <= high:
            return chr(ord(first) + count - low)
    return str(count)


def _cycle(signs: str) -> Callable[[int], str]:
    return lambda count: signs[(count - 1) % len(signs)] if count else ""


def _full_width(count: int) -> str:
    return "".join(chr(ord("０") + int(digit)) for digit in str(count))


_FORMS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda count: f"{count:02}",
    "chineseCounting": chinese,
    "chineseCountingThousand": chinese,
    "japaneseCounting": chinese,
    "taiwaneseCounting": chinese,
    "taiwaneseCountingThousand": chinese,
    "koreanDigital2": _digits,
    "ideographDigital": _digits,
    "japaneseDigitalTenThousand": _digits,
    "taiwaneseDigital": _digits,
    "chineseLegalSimplified": lambda count: chinese(count).translate(_LEGAL),
    "ideographLegalTraditional": lambda count: chinese(count).translate(_LEGAL),
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _row("⑴", 20),
    "decimalEnclosedFullstop": _row("⒈", 20),
    "ideographEnclosedCircle": _row("㊀", 10),
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "lowerLetter": _letters("a"),
    "upperLetter": _letters("A"),
    "lowerRoman": lambda count: _roman(count).lower(),
    "upperRoman": _roman,
    "none": lambda _: "",
}
