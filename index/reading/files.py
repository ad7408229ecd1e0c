"""File -> Document: one canonical text, into which every offset points."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from importlib import resources
from pathlib import Path, PurePath

from index.errors import EmptyDocument, FileUnreadable, NotText, TooLarge, UnsupportedFormat
from index.formats.isolated import extract_isolated
from index.formats.kinds import HEAD, kind_of_bytes
from index.formats.types import Extracted
from index.reading.decoding import decode
from index.reading.metadata import read_metadata
from index.reading.sidecar import read_sidecar
from index.reading.view import read_view
from index.types import Document, Progress, Shown

MAX_BYTES = 20_000_000  # about 7 million characters, 500 times the built-in speech
MAX_FILE = 50_000_000  # of the other formats, whose pictures weigh
BUILTIN_TITLE = "在县委全会上的讲话"

_SUBSTANCE = re.compile(r"[^\W_]")
_WORDS = re.compile(r"[\u4e00-\u9fff]{4}")
_NO_TITLE = re.compile(
    r"Microsoft|Word|WPS|PowerPoint|(?:新建)?文档|无标题|未命名|标题|幻灯片|Untitled", re.I
)
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")
_CONTROLS = 0.01  # share of control characters that text out of Word or a terminal has; the view drops them


def read_document(
    path: Path, *, title: str | None = None, called: str | None = None, progress: Progress | None = None
) -> Document:
    """Read a file of any format, and the corrections beside it.

    `called` is what messages call it where `path` is a copy; `progress` is told (pages read, pages) by formats that
    take long. Text is read here, every other format in a process of its own (index/formats/isolated.py).
    Raises ReadingError: FileUnreadable, TooLarge, NotText, EmptyDocument, BadSidecar, UnsupportedFormat,
    FormatExtraMissing, DocumentEncrypted, DocumentDamaged, Unsafe, ParsingStopped.
    """
    name = called or str(path)
    data, size = _read_bytes(path, name)
    kind = kind_of_bytes(data[:HEAD], path) if data else "txt"
    most = MAX_BYTES if kind == "txt" else MAX_FILE
    if size > most:
        raise TooLarge(
            f"文件 {name} 太大：最多 {most // 1_000_000} MB，实际 {size / 1e6:.1f} MB。请拆成几个文件。"
        )
    if kind == "zip":
        raise UnsupportedFormat(
            f"{name} 是压缩包：这里应为一篇文稿。请解压后再试，或用 speechqa index 一并建立索引。"
        )
    corrections = read_sidecar(path) | ({"title": title} if title else {})
    source = PurePath(name).name
    if kind == "txt":
        return _document(
            decode(data, name), source, corrections, Extracted(""), "md" if _is_markdown(path) else kind
        )
    found = extract_isolated(path, kind, progress)
    return _document(found.text, source, corrections, found, kind)


def _is_markdown(path: Path) -> bool:
    return path.suffix.lower() in (".md", ".markdown")


def _read_bytes(path: Path, name: str) -> tuple[bytes, int]:
    """Return a text's bytes, or the first of a larger file, and its size. Raises FileUnreadable."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(MAX_BYTES + 1 if size <= MAX_BYTES else HEAD)
    except IsADirectoryError as error:
        raise FileUnreadable(f"{name} 是文件夹：应为一个 txt 或 md 文件。请写出其中的文件。") from error
    except FileNotFoundError as error:
        raise FileUnreadable(f"找不到文件 {name}。请检查路径。") from error
    except PermissionError as error:
        raise FileUnreadable(f"没有权限读取 {name}。请修改文件权限或换一个文件。") from error
    except (OSError, ValueError) as error:
        raise FileUnreadable(f"文件 {name} 读不了（{error}）。请检查路径或换一个文件。") from error
    return data, max(size, len(data))


def read_text(
    text: str, *, title: str | None = None, source: str = "", corrections: Mapping[str, str] | None = None
) -> Document:
    """Return the document of an already decoded text; `title` and `corrections` win over what the text shows.

    Raises NotText where it holds NUL, lone surrogates or many control characters, EmptyDocument where it
    holds neither a letter nor a digit.
    """
    given = dict(corrections or {}) | ({"title": title} if title else {})
    return _document(text, source, given, Extracted(""), "txt")


def _document(
    text: str, source: str, corrections: Mapping[str, str], found: Extracted, kind: str
) -> Document:
    """Return the document of a text; `found` brings its pages and the title among the file's properties."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = _encodable(source)
    name = source or "文本"
    if control := _no_text(text):
        line = text.count("\n", 0, control.start()) + 1
        raise NotText(
            f"{name} 不是纯文本：第 {line} 行有控制字符 U+{ord(control[0]):04X}。请删去它，或另存为 UTF-8 的 txt 文件。"
        )
    if not _SUBSTANCE.search(text):
        raise EmptyDocument(f"{name} 里没有文字：应为讲话或报告全文。请检查文件。")
    identity = sha256(text.encode("utf-8")).hexdigest()[:12]
    view = read_view(text)
    metadata = read_metadata(view, source)
    if view.title is None and view.has_lines and (property_ := _named(found.title)):
        metadata = replace(metadata, title=Shown(property_))
    for field, value in corrections.items():
        if given := " ".join(_encodable(value).split()):
            metadata = replace(metadata, **{field: Shown(given)})
    return Document(
        identity, metadata.title.value, text, view.has_lines, source, metadata, found.pages, kind, found.notes
    )


def _named(title: str | None) -> str:
    """Return the title among a file's properties where it is one, not what a program put there; else nothing."""
    words = " ".join(_encodable(title or "").split())
    return words if len(words) <= 80 and _WORDS.search(words) and not _NO_TITLE.match(words) else ""


def builtin_document() -> Document:
    """Return the speech that is shipped with the package."""
    data = (resources.files("index") / "data" / "speech" / "document.txt").read_bytes()
    return read_text(data.decode("utf-8"), title=BUILTIN_TITLE, source="document.txt")


def _no_text(text: str) -> re.Match[str] | None:
    """Return what shows that this is no text: NUL, half a surrogate pair, or the first of many control characters."""
    if found := _NO_TEXT.search(text):
        return found
    control = _CONTROL.search(text)
    many = control and sum(1 for _ in _CONTROL.finditer(text)) > max(8, _CONTROLS * len(text))
    return control if many else None


def _encodable(text: str) -> str:
    """Return `text` with lone surrogates (a file name's undecodable bytes) replaced by ?."""
    return text.encode("utf-8", "replace").decode("utf-8")
