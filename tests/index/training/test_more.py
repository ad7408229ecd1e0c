"""What the last pass of the reader of pairs is trained on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from index.training.reader import more
from index.training.reader.cross import Case
from index.training.reader.pairs import GROUP_PIECES, group_pieces, read_lines


def test_documents_with_many_questions_for_their_length_are_chosen_and_some_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = {"讲话": 100, "决定": 150, "通知": 900, "报告一": 900, "报告二": 900, "条例": 50}
    groups = {"报告一": "gov_report_national", "报告二": "gov_report_national", "条例": "laws"}
    official = {t: {"text": "字" * n, "group": groups.get(t, "speeches")} for t, n in sizes.items()}
    asked = [
        {"title": title, "group": official[title]["group"], "colloquial": "咋办"}
        for title, times in (("讲话", 5), ("决定", 5), ("通知", 1), ("报告一", 2), ("报告二", 2), ("条例", 9))
        for _ in range(times)
    ]
    monkeypatch.setattr(more, "DENSE", 300)
    monkeypatch.setattr(more, "REPORTS", 1)
    chosen = more._chosen(asked, official, random.Random(1))
    assert chosen > {"讲话", "决定"} and len(chosen & {"报告一", "报告二"}) == 1 and len(chosen) == 3


def test_cases_that_were_built_apart_keep_their_texts(tmp_path: Path) -> None:
    case = more._shifted(Case(0, (1, 2), (True, False), 3), 10)
    assert case == Case(10, (11, 12), (True, False), 3)
    built = [more._kept(tmp_path, "a", "made of this", lambda: ([], {"x": [case]})) for _ in range(2)]
    assert built == [([], {"x": [case]})] * 2
    assert more._kept(tmp_path, "a", "made of that", lambda: ([], {})) == ([], {})


def test_questions_about_groups_name_members_of_their_piece() -> None:
    records = read_lines(GROUP_PIECES)
    texts = {r["title"]: {"text": "字" * (r["start"] + r["length"])} for r in records}
    for record in records:
        assert record["wants"] in ("parts", "count", "text", "place")
        assert all(1 <= item <= len(record["starts"]) for item in record["items"])
        assert all(0 <= start < record["length"] for start in record["starts"])
    ours, kept = (group_pieces(texts, set(), kept=kept) for kept in (False, True))
    assert len(ours[0]) + len(kept[0]) == len(records) and not set(ours[1]) & set(kept[1])
    assert len(ours[1]) > 2 * len(kept[1]) > 0
