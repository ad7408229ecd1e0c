"""The parts of an Office Open XML package: which is the main one, and what it leads to."""

from __future__ import annotations

import posixpath
from pathlib import Path

from lxml import etree

from index.errors import DocumentDamaged
from index.formats.markup import parse_xml
from index.formats.zips import Zip, damaged

_TITLE = "{http://purl.org/dc/elements/1.1/}title"


class Package:
    """A docx, opened: its parts by what they are for. Nothing outside it is ever followed."""

    def __init__(self, path: Path) -> None:
        """Open a package. Raises DocumentDamaged, Unsafe, DocumentEncrypted."""
        self.name = path.name
        self.zip = Zip(path)
        self.main = self._related("", "officeDocument") or "word/document.xml"
        if self.main not in self.zip:
            raise damaged(self.name)

    def document(self) -> etree._Element:
        """Return the root of the main part."""
        return parse_xml(self.zip.read(self.main), self.name)

    def part(self, kind: str) -> etree._Element | None:
        """Return the root of a part that the main one leads to (styles, numbering, footnotes, endnotes), if readable."""
        name = self._related(self.main, kind) or posixpath.join(posixpath.dirname(self.main), f"{kind}.xml")
        if name not in self.zip:
            return None
        try:
            return parse_xml(self.zip.read(name), self.name)
        except DocumentDamaged:
            return None  # the text itself can be read

    def title(self) -> str | None:
        """Return the title among the file's properties."""
        name = self._related("", "core-properties") or "docProps/core.xml"
        if name not in self.zip:
            return None
        try:
            found = parse_xml(self.zip.read(name), self.name).find(_TITLE)
        except DocumentDamaged:
            return None
        return (found.text or "").strip() or None if found is not None else None

    def _related(self, source: str, kind: str) -> str | None:
        """Return the part that `source` ("": the package) names as its `kind`; None where it names none inside."""
        folder, file = posixpath.split(source)
        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        if relations not in self.zip:
            return None
        try:
            root = parse_xml(self.zip.read(relations), self.name)
        except DocumentDamaged:
            return None
        for one in root:
            if one.get("Type", "").endswith("/" + kind) and one.get("TargetMode") != "External":
                return posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/")
        return None
