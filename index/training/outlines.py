"""The outlines that people made, and the forms in which a document's text may come."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

HERE = Path(__file__).parent
KINDS = {"n": "numbered", "r": "runin", "p": "parallel"}
DEVELOPMENT = re.compile(r"seed|d\d|t\d+")  # never the validation sets
PARTED = 0.3  # weight of a document's third copy, in which every unit begins a line
JOINED = 0.4  # … of its second, whose paragraphs are joined
EXCERPT = 0.1  # … of each of its series that stands alone
GOLDEN = 3.0  # … of the built-in speech and the two other documents of tests/golden


@dataclass(frozen=True, slots=True)
class Outline:
    """A document with its gold units: (start, level, kind); beyond `end` it is not labelled."""

    name: str
    text: str
    units: tuple[tuple[int, int, str], ...]
    end: int
    weight: float = 1.0


def read_sets(folder: Path, score: ModuleType) -> list[Outline]:
    """Return the development sets' outlines; those without `kind` get score.py's."""
    found: list[Outline] = []
    for gold in sorted(folder.glob("*/outline.json")):
        if not DEVELOPMENT.fullmatch(gold.parent.name):
            continue
        text = score.document_text(gold.parent / "document.txt")
        units = tuple(
            (text.index(u["lead"]), u["level"], u.get("kind") or _kind(u["lead"], score))
            for u in json.loads(gold.read_text("utf-8"))
        )
        weight = 1.0 if gold.parent.name.startswith("t") else GOLDEN
        found.append(Outline(gold.parent.name, text, units, len(text), weight))
    return found


def _kind(lead: str, score: ModuleType) -> str:
    return "numbered" if score.NUMBERED.match(lead) or lead.startswith("—") else "runin"


def read_labelled(data: Path) -> list[Outline]:
    """Join outline_labels.json with the documents; raises SystemExit where one is not the labelled one."""
    wanted = {
        entry["title"]: entry
        for entry in json.loads((HERE / "outline_labels.json").read_text("utf-8"))
        if entry["source"] == "official"
    }
    found: list[Outline] = []
    with lzma.open(data / "official.jsonl.xz", "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            entry = wanted.get(record["title"])
            if entry is None:
                continue
            text = record["text"]
            if hashlib.sha256(text.encode()).hexdigest()[:12] != entry["document"]:
                raise SystemExit(f"{record['title']}: another text than the labelled one")
            units = tuple((start, level, KINDS[kind]) for level, start, _, kind in entry["sections"])
            found.append(Outline(record["title"], text, units, entry["end"]))
    return found


def forms(outline: Outline) -> list[Outline]:
    """Return a document, where they differ its copies with paragraphs joined and units parted, and its excerpts."""
    copies = (joined(outline), parted(outline)) if any(k != "numbered" for *_, k in outline.units) else ()
    return [outline, *(copy for copy in copies if copy.text != outline.text), *excerpts(outline)]


def excerpts(outline: Outline) -> list[Outline]:
    """Return each series of units without a number, with the paragraph that it begins in, as a text of its own.

    So a few sentences that somebody pasted are read as they are inside their document. What stands before the
    series in its paragraph counts as no unit there: alone it is no series.
    """
    found: list[Outline] = []
    units = sorted(outline.units)
    at = 0
    while at < len(units):
        level = units[at][1]
        last = at
        while last + 1 < len(units) and units[last + 1][1] >= level:
            last += 1
        series = [unit for unit in units[at : last + 1] if unit[1] == level]
        if units[at][2] == "numbered" or len(series) < 2:
            at += 1
            continue
        start = outline.text.rfind("\n", 0, units[at][0]) + 1
        end = units[last + 1][0] if last + 1 < len(units) else outline.end
        inside = tuple((s - start, lev - level + 1, kind) for s, lev, kind in units[at : last + 1])
        text = outline.text[start:end]
        found.append(Outline(outline.name, text, inside, len(text), EXCERPT * outline.weight))
        at = last + 1
    return found


def joined(outline: Outline) -> Outline:
    """Return the same document with the paragraphs joined that do not begin with a number.

    So a run-in heading that opened a paragraph stands inside one, as in many other documents.
    """
    counted = {start + near for start, _, kind in outline.units if kind == "numbered" for near in (-1, 0, 1)}
    keep = np.ones(len(outline.text) + 1, dtype=bool)
    for match in re.finditer(r"(?<=[。！？；])\s*\n\s*", outline.text):
        if not counted & set(range(match.end(), match.end() + 2)):
            keep[match.start() : match.end()] = False
    place = np.concatenate(([0], np.cumsum(keep)))
    text = "".join(c for c, kept in zip(outline.text, keep, strict=False) if kept)
    units = tuple((int(place[start]), level, kind) for start, level, kind in outline.units)
    return Outline(outline.name, text, units, int(place[outline.end]), JOINED)


def parted(outline: Outline) -> Outline:
    """Return the same document with a line end before each unit without a number that stands inside a line."""
    starts = sorted(start for start, _, kind in outline.units if kind != "numbered")
    cuts = [start for start in starts if outline.text[:start].rstrip(" \u3000")[-1:] in "。！？"]
    text, at, places = "", 0, dict[int, int]()
    marks = sorted({*cuts, *(start for start, _, _ in outline.units), outline.end})
    for mark in marks:
        text += outline.text[at:mark] + ("\n" if mark in cuts else "")
        places[mark], at = len(text), mark
    units = tuple((places[start], level, kind) for start, level, kind in outline.units)
    return Outline(outline.name, text + outline.text[at:], units, places[outline.end], PARTED)
