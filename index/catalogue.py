"""What a library's snapshot says: which documents it has, and in which files.

DIR/CURRENT                    the snapshot in force, as for an index that is built at once (index/snapshot.py)
DIR/PREVIOUS                   the one before the last command that wrote: `rollback` goes back to it
DIR/snapshots/ID/manifest.json the documents, each with the name and the SHA-256 of its file
DIR/documents/NAME             one file a document (index/docfile.py), named by what is in it, never changed

A document's file is written once and shared by all snapshots that have it: to add one writes one file and a manifest.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.publishing import CURRENT

LIBRARY = 5  # the format's number; 4 is that of a snapshot that holds all of its documents
DOCUMENTS = "documents"
PREVIOUS = "PREVIOUS"


@dataclass(frozen=True, slots=True)
class Entry:
    """One document. `path` is the file it was read from (empty: brought by a program), `digest` that file's SHA-256.

    `year` is its date's, where it shows one; `object`, `bytes` and `sha256` are of its file in the library.
    """

    id: str
    title: str
    source: str
    path: str
    digest: str
    year: str
    characters: int
    passages: int
    object: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The documents of a library, in the order they came, and the encoder that all of them were read with."""

    encoder: str
    fingerprint: str
    dimension: int
    entries: tuple[Entry, ...] = ()

    def to_manifest(self) -> bytes:
        """Return the manifest; the same documents give the same one."""
        content = {
            "format": LIBRARY,
            "encoder": {"name": self.encoder, "fingerprint": self.fingerprint, "dimension": self.dimension},
            "files": {},
            "documents": [asdict(entry) for entry in self.entries],
        }
        return (json.dumps(content, ensure_ascii=False, indent=0) + "\n").encode(
            "utf-8", "surrogatepass"
        )  # a file name may be in no encoding

    @classmethod
    def from_manifest(cls, found: dict[str, Any]) -> Catalogue:
        """Read a manifest that has been checked. Raises KeyError or TypeError where it is another's."""
        encoder = found["encoder"]
        entries = tuple(Entry(**entry) for entry in found["documents"])
        return cls(encoder["name"], encoder["fingerprint"], encoder["dimension"], entries)

    def with_entry(self, entry: Entry, instead: Entry | None = None) -> Catalogue:
        """Return the catalogue with one more document, or with one in the place of another."""
        if instead is None:
            return replace(self, entries=(*self.entries, entry))
        return replace(self, entries=tuple(entry if one is instead else one for one in self.entries))

    def without(self, ids: set[str]) -> Catalogue:
        """Return the catalogue without these documents."""
        return replace(self, entries=tuple(one for one in self.entries if one.id not in ids))


def object_name(identity: str, data: bytes) -> tuple[str, str]:
    """Return the name of a document's file and its SHA-256."""
    digest = sha256(data).hexdigest()
    return f"{identity}-{digest[:20]}.speech", digest


def pointer(root: Path, name: str = CURRENT) -> str | None:
    """Return the id that CURRENT or PREVIOUS names; None where there is none or it cannot be read."""
    try:
        return (root / name).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
