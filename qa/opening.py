"""Settings -> an engine over the index, encoder and reader that they name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from index import Encoder, Snapshot, load_encoder, load_snapshot
from qa.answering import Engine
from qa.builtin import builtin_snapshot
from qa.reranking import load_reranker
from qa.settings import Settings


def open_engine(
    root: Path | None = None,
    *,
    settings: Settings | None = None,
    allow_download: bool = False,
    make: Callable[[Encoder], Snapshot] | None = None,
) -> Engine:
    """Open the index under `root` (None: the one in the settings, else the built-in speech).

    With `make` it gives the snapshot, and no folder is opened. Raises SnapshotError, EncoderError.
    """
    settings = settings or Settings()
    encoder = load_encoder(settings.encoder or None, allow_download=allow_download)
    root = root or (Path(settings.index) if settings.index else None)
    if make is not None:
        snapshot = make(encoder)
    elif root is not None:
        snapshot = load_snapshot(root, fingerprint=encoder.fingerprint)
    else:
        snapshot = builtin_snapshot(encoder, Path(settings.cache) if settings.cache else None)
    reranker = load_reranker(settings.reranker, encoder, allow_download=allow_download)
    return Engine(snapshot, encoder, settings, reranker)
