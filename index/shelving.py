"""Documents put into a library: recognised or read, each written to its file, published in batches.

All of it under the lock of index/locking.py. A batch that is published stays, whatever happens to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.assembling import is_whole, read_file
from index.build import index_document, passage_terms, passage_texts
from index.catalogue import DOCUMENTS, LIBRARY, PREVIOUS, Catalogue, Entry, object_name, pointer
from index.docfile import DIGEST, DocumentFile
from index.encoder import Encoder, StaticEncoder
from index.errors import (
    LibraryUse,
    SnapshotDamaged,
    SnapshotMissing,
    SnapshotOtherEncoder,
    not_written,
)
from index.folding import fold
from index.frequencies import Frequencies
from index.kept import SPEECH, Kept, digest_of, encode_but, read_vectors
from index.publishing import (
    MANIFEST,
    identity_of,
    is_id,
    point,
    publish,
    refuse_foreign,
    snapshots_of,
    sync_folder,
    write_new,
)
from index.reading import digest_of_file
from index.snapshot import Snapshot, load_snapshot, manifest_of
from index.tokens import TokenIndex
from index.types import Document, IndexedDocument

BATCH_CHARACTERS = (
    300_000  # written before a batch is published: some ten seconds of work that a kill can cost
)
BATCH_DOCUMENTS = 50
INSIDE = "!//"  # between a zip and the document in it, in an entry's path: no resolved path has two bars


class Outcome(StrEnum):
    """What became of a document that was put into a library."""

    ADDED = "added"
    REPLACED = "replaced"
    SAME = "same"
    TWIN = "twin"


@dataclass(frozen=True, slots=True)
class Put:
    """A document that was put in: what became of it, and its entry (of a twin: that of the one that was there)."""

    outcome: Outcome
    entry: Entry


class Shelf:
    """A library that is being written. `again` is the command that does the same again."""

    def __init__(self, root: Path, encoder: Encoder, again: str) -> None:
        """Take up the library in force; an index that was built at once becomes one, and nothing is encoded again.

        Raises SnapshotDamaged, SnapshotTooOld, SnapshotOtherEncoder, SnapshotNotWritten.
        """
        self.root, self.again = root, again
        self._encoder = encoder
        self._waiting: list[int] = []  # characters of what is written and not yet published
        try:
            refuse_foreign(root)
            (root / DOCUMENTS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(root, error, again) from error
        self._before = pointer(root) if is_id(pointer(root) or "") else None
        self._marked = False
        self.catalogue = self._taken_up()

    def _taken_up(self) -> Catalogue:
        empty = Catalogue(self._encoder.name, self._encoder.fingerprint, self._encoder.dimension)
        try:
            _, manifest = manifest_of(self.root)
        except SnapshotMissing:
            youngest = next(iter(snapshots_of(self.root)), None)
            if youngest is None:
                return empty
            # CURRENT was lost, or its first writer was killed before it wrote it: what is there goes on.
            _, manifest = manifest_of(self.root, youngest)
            self._before = youngest
        if manifest["format"] == LIBRARY:
            found = Catalogue.from_manifest(manifest)
            if found.fingerprint != self._encoder.fingerprint:
                raise SnapshotOtherEncoder(
                    f"文稿库 {self.root} 是用编码器“{found.encoder}”建的，与现在用的不是同一个。"
                    f"请用同一个编码器（--encoder），或换一个文件夹。"
                )
            return found
        snapshot = load_snapshot(
            self.root, fingerprint=self._encoder.fingerprint, identity=self._before or pointer(self.root)
        )
        for number, one in enumerate(snapshot.documents):
            entry = self._written(file_of_snapshot(snapshot, number), one.document, "", "")
            empty = empty.with_entry(entry)
        return empty

    def known(self, path: str, digest: str) -> Entry | None:
        """Return the document that was read from a file, where neither the file nor what was kept of it has changed."""
        found = self._at(path)
        return found if found and found.digest == digest and is_whole(self.root, found) else None

    def put(self, document: Document, path: str = "", digest: str = "", *, anew: bool = False) -> Put:
        """Put a document in, in the place of what was read from the same `path` before; `anew` even if it is as it was.

        Raises SnapshotNotWritten, EncoderError.
        """
        there, same = self._at(path), self._of(document.id)
        if same is not None and same is not there:
            if there is not None:
                self.catalogue = self.catalogue.without({there.id})
            moved = bool(path and same.path) and digest_or_none(file_of(same.path)) != same.digest
            if not moved and is_whole(self.root, same):
                self._waiting.append(0)
                return Put(Outcome.TWIN, same)
            there = same
        if not anew and there is not None and there.id == document.id and self._as_it_was(there, document):
            return self._kept(there, path, digest)
        return self._put(document, there, path, digest, anew=anew)

    def _kept(self, there: Entry, path: str, digest: str) -> Put:
        entry = replace(there, path=path or there.path, digest=digest)
        self.catalogue = self.catalogue.with_entry(entry, there)
        self._waiting.append(0)
        return Put(Outcome.SAME, entry)

    def _put(self, document: Document, there: Entry | None, path: str, digest: str, *, anew: bool) -> Put:
        file = file_from(document, self._encoder, {} if anew else self._vectors_for(there))
        entry = self._written(file, document, path, digest)
        self.catalogue = self.catalogue.with_entry(entry, there)
        self._waiting.append(entry.characters)
        if there is None:
            return Put(Outcome.ADDED, entry)
        return Put(Outcome.SAME if anew and entry.sha256 == there.sha256 else Outcome.REPLACED, entry)

    def drop(self, ids: set[str]) -> None:
        """Take documents out. Raises LibraryUse where none would be left."""
        left = self.catalogue.without(ids)
        if not left.entries:
            raise LibraryUse(
                f"这是文稿库 {self.root} 里最后的文稿：没有文稿就不能问，没有删除。不要这个文稿库，可以删掉整个文件夹。"
            )
        self.catalogue = left
        self._waiting.append(0)

    @property
    def due(self) -> bool:
        """Whether so much is written that it should be published."""
        return len(self._waiting) >= BATCH_DOCUMENTS or sum(self._waiting) >= BATCH_CHARACTERS

    def publish(self) -> bool:
        """Put what was written in force; tell whether there was anything. Raises SnapshotNotWritten."""
        self._waiting.clear()
        manifest = self.catalogue.to_manifest()
        identity = identity_of(manifest)
        if not self.catalogue.entries or identity == pointer(self.root):
            return False
        try:
            sync_folder(self.root / DOCUMENTS)
            publish(self.root, identity, {MANIFEST: manifest})
            if self._before and not self._marked:  # only now: a command that fails must not cost the way back
                point(self.root, PREVIOUS, self._before)
                self._marked = True
        except OSError as error:
            raise not_written(self.root, error, self.again) from error
        return True

    def _at(self, path: str) -> Entry | None:
        return next((one for one in self.catalogue.entries if path and one.path == path), None)

    def _of(self, identity: str) -> Entry | None:
        return next((one for one in self.catalogue.entries if one.id == identity), None)

    def _as_it_was(self, entry: Entry, document: Document) -> bool:
        """Tell whether a document is kept with the same title, date … and its file is what it was."""
        try:
            return read_file(self.root, entry).document.document == replace(document, notes=())
        except SnapshotDamaged:
            return False

    def _vectors_for(self, there: Entry | None) -> Kept:
        """Return vectors that need not be encoded: of the built-in speech, and of what a document replaces."""
        if isinstance(self._encoder, StaticEncoder):
            return {}
        if there is None:
            return read_vectors(SPEECH, self._encoder.fingerprint)
        try:
            file = read_file(self.root, there)
        except SnapshotDamaged:
            return {}
        return dict(zip(map(bytes, file.digests), file.vectors, strict=True))

    def _written(self, file: DocumentFile, document: Document, path: str, digest: str) -> Entry:
        data = file.to_bytes()
        name, checksum = object_name(document.id, data)
        date = document.metadata.date
        entry = Entry(
            document.id,
            document.title,
            document.source,
            path,
            digest,
            date.value[:4] if date else "",
            len(document.text),
            len(file.vectors),
            name,
            len(data),
            checksum,
        )
        try:
            if not is_whole(self.root, entry):
                write_new(self.root / DOCUMENTS / name, data)
        except OSError as error:
            raise not_written(self.root, error, self.again) from error
        return entry


def digest_or_none(file: Path) -> str | None:
    """Return a file's digest; None where it is not there or cannot be read."""
    try:
        return digest_of_file(file)
    except (OSError, ValueError):
        return None


