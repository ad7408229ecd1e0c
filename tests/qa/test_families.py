"""Counted families: what a name states, and where its members stand."""

import pytest

from index import IndexedDocument, index_document, read_text
from qa.families import find_family, fit, parse_counts, value


def members(text: str, name: str) -> list[str]:
    indexed = index_document(read_text(text))
    counts = fit(parse_counts(name), indexed.document.text)
    return [indexed.document.text[a:b] for a, b in find_family(indexed, counts)]


@pytest.mark.parametrize(
    ("numeral", "number"), [("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("两", 2), ("7", 7), ("百", 0)]
)
def test_value(numeral: str, number: int) -> None:
    assert value(numeral) == number


def test_counts_of_a_name() -> None:
    assert [(c.number, c.key) for c in parse_counts("三个务必")] == [(3, "务必")]
    assert [(c.number, c.key) for c in parse_counts("一城五区")] == [(1, "城"), (5, "区")]
    assert parse_counts("第三产业") == []


def test_items_that_share_the_key() -> None:
    assert members("会议指出，务必实事求是、务必艰苦奋斗、务必敢于担当。", "三个务必") == [
        "务必实事求是、务必艰苦奋斗、务必敢于担当"
    ]


def test_the_enumeration_before_the_name() -> None:
    assert members("学习教育、调查研究、检视问题、整改落实四项举措贯穿全程。", "四项举措") == [
        "学习教育、调查研究、检视问题、整改落实四项举措"
    ]


def test_units_under_the_heading_that_carries_the_name() -> None:
    text = "一、推进三大行动\n（一）实施强农行动。内容。\n（二）实施兴工行动。内容。\n（三）实施惠民行动。内容。\n二、其他\n内容。"
    assert members(text, "三大行动") == ["（一）实施强农行动", "（二）实施兴工行动", "（三）实施惠民行动"]


def test_a_number_that_does_not_fit_is_no_family() -> None:
    assert members("要盯住短板、盯住项目。三个盯住很重要。", "三个盯住") == []


def test_where_the_document_only_mentions_it(report: IndexedDocument) -> None:
    assert find_family(report, fit(parse_counts("四个体系"), report.document.text)) == []


def test_one_of_its_kind_is_no_family_of_the_others() -> None:
    text = "建设方案\n一、平台\n1．建成监管平台\n2．建成服务平台\n3．建成交易平台\n二、文旅\n加快“一云一池三平台”建设。"
    assert members(text, "三平台") == ["1．建成监管平台", "2．建成服务平台", "3．建成交易平台"]
    assert members(text, "一云一池三平台") == []
