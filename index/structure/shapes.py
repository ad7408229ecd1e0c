"""Openings -> the numbers that the model of `runin` weighs."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise

from index.structure.openings import Container, Opening, Row, Scale
from index.types import SectionKind

NEAR = 3  # neighbours on each side that an opening is compared with
SHOWN = 8  # characters of openings and endings that are compared
LONGEST = 2_000  # characters of a sentence that are looked at
RECURRING = 300  # characters after a sentence in which its own may recur
TOPIC = 400  # characters of a paragraph that are compared with its neighbours'
SAID = 60  # … of its first sentence
SHORT = 22  # characters of a sentence that heads rather than tells

_DIGIT = re.compile(r"\d")


def shapes(text: str, found: Sequence[Container], has_lines: bool) -> list[dict[str, float]]:
    """Return the shape of every opening of `found`, in the order of `all_openings`."""
    habits = _habits(found, has_lines)
    rows: list[dict[str, float]] = []
    for container in found:
        firsts = [row.openings[0] for row in container.rows]
        around = _container_shape(container)
        beside = _peers(text, firsts)
        turns = _turns(text, container.rows)
        for number, row in enumerate(container.rows):
            row_shape = around | _row_shape(text, container, number)
            inner = _peers(text, row.openings)
            heading = sum(_heads(o) for o in row.openings)
            lengths = [o.sentence - o.start for o in row.openings]
            for place, opening in enumerate(row.openings):
                shape = habits | row_shape | _own_shape(text, opening) | _places(lengths, place)
                shape |= {f"in_{name}": value for name, value in inner[place].items()}
                shape["row_heads"] = float(min(heading - _heads(opening), 6))
                if place == 0:
                    shape |= {f"by_{name}": value for name, value in beside[number].items()} | turns[number]
                rows.append(shape)
    return rows


def all_openings(found: Sequence[Container]) -> list[Opening]:
    """Return the openings of `found` in text order of their containers."""
    return [opening for container in found for row in container.rows for opening in row.openings]


def _habits(found: Sequence[Container], has_lines: bool) -> dict[str, float]:
    firsts = [row.openings[0] for c in found for row in c.rows if row.scale == Scale.PARAGRAPH]
    short = sum(o.sentence - o.start <= SHORT for o in firsts)
    numbered = [c.node for c in found if c.node.kind == SectionKind.NUMBERED]
    heads = sorted(n.heading_end - n.start for n in numbered)
    return {
        "lines": float(has_lines),
        "doc_short": short / (len(firsts) + 1),
        "doc_heads": sum(_heads(o) for o in firsts) / (len(firsts) + 1),
        "doc_heading": float(heads[len(heads) // 2]) if heads else 0.0,
    }


def _container_shape(container: Container) -> dict[str, float]:
    node = container.node
    firsts = [row.openings[0] for row in container.rows]
    short = sum(o.sentence - o.start <= SHORT for o in firsts)
    heading = sum(_heads(o) for o in firsts)
    return {
        "rows_head": heading / len(firsts),
        "rows_heads": float(min(heading, 6)),
        "rows": float(min(len(container.rows), 6)),
        "children": float(len(node.children) > 0),
        "rows_short": short / len(firsts),
        "rows_plain": sum(row.inline == 0 for row in container.rows) / len(firsts),
    }


def _row_shape(text: str, container: Container, number: int) -> dict[str, float]:
    row = container.rows[number]
    sentences = [o for o in row.openings if o.scale <= Scale.SENTENCE]
    children = container.node.children
    return {
        "row": float(min(number, 3)),
        "row_left": float(min(len(container.rows) - 1 - number, 3)),
        "row_size": math.log1p(row.end - row.start),
        "row_sentences": math.log1p(len(sentences)),
        "row_short": sum(o.sentence - o.start <= SHORT for o in sentences) / max(len(sentences), 1),
        "row_inline": float(row.inline > 0),
        "row_lead": float(text[row.end - 1] in "：:"),
        "counted_before": float(
            any(c.start < row.start and c.kind == SectionKind.NUMBERED for c in children[:1])
        ),
        "counted_after": float(any(c.start >= row.end for c in children[-1:])),
        "after_heading": float(row.scale == Scale.AFTER_HEADING),
        "after_call": float(number > 0 and _calls(text, container.rows[number - 1])),
    }


def _turns(text: str, rows: Sequence[Row]) -> list[dict[str, float]]:
    """Return how much each paragraph, and its first sentence, shares with the one before and the one after.

    One that names a new subject shares little with the one before; one that goes on shares more.
    """
    pairs = [_pairs(text[row.start : min(row.end, row.start + TOPIC)]) for row in rows]
    firsts = [_pairs(text[row.start : min(row.openings[0].sentence, row.start + SAID)]) for row in rows]
    rests = [_pairs(text[row.openings[0].sentence : min(row.end, row.start + TOPIC)]) for row in rows]
    none: frozenset[str] = frozenset()
    turns = []
    for own, first, rest, before, after in zip(
        pairs, firsts, rests, [none, *pairs[:-1]], [*pairs[1:], none], strict=True
    ):
        turns.append(
            {
                "turn_before": _share(own, before),
                "turn_after": _share(own, after),
                "first_before": len(first & before) / max(len(first), 1),
                "first_after": len(first & after) / max(len(first), 1),
                "first_own": len((first & rest) - before - after) / max(len(first), 1),
            }
        )
    return turns


def _pairs(text: str) -> frozenset[str]:
    return frozenset(
        a + b for a, b in pairwise(text) if "\u4e00" <= a <= "\u9fff" and "\u4e00" <= b <= "\u9fff"
    )


def _share(own: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of the pairs of the smaller that the other has too."""
    return len(own & other) / max(min(len(own), len(other)), 1)


