"""Places that a question names."""

import pytest

from qa.courtesies import asks_overview, without_courtesies
from qa.grammar import Where, read_where


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("第三部分第二点讲了什么", Where((3, 2))),
        ("第五章第一节第二款是啥内容", Where((5, 1, 2))),
        ("倒数第二条写的什么", Where((-2,))),
        ("三、(二)那段话", Where((3, 2))),
        ("五(一)2里怎么说", Where((5, 1, 2))),
        ("附件三的填报说明", Where((3,))),
        ("“三是”后头写的么", Where((3,))),
        ("排老七的是哪个", Where((7,))),
        ("末章第三条", Where((-1, 3))),
        ("第五部分头一点", Where((5, 1))),
        ("前三条发我", Where(first=3)),
        ("最后两条措施", Where(last=2)),
        ("那后两条措施", Where(last=2)),
        ("第八条到第十条，原话", Where(range=(8, 10))),
        ("三、四两部分各有什么小标题", Where(range=(3, 4))),
        ("63～67号指标都写的啥", Where(range=(63, 67))),
        ("三十七到三十九条都管啥事", Where(range=(37, 39))),
    ],
)
def test_places(question: str, where: Where) -> None:
    found, _ = read_where(question)
    assert (found.ordinals, found.first, found.last, found.range) == (
        where.ordinals,
        where.first,
        where.last,
        where.range,
    )


@pytest.mark.parametrize(
    "question",
    [
        "第三产业增长多少", "前三个月收入多少", "第一季度怎么样", "第二十次代表大会何时召开", "谁是第一责任人",
        "公路养护写在哪一章里", "三个务必是什么", "第一辆氢能公交谁跑的", "三四个项目", "2025年目标是多少", "",
        "今后五项重点是什么", "灾后三项任务", "落后两项指标", "先后三类企业", "目前三项工作", "提前两步走", "售后三项承诺",
    ],
)  # fmt: skip
def test_numbers_that_are_no_places(question: str) -> None:
    found, rest = read_where(question)
    assert not found
    assert rest == " ".join(question.split())


def test_the_rest_of_the_question_is_left() -> None:
    assert read_where("第三部分对乡镇提了哪些要求")[1] == "对乡镇提了哪些要求"


def test_members_that_are_meant() -> None:
    counted = (1, 2, 3, 4)
    assert Where((2,)).chosen(4, counted) == (1,)
    assert Where((-1,)).chosen(4, counted) == (3,)
    assert Where(first=2).chosen(4, counted) == (0, 1)
    assert Where(last=3).chosen(4, counted) == (1, 2, 3)
    assert Where(range=(2, 3)).chosen(4, counted) == (1, 2)
    assert Where().chosen(4, counted) == (0, 1, 2, 3)
    assert Where((26,)).chosen(3, (25, 26, 27)) == (1,)
    assert Where((2,)).chosen(3, (None, None, None)) == (1,)
    for impossible in (Where((9,)), Where((-5,)), Where(first=5), Where(last=5), Where(range=(3, 6))):
        assert impossible.chosen(4, counted) == ()


@pytest.mark.parametrize(
    ("question", "step", "few", "inside"),
    [
        ("再往下一条呢", 1, 1, False),
        ("它后面两点各叫什么", 1, 2, False),
        ("紧跟着的下一段", 1, 0, False),
        ("它前头那两条呢", -1, 2, False),
        ("上一条呢", -1, 0, False),
        ("它下面分几条", 0, 0, True),
        ("这条里对企业怎么要求的", 0, 0, True),
        ("后面那部分，里头分几点", 1, 0, False),
        ("下一步有哪些打算", 0, 0, False),
        ("最后两条是什么", 0, 0, False),
        ("未来五年怎么走", 0, 0, False),
    ],
)
def test_places_beside_and_below_what_was_shown(question: str, step: int, few: int, inside: bool) -> None:
    where, _ = read_where(question)
    assert (where.step, where.few, where.inside) == (step, few, inside)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("请问粮食产量是多少", "粮食产量是多少"),
        ("您好，请问粮食产量是多少？谢谢！", "粮食产量是多少？"),
        ("粮食产量是多少，麻烦您了", "粮食产量是多少"),
        ("对谁表示感谢", "对谁表示感谢"),
        ("谢谢", "谢谢"),
    ],
)
def test_courtesies_ask_for_nothing(said: str, left: str) -> None:
    assert without_courtesies(said) == left


