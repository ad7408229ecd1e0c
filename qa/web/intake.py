"""A file from a browser or a program -> documents in memory: read in a private folder, indexed, nothing left behind."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import index
from index import Document, Encoder, ReadingError, Snapshot
from qa.deadline import check
from qa.errors import OutOfTime, UploadTooLarge
from qa.messages import RefusedFile
from qa.rendering import visible
from qa.web.progress import Progress
from qa.web.scratch import PREFIX
from qa.web.uploads import Original

LONGEST = 1_000_000  # characters of one document: two minutes of indexing
NAME = 100  # characters of a file's name that are kept
BATCH = 64  # passages that are encoded between two looks at the clock
# Endings that a reader may look at; any other is left off. What a file is, its bytes tell.
ENDINGS = (
    *(".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".docm", ".doc", ".wps", ".rtf", ".pdf", ".ofd"),
    *(".xlsx", ".xlsm", ".xls", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".zip"),
)
ZIPPED = 20  # documents of one zip: each is read and indexed while the client waits
LATE = "时间到了，这一份没有读。请单独上传。"
_PARTS = re.compile(r"[/\\]")


def shown_name(name: str | None) -> str:
    """Return a client's file name as it may be shown: without folders, control characters and what is too long."""
    last = _PARTS.split(name or "")[-1].encode("utf-8", "replace").decode("utf-8")
    plain = " ".join(visible(last).split()).strip(". ")
    return plain if len(plain) <= NAME else f"{plain[: NAME - 10]}…{plain[-9:]}" if plain else ""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A document that was read: indexed, with what is to be said of it and its file."""

    snapshot: Snapshot
    notes: tuple[str, ...]
    original: Original


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file brought: one document, or those of a zip with the files of it that could not be read."""

    documents: list[TakenIn] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    zipped: bool = False


def take_in(file: BinaryIO, name: str, encoder: Encoder, progress: Progress | None = None) -> Intake:
    """Read and index an uploaded file, a zip's documents each for itself.

    `name` is as `shown_name` gives it; `progress` is told how far it is. Raises ReadingError with one line that calls
    the file by that name, UploadTooLarge, OutOfTime where nobody waits any more.
    """
    name, progress = name or "文稿", progress or Progress()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        path = copied(file, name, Path(folder))
        try:
            kind = index.kind_of(path)
            if kind == "zip":
                return _unzipped(path, name, Path(folder), encoder, progress)
            document, original = _read(path, name, kind, progress)
        except ReadingError as error:
            raise renamed(error, path, name) from error
    progress.begin("indexing")
    return Intake([_indexed(document, original, encoder)])


def copied(file: BinaryIO, name: str, folder: Path) -> Path:
    """Copy the file into the folder under a name of ours."""
    ending = PurePosixPath(name).suffix.lower()
    path = folder / (secrets.token_hex(8) + (ending if ending in ENDINGS else ""))
    file.seek(0)
    with path.open("wb") as copy:
        shutil.copyfileobj(file, copy, 1_000_000)
    return path


def renamed(error: ReadingError, path: Path, name: str) -> ReadingError:
    """Return the error with the file called as the client calls it."""
    return type(error)(str(error).replace(str(path), name).replace(path.name, name))


def _read(path: Path, name: str, kind: str, progress: Progress) -> tuple[Document, Original]:
    """Read one file of that kind. Raises ReadingError, UploadTooLarge, OutOfTime."""

    def told(page: int, pages: int) -> None:
        check()
        progress.read(page, pages)

    document = index.read_document(path, called=name, progress=told)
    if len(document.text) > LONGEST:
        raise UploadTooLarge(
            f"{name} 太长：最多 {LONGEST:,} 字，实际 {len(document.text):,} 字。请拆开，或用 speechqa index 建立索引。"
        )
    return document, Original(name, kind, path.read_bytes())


def _indexed(document: Document, original: Original, encoder: Encoder) -> TakenIn:
    """Index what was read. Raises OutOfTime."""
    check()
    snapshot = index.build_index([document], encoder=Stoppable(encoder))
    check()
    return TakenIn(snapshot, notes_of(document), original)


def _unzipped(path: Path, name: str, folder: Path, encoder: Encoder, progress: Progress) -> Intake:
    """Read and index a zip's documents; what is wrong with one, or that the time is over, is told with it.

    Raises ReadingError where the zip cannot be used, UploadTooLarge where it holds too many, OutOfTime where nothing
    was read in time.
    """
    inside = folder / "inside"
    inside.mkdir()
    members = index.unpack_isolated(path, inside)
    if not members:
        raise ReadingError(f"压缩包 {name} 里没有文稿。请换一个文件。")
    if len(members) > ZIPPED:
        raise UploadTooLarge(
            f"压缩包 {name} 里有 {len(members)} 个文件：一次最多 {ZIPPED} 个。请拆成几个压缩包，或用 speechqa index 建立索引。"
        )
    found = Intake(zipped=True)
    for number, (member, place, error) in enumerate(members, 1):
        called = shown_name(member) or "文稿"
        progress.begin("reading", number, len(members))
        try:
            document, original = _member(place, called, error, progress)
            progress.begin("indexing", number, len(members))
            found.documents.append(_indexed(document, original, encoder))
        except (ReadingError, UploadTooLarge) as wrong:
            found.refused.append(RefusedFile(called, wrong.code, str(wrong)))
        except OutOfTime as late:
            if not found.documents:
                raise
            found.refused.append(RefusedFile(called, late.code, LATE))
    return found


def _member(
    place: Path | None, called: str, error: ReadingError | None, progress: Progress
) -> tuple[Document, Original]:
    """Read one file of a zip. Raises ReadingError that calls it as the zip does, UploadTooLarge, OutOfTime."""
    check()
    if place is None:
        raise error or ReadingError(f"{called} 读不了。请解压后再试。")
    try:
        return _read(place, called, index.kind_of(place), progress)
    except ReadingError as wrong:
        raise renamed(wrong, place, called) from wrong


def notes_of(document: Document) -> tuple[str, ...]:
    """Return what a person should know of a document beside its words."""
    scanned = [page.scan for page in document.pages if page.scan is not None]
    if not scanned:
        return document.notes
    return (
        *document.notes,
        f"识别自扫描件：{len(scanned)} 页，平均把握 {100 * sum(scanned) / len(scanned):.0f}%",
    )


class Stoppable:
    """An encoder that looks at the clock between two batches of passages."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.dimension, self.fingerprint = encoder.name, encoder.dimension, encoder.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> Any:
        """Return one vector a question."""
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Any:
        """Return one vector a passage."""
        import numpy as np

        parts = []
        for start in range(0, len(texts), BATCH):
            check()
            parts.append(self._encoder.encode_passages(texts[start : start + BATCH], progress))
        return np.concatenate(parts) if parts else self._encoder.encode_passages(texts, progress)

    def token_ids(self, texts: Sequence[str]) -> Any:
        """Return each text's tokens."""
        return self._encoder.token_ids(texts)

    def token_scores(self, text: str, others: Any) -> Any:
        """Return how like each of the other tokens is to each of the text's."""
        return self._encoder.token_scores(text, others)
