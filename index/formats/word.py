"""docx -> text: paragraphs with the numbers that Word generates, tables row by row, notes at the end.

What a person sees printed is kept: insertions, results of fields, content controls, text boxes once. What he does
not is left out: deletions, comments, hidden text, instructions of fields, headers and footers. No macro is run and
nothing outside the file is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from index.formats.numbering import W, number, read_numbering, value
from index.formats.package import Package
from index.formats.runs import Runs
from index.formats.styles import is_on, read_styles, style_lists
from index.formats.types import Extracted

_WRAPPERS = {W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
_WIDEST = 100  # columns that one cell may span
_GAPS = re.compile(r"\n{3,}")


def extract(path: Path) -> Extracted:
    """Read a docx (or docm). Raises DocumentDamaged, Unsafe, DocumentEncrypted."""
    package = Package(path)
    reader = _Reader(package)
    reader.blocks(package.document())
    reader.notes()
    text = _GAPS.sub("\n\n", "\n".join(reader.lines)).strip("\n") + "\n"
    return Extracted(text, title=package.title())


class _Reader:
    """One document being read; `lines` is what has been read so far."""

    def __init__(self, package: Package) -> None:
        styles = package.part("styles")
        self.styles = read_styles(styles)
        self.numbering = read_numbering(package.part("numbering"), style_lists(styles))
        self.runs = Runs(self.styles)
        self.lines: list[str] = []
        self.parts = {kind: package.part(kind + "s") for kind in ("footnote", "endnote")}

    def blocks(self, parent: etree._Element) -> None:
        """Read the paragraphs and tables right under `parent`, through what only wraps them."""
        for one in parent:
            if one.tag == W + "p":
                self.paragraph(one)
            elif one.tag == W + "tbl":
                self.table(one)
            elif one.tag in _WRAPPERS or one.tag == W + "body":
                self.blocks(one)
            elif _is_alternative(one):
                self.blocks(one[0])

    def paragraph(self, one: etree._Element) -> None:
        """Read a paragraph, then the text boxes that are anchored in it."""
        properties = one.find(W + "pPr")
        mark = None if properties is None else properties.find(W + "rPr")
        style = value(properties, "pStyle") or self.styles.default
        text = self.runs.text_of(one, style)
        boxes = self.runs.taken_boxes()
        if mark is not None and (mark.find(W + "del") is not None or mark.find(W + "moveFrom") is not None):
            self.runs.carry(text)  # the end of this paragraph was deleted: it goes on in the next
        elif text.strip() or not is_on(mark, "vanish"):
            self._line(self._label(properties, style), text.strip(), self._heads(properties, style))
        for box in boxes:
            self.blocks(box)

    def _line(self, label: str, text: str, heads: bool) -> None:
        if label.endswith(".") and text[:1].isdigit():
            label += " "
        lines = [line.strip() for line in (label + text if text else "").split("\n")]
        self.lines += ["", *lines] if heads and text else lines

    def _heads(self, properties: etree._Element | None, style: str) -> bool:
        level = value(properties, "outlineLvl")
        return self.styles.of(style).is_heading if level is None else level in "012345678"

    def _label(self, properties: etree._Element | None, style: str) -> str:
        """Count a paragraph of a list and return its number: its own list, else that of its style."""
        own = None if properties is None else properties.find(W + "numPr")
        given = self.styles.of(style)
        list_id = value(own, "numId") or given.list_id
        if not list_id or list_id == "0":
            return ""
        place = value(own, "ilvl")
        if place is not None:
            return self.numbering.label(list_id, number(place, 0))
        bound = (self.numbering.level_of_style(list_id, name) for name in given.chain[:1])
        found = next((level for level in bound if level is not None), given.place or 0)
        return self.numbering.label(list_id, found)

    # --- tables -------------------------------------------------------------------------------------

    def table(self, table: etree._Element) -> None:
        """Read a table: a row is a line, tabs part the cells; a row that only frames text gives its paragraphs."""
        self.lines.append("")
        for row in _under(table, "tr"):
            properties = row.find(W + "trPr")
            if properties is not None and properties.find(W + "del") is not None:
                continue
            cells = [cell for one in _under(row, "tc") for cell in self._cell(one)]
            full = [cell for cell in cells if any(cell)]
            if len(full) == 1 and (len(cells) == 1 or sum(map(bool, full[0])) > 1):
                self.lines += full[0]
            elif full:
                self.lines.append("\t".join(_joined(cell) for cell in cells).rstrip("\t"))
        self.lines.append("")

    def _cell(self, cell: etree._Element) -> Iterator[list[str]]:
        """Yield a cell's lines, then nothing for each further column that it spans; nothing for one merged upwards."""
        outer, self.lines = self.lines, []
        self.blocks(cell)
        inner, self.lines = self.lines, outer
        properties = cell.find(W + "tcPr")
        merged = value(properties, "vMerge")
        yield [] if merged is not None and merged != "restart" else inner
        for _ in range(1, min(number(value(properties, "gridSpan"), 1), _WIDEST)):
            yield []

    # --- notes --------------------------------------------------------------------------------------

    def notes(self) -> None:
        """Read the footnotes and endnotes that the text names, in the order in which it names them."""
        known = {
            (kind, one.get(W + "id")): one
            for kind, part in self.parts.items()
            for one in (() if part is None else part)
        }
        named = list(self.runs.notes)  # a note names no further ones
        for place, key in enumerate(named, 1):
            outer, self.lines = self.lines, []
            if (one := known.get(key)) is not None:
                self.blocks(one)
            inner, self.lines = self.lines, outer
            self.lines += [""] if place == 1 else []
            self.lines.append(f"[{place}] {_joined(inner)}".rstrip())


def _is_alternative(one: etree._Element) -> bool:
    return isinstance(one.tag, str) and one.tag.endswith("}AlternateContent") and len(one) > 0


def _under(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the rows of a table or the cells of a row, through what only wraps them."""
    for one in parent:
        if one.tag == W + name:
            yield one
        elif one.tag in _WRAPPERS:
            yield from _under(one, name)


def _joined(lines: list[str]) -> str:
    return " ".join(line.replace("\t", " ") for line in lines if line)
