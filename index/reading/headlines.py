"""The head of a document marked: its title put together, its lines told from the menu above them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from index.reading.heads import Part, Role, read_head
from index.reading.lines import Line
from index.reading.titles import Headline, find_headline, strip_site
from index.types import BlockKind

Place = tuple[int, int]  # number of the line, character in it
_MENU = 8  # characters of a menu's entry
_ENTRIES = 2  # entries that make a menu


def mark_head(lines: Sequence[Line]) -> tuple[Place, Place] | None:
    """Mark the head's lines, leave out a page's menu above the title, and return where the title stands."""
    parts = read_head(lines)
    headline = find_headline(parts)
    headline = headline and _own_line(parts, headline)
    end = _head_end(parts, headline)
    for part in parts[:end]:
        for line in lines[part.first : part.last]:
            if line.kind is BlockKind.BODY:
                line.kind = BlockKind.META if part.role is Role.ASIDE else BlockKind.TITLE
    if headline is None:
        return None
    for part in parts[headline.first + 1 : headline.last]:
        lines[part.first].joins = not headline.spaced
    _leave_out_menu(lines, parts, headline)
    return _place(lines, parts, headline)


def _own_line(parts: Sequence[Part], found: Headline) -> Headline:
    """Return the later line that is the title alone, where the one found is the page's, with the site's name."""
    if not found.back or found.last != found.first + 1:
        return found
    text = strip_site(parts[found.first].text, [part.text for part in parts])
    for number in range(found.last, len(parts)):
        if parts[number].text == text and parts[number].role is Role.OTHER:
            return Headline(number, number + 1)
    return found


def _head_end(parts: Sequence[Part], headline: Headline | None) -> int:
    """Return the number of the first block that belongs to the text.

    That is a plain line below the title, a third date (a chronicle) or a fourth name (a list of them).
    """
    at = headline.last if headline else 0
    seen = {Role.DATE: 2, Role.SPEAKER: 3}
    title = {part.text for part in parts[headline.first : headline.last]} if headline else set()
    for number in range(at, len(parts)):
        part = parts[number]
        if part.role in seen:
            seen[part.role] -= 1
        if min(seen.values()) < 0 or (part.role is Role.OTHER and part.text not in title):
            return at if min(seen.values()) < 0 else number
    return len(parts)


def _leave_out_menu(lines: Sequence[Line], parts: Sequence[Part], headline: Headline) -> None:
    """Leave out short plain lines in a row above the title, and the page's own title."""
    above = parts[: headline.first]
    title = "".join(part.text for part in parts[headline.first : headline.last])
    for is_short, group in groupby(
        above, lambda p: p.role in (Role.OTHER, Role.SPEAKER) and len(p.text) <= _MENU and not p.level
    ):
        entries = list(group)
        if is_short and len(entries) >= _ENTRIES:
            _leave_out(lines, entries)
    _leave_out(
        lines,
        [p for p in above if p.text != title and len(title) >= 4 and strip_site(p.text, [title]) == title],
    )


def _leave_out(lines: Sequence[Line], parts: Sequence[Part]) -> None:
    for part in parts:
        for line in lines[part.first : part.last]:
            line.left_out = True


def _place(lines: Sequence[Line], parts: Sequence[Part], headline: Headline) -> tuple[Place, Place]:
    """Return where the title starts and ends, as lines and characters in them."""
    first, last = parts[headline.first].first, parts[headline.last - 1].last - 1
    front, back = headline.front, headline.back
    while front >= len(lines[first].text) and first < last:
        front -= len(lines[first].text)
        first += 1
    while back >= len(lines[last].text) and last > first:
        back -= len(lines[last].text)
        last -= 1
    return (first, front), (last, len(lines[last].text) - back)
