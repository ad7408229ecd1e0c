"""A question set -> scores: what `speechqa eval` prints.

A line of a question file: {"id", "history": [...], "question", "kind", "evidence": [[span, ...], ...]}.
`evidence` holds one group a point that a complete answer must show, any one of its verbatim spans proves
it; empty: the document does not say; null: not judged, skipped. The measures are those of the project's
development set, so a user's own file is scored as the project scores itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from qa.types import Answer, Point, Status

SINGLE_BUDGET = 200  # characters of answer that count for a one-point question
POINT_LIMIT = 200  # characters of one point that count
PASSAGE_LIMIT = 400  # characters of one passage that count
COVER = 0.6  # share of a gold span that must be shown
KINDS = (
    "fact",
    "term",
    "masked",
    "noisy",
    "paraphrase",
    "followup",
    "list",
    "structure",
    "claim",
    "unanswerable",
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Score:
    """One question's measures, 0 to 1 each; for an unanswerable one only `credit` counts."""

    kind: str
    credit: float
    first: float
    passages: float
    precision: float
    refused: float


def score_question(record: dict[str, Any], answer: Answer, text: str) -> Score:
    """Score one answer against the record's evidence, whose spans are looked up in `text`."""
    refused = float(answer.status is Status.NOT_FOUND)
    if not record["evidence"]:
        return Score("unanswerable", refused, 0, 0, 0, refused)
    groups = [[place for span in group for place in occurrences(text, span)] for group in record["evidence"]]
    gold = sum(max((e - s for s, e in group), default=0) for group in groups)
    budget = SINGLE_BUDGET if len(groups) == 1 else 3 * gold + 200
    shown = _within(_spans(answer.points, POINT_LIMIT), 0 if refused else budget)
    places = [place for group in groups for place in group]
    characters = sum(end - start for start, end in shown)
    good = _sentences_around(text, places)
    return Score(
        kind=str(record.get("kind") or "fact"),
        credit=_share(shown, groups),
        first=float(any(_covers(shown[:1], place) for place in places)),
        passages=_share(_spans(answer.passages, PASSAGE_LIMIT)[:5], groups),
        precision=len({i for s, e in shown for i in range(s, e)} & good) / characters if characters else 0.0,
        refused=refused,
    )


def evaluate(
    records: Iterable[dict[str, Any]], ask: Callable[[dict[str, Any]], Answer | None], text: str
) -> list[Score]:
    """Ask every judged question and score it; an answer of None (an error) counts as nothing shown."""
    scores: list[Score] = []
    for record in records:
        if record.get("evidence") is None:
            continue
        answer = ask(record)
        if answer is None:
            kind = str(record.get("kind") or "fact") if record["evidence"] else "unanswerable"
            scores.append(Score(kind, 0, 0, 0, 0, 0))
        else:
            scores.append(score_question(record, answer, text))
    return scores


def summarise(scores: Sequence[Score]) -> dict[str, Any]:
    """Return the means in percent by kind, and over all: HEADLINE is the harmonic mean of the first two."""
    kinds: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        kinds[score.kind].append(score)
    answerable = [s for s in scores if s.kind != "unanswerable"]
    credit = _percent(s.credit for s in answerable)
    refusal = _percent(s.credit for s in kinds.get("unanswerable", []))
    return {
        "kinds": {
            kind: {"n": len(kinds[kind])}
            | {
                m: _percent(getattr(s, m) for s in kinds[kind])
                for m in ("credit", "first", "passages", "precision", "refused")
            }
            for kind in sorted(kinds, key=lambda k: KINDS.index(k) if k in KINDS else len(KINDS))
        },
        "answerable": credit,
        "correct_refusal": refusal,
        "false_refusal": _percent(s.refused for s in answerable),
        "headline": round(2 * credit * refusal / (credit + refusal), 1) if credit + refusal else 0.0,
    }


def table(summary: dict[str, Any]) -> str:
    """Return the scores as a table."""
    columns = ("credit", "first", "passages", "precision", "refused")
    lines = ["类别           题数  得分  首条  前五段  精度  拒答"]
    lines += [
        f"{kind:13}{row['n']:5}" + "".join(f"{row[c]:7.1f}" for c in columns)
        for kind, row in summary["kinds"].items()
    ]
    lines.append(
        f"可答得分 {summary['answerable']}  正确拒答 {summary['correct_refusal']}  "
        f"误拒 {summary['false_refusal']}  综合 {summary['headline']}"
    )
    return "\n".join(lines)


def occurrences(text: str, span: str) -> list[Span]:
    """Return every place where `span` stands in `text`."""
    found, at = [], text.find(span) if span else -1
    while at >= 0:
        found.append((at, at + len(span)))
        at = text.find(span, at + 1)
    return found


def _spans(points: Sequence[Point], limit: int) -> list[Span]:
    return [(p.start, min(p.end, p.start + limit)) for p in points]


def _within(spans: Sequence[Span], budget: int) -> list[Span]:
    kept: list[Span] = []
    for start, end in spans:
        if budget <= 0:
            break
        kept.append((start, min(end, start + budget)))
        budget -= kept[-1][1] - start
    return kept


def _covers(shown: Sequence[Span], span: Span) -> bool:
    need = COVER * (span[1] - span[0])
    return any(min(end, span[1]) - max(start, span[0]) >= need for start, end in shown)


def _share(shown: Sequence[Span], groups: Sequence[Sequence[Span]]) -> float:
    return sum(any(_covers(shown, span) for span in group) for group in groups) / len(groups)


def _sentences_around(text: str, spans: Sequence[Span]) -> set[int]:
    keep: set[int] = set()
    for start, end in spans:
        left = max(text.rfind(c, 0, start) for c in "。！？；\n") + 1
        right = (
            min((i for i in (text.find(c, end - 1) for c in "。！？；\n") if i >= 0), default=len(text) - 1)
            + 1
        )
        keep.update(range(left, right))
    return keep


def _percent(values: Iterable[float]) -> float:
    numbers = list(values)
    return round(100 * sum(numbers) / len(numbers), 1) if numbers else 0.0
