"""index.structure.numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.structure.numbers import chinese_numeral, find_dates, parse_numeral, parse_ordinal, parse_year


@given(st.integers(1, 9999))
def test_numerals_go_there_and_back(number: int) -> None:
    assert parse_numeral(chinese_numeral(number)) == number


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("一", 1), ("十", 10), ("一十", 10), ("十五", 15), ("二十", 20), ("廿一", 21), ("两百", 200), ("百二十", 120),
        ("一百零五", 105), ("一百一", 110), ("三千二百万", 32_000_000), ("五亿八千万", 580_000_000), ("零", 0),
        ("１２", 12), ("0012", 12), ("一千零一十", 1010),
        ("二〇二三", None), ("七八", None), ("十百", None), ("三十百", None), ("零五", None), ("万", None), ("", None),
        ("亿" * 5000, None), ("9" * 5000, None), ("第一", None),
    ],
)  # fmt: skip
def test_numeral(numeral: str, value: int | None) -> None:
    assert parse_numeral(numeral) == value


@pytest.mark.parametrize(
    ("ordinal", "value"),
    [
        ("①", 1), ("⑳", 20), ("⑴", 1), ("⒑", 10), ("㈠", 1), ("㈩", 10), ("（十二）", 12), ("(3)", 3), ("Ⅰ", 1),
        ("Ⅳ", 4), ("ⅲ", 3), ("IX", 9), ("A", 1), ("ｂ", 2), ("１０", 10), ("，", None), ("", None), ("七八", None),
    ],
)  # fmt: skip
def test_ordinal(ordinal: str, value: int | None) -> None:
    assert parse_ordinal(ordinal) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023", 2023),
        ("二〇二三年", 2023),
        ("一九八四", 1984),
        ("二零零五", 2005),
        ("3023", None),
        ("二三", None),
    ],
)
def test_year(text: str, value: int | None) -> None:
    assert parse_year(text) == value


def test_dates_in_one_normal_form() -> None:
    text = "二〇二三年五月一日，2023年5月，2024-03-05，2024.3.5，去年底，今年3月5日，3.2025年，40年，上年度，2023年12月份"
    assert [(text[d.start : d.end], d.value) for d in find_dates(text, 2024)] == [
        ("二〇二三年五月一日", "2023-05-01"),
        ("2023年5月", "2023-05"),
        ("2024-03-05", "2024-03-05"),
        ("2024.3.5", "2024-03-05"),
        ("去年", "2023"),
        ("今年3月5日", "2024-03-05"),
        ("2023年12月份", "2023-12"),
    ]
    assert [d.value for d in find_dates("去年比2019年")] == ["2019"]
