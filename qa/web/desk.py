"""What lies on the desk of one conversation: the index's documents and those the person brought; which are asked.

What a person brought belongs to one conversation. It is in memory only, and goes with the conversation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from index import IndexedDocument
from qa.answering import Engine
from qa.errors import BadRequest, DocumentGone
from qa.web.conversation import Asked
from qa.web.scope import Scopes
from qa.web.uploads import Held, Uploads

OWN_GONE = (
    "这个对话问过上传的文稿，它已删除或到期（只留在内存里，不存盘）。"
    "已有的回答照旧可看；要接着问它，请重新上传。"
)
INDEX_CHANGED = "这个对话原来只问选定的文稿，它已不在现在的索引里。接着提问会在现有的文稿里找。"
EXPIRED = "上传的{titles}很久没有用到，已到期删除。要接着问，请重新上传。"
NOT_HERE = "选的文稿不在了。请刷新页面再选。"


@dataclass(slots=True)
class Desk:
    """The documents at hand. `document` is the one that is asked, `documents` are several; neither: all the index."""

    document: str | None = None
    documents: tuple[str, ...] = ()
    brought: dict[str, tuple[str, str]] = field(default_factory=dict)  # upload -> document's id, title
    uploads: Uploads = field(default_factory=Uploads)
    scopes: Scopes = field(default_factory=Scopes)

    @property
    def own(self) -> list[Held]:
        """The documents that the person brought and that are still there."""
        return self.uploads.those(self.brought)

    def held(self, indexed: IndexedDocument) -> Held | None:
        """Return the person's own document that this is; None where it is the index's."""
        return next((one for one in self.own if one.indexed is indexed), None)

    @property
    def scope(self) -> tuple[str, ...]:
        """The ids of the documents that questions are asked of; none: of all the index."""
        return self.documents or ((self.document,) if self.document else ())

    @property
    def asks_own(self) -> bool:
        """Whether some of these were brought."""
        return any(identity in self.scope for identity, _ in self.brought.values())

    def library(self, engine: Engine) -> dict[str, IndexedDocument]:
        """Return the documents that there are, by their ids: the person's own and the index's."""
        documents = [*(held.indexed for held in self.own), *engine.snapshot.documents]
        return {one.document.id: one for one in documents}

    def choose(self, wanted: Sequence[str]) -> None:
        """Ask these documents from now on; none: all of the index."""
        self.document = wanted[0] if len(wanted) == 1 else None
        self.documents = tuple(wanted) if len(wanted) > 1 else ()

    def choose_of(self, engine: Engine, wanted: Sequence[str]) -> None:
        """Ask these documents from now on, where they are there. Raises BadRequest."""
        library = self.library(engine)
        if not set(wanted) <= library.keys():
            raise BadRequest(NOT_HERE)
        own = {held.indexed.document.id for held in self.own}
        everything = not own & set(wanted) and set(wanted) >= library.keys() - own
        self.choose(() if everything else [i for i in library if i in wanted])

    def asked(self, question: str) -> Asked:
        """Return a question to the documents that are asked now."""
        return Asked(question, document=self.document, documents=self.documents, own=self.asks_own)

    def bring(self, engine: Engine, tokens: Iterable[str], conversation: str | None) -> str:
        """Take documents onto the desk by their tokens, and ask them; return what is to be said.

        Raises DocumentGone where a token is none, or of another conversation's document.
        """
        said: list[str] = []
        new: list[str] = []
        for token in tokens:
            held = self.uploads.by_token(token)
            if held.id in self.brought:
                continue
            if held.conversation not in (None, conversation):
                raise DocumentGone("这份文稿属于另一个对话。请在这里重新上传。")
            document = held.indexed.document
            if document.id in self.library(engine):
                self.uploads.remove([held.id])
                said.append(f"《{document.title}》已经在这里，不用再传。")
            else:
                self._take(held)
            new.append(document.id)
        own = {identity for identity, _ in self.brought.values()}
        before = [one for one in self.scope if one in own]
        if new:
            self.choose([*before, *(one for one in dict.fromkeys(new) if one not in before)])
        if conversation:
            self.uploads.bind(self.brought, conversation)
        return "".join(said)

    def take_up(self, conversation: str) -> None:
        """Take what is still there of a conversation's documents."""
        for held in self.uploads.of(conversation):
            self._take(held)

    def _take(self, held: Held) -> None:
        self.brought[held.id] = (held.indexed.document.id, held.indexed.document.title)

    def remove(self, wanted: Sequence[str]) -> None:
        """Let documents go that the person brought, by their ids."""
        uploads = [upload for upload, (identity, _) in self.brought.items() if identity in wanted]
        self.uploads.remove(uploads)
        self._without(uploads)

    def renew(self, engine: Engine, wanted: Sequence[str]) -> None:
        """Go on after these documents went into the library, or out of it: what is there now is asked from there."""
        asked = self.scope
        self.remove([one.document.id for one in engine.snapshot.documents if one.document.id in wanted])
        library = self.library(engine)
        self.choose([identity for identity in asked if identity in library])

    def expire(self) -> str:
        """Take from the desk what is not there any more; return what is to be said."""
        there = {held.id for held in self.own}
        lost = [upload for upload in self.brought if upload not in there]
        titles = "".join(f"《{self.brought[upload][1]}》" for upload in lost)
        self._without(lost)
        return EXPIRED.format(titles=titles) if lost else ""

    def clear(self) -> None:
        """Let all go that the person brought."""
        self.remove([identity for identity, _ in self.brought.values()])

    def leave(self) -> None:
        """Clear the desk; what was brought stays with the conversation that it belongs to."""
        self._without(list(self.brought))

    def _without(self, uploads: Sequence[str]) -> None:
        gone = {self.brought.pop(upload)[0] for upload in uploads}
        if gone & set(self.scope):
            self.choose([one for one in self.scope if one not in gone])
