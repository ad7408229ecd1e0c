"""Headings as people say them, and what a question that quotes one asks for."""

import pytest

from index import Encoder, Facet, IndexedDocument, build_index, read_text
from qa import Engine, Settings, Status
from qa.headings import bare, facet_asked, named_units, unit_quoted
from qa.types import Kind
from tests.texts import REPORT


def test_a_heading_without_its_number(report: IndexedDocument) -> None:
    names = {bare(s) for s in report.sections}
    assert {"去年工作成效明显", "抓好今年重点工作", "抓好粮食生产"} <= names


def test_a_heading_that_two_units_have_names_neither(encoder: Encoder) -> None:
    text = "报告\n一、去年\n（一）工业\n工业平稳。\n（二）农业\n农业稳定。\n二、今年\n（一）工业\n工业要稳。\n（二）旅游\n旅游要兴。\n"
    one = build_index([read_text(text)], encoder=encoder).documents[0]
    assert "工业" not in named_units(one)
    assert "旅游" in named_units(one)


def test_the_unit_quoted_and_what_else_is_asked(report: IndexedDocument) -> None:
    found = unit_quoted("“抓好粮食生产”讲了哪些要求？", [report])
    assert found is not None
    identity, unit, rest = found
    assert identity == report.document.id
    assert bare(report.sections[unit]) == "抓好粮食生产"
    assert rest == "讲了哪些要求？"
    assert unit_quoted("“粮食”讲了什么", [report]) is None
    assert unit_quoted("抓好粮食生产讲了什么", [report]) is None
    assert facet_asked(rest) is Facet.REQUIREMENT
    assert facet_asked("讲了什么") is None


@pytest.mark.parametrize("history", [(), ("去年修了多少路",)])
def test_a_quoted_heading_is_answered_from_its_unit(report_engine: Engine, history: tuple[str, ...]) -> None:
    one = report_engine.snapshot.documents[0]
    unit = one.sections[named_units(one)["抓好民生改善"]]
    for question, kind in (
        ("“抓好民生改善”讲了什么？", Kind.STRUCTURE),
        ("“抓好民生改善”讲了哪些要求？", Kind.LIST),
    ):
        answer = report_engine.ask(question, history=history)
        assert answer.status is Status.ANSWERED
        assert answer.kind is kind
        assert answer.standalone == question
        assert all(unit.start <= p.start < unit.end for p in answer.points)
    parts = report_engine.ask("“抓好今年重点工作”讲了哪几点？")
    assert parts.total == 3


def test_a_question_with_words_of_its_own_is_searched_for(report_engine: Engine) -> None:
    answer = report_engine.ask("“抓好民生改善”里幼儿园要建几所？")
    assert "幼儿园" in answer.points[0].text


def test_of_several_documents_the_one_that_has_the_heading(encoder: Encoder) -> None:
    other = REPORT.replace("抓好民生改善", "抓好文化活动").replace("全镇", "全乡")
    snapshot = build_index([read_text(REPORT), read_text(other)], encoder=encoder)
    engine = Engine(snapshot, encoder, Settings())
    answer = engine.ask("“抓好文化活动”讲了什么？")
    assert {p.document.title for p in answer.points} == {"在全乡工作会议上的讲话"}
    assert unit_quoted("“抓好粮食生产”讲了什么？", snapshot.documents) is None


@pytest.mark.parametrize(
    "question",
    [
        "“抓好粮食生产”由谁负责",
        "“抓好粮食生产”做了没有",
        "“抓好粮食生产”为什么",
        "“抓好粮食生产”是哪年开始的",
    ],
)
def test_a_question_that_quotes_a_heading_asks_for_more_than_its_unit(
    question: str, report_engine: Engine
) -> None:
    query = report_engine.find(question)[0]
    assert (query.kind, query.wants) != (Kind.STRUCTURE, "text")
