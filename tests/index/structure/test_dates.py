"""Dates in one normal form, relative ones from the document's own date."""

import pytest

from index.structure.dates import find_dates, own_date
from index.structure.frame import Frame


def dates(text: str, now: str | None = "2024-05-20") -> list[tuple[str, str | None]]:
    return [(text[d.start : d.end], d.value) for d in find_dates(Frame.of(text), now)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023年", "2023"),
        ("二〇二三年", "2023"),
        ("去年", "2023"),
        ("今年5月", "2024-05"),
        ("去年7月底", "2023-07"),
        ("二〇〇五年六月十一日", "2005-06-11"),
        ("2019年5月20日至22日", "2019-05-20/2019-05-22"),
        ("2013年至2019年", "2013/2019"),
        ("2021—2023年", "2021/2023"),
        ("2019年上半年", "2019-01/2019-06"),
        ("今年第一季度", "2024-01/2024-03"),
        ("前三季度", "2024-01/2024-09"),
        ("“十四五”时期", "2021/2025"),
        ("第六个五年计划", "1981/1985"),
        ("第一个五年计划", "1953/1957"),
        ("上世纪80年代", "1980/1989"),
        ("五十年代", "1950/1959"),
        ("2015年以来", "2015/2024"),
        ("三年来", "2021/2024"),
        ("十年前", "2014"),
        ("10月14日", "2024-10-14"),
        ("2026-02-12", "2026-02-12"),
        ("明年", "2025"),
    ],
)
def test_normal_form(text: str, value: str) -> None:
    assert dates(text + "，我们继续努力。")[0][1] == value


def test_dates_count_from_those_before_them() -> None:
    text = "1979年4月提出建议，同年7月获得批准。这是12日下午的会议。"
    assert [value for _, value in dates(text)] == ["1979-04", "1979-07", "1979-07-12"]


def test_in_its_first_months_a_document_looks_back_on_years_that_have_ended() -> None:
    assert dates("这五年成就很大。", "2026-02-04") == [("这五年", "2021/2025")]


def test_without_a_date_of_its_own_a_relative_one_has_no_value() -> None:
    assert dates("去年增长较快。", None) == [("去年", None)]


@pytest.mark.parametrize(
    "text", ["2019年13月", "三年级学生", "今年度", "12.5%", "十一月党组织", "2019年2月40日"]
)
def test_what_is_no_such_date(text: str) -> None:
    assert all(len(value or "") <= 4 for _, value in dates(text))


def test_own_date() -> None:
    assert own_date("报告\n（2024年3月5日）\n各位代表：") == "2024-03-05"
    assert own_date("通知\n" + "正文。" * 300 + "\n某某办公室\n2023年12月29日\n") == "2023-12-29"
    assert own_date("没有日期。") is None
