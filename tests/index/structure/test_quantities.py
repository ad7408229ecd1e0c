"""Numbers with their unit and what they measure."""

import pytest

from tests.index.structure.finding import known, said

Row = tuple[str, float | None, str, str | None]


def quantities(text: str) -> list[Row]:
    return [(text[q.start : q.end], q.value, q.unit, said(text, q.measured)) for q in known(text).quantities]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("经济总量达到2.67万亿元。", [("2.67万亿元", 2.67e12, "元", "经济总量")]),
        ("全县有319个基层党组织。", [("319个", 319, "个", "基层党组织")]),
        ("固定资产投资同比增长12.8%。", [("12.8%", 12.8, "%", "固定资产投资")]),
        ("收入增长１０．５％。", [("１０．５％", 10.5, "%", "收入")]),
        (
            "贫困人口从2012年的9899万人减到2019年的551万人。",
            [("9899万人", 98_990_000, "人", "贫困人口"), ("551万人", 5_510_000, "人", "贫困人口")],
        ),
        ("建成高标准农田**万亩。", [("**万亩", None, "亩", "建成高标准农田")]),
        ("党员9000多万名。", [("9000多万名", 9e7, "名", "党员")]),
        ("达标率为百分之九十五。", [("百分之九十五", 95, "%", "达标率")]),
        ("总产值达到两万亿元，", [("两万亿元", 2e12, "元", "总产值")]),
        ("养活14亿人口。", [("14亿", 1.4e9, "", "人口")]),
        ("浓度降至64微克/立方米。", [("64微克/立方米", 64, "微克/立方米", "浓度")]),
        ("投资1,234.5万元。", [("1,234.5万元", 12_345_000, "元", None)]),
    ],
)
def test_value_unit_and_measured(text: str, rows: list[Row]) -> None:
    found = quantities(text)
    assert [row[:3] for row in found] == [row[:3] for row in rows]
    for (*_, measured), (*_, wanted) in zip(found, rows, strict=True):
        assert wanted is None or measured == wanted


@pytest.mark.parametrize(
    "text",
    [
        "2023年是关键一年。",
        "坚持“三个务必”。",
        "第3项议程。",
        "十一届三中全会。",
        "发挥5G和G331的作用。",
        "统一思想。",
        "国办发〔2018〕128号。",
    ],
)
def test_no_quantity(text: str) -> None:
    assert quantities(text) == []
