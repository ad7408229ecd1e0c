"""A library on an engine looked through: every checksum, offset, vector and passage's words; what is wrong, what mends it."""

from __future__ import annotations

from collections.abc import Iterator

from index.catalogue import Entry
from index.engine.counting import read_head
from index.engine.distant import EngineStage
from index.engine.points import PointStore, every, point_id
from index.engine.stored import CLAIMED, COUNTS, DOCUMENT, LEAVING, PASSAGE
from index.errors import SnapshotDamaged
from index.verifying import flaw_of, flaw_of_rows


def check_library(store: PointStore) -> Iterator[str]:
    """Yield what is wrong in a library; nothing where all is well. Raises SnapshotMissing, EngineError."""
    head = read_head(store)
    again = f"speechqa add --again 文件 --library {store.name}"
    unfinished = every(store, {"k": [DOCUMENT], "state": [CLAIMED, LEAVING]}, fields=["d", "owner"])
    for point in unfinished:
        yield (
            f"文稿 {point.payload['d']} 没有写完（或没有删完）：它还不能问。若 {point.payload.get('owner')} 已不在运行，"
            f"再加一次就会清理：speechqa add 文件… --library {store.name}"
        )
    stage = EngineStage(store, head["encoder"]["fingerprint"], cache_bytes=0)
    for entry in stage.entries:
        try:
            files = stage.load([entry.id])
        except SnapshotDamaged as error:
            yield str(error)
            continue
        for file in files:
            if wrong := (
                flaw_of(file.document) or flaw_of_rows(file, stage.dimension) or _flaw_of_points(store, entry)
            ):
                yield f"文稿《{entry.title}》（{entry.id}）{wrong}。修复：{again}"


def _flaw_of_points(store: PointStore, entry: Entry) -> str:
    """Return what is wrong with the points that a document is found by and its terms are counted from; empty if nothing."""
    held = every(store, {"k": [PASSAGE], "d": [entry.id]}, 1000, ["n"])
    if missing := set(range(entry.passages)) - {point.payload["n"] for point in held}:
        return f"应有 {entry.passages} 个可检索的段落，缺 {len(missing)} 个（第一个是第 {min(missing)} 号）"
    if len(held) > entry.passages:
        return f"应有 {entry.passages} 个可检索的段落，实际有 {len(held)} 个"
    if not store.retrieve([point_id(COUNTS, entry.id)]):
        return "缺词的统计"
    return ""
