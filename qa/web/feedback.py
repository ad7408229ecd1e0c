"""A verdict on an answer, as the store keeps it -> a line of a question file for `speechqa eval`."""

from __future__ import annotations

import json
import time
from typing import Any

from qa.types import Status


def as_question(number: int, at: float, verdict: str, reason: str, history: str, kept: str) -> dict[str, Any]:
    """Return a kept verdict as a line of a question file; `history` and `kept`, the answer, are JSON text.

    An answer found good is evidence, point by point; one found bad leaves open what would have been right, so
    its `evidence` is null: not judged. Raises ValueError, TypeError, KeyError, RecursionError, OverflowError
    where it is damaged.
    """
    answer = json.loads(kept)
    return {
        "id": f"feedback-{number}",
        "history": json.loads(history),
        "question": answer["question"],
        "kind": "unanswerable" if answer["status"] == Status.NOT_FOUND else answer["kind"],
        "evidence": [[p["text"]] for p in answer["points"]] if verdict == "up" else None,
        "verdict": verdict,
        "reason": reason,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
        "snapshot": answer["snapshot"],
        "answer": answer,
    }
