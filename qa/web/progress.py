"""How far a file has been read that a client is waiting for: told by the number that the client gave it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from qa.web.brought import UploadProgress

Stage = Literal["waiting", "reading", "indexing"]


@dataclass(slots=True)
class Progress:
    """Where one upload is; written by the thread that reads it, read by others."""

    stage: Stage = "waiting"
    page: int = 0
    pages: int = 0
    file: int = 0
    files: int = 0

    def read(self, page: int, pages: int) -> None:
        """Note how many pages have been read."""
        self.stage, self.page, self.pages = "reading", page, pages

    def begin(self, stage: Stage, file: int = 1, files: int = 1) -> None:
        """Note that a stage begins, of which file of how many."""
        self.stage, self.page, self.pages, self.file, self.files = stage, 0, 0, file, files


@dataclass(slots=True)
class Progresses:
    """Uploads under way by the numbers that their clients gave them."""

    _there: dict[str, Progress] = field(default_factory=dict)

    def begin(self, number: str | None) -> Progress:
        """Note an upload; without a number nobody asks after it."""
        made = Progress()
        if number is not None:
            self._there[number] = made
        return made

    def end(self, number: str | None, progress: Progress) -> None:
        """Let an upload go that has ended."""
        if number is not None and self._there.get(number) is progress:
            del self._there[number]

    def told(self, number: str) -> UploadProgress | None:
        """Return where an upload is; None where there is none of that number, or none any more."""
        found = self._there.get(number)
        if found is None:
            return None
        pages = found.pages or None
        return UploadProgress(found.stage, found.page if pages else None, pages, found.file, found.files)
