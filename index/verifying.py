"""A library looked through: every checksum, every offset, every passage's words; what is wrong, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from index.assembling import mending, read_file
from index.build import passage_texts
from index.catalogue import LIBRARY, PREVIOUS, Catalogue, Entry, pointer
from index.docfile import DocumentFile
from index.encoder import Vectors
from index.errors import SnapshotDamaged, SnapshotError, command
from index.folding import fold
from index.publishing import is_id
from index.shelving import digests_of, file_of
from index.snapshot import load_snapshot, manifest_of
from index.types import IndexedDocument

UNIT = 1e-3  # by which a vector's length may differ from 1


def verify(root: Path) -> Iterator[str]:
    """Yield what is wrong in an index folder, each with the command that mends it; nothing where all is well."""
    now, before = pointer(root), pointer(root, PREVIOUS)
    try:
        manifest_of(root)
    except SnapshotError as error:
        good = before and is_id(before) and before != now and not any(True for _ in problems_of(root, before))
        way = f"上一个快照 {before} 是好的，可以用它：{command('rollback', root)}" if good else ""
        yield f"{error}{way}"
        return
    yield from problems_of(root)
    if before and is_id(before) and before != now:
        seen = {entry.object for entry in _entries(root, None)}
        yield from (f"（上一个快照）{problem}" for problem in problems_of(root, before, seen))


def problems_of(root: Path, identity: str | None = None, seen: Iterable[str] = ()) -> Iterator[str]:
    """Yield what is wrong with a snapshot, the one in force where none is named; files in `seen` are passed over."""
    try:
        _, manifest = manifest_of(root, identity)
        if manifest["format"] == LIBRARY:
            for entry in Catalogue.from_manifest(manifest).entries:
                if entry.object not in seen:
                    yield from _wrong_with(root, entry, manifest["encoder"]["dimension"])
            return
        snapshot = load_snapshot(root, identity=identity)
        for number, one in enumerate(snapshot.documents):
            first, after = snapshot.span_of(number)
            if wrong := flaw_of(one) or _flaw_of_vectors(snapshot.dense.vectors(first, after - first)):
                yield f"文稿《{one.document.title}》{wrong}。请重新建立索引：{command('index 文件…', root)}"
    except SnapshotError as error:
        yield str(error)
    except (KeyError, TypeError) as error:
        yield f"快照的说明缺少内容（{type(error).__name__}）。"


def _entries(root: Path, identity: str | None) -> tuple[Entry, ...]:
    _, manifest = manifest_of(root, identity)
    return Catalogue.from_manifest(manifest).entries if manifest["format"] == LIBRARY else ()


def _wrong_with(root: Path, entry: Entry, dimension: int) -> Iterator[str]:
    try:
        file = read_file(root, entry)
        wrong = flaw_of(file.document) or flaw_of_rows(file, dimension)
        if wrong is None:
            return
        said, again = f"文稿《{entry.title}》{wrong}。", "add --again"
    except SnapshotDamaged as error:
        said, again = str(error).removesuffix(mending(root)), "add"
    origin = entry.path and file_of(entry.path)
    if origin and origin.exists():
        yield f"{said}修复：{command(again, root, str(origin))}"
    else:
        yield f"{said}原文件不在了；有副本就再 add 一次，没有就去掉它：{command('remove', root, entry.id)}"


def flaw_of(one: IndexedDocument) -> str | None:
    """Return the first thing that does not fit in a document: its text's hash, or an offset; None where all does."""
    text, size = one.document.text, len(one.document.text)
    if sha256(text.encode("utf-8")).hexdigest()[:12] != one.document.id:
        return "的正文与编号不符"
    ends = 0
    for page in one.document.pages:
        if not ends <= page.start <= page.end <= size:
            return f"第 {page.number} 页的位置不对"
        ends = page.end
    for place, section in enumerate(one.sections):
        above = (
            one.sections[section.parent] if section.parent is not None and section.parent < place else None
        )
        inside = section.parent is None or (
            above is not None and above.start <= section.start and section.end <= above.end
        )
        if not (section.index == place and inside):
            return f"第 {place + 1} 节的上级不对"
        if not 0 <= section.start <= section.title_end <= section.end <= size:
            return f"第 {place + 1} 节的位置不对"
    for place, sentence in enumerate(one.sentences):
        if not (0 <= sentence.start < sentence.end <= size and _is_section(one, sentence.section)):
            return f"第 {place + 1} 句的位置不对"
    for place, passage in enumerate(one.passages):
        first, after = passage.sentences
        fits = 0 <= first < after <= len(one.sentences) and _is_section(one, passage.section)
        if not (passage.index == place and fits and 0 <= passage.start < passage.end <= size):
            return f"第 {place + 1} 段的位置不对"
        if not one.sentences[first].start <= passage.start or passage.end > one.sentences[after - 1].end:
            return f"第 {place + 1} 段不在它的句子里"
    return _flaw_of_spans(one, size)


def _is_section(one: IndexedDocument, section: int | None) -> bool:
    return section is None or 0 <= section < len(one.sections)


def _flaw_of_spans(one: IndexedDocument, size: int) -> str | None:
    known = one.knowledge
    for name in (field.name for field in fields(known)):
        for start, end in _spans(getattr(known, name)):
            if not 0 <= start <= end <= size:
                return f"的 {name} 里有一处位置不对"
    return None


def _spans(value: Any) -> Iterator[tuple[int, int]]:
    """Yield every pair of offsets in what was found in a document."""
    if isinstance(value, tuple):
        if len(value) == 2 and all(isinstance(n, int) for n in value):
            yield value
        else:
            for one in value:
                yield from _spans(one)
    elif is_dataclass(value):
        if hasattr(value, "start") and hasattr(value, "end"):
            yield value.start, value.end
        for field in fields(value):
            yield from _spans(getattr(value, field.name))


def flaw_of_rows(file: DocumentFile, dimension: int) -> str | None:
    """Return the first thing that does not fit in what was indexed of a document; None where all does."""
    one = file.frequencies
    if len(file.document.passages) != len(file.vectors):
        return "的段数与向量数不符"
    if file.vectors.shape[1:] != (dimension,):
        return "的向量维数不对"
    told = digests_of([fold(text) for text in passage_texts(file.document)])
    if not np.array_equal(told, file.digests):
        return "的各段与建索引时的文字不符"
    sums = np.bincount(one.rows, one.values[one.codes], minlength=len(one.lengths))
    if not np.allclose(sums, one.lengths):
        return "的词频与段长不符"
    return _flaw_of_vectors(file.vectors)


def _flaw_of_vectors(vectors: Vectors) -> str | None:
    lengths = np.linalg.norm(vectors, axis=1)
    is_unit = (np.abs(lengths - 1) < UNIT) | (lengths == 0)
    return None if bool(is_unit.all()) else f"的第 {int(np.flatnonzero(~is_unit)[0]) + 1} 段的向量不对"