def file_of(path: str) -> Path:
    """Return the file that an entry's path names, of a document in a zip the zip."""
    return Path(path.partition(INSIDE)[0])


def file_from(document: Document, encoder: Encoder, kept: Kept) -> DocumentFile:
    """Read and encode one document; the vectors of texts in `kept` are taken from there. Raises EncoderError."""
    indexed = index_document(document)
    texts = [fold(text) for text in passage_texts(indexed)]
    vectors = encode_but(encoder, texts, kept)
    tokens = TokenIndex.build(encoder.token_ids(texts))
    return DocumentFile(indexed, Frequencies.of(passage_terms(indexed)), vectors, tokens, digests_of(texts))


def file_of_snapshot(snapshot: Snapshot, number: int) -> DocumentFile:
    """Return what a library keeps of a document that was indexed with others."""
    one: IndexedDocument = snapshot.documents[number].with_apart("")
    first, after = snapshot.span_of(number)
    texts = [fold(text) for text in passage_texts(one)]
    return DocumentFile(
        one,
        Frequencies.of(passage_terms(one)),
        snapshot.dense.vectors(first, after - first),
        snapshot.tokens.part(first, after),
        digests_of(texts),
    )


def digests_of(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Return what stands for passages' texts, shape (texts, DIGEST)."""
    found = np.frombuffer(b"".join(map(digest_of, texts)), dtype=np.uint8)
    return found.reshape(len(texts), DIGEST)
