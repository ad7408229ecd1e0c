"""A file, a folder or a zip -> its documents, one after another; what cannot be read does not stop the rest."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from hashlib import file_digest, sha256
from pathlib import Path

from index.errors import FileUnreadable, ReadingError, TooLarge
from index.formats.isolated import unpack_isolated
from index.formats.kinds import kind_of
from index.reading.files import MAX_FILE, read_document
from index.types import Document, Progress

_SIDE = (".toml", ".json")  # what stands beside a document to correct its title


def read_documents(
    path: Path, *, title: str | None = None, called: str | None = None, progress: Progress | None = None
) -> Iterator[Document | ReadingError]:
    """Yield the documents of a file, of a folder and those below it, or of a zip, in the order of their names.

    For what cannot be read its error is yielded in its place. `called` and `progress` as in read_document.
    """
    name = called or str(path)
    if path.is_dir():
        files = files_of(path)
        if not files:
            yield FileUnreadable(f"文件夹 {name} 里没有文件：应有要读的文稿。请检查路径。")
        for file in files:
            yield from read_documents(file, progress=progress)
        return
    try:
        if _is_zip(path):
            yield from _zipped(path, name, progress)
        else:
            yield read_document(path, title=title, called=called, progress=progress)
    except ReadingError as error:
        yield error


def files_of(path: Path) -> list[Path]:
    """Return the files that are read of a folder and those below it, in the order of their names; else the file itself."""
    return list(_files(path)) if path.is_dir() else [path]


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file and of what stands beside it to correct its title. Raises OSError."""
    digest = sha256()
    for one in (path, *(path.with_name(path.name + ending) for ending in _SIDE)):
        if one == path or one.is_file():
            with one.open("rb") as file:
                digest.update(file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, without hidden ones, locks of Word, links out of it, and sidecars."""
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder).parts
        hidden = any(part.startswith((".", "~$", "__MACOSX")) for part in inside)
        if not hidden and not file.is_symlink() and file.is_file() and file.suffix.lower() not in _SIDE:
            yield file


def _is_zip(path: Path) -> bool:
    try:
        return path.is_file() and kind_of(path) == "zip"
    except (FileUnreadable, OSError, ValueError):
        return False  # read_document says why


def _zipped(path: Path, name: str, progress: Progress | None) -> Iterator[Document | ReadingError]:
    if (size := path.stat().st_size) > MAX_FILE:
        raise TooLarge(
            f"文件 {name} 太大：最多 {MAX_FILE // 1_000_000} MB，实际 {size / 1e6:.1f} MB。请拆成几个文件。"
        )
    with tempfile.TemporaryDirectory(prefix="speechqa-") as folder:
        members = unpack_isolated(path, Path(folder))
        if not members:
            yield FileUnreadable(f"压缩包 {name} 里没有文稿。请换一个文件。")
        for member, place, error in members:
            if place is None:
                yield error or ReadingError(f"{name}/{member} 读不了。请解压后再试。")
                continue
            try:
                yield read_document(place, called=f"{name}/{member}", progress=progress)
            except ReadingError as refused:
                yield refused
