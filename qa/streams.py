r"""Standard input and output of the command line: encodings, and streams that are closed, full or broken.

What is written is in the stream's own encoding where that has simplified Chinese (UTF-8, GBK), else in UTF-8; a character
that it lacks is written as \uXXXX, which JSON reads and a person sees is not the text's. What is read may be UTF-8
or GBK, line by line, whatever the system says.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import shutil
import sys
from typing import Any, TextIO

from qa.errors import BadRequest

_PROBE = "说话问答，“引”"  # simplified characters: Big5 has none of them
_PLAUSIBLE = (
    0.75  # share of what is not ASCII that GB2312 has: of GBK text nearly all, of damaged UTF-8 under half
)


def prepare() -> None:
    """Set the encodings of the three streams, and keep closed ones' places from being taken by files."""
    with contextlib.suppress(OSError):
        while (place := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass  # 0, 1 or 2 was closed: the next file opened would have become a standard stream
        os.close(place)
    codecs.register_error("speechqa", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=written_encoding(stream.encoding), errors="speechqa")
    global _declared
    if hasattr(sys.stdin, "reconfigure"):
        _declared = sys.stdin.encoding
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")


_declared = "utf-8"


def written_encoding(encoding: str) -> str:
    """Return the encoding to write in: the stream's own where it has simplified Chinese, else UTF-8."""
    try:
        _PROBE.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "utf-8"
    return encoding


def _escaped(error: UnicodeError) -> tuple[str, int]:
    r"""Write what an encoding lacks as JSON does, in UTF-16 units: U+20BB7 as \ud842\udfb7."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{lost[at : at + 4]}" for at in range(0, len(lost), 4)), error.end


def typed(text: str, declared: str | None = None) -> str:
    """Return what was typed, where it was read as UTF-8 with surrogate escapes and may have been GBK.

    Raises BadRequest where it is neither.
    """
    declared = _declared if declared is None else declared
    data = text.encode("utf-8", "surrogateescape") if _is_escaped(text) else text.encode("utf-8", "replace")
    is_utf8 = not _is_escaped(text)
    is_gbk = codecs.lookup(declared).name in ("gbk", "gb2312", "gb18030")
    if is_utf8 and not (is_gbk and not text.isascii() and not _has_chinese(text)):
        return text
    with contextlib.suppress(UnicodeDecodeError):
        read = data.decode("gb18030")
        if _is_plausible(read):
            return read
    if is_utf8:
        return text
    raise BadRequest("文字的编码认不出：应为 UTF-8 或 GBK，实际都不是。请把输入另存为 UTF-8 再试。")


def _is_escaped(text: str) -> bool:
    return any("\udc80" <= char <= "\udcff" for char in text)


def _has_chinese(text: str) -> bool:
    return any("\u3000" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef" for char in text)


def _is_plausible(text: str) -> bool:
    """Tell whether most of what is not ASCII is what people write: damaged UTF-8 gives rare characters in GBK."""
    foreign = [char for char in text if not char.isascii()]
    return len([c for c in foreign if c.encode("gb2312", "ignore")]) >= _PLAUSIBLE * len(foreign)


def standard_input() -> TextIO:
    """Return standard input. Raises OSError where it is closed."""
    if sys.stdin is None or sys.stdin.closed:
        raise OSError("标准输入是关闭的，读不到问题")
    return sys.stdin


def read_question() -> str:
    """Return all of standard input as one question, as `typed` reads it. Raises OSError, BadRequest."""
    return typed(standard_input().read()).strip().removeprefix("\ufeff")


def columns() -> int | None:
    """Return the width of the terminal that is written to; None where it is none: what is piped on is not wrapped."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def wants_color() -> bool:
    """Tell whether to write ANSI codes: to a terminal, and not where NO_COLOR is set (no-color.org)."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(text: str) -> None:
    """Write a line of output; where its reader has gone the rest goes nowhere, and the command still ends as it would.

    Raises OSError.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.write(f"{text}\n")
    except BrokenPipeError:
        silence(sys.stdout)


def complain(message: str) -> None:
    """Write a line to standard error, where there is one that takes it."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr is not None:
            sys.stderr.write(f"{message}\n")
            sys.stderr.flush()


def flush_output() -> None:
    """Write what is still to be written. Raises OSError, also where standard output is closed."""
    if sys.stdout is None or sys.stdout.closed:
        raise OSError("标准输出是关闭的，写不出去")
    sys.stdout.flush()


def silence(stream: Any) -> None:
    """Let whatever is still written to a stream that takes nothing more go nowhere, without a second error."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
