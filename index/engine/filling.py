"""A library on an engine, added to and taken from: by one program, or by any number on any number of machines.

Each takes the files that no other is at. A document's marker is claimed, its points are written, and the marker is set to
done last: who is killed leaves a claim that the next `add` sees, and cleans up before it does anything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from index.catalogue import Entry
from index.encoder import Encoder
from index.engine.address import open_store
from index.engine.claiming import Claims
from index.engine.counting import count, prepare, read_head
from index.engine.points import PointStore, every, point_id
from index.engine.stored import (
    DOCUMENT,
    DONE,
    FILE,
    entry_of,
    marker,
    marker_id,
    points_of,
    read_entry,
    read_gist,
)
from index.errors import EngineError, LibraryUse, ReadingError
from index.gist import gist
from index.library import Adding, Done, Refused, Report, found_in, lost_of, place_in, size_of
from index.reading import digest_of_file, files_of, read_documents
from index.shelving import INSIDE, Outcome, Put, digest_or_none, file_from, file_of
from index.types import Document

HOW = Adding()
_DONE = {"k": [DOCUMENT], "state": [DONE]}


@dataclass(slots=True)
class Filled(Report):
    """What became of the files; `elsewhere` are those that another program is at."""

    elsewhere: list[str] = field(default_factory=list)


class EngineLibrary:
    """A library on an engine. Use it with `with`, so that the engine is let go of."""

    def __init__(self, store: PointStore, clock: Callable[[], float] = time.time) -> None:
        """Take an engine's collection, which need not be there yet."""
        self.store = store
        self._clock = clock
        self._claims = Claims(store, clock)

    @classmethod
    def open(cls, address: str) -> EngineLibrary:
        """Open the library of an address. Raises EngineError, LibraryBusy."""
        return cls(open_store(address))

    def __enter__(self) -> EngineLibrary:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    def entries(self) -> tuple[Entry, ...]:
        """Return the documents that are whole, in the order they came. Raises SnapshotMissing, EngineError."""
        read_head(self.store)
        found = every(self.store, _DONE, 1000, ["entry", "came"])
        found.sort(key=lambda point: (point.payload["came"], point.payload["entry"]["id"]))
        return tuple(read_entry(point.payload) for point in found)

    def add(self, paths: Sequence[Path], encoder: Encoder, how: Adding = HOW) -> Filled:
        """Add files, folders and zips; what cannot be read is refused, what another is at is left to it.

        Raises SnapshotOtherEncoder, EngineError, EncoderError, LibraryUse where a mirror would leave none; every document
        that was finished stays.
        """
        report = Filled()
        prepare(self.store, encoder)
        self._repaired(how)
        try:
            self._add(list(found_in(paths, report)), encoder, how, report)
            if how.mirror:
                gone = lost_of(self.entries(), [p for p in paths if p.is_dir() and files_of(p)])
                report.gone += self._taken_out({entry.id for entry in gone})
        except EngineError:
            raise  # nothing more is to be had of it
        except BaseException:
            self._settled()
            raise
        self._settled()
        return report

    def remove(self, ids: set[str], how: Adding = HOW) -> list[Entry]:
        """Take documents out, by their ids; return their entries. Raises LibraryUse where none would be left."""
        read_head(self.store)
        self._repaired(how)
        gone = self._taken_out(ids)
        self._settled()
        return gone

    def _repaired(self, how: Adding) -> None:
        if dropped := self._claims.repair():
            how.told(f"有 {dropped} 篇文稿上次没有写完（或没有删完），已经清理；要加的会重新加。")

    def _settled(self) -> None:
        """Count the terms where it is due, and have the engine order what it has."""
        if count(self.store):
            self.store.settle()

    def _taken_out(self, ids: set[str]) -> list[Entry]:
        """Take documents out, but never the last ones. Raises LibraryUse."""
        if ids and ids >= {entry.id for entry in self.entries()}:
            raise LibraryUse(
                f"这是文稿库 {self.store.name} 里最后的文稿：没有文稿就不能问，没有删除。不要这个文稿库，可以在引擎里删掉这个集合。"
            )
        return self._dropped(ids)

    def _dropped(self, ids: set[str]) -> list[Entry]:
        markers = self.store.retrieve([marker_id(identity) for identity in sorted(ids)]) if ids else []
        return [
            read_entry(point.payload)
            for point in markers
            if point.payload.get("state") == DONE and self._claims.drop(point.payload["d"], point.payload)
        ]

    # --- adding -------------------------------------------------------------------------------------

    def _add(self, files: Sequence[Path], encoder: Encoder, how: Adding, report: Filled) -> None:
        sizes = [size_of(file) for file in files]
        done, whole, left = 0, sum(sizes), []
        for number, (file, size) in enumerate(zip(files, sizes, strict=True)):
            how.progress(Done(number, len(files), done, whole, file.name))
            if not self._add_file(file, encoder, how, report):
                left.append(file)
            done += size
        how.progress(Done(len(files), len(files), done, whole, ""))
        for file in left:  # another was at it: has it been finished meanwhile, or left?
            if not self._add_file(file, encoder, how, report):
                report.elsewhere.append(str(file))

    def _add_file(self, file: Path, encoder: Encoder, how: Adding, report: Filled) -> bool:
        """Add what is in one file, unless it is known; False where another program is at it."""
        path = str(file.resolve()).encode("utf-8", "backslashreplace").decode("utf-8")
        try:
            digest = digest_of_file(file)
        except (OSError, ValueError):
            digest = ""  # reading it says why
        if not how.anew and digest and self._is_known(path, digest, report):
            return True
        claim = point_id(FILE, digest or path)
        payload = {"k": FILE, "d": digest or path}
        there = self._claims.take(claim, payload)
        if there is not None and not (
            self._claims.is_stale(there) and self._claims.take_over(claim, payload, there)
        ):
            return False
        try:
            whole = self._read(file, path, digest, encoder, how, report)
        finally:
            self.store.delete({"k": [FILE], "d": [digest or path], "owner": [self._claims.owner]})
        return whole

    def _is_known(self, path: str, digest: str, report: Filled) -> bool:
        """Note a file that is in the library: under this path, or under another with the same content."""
        found = every(self.store, {**_DONE, "file": [digest]}, fields=["entry"])
        entries = [read_entry(point.payload) for point in found]
        if same := next((entry for entry in entries if entry.path == path), None):
            report.same.append(same)
        elif twin := next((e for e in entries if INSIDE not in e.path and _still_stands(e)), None):
            self._older(path, twin.id)
            report.twins.append((path, twin))
        else:
            return False
        return True

    def _read(
        self, file: Path, path: str, digest: str, encoder: Encoder, how: Adding, report: Filled
    ) -> bool:
        whole, used = True, set[str]()
        for one in read_documents(file):
            if isinstance(one, ReadingError):
                report.refused.append(Refused(str(file), one.code, str(one)))
                continue
            report.notes += [f"{one.source}：{note}" for note in one.notes]
            where = place_in(path, one, used) if one.source != file.name else path
            put = self._put(one, where, digest, encoder, anew=how.anew)
            if put is None:
                whole = False
            else:
                report.take(str(file) if where == path else f"{file}/{one.source}", put)
        return whole

    def _put(self, document: Document, path: str, digest: str, encoder: Encoder, *, anew: bool) -> Put | None:
        """Write a document, in the place of what was read from the same path before; None where another is at it."""
        identity = document.id
        claim = {"k": DOCUMENT, "d": identity}
        there = self._claims.take(marker_id(identity), claim)
        before: Entry | None = None
        if there is not None:
            if there.get("state") == DONE:
                before = read_entry(there)
                if path and before.path != path and _still_stands(before):
                    self._older(path, identity)
                    return Put(Outcome.TWIN, before)
                if not anew and read_gist(there) == gist(document):
                    self._older(path, identity)
                    return self._kept(before, path, digest)
            elif not self._claims.is_stale(there):
                return None
            if not self._claims.take_over(marker_id(identity), claim, there):
                return None
            self._claims.clear(identity)
        came = int(there["came"]) if before and there else time.time_ns()
        entry = self._written(document, path, digest, encoder, came)
        if entry is None:
            return None
        older = self._older(path, identity)
        if before is not None and before == entry:
            return Put(Outcome.SAME, entry)
        return Put(Outcome.REPLACED if before or older else Outcome.ADDED, entry)

    def _written(
        self, document: Document, path: str, digest: str, encoder: Encoder, came: int
    ) -> Entry | None:
        """Write a document whose marker is ours: its points, then the marker; None where that was lost meanwhile."""
        file = file_from(document, encoder, {})
        for batch in points_of(file):
            self.store.upsert(batch)
        entry = entry_of(file, path, digest)
        return entry if self._claims.finish(document.id, marker(entry, document, came)) else None

    def _kept(self, before: Entry, path: str, digest: str) -> Put:
        entry = replace(before, path=path or before.path, digest=digest)
        if entry != before:
            fields: dict[str, Any] = {"path": entry.path, "file": digest, "entry": asdict(entry)}
            self.store.update({**_DONE, "d": [entry.id]}, fields)
        return Put(Outcome.SAME, entry)

    def _older(self, path: str, identity: str) -> list[Entry]:
        """Take out what was read from a path before."""
        if not path:
            return []
        found = every(self.store, {**_DONE, "path": [path]}, fields=["d"])
        return self._dropped({point.payload["d"] for point in found} - {identity})


def _still_stands(entry: Entry) -> bool:
    """Tell whether the file that a document was read from still is there as it was: else the document has moved.

    Where not even its folder is here, it may stand on another of the machines that fill the library.
    """
    if not entry.path:
        return False
    file = file_of(entry.path)
    return not file.parent.is_dir() or digest_or_none(file) == entry.digest
