"""Units that only parallel wording reveals: neighbouring sentences that open alike."""

from __future__ import annotations

import re
from collections import defaultdict

MIN_UNITS = 3
LONG_UNIT = 100  # characters on average: of a paragraph's worth, so that a short opening is enough
STRONG_TEMPLATE = 5  # characters that openings share, from which even single sentences are units

_SENTENCE = re.compile(r"[^。！？；!?;]+[。！？；!?;]*[”’」』）)]*")
_CONNECTIVE = re.compile(r"(?:同时|此外|另外|当前|特别是|更重要的是|与此同时)，")
_LEAD = re.compile(r"\s*(?:(?:比如|例如|譬如|也就是|就是|主要是|具体来说|具体是)[：:])?\s*")
_NO_OPENING = "0123456789*“《（(—"
_CLAUSE_END = re.compile(r"[，。：；！？,:;]")


def parallel_units(text: str, start: int, end: int) -> list[int]:
    """Return where the parallel units of text[start:end] start; empty where there are none.

    Openings that share a prefix and the first clause's ending make a strong template (建设…区，就是要);
    a mere common prefix (我们) counts where the units are long and fill most of the stretch.
    """
    sentences = [
        (start + m.start() + _lead(m.group()), m.group()[_lead(m.group()) :].rstrip())
        for m in _SENTENCE.finditer(text[start:end])
        if m.group().strip()
    ]
    if len(sentences) < MIN_UNITS:
        return []
    best: list[int] = []
    best_key = (0, 0)
    for (prefix, _), members in _groups([_opening(s) for _, s in sentences]).items():
        key = _weigh(sentences, members, prefix, end)
        if key > best_key:
            best, best_key = members, key
    return [sentences[n][0] for n in best]


def _groups(openings: list[str]) -> dict[tuple[str, str], list[int]]:
    """Return the sentences that share a prefix, and those that share what follows the first clause too."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, opening in enumerate(openings):
        clause = _CLAUSE_END.search(opening)
        frames = ("", opening[clause.start() : clause.start() + 3]) if clause else ("",)
        for length in (2, 3, 4):
            if len(opening) > length and opening[0] not in _NO_OPENING:
                for frame in frames:
                    groups[opening[:length], frame].append(number)
    return groups


def command_run(text: str, start: int, end: int) -> list[int]:
    """Return where the sentences of the run of 要…。要…。要…。 start that text[start:end] ends with.

    Such a run is a list of units where a count follows it in the same paragraph: the count spells out
    its last one. Empty where it has fewer than MIN_UNITS sentences.
    """
    run: list[int] = []
    for match in _SENTENCE.finditer(text[start:end]):
        sentence = match.group().lstrip()
        run = [*run, start + match.end() - len(sentence)] if sentence.startswith("要") else []
    return run if len(run) >= MIN_UNITS else []


def _lead(piece: str) -> int:
    """Return the length of what stands before a sentence's opening: blanks, “比如：”."""
    lead = _LEAD.match(piece)
    return lead.end() if lead else 0


def _opening(sentence: str) -> str:
    connective = _CONNECTIVE.match(sentence)
    return sentence[connective.end() :] if connective else sentence


def _weigh(sentences: list[tuple[int, str]], members: list[int], prefix: str, end: int) -> tuple[int, int]:
    """Return how good a group is: (openings × shared characters, characters covered); (0, 0) for none."""
    if len(members) < MIN_UNITS:
        return 0, 0
    first = sentences[members[0]][0]
    covered = end - first
    mean = covered / len(members)
    openings = [_opening(sentences[n][1]) for n in members]
    template = len(prefix) + _shared_frame(openings, len(prefix))
    strong = template >= STRONG_TEMPLATE and _are_close(members)
    stretch = end - sentences[0][0]
    weak = len(members) >= MIN_UNITS + 1 and mean >= LONG_UNIT and covered >= 0.6 * stretch
    if not strong and not weak:
        return 0, 0
    return len(members) * min(template, 2 * STRONG_TEMPLATE), covered


def _are_close(members: list[int]) -> bool:
    """Tell whether the units follow one another, with at most two sentences of text in each on average."""
    return members[-1] - members[0] <= 3 * (len(members) - 1)


def _shared_frame(openings: list[str], skip: int) -> int:
    """Return how many characters the first clauses share at their ends, and what follows them at its start."""
    ends = [end.start() if (end := _CLAUSE_END.search(o)) else len(o) for o in openings]
    heads = [o[skip:end][::-1] for o, end in zip(openings, ends, strict=True)]
    tails = [o[end:] for o, end in zip(openings, ends, strict=True)]
    after = _shared_prefix(tails)
    return _shared_prefix(heads) + (after if after > 1 else 0)


def _shared_prefix(texts: list[str]) -> int:
    """Return how many characters the texts share at their start."""
    low, high = min(texts), max(texts)
    return next(
        (i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high))
    )
