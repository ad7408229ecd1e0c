"""Elements of a web page -> lines: blocks, list numbers, tables by their grid."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from index.formats.numerals import label

_BLOCK = frozenset(
    ("address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption",
     "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section",
     "table", "ul", "caption", "details", "summary", "tr", "td", "th", "tbody", "thead", "tfoot")
)  # fmt: skip
_HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_LAYOUT = 300  # characters of a cell from which a table only frames the page
_SPAN = 50  # columns or rows that a cell may span
_CHINESE = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”‘’—…"
_WRAPPED = re.compile(rf"(?<=[{_CHINESE}])[ \t]*\n[ \t]*(?=[{_CHINESE}])")
_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_BREAK = "\x00"  # a line end that the page asks for
_GAPS = re.compile(r"\n{3,}")


class Blocks:
    """Reads a tree of elements into lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._inline: list[str] = []

    def text_of(self, element: etree._Element) -> str:
        """Return an element's text: a block a line, a row a line with tabs between its cells."""
        self._element(element)
        self._flush()
        return _GAPS.sub("\n\n", "\n".join(self._lines)).strip("\n") + "\n"

    def _element(self, one: etree._Element, number: str = "") -> None:
        """Read one element, its tail left to the caller."""
        tag = one.tag if isinstance(one.tag, str) else ""
        if tag == "br":
            self._inline.append(_BREAK)
        elif tag == "table" and (rows := _rows(one)) is not None:
            self._flush()
            self._lines += ["", *rows, ""]
        elif tag in _BLOCK:
            self._flush()
            self._lines += [""] if tag in _HEADS else []
            self._inline.append(number)
            self._children(one)
            self._flush()
        elif tag:
            self._children(one)

    def _children(self, one: etree._Element) -> None:
        self._inline.append(one.text or "")
        count = _whole(one.get("start"), 1) if one.tag == "ol" else 0
        for child in one:
            number = ""
            if child.tag == "li" and one.tag == "ol":
                count = _whole(child.get("value"), count)
                number = label(count, _FORMS.get(one.get("type", "1"), "decimal")) + "."
                count += 1
            self._element(child, number)
            self._inline.append(child.tail or "")

    def _flush(self) -> None:
        """End the line that is being read."""
        text = _WRAPPED.sub("", "".join(self._inline))
        self._inline = []
        for line in text.split(_BREAK):
            if words := _SPACE.sub(" ", line).strip():
                self._lines.append(words)


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.strip().isdecimal() and len(text) < 6 else otherwise


def _rows(table: etree._Element) -> list[str] | None:
    """Return a table's rows; None where it only frames the page: it holds another, or text as long as a page's."""
    cells = [cell for row in table.iter("tr") for cell in row if cell.tag in ("td", "th")]
    if len(cells) < 2 or any(next(cell.iter("table"), None) is not None for cell in cells):
        return None
    if any(len("".join(cell.itertext()).strip()) > _LAYOUT for cell in cells):
        return None
    caption = table.find("caption")
    lines = [] if caption is None else [_flat(caption)]
    return lines + ["\t".join(row).rstrip("\t") for row in _grid(table) if any(row)]


def _grid(table: etree._Element) -> Iterator[list[str]]:
    """Yield a table's rows with every cell in its column; one that spans several stands in the first of them."""
    taken: dict[int, int] = {}  # column: rows that a cell above still reaches down
    for row in table.iter("tr"):
        written: list[str] = []
        for cell in (one for one in row if one.tag in ("td", "th")):
            while taken.get(len(written), 0):
                written.append("")
            down, wide = (max(1, min(_whole(cell.get(name), 1), _SPAN)) for name in ("rowspan", "colspan"))
            for column in range(len(written), len(written) + wide):
                taken[column] = down
            written += [_flat(cell), *[""] * (wide - 1)]
        taken = {column: rows - 1 for column, rows in taken.items() if rows > 1}
        yield written


def _flat(cell: etree._Element) -> str:
    inner = Blocks().text_of(cell)
    return " ".join(inner.split())
