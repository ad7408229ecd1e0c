"""A library: one folder of many documents, added to and taken from without being built anew.

Each command holds the lock (index/locking.py), writes files that nobody reads yet, and then points CURRENT at them
(index/catalogue.py): a reader has all of it or nothing, and one that is killed loses at most the batch it was at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.catalogue import LIBRARY, PREVIOUS, Catalogue, Entry, pointer
from index.encoder import Encoder
from index.errors import FileUnreadable, LibraryUse, ReadingError, SnapshotDamaged, command, not_written
from index.locking import Told, writing
from index.publishing import CURRENT, is_id, point, snapshots_of
from index.reading import digest_of_file, files_of, read_documents
from index.shelving import INSIDE, Outcome, Put, Shelf, file_of
from index.snapshot import manifest_of
from index.sweeping import Swept, sweep
from index.types import Document
from index.verifying import problems_of

ADD = "add 文件…"


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, why, and its error's code."""

    name: str
    code: str
    message: str


@dataclass(slots=True)
class Report:
    """What became of the files that were to be added; `twins` name the document that has the same text."""

    added: list[Entry] = field(default_factory=list)
    replaced: list[Entry] = field(default_factory=list)
    same: list[Entry] = field(default_factory=list)
    twins: list[tuple[str, Entry]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    gone: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, name: str, put: Put) -> None:
        """Note what became of a document."""
        match put.outcome:
            case Outcome.TWIN:
                self.twins.append((name, put.entry))
            case Outcome.ADDED:
                self.added.append(put.entry)
            case Outcome.REPLACED:
                self.replaced.append(put.entry)
            case Outcome.SAME:
                self.same.append(put.entry)


@dataclass(frozen=True, slots=True)
class Done:
    """How far an adding is: files and bytes, of how many, and the file that is next."""

    files: int
    of_files: int
    bytes: int
    of_bytes: int
    name: str


@dataclass(frozen=True, slots=True)
class Adding:
    """How documents are added. `anew` reads unchanged files again; `mirror` takes out what a named folder lost."""

    anew: bool = False
    mirror: bool = False
    told: Told = lambda _: None
    progress: Callable[[Done], None] = lambda _: None
    clock: Callable[[], float] = time.time


def add_files(root: Path, paths: Sequence[Path], encoder: Encoder, how: Adding = Adding()) -> Report:
    """Add files, folders and zips to the library; what cannot be read is refused and the rest goes on.

    Raises LibraryBusy, SnapshotError, EncoderError; what was published before stays.
    """
    again = command(ADD, root)
    report = Report()
    with writing(root, again, how.told, how.clock):
        shelf = Shelf(root, encoder, again)
        try:
            _add(shelf, paths, how, report)
        finally:
            shelf.publish()
        sweep(root)
    return report


def add_documents(
    root: Path, documents: Sequence[Document], encoder: Encoder, told: Told = lambda _: None
) -> Report:
    """Add documents that no file stands for. Raises as `add_files` does."""
    again = command(ADD, root)
    report = Report()
    with writing(root, again, told):
        shelf = Shelf(root, encoder, again)
        try:
            for document in documents:
                report.take(document.source or document.title, shelf.put(document))
                if shelf.due:
                    shelf.publish()
        finally:
            shelf.publish()
        sweep(root)
    return report


def remove_documents(root: Path, ids: set[str], encoder: Encoder, told: Told = lambda _: None) -> list[Entry]:
    """Take documents out of the library, by their ids; return their entries. Raises LibraryUse, SnapshotError."""
    again = command("remove 文稿…", root)
    with writing(root, again, told):
        shelf = Shelf(root, encoder, again)
        there = [entry for entry in shelf.catalogue.entries if entry.id in ids]
        if there:
            shelf.drop({entry.id for entry in there})
            shelf.publish()
            sweep(root)
    return there


def entries_of(root: Path) -> tuple[Entry, ...]:
    """Return the documents of an index folder, also of one that was built at once. Raises SnapshotError."""
    return catalogue_of(root).entries


def catalogue_of(root: Path, identity: str | None = None) -> Catalogue:
    """Return what a snapshot of an index folder has, the one in force where none is named. Raises SnapshotError."""
    folder, manifest = manifest_of(root, identity)
    try:
        if manifest["format"] == LIBRARY:
            return Catalogue.from_manifest(manifest)
        encoder = manifest["encoder"]
        entries = tuple(
            Entry(d["id"], d["title"], "", "", "", "", d["characters"], 0, "", 0, "")
            for d in manifest["documents"]
        )
        return Catalogue(encoder["name"], encoder["fingerprint"], encoder["dimension"], entries)
    except (KeyError, TypeError) as error:
        raise SnapshotDamaged(f"索引文件 {folder} 的说明缺少内容。") from error


def collect_garbage(root: Path, told: Told = lambda _: None) -> Swept:
    """Delete what neither the snapshot in force nor the one before needs. Raises LibraryBusy, SnapshotError."""
    manifest_of(root)  # what cannot be read is not tidied up
    with writing(root, command("gc", root), told):
        return sweep(root)


