"""The product's own scores are those of the project's development set."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from index import Encoder, build_index, read_document
from qa import Engine, Settings, to_json
from qa.evaluation import evaluate, occurrences, summarise
from qa.types import Answer
from tests.long import only_long

GOLDEN = Path(__file__).parents[1] / "golden"
SCORE = Path(__file__).parents[3] / "shared" / "eval" / "score.py"


@pytest.fixture(scope="module")
def judged(encoder: Encoder) -> tuple[str, list[dict[str, Any]], dict[str, Answer]]:
    document = read_document(GOLDEN / "d2" / "document.txt")
    engine = Engine(build_index([document], encoder=encoder), encoder, Settings())
    records = [
        json.loads(line) for line in (GOLDEN / "d2" / "questions.jsonl").read_text("utf-8").splitlines()
    ]
    return document.text, records, {r["id"]: engine.ask(r["question"], history=r["history"]) for r in records}


@pytest.mark.skipif(
    not SCORE.exists(), reason="the development set's own score.py is not beside this checkout"
)
def test_the_same_numbers_as_score_py(judged: tuple[str, list[dict[str, Any]], dict[str, Answer]]) -> None:
    text, records, answers = judged
    spec = importlib.util.spec_from_file_location("score", SCORE)
    assert spec is not None
    assert spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    scored = score.score_answers(text, records, {k: to_json(a) for k, a in answers.items()})
    bad, expected = scored[1], score.report(*scored)
    found = summarise(evaluate(records, lambda r: answers[r["id"]], text))
    assert not bad
    for key in ("answerable", "correct_refusal", "false_refusal", "headline"):
        assert found[key] == expected[key]
    for kind, row in expected["kinds"].items():
        assert {k: v for k, v in found["kinds"][kind].items() if k in row} == row


@only_long
def test_questions_that_nobody_judged_are_skipped(
    judged: tuple[str, list[dict[str, Any]], dict[str, Answer]],
) -> None:
    text, records, answers = judged
    assert evaluate([records[0] | {"evidence": None}], lambda r: answers[r["id"]], text) == []


def test_an_error_counts_as_nothing_shown() -> None:
    (score,) = evaluate(
        [{"id": 1, "question": "x", "kind": "fact", "evidence": [["甲"]]}], lambda _: None, "甲"
    )
    assert score.credit == score.refused == 0
    (score,) = evaluate(
        [{"id": 1, "question": "x", "kind": "unanswerable", "evidence": []}], lambda _: None, "甲"
    )
    assert (score.kind, score.credit) == ("unanswerable", 0)


def test_occurrences() -> None:
    assert occurrences("要要要", "要要") == [(0, 2), (1, 3)]
    assert occurrences("要", "") == []
