"""doc, wps, rtf, xls: by antiword or LibreOffice where they are installed, else one line how to convert."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from docx import Document as WordFile

from index import read_document
from index.errors import FormatExtraMissing
from index.formats import legacy
from index.formats.types import Extracted
from tests.long import only_long

OFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
TEXT = [
    "关于做好春耕工作的通知",
    "一、总体要求",
    "各乡镇要把粮食生产放在首位，落实播种面积，确保全年产量稳定。" * 3,
]


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one document in older formats, as LibreOffice writes them."""
    folder = tmp_path_factory.mktemp("older")
    file = WordFile()
    for paragraph in TEXT:
        file.add_paragraph(paragraph)
    table = file.add_table(2, 2)
    file.add_paragraph("某县人民政府")
    for place, text in enumerate(("指标", "2024年", "粮食", "50")):
        table.cell(place // 2, place % 2).text = text
    file.save(str(folder / "a.docx"))
    for form in ("doc", "rtf"):
        command = [
            str(OFFICE),
            "--headless",
            f"-env:UserInstallation={(folder / 'p').as_uri()}",
            "--convert-to",
            form,
        ]
        subprocess.run(
            [*command, "--outdir", str(folder), str(folder / "a.docx")], check=True, capture_output=True
        )
    return folder


def content(text: str) -> list[str]:
    return [line.rstrip("\t") for line in text.split("\n") if line]


@needs_office
@pytest.mark.parametrize("form", ["doc", "rtf"])
def test_older_formats(converted: Path, form: str) -> None:
    document = read_document(converted / f"a.{form}")
    assert content(document.text) == [*TEXT, "指标\t2024年", "粮食\t50", "某县人民政府"]
    assert document.format == form


@only_long
@needs_office
def test_a_doc_without_antiword(converted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "antiword" else OFFICE)
    assert content(legacy.extract(converted / "a.doc").text) == [
        *TEXT,
        "指标\t2024年",
        "粮食\t50",
        "某县人民政府",
    ]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.doc", "WordDocument", "a.doc 是旧式的 Word 文件（doc），这台电脑上没有读它的 antiword 或 LibreOffice。请用 Word 或 WPS 打开，另存为 docx 后再试。"),
        ("a.wps", "WordDocument", "a.wps 是WPS 文件（wps），这台电脑上没有读它的 LibreOffice。请用 Word 或 WPS 打开，另存为 docx 后再试。"),
        ("a.xls", "Workbook", "a.xls 是旧式的 Excel 文件（xls），这台电脑上没有读它的 LibreOffice。请用 Word 或 WPS 打开，另存为 xlsx 后再试。"),
    ],
)  # fmt: skip
def test_without_either_it_says_how_to_convert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: str, message: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + data.encode("utf-16-le"))
    with pytest.raises(FormatExtraMissing) as raised:
        legacy.extract(tmp_path / name)
    assert str(raised.value) == message


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_what_antiword_says_is_text_and_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "antiword"
    script.write_text(
        "#!/bin/sh\nprintf '一、要求\\n\\n\\n\\n[pic]\\n|甲 |乙 |\\n|  |丁|\\n正文 | 有竖线\\n'\n", "utf-8"
    )
    script.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(script))
    (tmp_path / "a.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"))
    assert legacy.extract(tmp_path / "a.doc") == Extracted("一、要求\n\n甲\t乙\n\t丁\n正文 | 有竖线\n")