def test_a_number_as_it_stands_a_title_and_what_is_counted() -> None:
    assert read_where("1.2讲什么")[0].mark == "1.2"
    assert read_where("2.3.1条怎么规定的")[0].mark == "2.3.1"
    assert not read_where("增长1.2个百分点")[0].mark
    assert not read_where("投资1.2亿元的项目是哪个")[0].mark
    assert read_where("第二部分的标题是什么")[0].title
    assert not read_where("第二部分讲了什么")[0].title
    assert not read_where("标题是什么")[0].title
    assert read_where("一共多少条")[0].of == "条"
    assert read_where("全文分几章")[0].of == "章"
    assert read_where("一共几部分")[0].of == "分"
    assert not read_where("全县修了多少条公路")[0].of
    assert not read_where("会议几点开始")[0].of
    assert read_where("第5.3条写了什么")[0].mark == "5.3"


@pytest.mark.parametrize(
    "question",
    [
        "第一要务是什么", "第一要义是什么", "第一层级是什么", "最后一个月的目标是什么", "头一个月的任务是什么", "PM2.5是多少",
        "工业4.0讲了什么", "GDP增速是不是5.2", "3.15是什么", "web3.0是什么",
    ],
)  # fmt: skip
def test_words_and_figures_that_only_look_like_places(question: str) -> None:
    assert not read_where(question)[0]


@pytest.mark.parametrize(
    "question",
    [
        "总结全文", "概括一下", "这篇讲话主要讲了什么？", "概括全文内容", "这份文件说了什么", "主要内容是什么",
        "请问，帮我总结一下这篇文章", "请概述本文", "这个通知讲的是什么", "简要介绍一下这篇报告", "把全文总结一下", "讲话要点有哪些",
        "这份计划主要讲了什么", "本纲要主要内容", "这部章程说了什么", "这封信讲了什么", "这份任务书讲了什么", "这份实施细则说了什么",
    ],
)  # fmt: skip
def test_the_whole_is_asked_for(question: str) -> None:
    assert asks_overview(question, alone=True)


@pytest.mark.parametrize(
    "question",
    [
        "概括第三部分", "总结一下粮食工作", "总结下今年基层党建的成效", "主要目标有哪些", "书记讲了什么", "这次会议的主要任务是什么",
        "全文分几个部分", "这篇讲话是谁讲的", "讲话", "全文", "要点", "讲讲", "怎么说的", "总结成绩那一大段，一共讲了哪几个方面？",
        "这份报告里农业讲了什么", "这部分主要讲了什么", "强调了什么", "介绍情况", "这个问题讲了什么", "这篇讲话对粮食说了什么",
    ],
)  # fmt: skip
def test_something_else_is_asked_for(question: str) -> None:
    assert not asks_overview(question, alone=True)


def test_behind_a_question_the_text_must_be_named() -> None:
    assert asks_overview("总结全文", alone=False)
    assert not asks_overview("概括一下", alone=False)


@pytest.mark.parametrize(
    ("question", "exact"),
    [
        ("前三条叫什么", True),
        ("第四到第六项依次是", True),
        ("第五项的第三点", True),
        ("倒数两节的标题", True),
        ("第三条呢", False),
        ("最后一条", False),
        ("前三季度收入多少", False),
    ],
)
def test_members_that_are_named_themselves(question: str, exact: bool) -> None:
    assert read_where(question)[0].exact is exact


@pytest.mark.parametrize("question", ["一共是八条对吧", "总纲是不是八条", "办法有没有八条", "规定共八条"])
def test_a_number_of_members_is_no_place(question: str) -> None:
    where, _ = read_where(question)
    assert (where.ordinals, where.counts) == ((), (8,))


def test_what_comes_after_is_not_the_last() -> None:
    assert read_where("讲善后那一章")[0].last == 0
    assert read_where("只缺后两节的标题")[0].last == 2
