"""The parts of the Streamlit page. Quoted text is escaped, then marked; it never passes through Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from index import IndexedDocument
from qa.rendering import FACET_NAMES, FOLD, NEAREST, visible
from qa.types import Answer, Point, Status

_QUOTE = "white-space:pre-wrap;border-left:3px solid #1f6feb;padding:.2rem .8rem;margin:.4rem 0"
_QUIET = "opacity:.75;font-size:.85rem"


def plain(text: str) -> str:
    """Return `text` as HTML that shows it character for character, control characters made harmless."""
    return escape(visible(text))


def marked_html(point: Point) -> str:
    """Return the quotation with its marks as <mark>: escaped piece by piece, so that marks cannot break it."""
    pieces, at = [], point.start
    for start, end in point.marks:
        pieces.append(plain(point.text[at - point.start : start - point.start]))
        pieces.append(f"<mark>{plain(point.text[start - point.start : end - point.start])}</mark>")
        at = end
    return "".join(pieces) + plain(point.text[at - point.start :])


def first_screen_html(documents: Sequence[IndexedDocument]) -> str:
    """Return what this is, and what may be asked about."""
    listed = "".join(
        f"<li>《{plain(d.document.title)}》（{len(d.document.text)} 字，{len(d.sections)} 节）</li>"
        for d in documents
    )
    return f"<h1>讲话问答</h1><p>对讲话提问，得到一字不差的原文和出处。</p><ul>{listed}</ul>"


def question_html(question: str) -> str:
    """Return the person's question."""
    return f'<p style="font-weight:600"><span style="{_QUIET}">问：</span>{plain(question)}</p>'


def error_html(message: str) -> str:
    """Return an error as one calm line."""
    return f'<p role="alert">⚠ {plain(message)}</p>'


def answer_html(answer: Answer) -> str:
    """Return an answer: how it was understood, the quotations with their places, the note."""
    parts = []
    if answer.standalone != answer.question.strip():
        parts.append(f'<p style="{_QUIET}">理解为：{plain(answer.standalone)}</p>')
    if answer.status is Status.NOT_FOUND:
        nearest = "".join(_point_html(p, n) for n, p in enumerate(answer.passages[:NEAREST], 1))
        return "".join(
            [
                *parts,
                f"<p>{plain(answer.note or '原文未提及。')}</p><p style='{_QUIET}'>最接近的地方：</p>",
                nearest,
            ]
        )
    if answer.total is not None:
        parts.append(f"<p>全文共 {answer.total} 处</p>")
    quotes = [_point_html(p, n) for n, p in enumerate(answer.points, 1)]
    parts += quotes[:FOLD]
    if quotes[FOLD:]:
        parts.append(
            f"<details><summary>其余 {len(quotes) - FOLD} 处</summary>{''.join(quotes[FOLD:])}</details>"
        )
    if answer.note:
        parts.append(f'<p style="{_QUIET}">注：{plain(answer.note)}</p>')
    return "".join(parts)


def _point_html(point: Point, number: int) -> str:
    facet = f" · {FACET_NAMES[point.facet]}" if point.facet else ""
    return (
        f'<blockquote style="{_QUOTE}">[{number}] {marked_html(point)}'
        f'<br><cite style="{_QUIET}">{plain(point.citation)}{facet}</cite></blockquote>'
    )
