"""Quotation marks: what stands in them."""

from __future__ import annotations

import re

QUOTATION = re.compile(r"[“\"][^”\"]{7,}[”\"]")  # longer than a name or a slogan of four characters
_QUOTED = re.compile(r"[“\"「『‘']([^”\"」』’']{1,16})[”\"」』’']")


def quoted_terms(question: str) -> list[str]:
    """Return what stands in quotation marks."""
    return _QUOTED.findall(question)