def _calls(text: str, row: Row) -> bool:
    """Tell whether a paragraph only addresses the listeners (各位代表！)."""
    return row.end - row.start < 16 and text[row.end - 1] in "！：!:"


def _own_shape(text: str, opening: Opening) -> dict[str, float]:
    length = opening.sentence - opening.start
    sentence = text[opening.start : min(opening.sentence, opening.start + LONGEST)]
    last = text[max(opening.start, opening.sentence - 1) : opening.sentence]
    end = opening.end if opening.scale > 1 else opening.row.end
    rest = text[opening.sentence : min(end, opening.sentence + RECURRING)]
    left = max(end - opening.sentence, 0)
    clause = opening.clause - opening.start
    heading = text[opening.container.node.start : opening.container.node.heading_end]
    return {
        "paragraph": float(opening.scale == Scale.PARAGRAPH),
        "inner": float(opening.scale >= Scale.SENTENCE),
        "comma": float(opening.scale == Scale.COMMA),
        "heads": float(_heads(opening)),
        "clause": math.log1p(clause),
        "sentence": math.log1p(length),
        "rest": math.log1p(left),
        "share": length / max(length + left, 1),
        "commas": float(min(sentence.count("，"), 6)),
        "pauses": float(min(sentence.count("、"), 6)),
        "digit_first": float(sentence[:1].isdigit()),
        "digits": float(bool(_DIGIT.search(sentence))),
        "quoted": float(sentence[:1] in "“《「"),
        "calls": float(last in "！!" and length < 16),
        "colon": float(last in "：:"),
        "recurs": _recurs(sentence[:40], rest),
        "of_heading": _recurs(sentence[:40], heading),
    }


def _heads(opening: Opening) -> bool:
    """Tell whether the first sentence is short, plain and followed by a longer text."""
    length = opening.sentence - opening.start
    return (
        opening.scale <= Scale.SENTENCE
        and length <= SHORT
        and opening.clause >= opening.sentence - 2
        and opening.end - opening.sentence > 1.2 * length
    )


def _recurs(sentence: str, rest: str) -> float:
    """Return the share of a sentence's pairs of characters that its text repeats."""
    pairs = {sentence[i : i + 2] for i in range(len(sentence) - 2)}
    return sum(pair in rest for pair in pairs) / len(pairs) if pairs else 0.0


