"""Files that a person names -> documents, or their index; what cannot be read is told, and the rest goes on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import index
from index import Document, Encoder, ReadingError, Snapshot
from qa import streams
from qa.errors import BadRequest
from qa.filecache import FileCache
from qa.rendering import visible


def index_of(paths: Sequence[Path], encoder: Encoder, cache: FileCache) -> Snapshot:
    """Return the index of files, folders and zips, from the cache where they have not changed. Raises ReadingError.

    What was said of them when they were read is said again. Where one could not be read nothing is kept: what is
    missing may be installed, and the file be mended.
    """
    key = cache.key(paths, encoder)
    if key is not None and (kept := cache.get(key, encoder)) is not None:
        snapshot, notes = kept
        for note in notes:
            streams.complain(note)
        return snapshot
    found, errors = _read(paths, None)
    _tell(found, errors)
    if key is None or errors or cache.key(paths, encoder) != key:  # it changed while it was read
        return index.build_index(found, encoder=encoder)
    return cache.build(key, found, _notes(found), encoder)


def documents_of(paths: Sequence[Path], *, title: str | None = None) -> list[Document]:
    """Return the documents of files, folders and zips. Says on the standard error which could not be read.

    Raises ReadingError where none could, BadRequest where one title is given to several.
    """
    found, errors = _read(paths, title)
    _tell(found, errors)
    if title is not None and len(found) > 1:
        raise BadRequest(f"--title 只能用于一个文件，这里有 {len(found)} 个。请分别建立或去掉 --title。")
    return found


def _read(paths: Sequence[Path], title: str | None) -> tuple[list[Document], list[ReadingError]]:
    found: list[Document] = []
    errors: list[ReadingError] = []
    for path in paths:
        for one in index.read_documents(path, title=title, progress=_progress(path)):
            if isinstance(one, Document):
                found.append(one)
            else:
                errors.append(one)
    return found, errors


def _notes(found: Sequence[Document]) -> list[str]:
    return [f"{visible(one.source)}：{visible(note)}" for one in found for note in one.notes]


def _tell(found: Sequence[Document], errors: Sequence[ReadingError]) -> None:
    """Say what was left out, and what could not be read. Raises the last error where nothing could."""
    for note in _notes(found):
        streams.complain(note)
    for error in errors if found else errors[:-1]:
        streams.complain(f"没有读入：{visible(str(error))}")
    if errors and not found:
        raise errors[-1]


def _progress(path: Path) -> index.Progress | None:
    """Return what shows on a terminal how far a long file has been read."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done: int, pages: int) -> None:
        end = "\n" if done == pages else ""
        sys.stderr.write(f"\r正在读 {visible(path.name)}：{done} / {pages} 页{end}")
        sys.stderr.flush()

    return show
