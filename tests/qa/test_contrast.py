"""Rows of a comparison: what a document says to the letter outside its answer."""

from dataclasses import replace

import pytest

from index import Facet, index_document, read_text
from qa.contrast import _said_elsewhere
from qa.evidence import make_point
from qa.matching import Asked, best_matching
from qa.types import Answer, Kind, Status


def test_what_is_said_elsewhere_is_looked_for_by_the_nearest_cell() -> None:
    texts = (
        "去年的话说完了。要全面推广良种良法。",
        "别的话不少。要全面推广良种良法，不留死角。",
        "要全面推广良种良法，并且要快。",
    )
    documents = [index_document(read_text(f"讲话\n{text}\n")) for text in texts]
    newest = documents[2]
    start = newest.document.text.index("要全面")
    cell = make_point(newest, start, start + len("要全面推广良种良法，并且要快。"), ())
    filled = _said_elsewhere([None, None, cell], documents)
    assert [point and point.text for point in filled] == [
        "要全面推广良种良法。",
        "要全面推广良种良法，不留死角。",
        "要全面推广良种良法，并且要快。",
    ]


REPORTS = {
    2022: "过去五年，新增就业年均4万人。去年全县新增就业3.1万人，失业率5.2%。",
    2023: "去年全县新增就业3.5万人，失业率5.0%。今年新增就业4万人以上，失业率5.5%以内。",
}


def answers_of(points: dict[int, list[str]], question: str) -> list[Answer]:
    """Return answers that quote REPORTS in this order; 去年 and 过去 begin what was done."""
    answers = []
    for year, texts in points.items():
        one = index_document(read_text(f"{year}年工作报告\n{REPORTS[year]}\n"))
        quoted = []
        for text in texts:
            start = one.document.text.index(text)
            done = Facet.ACHIEVEMENT if text[0] in "去过" else Facet.GOAL
            quoted.append(replace(make_point(one, start, start + len(text), ()), facet=done))
        answers.append(
            Answer(
                year,
                "",
                question,
                question,
                Status.ANSWERED,
                None,
                None,
                Kind.FACT,
                None,
                0.9,
                tuple(quoted),
                (),
            )
        )
    return answers


def chosen(points: dict[int, list[str]], question: str) -> list[str]:
    answers = answers_of(points, question)
    columns = best_matching(answers, Asked.of(answers, even), even)
    return [point.text for column in columns for point in column]


def even(word: str) -> float:
    """Return the same weight for each word."""
    return 1.0


FIVE, LAST22 = "过去五年，新增就业年均4万人。", "去年全县新增就业3.1万人，失业率5.2%。"
LAST23, AIM23 = "去年全县新增就业3.5万人，失业率5.0%。", "今年新增就业4万人以上，失业率5.5%以内。"


@pytest.mark.parametrize(
    ("points", "question", "cells"),
    [
        ({2022: [FIVE, LAST22], 2023: [LAST23]}, "新增就业多少", [LAST22, LAST23]),  # a year beside a year
        ({2022: [FIVE, LAST22], 2023: [LAST23]}, "五年来新增就业多少", [FIVE, LAST23]),
        ({2022: [LAST22], 2023: [AIM23, LAST23]}, "新增就业多少", [LAST22, LAST23]),  # what was done beside it
        ({2022: [LAST22], 2023: [AIM23]}, "新增就业多少", [LAST22, AIM23]),
        ({2022: [FIVE], 2023: [AIM23, "失业率5.5%以内。"]}, "新增就业多少", [FIVE, AIM23]),  # all that is asked
    ],
)  # fmt: skip
def test_which_points_of_a_fact_stand_side_by_side(
    points: dict[int, list[str]], question: str, cells: list[str]
) -> None:
    assert chosen(points, question) == cells
