"""The gold of what stands under what (tests/golden/knowledge.json) and how a document's finds are scored by it.

Its documents are the built-in speech, d1 and d2 beside it, and seven that are read from the folder that
SPEECHQA_EVAL names (else ../shared/eval beside the checkout), where that is there.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from index import Document, Knowledge, builtin_document, read_text

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
EVALUATION = Path(os.environ.get("SPEECHQA_EVAL") or ROOT.parent / "shared" / "eval")
GOLD: list[dict[str, Any]] = json.loads((GOLDEN / "knowledge.json").read_text("utf-8"))["documents"]

Score = tuple[int, int, int]  # right, in the gold, found


def documents() -> Iterator[tuple[dict[str, Any], Document]]:
    """Yield the gold of each document that is here, with the document."""
    for gold in GOLD:
        places = [folder / gold["document"] / "document.txt" for folder in (GOLDEN, EVALUATION)]
        file = next((place for place in places if place.exists()), None)
        if gold["document"] == "seed":
            document = builtin_document()
        elif file is not None:
            document = read_text(file.read_text("utf-8-sig"), source=file.name)
        else:
            continue
        assert sha256(document.text.encode("utf-8")).hexdigest() == gold["sha256"]
        yield gold, document


def score(gold: dict[str, Any], text: str, found: Knowledge) -> dict[str, Score]:
    """Return for each type how many are right, how many the gold has and how many were found.

    A find counts where its span is the gold's, give or take a character; what the gold calls optional counts
    neither way. `value`, `measured` and `office` are scored on the finds that are right.
    """
    return {
        **_enumerations(gold, found),
        "definitions": _definitions(gold, found),
        "terms": _terms(gold, text, found),
        **_quantities(gold, text, found),
        **_dates(gold, text, found),
        **_persons(gold, text, found),
    }


def _near(a: int, b: int, most: int = 1) -> bool:
    return abs(a - b) <= most


def _inside(gold: dict[str, Any], at: int) -> bool:
    return any(start <= at < end for start, end in gold["windows"])


def _optional(text: str, start: int, end: int, contexts: Sequence[str]) -> bool:
    around = text[max(0, start - 8) : end + 8]
    return any(context.strip("“”") in around for context in contexts)


def _enumerations(gold: dict[str, Any], found: Knowledge) -> dict[str, Score]:
    low, high = gold["scope"] or (0, 1 << 60)
    finds = [e for e in found.enumerations if low <= e.members[0].start < high]
    optional = [start for start, _ in gold["optional_enumerations"]]
    used: set[int] = set()
    members = whole = announced = stated = 0
    for wanted in gold["enumerations"]:
        starts = [start for start, _ in wanted["members"]]
        hits = [
            sum(any(_near(m.start, start) for m in e.members) for start in starts) if n not in used else 0
            for n, e in enumerate(finds)
        ]
        if not any(hits):
            continue
        best = hits.index(max(hits))
        used.add(best)
        find = finds[best]
        members += hits[best]
        whole += hits[best] == len(starts) == len(find.members)
        leads = [start for start, _ in wanted["announced"] or ()]
        announced += bool(
            find.announced and any(find.announced[0] - 1 <= a < find.announced[1] for a in leads)
        )
        stated += wanted["stated"] is not None and find.stated == wanted["stated"]
    counted = [
        e
        for n, e in enumerate(finds)
        if n in used or not any(_near(o, (e.announced or (e.members[0].start,))[0], 40) for o in optional)
    ]
    wanted_all = gold["enumerations"]
    return {
        "members": (
            members,
            sum(len(w["members"]) for w in wanted_all),
            sum(len(e.members) for e in counted),
        ),
        "enumerations": (whole, len(wanted_all), len(counted)),
        "announced": (announced, n := sum(bool(w["announced"]) for w in wanted_all), n),
        "stated": (
            stated,
            sum(w["stated"] is not None for w in wanted_all),
            sum(e.stated is not None for e in counted),
        ),
    }


def _definitions(gold: dict[str, Any], found: Knowledge) -> Score:
    low, high = gold["scope"] or (0, 1 << 60)
    finds = [d for d in found.definitions if low <= d.start < high]
    wanted = [(*w["term"][:2], *w["definition"][:2]) for w in gold["definitions"]]
    right = sum(any(all(map(_near, w, (*d.term, d.start, d.end))) for d in finds) for w in wanted)
    optional = [start for start, _ in gold["optional_definitions"]]
    extra = [
        d
        for d in finds
        if not any(_near(d.term[0], w[0]) for w in wanted)
        and not any(_near(o, min(d.term[0], d.start), 6) or o <= d.start <= o + 30 for o in optional)
    ]
    return right, len(wanted), right + len(extra)


def _terms(gold: dict[str, Any], text: str, found: Knowledge) -> Score:
    wanted = {(start, end) for start, end, _ in gold["terms"]}
    finds = {place for term in found.terms for place in term.places if _inside(gold, place[0])}
    extra = [p for p in finds - wanted if text[slice(*p)] not in gold["optional_terms"]]
    return len(finds & wanted), len(wanted), len(finds & wanted) + len(extra)


def _quantities(gold: dict[str, Any], text: str, found: Knowledge) -> dict[str, Score]:
    finds = [q for q in found.quantities if _inside(gold, q.start)]
    right: Counter[str] = Counter()
    used: set[int] = set()
    for wanted in gold["quantities"]:
        start, end, _ = wanted["span"]
        find = next((q for q in finds if _near(q.start, start) and _near(q.end, end, 2)), None)
        if find is None:
            continue
        used.add(find.start)
        right["found"] += 1
        right["value"] += find.value == wanted["value"] and find.unit == wanted["unit"]
        if wanted["measured"]:
            right["asked"] += 1
            right["measured"] += find.measured is not None and _overlaps(
                text, find.measured, wanted["measured"]
            )
    extra = [
        q
        for q in finds
        if q.start not in used and not _optional(text, q.start, q.end, gold["optional_quantities"])
    ]
    return {
        "quantities": (right["found"], len(gold["quantities"]), len(used) + len(extra)),
        "value": (right["value"], right["found"], right["found"]),
        "measured": (right["measured"], right["asked"], right["asked"]),
    }


def _overlaps(text: str, found: tuple[int, int], wanted: Sequence[Any]) -> bool:
    """Tell whether two spans share half of what they cover, or the found one holds the wanted words."""
    shared = max(0, min(found[1], wanted[1]) - max(found[0], wanted[0]))
    size = (found[1] - found[0]) + (wanted[1] - wanted[0])
    return 4 * shared >= size or text[wanted[0] : wanted[1]] in text[slice(*found)]


def _dates(gold: dict[str, Any], text: str, found: Knowledge) -> dict[str, Score]:
    finds = [d for d in found.dates if _inside(gold, d.start)]
    used: set[int] = set()
    valued = 0
    for wanted in gold["dates"]:
        start, end, _ = wanted["span"]
        find = next((d for d in finds if d.start < end and start < d.end), None)
        if find is not None:
            used.add(find.start)
            valued += find.value == wanted["iso"]
    extra = [
        d
        for d in finds
        if d.start not in used and not _optional(text, d.start, d.end, gold["optional_dates"])
    ]
    return {
        "dates": (len(used), len(gold["dates"]), len(used) + len(extra)),
        "date value": (valued, len(used), len(used)),
    }


def _persons(gold: dict[str, Any], text: str, found: Knowledge) -> dict[str, Score]:
    finds = [p for p in found.persons if _inside(gold, p.start)]
    used: set[int] = set()
    offices = 0
    for wanted in gold["persons"]:
        start, end, _ = wanted["span"]
        named = (p for p in finds if text[slice(*p.name)] == wanted["name"] and start - 1 <= p.name[0] < end)
        find = next(named, None)
        if find is not None:
            used.add(find.name[0])
            offices += text[slice(*find.office)] == wanted["office"]
    extra = [
        p
        for p in finds
        if p.name[0] not in used and not _optional(text, p.start, p.end, gold["optional_persons"])
    ]
    return {
        "persons": (len(used), len(gold["persons"]), len(used) + len(extra)),
        "office": (offices, len(used), len(used)),
    }


def total(scores: Sequence[dict[str, Score]]) -> dict[str, Score]:
    """Return the sums over documents."""
    kinds = scores[0]
    return {kind: tuple(map(sum, zip(*(one[kind] for one in scores), strict=True))) for kind in kinds}  # type: ignore[misc]