def go_back(root: Path, to: str | None = None, told: Told = lambda _: None) -> tuple[str | None, str]:
    """Put an earlier snapshot in force again, after a look at every file of it; return the ids of what was and is.

    The one before the last command that wrote, where none is named. Raises LibraryUse, SnapshotError.
    """
    again = command("rollback", root)
    if not root.is_dir():
        raise LibraryUse(f"没有文稿库 {root}。请检查 --index。")
    with writing(root, again, told):
        now, wanted = pointer(root), to or pointer(root, PREVIOUS)
        others = [one for one in snapshots_of(root) if one != now]
        known = f"这里有：{'、'.join(others)}" if others else "这里没有别的快照"
        if not wanted or not is_id(wanted):
            raise LibraryUse(f"文稿库 {root} 没有记下上一个快照；{known}。可用 --to 编号 指明一个。")
        if wanted == now:
            raise LibraryUse(f"快照 {wanted} 就是现在用的；{known}。可用 --to 编号 指明一个。")
        if wanted not in others:
            raise LibraryUse(f"没有快照 {wanted}，或它已损坏；{known}。可用 --to 编号 指明一个。")
        for problem in problems_of(root, wanted):
            raise SnapshotDamaged(f"快照 {wanted} 不能用：{problem}没有改动。")
        try:
            if now and is_id(now):
                point(root, PREVIOUS, now)
            point(root, CURRENT, wanted)
        except OSError as error:
            raise not_written(root, error, again) from error
    return now, wanted


# --- adding -----------------------------------------------------------------------------------------


def _add(shelf: Shelf, paths: Sequence[Path], how: Adding, report: Report) -> None:
    files = list(found_in(paths, report))
    sizes = [size_of(file) for file in files]
    done, whole = 0, sum(sizes)
    for number, (file, size) in enumerate(zip(files, sizes, strict=True)):
        how.progress(Done(number, len(files), done, whole, file.name))
        _add_file(shelf, file, how, report)
        done += size
        if shelf.due:
            shelf.publish()
    how.progress(Done(len(files), len(files), done, whole, ""))
    if how.mirror:
        report.gone += _without_lost(
            shelf, [p for p in paths if p.is_dir() and files_of(p)]
        )  # else it may be away


def found_in(paths: Sequence[Path], report: Report) -> Iterator[Path]:
    """Yield the files of paths; the report says which folder has none."""
    for path in paths:
        files = files_of(path)
        if not files:
            message = f"文件夹 {path} 里没有文件：应有要读的文稿。请检查路径。"
            report.refused.append(Refused(str(path), FileUnreadable.code, message))
        yield from files


def size_of(file: Path) -> int:
    """Return a file's bytes, 0 where it cannot be looked at."""
    try:
        return file.stat().st_size
    except OSError:
        return 0  # reading it says why


def _add_file(shelf: Shelf, file: Path, how: Adding, report: Report) -> None:
    """Add what is in one file, unless it is known."""
    path = str(file.resolve())
    try:
        digest = digest_of_file(file)
    except (OSError, ValueError):
        digest = ""  # reading it says why
    if not how.anew and digest and (known := shelf.known(path, digest)):
        report.same.append(known)
        return
    used: set[str] = set()
    for one in read_documents(file):
        if isinstance(one, ReadingError):
            report.refused.append(Refused(str(file), one.code, str(one)))
            continue
        report.notes += [f"{one.source}：{note}" for note in one.notes]
        where = place_in(path, one, used) if one.source != file.name else path
        report.take(
            str(file) if where == path else f"{file}/{one.source}",
            shelf.put(one, where, digest, anew=how.anew),
        )
        if shelf.due:
            shelf.publish()


def place_in(path: str, document: Document, used: set[str]) -> str:
    """Return the path of a document in a zip; of several that are called alike, one that tells them apart."""
    name, number = document.source, 1
    while name in used:
        number += 1
        name = f"{document.source}#{number}"
    used.add(name)
    return f"{path}{INSIDE}{name}"


def _without_lost(shelf: Shelf, folders: Sequence[Path]) -> list[Entry]:
    """Take out the documents whose files were in these folders and are there no more."""
    lost = lost_of(shelf.catalogue.entries, folders)
    if lost:
        shelf.drop({entry.id for entry in lost})
    return lost


def lost_of(entries: Sequence[Entry], folders: Sequence[Path]) -> list[Entry]:
    """Return the documents whose files were in these folders and are there no more."""
    inside = [folder.resolve() for folder in folders]
    return [
        entry
        for entry in entries
        if entry.path
        and any(file_of(entry.path).is_relative_to(folder) for folder in inside)
        and _is_gone(file_of(entry.path))
    ]


def _is_gone(file: Path) -> bool:
    """Tell whether a file is surely there no more: where its folder cannot be looked into it may be."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
