"""What the admin takes away: a table for a spreadsheet that runs nothing, question files for `speechqa eval`."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Iterator
from typing import Any

from qa.requests import dump_line
from qa.web.figures import Group

# What a spreadsheet takes for the beginning of a formula, in either width: an apostrophe before it makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_HEAD = ("问题", "次数", "最近一次", "原因")


def cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs."""
    return f"'{text}" if text.lstrip(" \u3000\x00").startswith(_FORMULA) else text


def table(groups: Iterable[Group]) -> bytes:
    """Return questions that got nothing as CSV (UTF-8 with the mark that spreadsheets look for)."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_HEAD)
    for group in groups:
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(group.last))
        writer.writerow([cell(group.question), group.count, at, cell(group.reason)])
    return ("\ufeff" + out.getvalue()).encode("utf-8", "replace")


def question_file(groups: Iterable[Group]) -> bytes:
    """Return the same as a question file; `evidence` is null, not judged: a person fills in what would be right."""
    return lines(
        {
            "id": f"asked-{number}",
            "history": [],
            "question": group.question,
            "kind": "fact",
            "evidence": None,
            "count": group.count,
            "reason": group.reason,
        }
        for number, group in enumerate(groups, 1)
    )


def golden(feedback: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what was found bad, with the answer as it was: the beginning of an office's own test."""
    return (record for record in feedback if record["verdict"] == "down")


def lines(records: Iterable[dict[str, Any]]) -> bytes:
    """Return records as JSON lines."""
    return "".join(f"{dump_line(record)}\n" for record in records).encode("utf-8", "replace")
