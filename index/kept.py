"""Vectors of passages that an index or the package already has: what has not changed is not read again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from index.encoder import Encoder, StaticEncoder, Vectors
from index.errors import SnapshotError
from index.folding import fold
from index.legible import legible
from index.snapshot import load_snapshot

SPEECH = Path(__file__).parent / "data" / "speech" / "vectors.npz"  # of the built-in speech

Kept = dict[bytes, Vectors]


def encode_new(encoder: Encoder, texts: Sequence[str], root: Path | None, progress: bool) -> Vectors:
    """Return one vector a passage, shape (texts, dimension): kept ones, and those of new texts encoded now."""
    kept = {} if isinstance(encoder, StaticEncoder) else kept_vectors(encoder.fingerprint, root)
    return encode_but(encoder, texts, kept, progress)


def encode_but(encoder: Encoder, texts: Sequence[str], kept: Kept, progress: bool = False) -> Vectors:
    """Return one vector a passage, shape (texts, dimension): those that are kept, and the rest, which `kept` then has."""
    digests = [digest_of(text) for text in texts]
    new = {d: t for d, t in zip(digests, texts, strict=True) if d not in kept}
    if new:
        kept.update(zip(new, encoder.encode_passages(list(new.values()), progress=progress), strict=True))
    return np.array([kept[d] for d in digests], dtype=np.float32).reshape(len(texts), encoder.dimension)


def kept_vectors(fingerprint: str, root: Path | None) -> Kept:
    """Return the vectors that an encoder once gave, by their texts' digests: the package's, and those of `root`."""
    kept = read_vectors(SPEECH, fingerprint)
    try:
        snapshot = load_snapshot(root, fingerprint=fingerprint) if root is not None else None
    except SnapshotError:
        return kept
    if snapshot is not None:
        passages = ((d, d.passages[p]) for d, p in ((snapshot.documents[d], p) for d, p in snapshot.rows))
        texts = [fold(legible(d, p)) for d, p in passages]
        kept |= zip(map(digest_of, texts), snapshot.dense.vectors(), strict=True)
    return kept


def digest_of(text: str) -> bytes:
    """Return 16 bytes that stand for a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def read_vectors(file: Path, fingerprint: str) -> Kept:
    """Return what `write_vectors` wrote; nothing where it is another encoder's, or not there."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as found:
            if str(found["fingerprint"]) != fingerprint:
                return {}
            return dict(zip(map(bytes, found["digests"]), found["vectors"], strict=True))
    except (OSError, ValueError, KeyError, BadZipFile):
        return {}


def write_vectors(file: Path, fingerprint: str, kept: Kept) -> None:
    """Write vectors by their texts' digests; the same ones give the same bytes."""
    digests = sorted(kept)
    np.savez_compressed(
        file,
        fingerprint=np.array(fingerprint),
        digests=np.array([np.frombuffer(d, dtype=np.uint8) for d in digests]),
        vectors=np.array([kept[d] for d in digests], dtype=np.float32),
    )
