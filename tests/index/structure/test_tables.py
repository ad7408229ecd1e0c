"""Tables set as lines of text."""

import pytest

from index.types import Table
from tests.index.structure.finding import known


def cells(text: str) -> list[tuple[list[str], list[list[str]]]]:
    def row(table: Table, spans: tuple[tuple[int, int], ...]) -> list[str]:
        return [text[slice(*span)] for span in spans]

    return [(row(t, t.header), [row(t, r) for r in t.rows]) for t in known(text).tables]


HEADER = ["指标", "2023年", "增速"]
ROWS = [["门诊量", "320", "5.1%"], ["手术量", "41", "8.0%"]]


@pytest.mark.parametrize("delimiter", ["\t", "    ", " | "])
def test_rows_with_their_header(delimiter: str) -> None:
    lines = [delimiter.join(row) for row in (HEADER, *ROWS)]
    if delimiter == " | ":
        lines = [f"| {line} |" for line in lines]
        lines.insert(1, "| --- | --- | --- |")
    text = "全院主要指标如下。\n\n" + "\n".join(lines) + "\n\n以上数据来自年报。\n"
    assert cells(text) == [(HEADER, ROWS)]


def test_rows_without_a_header() -> None:
    text = "完成情况。\n" + "\n".join("\t".join(row) for row in ROWS) + "\n以上。\n"
    assert cells(text) == [([], ROWS)]


def test_a_single_line_is_no_table() -> None:
    assert cells("姓名\t张三\n下面是正文，没有表格。\n") == []


def test_rows_that_all_end_alike_have_no_header() -> None:
    rows = [["赵砾", "县林业局局长"], ["孙苇杭", "县应急局局长"], ["马犁", "县气象局局长"]]
    text = "名单如下。\n" + "\n".join("\t".join(row) for row in rows) + "\n以上。\n"
    assert cells(text) == [([], rows)]
