"""A page of a PDF or of a picture, drawn as a PNG for a person who compares it with its words."""

from __future__ import annotations

import io
import math
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

from index.errors import DocumentDamaged, EmptyDocument, FormatExtraMissing, TooLarge
from index.formats.limits import check_pixels

WIDTH, HEIGHT = (
    1_240,
    3_508,
)  # points of a drawn page at most: an A4 page at 150 dpi, a strip of twice its length
COLOURS = 64  # of the PNG: a scan's noise is no detail, and a stamp stays red
PICTURES = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
MISSING = "把页面画成图像需要 pillow：没有安装。请运行 pip install 'speechqa[ocr]' 后再试。"


def draw_page(path: Path, kind: str, number: int) -> bytes:
    """Return page `number` (from 1) of a pdf or image as a PNG of at most WIDTH × HEIGHT points.

    Raises EmptyDocument where there is no such page, DocumentDamaged, TooLarge, FormatExtraMissing.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise FormatExtraMissing(MISSING) from error

    drawn = (_of_pdf if kind == "pdf" else _of_picture)(path, number).convert("RGB")
    drawn = drawn.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def upright(picture: Any, side: int) -> Any:
    """Return an opened picture turned as its camera says, on white, 8 bits a colour, neither side over `side`.

    It is made smaller first: a picture of 100 million points takes 0.4 GB, and each copy of it as much again.
    """
    from PIL import Image, ImageOps

    if max(picture.size) > side:
        if picture.mode in ("1", "P") and "transparency" not in picture.info:
            picture = picture.convert("L" if picture.mode == "1" else "RGB")
        if picture.mode in ("L", "RGB", "RGBA", "CMYK", "YCbCr"):
            picture.thumbnail((side, side))
    turned = ImageOps.exif_transpose(picture)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        turned = turned.convert("RGBA")
        white = Image.new("RGBA", turned.size, "white")
        turned = Image.alpha_composite(white, turned)
    elif turned.mode.startswith("I;16") or turned.mode in ("I", "F"):
        turned = turned.point(lambda value: value * (1 / 256)).convert("L")
    turned.thumbnail((side, side))
    return turned


def pages_of(picture: Any) -> int:
    """Return how many pages an opened picture has; a photograph's previews are none."""
    return 1 if picture.format == "MPO" else int(getattr(picture, "n_frames", 1))


def _of_pdf(path: Path, number: int) -> Any:
    import pypdfium2

    try:
        with closing(pypdfium2.PdfDocument(path)) as document:
            _check(path.name, number, len(document))
            with closing(document[number - 1]) as page:
                width, height = page.get_size()
                if not (0 < width < math.inf and 0 < height < math.inf):
                    raise _damaged(path.name, number)
                return page.render(scale=min(WIDTH / width, HEIGHT / height)).to_pil()
    except pypdfium2.PdfiumError as error:
        raise _damaged(path.name, number) from error


def _of_picture(path: Path, number: int) -> Any:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=PICTURES) as picture:
                _check(path.name, number, pages_of(picture))
                if number > 1:
                    picture.seek(number - 1)
                check_pixels(path.name, *picture.size)
                drawn = upright(picture, HEIGHT)
                drawn.thumbnail((WIDTH, HEIGHT))
                return drawn
    except Image.DecompressionBombError as error:
        raise TooLarge(f"{path.name} 的图像太大：最多 100 百万像素。请缩小图像后再试。") from error
    except (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, LookupError, TypeError) as error:
        raise _damaged(path.name, number) from error


def _check(name: str, number: int, pages: int) -> None:
    if not 1 <= number <= pages:
        raise EmptyDocument(f"{name} 没有第 {number} 页：它共 {pages} 页。请换一页。")


def _damaged(name: str, number: int) -> DocumentDamaged:
    return DocumentDamaged(f"{name} 的第 {number} 页画不出来：这一页已损坏。请用原来的软件打开。")
