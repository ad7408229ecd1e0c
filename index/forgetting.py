"""What is kept ready of the documents asked last, let go: one that a person brought must not outlive its deletion."""

from __future__ import annotations

from index.groups import groups_of
from index.legible import forget_rows
from index.reading.view import read_view


def forget_documents() -> None:
    """Hold no document and no text; what is asked next is worked out anew."""
    for kept in (groups_of, read_view):
        kept.cache_clear()
    forget_rows()
