"""The process that reads one file: limits set, the network shut, the result written as lines of JSON.

Started by index/formats/isolated.py with the kind and the path. A line is {"progress": [pages read, pages]}, then
one of {"text", "pages", "title", "notes"}, {"members": [[name, path, error] …]}, {"drawn": bytes} or {"error": [class,
message]}. Further arguments: of a zip the folder to unpack in, of a page its file's kind, its number and the PNG's path.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from index.errors import DocumentDamaged, FormatExtraMissing, ParsingStopped, ReadingError, TooLarge
from index.formats.types import Extracted

CHARACTERS = 7_000_000  # as many as the largest text file that is read
# kind: the module that reads it, the function, and the extra that it needs
READERS = {
    "docx": ("word", "extract", ""),
    "html": ("web", "extract", ""),
    "xlsx": ("sheets", "extract", ""),
    "doc": ("legacy", "extract", ""),
    "wps": ("legacy", "extract", ""),
    "rtf": ("legacy", "extract", ""),
    "xls": ("legacy", "extract", ""),
    "pdf": ("pdf", "extract", ""),
    "ofd": ("ofd", "extract", ""),
    "image": ("ocr", "extract_image", "ocr"),
}
_PROGRAMS = ("doc", "wps", "rtf", "xls")  # read by a program of the system
_SHUT = ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto")
_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.startfile")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def main() -> None:
    """Read the file that the arguments name and write what was found."""
    kind, name, memory, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)  # what a library prints is no result
    _limit(memory, seconds)
    _shut(allow_programs=kind in _PROGRAMS)
    try:
        found = _done(kind, name, sys.argv[5:], output)
    except ReadingError as error:
        found = {"error": [type(error).__name__, str(error)]}
    except MemoryError:
        found = {"error": [ParsingStopped.__name__, ""]}
    except Exception as error:
        message = (
            f"{Path(name).name} 打不开：内容已损坏（{type(error).__name__}）。请用原来的软件打开并另存一份。"
        )
        found = {"error": [DocumentDamaged.__name__, message]}
    _write(output, found)


def _done(kind: str, name: str, further: list[str], output: TextIO) -> dict[str, Any]:
    if kind == "zip":
        return _unpacked(name, *further)
    return _drawn(name, *further) if kind == "page" else _read(kind, Path(name), output)


def _write(output: TextIO, found: dict[str, Any]) -> None:
    output.write(json.dumps(found) + "\n")
    output.flush()


def _read(kind: str, path: Path, output: TextIO) -> dict[str, Any]:
    def progress(done: int, pages: int) -> None:
        _write(output, {"progress": [done, pages]})

    extract = _reader(kind, path.name)
    takes = "progress" in inspect.signature(extract).parameters
    found = extract(path, progress=progress) if takes else extract(path)
    if len(found.text) > CHARACTERS:
        raise TooLarge(
            f"{path.name} 太长：最多 {CHARACTERS // 10_000} 万字，实际 {len(found.text) // 10_000} 万字。请拆成几个文件。"
        )
    text = _UNFIT.sub("\N{REPLACEMENT CHARACTER}", found.text)  # as long as before: pages keep their places
    pages = [[page.number, page.start, page.end, page.scan] for page in found.pages]
    title = _UNFIT.sub("", found.title or "")
    return {"text": text, "pages": pages, "title": title or None, "notes": list(found.notes)}


def _reader(kind: str, name: str) -> Callable[..., Extracted]:
    """Return the function that reads a kind. Raises FormatExtraMissing where what it needs is not installed."""
    module, function, extra = READERS[kind]
    try:
        found: Callable[..., Extracted] = getattr(
            importlib.import_module(f"index.formats.{module}"), function
        )
    except ImportError as error:
        way = f"请先运行 pip install 'speechqa[{extra}]'" if extra else "请重新安装 speechqa"
        raise FormatExtraMissing(
            f"{name} 是 {kind} 文件，读它的组件没有装（缺 {error.name}）：{way}。"
        ) from error
    return found


def _unpacked(name: str, folder: str) -> dict[str, Any]:
    from index.formats.archive import unpack

    members = unpack(Path(name), Path(folder))
    return {
        "members": [
            [
                _UNFIT.sub("?", member.name),
                member.path and os.fspath(member.path),
                member.error and [type(member.error).__name__, str(member.error)],
            ]
            for member in members
        ]
    }


def _drawn(name: str, kind: str, number: str, target: str) -> dict[str, Any]:
    from index.formats.drawing import draw_page

    return {"drawn": Path(target).write_bytes(draw_page(Path(name), kind, int(number)))}


def _limit(memory: int, seconds: int) -> None:
    """Bound this process's memory and time, where the system can."""
    try:
        import resource
    except ImportError:
        return  # Windows: the parent's clock alone
    for what, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS knows some of these by name alone
            resource.setrlimit(what, (most, hard))


def _shut(*, allow_programs: bool) -> None:
    """Refuse the network, and starting programs, to whatever runs in this process from now on."""
    refused = _SHUT if allow_programs else (*_SHUT, *_STARTS)

    def guard(event: str, _: tuple[object, ...]) -> None:
        if event in refused:
            raise PermissionError(event)

    sys.addaudithook(guard)
