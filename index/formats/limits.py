"""How much of a file is read, and the lines of Chinese for what goes beyond."""

from __future__ import annotations

import math

from index.errors import TooLarge

MAX_PAGES = 2_000
MAX_PIXELS = 100_000_000  # an A4 page at 200 dpi has 4 million, an A0 plan at 300 dpi 140
MAX_CHARACTERS = 10_000_000
SCAN_DPI = 200


def check_pages(name: str, pages: int) -> None:
    """Raise TooLarge where a document has too many pages."""
    if pages > MAX_PAGES:
        raise TooLarge(f"{name} 页数太多：最多 {MAX_PAGES} 页，实际 {pages} 页。请拆成几个文件。")


def check_characters(name: str, characters: int) -> None:
    """Raise TooLarge where a document has more text than any."""
    if characters > MAX_CHARACTERS:
        raise TooLarge(f"{name} 文字太多：最多 {MAX_CHARACTERS} 字，实际还要多。请拆成几个文件。")


def check_pixels(name: str, width: float, height: float) -> None:
    """Raise TooLarge where a picture, or a page to be drawn, has too many points; both finite or not."""
    pixels = width * height
    if not math.isfinite(pixels) or pixels > MAX_PIXELS:
        limit = MAX_PIXELS // 1_000_000
        raise TooLarge(
            f"{name} 的图像太大：最多 {limit} 百万像素，实际 {width:.0f}×{height:.0f}。请缩小图像后再试。"
        )
