"""Files that a person names -> documents; what cannot be read is told, and the rest goes on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import index
from index import Document, ReadingError
from qa import streams
from qa.errors import BadRequest
from qa.rendering import visible


def documents_of(paths: Sequence[Path], *, title: str | None = None) -> list[Document]:
    """Return the documents of files, folders and zips. Says on the standard error which could not be read.

    Raises ReadingError where none could, BadRequest where one title is given to several.
    """
    found: list[Document] = []
    errors: list[ReadingError] = []
    for path in paths:
        for one in index.read_documents(path, title=title, progress=_progress(path)):
            if isinstance(one, Document):
                found.append(one)
            else:
                errors.append(one)
    for one in found:
        for note in one.notes:
            streams.complain(f"{visible(one.source)}：{visible(note)}")
    for error in errors if found else errors[:-1]:
        streams.complain(f"没有读入：{visible(str(error))}")
    if errors and not found:
        raise errors[-1]
    if title is not None and len(found) > 1:
        raise BadRequest(f"--title 只能用于一个文件，这里有 {len(found)} 个。请分别建立或去掉 --title。")
    return found


def _progress(path: Path) -> index.Progress | None:
    """Return what shows on a terminal how far a long file has been read."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done: int, pages: int) -> None:
        end = "\n" if done == pages else ""
        sys.stderr.write(f"\r正在读 {visible(path.name)}：{done} / {pages} 页{end}")
        sys.stderr.flush()

    return show
