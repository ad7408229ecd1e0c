"""Answer and digest -> text for a terminal: the answer first, how sure it is, then the evidence, wrapped under itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from qa.citation import standing
from qa.digest import HEADING, NARROW, POINT, WIDTH, Digest, Part
from qa.rendering import shortened, visible
from qa.types import Answer, Point, Status

FOLD = 12  # points of a list that are shown before it folds: a terminal's height
NEAREST = 3  # nearest places offered where nothing was found
NEAR = 60  # characters of such a place: about its first marked word
LEAST_WIDTH = 20  # columns under which nothing is wrapped
MASKED = "“*”是原文脱敏的占位，照录不补。"  # what is said of places blanked out at the source, once
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
    lines, line, used = [], "", 0
    for piece in _PIECE.findall(text):
        size = width_of(piece)
        while size > columns - indent:  # a word longer than a line
            line, piece = line + piece[: columns - indent - used], piece[columns - indent - used :]
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
    known: frozenset[str] = frozenset(),
) -> str:
    """Return the answer for a terminal; marked words in bold where `color`, long lists whole where `full`.

    `columns` is the terminal's width (None: lines are not wrapped), `known` what has been explained already.
    """
    lines: list[str] = []
    if answer.standalone != answer.question.strip():
        lines.append(hung(visible(answer.standalone), "理解为：", columns))
    if answer.headline:
        lines.append(hung(visible(answer.headline), "", columns))
    if answer.status is Status.NOT_FOUND:
        if answer.passages:
            lines.append("最接近的地方：")
            lines += _near(answer.passages[:NEAREST], color, columns)
        return "\n".join(lines)
    if answer.certainty is not None:
        lines.append(hung(answer.certainty_reason or "", f"〔{answer.certainty}〕", columns))
    shown = answer.points if full else answer.points[:FOLD]
    lines += _listed(shown, color, columns)
    if len(shown) < len(answer.points):
        lines.append(f"……还有 {len(answer.points) - len(shown)} 处，加 --all 全部显示。")
    if answer.note and answer.note not in known:
        lines.append(hung(visible(answer.note), "注：", columns))
    if answer.digest:
        lines.append("各部分的要点、关键句和数据：speechqa digest")
    return "\n".join(lines)


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
    for part in digest.parts:
        lines += _part(part, columns, HEADING if len(digest.parts) <= NARROW else WIDTH - 3)
    if left := left_out(digest):
        lines.append(hung(left, "", columns))
    return "\n".join(lines)


def _part(part: Part, columns: int | None, heading: int) -> Iterator[str]:
    head = f"{part.number}. " if part.number else "▪ "
    if part.heading is not None:
        yield hung(visible(shortened(part.heading.text, heading)), head, columns)
    elif part.points or part.key:
        yield "▪ 开头" if part.number == 0 and part.start == 0 else "▪"
    if part.points:
        more = f"；等 {part.points_total} 点" if len(part.points) < part.points_total else ""
        said = "；".join(visible(shortened(p.text.rstrip("，。：；"), POINT)) for p in part.points)
        yield hung(said + more, "   要点：", columns)
    for point in part.key:
        yield hung(f"{visible(point.text)}（{standing(point)}）", "   · ", columns)
    if part.figures:
        yield hung("；".join(visible(p.text) for p in part.figures), "   数据：", columns)
    for table in part.tables:
        yield hung(f"{visible(table.header.text)}（{table.rows} 行）", "   表：", columns)


def left_out(digest: Digest) -> str:
    """Return what a digest leaves out, counted, and how to see it; empty where nothing is."""
    parts = sum(1 for part in digest.parts if part.number)
    points = sum(p.points_total - len(p.points) for p in digest.parts)
    figures = sum(p.figures_total - len(p.figures) for p in digest.parts)
    sentences = digest.sentences - sum(len(p.key) for p in digest.parts)
    said = [
        f"{count} {noun}"
        for count, noun in (
            (digest.parts_total - parts, "个部分"), (points, "个要点"), (sentences, "句"), (figures, "处数据"),
        )
        if count > 0
    ]  # fmt: skip
    if not said:
        return ""
    ways = "" if digest.full else "更多：加 --full；"
    return f"没有列出：{'、'.join(said)}。{ways}某一部分：加 --part 序号。"
