"""What the API tells of the library that it writes in."""

from __future__ import annotations

from dataclasses import dataclass

from qa.messages import RefusedFile


@dataclass(frozen=True, slots=True)
class ShelvedDocument:
    """A document of the library: `id` is its id in answers, `year` its date's where it shows one."""

    id: str
    title: str
    year: str | None
    characters: int


@dataclass(frozen=True, slots=True)
class Shelved:
    """What became of a file: its documents that were added, those that were there already, and what was refused."""

    snapshot: str
    added: tuple[ShelvedDocument, ...]
    same: tuple[ShelvedDocument, ...]
    refused: tuple[RefusedFile, ...]
