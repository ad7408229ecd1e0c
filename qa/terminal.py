"""Answer and digest -> text for a terminal: the answer first, how sure it is, then the evidence, wrapped under itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from qa.citation import standing
from qa.digest import Digest, Part, outside_of
from qa.fitting import HEADING, NARROW, POINT, WIDTH
from qa.notes import MASKED
from qa.rendering import cell_pieces, shortened, visible
from qa.summing import CHANGES, certainty, headline
from qa.types import Answer, Cell, ComparisonTable, Point, Status

FOLD = 12  # points of a list that are shown before it folds: a terminal's height; one more is shown, too
NEAREST = 3  # nearest places offered where nothing was found
NEAR = 60  # characters of such a place: about its first marked word
LEAST_WIDTH = 20  # columns under which nothing is wrapped
_ESCAPE = "\x1b["
_PIECE = re.compile(r"\x1b\[[0-9;]*m|[!-~]+|.", re.DOTALL)
_NOT_FIRST = frozenset("，。、；：！？”’）》〉」』】…—%％,.;:!?)]}")  # no line begins with them


def width_of(text: str) -> int:
    """Return the columns that `text` takes: two for what is wide in Chinese type, none for colours."""
    pieces = (p for p in _PIECE.findall(text) if not p.startswith(_ESCAPE))
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for p in pieces for c in p)


def hung(text: str, first: str, columns: int | None) -> str:
    """Return `first` and `text`, wrapped into so many columns (None: not), each further line under the text's beginning."""
    indent = width_of(first)
    if columns is None or columns - indent < LEAST_WIDTH:
        return first + text
    lines: list[str] = []
    line, used = "", 0
    for piece in _PIECE.findall(text):
        size = width_of(piece)
        while size > columns - indent:  # a word longer than a line
            room = max(0, columns - indent - used)  # none behind a mark that hangs over the edge
            line, piece = line + piece[:room], piece[room:]
            lines, line, used, size = [*lines, line], "", 0, len(piece)
        if used + size > columns - indent and piece not in _NOT_FIRST:
            lines, line, used = [*lines, line.rstrip(" ")], "", 0
            piece, size = ("", 0) if piece == " " else (piece, size)
        line, used = line + piece, used + size
    return first + ("\n" + " " * indent).join([*lines, line])


def to_terminal(
    answer: Answer,
    *,
    color: bool = False,
    full: bool = False,
    columns: int | None = None,
    masked: bool = False,
) -> str:
    """Return the answer for a terminal; marked words in bold where `color`, long lists whole where `full`.

    `columns` is the terminal's width (None: lines are not wrapped), `masked` tells that blanked-out places have been explained already.
    """
    lines: list[str] = []
    if answer.standalone != answer.question.strip():
        lines.append(hung(visible(answer.standalone), "理解为：", columns))
    if line := headline(answer):
        lines.append(hung(visible(line), "", columns))
    if answer.choices:
        chosen = enumerate(answer.choices, 1)
        return "\n".join([*lines, *(hung(visible(c.name), f"  [{n}] ", columns) for n, c in chosen)])
    if answer.status is Status.NOT_FOUND:
        if answer.passages:
            lines.append("最接近的地方：")
            lines += _near(answer.passages[:NEAREST], color, columns)
        return "\n".join(lines)
    label, reason = certainty(answer)
    lines.append(hung(reason, f"〔{label}〕", columns))
    if answer.table is not None:
        lines += table_lines(answer.table, color, columns)
        return "\n".join([*lines, hung(visible(answer.note), "注：", columns)] if answer.note else lines)
    shown = answer.points if full or len(answer.points) == FOLD + 1 else answer.points[:FOLD]
    lines += _listed(shown, color, columns)
    if len(shown) < len(answer.points):
        lines.append(f"……还有 {len(answer.points) - len(shown)} 处，加 --all 全部显示。")
    note = (answer.note or "").replace(MASKED, "") if masked else answer.note
    if note:
        lines.append(hung(visible(note), "注：", columns))
    if answer.digest:
        lines.append("各部分的要点、关键句和数据：speechqa digest（加上同样的 --file 或 --index）")
    return "\n".join(lines)


def table_lines(table: ComparisonTable, color: bool, columns: int | None) -> Iterator[str]:
    """Yield a comparison row by row, a document's cell under its name: 【新】 what is new in it, 〔删〕 what is gone from it."""
    for number, row in enumerate(table.rows, 1):
        yield f"  ── {number}．{CHANGES[row.change]}"
        for column, cell in zip(table.columns, row.cells, strict=True):
            name = f"    {visible(column.name)}："
            if cell is None:
                yield name + "—" if column.note is None else hung(visible(column.note), name, columns)
                continue
            yield name
            yield hung(_changes(cell, color), " " * 6, columns)
            yield hung(visible(cell.point.citation), " " * 6, columns)
    if table.left_out:
        yield f"……还有 {table.left_out} 行没有列出。"


