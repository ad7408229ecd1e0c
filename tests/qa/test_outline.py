"""Questions about the structure."""

import pytest

from index import IndexedDocument
from qa.outline import answer_structure, locate, main_group
from qa.types import Kind, Query


def ask(question: str, indexed: IndexedDocument) -> list[str]:
    found = answer_structure(Query(question, question, Kind.STRUCTURE, question), indexed)
    assert found is not None
    return [indexed.document.text[a:b] for a, b in found.spans]


def test_the_parts(report: IndexedDocument) -> None:
    parts = ["一、去年工作成效明显", "二、认清形势，把准方向", "三、抓好今年重点工作"]
    assert ask("一共分几部分", report) == parts
    assert ask("列出第一到第三部分的标题", report) == parts
    assert [report.title_of(s) for s in main_group(report)] == parts


@pytest.mark.parametrize("question", ["第三部分下面分几条", "今年重点工作分哪几点"])
def test_the_points_of_a_part(question: str, report: IndexedDocument) -> None:
    headings = ["第一，抓好粮食生产", "第二，抓好项目建设", "第三，抓好民生改善"]
    assert ask(question, report)[-3:] == headings


def test_a_point_of_a_part(report: IndexedDocument) -> None:
    assert ask("第三部分第二点讲了什么", report)[0] == "第二，抓好项目建设。"


def test_the_beginning_and_the_end(report: IndexedDocument) -> None:
    assert ask("开头是怎么说的", report)[0] == "今天的会议主要是总结去年工作、安排今年任务。"
    assert ask("结尾怎么收的", report)[-1] == "同志们，让我们撸起袖子加油干。"


@pytest.mark.parametrize("question", ["幼儿园在哪部分讲的", "哪一部分讲到了幼儿园"])
def test_where_something_is_dealt_with(question: str, report: IndexedDocument) -> None:
    assert ask(question, report) == ["要新建两所幼儿园，扩建镇敬老院。"]


def test_locate(report: IndexedDocument) -> None:
    assert report.title_of(locate("项目建设那一条", report) or 0) == "第二，抓好项目建设"
    assert locate("航天发射", report) is None
