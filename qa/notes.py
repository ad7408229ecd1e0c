"""What is said beside quotations: blanked out, recognised from a scan, a table's header, only planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index import (
    CELLS,
    WIDEST,
    Facet,
    IndexedDocument,
    is_blanked,
    row_at,
)
from qa.types import Point, Query

MASKED = "原文此处为脱敏占位（*），照录不补。"


def masked_note(one: IndexedDocument, points: Iterable[Point]) -> str | None:
    """Return the note that goes with quotations of a document in which something was blanked out at the source."""
    own = (p for p in points if p.document.id == one.document.id)
    blanked = any(is_blanked(one, point.start, point.end) for point in own)
    return MASKED if blanked else None


def scan_note(points: Sequence[Point]) -> str:
    """Return the note that goes with quotations that were recognised from a scan: how sure the least sure page is."""
    scans = [point.scan for point in points if point.scan is not None]
    return f"识别自扫描件（把握 {100 * min(scans):.0f}%），引用前请与原件核对。" if scans else ""


def header_note(one: IndexedDocument, points: Sequence[Point]) -> str | None:
    """Return the note that goes with a row of a table: what its columns are called."""
    if not points or not CELLS.search(points[0].text):
        return None
    header, _ = row_at(one, points[0].start, points[0].end)
    names = [one.document.text[a:b].strip() for a, b in header[:WIDEST]]
    return f"表头：{'｜'.join(names)}。" if names else None


def planned_note(query: Query, points: Sequence[Point]) -> str | None:
    """Return the note that goes with an aim or a demand where it is asked whether something is so."""
    planned = points and points[0].facet is Facet.GOAL
    return "文中这里说的是目标或要求，没有说已经做到。" if planned and query.wants == "check" else None