def _changes(cell: Cell, color: bool) -> str:
    """Return a cell's words, the new ones in bold or 【】, those gone later struck out or in 〔〕."""
    ways = {
        "new": ("\x1b[1m", "\x1b[0m") if color else ("【", "】"),
        "gone": ("\x1b[9m", "\x1b[0m") if color else ("〔", "〕"),
    }
    ways[""] = ("", "")
    return "".join(f"{ways[what][0]}{visible(text)}{ways[what][1]}" for text, what in cell_pieces(cell))


def _listed(points: Sequence[Point], color: bool, columns: int | None) -> Iterator[str]:
    """Yield the points numbered, the path only where it changes."""
    place: tuple[str, tuple[str, ...]] | None = None
    wide = len(str(len(points))) + 2
    for number, point in enumerate(points, 1):
        if (point.document.id, point.path) != place:
            place = (point.document.id, point.path)
            yield f"  ◆ {_place(point)}"
        first = f"  {f'[{number}]':<{wide}} "
        yield hung(_highlighted(point) if color else visible(point.text), first, columns)
        yield hung(visible(point.citation), " " * len(first), columns)


def _near(points: Sequence[Point], color: bool, columns: int | None) -> Iterator[str]:
    """Yield the nearest places in a line each: what stands about the first marked word."""
    for number, point in enumerate(points, 1):
        text = visible(point.text)
        at = point.marks[0][0] - point.start if point.marks else 0
        start = max(0, min(at - NEAR // 3, len(text) - NEAR))
        end = min(len(text), start + NEAR)
        said = _marked(point, start, end) if color else text[start:end]
        cut = ("…" if start else "") + said + ("…" if end < len(text) else "")
        yield hung(f"{cut}（{visible(point.citation)}）", f"  [{number}] ", columns)


def _place(point: Point) -> str:
    parts = [visible(shortened(title)) for title in point.path] or [visible(point.document.title)]
    return " → ".join(parts)


def _highlighted(point: Point) -> str:
    return _marked(point, 0, len(point.text))


def _marked(point: Point, start: int, end: int) -> str:
    """Return a stretch of a quotation, its marked words in bold."""
    pieces, at = [], start
    for first, last in point.marks:
        first, last = max(start, first - point.start), min(end, last - point.start)
        if first < last:
            pieces += [visible(point.text[at:first]), f"\x1b[1m{visible(point.text[first:last])}\x1b[0m"]
            at = last
    return "".join(pieces) + visible(point.text[at:end])


def digest_text(digest: Digest, columns: int | None = None) -> str:
    """Return a digest for a terminal; everything quoted stands as in the source, long headings cut with …."""
    unit = f"“{shortened(visible(digest.of.text))}”" if digest.of else ""
    lines = [f"《{visible(digest.document.title)}》{unit}", f"{digest.headline}以下都是原文。"]
    heading = HEADING if len(digest.parts) <= NARROW else WIDTH - 3
    for place, part in enumerate(digest.parts):
        lines += _part(part, columns, heading, outside_of(digest, place))
    said = left_said(digest)
    ways = [
        *(["更多加 --full"] if not digest.full else []),
        *(["只看一部分加 --part 序号"] if digest.of is None and digest.parts_total else []),
    ]
    if said:
        lines.append(hung(f"没有列出 {said}。{'；'.join(ways)}{'。' if ways else ''}", "", columns))
    return "\n".join(lines)


def left_said(digest: Digest, *, sentences: bool = True) -> str:
    """Return what a digest leaves out, counted, `sentences` among it; empty where nothing is."""
    left = asdict(digest.left_out) | ({} if sentences else {"sentences": 0})
    return "、".join(f"{left[name]} {noun}" for name, noun in _LEFT.items() if left[name] > 0)


_LEFT = {"parts": "个部分", "points": "个要点", "sentences": "句", "figures": "处数据"}


def _part(part: Part, columns: int | None, heading: int, named: str) -> Iterator[str]:
    head = f"[{part.number}] "
    if part.heading is not None:
        yield hung(visible(shortened(part.heading.text, heading)), head, columns)
    elif named and (part.points or part.key):
        yield f"▪ {named}"
    if part.points:
        more = f"；等 {part.points_total} 点" if len(part.points) < part.points_total else ""
        said = "；".join(visible(shortened(p.text.rstrip("，。：；"), POINT)) for p in part.points)
        yield hung(said + more, "   要点：", columns)
    for point in part.key:
        yield hung(f"{visible(point.text)}（{standing(point)}）", "   · ", columns)
    if part.figures:
        yield hung("；".join(visible(p.text) for p in part.figures), "   数据：", columns)
    for table in part.tables:
        yield hung(f"{visible(shortened(table.header.text, HEADING))}（{table.rows} 行）", "   表：", columns)
