"""Where units end: at an address, where a count begins anew in a paragraph, and two headings in a row."""

from __future__ import annotations

from index.reading import read_view
from index.structure.nodes import Lines, Node, numbered_tree
from index.structure.openings import containers
from index.structure.shapes import all_openings
from index.structure.trailing import lift


def tree(text: str) -> tuple[str, Node, Lines]:
    view = read_view(text)
    lines = Lines.of(view)
    return view.text, numbered_tree(view, lines), lines


def unit(root: Node, text: str, lead: str) -> Node:
    return next(n for n in root.walk() if n.kind is not None and text.startswith(lead, n.start))


def test_the_last_of_a_series_ends_at_an_address() -> None:
    text, root, lines = tree(
        "县医院工作报告\n一、去年的工作\n去年完成了三项任务。\n（一）改善就医环境。新建门诊楼一座，面积三千平方米。\n"
        "（二）提高服务水平。开展技能培训四十次，全员参加。\n各位代表！过去五年，医院的面貌发生了很大变化，成绩来之不易。\n"
        "二、今年的安排\n今年要办好两件事，请大家审议。\n"
    )
    found = containers(root, text, lines)
    lifted = lift(found, {id(o): 0.0 for o in all_openings(found)}, 0.3, text)
    address = text.index("各位代表")
    assert unit(root, text, "（二）").end == address
    assert [c.node.start for c in lifted if any(r.start == address for r in c.rows)] == [
        text.index("一、去年")
    ]


def test_a_count_that_begins_anew_takes_the_words_before_it_along() -> None:
    text, root, _ = tree(
        "全市水务工作会议上的讲话\n抓好供水安全。一是改造旧管网二十公里，减少漏损。\n二是检修水厂三座，保证夏季供应。\n"
        "检修期间由邻近水厂供水，水压不降。\n三是公布水质，每月一次。\n抓好防汛准备。一是清理河道十五处，排除隐患。\n"
        "二是储备沙袋两万条，落实值守。\n"
    )
    assert unit(root, text, "三是公布").end <= text.index("抓好防汛")


def test_two_headings_in_a_row_are_an_upper_and_a_lower_one() -> None:
    text, root, _ = tree(
        "全县图书馆服务提升方案\n为让群众就近读书，结合全县实际，制定本方案。\n工作目标\n到明年底，每个乡镇都有一座分馆，藏书不少于五千册。\n"
        "重点任务\n开展送书行动\n每月送书下乡两次，每次不少于三百册，由总馆统一配送。\n开展延时行动\n周末开放到晚上九点，节假日不闭馆，安排专人值班。\n"
        "开展数字行动\n建成电子阅览室六间，免费提供查询和下载。\n保障措施\n落实专项经费\n县财政每年安排八十万元，专款专用，接受审计。\n"
        "落实专业人员\n每座分馆配备两名管理员，每年培训一次。\n"
    )
    for upper in ("工作目标", "重点任务", "保障措施"):
        assert unit(root, text, upper).parent is root
    for lower in ("开展送书", "开展延时", "开展数字"):
        assert unit(root, text, lower).parent is unit(root, text, "重点任务")
    for lower in ("落实专项", "落实专业"):
        assert unit(root, text, lower).parent is unit(root, text, "保障措施")
