"""What a file is: by its bytes and members, whatever it is called; each refusal names it in Chinese."""

import zipfile
from pathlib import Path

import pytest

from index.errors import DocumentDamaged, DocumentEncrypted, FileUnreadable, ReadingError, UnsupportedFormat
from index.formats.kinds import READ, kind_of
from tests.index.formats.made import docx, p, write_zip

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
HEIC = b"\x00\x00\x00\x18ftypheic"


def ole(*streams: str) -> bytes:
    return OLE + b"".join(name.encode("utf-16-le") + b"\x00" * 40 for name in streams)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.txt", "关于做好工作的通知".encode(), "txt"),
        ("a.txt", b"", "txt"),
        ("a.docx", "其实是文本".encode("gbk"), "txt"),
        ("a.txt", b"MZ is a country", "txt"),
        ("a.txt", b"BZh9 is no word", "txt"),
        ("a.txt", "ID3决策树".encode(), "txt"),
        ("a.txt", "RIFF、GIF8 和 %PDF-1.7 都是文件的开头".encode(), "txt"),
        ("a.md", "# 标题\n<b>粗</b>".encode(), "txt"),
        ("a.txt", "文中提到<html>标签".encode(), "txt"),
        ("a.doc", b"<html><body>", "html"),
        ("a", b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html>", "html"),
        ("a", b'<?xml version="1.0"?><!-- x --><html xmlns="y">', "html"),
        ("a", b"<!-- saved from url=(0022)http://a/ -->\n<HTML>", "html"),
        ("a", "<html><body>".encode("utf-16"), "html"),
        ("a.htm", "<p>只有一段</p>".encode(), "html"),
        ("a.doc", b"{\\rtf1\\ansi", "rtf"),
        ("a.doc", b"%PDF-1.7", "pdf"),
        ("a.pdf", b"\r\n\r\n%PDF-1.4", "pdf"),
        ("a.docx", ole("WordDocument"), "doc"),
        ("a.wps", ole("WordDocument"), "wps"),
        ("a.wps", ole("其他"), "wps"),
        ("a.xls", ole("Workbook"), "xls"),
        ("a", b"\x89PNG\r\n\x1a\n", "image"),
        ("a", b"\xff\xd8\xff\xe0", "image"),
        ("a", b"II*\x00", "image"),
        ("a", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image"),
        ("a", b"BM\x00\x00\x01\x00\x00\x00\x00\x00", "image"),
    ],
)  # fmt: skip
def test_kinds_by_their_bytes(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert kind_of(tmp_path / name) == kind


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        (["[Content_Types].xml", "word/document.xml"], "docx"),
        (["[Content_Types].xml", "word/document2.xml"], "docx"),
        (["[Content_Types].xml", "xl/workbook.xml"], "xlsx"),
        (["OFD.xml", "Doc_0/Document.xml"], "ofd"),
        (["通知.docx", "报告.txt"], "zip"),
        ([], "zip"),
    ],
)
def test_kinds_of_zips(tmp_path: Path, members: list[str], kind: str) -> None:
    assert kind_of(write_zip(tmp_path / "a.doc", dict.fromkeys(members, ""))) == kind


@pytest.mark.parametrize(
    ("data", "called"),
    [
        (b"MZ\x90\x00", "程序（exe 或 dll）"),
        (b"\x7fELF\x02", "程序"),
        (b"Rar!\x1a\x07\x00", "RAR 压缩包"),
        (b"7z\xbc\xaf'\x1c", "7z 压缩包"),
        (b"\x1f\x8b\x08", "gzip 压缩包"),
        (b"BZh91AY&SY\x00\x01", "bzip2 压缩包"),
        (b"\x00\x00\x00\x18ftypmp42", "录音或录像"),
        (HEIC, "图片（HEIC）"),
        (b"ID3\x04\x00", "录音"),
        (b"%!PS-Adobe-3.0", "PostScript 文件"),
        (b"RIFF\x00\x00\x00\x00WAVE", "录音或录像"),
        (b"SQLite format 3\x00", "数据库"),
        (ole("PowerPoint Document"), "演示文稿（ppt）"),
        (ole("__properties_version1.0"), "Outlook 邮件"),
        (OLE, "认不出内容的复合文档（OLE）"),
    ],
)
def test_refusals_by_name(tmp_path: Path, data: bytes, called: str) -> None:
    (tmp_path / "讲话.docx").write_bytes(data)
    with pytest.raises(UnsupportedFormat) as raised:
        kind_of(tmp_path / "讲话.docx")
    assert str(raised.value) == f"讲话.docx 是{called}：应为 {READ}。请换一个文件。"


@pytest.mark.parametrize(
    ("members", "error", "words"),
    [
        (["ppt/presentation.xml"], UnsupportedFormat, "是演示文稿（pptx）"),
        (["xl/workbook.bin"], UnsupportedFormat, "是二进制的 Excel 文件（xlsb）"),
        (["mimetype", "content.xml"], UnsupportedFormat, "请用 Word、WPS 或 LibreOffice 打开，另存为 docx。"),
        (["META-INF/MANIFEST.MF"], UnsupportedFormat, "是程序（apk 或 jar）"),
        (["[Content_Types].xml"], DocumentDamaged, "已损坏"),
    ],
)
def test_refused_zips(tmp_path: Path, members: list[str], error: type[ReadingError], words: str) -> None:
    with pytest.raises(error) as raised:
        kind_of(write_zip(tmp_path / "a.docx", dict.fromkeys(members, "")))
    assert words in str(raised.value)


def test_encrypted_office_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "密.docx").write_bytes(ole("DataSpaces", "EncryptionInfo", "EncryptedPackage"))
    with pytest.raises(DocumentEncrypted) as raised:
        kind_of(tmp_path / "密.docx")
    assert (
        str(raised.value) == "密.docx 加了密码：应为没有密码的文件。请用 Word、WPS 或压缩软件取消密码后再试。"
    )


def test_a_doc_that_word_encrypted_itself(tmp_path: Path) -> None:
    data = (
        ole("WordDocument")[:512] + b"\xec\xa5" + b"\x00" * 9 + b"\x01" + "WordDocument".encode("utf-16-le")
    )
    (tmp_path / "密.doc").write_bytes(data)
    with pytest.raises(DocumentEncrypted):
        kind_of(tmp_path / "密.doc")


def test_a_zip_of_encrypted_members(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"甲.txt": "字"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(DocumentEncrypted):
        kind_of(path)


def test_a_page_in_one_file_and_old_xml(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n")
    with pytest.raises(UnsupportedFormat, match=r"单个文件的网页（mht）.*请用 Word 打开，另存为 docx。"):
        kind_of(tmp_path / "a.doc")
    (tmp_path / "a.xml").write_bytes(b'<?xml version="1.0"?><?mso-application progid="Word.Document"?>')
    with pytest.raises(UnsupportedFormat, match=r"旧式的 XML 文档"):
        kind_of(tmp_path / "a.xml")


def test_a_cut_docx_and_a_missing_file(tmp_path: Path) -> None:
    data = docx(tmp_path / "a.docx", p("字" * 1000)).read_bytes()
    (tmp_path / "a.docx").write_bytes(data[: len(data) // 2])
    with pytest.raises(DocumentDamaged):
        kind_of(tmp_path / "a.docx")
    assert not zipfile.is_zipfile(tmp_path / "a.docx")
    with pytest.raises(FileUnreadable):
        kind_of(tmp_path / "无.docx")
