"""Pages drawn for the reader: the right one, small, upright, within the limits, in a process of its own."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from index import draw_isolated
from index.errors import DocumentDamaged, EmptyDocument
from index.formats import drawing
from tests.index.formats import official


def opened(data: bytes) -> Image.Image:
    assert data.startswith(b"\x89PNG")
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(official.as_pdf(official.pages()))
    return path


def strip(*colours: str, size: tuple[int, int] = (400, 600)) -> list[Image.Image]:
    return [Image.new("RGB", size, colour) for colour in colours]


def test_a_page_of_a_pdf(pdf: Path) -> None:
    first, second = (opened(draw_isolated(pdf, "pdf", number)) for number in (1, 2))
    assert first.size == (drawing.WIDTH, round(drawing.WIDTH * 842 / 595 + 0.5))
    assert first.tobytes() != second.tobytes()
    dark = sum(first.convert("L").histogram()[:100])
    assert 0.01 < dark / (first.width * first.height) < 0.5


def test_a_page_of_a_tif_and_a_stamp_stays_red(tmp_path: Path) -> None:
    pages = strip("white", "red", "blue")
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert opened(draw_isolated(tmp_path / "a.tif", "image", 2)).getpixel((50, 50)) == (255, 0, 0)
    page = Image.new("RGB", (1654, 2339), "white")
    ImageDraw.Draw(page).ellipse((900, 1800, 1300, 2200), outline=(200, 20, 20), width=12)
    page.save(tmp_path / "b.png")
    drawn = opened(draw_isolated(tmp_path / "b.png", "image", 1))
    assert drawn.size == (1240, 1754)
    red, green, _ = drawn.getpixel((round(906 * 0.75), round(2000 * 0.75)))  # type: ignore[misc]
    assert red > 150 and green < 90


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16", "CMYK", "I"])
def test_every_kind_of_picture(tmp_path: Path, mode: str) -> None:
    ending = {"CMYK": "jpg", "I;16": "tif", "I": "tif"}.get(mode, "png")
    base = Image.new("L", (300, 5000), 255)
    base.paste(0, (0, 0, 150, 5000))
    if mode in ("I;16", "I"):
        wide = Image.new("I", base.size)
        wide.paste(65535, (150, 0, 300, 5000))
        wide.convert(mode).save(tmp_path / f"a.{ending}")
    else:
        base.convert("RGB" if mode in ("CMYK", "RGBA", "P") else "L").convert(mode).save(
            tmp_path / f"a.{ending}"
        )
    drawn = opened(draw_isolated(tmp_path / f"a.{ending}", "image", 1)).convert("L")
    assert drawn.height <= drawing.HEIGHT and drawn.width <= drawing.WIDTH
    assert drawn.getpixel((10, 100)) < 40  # type: ignore[operator]
    assert drawn.getpixel((drawn.width - 10, 100)) > 215  # type: ignore[operator]


def test_a_photograph_is_turned_as_the_camera_says(tmp_path: Path) -> None:
    picture = Image.new("RGB", (4_800, 1_000), "white")
    picture.paste("black", (0, 0, 2_400, 1_000))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.jpg", exif=exif)
    drawn = opened(draw_isolated(tmp_path / "a.jpg", "image", 1)).convert("L")
    assert drawn.height > drawn.width
    assert drawn.getpixel((drawn.width // 2, 20)) < 40 < drawn.getpixel((drawn.width // 2, drawn.height - 20))  # type: ignore[operator]


@pytest.mark.parametrize("number", [0, -1, 3, 10**6])
def test_a_page_that_is_not_there(pdf: Path, number: int) -> None:
    with pytest.raises(EmptyDocument) as raised:
        draw_isolated(pdf, "pdf", number)
    assert str(raised.value) == f"a.pdf 没有第 {number} 页：它共 2 页。请换一页。"


@pytest.mark.parametrize("kind", ["pdf", "image"])
def test_what_is_broken_is_said_in_a_line(tmp_path: Path, pdf: Path, kind: str) -> None:
    (tmp_path / "b").write_bytes(
        pdf.read_bytes()[:300] if kind == "pdf" else b"\x89PNG\r\n\x1a\n" + bytes(50)
    )
    with pytest.raises(DocumentDamaged, match="b 的第 1 页画不出来：这一页已损坏。"):
        draw_isolated(tmp_path / "b", kind, 1)


def test_a_strip_without_end_stays_small(tmp_path: Path) -> None:
    Image.new("1", (50, 60_000), 1).save(tmp_path / "a.png")
    drawn = opened(draw_isolated(tmp_path / "a.png", "image", 1))
    assert drawn.height <= drawing.HEIGHT
