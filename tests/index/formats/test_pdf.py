"""PDFs: read as they were set; encrypted, broken and gigantic ones refused in one line."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from index import read_text
from index.errors import DocumentDamaged, DocumentEncrypted, EmptyDocument, FormatExtraMissing, TooLarge
from index.formats import limits, ocr, pdf, recognition
from index.formats.placed import Sheet
from index.reading.view import read_view
from index.structure.tree import parse_sections
from tests.index.formats import broken, official
from tests.long import scaled


def written(folder: Path, data: bytes, name: str = "通知.pdf") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def drawn(turned: int = 0, watermark: str = "") -> bytes:
    """Return the document on pages that are turned, with a watermark across."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfgen.canvas import Canvas

    official.as_pdf([])  # the font
    width, height = official.WIDTH, official.HEIGHT
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width, height))
    for page in official.pages():
        canvas.setPageRotation(turned)
        canvas.translate(*{0: (0, 0), 90: (height, 0), 180: (width, height), 270: (0, width)}[turned])
        canvas.rotate({0: 0, 90: 90, 180: 180, 270: -90}[turned])
        if watermark:
            canvas.saveState()
            canvas.translate(300, 400)
            canvas.rotate(45)
            canvas.setFont("STSong-Light", 60)
            canvas.drawCentredString(0, 0, watermark)
            canvas.restoreState()
        for text, x, base, size in page:
            canvas.setFont("STSong-Light", size)
            nominal = sum(0.5 if char.isascii() else 1.0 for char in text) * size
            spare = nominal - pdfmetrics.stringWidth(text, "STSong-Light", size)
            canvas.drawString(x, height - base, text, charSpace=spare / len(text))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def scanned(folder: Path) -> bytes:
    """Return a PDF of a picture alone."""
    from PIL import Image
    from reportlab.pdfgen.canvas import Canvas

    Image.new("L", (200, 280), "white").save(folder / "page.png")
    out = BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.drawImage(str(folder / "page.png"), 0, 0, 595, 842)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_a_pdf_reads_as_its_text(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    data = official.as_pdf(official.pages(header="全县文件汇编"))
    found = pdf.extract(written(tmp_path, data), lambda done, whole: told.append((done, whole)))
    assert found.text == official.as_text()
    assert [(page.number, page.scan) for page in found.pages] == [(1, None), (2, None)]
    assert told == [(1, 2), (2, 2)]
    assert not found.notes


def test_its_tree_is_that_of_the_text(tmp_path: Path) -> None:
    found = pdf.extract(written(tmp_path, official.as_pdf(official.pages())))
    sections = parse_sections(read_view(found.text))
    assert sections == parse_sections(read_view(official.as_text()))
    assert len(sections) == 9
    assert read_text(found.text).title == official.HEAD


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_turned_pages_are_read(turned: int, tmp_path: Path) -> None:
    assert pdf.extract(written(tmp_path, drawn(turned))).text == official.as_text()


def test_a_watermark_is_left_out(tmp_path: Path) -> None:
    assert pdf.extract(written(tmp_path, drawn(watermark="内部资料"))).text == official.as_text()


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("县政府通知", "县政府通知"),
        ("untitled", None),
        ("Microsoft Word - 1.doc", None),
        ("稿.docx", None),
        ("", None),
    ],
)
def test_the_title_of_its_properties(given: str, title: str | None, tmp_path: Path) -> None:
    from pypdfium2 import PdfDocument

    official.as_pdf([])
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setTitle(given)
    canvas.setFont("STSong-Light", 16)
    canvas.drawString(100, 600, "第一条内容。")
    canvas.save()
    assert PdfDocument(tmp_path / "a.pdf").get_metadata_dict()["Title"] == given
    assert pdf.extract(tmp_path / "a.pdf").title == title


def test_an_encrypted_one_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, official.as_pdf(official.pages(), encrypt="secret"))
    with pytest.raises(DocumentEncrypted) as raised:
        pdf.extract(path)
    assert str(raised.value) == "通知.pdf 需要密码才能打开：应为没有加密的 PDF。请去掉密码后再试。"


def test_one_that_may_only_not_be_printed_is_read(tmp_path: Path) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    locked = StandardEncryption("", ownerPassword="secret", canPrint=0)
    assert (
        pdf.extract(written(tmp_path, official.as_pdf(official.pages(), encrypt=locked))).text
        == official.as_text()
    )


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"\x00" * 500, b"MZ" + b"\x90" * 2_000, "讲话".encode()]
)
def test_what_is_no_pdf_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(
        DocumentDamaged,
        match=r"^通知\.pdf 打不开：应为完整的 PDF，实际内容已损坏（.+）。请重新导出或换一个文件。$",
    ):
        pdf.extract(written(tmp_path, data))


def test_too_many_pages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PAGES", 1)
    with pytest.raises(TooLarge) as raised:
        pdf.extract(written(tmp_path, official.as_pdf(official.pages())))
    assert str(raised.value) == "通知.pdf 页数太多：最多 1 页，实际 2 页。请拆成几个文件。"


def test_too_much_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CHARACTERS", 600)
    with pytest.raises(TooLarge, match="文字太多：最多 600 字"):
        pdf.extract(written(tmp_path, official.as_pdf(official.pages())))


def test_an_empty_page_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(EmptyDocument) as raised:
        pdf.extract(written(tmp_path, official.as_pdf([[]])))
    assert str(raised.value) == "通知.pdf 里没有文字：应为有文字或清晰扫描的 PDF。请检查文件。"


def missing() -> None:
    raise FormatExtraMissing("请安装。")


def test_a_scan_without_the_extra_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "recogniser", missing)
    with pytest.raises(FormatExtraMissing, match="请安装"):
        pdf.extract(written(tmp_path, scanned(tmp_path)))


def test_scanned_pages_among_others_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pypdfium2 import PdfDocument

    monkeypatch.setattr(ocr, "recogniser", missing)
    whole = PdfDocument(official.as_pdf(official.pages()))
    whole.import_pages(PdfDocument(scanned(tmp_path)))
    whole.save(tmp_path / "通知.pdf")
    found = pdf.extract(tmp_path / "通知.pdf")
    assert found.text == official.as_text()
    assert found.notes == ("第 3 页是扫描图像，没有识别：请安装。",)
    assert len(found.pages) == 3


def test_a_scan_of_a_gigantic_page_is_looked_at_as_small_as_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = []

    def look(image: Any, number: int, width: float) -> Sheet:
        shapes.append(image.shape[:2])
        return Sheet(number, width, width)

    monkeypatch.setattr(ocr, "recogniser", lambda: look)
    data = (
        scanned(tmp_path)
        .replace(b"0 0 595 842", b"0 0 9995 9842")
        .replace(b"595 0 0 842 0 0 cm", b"9995 0 0 9842 0 0 cm")
    )
    path = written(tmp_path, data)
    monkeypatch.setattr(pdf, "_is_scan", lambda *given: True)
    with pytest.raises(EmptyDocument):
        pdf.extract(path)
    assert len(shapes) == 1 and max(shapes[0]) <= recognition.SIDE + 1


def test_broken_ones_are_read_or_refused_in_a_line(tmp_path: Path) -> None:
    plain = official.as_pdf(official.pages(), pageCompression=0)
    broken.write(tmp_path, "pdf", plain, scaled(40, 1_000), seed=17)
    lines = broken.read_all(tmp_path, "pdf")
    assert len(lines) == scaled(40, 1_000)
    assert any(line.startswith("文字") for line in lines)
    assert any(line.startswith("DocumentDamaged") for line in lines)
