"""Scans and pictures recognised by rapidocr, where the extra is installed; bombs and broken ones refused without it."""

import struct
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from index.errors import DocumentDamaged, FormatExtraMissing, TooLarge
from index.formats import isolated, ocr, pdf, recognition
from index.formats.placed import Rule
from index.reading.view import read_view
from index.structure.tree import parse_sections
from tests.index.formats import broken, drawn, official
from tests.long import only_long, scaled

BODY = official.BODY[:6]  # as much as stands on one page
pytestmark = pytest.mark.xdist_group("ocr")


@pytest.fixture(autouse=True, scope="module")
def _installed() -> None:
    drawn.needs_recognition()


def moved(rows: list[official.Placed]) -> list[official.Placed]:
    """Return rows set at the top of a page."""
    return [(text, x, base - rows[0][2] + official.TOP, size) for text, x, base, size in rows]


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tif of the document's pages."""
    path = tmp_path_factory.mktemp("scans") / "扫描.tif"
    rows, number = official.pages(body=BODY)[0][:-1], official.pages()[0][-1]
    pages = ([*rows[:7], number], [*moved(rows[7:]), ("— 2 —", *number[1:])])
    first, second = (drawn.scan(page, skew=(1.5, -1.5)[at], seed=at) for at, page in enumerate(pages))
    first.save(path, save_all=True, append_images=[second], compression="tiff_deflate")
    return path


def test_a_skewed_noisy_scan_is_read_with_its_paragraphs(scans: Path) -> None:
    told: list[tuple[int, int]] = []
    found = ocr.extract_image(scans, lambda done, whole: told.append((done, whole)))
    text = "".join(f"{line}\n" for line in (official.HEAD, *BODY))
    assert drawn.errors(text, found.text) <= 0.02
    assert told == [(1, 2), (2, 2)]
    assert all(page.scan is not None and 0.9 < page.scan <= 1 for page in found.pages)
    wanted = parse_sections(read_view(text))
    sections = parse_sections(read_view(found.text))
    assert [(s.parent, s.level, s.marker) for s in sections] == [
        (s.parent, s.level, s.marker) for s in wanted
    ]


def test_a_scanned_pdf_is_read(tmp_path: Path) -> None:
    rows = official.pages()[0][:3]
    picture = drawn.scan(rows)
    path = tmp_path / "扫描.pdf"
    picture.save(path, resolution=drawn.DPI)
    found = pdf.extract(path)
    assert drawn.errors("".join(text for text, *_ in rows), found.text) <= 0.02
    assert len(found.pages) == 1
    assert (found.pages[0].scan or 0) > 0.9


def test_a_table_on_a_scan_is_read_row_by_row(tmp_path: Path) -> None:
    page = [
        ("各项任务分工如下。", 105.0, 80.0, 16.0),
        ("序号", 107, 120, 12), ("任务名称", 160, 120, 12), ("投资（亿元）", 320, 120, 12),
        ("1", 117, 150, 12), ("建设城东水厂及配套管", 157, 144, 12), ("12.5", 340, 150, 12),
        ("网工程", 157, 162, 12),
        ("2", 117, 190, 12), ("县医院新院区", 157, 190, 12), ("3.86", 340, 190, 12),
        ("请抓好落实。", 105, 240, 16),
    ]  # fmt: skip
    lines = [Rule(x, 105, x, 200) for x in (100, 150, 300, 420)]
    lines += [Rule(100, y, 420, y) for y in (105, 130, 172, 200)]
    drawn.scan(page, lines).crop((0, 0, 1654, 800)).save(tmp_path / "表.png")
    assert ocr.extract_image(tmp_path / "表.png").text.splitlines() == [
        "各项任务分工如下。",
        "序号\t任务名称\t投资（亿元）",
        "1\t建设城东水厂及配套管网工程\t12.5",
        "2\t县医院新院区\t3.86",
        "请抓好落实。",
    ]


def gigantic() -> bytes:
    """Return a png whose header says 60,000 × 60,000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def test_a_gigantic_picture_is_refused_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "图.png").write_bytes(gigantic())
    with pytest.raises(TooLarge, match=r"^图\.png 的图像太大：最多 100 百万像素"):
        ocr.extract_image(tmp_path / "图.png")


@only_long
@pytest.mark.parametrize("form", scaled(["jpg"], ["png", "jpg", "pdf"]))
def test_a_huge_picture_is_read_within_the_memory_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    from PIL import Image

    taken: list[int] = []
    looked = isolated._resident
    monkeypatch.setattr(isolated, "_resident", lambda process: taken.append(looked(process)) or taken[-1])
    page = drawn.scan(official.pages()[0][:8], skew=0.0)
    huge = Image.new("RGB", (9_900, 9_900), "white")
    huge.paste(page.resize((6_600, 9_350)), (100, 100))
    huge.save(tmp_path / f"图.{form}", quality=80, resolution=72)
    found = isolated.extract_isolated(tmp_path / f"图.{form}", "pdf" if form == "pdf" else "image")
    assert drawn.errors("".join(text for text, *_ in official.pages()[0][:8]), found.text) <= 0.02
    assert 100_000_000 < max(taken) < isolated.RESIDENT


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + b"\0" * 50, b"%PDF-1.7", "讲话".encode()]
)
def test_what_is_no_picture_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "图.png").write_bytes(data)
    with pytest.raises(DocumentDamaged) as raised:
        ocr.extract_image(tmp_path / "图.png")
    assert str(raised.value) == (
        "图.png 打不开：应为完整的 png、jpg、tif、bmp 或 webp 图片，实际内容已损坏。请换一个文件。"
    )


def test_without_the_extra_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(FormatExtraMissing) as raised:
        ocr.extract_image(tmp_path / "图.png")
    assert str(raised.value) == (
        "识别扫描件和图片需要附加组件：没有安装 rapidocr。请运行 pip install 'speechqa[ocr]' 后再试。"
    )


def test_models_that_are_not_shipped_are_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "_MODELS", {"Det": "none*.onnx"})
    with pytest.raises(FormatExtraMissing, match="不带识别模型"):
        recognition.load_engine()


def test_broken_pictures_are_read_or_refused_in_a_line(tmp_path: Path) -> None:
    picture = drawn.scan([("第一条内容。", 20.0, 40.0, 14.0)]).crop((0, 0, 420, 160))
    out = BytesIO()
    picture.save(out, "PNG")
    broken.write(tmp_path, "png", out.getvalue(), scaled(5, 300), seed=31)
    assert len(broken.read_all(tmp_path, "png")) == scaled(5, 300)
