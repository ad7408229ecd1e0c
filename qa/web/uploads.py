"""Documents that people bring: each held in memory for one conversation or one token, for a while, never on a disk."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from threading import Lock

from index import IndexedDocument, Snapshot
from qa.errors import DocumentGone, UploadsFull

LOOPBACK = ("127.0.0.1", "::1", "localhost")
BUSY = 600.0  # seconds since its last use in which a document makes no room for others
GONE = "没有这份文稿：编号或令牌不对，或已删除、到期。请重新上传。"

GONE_KEY = "这份文稿已删除或到期，原件也一起删了。要再看，请重新上传，或打开自己的那一份。"


def taken(uploads: str, host: str) -> bool:
    """Tell whether files are taken: by the setting, and where it says `local` by the address the server listens on."""
    return uploads == "on" or (uploads == "local" and host in LOOPBACK)


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it came: its name as it may be shown, what it is by its content (index.formats.kinds), its bytes."""

    name: str
    kind: str
    data: bytes = field(repr=False)

    @property
    def drawable(self) -> bool:
        """Whether its pages can be drawn."""
        return self.kind in ("pdf", "image")


@dataclass(eq=False, slots=True)
class Held:
    """One document in memory. `digest` is the token's SHA-256; `used` is when it was last asked (Unix seconds).

    `original` is its file, None where there was no room for it; `key` opens that, and nothing else.
    """

    id: str
    digest: bytes
    snapshot: Snapshot
    notes: tuple[str, ...]
    used: float
    conversation: str | None = None
    original: Original | None = None
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def indexed(self) -> IndexedDocument:
        """Return the document."""
        return self.snapshot.documents[0]

    @property
    def size(self) -> int:
        """Return its length, characters."""
        return len(self.indexed.document.text)


@dataclass(slots=True)
class Uploads:
    """What is held. Safe to share between threads; `clock` gives Unix seconds, `gone` is told of ids that went."""

    kept: int = 50
    minutes: float = 120.0
    characters: int = 5_000_000
    originals: int = 200_000_000  # bytes of files in all
    clock: Callable[[], float] = time.time
    gone: Callable[[], None] = lambda: None
    _held: dict[str, Held] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(
        self, snapshot: Snapshot, notes: tuple[str, ...] = (), original: Original | None = None
    ) -> tuple[Held, str]:
        """Hold a snapshot of one document; return it with its token, which is kept nowhere. Raises UploadsFull.

        Where there is no room for its file, those of the longest unused documents go, then it is not kept itself.
        """
        token = secrets.token_urlsafe(32)
        held = Held(secrets.token_hex(8), _digest(token), snapshot, notes, self.clock(), original=original)
        with self._lock:
            self._expire()
            self._make_room(held.size)
            self._held[held.id] = held
            self._make_room_for_files(held)
        return held, token

    def by_token(self, token: str, identity: str | None = None) -> Held:
        """Return the document of a token, which must be `identity` where that is given. Raises DocumentGone."""
        digest, found = _digest(token), None
        with self._lock:
            self._expire()
            for held in self._held.values():  # all of them, each in constant time
                if compare_digest(held.digest, digest):
                    found = held
            if found is None or identity not in (None, found.id):
                raise DocumentGone(GONE)
            found.used = self.clock()
        return found

    def by_key(self, key: str) -> Held:
        """Return the document whose original a key opens. Raises DocumentGone."""
        with self._lock:
            self._expire()
            given = key.encode("utf-8", "replace")
            found = [held for held in self._held.values() if compare_digest(held.key.encode(), given)]
            if not found:
                raise DocumentGone(GONE_KEY)
            found[0].used = self.clock()
        return found[0]

    def those(self, identities: Iterable[str], *, use: bool = False) -> list[Held]:
        """Return which of these are still there, in their order; `use`: they are being asked."""
        with self._lock:
            self._expire()
            found = [self._held[i] for i in identities if i in self._held]
            for held in found if use else ():
                held.used = self.clock()
        return found

    def bind(self, identities: Iterable[str], conversation: str) -> None:
        """Join documents to the conversation that they are of."""
        with self._lock:
            for held in (self._held[i] for i in identities if i in self._held):
                held.conversation = conversation

    def of(self, conversation: str) -> list[Held]:
        """Return a conversation's documents, in the order they came."""
        with self._lock:
            self._expire()
            return [held for held in self._held.values() if held.conversation == conversation]

    def remove(self, identities: Iterable[str]) -> None:
        """Let documents go."""
        with self._lock:
            self._drop([i for i in identities if i in self._held])

    def amount(self) -> tuple[int, int, int]:
        """Return how much is held: documents, characters, bytes of originals."""
        with self._lock:
            held = list(self._held.values())
        return len(held), sum(h.size for h in held), sum(len(h.original.data) for h in held if h.original)

    def expires(self, held: Held) -> float:
        """Return when a document goes where it is not used again, Unix seconds."""
        return held.used + 60 * self.minutes

    def _expire(self) -> None:
        now = self.clock()
        self._drop([held.id for held in self._held.values() if self.expires(held) <= now])

    def _make_room(self, size: int) -> None:
        """Let the longest unused go until there is room for one more of `size` characters. Raises UploadsFull."""
        idle = sorted(
            (h for h in self._held.values() if h.used < self.clock() - BUSY),
            key=lambda h: h.used,
            reverse=True,
        )
        while (
            len(self._held) >= self.kept or sum(h.size for h in self._held.values()) + size > self.characters
        ):
            if not idle:
                raise UploadsFull("上传的文稿已经放满，都正在用。请过几分钟再试，或先删除用完的文稿。")
            self._drop([idle.pop().id])

    def _make_room_for_files(self, new: Held) -> None:
        """Let originals go, of the longest unused first, the new one last, until they are within their limit."""
        kept = sorted((h for h in self._held.values() if h.original), key=lambda h: (h is new, h.used))
        total = sum(len(h.original.data) for h in kept if h.original)
        for held in kept:
            if total <= self.originals:
                break
            if held.original:
                total -= len(held.original.data)
                held.original = None

    def _drop(self, identities: list[str]) -> None:
        for identity in identities:
            del self._held[identity]
        if identities:
            self.gone()


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()
