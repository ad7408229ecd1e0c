"""Units that a question names by their subject."""

import pytest

from index import Encoder, IndexedDocument
from qa import Engine
from qa.grammar import read_where
from qa.subjects import placed_by_subject, places_of, subject_place
from qa.types import Kind, Query


@pytest.mark.parametrize(
    ("question", "subject", "sort"),
    [
        ("住院收费那一章讲了什么", "住院收费", "章"),
        ("讲消防的那段原话给我", "消防", "段"),
        ("关于值班的部分怎么规定的", "值班", "分"),
        ("不是食堂，我指的是宿舍那节", "宿舍", "节"),
        ("光说绿化这一块，干成了几件", "绿化", "块"),
        ("门诊改造里的第二条", "门诊改造", ""),
        ("队伍建设板块的小标题", "队伍建设", "块"),
        ("中国式现代化那一章", "中国式现代化", "章"),
        ("中小企业那一章讲什么", "中小企业", "章"),
        ("要素市场那一节", "要素市场", "节"),
        ("再生资源那段", "再生资源", "段"),
        ("从业人员那段怎么说", "从业人员", "段"),
        ("问责那一章", "问责", "章"),
        ("请看就业那段", "就业", "段"),
        ("光要中医药那块的提纲", "中医药", "块"),
    ],
)
def test_what_names_a_unit(question: str, subject: str, sort: str) -> None:
    where, _ = read_where(question)
    assert (where.subject, where.sort) == (subject, sort)


@pytest.mark.parametrize(
    "question",
    ["最后那部分讲了什么", "第三章那条怎么说", "出自哪个部分", "它下面那几条", "一共分几大部分", "粮食产量是多少", "上面那段再发一遍", "打头那项由谁管",
     "为什么这项工作重要", "谁负责这项任务", "疫情那段时间怎么过的", "丰宁那条高速多长", "绝大部分有哪些",
     "资金的大部分有多少", "城市的组成部分有哪些", "经费的一部分，怎么用"],
)  # fmt: skip
def test_what_names_none(question: str) -> None:
    assert read_where(question)[0].subject == ""


def test_the_likeliest_place(report: IndexedDocument, encoder: Encoder) -> None:
    text = report.document.text
    for subject, opening in (
        ("粮食", "第一，抓好粮食"),
        ("去年成效", "一、去年工作"),
        ("盖幼儿园", "第三，抓好民生"),
    ):
        place = subject_place(subject, "块", report, encoder, parts=False)
        assert place is not None and text.startswith(opening, place.start)
        assert 0 < place.chance <= 1


def test_places_lie_in_the_document(report: IndexedDocument) -> None:
    places = places_of(report)
    assert {p.unit for p in places} >= {s.index for s in report.sections}
    assert all(0 <= p.start < p.head_end <= p.end <= len(report.document.text) for p in places)
    assert len({(p.start, p.end) for p in places}) == len(places)


def test_a_question_without_a_subject_stays(report: IndexedDocument, encoder: Encoder) -> None:
    query = Query("粮食产量多少", "粮食产量多少", Kind.FACT, "粮食产量")
    assert placed_by_subject(query, report, encoder) is query


@pytest.mark.parametrize("question", ["项目建设那一点讲了什么", "讲项目建设的那条原文"])
def test_the_text_of_a_unit(question: str, report_engine: Engine) -> None:
    shown = "".join(point.text for point in report_engine.ask(question).points)
    assert shown.startswith("第二，抓好项目建设。") and "冷链物流园" in shown and "幼儿园" not in shown


def test_numbers_count_inside_the_unit(report_engine: Engine) -> None:
    points = report_engine.ask("今年重点工作那部分的第二点叫什么").points
    assert points[0].text.startswith("第二，抓好项目建设")
