"""A page as a scanner gives it: drawn by Pillow at 200 dpi, skewed and noisy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.formats.placed import Rule
from tests.index.formats.official import HEIGHT, WIDTH, Placed

FONT = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
DPI = 200


def needs_recognition() -> None:
    """Skip the module's tests where the extra or the font is missing."""
    pytest.importorskip("rapidocr")
    if not FONT.is_file():
        pytest.skip("fonts-noto-cjk is not installed", allow_module_level=True)


def scan(
    page: Sequence[Placed], rules: Sequence[Rule] = (), skew: float = 1.5, noise: float = 18.0, seed: int = 1
):  # type: ignore[no-untyped-def]
    """Return a page as a Pillow picture."""
    from PIL import Image, ImageDraw, ImageFilter, ImageFont

    scale = DPI / 72
    picture = Image.new("L", (round(WIDTH * scale), round(HEIGHT * scale)), "white")
    draw = ImageDraw.Draw(picture)
    for text, x, base, size in page:
        font = ImageFont.truetype(str(FONT), round(size * scale), index=2)
        for char in text:
            draw.text((x * scale, base * scale), char, font=font, fill=20, anchor="ls")
            x += (0.5 if char.isascii() else 1.0) * size
    for rule in rules:
        draw.line([scale * at for at in (rule.x0, rule.y0, rule.x1, rule.y1)], fill=20, width=3)
    picture = picture.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=255)
    picture = picture.filter(ImageFilter.GaussianBlur(0.6))
    noisy = np.asarray(picture, dtype=float) + np.random.default_rng(seed).normal(
        0, noise, picture.size[::-1]
    )
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def errors(wanted: str, found: str) -> float:
    """Return the share of characters that are wrong, too many or missing, blanks and line ends aside."""
    wanted, found = "".join(wanted.split()), "".join(found.split())
    row = list(range(len(found) + 1))
    for at, char in enumerate(wanted, 1):
        new = [at]
        for column, other in enumerate(found, 1):
            new.append(min(row[column] + 1, new[-1] + 1, row[column - 1] + (char != other)))
        row = new
    return row[-1] / len(wanted)
