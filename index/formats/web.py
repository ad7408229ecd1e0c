"""html -> text: what the page is about, a block a line, tables row by row; menus, scripts and what is hidden left out."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree, html

from index.errors import DocumentDamaged
from index.formats.blocks import Blocks
from index.formats.types import Extracted

SHARE = 0.85  # of a page's text that what it is about holds, links counted against it
LEAST = 30  # characters under which a page has no such part
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w-]{3,20})", re.I)
_ENCODINGS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950", "unicode": "utf-8"}
_OTHERS = ("gb18030", "cp950", "utf-16-le")
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DROPPED = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "select", "button",
    "textarea", "nav", "footer", "aside", "audio", "video", "map",
)  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_FURNITURE = re.compile(
    r"(?:^|[-_\s])(?:nav|navbar|menu|breadcrumb|crumbs?|footer|sidebar|share|bdsharebuttonbox|pagination|toolbar|copyright|search|related)(?:$|[-_\s])",
    re.I,
)
_BLOCKS = (
    "div",
    "article",
    "section",
    "main",
    "td",
    "body",
    "center",
    "form",
    "table",
    "tbody",
    "tr",
    "ul",
    "dl",
)


def extract(path: Path) -> Extracted:
    """Read a web page that was saved. Raises DocumentDamaged."""
    text = _UNFIT.sub("", decode_page(path.read_bytes()))
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(_DECLARED.sub("", text), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise DocumentDamaged(f"{path.name} 里没有网页的内容。请用浏览器打开并另存一份。") from error
    title = _title(root)
    _clean(root)
    body = root.find("body")
    main = _main(root if body is None else body)
    return Extracted(Blocks().text_of(main), title=title)


def decode_page(data: bytes) -> str:
    """Return a page's text: by its byte order mark, as UTF-8 where it is, as it says of itself, else by what fits."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    said = _META.search(data[:4096])
    declared = said[1].decode("ascii").lower() if said else ""
    for encoding in ("utf-8", _ENCODINGS.get(declared, declared), *_OTHERS):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\x00" not in text:
            return text
    return data.decode("utf-8", "replace")


def _title(root: etree._Element) -> str | None:
    """Return the title that the page states: as official sites do, else that of the window up to the site's name."""
    for name in ("ArticleTitle", "og:title"):
        for one in root.iter("meta"):
            if name in (one.get("name"), one.get("property")) and one.get("content", "").strip():
                return str(one.get("content")).strip()
    found = root.find(".//title")
    words = (found.text or "").strip() if found is not None else ""
    return re.split(r"\s*[_|]\s*|\s+[-–—]\s+", words)[0].strip() or None


def _clean(root: etree._Element) -> None:
    """Take out what a reader does not see, and what stands on every page of a site."""
    kept = len("".join(root.itertext()))
    for one in list(root.iter(*_DROPPED)):
        one.drop_tree()
    for one in list(root.iter(etree.Element)):
        if one.getparent() is None or one.tag in ("body", "head", "html"):
            continue
        names = f"{one.get('id', '')} {one.get('class', '')}"
        hidden = "hidden" in one.attrib or _HIDDEN.search(one.get("style", ""))
        small = _FURNITURE.search(names) and len("".join(one.itertext())) < kept * (1 - SHARE)
        if hidden or small:
            one.drop_tree()


def _main(body: etree._Element) -> etree._Element:
    """Return the part that holds nearly all text beside links, and the first heading where there is one."""
    weights: dict[etree._Element, int] = {}
    for one in reversed(list(body.iter(etree.Element))):  # children before parents
        own = len((one.text or "").strip()) + sum(len((child.tail or "").strip()) for child in one)
        weights[one] = 0 if one.tag == "a" else own + sum(weights.get(child, 0) for child in one)
    heading = next(body.iter("h1"), None)
    at, whole = body, weights.get(body, 0)
    while whole >= LEAST:
        child = next((c for c in at if c.tag in _BLOCKS and weights.get(c, 0) >= SHARE * whole), None)
        if child is None or (heading is not None and child not in heading.iterancestors()):
            break
        at = child
    return at