def _places(lengths: Sequence[int], place: int) -> dict[str, float]:
    length = lengths[place]
    return {
        "place": float(min(place, 4)),
        "left": float(min(len(lengths) - 1 - place, 4)),
        "before": math.log1p(lengths[place - 1]) if place else 0.0,
        "next": math.log1p(lengths[place + 1]) if place + 1 < len(lengths) else 0.0,
        "next_longer": math.log((lengths[place + 1] + 1) / (length + 1)) if place + 1 < len(lengths) else 0.0,
    }


_NOTHING = "head head_next head_before tail end ones_count tails_count ones twos twos_count tails"
_ALONE = dict.fromkeys(_NOTHING.split(), 0.0)
_ALONE |= {"peers": 1.0, "run": 1.0, "frame": 1.0, "tail_run": 1.0, "like": 3.0, "like_sentence": 3.0}


def _peers(text: str, openings: Sequence[Opening]) -> list[dict[str, float]]:
    """Return what each opening shares with the others of its row, or of its container."""
    if len(openings) == 1:
        return [_ALONE]
    heads = [text[o.start : o.start + SHOWN] for o in openings]
    clauses = [text[max(o.start, o.clause - SHOWN) : o.clause][::-1] for o in openings]
    ends = [text[max(o.start, o.sentence - SHOWN - 1) : o.sentence - 1][::-1] for o in openings]
    ones, twos = Counter(h[:1] for h in heads), Counter(h[:2] for h in heads)
    tails = Counter(c[:2] for c in clauses)
    tails_of = [c[:2] for c in clauses]
    runs = _runs([h[:1] for h in heads], openings)
    frames = _runs([h[:1] + c[:1] for h, c in zip(heads, clauses, strict=True)], openings)
    tail_runs = _runs(tails_of, openings)
    shapes: list[dict[str, float]] = []
    for number, opening in enumerate(openings):
        near = [
            n for n in range(max(number - NEAR, 0), number + NEAR + 1) if n != number and n < len(openings)
        ]
        lengths = [
            abs(math.log((openings[n].clause - openings[n].start + 1) / (opening.clause - opening.start + 1)))
            for n in near
        ]
        sentences = [
            abs(
                math.log(
                    (openings[n].sentence - openings[n].start + 1) / (opening.sentence - opening.start + 1)
                )
            )
            for n in near
        ]
        total = max(len(openings) - 1, 1)
        shapes.append(
            {
                "peers": float(min(len(openings), 8)),
                "head": max((_shared(heads[n], heads[number]) for n in near), default=0.0),
                "head_next": _shared(heads[number + 1], heads[number]) if number + 1 < len(heads) else 0.0,
                "head_before": _shared(heads[number - 1], heads[number]) if number else 0.0,
                "tail": max((_shared(clauses[n], clauses[number]) for n in near), default=0.0),
                "end": max((_shared(ends[n], ends[number]) for n in near), default=0.0),
                "run": runs[number],
                "frame": frames[number],
                "tail_run": tail_runs[number],
                "ones_count": float(min(ones[heads[number][:1]] - 1, 8)),
                "tails_count": float(min(tails[tails_of[number]] - 1, 8)),
                "ones": (ones[heads[number][:1]] - 1) / total,
                "twos": (twos[heads[number][:2]] - 1) / total,
                "twos_count": float(min(twos[heads[number][:2]] - 1, 8)),
                "tails": (tails[clauses[number][:2]] - 1) / total,
                "like": min(lengths, default=3.0),
                "like_sentence": min(sentences, default=3.0),
            }
        )
    return shapes


def _runs(heads: Sequence[str], openings: Sequence[Opening]) -> list[float]:
    """Return for each opening how many in a row, it among them, have the same head."""
    kept = [n for n, o in enumerate(openings) if o.scale != Scale.COMMA]
    runs = [1.0] * len(openings)
    for _, group in groupby(kept, key=lambda n: heads[n]):
        members = list(group)
        for number in members:
            runs[number] = float(min(len(members), 8))
    return runs


def _shared(a: str, b: str) -> float:
    for count, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return float(count)
    return float(min(len(a), len(b)))
