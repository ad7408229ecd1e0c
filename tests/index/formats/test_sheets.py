"""xlsx -> text: sheets as headings, rows as lines, numbers as they are shown."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from index import read_document
from index.errors import DocumentDamaged, Unsafe
from index.formats import sheets
from tests.index.formats.made import write_zip


def test_sheets_are_headings_and_rows_lines(tmp_path: Path) -> None:
    book = Workbook()
    first = book.active
    first.title = "主要指标"
    for row in (
        ["指标", "2023年", "2024年"],
        ["粮食（万吨）", 50, 52.5],
        ["增速", None, 0.053],
        [],
        ["注：预计数"],
    ):
        first.append(row)
    first["C3"].number_format = "0.0%"
    first.merge_cells("A5:C5")
    hidden = book.create_sheet("底稿")
    hidden.append(["密"])
    hidden.sheet_state = "hidden"
    book.create_sheet("空表")
    book.create_sheet("项目").append(["项目", "投资"])
    book.properties.title = "某县2024年主要指标"
    book.save(tmp_path / "a.xlsx")
    found = sheets.extract(tmp_path / "a.xlsx")
    assert found.text == (
        "主要指标\n\n指标\t2023年\t2024年\n粮食（万吨）\t50\t52.5\n增速\t\t5.3%\n注：预计数\n\n项目\n\n项目\t投资\n"
    )
    assert found.notes == ("隐藏的工作表 1 个没有读",)
    document = read_document(tmp_path / "a.xlsx")
    assert (document.format, document.text) == ("xlsx", found.text)


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (None, "General", ""), (3, "General", "3"), (3.0, "General", "3"), (0.1 + 0.2, "General", "0.3"),
        (1234567.891, "#,##0.00", "1,234,567.89"), (0.125, "0.00%", "12.50%"), (-5, "0;[Red]-0", "-5"),
        (12, '0"万元"', "12"), (date(2024, 3, 1), "", "2024年3月1日"), (datetime(2024, 3, 1, 8, 30), "", "2024年3月1日08:30"),
        (time(8, 30), "", "08:30:00"), (True, "General", "是"), ("第一行\n第二行\t", "@", "第一行 第二行"),
    ],
)  # fmt: skip
def test_cells_as_they_are_shown(value: Any, form: str, shown: str) -> None:
    assert sheets.shown(value, form) == shown


def test_a_cell_far_away_costs_nothing(tmp_path: Path) -> None:
    book = Workbook()
    book.active["A1"] = "甲"
    book.active["A1048576"] = "乙"
    book.save(tmp_path / "a.xlsx")
    assert sheets.extract(tmp_path / "a.xlsx").text == "Sheet\n\n甲\n\n乙\n"


def test_entities_and_broken_files_are_refused(tmp_path: Path) -> None:
    book = '<!DOCTYPE a [<!ENTITY a "哈">]><workbook/>'
    with pytest.raises(Unsafe):
        sheets.extract(write_zip(tmp_path / "a.xlsx", {"xl/workbook.xml": book}))
    with pytest.raises(DocumentDamaged):
        sheets.extract(write_zip(tmp_path / "a.xlsx", {"xl/workbook.xml": "<workbook/>"}))
