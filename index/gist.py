"""What of a document's text must be at hand to know which documents a question names: its head, and what it ends.

A library of a million documents keeps only this of each in memory. Who reads it by the rules of qa/directory.py reads the
same as in the whole text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from index.types import Document

OPENING = 200  # characters in which a place may stand, before the first full stop
ENDED = re.compile(r"废止|失效|停止执行")
_STOPS = "。\n"


def gist(document: Document) -> Document:
    """Return the document with the gist of its text: its head, and each sentence that says what is no longer in force."""
    text = document.text
    said: list[str] = []
    done = 0
    for found in ENDED.finditer(text):
        start = max(text.rfind(stop, 0, found.start()) for stop in _STOPS) + 1
        if found.end() > done and "《" in text[start : found.start()]:
            stops = (place for stop in _STOPS if (place := text.find(stop, found.end())) >= 0)
            done = min(stops, default=len(text))
            said.append(text[start:done])
    head = text[:OPENING]
    return replace(document, text="\n".join([head, *said]) if said else head, pages=(), notes=())
