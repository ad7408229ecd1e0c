"""The index on disk: one immutable folder, published whole, checked before it is read.

DIR/CURRENT                  one line: the snapshot in force, replaced last, by os.replace
DIR/snapshots/ID/            manifest.json and the files it lists, never changed once published
DIR/snapshots/.new-…/        a writer's workplace; left behind only by a killed one

ID is the start of the manifest's SHA-256 and the manifest holds that of every other file, so the same
documents under the same encoder give the same ID. A reader resolves CURRENT once, reads each file once,
checks its SHA-256 and parses those bytes: no lock, no memory map, nothing read twice. The previous snapshot
stays, and so does any that was published a short while ago: a reader that resolved CURRENT just before it
was replaced still finds its files, and writers at work at once never take away each other's.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from index.dense import DenseIndex
from index.errors import (
    SnapshotDamaged,
    SnapshotMissing,
    SnapshotNotWritten,
    SnapshotOtherEncoder,
    SnapshotTooOld,
)
from index.knowledge import KnowledgeFile, knowledge_lines
from index.lexical import LexicalIndex
from index.naming import tell_apart
from index.tokens import TokenIndex
from index.types import (
    Document,
    Facet,
    IndexedDocument,
    Knowledge,
    Metadata,
    Passage,
    Section,
    SectionKind,
    Sentence,
    Shown,
)

FORMAT = 3  # 3: with metadata, the kinds of units and what stands under what
GRACE_SECONDS = 600  # younger snapshots may be being read, younger workplaces written in: seconds' work

_T = TypeVar("_T")
_PLAIN = re.compile(r"[\w./\\:~+-]+")  # needs no quotes in a shell
_REASONS = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EFBIG: "文件超过系统允许的大小",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只读",
    errno.ENOTDIR: "路径中有一处不是文件夹",
    errno.EEXIST: "同名的文件挡住了文件夹",
    errno.ENAMETOOLONG: "路径太长",
}


class Layout:
    """The file names, written once."""

    current = "CURRENT"
    snapshots = "snapshots"
    manifest = "manifest.json"
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
    """An index, loaded. `rows` gives each row's (document, passage); `path` is None for one in memory."""

    id: str
    path: Path | None
    encoder: str
    fingerprint: str
    dimension: int
    documents: tuple[IndexedDocument, ...]
    lexical: LexicalIndex
    dense: DenseIndex
    tokens: TokenIndex
    rows: tuple[tuple[int, int], ...]

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
        identity = _identity(_manifest(files, documents, dense, encoder_name, encoder_fingerprint))
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

    Raises SnapshotNotWritten; what was there before is then as it was.
    """
    files = _serialise(documents, lexical, dense, tokens)
    manifest = _manifest(files, documents, dense, encoder_name, encoder_fingerprint)
    identity = _identity(manifest)
    files[Layout.manifest] = manifest
    try:
        _publish(root, identity, files)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
        raise SnapshotNotWritten(
            f"索引写不进 {root}：{reason}。原有索引没有改动。请检查磁盘空间和权限，再运行 {_command(root)}"
        ) from error
    _prune(root, identity)
    return identity


def load_snapshot(root: Path, *, fingerprint: str | None = None) -> Snapshot:
    """Load the snapshot in force under `root`, every file checked.

    `fingerprint` is the encoder's that questions will be encoded with. Raises SnapshotMissing,
    SnapshotDamaged, SnapshotTooOld, SnapshotOtherEncoder.
    """
    mend = f"请重新建立索引：{_command(root)}"
    folder = _resolve(root, mend)
    manifest = _read_manifest(folder, mend)
    if fingerprint is not None and manifest["encoder"]["fingerprint"] != fingerprint:
        raise SnapshotOtherEncoder(
            f"索引 {root} 是用编码器“{manifest['encoder']['name']}”建的，与现在用的不是同一个。"
            f"请用同一个编码器（--encoder），或{mend.removeprefix('请')}"
        )
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


# --- writing ----------------------------------------------------------------------------------------


def _serialise(
    documents: Sequence[IndexedDocument], lexical: LexicalIndex, dense: DenseIndex, tokens: TokenIndex
) -> dict[str, bytes]:
    return {
        Layout.documents: _lines(asdict(d.document) for d in documents),
        Layout.sections: _lines(
            {"document": n, **asdict(s), "title": d.title_of(s.index)}
            for n, d in enumerate(documents)
            for s in d.sections
        ),
        Layout.sentences: _lines(
            {"document": n, **asdict(s)} for n, d in enumerate(documents) for s in d.sentences
        ),
        Layout.passages: _lines(
            {
                "document": n,
                **asdict(p),
                "path": [d.title_of(s) for s in d.path_of(p.section)],
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


def _lines(records: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode("utf-8")


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


def _identity(manifest: bytes) -> str:
    return sha256(manifest).hexdigest()[:16]


def _publish(root: Path, identity: str, files: dict[str, bytes]) -> None:
    """Write aside, sync, rename, sync, then point CURRENT at it."""
    store = root / Layout.snapshots
    store.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=store))
    try:
        snapshot, pointer = work / identity, work / Layout.current
        snapshot.mkdir()
        for name, data in files.items():
            _write_synced(snapshot / name, data)
        _write_synced(pointer, f"{identity}\n".encode())
        _sync_folder(snapshot)
        _put(snapshot, store / identity, files)
        _sync_folder(store)
        os.replace(pointer, root / Layout.current)  # noqa: PTH105 - the name says what is relied on
        _sync_folder(root)
        with contextlib.suppress(PermissionError):
            _sync_folder(root.parent)  # `root` may be new in it
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put(snapshot: Path, target: Path, files: dict[str, bytes]) -> None:
    """Rename `snapshot` to `target`, where the same snapshot may be already, whole or damaged."""
    try:
        snapshot.rename(target)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.utime(target)  # young again, before it is looked at: nobody prunes it from here on
        if _is_whole(target, files):
            return
        with contextlib.suppress(FileNotFoundError):
            target.rename(snapshot.with_name("damaged"))
        snapshot.rename(target)


def _is_whole(folder: Path, files: dict[str, bytes]) -> bool:
    try:
        return all((folder / name).read_bytes() == data for name, data in files.items())
    except OSError:
        return False


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open a folder, and renames there are journaled
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prune(root: Path, identity: str) -> None:
    """Delete the snapshots before the previous one and what killed writers left, once past their grace."""
    folders = []
    with contextlib.suppress(OSError):
        folders = sorted((root / Layout.snapshots).iterdir(), key=_age)
    finished = [f for f in folders if not f.name.startswith(".") and f.name != identity]
    for folder in [*finished[1:], *(f for f in folders if f.name.startswith("."))]:
        with contextlib.suppress(OSError):
            if _age(folder) > GRACE_SECONDS:
                _discard(folder)


def _discard(folder: Path) -> None:
    """Take `folder` away at once, look again, and only then delete it: a writer may just have renewed it."""
    aside = folder.with_name(f".old-{folder.name}")
    folder.rename(aside)
    if _age(aside) > GRACE_SECONDS:
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.rename(folder)


def _age(folder: Path) -> float:
    return time.time() - folder.stat().st_mtime


# --- reading ----------------------------------------------------------------------------------------


def _command(root: Path) -> str:
    name = str(root)
    return f"speechqa index 文件… --index {name if _PLAIN.fullmatch(name) else shlex.quote(name)}"


def _resolve(root: Path, mend: str) -> Path:
    try:
        name = (root / Layout.current).read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SnapshotMissing(f"文件夹 {root} 里没有索引。{mend}") from error
    except PermissionError as error:
        raise SnapshotDamaged(f"没有权限读取索引 {root}。请修改文件夹权限，或换一个文件夹。") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotDamaged(f"索引 {root} 的文件 {Layout.current} 读不了。{mend}") from error
    if not (name.isascii() and name.isalnum()):
        raise SnapshotDamaged(f"索引 {root} 的文件 {Layout.current} 应为一个快照编号，实际不是。{mend}")
    return root / Layout.snapshots / name


def _read_manifest(folder: Path, mend: str) -> dict[str, Any]:
    where = f"索引文件 {folder / Layout.manifest} "
    try:
        data = (folder / Layout.manifest).read_bytes()
    except OSError as error:
        raise SnapshotDamaged(f"{where}缺失或读不了。{mend}") from error
    if _identity(data) != folder.name:
        raise SnapshotDamaged(f"{where}已损坏：校验和与编号不符。{mend}")
    try:
        manifest = json.loads(data)
        version = manifest["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SnapshotDamaged(f"{where}已损坏：不是索引的说明。{mend}") from error
    if type(version) is not int:
        raise SnapshotDamaged(f"{where}已损坏：没有格式版本。{mend}")
    if version != FORMAT:
        raise SnapshotTooOld(f"索引的格式是第 {version} 版，这个软件读第 {FORMAT} 版。{mend}")
    try:
        checked = [manifest["files"][name]["sha256"] for name in Layout.files]
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
    documents = [_document(record) for record in _records(data[Layout.documents])]
    sections = _grouped(data[Layout.sections], len(documents), _section)
    sentences = _grouped(data[Layout.sentences], len(documents), _sentence)
    passages = _grouped(data[Layout.passages], len(documents), _passage)
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


def _records(data: bytes) -> list[dict[str, Any]]:
    text = data.decode("utf-8").rstrip("\n")
    return (
        json.loads("[" + text.replace("\n", ",") + "]") if text else []
    )  # one parse: 4 times as fast as by line


def _grouped(data: bytes, count: int, parse: Callable[[dict[str, Any]], _T]) -> list[tuple[_T, ...]]:
    groups: list[list[_T]] = [[] for _ in range(count)]
    for record in _records(data):
        groups[record["document"]].append(parse(record))
    return [tuple(group) for group in groups]


def _document(r: dict[str, Any]) -> Document:
    known = {name: found and Shown(**found) for name, found in r["metadata"].items()}
    return Document(r["id"], r["title"], r["text"], r["has_lines"], r["source"], Metadata(**known))


def _section(r: dict[str, Any]) -> Section:
    return Section(
        r["index"],
        r["parent"],
        r["level"],
        r["start"],
        r["title_end"],
        r["end"],
        r["marker"],
        r["ordinal"],
        SectionKind(r["kind"]),
        r["heading"],
    )


def _sentence(r: dict[str, Any]) -> Sentence:
    facet = None if r["facet"] is None else Facet(r["facet"])
    return Sentence(
        r["index"],
        r["start"],
        r["end"],
        r["section"],
        r["paragraph"],
        r["number"],
        facet,
        r["facet_probability"],
    )


def _passage(r: dict[str, Any]) -> Passage:
    first, last = r["sentences"]
    return Passage(r["index"], r["start"], r["end"], r["section"], (first, last))


def _rows(documents: Sequence[IndexedDocument]) -> tuple[tuple[int, int], ...]:
    return tuple((number, passage.index) for number, one in enumerate(documents) for passage in one.passages)
