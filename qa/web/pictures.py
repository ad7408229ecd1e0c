"""Pages of the files that people brought, drawn for the reader: each in a process of its own, the last ones kept."""

from __future__ import annotations

import secrets
import tempfile
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import index
from index import ReadingError
from qa.errors import NoOriginal
from qa.web.scratch import PREFIX
from qa.web.uploads import Held, Uploads

KEPT = 32_000_000  # bytes of pictures that are kept: some thirty pages
NO_PAGES = "这种格式没有页面图像：只有 PDF 和图片有。请打开原件。"


@dataclass(slots=True)
class Pictures:
    """Drawn pages, the last few. Safe to share between threads."""

    uploads: Uploads
    kept: int = KEPT
    _kept: OrderedDict[tuple[str, int], bytes] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def page(self, held: Held, number: int) -> bytes:
        """Return page `number` of a held PDF or picture as a PNG. Raises NoOriginal."""
        key = (held.id, number)
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        drawn = _draw(held, number)
        with self._lock:
            self._kept[key] = drawn
            while sum(map(len, self._kept.values())) > self.kept:
                self._kept.popitem(last=False)
        if not self.uploads.those([held.id]):  # it went while it was drawn
            self.forget()
        return drawn

    def forget(self) -> None:
        """Hold none: what one shows may be gone."""
        with self._lock:
            self._kept.clear()


def _draw(held: Held, number: int) -> bytes:
    original = held.original
    if original is None or not original.drawable:
        raise NoOriginal(NO_PAGES)
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        path = Path(folder) / secrets.token_hex(8)
        path.write_bytes(original.data)
        try:
            return index.draw_isolated(path, original.kind, number)
        except ReadingError as error:
            raise NoOriginal(str(error).replace(path.name, original.name)) from error
