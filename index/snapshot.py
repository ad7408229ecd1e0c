"""The index on disk: one immutable folder, published whole, checked before it is read.

DIR/CURRENT                  one line: the snapshot in force, replaced last, by os.replace
DIR/snapshots/ID/            manifest.json and the files it lists, never changed once published
DIR/snapshots/.new-…/        a writer's workplace; left behind only by a killed one (index/publishing.py)

ID is the start of the manifest's SHA-256 and the manifest holds that of every other file, so the same
documents under the same encoder give the same ID. A reader resolves CURRENT once, reads each file once,
checks its SHA-256 and parses those bytes: no lock, no memory map, nothing read twice. The previous snapshot
stays, and so does any that was published a short while ago: a reader that resolved CURRENT just before it
was replaced still finds its files, and writers at work at once never take away each other's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.assembling import assemble, mending
from index.catalogue import DOCUMENTS, LIBRARY, PREVIOUS, Catalogue, pointer
from index.dense import DenseIndex
from index.errors import (
    SnapshotDamaged,
    SnapshotMissing,
    SnapshotOtherEncoder,
    SnapshotTooOld,
    command,
    not_written,
)
from index.knowledge import KnowledgeFile, fields_of, json_lines, knowledge_lines
from index.lexical import LexicalIndex
from index.locking import writing
from index.lookup import Lookup
from index.naming import tell_apart
from index.publishing import (
    CURRENT,
    MANIFEST,
    SNAPSHOTS,
    identity_of,
    is_foreign,
    is_id,
    point,
    prune,
    publish,
)
from index.recent import Recent
from index.records import document_fields, grouped, records, to_document, to_passage, to_section, to_sentence
from index.rows import Rows
from index.tokens import TokenIndex
from index.types import IndexedDocument, Knowledge

FORMAT = (
    4  # 3: with metadata, the kinds of units and what stands under what; 4: passages indexed as they are read
)

# What a person who reads a passage's line sees of the headings above it; never read back. Bounded, since headings
# that hold each other would be written again for each passage.
TWIN_HEADINGS = 12
TWIN_TITLE = 200  # characters


RECENT = 12  # arrays of scores that are kept: a question takes two, a follow-up six


class Layout:
    """The file names, written once."""

    current = CURRENT
    snapshots = SNAPSHOTS
    manifest = MANIFEST
    documents = "documents.jsonl"
    sections = "sections.jsonl"
    sentences = "sentences.jsonl"
    passages = "passages.jsonl"
    knowledge = "knowledge.jsonl"
    lexical = "lexical.npz"
    dense = "dense.faiss"
    tokens = "tokens.npz"
    files = (documents, sections, sentences, passages, knowledge, lexical, dense, tokens)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index, loaded. `rows` gives each row's (document, passage); `path` is None for one in memory.

    `lookup` finds the documents that have a text; `recent` keeps the scores of all rows for what was asked last, in
    4 bytes a row each: a question is asked of the newest versions and then of all, and a follow-up leans on the one before.
    """

    id: str
    path: Path | None
    encoder: str
    fingerprint: str
    dimension: int
    documents: tuple[IndexedDocument, ...]
    lexical: LexicalIndex
    dense: DenseIndex
    tokens: TokenIndex
    rows: Rows
    lookup: Lookup = field(init=False, compare=False, repr=False)
    recent: Recent[tuple[object, ...], NDArray[np.float32]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lookup", Lookup(self.documents))
        object.__setattr__(self, "recent", Recent(RECENT))

    @classmethod
    def in_memory(
        cls,
        documents: tuple[IndexedDocument, ...],
        lexical: LexicalIndex,
        dense: DenseIndex,
        tokens: TokenIndex,
        encoder_name: str,
        encoder_fingerprint: str,
    ) -> Snapshot:
        """Return the same snapshot that would be loaded had it been written, without a folder."""
        files = _serialise(documents, lexical, dense, tokens)
        identity = identity_of(_manifest(files, documents, dense, encoder_name, encoder_fingerprint))
        rows = _rows(documents)
        documents = tell_apart(documents)
        return cls(
            identity,
            None,
            encoder_name,
            encoder_fingerprint,
            dense.dimension,
            documents,
            lexical,
            dense,
            tokens,
            rows,
        )

    def span_of(self, document: int) -> tuple[int, int]:
        """Return the first row of a document, by its number, and the first of the next."""
        return self.rows.span_of(document)


def write_snapshot(
    root: Path,
    *,
    documents: tuple[IndexedDocument, ...],
    lexical: LexicalIndex,
    dense: DenseIndex,
    tokens: TokenIndex,
    encoder_name: str,
    encoder_fingerprint: str,
) -> str:
    """Write and publish a snapshot under `root`; return its id (the same for the same content).

    Raises SnapshotNotWritten, LibraryBusy; what was there before is then as it was.
    """
    files = _serialise(documents, lexical, dense, tokens)
    manifest = _manifest(files, documents, dense, encoder_name, encoder_fingerprint)
    identity = identity_of(manifest)
    files[Layout.manifest] = manifest
    try:
        if (root / DOCUMENTS).is_dir():
            _publish_over_library(root, identity, files)
        else:
            publish(root, identity, files)
            prune(root, identity)
    except OSError as error:
        raise not_written(root, error, _command(root)) from error
    return identity


def _publish_over_library(root: Path, identity: str, files: dict[str, bytes]) -> None:
    """Publish in a library's folder: its lock is held, its snapshot can be gone back to, its files stay."""
    with writing(root, _command(root)):
        was = pointer(root)
        publish(root, identity, files)
        if was and is_id(was) and was != identity:
            point(root, PREVIOUS, was)


def load_snapshot(root: Path, *, fingerprint: str | None = None, identity: str | None = None) -> Snapshot:
    """Load the snapshot in force under `root`, or the one that is named, every file checked.

    `fingerprint` is the encoder's that questions will be encoded with. Raises SnapshotMissing,
    SnapshotDamaged, SnapshotTooOld, SnapshotOtherEncoder.
    """
    folder, manifest = manifest_of(root, identity)
    mend = f"请重新建立索引：{_command(root)}"
    if manifest["format"] == LIBRARY:
        mend = f"请换一个文件夹建立：{command('add 文件…', Path('文件夹'))}"
    if fingerprint is not None and manifest["encoder"]["fingerprint"] != fingerprint:
        raise SnapshotOtherEncoder(
            f"索引 {root} 是用编码器“{manifest['encoder']['name']}”建的，与现在用的不是同一个。"
            f"请用同一个编码器（--encoder），或{mend.removeprefix('请')}"
        )
    if manifest["format"] == LIBRARY:
        return _load_library(root, folder, manifest, identity)
    data = {name: _read_checked(folder / name, manifest["files"][name], mend) for name in Layout.files}
    try:
        documents = _parse_documents(data, root, mend)
        lexical = LexicalIndex.from_bytes(data[Layout.lexical])
        dense = DenseIndex.from_bytes(data[Layout.dense])
        tokens = TokenIndex.from_bytes(data[Layout.tokens])
        rows = _rows(documents)
        if not len(rows) == len(lexical) == len(dense) == len(tokens):
            raise ValueError("rows")  # noqa: TRY301 - one refusal for everything a file can be wrong in
    except Exception as error:  # checksums hold, so it was written wrong: whatever a parser says of that
        raise SnapshotDamaged(f"索引 {root} 的内容前后不一致（{type(error).__name__}）。{mend}") from error
    encoder = manifest["encoder"]
    return Snapshot(
        folder.name,
        folder,
        encoder["name"],
        encoder["fingerprint"],
        dense.dimension,
        documents,
        lexical,
        dense,
        tokens,
        rows,
    )


def manifest_of(root: Path, identity: str | None = None) -> tuple[Path, dict[str, Any]]:
    """Return the folder and the manifest of a snapshot, of the one in force where none is named.

    Raises SnapshotMissing, SnapshotDamaged, SnapshotTooOld.
    """
    mend = f"请重新建立索引：{_command(root)}"
    if os.path.isdir(root / DOCUMENTS):  # noqa: PTH112 - False where it cannot be looked at
        back = pointer(root, PREVIOUS) is not None
        add = command("add 文件…", root)
        mend = f"请回到上一个快照：{command('rollback', root)}" if back else f"请再加入文稿：{add}"
    folder = _resolve(root, mend) if identity is None else root / Layout.snapshots / identity
    return folder, _read_manifest(folder, mend)


def _load_library(root: Path, folder: Path, manifest: dict[str, Any], named: str | None) -> Snapshot:
    """Load a library. Where it is changed meanwhile, and what it was is gone, load what it is now."""
    try:
        catalogue = Catalogue.from_manifest(manifest)
        found = assemble(root, catalogue)
    except SnapshotDamaged:
        if named is None and pointer(root) not in (None, folder.name):
            return load_snapshot(root, fingerprint=manifest["encoder"]["fingerprint"])
        raise
    except (KeyError, TypeError) as error:
        raise SnapshotDamaged(f"索引文件 {folder / Layout.manifest} 缺少内容。{mending(root)}") from error
    return Snapshot(
        folder.name,
        folder,
        catalogue.encoder,
        catalogue.fingerprint,
        catalogue.dimension,
        found.documents,
        found.lexical,
        found.dense,
        found.tokens,
        found.rows,
    )


def checked_files(root: Path) -> tuple[str, dict[str, bytes]]:
    """Return the id and every file of the snapshot in force, each checked. Raises SnapshotMissing, SnapshotDamaged."""
    mend = f"请重新建立索引：{_command(root)}"
    folder = _resolve(root, mend)
    manifest = _read_manifest(folder, mend)
    files = {name: _read_checked(folder / name, told, mend) for name, told in manifest["files"].items()}
    return folder.name, {MANIFEST: (folder / MANIFEST).read_bytes(), **files}


# --- writing ----------------------------------------------------------------------------------------


def _serialise(
    documents: Sequence[IndexedDocument], lexical: LexicalIndex, dense: DenseIndex, tokens: TokenIndex
) -> dict[str, bytes]:
    return {
        Layout.documents: json_lines(document_fields(d.document) for d in documents),
        Layout.sections: json_lines(
            {"document": n, **fields_of(s), "title": _shown(d, s.index)}
            for n, d in enumerate(documents)
            for s in d.sections
        ),
        Layout.sentences: json_lines(
            {"document": n, **fields_of(s)} for n, d in enumerate(documents) for s in d.sentences
        ),
        Layout.passages: json_lines(
            {
                "document": n,
                **fields_of(p),
                "path": [_shown(d, s) for s in d.path_of(p.section, TWIN_HEADINGS)],
                "text": d.document.text[p.start : p.end],
            }
            for n, d in enumerate(documents)
            for p in d.passages
        ),
        Layout.knowledge: knowledge_lines(documents),
        Layout.lexical: lexical.to_bytes(),
        Layout.dense: dense.to_bytes(),
        Layout.tokens: tokens.to_bytes(),
    }


def _shown(indexed: IndexedDocument, section: int) -> str:
    """Return the beginning of a heading; the whole may be as long as the text, and stand above every passage."""
    found = indexed.sections[section]
    return indexed.document.text[found.start : min(found.title_end, found.start + TWIN_TITLE)]


def _manifest(
    files: dict[str, bytes],
    documents: Sequence[IndexedDocument],
    dense: DenseIndex,
    name: str,
    fingerprint: str,
) -> bytes:
    content = {
        "format": FORMAT,
        "encoder": {"name": name, "fingerprint": fingerprint, "dimension": dense.dimension},
        "documents": [
            {"id": d.document.id, "title": d.document.title, "characters": len(d.document.text)}
            for d in documents
        ],
        "files": {
            file: {"bytes": len(data), "sha256": sha256(data).hexdigest()}
            for file, data in sorted(files.items())
        },
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


# --- reading ----------------------------------------------------------------------------------------


def _command(root: Path) -> str:
    return command("index 文件…", root)


def _way_out(root: Path, mend: str) -> str:
    """Return what to do about a CURRENT that names no snapshot: it may be another program's."""
    return "这不像是索引文件夹，请换一个文件夹。" if is_foreign(root) else mend


def _resolve(root: Path, mend: str) -> Path:
    try:
        name = (root / Layout.current).read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SnapshotMissing(f"文件夹 {root} 里没有索引。{mend}") from error
    except PermissionError as error:
        raise SnapshotDamaged(f"没有权限读取索引 {root}。请修改文件夹权限，或换一个文件夹。") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotDamaged(
            f"索引 {root} 的文件 {Layout.current} 读不了。{_way_out(root, mend)}"
        ) from error
    if not is_id(name):
        mend = _way_out(root, mend)
        raise SnapshotDamaged(f"索引 {root} 的文件 {Layout.current} 应为一个快照编号，实际不是。{mend}")
    return root / Layout.snapshots / name


def _read_manifest(folder: Path, mend: str) -> dict[str, Any]:
    where = f"索引文件 {folder / Layout.manifest} "
    try:
        data = (folder / Layout.manifest).read_bytes()
    except OSError as error:
        raise SnapshotDamaged(f"{where}缺失或读不了。{mend}") from error
    if identity_of(data) != folder.name:
        raise SnapshotDamaged(f"{where}已损坏：校验和与编号不符。{mend}")
    try:
        manifest = json.loads(data)
        version = manifest["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SnapshotDamaged(f"{where}已损坏：不是索引的说明。{mend}") from error
    if type(version) is not int:
        raise SnapshotDamaged(f"{where}已损坏：没有格式版本。{mend}")
    if version not in (FORMAT, LIBRARY):
        raise SnapshotTooOld(f"索引的格式是第 {version} 版，这个软件读第 {FORMAT}、{LIBRARY} 版。{mend}")
    try:
        names = Layout.files if version == FORMAT else ()
        checked = [manifest["files"][name]["sha256"] for name in names]
        checked += [manifest["encoder"]["name"], manifest["encoder"]["fingerprint"]]
    except (KeyError, TypeError) as error:
        raise SnapshotDamaged(f"{where}缺少内容。{mend}") from error
    if not all(isinstance(value, str) for value in checked):
        raise SnapshotDamaged(f"{where}内容的类型不对。{mend}")
    return dict(manifest)


def _read_checked(path: Path, expected: dict[str, Any], mend: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SnapshotDamaged(f"索引文件 {path} 缺失或读不了。{mend}") from error
    if sha256(data).hexdigest() != expected["sha256"]:
        raise SnapshotDamaged(f"索引文件 {path} 已损坏：校验和不符。{mend}")
    return data


def _parse_documents(data: dict[str, bytes], root: Path, mend: str) -> tuple[IndexedDocument, ...]:
    documents = [to_document(record) for record in records(data[Layout.documents])]
    sections = grouped(data[Layout.sections], len(documents), to_section)
    sentences = grouped(data[Layout.sentences], len(documents), to_sentence)
    passages = grouped(data[Layout.passages], len(documents), to_passage)
    file = KnowledgeFile(data[Layout.knowledge])
    found = (partial(_knowledge, file, number, root, mend) for number in range(len(documents)))
    parts = zip(documents, sections, sentences, passages, found, strict=True)
    return tell_apart([IndexedDocument(d, s, t, p, find=find) for d, s, t, p, find in parts])


def _knowledge(file: KnowledgeFile, number: int, root: Path, mend: str) -> Knowledge:
    """Return what stands under what in a document; parsed here, so that an ordinary question need not wait."""
    try:
        return file.of(number)
    except Exception as error:  # as in load_snapshot
        raise SnapshotDamaged(f"索引 {root} 的内容前后不一致（{type(error).__name__}）。{mend}") from error


def _rows(documents: Sequence[IndexedDocument]) -> Rows:
    return Rows(len(one.passages) for one in documents)
