"""Which documents a question is asked of: all of the index, one of it, or any that were chosen, brought ones among them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import index
from index import Snapshot
from qa.answering import Engine
from qa.errors import BadRequest, UnknownDocument
from qa.web.uploads import Held

KEPT = 8  # engines over chosen documents that are kept ready
MOST = 1_500_000  # characters that are asked at once beside the whole index: three seconds to put together
LOST = "要问的文稿不在了：上传的文稿在新对话、删除或到期之后就没有了。请重新上传，或另选文稿。"


def scope_id(shared: Engine, wanted: Sequence[str]) -> str:
    """Return the id of the snapshot that a question about these documents is asked of; none wanted: the index's."""
    one = _of_index(shared.snapshot, wanted)
    return shared.snapshot.id if one else index.combined_id(shared.snapshot.fingerprint, set(wanted))


def _of_index(snapshot: Snapshot, wanted: Sequence[str]) -> bool:
    """Tell whether the index itself can be asked: about all of it, or one document."""
    here = {one.document.id for one in snapshot.documents}
    return set(wanted) <= here and (len(set(wanted)) <= 1 or set(wanted) == here)


@dataclass(slots=True)
class Scopes:
    """Engines over documents that were chosen, the last few. Safe to share between threads."""

    _kept: OrderedDict[str, Engine] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def engine(self, shared: Engine, own: Sequence[Held], wanted: Sequence[str]) -> tuple[Engine, str | None]:
        """Return what to ask about these documents, and the one to name to it.

        Raises UnknownDocument where one is neither in the index nor among `own`, BadRequest where they are too much.
        """
        if _of_index(shared.snapshot, wanted):
            whole = len(set(wanted)) != 1
            return shared, None if whole else wanted[0]
        identity = scope_id(shared, wanted)
        parts = _parts(shared.snapshot, own, wanted)
        with self._lock:
            if (kept := self._kept.get(identity)) is not None:
                self._kept.move_to_end(identity)
                return kept, None
        made = Engine(_joined(parts, identity), shared.encoder, shared.settings, shared.reranker)
        with self._lock:
            self._kept[identity] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made, None

    def forget(self) -> None:
        """Let all go: a document that was brought is gone, and nothing may hold it any longer."""
        with self._lock:
            self._kept.clear()


def _parts(
    shared: Snapshot, own: Sequence[Held], wanted: Sequence[str]
) -> list[tuple[Snapshot, frozenset[str]]]:
    """Return the snapshots to take from, each with the documents' ids."""
    brought = {held.indexed.document.id: held for held in own}
    here = {one.document.id: one for one in shared.documents}
    if not set(wanted) <= here.keys() | brought.keys():
        raise UnknownDocument(LOST)
    of_index = frozenset(wanted) & here.keys()
    taken = [brought[i] for i in dict.fromkeys(wanted) if i not in here]
    size = sum(len(here[i].document.text) for i in of_index) + sum(held.size for held in taken)
    if size > MOST:
        raise BadRequest(f"选中的文稿共 {size:,} 字，一起问最多 {MOST:,} 字。请少选几篇。")
    own_parts = [(held.snapshot, frozenset({held.indexed.document.id})) for held in taken]
    return [*([(shared, of_index)] if of_index else []), *own_parts]


def _joined(parts: Sequence[tuple[Snapshot, frozenset[str]]], identity: str) -> Snapshot:
    if len(parts) == 1 and len(parts[0][0].documents) == 1:
        return replace(parts[0][0], id=identity)
    return index.combine(parts)
