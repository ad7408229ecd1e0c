"""Complete lists, in document order."""

import numpy as np

from index import Facet, IndexedDocument
from qa import Engine
from qa.lists import topic_words
from qa.members import FEATURES, member_chances, member_inputs
from qa.types import Kind, Query, Status


def test_everything_of_a_facet_where_no_topic_is_named(
    report_engine: Engine, report: IndexedDocument
) -> None:
    answer = report_engine.ask("去年有哪些成绩")
    wanted = [s for s in report.sentences if s.facet == Facet.ACHIEVEMENT]
    assert [p.start for p in answer.points] == [s.start for s in wanted]
    assert answer.total == len(wanted) > 1


def test_the_points_are_in_document_order_and_counted(engine: Engine) -> None:
    for question in ("基层党建有哪些要求", "口岸今年干成了哪些事", "民生上都有哪些安排"):
        answer = engine.ask(question)
        assert answer.status == Status.ANSWERED
        assert answer.kind == Kind.LIST
        starts = [p.start for p in answer.points]
        assert starts == sorted(set(starts))
        assert answer.total == len(starts)


def test_what_is_named_belongs(report_engine: Engine) -> None:
    answer = report_engine.ask("幼儿园的事列一下")
    assert answer.points[0].text == "要新建两所幼儿园，扩建镇敬老院。"
    assert all("第三，抓好民生改善" in p.path[-1] for p in answer.points)


def test_the_topic_without_the_name_of_the_list() -> None:
    query = Query("", "农业有哪些要求", Kind.LIST, "农业 要求")
    assert topic_words(query) == ["农业"]


def test_what_stands_around_a_sentence_counts(report: IndexedDocument) -> None:
    passages = np.zeros(len(report.passages))
    row = next(p.index for p in report.passages if "冷链" in report.document.text[p.start : p.end])
    passages[row] = 1.0
    logits = np.full(len(passages), np.nan)
    query = Query("", "冷链有哪些要求", Kind.LIST, "冷链", Facet.REQUIREMENT)
    inputs = member_inputs(query, report, ["冷链"], passages, logits)
    assert inputs.shape == (len(report.sentences), len(FEATURES))
    column = dict(zip(FEATURES, inputs.T, strict=True))
    home = report.sentences[report.passages[row].sentences[0]]
    assert column["relevance"][home.index] == 1
    assert column["before"][home.index + 1] == 1
    outside = [s.index for s in report.sentences if s.section != home.section]
    assert not column["before"][outside].any()
    assert not column["behind"][outside].any()
    for sentence in report.sentences:
        assert (column["facet"][sentence.index] > 0) == (sentence.facet == Facet.REQUIREMENT)
    assert not column["was read"].any()
    logits[row] = 4.0
    read = member_inputs(query, report, ["冷链"], passages, logits)
    chances = [member_chances(one)[0][home.index] for one in (inputs, read)]
    assert chances[1] > chances[0]


def test_headings_give_to_what_is_below(report: IndexedDocument) -> None:
    top = next(s for s in report.sections if report.title_of(s.index).startswith("三、"))
    first = next(s.index for s in report.sentences if s.start == top.start)
    passages = np.array([float(p.sentences[0] == first) for p in report.passages])
    query = Query("", "", Kind.LIST, "重点工作")
    inputs = member_inputs(query, report, [], passages, np.full(len(passages), np.nan))
    above = inputs[:, FEATURES.index("headings")]
    inside = [top.start <= s.start < top.end for s in report.sentences]
    assert (above == np.array(inside, dtype=float)).all()
