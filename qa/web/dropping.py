"""Files that are dropped into a folder -> the library: `serve --watch FOLDER`.

A file is read when two looks in a row find it the same, so that one that is still being copied is waited for. A file
that is gone keeps its document unless the setting `watch_removes` says otherwise: the folder may be a network drive
that is away for a while. Then the library is made like the folder when all of it is at rest: once after the start, for
what was deleted while nobody looked, and whenever a file is gone.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import index
from index import Encoder, LibraryBusy, SpeechIndexError
from qa.errors import BadSetting
from qa.settings import Settings
from qa.web.logs import write_line
from qa.web.renewing import Repeating
from qa.web.resources import Resources

RENEW_SECONDS = 2.0  # between two looks whether the index's folder has another snapshot in force
LOOK_SECONDS = 5.0  # between two looks: a file appears after two of them and the reading
AGAIN_LOOKS = 12  # after which what could not be written, a disk being full, is tried again: a minute
SIDE = (".toml", ".json")

Signature = tuple[tuple[int, int], ...]
_log = logging.getLogger("speechqa")


@dataclass(slots=True)
class Dropped:
    """The folder, as it was at the last look. `renewed` is called after the library has changed."""

    folder: Path
    root: Path
    encoder: Callable[[], Encoder]
    renewed: Callable[[], object] = lambda: None
    removes: bool = False
    stopped: Event = field(default_factory=Event)
    _seen: dict[Path, Signature] = field(default_factory=dict)
    _read: dict[Path, Signature] = field(default_factory=dict)
    _wait: int = 0
    _mirrored: bool = False  # since the start

    def look(self) -> None:
        """Look once; read what has come to rest since the last look."""
        if not self.folder.is_dir():
            return  # away for a while: nothing is lost meanwhile
        found = {file: _signature(file) for file in index.files_of(self.folder)}
        still = [f for f, s in found.items() if s and self._seen.get(f) == s and self._read.get(f) != s]
        resting = bool(found) and found == self._seen and all(found.values())
        lost = resting and self.removes and (not self._mirrored or bool(self._read.keys() - found.keys()))
        self._seen = found
        if self._wait:
            self._wait -= 1
        elif still or lost:
            self._take(still, {file: found[file] for file in still}, lost)

    def _take(self, files: list[Path], signatures: dict[Path, Signature], lost: bool) -> None:
        how = index.Adding(mirror=lost, told=lambda said: _log.warning("%s", said), progress=self._go_on)
        try:
            report = index.add_files(self.root, [self.folder] if lost else files, self.encoder(), how)
        except LibraryBusy:
            return  # the next look tries again
        except _Stopped:
            return
        except SpeechIndexError as error:
            self._wait = AGAIN_LOOKS
            names = "、".join(file.name for file in files[:3])
            _log.error("监视的文件夹 %s：%s（%s）", self.folder, error, names)
            return
        self._read |= signatures
        self._mirrored |= lost
        for gone in self._read.keys() - self._seen.keys():
            del self._read[gone]
        for refused in report.refused:
            _log.error("监视的文件夹：%s 没有读入：%s", refused.name, refused.message)
        if report.added or report.replaced or report.gone:
            _log.warning(
                "监视的文件夹：新加 %d，更新 %d，去掉 %d",
                *map(len, (report.added, report.replaced, report.gone)),
            )
            self.renewed()

    def _go_on(self, _: index.Done) -> None:
        if self.stopped.is_set():
            raise _Stopped


class _Stopped(Exception):
    """The server ends; what was read so far is kept."""


def _signature(file: Path) -> Signature:
    """Return sizes and times of a file and of what stands beside it; empty where it cannot be looked at."""
    found = []
    for one in (file, *(file.with_name(file.name + ending) for ending in SIDE)):
        try:
            status = one.stat()
        except OSError:
            if one == file:
                return ()
            continue
        found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)


@contextlib.contextmanager
def looking(resources: Resources) -> Iterator[None]:
    """Look meanwhile for another snapshot, and for files that are dropped."""
    settings = resources.settings
    found = [Repeating("renewing", RENEW_SECONDS, resources.renew)] if settings.index else []
    if settings.watch:
        dropped = Dropped(
            Path(settings.watch),
            Path(settings.index),
            lambda: resources.engine.encoder,
            resources.renew,
            settings.watch_removes,
        )
        found.append(Repeating("dropping", LOOK_SECONDS, dropped.look, dropped.stopped))
    for one in found:
        one.start()
    try:
        yield
    finally:
        for one in found:
            one.stop()


def check_watch(settings: Settings) -> None:
    """Raise BadSetting where a folder is to be watched that is none, or there is no library to add to."""
    if not settings.watch:
        return
    if not settings.index:
        raise BadSetting("监视文件夹（--watch）时要写明文稿库在哪里：--index 文件夹。")
    if not Path(settings.watch).is_dir():
        raise BadSetting(f"要监视的 {settings.watch} 不是文件夹。请检查 --watch。")
    if index.pointer(Path(settings.index)) is None:  # nothing to ask yet: what lies there is read first
        report = index.add_files(
            Path(settings.index), [Path(settings.watch)], index.load_encoder(settings.encoder or None)
        )
        for refused in report.refused:
            write_line(sys.stderr, f"没有读入：{refused.message}")
