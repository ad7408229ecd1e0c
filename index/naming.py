"""Documents of one title told apart: by their years, else by their files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from index.types import Document, IndexedDocument


def tell_apart(documents: Sequence[IndexedDocument]) -> tuple[IndexedDocument, ...]:
    """Return the documents, each with what its citations add to a title that others have too."""
    groups: dict[str, list[Document]] = defaultdict(list)
    for one in documents:
        groups["".join(one.document.title.split())].append(one.document)
    added = {id_: mark for group in groups.values() if len(group) > 1 for id_, mark in _marks(group).items()}
    return tuple(
        one.with_apart(added[one.document.id]) if one.document.id in added else one for one in documents
    )


def _marks(group: Sequence[Document]) -> dict[str, str]:
    """Return 2024年 where that year is the document's alone, else its file's name, else its id."""
    years = Counter(_year(document) for document in group)
    files = Counter(document.source for document in group)
    return {
        document.id: f"{year}年"
        if (year := _year(document)) and years[year] == 1
        else document.source
        if document.source and files[document.source] == 1
        else f"编号{document.id}"
        for document in group
    }


def _year(document: Document) -> str:
    date = document.metadata.date
    return date.value[:4] if date else ""
