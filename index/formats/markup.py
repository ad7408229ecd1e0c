"""XML parsed without entities, without the network, without what a document type brings."""

from __future__ import annotations

from lxml import etree

from index.errors import Unsafe
from index.formats.zips import damaged

_STRICT = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/",
        b"http://schemas.openxmlformats.org/officeDocument/2006/",
    ),
)


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Return the root of an office file's XML part; `name` is for the message. Raises DocumentDamaged, Unsafe."""
    if b"purl.oclc.org" in data[:4096]:
        for strict, usual in _STRICT:
            data = data.replace(strict, usual)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise damaged(name) from error
    if root.getroottree().docinfo.doctype:
        raise unsafe_entities(name)
    return root


def refuse_doctype(head: bytes, name: str) -> None:
    """Refuse an XML part that begins with a document type. Raises Unsafe."""
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or "<!DOCTYPE".encode("utf-16-le") in head:
        raise unsafe_entities(name)


def unsafe_entities(name: str) -> Unsafe:
    """Return what to say of a part that defines entities."""
    return Unsafe(f"{name} 里定义了实体（DOCTYPE）：办公文档不应有。请用原来的软件打开并另存一份。")
