"""What a document lists."""

from index import describe, groups_of, index_document, read_text

TEXT = """关于明年工作的报告

一、去年工作
五项工作都有进展：一是粮食增产，产量更高；二是道路延长，村村都通；三是学校扩建，座位更多。
二、明年打算
（一）办好教育
要建两所学校。要招一百名教师。要修三处操场。还有一些小事。
（二）修好道路
全长二十公里的公路年底通车。
三、结尾
大家共同努力。
"""


def leads() -> list[list[str]]:
    one = index_document(read_text(TEXT))
    return [[one.document.text[i.start : i.lead_end].strip() for i in g.items] for g in groups_of(one)]


def test_parts_items_and_clauses_that_open_alike() -> None:
    found = leads()
    assert ["一、去年工作", "二、明年打算", "三、结尾"] in found
    assert ["（一）办好教育", "（二）修好道路"] in found
    assert any(len(g) == 3 and g[0].startswith("一是粮食增产") for g in found)
    assert any(len(g) == 3 and all(row.startswith("要") for row in g) for g in found)


def test_none_comes_twice_and_every_span_lies_in_the_text() -> None:
    one = index_document(read_text(TEXT))
    groups = groups_of(one)
    starts = [tuple(i.start for i in g.items) for g in groups]
    assert len(starts) == len(set(starts))
    for item in (i for g in groups for i in g.items):
        assert 0 <= item.start < item.lead_end <= item.end <= len(one.document.text)


def test_a_description_says_where_it_stands_and_how_its_members_begin() -> None:
    one = index_document(read_text(TEXT))
    group = next(g for g in groups_of(one) if g.items[0].start == TEXT.index("（一）"))
    assert describe(one, group) == "二、明年打算：（2）（一）办好教育；（二）修好道路"
    assert groups_of(index_document(read_text("只有一句话。"))) == ()


ARTICLES = """物业管理办法
第一章 总则
第一条 为规范物业管理活动，制定本办法。
第二条 县住建局负责全县物业管理的监督指导。
第二章 服务
第三条 物业服务企业应当每半年公布一次收支情况。
第四条 本办法自2024年10月1日起施行。
"""


def test_what_is_numbered_on_from_part_to_part_is_a_group_of_its_own() -> None:
    one = index_document(read_text(ARTICLES))
    assert any([i.ordinal for i in g.items] == [1, 2, 3, 4] for g in groups_of(one))
    again = index_document(read_text(ARTICLES.replace("第三条", "第一条").replace("第四条", "第二条")))
    assert not any(len(g.items) == 4 for g in groups_of(again))


def test_the_rows_of_a_table_are_a_group_that_its_header_announces() -> None:
    rows = "序号\t小区\t户数\n1\t棉纺新村\t420\n2\t机床厂宿舍\t366\n3\t文昌里\t198\n"
    one = index_document(read_text(f"改造台账\n今年改造的小区如下。\n{rows}以上。\n"))
    (group,) = [g for g in groups_of(one) if g.announced and "小区" in one.document.text[slice(*g.announced)]]
    assert len(group.items) == 3
