"""A page of a PDF → its characters and ruled lines, each with its place, turned so that the text runs level."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from index.formats.letters import is_known, letter
from index.formats.placed import Piece, Rule, Sheet

_TILTED = 0.15  # radians: text that slants by more is a watermark
_PATHS = 4_000  # drawings on a page that are looked at for ruled lines: more are a picture
_SEGMENTS = 200  # lines of one drawing
_STRAIGHT = 1.0  # points by which a ruled line may slant
_LONG = 4.0  # points

Frame = tuple[float, float, float, float]
Turn = Callable[[float, float], tuple[float, float]]


@dataclass(slots=True)
class _Glyph:
    code: int
    box: Frame  # left, bottom, right, top in the page's own coordinates
    origin: tuple[float, float]
    size: float
    angle: float


def read_sheet(page: Any, number: int) -> tuple[Sheet, int]:
    """Return a page (a pypdfium2.PdfPage) with its text and lines, and how many characters have no known text."""
    glyphs = list(_glyphs(page))
    frame = _frame(page)
    quarter = Counter(round(g.angle / (math.pi / 2)) % 4 for g in glyphs)
    turned = max(quarter, key=lambda one: quarter[one], default=0)
    turn = _turn(frame, turned)
    width, height = abs(frame[2] - frame[0]), abs(frame[3] - frame[1])
    if turned % 2:
        width, height = height, width
    sheet = Sheet(number, width, height)
    unknown = sum(1 for glyph in glyphs if not is_known(glyph.code))
    for glyph in glyphs:
        if abs(math.remainder(glyph.angle - turned * math.pi / 2, 2 * math.pi)) > _TILTED:
            continue
        piece = _piece(glyph, turn)
        if piece is None or not (0 <= (piece.x0 + piece.x1) / 2 <= width and 0 <= piece.middle <= height):
            continue
        sheet.pieces.append(piece)
    sheet.rules = [rule for a, b in _lines(page) if (rule := _rule(turn(*a), turn(*b))) is not None]
    return sheet, unknown


def _frame(page: Any) -> Frame:
    """Return what of the page is shown: left, bottom, right, top."""
    left, bottom, right, top = page.get_cropbox()
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _turn(frame: Frame, quarters: int) -> Turn:
    """Return the function from the page's coordinates to ours, text turned by quarters clockwise made level."""
    left, bottom, right, top = frame
    return (
        lambda x, y: (x - left, top - y),
        lambda x, y: (top - y, right - x),
        lambda x, y: (right - x, y - bottom),
        lambda x, y: (y - bottom, x - left),
    )[quarters]


def _piece(glyph: _Glyph, turn: Turn) -> Piece | None:
    text = letter(glyph.code)
    ax, _ = turn(glyph.box[0], glyph.box[1])
    bx, _ = turn(glyph.box[2], glyph.box[3])
    _, base = turn(*glyph.origin)
    values = (ax, bx, base, glyph.size)
    if not text or glyph.size <= 0 or not all(map(math.isfinite, values)):
        return None
    return Piece(text, min(ax, bx), max(ax, bx), base, glyph.size)


def _glyphs(page: Any) -> Iterator[_Glyph]:
    """Yield what is drawn as text, in the file's order."""
    import pypdfium2.raw as pdfium

    textpage = page.get_textpage()
    raw = textpage.raw
    x, y = ctypes.c_double(), ctypes.c_double()
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    high = 0
    for index in range(pdfium.FPDFText_CountChars(raw)):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if 0xD800 <= code <= 0xDBFF:
            high = code
            continue
        if 0xDC00 <= code <= 0xDFFF and high:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        if code in (0x20, 0x0A, 0x0D) or pdfium.FPDFText_IsGenerated(raw, index) == 1:
            continue
        pdfium.FPDFText_GetLooseCharBox(raw, index, box)
        pdfium.FPDFText_GetCharOrigin(raw, index, x, y)
        scale = 1.0
        if pdfium.FPDFText_GetMatrix(raw, index, matrix):
            scale = math.sqrt(abs(matrix.a * matrix.d - matrix.b * matrix.c)) or 1.0
        size = pdfium.FPDFText_GetFontSize(raw, index) * scale
        angle = pdfium.FPDFText_GetCharAngle(raw, index)
        frame = (box.left, box.bottom, box.right, box.top)
        yield _Glyph(code, frame, (x.value, y.value), size, angle if math.isfinite(angle) else 0.0)
    textpage.close()


def _lines(page: Any) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the straight lines of a page's drawings, unless there are so many that they are a picture."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPage_CountObjects(page.raw)
    paths = [pdfium.FPDFPage_GetObject(page.raw, i) for i in range(min(count, 100_000))]
    paths = [path for path in paths if pdfium.FPDFPageObj_GetType(path) == pdfium.FPDF_PAGEOBJ_PATH]
    for path in paths if len(paths) <= _PATHS else ():
        count = pdfium.FPDFPath_CountSegments(path)
        if 2 <= count <= _SEGMENTS:
            yield from _path_lines(pdfium, path, count)


def _path_lines(
    pdfium: Any, path: Any, count: int
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(path, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    first = last = (0.0, 0.0)
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            first = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield last, point
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield last, first


def _rule(a: tuple[float, float], b: tuple[float, float]) -> Rule | None:
    """Return a level or upright line that is long enough; None for others."""
    x0, x1, y0, y1 = min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1])
    if not all(map(math.isfinite, (x0, x1, y0, y1))) or max(x1 - x0, y1 - y0) < _LONG:
        return None
    return Rule(x0, y0, x1, y1) if min(x1 - x0, y1 - y0) <= _STRAIGHT else None
