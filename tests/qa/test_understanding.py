"""Kind, facet, topic; what leans on the turns before and what stands alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Facet
from qa import Engine
from qa.asking import read_asked
from qa.types import Kind
from qa.understanding import topic_of, understand


def test_topic_is_what_is_left_of_the_asking() -> None:
    assert topic_of("请问农业上有哪些要求?", Kind.LIST).split() == ["农业上"]
    assert topic_of("什么叫四个体系", Kind.TERM) == "四个体系"
    assert topic_of("有哪些?", Kind.LIST) == "有哪些?"


@pytest.mark.parametrize(
    "question",
    [
        "全县粮食总产达到多少万吨",
        "去年有哪些成绩",
        "今年的目标是什么",
        "第三部分讲了什么",
        "“三个盯住”是什么意思",
        "镇卫生院门诊量增长了多少",
        "幼儿园要求",
    ],
)
def test_stands_alone(question: str, report_engine: Engine) -> None:
    alone = report_engine.ask(question)
    after = report_engine.ask(question, history=["村组道路修了多少公里"])
    assert (after.standalone, after.points) == (alone.standalone, alone.points)


def test_an_ordinal_means_an_item_of_the_list_just_shown(report_engine: Engine) -> None:
    answer = report_engine.ask("那第二个呢", history=["一共分几部分"])
    assert "认清形势，把准方向" in answer.standalone
    assert answer.points[0].text.startswith("二、认清形势，把准方向")


def test_the_next_sibling(report_engine: Engine) -> None:
    answer = report_engine.ask("那第三条呢", history=["今年重点工作有哪几条", "第二条讲了什么"])
    assert answer.points[0].text.startswith("第三，抓好民生改善")


def test_a_topic_is_swapped_and_the_facet_carried_over(report_engine: Engine) -> None:
    answer = report_engine.ask("那民生呢", history=["粮食生产有什么要求"])
    assert answer.facet == Facet.REQUIREMENT
    assert "承接" in answer.standalone or "民生" in answer.standalone
    assert any("民生" in p.text for p in answer.points)


def test_without_turns_nothing_leans(report_engine: Engine) -> None:
    asked = read_asked("那第二个呢", (), report_engine.encoder, report_engine.reranker)
    query = understand("那第二个呢", [], report_engine.snapshot.documents, asked)
    assert (query.standalone, query.asked, query.relation) == ("那第二个呢", "那第二个呢", "none")


@given(st.text(min_size=1, max_size=60), st.sampled_from(list(Kind)))
def test_any_text_has_a_topic(question: str, kind: Kind) -> None:
    assert topic_of(question, kind)
