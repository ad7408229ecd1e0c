"""File -> Document: one canonical text, into which every offset points."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib import resources
from pathlib import Path

from charset_normalizer import from_bytes

from index.errors import EmptyDocument, FileUnreadable, NotText, TooLarge
from index.types import Document

MAX_BYTES = 20_000_000  # about 7 million characters, 500 times the built-in speech
BUILTIN_TITLE = "在县委全会上的讲话"

_SUBSTANCE = re.compile(r"[\w]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TITLE_END = re.compile(r"[。！？；!?;，,]")
_RUN_IN_TITLE = re.compile(
    r"^(.{4,60}?(?:讲话|报告|意见|决定|决议|公报|致辞|演讲|通知|规划|方案|要点))(?=[（(—\n\s]|同志们|各位)"
)
_FIRST_WORDS = 20


def read_document(path: Path, *, title: str | None = None) -> Document:
    """Read a txt or md file. Raises FileUnreadable, TooLarge, NotText, EmptyDocument."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TooLarge(
                f"文件 {path} 太大：最多 {MAX_BYTES // 1_000_000} MB，实际 {size / 1e6:.1f} MB。请拆成几个文件。"
            )
        data = path.read_bytes()
    except IsADirectoryError as error:
        raise FileUnreadable(f"{path} 是文件夹：应为一个 txt 或 md 文件。请写出其中的文件。") from error
    except FileNotFoundError as error:
        raise FileUnreadable(f"找不到文件 {path}。请检查路径。") from error
    except PermissionError as error:
        raise FileUnreadable(f"没有权限读取 {path}。请修改文件权限或换一个文件。") from error
    except OSError as error:
        raise FileUnreadable(f"文件 {path} 读不了：{error.strerror}。") from error
    return read_text(decode(data, str(path)), title=title, source=path.name)


def read_text(text: str, *, title: str | None = None, source: str = "") -> Document:
    """Return the document of an already decoded text; `title` wins over what the text shows."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    name = source or "文本"
    if _CONTROL.search(text) or any("\ud800" <= c <= "\udfff" for c in text):
        raise NotText(f"{name} 不是纯文本：含有控制字符。请另存为 UTF-8 的 txt 文件。")
    if not _SUBSTANCE.search(text):
        raise EmptyDocument(f"{name} 里没有文字：应为讲话或报告全文。请检查文件。")
    identity = sha256(text.encode("utf-8")).hexdigest()[:12]
    return Document(identity, (title or "").strip() or find_title(text), text, has_lines(text), source)


def builtin_document() -> Document:
    """Return the speech that is shipped with the package."""
    data = (resources.files("index") / "data" / "speech" / "document.txt").read_bytes()
    return read_text(data.decode("utf-8"), title=BUILTIN_TITLE, source="document.txt")


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8, UTF-16, GB18030 or Big5; raises NotText for anything else."""
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    if b"\x00" in data:
        raise NotText(f"{name} 是二进制文件：应为 txt 或 md 文本。请另存为 UTF-8 的 txt 文件。")
    best = from_bytes(data, cp_isolation=["gb18030", "big5"]).best()
    if best is None:
        raise NotText(f"{name} 的编码认不出：应为 UTF-8、GB18030、Big5 或 UTF-16。请另存为 UTF-8。")
    return str(best)


def has_lines(text: str) -> bool:
    """Tell whether paragraphs can be counted: not where over 2,000 characters stand on one line or two."""
    lines = [line for line in text.split("\n") if line.strip()]
    return len(text) <= 2000 or len(lines) > 2


def find_title(text: str) -> str:
    """Return the title that the text shows, else its first words."""
    first = next(line.strip() for line in text.split("\n") if line.strip()).lstrip("# ")
    run_in = _RUN_IN_TITLE.match(first)
    if run_in:
        return run_in[1]
    if len(first) <= 50 and not _TITLE_END.search(first) and not first.endswith(("：", ":")):
        return first
    return re.split(r"[，。！？；：,:;!?]", first)[0][:_FIRST_WORDS] or first[:_FIRST_WORDS]
