"""What names of persons begin with, which offices stand beside them, and which words only look like names."""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def name_lists() -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    """Return the surnames, the heads of offices, and the words that begin like a name and are none."""
    lines = (resources.files("index") / "data" / "names.txt").read_text("utf-8").splitlines()
    surnames, heads, others = (line.split() for line in lines if line and not line.startswith("#"))
    return frozenset(surnames), tuple(heads), frozenset(others)


def begins_as_name(text: str) -> bool:
    """Tell whether a text of two to four characters begins with a surname: 李明, 欧阳明月; blanked-out ones do."""
    surnames, _, others = name_lists()
    if text in others:
        return False
    return "*" in text or text[:2] in surnames or (len(text) < 4 and text[:1] in surnames)
