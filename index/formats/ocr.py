"""Pictures and scanned pages → text, by the extra `ocr`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import DocumentDamaged, EmptyDocument, FormatExtraMissing, TooLarge
from index.formats.drawing import PICTURES, pages_of, upright
from index.formats.layout import lay_out
from index.formats.limits import check_pages, check_pixels
from index.formats.placed import Sheet
from index.formats.recognition import MISSING, SIDE, Image, Recognise, load_engine, read_image
from index.formats.types import Extracted

Progress = Callable[[int, int], None]


def recogniser() -> Recognise:
    """Return read_image() with its engine: a picture, a page's number and its width in points → that page.

    Raises FormatExtraMissing.
    """
    engine = load_engine()

    def recognise(image: Image, number: int, width: float) -> Sheet:
        return read_image(engine, image, number, width)

    return recognise


def extract_image(path: Path, progress: Progress | None = None) -> Extracted:
    """Return the text on a png, jpg, bmp or webp picture, or on the pages of a tif.

    `progress` is told (pages read, pages). Raises FormatExtraMissing, DocumentDamaged, TooLarge, EmptyDocument.
    """
    engine = load_engine()
    sheets: list[Sheet] = []
    for image, count in _pictures(path):
        sheets.append(read_image(engine, image, len(sheets) + 1))
        if progress:
            progress(len(sheets), count)
    result = lay_out(sheets)
    if not result.text.strip():
        raise EmptyDocument(f"{path.name} 里没有认出文字：应为文字清晰的图片。请换一张更清楚的。")
    return result


def _pictures(path: Path) -> Iterator[tuple[Image, int]]:
    """Yield each page of a picture and how many there are; its size is looked at before it is unpacked."""
    try:
        from PIL import Image as Pictures
    except ImportError as error:
        raise FormatExtraMissing(MISSING) from error

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pictures.open(path, formats=PICTURES) as picture:
                check_pixels(path.name, *picture.size)
                count = pages_of(picture)
                check_pages(path.name, count)
                for number in range(count):
                    if number:
                        picture.seek(number)
                    check_pixels(path.name, *picture.size)
                    yield _unpacked(picture), count
    except Pictures.DecompressionBombError as error:
        raise TooLarge(f"{path.name} 的图像太大：最多 100 百万像素。请缩小图像后再试。") from error
    except (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, LookupError, TypeError) as error:
        raise DocumentDamaged(
            f"{path.name} 打不开：应为完整的 png、jpg、tif、bmp 或 webp 图片，实际内容已损坏。请换一个文件。"
        ) from error


def _unpacked(picture: Any) -> Image:
    """Return a picture as rows, columns, blue-green-red: turned as its camera says, on white."""
    return np.ascontiguousarray(np.asarray(upright(picture, SIDE).convert("RGB"))[:, :, ::-1])
