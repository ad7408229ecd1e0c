"""Enumerations, wherever their members stand."""

import pytest

from tests.index.structure.finding import lists

END = "会议号召全院同志共同努力。"  # a last sentence that belongs to no list


@pytest.mark.parametrize(
    ("text", "announced", "stated", "members"),
    [
        (
            "今年要做好两个方面工作。\n一、加强门诊管理\n改进预约。\n二、改善病房条件\n更新设备。\n",
            "今年要做好两个方面工作。",
            2,
            ["一、加强门诊管理", "二、改善病房条件"],
        ),
        (
            "医院存在的问题主要是：有的科室等候时间长，群众不满；有的设备老化；有的人员不足。" + END,
            "医院存在的问题主要是：",
            None,
            ["有的科室等候时间长", "有的设备老化", "有的人员不足"],
        ),
        (
            "会议提出五个坚持：坚持质量，坚持安全，坚持服务，坚持公益，坚持廉洁。" + END,
            "会议提出五个坚持：",
            5,
            ["坚持质量", "坚持安全", "坚持服务", "坚持公益", "坚持廉洁"],
        ),
        (
            "要统筹好质量和安全两件大事。" + END,
            "要统筹好质量和安全两件大事。",
            2,
            ["质量", "安全"],
        ),
        (
            "重点建设急诊、胸痛、卒中3个中心。" + END,
            "重点建设急诊、胸痛、卒中3个中心。",
            3,
            ["急诊", "胸痛", "卒中"],
        ),
        (
            "门诊量增长5%，手术量增长8%，床位增长3%，以上三项指标居全市前列。" + END,
            "以上三项指标居全市前列。",
            3,
            ["门诊量增长5%", "手术量增长8%", "床位增长3%"],
        ),
        (
            "抓住“三大机遇”（医改深化、人口回流、数字转型）。" + END,
            "“三大机遇”",
            3,
            ["医改深化", "人口回流", "数字转型"],
        ),
    ],
)
def test_members_announcement_and_count(
    text: str, announced: str, stated: int | None, members: list[str]
) -> None:
    assert (announced, stated, members) in lists(text)


def test_a_stated_count_that_differs_is_kept_as_a_fact() -> None:
    text = "今年突出抓好九项重点任务。\n一是改进门诊。\n优化流程。\n二是改善病房。\n更新设备。\n三是培训人员。\n分批进行。\n"
    found = [(stated, len(members)) for _, stated, members in lists(text)]
    assert (9, 3) in found


def test_a_count_after_its_list() -> None:
    text = (
        "总结起来：\n一是坚持质量。\n二是坚持安全。\n三是坚持服务。\n以上三条，是多年的经验，要长期坚持。\n"
    )
    assert [stated for _, stated, members in lists(text) if len(members) == 3] == [3]


@pytest.mark.parametrize(
    "text",
    [
        "要做到“两个维护”、坚决落实要求。" + END,  # a name, no count of what stands before it
        "中心面积两万平方米，共有三层。" + END,
        "院长说：“第一，要快；第二，要好。”" + END,  # a quotation
        "全年接待8个代表团，其中市里的有4个。" + END,
        "我省、市医院均已达标。" + END,
    ],
)
def test_no_enumeration(text: str) -> None:
    assert lists(text) == []
