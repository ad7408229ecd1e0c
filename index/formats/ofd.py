"""OFD (GB/T 33190) → text, its parts and places read by ofdkit."""

from __future__ import annotations

import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.errors import DocumentDamaged, DocumentEncrypted, EmptyDocument, TooLarge, short_reason
from index.formats.layout import lay_out
from index.formats.limits import check_characters, check_pages
from index.formats.placed import Piece, Sheet
from index.formats.types import Extracted

_POINTS = 72 / 25.4  # in a millimetre
_MAX_ENTRIES = 20_000
_MAX_UNPACKED = 200_000_000
_MAX_XML = 30_000_000  # of one part: 2,000 pages of text have a tenth of it
_MAX_TIMES = 200  # by which a part above a million bytes may be packed: XML packs to a tenth


def extract(path: Path) -> Extracted:
    """Return the text of an OFD. Raises DocumentDamaged, DocumentEncrypted, TooLarge, EmptyDocument."""
    _check_parts(path)
    from ofdkit import OFDDocument, OFDError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with OFDDocument(path) as document:
                check_pages(path.name, len(document.pages))
                sheets, lost = _sheets(path.name, document)
                title = document.info.title
        except (OFDError, ValueError, LookupError, OSError, RecursionError, ArithmeticError) as error:
            raise _damaged(path, short_reason(error)) from error
    if not sheets:
        raise _damaged(path, "没有一页")
    notes = [f"第 {'、'.join(map(str, lost[:20]))} 页已损坏，没有读。"] if lost else []
    result = lay_out(sheets, title=" ".join((title or "").split()) or None, notes=notes)
    if not result.text.strip():
        raise EmptyDocument(
            f"{path.name} 里没有文字：应为有文字的 OFD，实际只有图像。请另存为 PDF，或导出图片后用 OCR 识别。"
        )
    return result


def _damaged(path: Path, why: str) -> DocumentDamaged:
    return DocumentDamaged(
        f"{path.name} 打不开：应为完整的 OFD，实际内容已损坏（{why}）。请重新导出或换一个文件。"
    )


def _check_parts(path: Path) -> None:
    """Refuse what is packed too well, too large or encrypted, by the list of the parts alone."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, LookupError, NotImplementedError) as error:
        raise _damaged(path, short_reason(error)) from error
    if any(part.flag_bits & 1 for part in parts):
        raise DocumentEncrypted(f"{path.name} 需要密码才能打开：应为没有加密的 OFD。请去掉密码后再试。")
    whole = sum(part.file_size for part in parts)
    if len(parts) > _MAX_ENTRIES or whole > _MAX_UNPACKED:
        raise TooLarge(
            f"{path.name} 解压后太大：最多 {_MAX_UNPACKED // 1_000_000} MB、{_MAX_ENTRIES} 个部分，"
            f"实际 {whole / 1e6:.0f} MB、{len(parts)} 个。请拆成几个文件。"
        )
    for part in parts:
        bomb = part.file_size > 1_000_000 and part.file_size > _MAX_TIMES * part.compress_size
        if bomb or (part.filename.lower().endswith(".xml") and part.file_size > _MAX_XML):
            raise TooLarge(
                f"{path.name} 里的 {part.filename[-60:]} 解压后有 {part.file_size / 1e6:.0f} MB，像是压缩炸弹。请换一个文件。"
            )


def _sheets(name: str, document: Any) -> tuple[list[Sheet], list[int]]:
    """Return the pages, and the numbers of those that cannot be read. Raises OFDError where none can."""
    from ofdkit import OFDError

    sheets: list[Sheet] = []
    lost: list[int] = []
    characters = 0
    for page in document.pages:
        sheet = Sheet(page.index + 1, 1.0, 1.0)
        try:
            left, top, width, height = page.box
            sheet = Sheet(page.index + 1, max(width, 1.0) * _POINTS, max(height, 1.0) * _POINTS)
            pieces = (piece for run in page.runs for piece in _pieces(run, left, top))
            sheet.pieces = [
                piece
                for piece in pieces
                if -1 <= piece.x0 <= sheet.width and 0 <= piece.middle <= sheet.height
            ]
        except OFDError:
            if len(document.pages) == 1:
                raise
            lost.append(page.index + 1)
        characters += sum(len(piece.text) for piece in sheet.pieces)
        check_characters(name, characters)
        sheets.append(sheet)
    return sheets, lost


def _pieces(run: Any, left: float, top: float) -> Iterator[Piece]:
    """Yield the characters of a run, set evenly over its width by their own widths."""
    widths = [1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in run.text]
    if not run.text.strip() or run.size <= 0:
        return
    unit = run.width / sum(widths)
    x = run.x - left
    for char, width in zip(run.text, widths, strict=True):
        if not char.isspace():
            yield Piece(
                char,
                x * _POINTS,
                (x + width * unit) * _POINTS,
                (run.y - top) * _POINTS,
                run.size * _POINTS,
            )
        x += width * unit
