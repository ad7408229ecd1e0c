"""Which texts can be asked, and of which document: what is refused before anything is looked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import IndexedDocument
from qa.citation import document_name
from qa.errors import DocumentNeeded, EmptyQuestion, QuestionTooLong, UnknownDocument
from qa.settings import Settings

_SUBSTANCE = re.compile(r"[^\W_]")  # a letter, a digit or a character: marks alone ask nothing
_SURROGATE = re.compile("[\ud800-\udfff]")  # what undecodable bytes become; no encoder takes them


def readable(question: str) -> str:
    """Return a question without what no encoder takes."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", question)


def has_substance(question: str) -> bool:
    """Tell whether a question has more than marks."""
    return _SUBSTANCE.search(question) is not None


def check_question(question: str, settings: Settings) -> None:
    """Raise EmptyQuestion or QuestionTooLong where `question` is none that can be answered."""
    if not question.strip():
        raise EmptyQuestion("没有问题：应为一句话，实际是空的。请写出要问什么。")
    if len(question) > settings.question_limit:
        raise QuestionTooLong(
            f"问题太长：最多 {settings.question_limit} 字，实际 {len(question)} 字。请缩短，或把原文编成索引后再问。"
        )


def document_named(wanted: str, documents: Sequence[IndexedDocument]) -> str:
    """Return the id of the document named by id, title or file.

    Raises UnknownDocument, and DocumentNeeded where several have the title.
    """
    for key in (_document_id, _document_title, _document_file):
        named = [d.document.id for d in documents if key(d) == wanted]
        if len(named) > 1:
            names = _listed(documents)
            raise DocumentNeeded(f"有 {len(named)} 篇文稿叫“{wanted}”：{names}。请用编号指明一篇。")
        if named:
            return named[0]
    raise UnknownDocument(f"索引里没有文稿“{wanted}”；现有：{_listed(documents)}。请用其中一个编号或标题。")


def _listed(documents: Sequence[IndexedDocument]) -> str:
    return "、".join(f"{d.document.id}{document_name(d)}" for d in documents)


def _document_id(one: IndexedDocument) -> str:
    return one.document.id


def _document_title(one: IndexedDocument) -> str:
    return one.document.title


def _document_file(one: IndexedDocument) -> str:
    return one.document.source
