"""What a file is, by its first bytes and its members, never by its name alone; what is not read is refused by name."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from index.errors import FileUnreadable, UnsupportedFormat
from index.formats.zips import damaged, encrypted

READ = "Word、WPS、PDF、OFD、Excel、网页、图片、txt、md 文件，或它们的 zip 压缩包"
HEAD = 4096  # bytes that are looked at

_FIB = 512  # where a doc's own header begins: its magic number, and 11 bytes on whether it is encrypted
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES = (
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
)
# What is told by its first bytes and not read, as a person calls it.
_REFUSED = (
    (b"MZ", "程序（exe 或 dll）"),
    (b"\x7fELF", "程序"),
    (b"\xca\xfe\xba\xbe", "程序"),
    (b"\xcf\xfa\xed\xfe", "程序"),
    (b"Rar!\x1a\x07", "RAR 压缩包"),
    (b"7z\xbc\xaf'\x1c", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"BZh", "bzip2 压缩包"),
    (b"\xfd7zXZ\x00", "xz 压缩包"),
    (b"SQLite format 3\x00", "数据库"),
    (b"ID3", "录音"),
    (b"OggS", "录音或录像"),
    (b"fLaC", "录音"),
    (b"\x1aE\xdf\xa3", "录像"),
    (b"\x00\x00\x01\x00", "图标"),
    (b"AT&TFORM", "DjVu 扫描件"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "录音或录像"),
    (b"%!PS", "PostScript 文件"),
    (b"HN  ", "CAJ 文件"),
    (b"CAJ\x00", "CAJ 文件"),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]",
    re.I | re.S,
)
_MHTML = re.compile(rb"\s*(?:From:|MIME-Version:|Subject:|Date:|Content-Type:)", re.I)
_MEMBERS = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", ""),
    ("ppt/presentation.xml", ""),
    ("OFD.xml", "ofd"),
)
_PARTS = (("word/", "docx"), ("xl/", "xlsx"))


def kind_of(path: Path) -> str:
    """Return txt, html, docx, xlsx, pdf, ofd, image, doc, xls, wps, rtf or zip.

    `txt` is all that shows nothing else: its decoding says whether it is text. Raises UnsupportedFormat,
    DocumentEncrypted, DocumentDamaged, FileUnreadable.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise FileUnreadable(f"文件 {path} 读不了（{error}）。请检查路径或换一个文件。") from error
    return kind_of_bytes(head, path)


def kind_of_bytes(head: bytes, path: Path) -> str:
    """Return a file's kind by its first HEAD bytes; the rest of `path` is read where they leave it open."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path)
    if head.startswith(_OLE):
        return _compound(path)
    if found := next((kind for sign, kind in _SIGNATURES if head.startswith(sign)), None):
        return found
    if head.lstrip(b"\xef\xbb\xbf \t\r\n\f\x00").startswith(b"%PDF-"):
        return "pdf"
    if (called := _refused(head)) is not None:
        raise refused(path, called)
    return _written(head, path)


def refused(path: Path, called: str, way: str = "请换一个文件。") -> UnsupportedFormat:
    """Return what to say of a file that is not read; `way` is what to do about it."""
    return UnsupportedFormat(f"{path.name} 是{called}：应为 {READ}。{way}")


def _refused(head: bytes) -> str | None:
    """Return what a person calls a file that is not read; None where its bytes do not tell."""
    sign, called = next(((sign, called) for sign, called in _REFUSED if head.startswith(sign)), (b"", None))
    if head[4:8] == b"ftyp":
        return "图片（HEIC）" if head[8:12] in (b"heic", b"heix", b"mif1") else "录音或录像"
    if head.startswith(b"RIFF") and head[8:12] in (b"WAVE", b"AVI "):
        return "录音或录像"
    is_text = b"\x00" not in head and sign.isascii() and sign.strip().isalnum()
    return None if is_text else called  # a text may begin with MZ, ID3 or BZh


def _written(head: bytes, path: Path) -> str:
    """Return what text is by its first words: a web page, or text."""
    if (head.startswith(b"RIFF") and head[8:12] == b"WEBP") or (
        head.startswith(b"BM") and head[6:10] == b"\x00\x00\x00\x00"
    ):
        return "image"
    plain = head.replace(b"\x00", b"") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head
    plain = plain.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    if _HTML.match(plain) or (path.suffix.lower() in (".html", ".htm", ".xhtml", ".shtml") and b"<" in plain):
        return "html"
    if _MHTML.match(plain) and b"multipart/related" in plain:
        raise refused(path, "单个文件的网页（mht）", "请用 Word 打开，另存为 docx。")
    if plain.lstrip().startswith(b"<?xml") and b"<?mso-application" in plain:
        raise refused(path, "旧式的 XML 文档", "请用 Word 或 Excel 打开，另存为 docx 或 xlsx。")
    return "txt"


def _zipped(path: Path) -> str:
    """Return what a zip is by its members."""
    try:
        with zipfile.ZipFile(path) as file:
            infos = file.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, OSError, EOFError) as error:
        raise damaged(path.name) from error
    names = {info.filename.replace("\\", "/") for info in infos}
    for name, kind in _MEMBERS:
        if name in names:
            if not kind:
                raise refused(
                    path, "演示文稿（pptx）" if name.startswith("ppt") else "二进制的 Excel 文件（xlsb）"
                )
            return kind
    if "[Content_Types].xml" in names:
        if kind := next((k for part, k in _PARTS if any(n.startswith(part) for n in names)), ""):
            return kind
        raise damaged(path.name)
    if "mimetype" in names or "META-INF/container.xml" in names:
        raise refused(path, " OpenDocument 文件或电子书", "请用 Word、WPS 或 LibreOffice 打开，另存为 docx。")
    if any(name in names for name in ("AndroidManifest.xml", "META-INF/MANIFEST.MF")):
        raise refused(path, "程序（apk 或 jar）")
    if infos and all(info.flag_bits & 1 for info in infos if not info.is_dir()):
        raise encrypted(path.name)
    return "zip"


def _compound(path: Path) -> str:
    """Return what an OLE file is by the names of its streams, which stand in it in UTF-16."""
    with path.open("rb") as file:
        data = file.read(60_000_000)

    if data[_FIB : _FIB + 2] == b"\xec\xa5" and data[_FIB + 11] & 1:
        raise encrypted(path.name)

    def has(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if has("EncryptedPackage") or has("DataSpaces"):
        raise encrypted(path.name)
    if has("WordDocument"):
        return "wps" if path.suffix.lower() == ".wps" else "doc"
    if has("Workbook") or has("Book"):
        return "xls"
    if has("PowerPoint Document"):
        raise refused(path, "演示文稿（ppt）")
    if has("__properties_version1.0"):
        raise refused(path, "Outlook 邮件")
    if path.suffix.lower() == ".wps":
        return "wps"
    raise refused(path, "认不出内容的复合文档（OLE）")
