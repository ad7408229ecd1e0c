"""What paragraph and character styles say of a text: its list, whether it is a heading, whether it is hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from index.formats.numbering import W, value

_DEPTH = 20  # styles that a style may be based on, one after another
_HEADING = re.compile(r"(?:heading|标题|title|subtitle|副标题) ?\d?", re.I)


@dataclass(frozen=True, slots=True)
class Style:
    """A style, with what it takes from those it is based on: `list_id` and `place` as Word numbers it."""

    list_id: str | None = None
    place: int | None = None
    is_heading: bool = False
    is_hidden: bool = False
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Styles:
    """All styles by their id; `default` is that of paragraphs without one."""

    by_id: dict[str, Style] = field(default_factory=dict)
    default: str = ""

    def of(self, style: str | None) -> Style:
        """Return a paragraph's or a run's style."""
        return self.by_id.get(style or "", Style())


def is_on(properties: etree._Element | None, name: str) -> bool | None:
    """Return whether a switch such as w:vanish is on; None where it does not stand there."""
    said = value(properties, name)
    return None if said is None else said not in ("0", "false", "off", "none")


def read_styles(root: etree._Element | None) -> Styles:
    """Return the styles of a document; none where it has no such part."""
    if root is None:
        return Styles()
    elements = {one.get(W + "styleId", ""): one for one in root.findall(W + "style")}
    default = next(
        (
            name
            for name, one in elements.items()
            if one.get(W + "type") == "paragraph" and one.get(W + "default") in ("1", "true", "on")
        ),
        "",
    )
    return Styles({name: _style(name, elements) for name in elements}, default)


def style_lists(root: etree._Element | None) -> dict[str, str]:
    """Return the list that each numbering style names, by the style's id."""
    found = {}
    for one in () if root is None else root.findall(W + "style"):
        if one.get(W + "type") == "numbering":
            found[one.get(W + "styleId", "")] = value(one.find(f"{W}pPr/{W}numPr"), "numId") or ""
    return found


def _style(name: str, elements: dict[str, etree._Element]) -> Style:
    """Return a style: the nearest of those it is based on decides each thing."""
    chain: list[str] = []
    list_id, place, outline, hidden = None, None, None, None
    at: str | None = name
    while at in elements and at not in chain and len(chain) < _DEPTH:
        chain.append(at)
        one = elements[at]
        numbered = one.find(f"{W}pPr/{W}numPr")
        list_id = value(numbered, "numId") if list_id is None else list_id
        place = value(numbered, "ilvl") if place is None else place
        outline = value(one.find(W + "pPr"), "outlineLvl") if outline is None else outline
        hidden = is_on(one.find(W + "rPr"), "vanish") if hidden is None else hidden
        at = value(one, "basedOn")
    called = value(elements[name], "name") or ""
    return Style(
        list_id=list_id,
        place=int(place) if place and place.isdecimal() and len(place) < 3 else None,
        is_heading=bool(_HEADING.fullmatch(called)) or (outline or "9") in "012345678",
        is_hidden=bool(hidden),
        chain=tuple(chain),
    )
