"""A file from a browser or a program -> a document in memory: read in a private folder, indexed, nothing left behind."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import index
from index import Document, Encoder, ReadingError, Snapshot
from qa.deadline import check
from qa.errors import UploadTooLarge
from qa.rendering import visible

LONGEST = 1_000_000  # characters of one document: two minutes of indexing
NAME = 100  # characters of a file's name that are kept
BATCH = 64  # passages that are encoded between two looks at the clock
# Endings that a reader may look at; any other is left off. What a file is, its bytes tell.
ENDINGS = (
    *(".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".docm", ".doc", ".wps", ".rtf", ".pdf", ".ofd"),
    *(".xlsx", ".xlsm", ".xls", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"),
)
ZIPS = "，或它们的 zip 压缩包"  # that `speechqa index` takes; here a file is one document
_PARTS = re.compile(r"[/\\]")


def shown_name(name: str | None) -> str:
    """Return a client's file name as it may be shown: without folders, control characters and what is too long."""
    last = _PARTS.split(name or "")[-1].encode("utf-8", "replace").decode("utf-8")
    plain = " ".join(visible(last).split()).strip(". ")
    return plain if len(plain) <= NAME else f"{plain[: NAME - 10]}…{plain[-9:]}" if plain else ""


def take_in(file: BinaryIO, name: str, encoder: Encoder) -> tuple[Snapshot, tuple[str, ...]]:
    """Read and index an uploaded file; return it as a snapshot in memory, with what is to be said of it.

    `name` is as `shown_name` gives it. Raises ReadingError with one line that calls the file by that name,
    UploadTooLarge, OutOfTime where nobody waits any more.
    """
    document = read_file(file, name or "文稿")
    if len(document.text) > LONGEST:
        raise UploadTooLarge(
            f"{name} 太长：最多 {LONGEST:,} 字，实际 {len(document.text):,} 字。请拆开，或用 speechqa index 建立索引。"
        )
    check()
    snapshot = index.build_index([document], encoder=_Stoppable(encoder))
    check()
    return snapshot, notes_of(document)


def read_file(file: BinaryIO, name: str) -> Document:
    """Copy the file into a folder of its own under a name of ours, and read it there. Raises ReadingError."""
    ending = PurePosixPath(name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="speechqa-") as folder:
        path = Path(folder) / (secrets.token_hex(8) + (ending if ending in ENDINGS else ""))
        file.seek(0)
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy, 1_000_000)
        try:
            return index.read_document(path, called=name, progress=lambda _done, _pages: check())
        except ReadingError as error:
            told = str(error).replace(str(path), name).replace(path.name, name).replace(ZIPS, "")
            raise type(error)(told) from error


def notes_of(document: Document) -> tuple[str, ...]:
    """Return what a person should know of a document beside its words."""
    scanned = [page.scan for page in document.pages if page.scan is not None]
    if not scanned:
        return document.notes
    return (
        *document.notes,
        f"识别自扫描件：{len(scanned)} 页，平均把握 {100 * sum(scanned) / len(scanned):.0f}%",
    )


class _Stoppable:
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
