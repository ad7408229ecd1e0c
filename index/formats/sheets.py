"""xlsx -> text: each sheet a heading and its rows, cells parted by tabs, numbers as they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from index.errors import DocumentDamaged, TooLarge
from index.formats.types import Extracted
from index.formats.zips import Zip, damaged

ROWS = 200_000  # of all sheets together
COLUMNS = 300
_GAP = 3  # empty rows in a row, beyond which the sheet goes on as another table
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_SPACE = re.compile(r"\s+")


def extract(path: Path) -> Extracted:
    """Read an xlsx (or xlsm). Raises DocumentDamaged, Unsafe, DocumentEncrypted, TooLarge."""
    from openpyxl import load_workbook

    with Zip(path) as checked:
        _refuse_entities(checked)
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        lines: list[str] = []
        for sheet in sheets:
            rows = list(_rows(sheet, ROWS - len(lines), path.name))
            if rows:
                lines += [sheet.title.strip(), "", *rows, ""]
    except (DocumentDamaged, TooLarge, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever its parser meets
        raise damaged(path.name) from error
    hidden = len(book.worksheets) - len(sheets)
    notes = (f"隐藏的工作表 {hidden} 个没有读",) if hidden else ()
    title = book.properties.title if book.properties else None
    return Extracted("\n".join(lines).strip("\n") + "\n", title=title, notes=notes)


def _refuse_entities(checked: Zip) -> None:
    """Refuse a file whose parts have a document type. Raises Unsafe, DocumentDamaged."""
    from index.formats.markup import refuse_doctype

    for name in checked.names():
        if name.endswith((".xml", ".rels")):
            refuse_doctype(checked.read(name)[:2048], checked.name)


def _rows(sheet: Any, left: int, name: str) -> Iterator[str]:
    """Yield the rows that hold anything; empty ones between them are one blank line."""
    sheet.reset_dimensions()  # what the file states may be a million empty columns
    empty = written = 0
    for row in sheet.iter_rows():  # with columns named, each of a million empty rows would be filled up
        cells = [shown(one.value, getattr(one, "number_format", "") or "") for one in row[:COLUMNS]]
        line = "\t".join(cells).rstrip("\t")
        if not line:
            empty += 1
            continue
        if written and empty >= _GAP:
            yield ""
        empty, written = 0, written + 1
        if written > left:
            raise TooLarge(f"{name} 的行太多：最多 {ROWS} 行。请拆成几个文件。")
        yield line


def shown(value: Any, form: str) -> str:
    """Return a cell as a person sees it: percents, decimals and thousands by its number format, days in Chinese."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return _figure(value, form)
    if isinstance(value, datetime) and (value.hour or value.minute):
        return f"{_day(value)}{value:%H:%M}"
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, (time, timedelta)):
        return str(value)[:8]
    return _SPACE.sub(" ", str(value)).strip()


def _day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def _figure(value: float, form: str) -> str:
    pattern = _QUOTED.sub("", form.split(";")[0])
    places = pattern.partition(".")[2]
    decimals = len(places) - len(places.lstrip("0#?"))
    percent = "%" in pattern
    number = value * 100 if percent else value
    thousands = "," if ",#" in pattern or ",0" in pattern else ""
    if "0" in pattern or "#" in pattern:
        return f"{number:{thousands}.{decimals}f}" + ("%" if percent else "")
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else f"{number:.10g}"
