"""Where a quotation stands, in the words of an official citation."""

from __future__ import annotations

import re
from datetime import date

from index import IndexedDocument, Sentence, chinese_numeral
from qa.types import Point

DEEPEST = 12  # headings above a quotation that are shown: no text that people wrote has more
_TITLE_LIMIT = 24  # characters of a heading in a citation: enough to find it by, short enough to read on
_CLAUSE_END = re.compile(r"[，。：；！？]")
_DASHES = "—-－ \u3000"


def chinese_date(day: date) -> str:
    """Return 2026年11月27日."""
    return f"{day.year}年{day.month}月{day.day}日"


def citation(indexed: IndexedDocument, sentence: Sentence, at: int | None = None) -> str:
    """Return 《标题》第二部分“二要…”第12段; 第12句 where the document's line breaks are lost.

    （第3页） is added where the document has pages: that of the character `at`, else of the sentence's first.
    """
    place = f"第{sentence.paragraph}段" if sentence.paragraph is not None else f"第{sentence.number}句"
    if page := indexed.document.page_of(sentence.start if at is None else at):
        place += f"（第{page.number}页）"
    return f"{document_name(indexed)}{_sections(indexed, sentence.section)}{place}"


def standing(point: Point) -> str:
    """Return where a quotation stands, without its document and section: 第12段（第3页）, 第12句 where lines are lost."""
    place = f"第{point.paragraph}段" if point.paragraph is not None else f"第{point.sentence}句"
    return place + (f"，第{point.page}页" if point.page is not None else "")


def document_name(indexed: IndexedDocument) -> str:
    """Return 《标题》, and （2024年） or （文件名） where another document has the title too."""
    title = indexed.document.title.replace("《", "〈").replace("》", "〉")
    return f"《{title}》" + (f"（{indexed.apart}）" if indexed.apart else "")


def _sections(indexed: IndexedDocument, section: int | None) -> str:
    path = indexed.path_of(section, DEEPEST)
    if not path:
        return ""
    top = indexed.sections[path[0]]
    parts = [f"第{chinese_numeral(top.ordinal)}部分" if top.ordinal else f"“{_short(indexed, path[0])}”"]
    if len(path) > 1 or top.ordinal is None:
        deepest = f"“{_short(indexed, path[-1])}”"
        if deepest != parts[0]:
            parts.append(deepest)
    return "".join(parts)


def _short(indexed: IndexedDocument, section: int) -> str:
    title = indexed.title_of(section).lstrip(_DASHES)
    if len(title) <= _TITLE_LIMIT:
        return title.rstrip("，。：；！？")
    marker = indexed.sections[section].marker.lstrip(_DASHES)
    clause = _CLAUSE_END.search(title, len(marker) + 1)
    end = clause.start() if clause and clause.start() <= _TITLE_LIMIT else _TITLE_LIMIT
    return title[:end] + "…"
