"""Kind, facet, topic; what leans on the turns before and what stands alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Facet
from qa import Engine
from qa.types import Kind
from qa.understanding import (
    asks_for_few,
    enumerated_noun,
    facet_of,
    kind_of,
    leans_on_history,
    topic_of,
    understand,
)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("全县粮食总产是多少", Kind.FACT),
        ("项目什么时候开工", Kind.FACT),
        ("这次会议是在哪一年开的", Kind.FACT),
        ("今年取得了哪些成绩", Kind.LIST),
        ("把对乡镇的要求逐条列出来", Kind.LIST),
        ("讲话一共分几部分", Kind.STRUCTURE),
        ("第三部分讲了什么", Kind.STRUCTURE),
        ("结尾是怎么说的", Kind.STRUCTURE),
        ("“三个盯住”是什么", Kind.TERM),
        ("什么叫四个体系", Kind.TERM),
        ("机场批了没有", Kind.CLAIM),
        ("园区已经建成了吗", Kind.CLAIM),
    ],
)
def test_kind(question: str, kind: Kind) -> None:
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "facet"),
    [
        ("农业上取得了哪些成绩", Facet.ACHIEVEMENT),
        ("财政收入的目标是什么", Facet.GOAL),
        ("下一步怎么抓项目", Facet.REQUIREMENT),
        ("煤炭产量要稳在多少", Facet.REQUIREMENT),
        ("为什么要重视青年人才", Facet.BACKGROUND),
        ("门诊量增长多少", None),
        ("把要点说一下", None),
    ],
)
def test_facet(question: str, facet: Facet | None) -> None:
    assert facet_of(question) == facet


def test_topic_is_what_is_left_of_the_asking() -> None:
    assert topic_of("请问农业上有哪些要求?", Kind.LIST).split() == ["农业上"]
    assert topic_of("什么叫四个体系", Kind.TERM) == "四个体系"
    assert topic_of("有哪些?", Kind.LIST) == "有哪些?"


def test_members_of_one_enumeration() -> None:
    assert asks_for_few("支持哪几个市争创示范")
    assert asks_for_few("点名了哪三位模范")
    assert not asks_for_few("提出了哪几条要求")
    assert enumerated_noun("新增了哪些品类?") == "品类"
    assert enumerated_noun("都有哪些品类") is None
    assert enumerated_noun("还有哪些问题") is None


@pytest.mark.parametrize(
    "question",
    [
        "那第二个呢",
        "为什么",
        "具体怎么做",
        "还有吗",
        "农业的呢",
        "其中最难的是什么",
        "它有什么作用",
        "新增了哪些",
    ],
)
def test_leans(question: str) -> None:
    assert leans_on_history(question)


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
    assert not leans_on_history(question)
    alone = report_engine.ask(question)
    after = report_engine.ask(question, history=["村组道路修了多少公里"])
    assert (after.standalone, after.points) == (alone.standalone, alone.points)


def test_an_ordinal_means_an_item_of_the_list_just_shown(report_engine: Engine) -> None:
    answer = report_engine.ask("那第二个呢", history=["一共分几部分"])
    assert "认清形势，把准方向" in answer.standalone
    assert answer.points[0].text == "二、认清形势，把准方向"


def test_the_next_sibling(report_engine: Engine) -> None:
    answer = report_engine.ask("那第三条呢", history=["今年重点工作有哪几条", "第二条讲了什么"])
    assert answer.points[0].text.startswith("第三，抓好民生改善")


def test_a_topic_is_swapped_and_the_facet_carried_over(report_engine: Engine) -> None:
    answer = report_engine.ask("那民生呢", history=["粮食生产有什么要求"])
    assert answer.facet == Facet.REQUIREMENT
    assert "承接" in answer.standalone or "民生" in answer.standalone
    assert any("幼儿园" in p.text for p in answer.points)


def test_without_turns_nothing_leans(report_engine: Engine) -> None:
    query = understand("那第二个呢", [], report_engine.snapshot.documents)
    assert query.standalone == "那第二个呢"


@given(st.text(min_size=1, max_size=60))
def test_any_text_has_a_kind_and_a_topic(question: str) -> None:
    assert kind_of(question) in Kind
    assert topic_of(question, kind_of(question))
