"""Documents chosen out of several snapshots -> one snapshot in memory. Nothing is encoded again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256

import numpy as np

from index.build import passage_terms
from index.dense import DenseIndex
from index.lexical import LexicalIndex
from index.naming import tell_apart
from index.rows import Rows
from index.snapshot import Snapshot
from index.tokens import TokenIndex
from index.types import IndexedDocument


def combined_id(fingerprint: str, documents: Collection[str]) -> str:
    """Return the id of the snapshot that `combine` makes of these documents under an encoder, in whatever order."""
    return sha256("\n".join([fingerprint, *sorted(documents)]).encode("utf-8")).hexdigest()[:16]


def combine(parts: Sequence[tuple[Snapshot, Collection[str]]]) -> Snapshot:
    """Return one snapshot of the documents with those ids, in the order of `parts`, each document once.

    All snapshots are of one encoder. Raises ValueError where they are not, or no document is chosen.
    """
    if len({snapshot.fingerprint for snapshot, _ in parts}) != 1:
        raise ValueError("snapshots of one encoder are wanted")
    documents: list[IndexedDocument] = []
    vectors, tokens = [], []
    for snapshot, wanted in parts:
        taken = {one.document.id for one in documents}
        for n, one in enumerate(snapshot.documents):
            if one.document.id not in wanted or one.document.id in taken:
                continue
            begin, end = snapshot.span_of(n)
            documents.append(one.with_apart(""))
            vectors.append(snapshot.dense.vectors(begin, end - begin))
            tokens.append(snapshot.tokens.part(begin, end))
    if not documents:
        raise ValueError("no document is chosen")
    first = parts[0][0]
    return Snapshot(
        combined_id(first.fingerprint, [one.document.id for one in documents]),
        None,
        first.encoder,
        first.fingerprint,
        first.dimension,
        tell_apart(documents),
        LexicalIndex.build([terms for one in documents for terms in passage_terms(one)]),
        DenseIndex.build(np.concatenate(vectors)),
        TokenIndex.joined(tokens),
        Rows(len(one.passages) for one in documents),
    )
