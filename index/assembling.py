"""The files of a library's documents -> what is asked: read one after another, each checked before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

from index.catalogue import DOCUMENTS, Catalogue, Entry
from index.dense import DenseIndex
from index.docfile import DocumentFile
from index.encoder import Vectors
from index.errors import SnapshotDamaged, command
from index.frequencies import Frequencies, merged
from index.lexical import LexicalIndex
from index.naming import tell_apart
from index.rows import Rows
from index.tokens import TokenIndex
from index.types import IndexedDocument


@dataclass(frozen=True, slots=True)
class Assembled:
    """What a snapshot is made of."""

    documents: tuple[IndexedDocument, ...]
    lexical: LexicalIndex
    dense: DenseIndex
    tokens: TokenIndex
    rows: Rows


def assemble(root: Path, catalogue: Catalogue) -> Assembled:
    """Read all documents of a library. Raises SnapshotDamaged, which names the file."""
    documents: list[IndexedDocument] = []
    frequencies: list[Frequencies] = []
    tokens: list[TokenIndex] = []

    def each() -> Iterator[Vectors]:
        for entry in catalogue.entries:
            file = read_file(root, entry)
            documents.append(file.document)
            frequencies.append(file.frequencies)
            tokens.append(file.tokens)
            yield file.vectors

    size = sum(entry.passages for entry in catalogue.entries)
    try:
        dense = DenseIndex.joined(each(), size, catalogue.dimension)
    except ValueError as error:
        raise SnapshotDamaged(f"索引 {root} 的内容前后不一致（段数）。{mending(root)}") from error
    rows = Rows(entry.passages for entry in catalogue.entries)
    return Assembled(tell_apart(documents), merged(frequencies), dense, TokenIndex.joined(tokens), rows)


def read_file(root: Path, entry: Entry) -> DocumentFile:
    """Read a document's file, checked. Raises SnapshotDamaged."""
    data = read_object(root, entry)

    def damaged(error: Exception) -> SnapshotDamaged:
        what = f"内容前后不一致（{type(error).__name__}）"
        return SnapshotDamaged(f"{_named(root, entry)}{what}。{mending(root)}")

    try:
        file = DocumentFile.from_bytes(data, damaged)
        if file.document.document.id != entry.id or len(file.vectors) != entry.passages:
            raise ValueError("entry")  # noqa: TRY301 - one refusal for everything a file can be wrong in
    except Exception as error:  # the checksum holds, so it was written wrong: whatever a parser says of that
        raise damaged(error) from error
    return file


def read_object(root: Path, entry: Entry) -> bytes:
    """Return the bytes of a document's file, checked. Raises SnapshotDamaged."""
    try:
        data = (root / DOCUMENTS / entry.object).read_bytes()
    except OSError as error:
        raise SnapshotDamaged(f"{_named(root, entry)}缺失或读不了。{mending(root)}") from error
    if sha256(data).hexdigest() != entry.sha256:
        raise SnapshotDamaged(f"{_named(root, entry)}已损坏：校验和不符。{mending(root)}")
    return data


def _named(root: Path, entry: Entry) -> str:
    return f"文稿《{entry.title}》的文件 {root / DOCUMENTS / entry.object} "


def mending(root: Path) -> str:
    """Return what to do about damage."""
    return f"请运行 {command('verify', root)}：它说明怎样修复。"


def is_whole(root: Path, entry: Entry) -> bool:
    """Tell whether a document's file is there and what it was."""
    path = root / DOCUMENTS / entry.object
    try:
        if path.stat().st_size != entry.bytes:
            return False
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest() == entry.sha256
    except OSError:
        return False
