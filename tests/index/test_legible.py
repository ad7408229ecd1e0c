"""Passages as models read them."""

import pytest

from index import index_document, is_blanked, legible, places_of, read_text
from index.legible import closed_up

TABLE = """青河县2024年农业公报
一、种植业
全县粮食生产保持平稳，具体情况见下表。
作物\t产量（吨）\t同比增长（％）
小麦\t51200\t3.1
玉米\t87650\t5.4
全县农作物播种面积46.8万亩，比上年增加0.6万亩。
"""
NAMES = """县森林防火指挥部成员名单
经研究，指挥部成员如下：
赵砾　　县林业局局长
孙苇杭　　县应急局局长
马犁　　县气象局局长
办公室设在县林业局。
"""


def read(text: str) -> list[str]:
    one = index_document(read_text(text))
    return [legible(one, passage) for passage in one.passages]


def test_a_row_is_read_with_the_names_of_its_columns() -> None:
    assert "作物：玉米，产量（吨）：87650，同比增长（％）：5.4" in read(TABLE)
    assert "全县农作物播种面积46.8万亩，比上年增加0.6万亩。" in read(TABLE)


def test_rows_without_a_header_are_read_as_they_are() -> None:
    found = read(NAMES)
    assert not any("：" in row for row in found if "局长" in row)
    assert any("马犁" in row and "县气象局局长" in row for row in found)


def test_lines_are_joined_and_letter_spaced_words_closed_up() -> None:
    assert closed_up("保护森林资源和人民群众生\n命财产安全") == "保护森林资源和人民群众生命财产安全"
    assert closed_up("张三　县长") == "张三　县长"
    assert closed_up("马　犁　　县气象局局长") == "马犁　　县气象局局长"
    assert "每月开展一次消防检查。" in read("关于安全的通知\n\n每 月 开 展 一 次 消 防 检 查 。\n")


def test_above_a_passage_stand_its_headings_or_else_the_title() -> None:
    one = index_document(read_text(TABLE))
    assert places_of(one, 0, 3) == ("一、种植业",)
    assert places_of(one, None, 3) == ("青河县2024年农业公报",)


NOTICE = """青河县人民政府办公室关于做好防汛值班的通知
青政办发〔2025〕12号

各乡镇：
一、值班时间。6月1日至9月30日，实行二十四小时值班。

青河县人民政府办公室
2025年5月20日
"""


def test_lines_about_the_document_are_read_with_their_label() -> None:
    one = index_document(read_text(NOTICE))
    read = [legible(one, passage) for passage in one.passages]
    assert "文号（发文字号）：青政办发〔2025〕12号" in read
    assert "发文日期：2025年5月20日" in read
    assert not any("发文" in text for text in read if "值班时间" in text)


@pytest.mark.parametrize(
    ("text", "blanked"),
    [
        ("全县产值**亿元，增长5%。", True),
        ("# 收费\n\n每门课收费**300元**，免费入场。", False),
        ("没有星号。", False),
    ],
)
def test_a_star_is_a_blank_or_bold_type(text: str, blanked: bool) -> None:
    one = index_document(read_text(text))
    assert is_blanked(one, 0, len(text)) is blanked
