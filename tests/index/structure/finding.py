"""Finds of a short text, as what a reader sees."""

from index import Knowledge, Span, index_document, read_text


def known(text: str) -> Knowledge:
    """Return what stands under what in `text`, indexed as a file would be."""
    return index_document(read_text(text, source="x.txt")).knowledge


def said(text: str, span: Span | None) -> str | None:
    """Return what stands at a span."""
    return None if span is None else text[slice(*span)]


def lists(text: str) -> list[tuple[str | None, int | None, list[str]]]:
    """Return each enumeration: what announces it, the count that is stated, and how its members are named."""
    return [
        (said(text, e.announced), e.stated, [text[m.start : m.lead_end] for m in e.members])
        for e in known(text).enumerations
    ]
