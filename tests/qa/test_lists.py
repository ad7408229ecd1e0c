"""Complete lists, in document order."""

import numpy as np

from index import Facet, IndexedDocument
from qa import Engine
from qa.lists import ListWeights, facet_factors, heading_scores, sentence_scores, spread, topic_words
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


def test_a_single_topic_word_must_be_there(report_engine: Engine) -> None:
    answer = report_engine.ask("幼儿园的事列一下")
    assert [p.text for p in answer.points] == ["要新建两所幼儿园，扩建镇敬老院。"]


def test_the_topic_without_the_name_of_the_list() -> None:
    query = Query("", "农业有哪些要求", Kind.LIST, "农业 要求")
    assert topic_words(query) == ["农业"]


def test_scores_spread_inside_a_section_only(report: IndexedDocument) -> None:
    passages = np.zeros(len(report.passages))
    row = next(p.index for p in report.passages if "冷链" in report.document.text[p.start : p.end])
    passages[row] = 1.0
    scores = sentence_scores(report, passages)
    home = report.sentences[report.passages[row].sentences[0]]
    assert scores[home.index] == 1
    spreading = spread(report, scores, ListWeights())
    assert spreading[home.index + 1] > 0
    outside = [s.index for s in report.sentences if s.section != home.section]
    assert not spreading[outside].any()


def test_headings_give_to_what_is_below(report: IndexedDocument) -> None:
    scores = np.zeros(len(report.sentences))
    top = next(s for s in report.sections if report.title_of(s.index).startswith("三、"))
    scores[next(s.index for s in report.sentences if s.start == top.start)] = 1.0
    given = heading_scores(report, scores)
    assert given[top.index] == 1
    assert all(given[child] == 1 for child in report.children_of(top.index))


def test_other_facets_are_held_back(report: IndexedDocument) -> None:
    factors = facet_factors(report, Facet.REQUIREMENT, ListWeights())
    for sentence in report.sentences:
        assert (factors[sentence.index] == 1) == (sentence.facet == Facet.REQUIREMENT)
    assert (facet_factors(report, None, ListWeights()) == 1).all()
