"""The text of one paragraph of a docx: runs, fields, breaks, symbols; its text boxes and notes remembered."""

from __future__ import annotations

from lxml import etree

from index.formats.numbering import W, value
from index.formats.styles import Styles, is_on

_LEFT_OUT = {
    W + name
    for name in ("pPr", "rPr", "del", "moveFrom", "instrText", "delText", "delInstrText", "rt", "sdtPr")
}
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_SIGNS = {
    W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-",
    W + "footnoteReference": "footnote", W + "endnoteReference": "endnote",
}  # fmt: skip
# Signs of Wingdings and Symbol that official papers use: boxes, ticks, arrows, points.
_SYMBOLS = {
    "A8": "□", "6F": "□", "71": "□", "72": "□", "FE": "☑", "52": "☑", "FD": "☒", "FC": "√", "6C": "●", "6E": "■",
    "75": "◆", "E0": "→", "D8": "➢", "B3": "≥", "A3": "≤", "B4": "×", "B1": "±", "B0": "°",
}  # fmt: skip


class Runs:
    """Reads paragraphs one after another: fields and deleted paragraph ends reach from one into the next."""

    def __init__(self, styles: Styles) -> None:
        self.notes: list[tuple[str, str | None]] = []  # kind and id, in the order of the text
        self._styles = styles
        self._pieces: list[str] = []
        self._boxes: list[etree._Element] = []
        self._fields: list[bool] = []  # of each open field: whether its instruction is still being read
        self._carried = ""

    def text_of(self, paragraph: etree._Element, style: str) -> str:
        """Return a paragraph's text as it is printed, with what the one before handed on."""
        self._pieces = []
        self._read(paragraph, self._styles.of(style).is_hidden)
        self._fields = [reading for reading in self._fields if not reading]  # one left open hides no text
        text, self._carried = self._carried + "".join(self._pieces), ""
        return text

    def carry(self, text: str) -> None:
        """Hand a text on to the next paragraph."""
        self._carried = text

    def taken_boxes(self) -> list[etree._Element]:
        """Return the text boxes of the paragraph that was read last."""
        boxes, self._boxes = self._boxes, []
        return boxes

    def _read(self, element: etree._Element, hidden: bool) -> None:
        for one in element:
            if one.tag in _LEFT_OUT or not isinstance(one.tag, str):
                continue
            if one.tag == W + "t" or one.tag == _MATH:
                self._add(one.text or "", hidden)
            elif one.tag in _SIGNS:
                self._sign(one, hidden)
            elif one.tag == W + "r":
                self._read(one, self._is_hidden(one, hidden))
            elif one.tag == W + "fldChar":
                self._field(one.get(W + "fldCharType", ""))
            elif one.tag == W + "sym":
                self._add(_symbol(one.get(W + "char", "")), hidden)
            elif one.tag == W + "txbxContent":
                self._boxes += [] if hidden else [one]
            elif one.tag.endswith("}AlternateContent"):
                self._alternative(one, hidden)
            else:
                self._read(one, hidden)

    def _add(self, text: str, hidden: bool) -> None:
        if not hidden and not any(self._fields):
            self._pieces.append(text)

    def _sign(self, one: etree._Element, hidden: bool) -> None:
        sign = _SIGNS[one.tag]
        if sign.isspace() or sign == "-":
            self._add(sign, hidden)
        elif not hidden and not any(self._fields):
            self.notes.append((sign, one.get(W + "id")))
            self._pieces.append(f"[{len(self.notes)}]")

    def _field(self, what: str) -> None:
        if what == "begin":
            self._fields.append(True)
        elif self._fields and what == "separate":
            self._fields[-1] = False
        elif self._fields and what == "end":
            self._fields.pop()

    def _alternative(self, one: etree._Element, hidden: bool) -> None:
        """Read one of several copies of the same thing: the first with a text box, else the first."""
        copies = list(one)
        boxed = [copy for copy in copies if next(copy.iter(W + "txbxContent"), None) is not None]
        for chosen in (boxed or copies)[:1]:
            self._read(chosen, hidden)

    def _is_hidden(self, run: etree._Element, outer: bool) -> bool:
        properties = run.find(W + "rPr")
        said = is_on(properties, "vanish")
        if said is not None:
            return said
        style = value(properties, "rStyle")
        return outer or (style is not None and self._styles.of(style).is_hidden)


def _symbol(code: str) -> str:
    """Return the sign of a symbol font, by its number in it; one that is not known is a point."""
    try:
        place = int(code, 16)
    except ValueError:
        return ""
    if 0xE000 <= place <= 0xF8FF or place < 0x100:
        return _SYMBOLS.get(f"{place & 0xFF:02X}", "·")
    return chr(place) if place < 0xD800 or 0xDFFF < place <= 0x10FFFF else ""
