"""The documents that no encoder and no reader was trained on, with their questions: what the small models are fitted on."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.reading import read_document
from index.training.reader.pairs import kept_apart, made_documents, read_lines

VALIDATION = re.compile(r"v\d+")  # sets that nothing is fitted on
MADE = 4  # questions of each made-up document: together about a fifth of all


@dataclass(frozen=True, slots=True)
class Source:
    """A document and the questions asked of it, as in a development set's questions.jsonl."""

    name: str
    text: str
    records: tuple[dict[str, Any], ...]


def read_development(sets: Path) -> list[Source]:
    """Return the development sets, without those for validation."""
    sources = []
    for folder in sorted(p.parent for p in sets.glob("*/questions.jsonl")):
        if not VALIDATION.fullmatch(folder.name):
            lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
            text = read_document(folder / "document.txt").text
            sources.append(Source(folder.name, text, tuple(json.loads(line) for line in lines if line)))
    return sources


def read_sources(data: Path, sets: Path, made_each: int = MADE) -> list[Source]:
    """Return the documents that nothing before this was trained on, with their questions; `made_each` of a made-up one."""
    sources = read_development(sets)
    kept, records = kept_apart(data), read_lines(data / "judged.jsonl.xz")
    for document in (r for r in records if r.get("title") in kept):
        own = [r for r in records if r.get("document") == document["document"] and "question" in r]
        asked = [r | {"kind": "judged", "evidence": [r["evidence"]] if r["answerable"] else []} for r in own]
        sources.append(Source(document["title"], document["text"], tuple(asked)))
    rng = random.Random(2)
    made, texts = made_documents(kept=True)
    for name, text in texts.items() if made_each else ():
        own = [r for r in made if r["document"] == name and r["wants"] != "all"]
        asked = [
            r
            | {
                "kind": "made",
                "history": r.get("history", []),
                "evidence": [r["evidence"]] if r["evidence"] else [],
            }
            for r in rng.sample(own, min(made_each, len(own)))
        ]
        sources.append(Source(f"made {name}", text, tuple(asked)))
    return sources
