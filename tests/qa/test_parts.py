"""Questions about how a document is built and what it lists."""

import pytest

from index import IndexedDocument, index_document, read_text
from qa import Engine
from qa.grammar import Where, read_where
from qa.parts import choices_of, choose, load_weights, unit_named
from qa.showing import end_asked, ends_of, shown, unit_text
from qa.types import Kind, Query


def ask(question: str, engine: Engine) -> list[str]:
    return [point.text for point in engine.ask(question).points]


def test_the_parts(report_engine: Engine) -> None:
    parts = ["一、去年工作成效明显", "二、认清形势，把准方向", "三、抓好今年重点工作"]
    assert ask("全文一共分几部分，标题是什么", report_engine) == parts
    assert ask("第一到第三部分的标题", report_engine) == parts
    assert ask("最后两个部分的标题叫什么", report_engine) == parts[1:]


@pytest.mark.parametrize("question", ["第三部分下面分几条", "今年重点工作那部分分哪几点"])
def test_the_points_of_a_part(question: str, report_engine: Engine) -> None:
    headings = ["第一，抓好粮食生产", "第二，抓好项目建设", "第三，抓好民生改善"]
    assert [text.rstrip("。") for text in ask(question, report_engine)[-3:]] == headings


def test_a_point_of_a_part(report_engine: Engine) -> None:
    assert ask("第三部分第二点讲了什么", report_engine)[0].startswith("第二，抓好项目建设")


def test_the_beginning_and_the_end(report_engine: Engine) -> None:
    assert ask("开头第一句是怎么说的", report_engine)[0] == "今天的会议主要是总结去年工作、安排今年任务。"
    assert ask("结尾是怎么收的", report_engine)[-1] == "同志们，让我们撸起袖子加油干。"


def test_where_something_is_dealt_with(report_engine: Engine) -> None:
    assert ask("新建幼儿园的事写在哪一条里", report_engine)[0].startswith("第三，抓好民生改善")


def test_places_rule_out_groups(report: IndexedDocument) -> None:
    from index import groups_of

    groups = groups_of(report)
    third = list(choices_of(Where((3, 2)), report, groups))
    assert [report.document.text[c.items[0].start :][:4] for c in third] == ["第二，抓"]
    assert list(choices_of(Where((9,)), report, groups)) == []
    assert len(list(choices_of(Where(), report, groups))) == len(groups)


def test_what_is_shown_lies_in_the_document(report: IndexedDocument) -> None:
    from index import groups_of

    for choice in choices_of(Where(), report, groups_of(report)):
        for text in (True, False):
            assert all(
                0 <= a < b <= len(report.document.text) for a, b in shown(report, choice, text=text).spans
            )
    assert unit_text(report, 0).spans[0][0] == report.sections[0].start
    assert ends_of(report, first=True) != ends_of(report, first=False)


def test_the_first_sentence_and_the_last_paragraph_are_ends() -> None:
    def query(where: Where, wants: str = "text") -> Query:
        return Query("", "", Kind.STRUCTURE, "", wants=wants, where=where)

    assert end_asked(query(Where(first=1, nouns=("句",)))) is True
    assert end_asked(query(Where(last=1, nouns=("段",)))) is False
    assert end_asked(query(Where(last=1, nouns=("条",)))) is None
    assert end_asked(query(Where((2, 1), nouns=("分", "句")))) is None
    assert end_asked(query(Where(), "closing")) is False
    assert end_asked(query(Where(), "parts")) is None


def test_weights_are_there_for_every_feature() -> None:
    from qa.parts import FEATURES

    unread, read = load_weights()
    assert (len(unread), len(read)) == (len(FEATURES), len(FEATURES) + 1)


RULES = (
    "青河县养犬管理办法\n第一章 总则\n第一条 为了规范养犬，制定本办法。\n第二条 本办法适用于全县。\n第二章 登记\n"
    "第三条 养犬人应当在三十日内登记。\n第四条 登记由乡镇人民政府负责。\n第三章 罚则\n第五条 未登记的，处二百元罚款。\n"
    "第六条 遗弃犬只的，处五百元罚款。\n"
)


@pytest.mark.parametrize(
    ("question", "unit"), [("第二章第四条", 5), ("第三章第六条里", 8), ("第五条", 7), ("第二章", 3)]
)
def test_the_unit_that_numbers_name(question: str, unit: int) -> None:
    one = index_document(read_text(RULES))
    assert unit_named(read_where(question)[0], one) == unit


@pytest.mark.parametrize("question", ["第九条", "第四章第一条", "登记由谁负责"])
def test_numbers_that_name_no_unit(question: str) -> None:
    assert unit_named(read_where(question)[0], index_document(read_text(RULES))) is None


def test_what_is_asked_at_a_place_is_looked_for_in_it(report_engine: Engine) -> None:
    answer = report_engine.ask("第三部分第三点要建几所幼儿园")
    assert "幼儿园" in answer.points[0].text
    asked = report_engine.find("第三部分第三点由谁负责")[0]
    assert asked.section == report_engine.find("第三部分第三点要建几所幼儿园")[0].section is not None


def test_a_group_is_looked_for_once_a_question(
    report_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []

    def counting(query: Query, *rest: object) -> object:
        asked.append(query)
        return choose(query, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("qa.selecting.choose", counting)
    report_engine.ask("今年重点工作那部分第二条有哪些要求")
    assert len(asked) == len({id(query) for query in asked}) > 0
