"""Answers -> a memo to hand on, as Markdown or Word: question, points, citations.

Quoted text stands in both as it stands in the source. The Word form follows what offices are used to (GB/T
9704-2012): a title in Song, headings in Hei, the body in FangSong at 16 points, 28 points a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from index import chinese_numeral
from qa.rendering import cell_pieces, escape_markdown, to_markdown, visible
from qa.summing import CHANGES
from qa.types import Answer, ComparisonTable, Status

TITLE = "讲话问答记录"
_CELL = 12  # points of the letters in a table: two columns stand beside each other on A4
_SONG, _HEI, _FANGSONG = "宋体", "黑体", "仿宋"


def memo_markdown(answers: Sequence[Answer], date: str) -> str:
    """Return the answers as one Markdown memo; `date` as it shall stand there."""
    lines = [
        f"# {TITLE}",
        "",
        f"文稿：{escape_markdown(_sources(answers))}",
        "",
        f"日期：{escape_markdown(date)}",
        "",
    ]
    for number, answer in enumerate(answers, 1):
        lines += [
            f"## {chinese_numeral(number)}、{escape_markdown(answer.question)}",
            "",
            to_markdown(answer),
        ]
    return "\n".join(lines).rstrip() + "\n"


def memo_docx(answers: Sequence[Answer], date: str) -> bytes:
    """Return the answers as one Word memo (the bytes of a .docx file); `date` as it shall stand there."""
    memo = Document()
    page = memo.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = (
        Cm(3.7),
        Cm(3.5),
        Cm(2.8),
        Cm(2.6),
    )
    properties = memo.core_properties
    properties.title, properties.author, properties.language = TITLE, "讲话问答", "zh-CN"
    _paragraph(memo, TITLE, _SONG, 22, bold=True, centred=True)
    _paragraph(memo, f"文稿：{_sources(answers)}", _FANGSONG, 14, centred=True)
    _paragraph(memo, date, _FANGSONG, 14, centred=True)
    for number, answer in enumerate(answers, 1):
        heading = f"{chinese_numeral(number)}、{answer.question}"
        _paragraph(memo, heading, _HEI, 16, style="Heading 1")
        for text in _remarks(answer):
            _paragraph(memo, text, _FANGSONG, 16, indent=True)
        if answer.table is not None:
            _comparison(memo, answer.table)
        for count, point in enumerate(() if answer.table else answer.points, 1):
            quoted = _paragraph(memo, f"{count}．{point.text}", _FANGSONG, 16, indent=True)
            _run(quoted, f"（{point.citation}）", "楷体", 14)
        if answer.note and answer.status is Status.ANSWERED:
            _paragraph(memo, f"注：{answer.note}", "楷体", 14, indent=True)
    buffer = BytesIO()
    memo.save(buffer)
    return buffer.getvalue()


def _remarks(answer: Answer) -> list[str]:
    remarks = []
    if answer.standalone != answer.question.strip():
        remarks.append(f"理解为：{answer.standalone}")
    if answer.status is Status.NOT_FOUND:
        remarks.append(answer.note or "原文未提及。")
    elif answer.table is not None:
        remarks.append(f"{answer.headline}（{answer.certainty}）新出现的词加粗，后来没有的词加删除线。")
    else:
        count = f"全文共 {answer.total} 处" if answer.total is not None else f"找到 {len(answer.points)} 处"
        remarks.append(f"{count}（{answer.certainty}）。" if answer.certainty else f"{count}。")
    return remarks


def _comparison(memo: Any, table: ComparisonTable) -> None:
    """Add a comparison as a Word table: a column a document, what has become of each row before it."""
    drawn = memo.add_table(rows=1, cols=len(table.columns) + 1)
    drawn.style = "Table Grid"
    for cell, text in zip(drawn.rows[0].cells, ["变化", *(c.name for c in table.columns)], strict=True):
        _run(cell.paragraphs[0], text, _HEI, _CELL)
    for row in table.rows:
        cells = drawn.add_row().cells
        _run(cells[0].paragraphs[0], CHANGES[row.change], "楷体", _CELL)
        for drawn_cell, column, cell in zip(cells[1:], table.columns, row.cells, strict=True):
            paragraph = drawn_cell.paragraphs[0]
            if cell is None:
                _run(paragraph, column.note or "—", "楷体", _CELL)
                continue
            for text, what in cell_pieces(cell):
                _run(paragraph, text, _FANGSONG, _CELL, bold=what == "new", struck=what == "gone")
            _run(paragraph, f"（{cell.point.citation}）", "楷体", _CELL)
    if table.left_out:
        _paragraph(memo, f"还有 {table.left_out} 行没有列出。", "楷体", 14, indent=True)


def _sources(answers: Sequence[Answer]) -> str:
    titles = dict.fromkeys(p.document.title for a in answers for p in (a.points or a.passages))
    return "、".join(f"《{title}》" for title in titles) or "（无）"


def _paragraph(
    memo: Any,
    text: str,
    font: str,
    size: float,
    *,
    style: str | None = None,
    bold: bool = False,
    centred: bool = False,
    indent: bool = False,
) -> Any:
    paragraph = memo.add_paragraph(style=style)
    layout = paragraph.paragraph_format
    layout.line_spacing, layout.space_before, layout.space_after = Pt(28), Pt(0), Pt(0)
    if indent:
        layout.first_line_indent = Pt(2 * size)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        layout.line_spacing = Pt(1.6 * size)
    _run(paragraph, text, font, size, bold=bold)
    return paragraph


def _run(
    paragraph: Any, text: str, font: str, size: float, *, bold: bool = False, struck: bool = False
) -> None:
    run = paragraph.add_run(visible(text))
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold
    run.font.strike = struck or None
    run.font.color.rgb = None
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
