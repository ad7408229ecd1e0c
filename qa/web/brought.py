"""What the API tells of documents that a client brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa.messages import RefusedFile


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document that a client brought, as long as it is held; `document` is its id in answers.

    `date` is YYYY, YYYY-MM or YYYY-MM-DD, `pages` None where the format has none, `expires_at` ISO 8601; `original`
    tells whether the file itself is held too.
    """

    id: str
    document: str
    title: str
    date: str | None
    kind: str | None
    format: str
    pages: int | None
    characters: int
    expires_at: str
    notes: tuple[str, ...]
    original: bool = False


@dataclass(frozen=True, slots=True)
class BroughtDocument(HeldDocument):
    """The same when it has just come: `token` asks, shows and deletes it, and is told this once."""

    token: str = ""


@dataclass(frozen=True, slots=True)
class BroughtDocuments:
    """What a zip brought: its documents, each with a token of its own, and the files that could not be read."""

    documents: tuple[BroughtDocument, ...]
    refused: tuple[RefusedFile, ...]


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How far an upload is: `page` of `pages` read (None where the format has none), of `file` of a zip's `files`."""

    stage: Literal["waiting", "reading", "indexing"]
    page: int | None
    pages: int | None
    file: int
    files: int


@dataclass(frozen=True, slots=True)
class UploadRules:
    """Whether documents may be brought, how large, for how many minutes without use, of which endings."""

    allowed: bool
    megabytes: int
    minutes: float
    endings: tuple[str, ...]
