"""PDF → text: what is drawn as text, and what a scanned page shows, where the extra `ocr` is installed."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from index.errors import DocumentDamaged, DocumentEncrypted, EmptyDocument, FormatExtraMissing, short_reason
from index.formats.glyphs import read_sheet
from index.formats.layout import lay_out
from index.formats.limits import SCAN_DPI, check_characters, check_pages, check_pixels
from index.formats.placed import Sheet
from index.formats.types import Extracted

_HARDLY = 25  # characters on a page that is a picture but for a stamp, a page number
_COVERED = 0.4  # of the page: a picture that covers as much is a scan
_UNKNOWN = 0.3  # of the characters: where more have no text, the page is read as a picture
_NO_TITLE = re.compile(
    r"\.(?:docx?|wps|pdf|xlsx?|pptx?|html?|tex)\b|^(?:untitled|无标题|未命名|about:blank|Microsoft)", re.I
)

Progress = Callable[[int, int], None]


def extract(path: Path, progress: Progress | None = None) -> Extracted:
    """Return the text of a PDF; `progress` is told (pages read, pages).

    Raises DocumentDamaged, DocumentEncrypted, TooLarge, EmptyDocument; FormatExtraMissing where all of it is scanned
    and nothing is installed that recognises it.
    """
    with closing(_opened(path)) as document:
        count = len(document)
        if not count:
            raise DocumentDamaged(f"{path.name} 里没有一页：应为完整的 PDF。请重新导出或换一个文件。")
        check_pages(path.name, count)
        sheets: list[Sheet] = []
        scanned: list[int] = []
        unknown = characters = 0
        for index in range(count):
            sheet, missing = _sheet(document, path.name, index)
            if _is_scan(document, sheet, index, missing):
                scanned.append(index)
            unknown += missing
            sheets.append(sheet)
            characters += len(sheet.pieces)
            check_characters(path.name, characters)
            if progress and index not in scanned:
                progress(index + 1 - len(scanned), count)
        notes = _recognised(document, path.name, sheets, scanned, progress)
        if unknown and not scanned:
            notes.append(f"有 {unknown} 个字符在字体里没有对应的文字，已略去。")
        result = lay_out(sheets, title=_title(document), notes=notes)
    if not result.text.strip():
        raise EmptyDocument(f"{path.name} 里没有文字：应为有文字或清晰扫描的 PDF。请检查文件。")
    return result


def _opened(path: Path) -> Any:
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise DocumentEncrypted(
                f"{path.name} 需要密码才能打开：应为没有加密的 PDF。请去掉密码后再试。"
            ) from error
        raise DocumentDamaged(
            f"{path.name} 打不开：应为完整的 PDF，实际内容已损坏（{short_reason(error)}）。请重新导出或换一个文件。"
        ) from error


def _sheet(document: Any, name: str, index: int) -> tuple[Sheet, int]:
    """Return a page's text; an empty one where the page cannot be read in a document that can."""
    import pypdfium2

    try:
        with closing(document[index]) as page:
            return read_sheet(page, index + 1)
    except pypdfium2.PdfiumError as error:
        if len(document) == 1:
            raise DocumentDamaged(
                f"{name} 的内容读不了：应为完整的 PDF，实际第 1 页已损坏。请重新导出或换一个文件。"
            ) from error
        return Sheet(index + 1, 1.0, 1.0), 0


def _is_scan(document: Any, sheet: Sheet, index: int, unknown: int) -> bool:
    """Tell whether a page is a picture with hardly any text, or has text that no font tells."""
    import pypdfium2.raw as pdfium

    if unknown > _UNKNOWN * (len(sheet.pieces) + unknown):
        return True
    if len(sheet.pieces) > _HARDLY or sheet.width <= 1:
        return False
    with closing(document[index]) as page:
        for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
            left, bottom, right, top = picture.get_bounds()
            covers = (right - left) * (top - bottom) >= _COVERED * sheet.width * sheet.height
            if covers or picture.level:  # within a form, its place on the page is not told
                return True
    return False


def _recognised(
    document: Any, name: str, sheets: list[Sheet], scanned: list[int], progress: Progress | None
) -> list[str]:
    """Put what scanned pages show in their place; return what has to be said of those that stay out."""
    if not scanned:
        return []
    try:
        from index.formats.ocr import recogniser
        from index.formats.recognition import SIDE

        recognise = recogniser()
    except FormatExtraMissing as error:
        if len(scanned) == len(sheets) or not any(sheet.pieces for sheet in sheets):
            raise
        listed = "、".join(str(index + 1) for index in scanned[:20])
        return [f"第 {listed} 页是扫描图像，没有识别：{error}"]
    for done, index in enumerate(scanned):
        with closing(document[index]) as page:
            width, height = page.get_size()
            scale = min(SCAN_DPI / 72, SIDE / max(width, height, 1.0))  # more is not looked at
            check_pixels(f"{name} 第 {index + 1} 页", width * scale, height * scale)
            image = page.render(scale=scale).to_numpy()
        sheets[index] = recognise(image, index + 1, width)
        if progress:
            progress(len(sheets) - len(scanned) + done + 1, len(sheets))
    return []


def _title(document: Any) -> str | None:
    """Return the title in the file's properties, where a person wrote it."""
    title = " ".join(str(document.get_metadata_dict().get("Title") or "").split())
    return title if title and not _NO_TITLE.search(title) else None
