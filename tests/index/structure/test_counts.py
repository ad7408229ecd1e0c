"""Counts: every form, however it is typed; running on, starting late, with gaps; and what is no count."""

import re

import pytest

from index.reading import read_view
from index.structure.tree import parse_sections
from index.types import SectionKind

FORMS = {
    "一、": ("一、", "二、", "三、"),
    "一.": ("一.", "二.", "三."),
    "一，": ("一，", "二，", "三，"),
    "（一）": ("（一）", "（二）", "（三）"),
    "(一)": ("(一)", "(二)", "(三)"),
    "【一】": ("【一】", "【二】", "【三】"),
    "㈠": ("㈠", "㈡", "㈢"),
    "1.": ("1.", "2.", "3."),
    "1. ": ("1. ", "2. ", "3. "),
    "1、": ("1、", "2、", "3、"),
    "1．": ("1．", "2．", "3．"),
    "1）": ("1）", "2）", "3）"),
    "（1）": ("（1）", "（2）", "（3）"),
    "⑴": ("⑴", "⑵", "⑶"),
    "①": ("①", "②", "③"),
    "Ⅰ、": ("Ⅰ、", "Ⅱ、", "Ⅲ、"),
    "A.": ("A.", "B.", "C."),
    "第一章": ("第一章 ", "第二章 ", "第三章 "),
    "第一条": ("第一条 ", "第二条 ", "第三条 "),
    "第1条": ("第1条 ", "第2条 ", "第3条 "),
    "第一部分": ("第一部分 ", "第二部分 ", "第三部分 "),
    "第一，": ("第一，", "第二，", "第三，"),
    "第一点，": ("第一点，", "第二点，", "第三点，"),
    "一要": ("一要", "二要", "三要"),
    "一是": ("一是", "二是", "三是"),
    "其一": ("其一，", "其二，", "其三，"),
    "首先": ("首先，", "其次，", "最后，"),
    "——": ("——", "——", "——"),
    "任务一": ("任务一：", "任务二：", "任务三："),
    "全角": ("１．", "２．", "３．"),
    "过百": ("九十九、", "一百、", "一百零一、"),
}
INSIDE = ("（一）", "㈠", "（1）", "⑴", "①", "第一，", "第一点，", "一要", "一是", "其一", "首先")
ITEMS = (
    "推进道路建设。新修公路五十公里，九月底前完工通车。",
    "加固水库堤防。疏浚河道四十公里，汛期前全部完成。",
    "改造农村电网。新增变压器六十台，供电更加可靠。",
)
BODIES = (
    "去年全县新修公路五十公里，打通断头路六条，全部在九月底前完工通车，群众出行更加方便。",
    "今年将加固水库三座，疏浚河道四十公里，全部在汛期之前完成任务，确保安全度汛。",
    "全县改造农网八十公里，新增变压器六十台，供电可靠率稳步提高，故障时间减少一半。",
)
HEAD = "青河县基础设施工作意见\n各单位：\n现就全县基础设施建设提出如下意见，请认真贯彻执行并抓好落实。\n"
TYPED = {
    "as it is": lambda mark: mark,
    "marked down": lambda mark: f"## {mark}",
    "a list": lambda mark: f"- {mark}",
    "an em space": lambda mark: f"\u2003\u2003{mark}",
    "ideographic blanks": lambda mark: f"\u3000\u3000{mark}",
    "a zero-width blank": lambda mark: f"\u200b{mark}",
    "a paragraph's tag": lambda mark: f"<p>{mark}",
}


def units(text: str) -> list[tuple[int, str]]:
    return [
        (s.level, re.sub(r"\s", "", text[s.start : s.start + 40])) for s in parse_sections(read_view(text))
    ]


def starts(text: str, expected: list[tuple[int, str]]) -> None:
    found = units(text)
    assert [level for level, _ in found] == [level for level, _ in expected], found
    for (_, unit), (_, start) in zip(found, expected, strict=True):
        assert unit.startswith(re.sub(r"\s", "", start)), found


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("form", FORMS)
def test_forms_however_they_are_typed(form: str, typed: str) -> None:
    if form == "——" and typed == "a list":
        pytest.skip("a dash behind a dash")
    lines = [TYPED[typed](mark) + item for mark, item in zip(FORMS[form], ITEMS, strict=True)]
    text = HEAD + "\n".join(lines) + "\n"
    starts(text, [(1, mark.strip() + item[:4]) for mark, item in zip(FORMS[form], ITEMS, strict=True)])
    assert {s.kind for s in parse_sections(read_view(text))} == {SectionKind.NUMBERED}


@pytest.mark.parametrize("form", INSIDE)
def test_forms_inside_a_line(form: str) -> None:
    text = HEAD + "要抓好三件事。" + "".join(m + i for m, i in zip(FORMS[form], ITEMS, strict=True))
    starts(text, [(1, mark + item[:4]) for mark, item in zip(FORMS[form], ITEMS, strict=True)])


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("一、", "（一）"),
        ("（一）", "1."),
        ("一、", "1."),
        ("第一章", "第一条"),
        ("1.", "（1）"),
        ("第一，", "一要"),
        ("一、", "一是"),
    ],
)
def test_counts_that_start_anew_and_counts_that_run_on(outer: str, inner: str) -> None:
    anew, on, both = "", "", []
    numerals = "一二三四五六七八九"
    for place in range(3):
        anew += FORMS[outer][place] + "抓好重点工作\n"
        on += FORMS[outer][place] + "抓好重点工作\n"
        both.append((1, FORMS[outer][place]))
        for item in range(3):
            number = 3 * place + item
            run_on = FORMS[inner][0].replace("一", numerals[number]).replace("1", str(number + 1))
            anew += FORMS[inner][item] + ITEMS[item] + "\n"
            on += run_on + ITEMS[item] + "\n"
            both.append((2, ""))
    starts(HEAD + anew, both)
    if inner not in ("一要", "一是"):
        starts(HEAD + on, both)


@pytest.mark.parametrize(
    ("marks", "why"),
    [
        (("二、", "三、", "四、"), "an excerpt starts late"),
        (("一、", "二、", "四、"), "a gap"),
        (("一、", "二、", "二、"), "a number twice"),
        (("1. ", "1. ", "1. "), "an editor's numbers, all one"),
        (("一、", "二.", "三，"), "three ways to type one form"),
        (("（一）", "(二)", "（三)"), "brackets of both widths"),
    ],
)
def test_counts_with_a_flaw(marks: tuple[str, ...], why: str) -> None:
    lines = [f"{mark}{item[:6]}\n{body}\n" for mark, item, body in zip(marks, ITEMS, BODIES, strict=True)]
    starts(HEAD + "".join(lines), [(1, mark.strip()[:1]) for mark in marks])


def test_decimal_numbers() -> None:
    body = "做好洪涝灾害防范与处置工作，保证抗洪抢险高效有序进行。\n"
    text = (
        "青河县防汛应急预案\n1 总则\n1.1 编制目的\n"
        + body
        + "1.2 适用范围\n"
        + body
        + "2 组织体系\n2.1 指挥机构\n"
        + body
        + "2.1.1 水利局负责水情监测。\n2.1.2 应急局负责抢险救援。\n2.2 工作职责\n"
        + body
        + "3 附则\n"
        + body
    )
    starts(
        text,
        [
            (1, "1"),
            (2, "1.1"),
            (2, "1.2"),
            (1, "2"),
            (2, "2.1"),
            (3, "2.1.1"),
            (3, "2.1.2"),
            (2, "2.2"),
            (1, "3"),
        ],
    )


def test_an_item_that_begins_with_a_digit() -> None:
    text = (
        HEAD
        + "1.完成县医院搬迁。\n2.建成城南水厂。\n3.2025年底前完成旧城改造。\n4.建成3所幼儿园。\n5.12月底前开通公交专线。\n"
    )
    starts(text, [(1, "1."), (1, "2."), (1, "3.2025年"), (1, "4."), (1, "5.12月")])


def test_an_address_inside_a_section_ends_nothing() -> None:
    text = (
        HEAD
        + "一、工作回顾\n"
        + ITEMS[0]
        + "\n二、工作安排\n各位代表！新的一年任务艰巨，要抓好两件事：\n（一）"
        + ITEMS[1]
        + "\n（二）"
        + ITEMS[2]
    )
    starts(text, [(1, "一、"), (1, "二、"), (2, "（一）"), (2, "（二）")])


def test_a_heading_over_two_lines_is_one_unit() -> None:
    text = (
        HEAD
        + "一、去年工作回顾\n"
        + BODIES[0]
        + "\n二、奋力推动全县经济社会\n高质量发展迈上新台阶\n"
        + BODIES[1]
        + "\n三、加强自身建设\n"
        + BODIES[2]
    )
    starts(text, [(1, "一、"), (1, "二、"), (1, "三、")])


def test_a_series_in_one_unit_of_its_own_form() -> None:
    """Deeper than any stack of calls: the tree is grown and read without recursion."""
    text = HEAD + "".join(f"{n}是抓好第{n}件事：" for n in "一二三" * 2000)
    assert parse_sections(read_view(text)) is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "2023年，全县生产总值增长5.1%。2024年，增长6.2%。2025年，增长6.5%。",
        "1.5万人参加培训，2.3亿元用于修路，3.1万亩用于造林。",
        "一、二号机组投产，三、四号机组开工。",
        "推动第一、第二、第三产业融合发展。",
        "第一产业增长3%，第二产业增长5%，第三产业增长7%。",
        "一年来，两个项目开工，三家企业投产。",
        "会议于二〇二四年三月五日召开，一是一、二是二。",
    ],
)
def test_no_counts(sentence: str) -> None:
    text = HEAD + sentence + "\n" + sentence + "\n"
    assert not [s for s in parse_sections(read_view(text)) if s.kind is SectionKind.NUMBERED]


def test_rows_of_a_table_and_names_are_no_units() -> None:
    text = (
        "青河县统计公报\n一、工业\n主要产品产量\n产品名称\t单位\t产量\n水泥\t万吨\t46.2\n化肥\t万吨\t5.1\n1\t发电量\t18.7\n"
        "全年工业增加值增长7.2%，其中轻工业增长5.1%，实现利润6.4亿元。\n二、贸易\n全年社会消费品零售总额21.5亿元，增长6.4%。\n"
        "三、表彰名单\n张三 李四 王五\n赵六 钱七 孙八\n以上同志受到表彰，特此通报，望再接再厉。\n"
    )
    found = [u for level, u in units(text) if level == 1]
    assert [u[:2] for u in found] == ["一、", "二、", "三、"]
    assert not [u for _, u in units(text) if u[:2] in ("水泥", "化肥", "1发", "张三", "赵六")]


REGULATION = [
    (0, "", "青河县水资源管理条例"), (0, "", "2021年3月29日县人民代表大会常务委员会会议通过"),
    (1, "第一章", "总则"), (2, "第一条", "为了加强水资源管理，制定本条例。"), (2, "第二条", "本条例适用于本县行政区域。"),
    (1, "第二章", "开发、利用和保护"), (2, "第一节", "开发与利用"), (3, "第三条", "开发利用水资源应当全面规划："),
    (4, "（一）", "先生活后生产；"), (4, "（二）", "先地表后地下。"), (3, "第四条", "用水单位应当节约用水。"),
    (2, "第二节", "保护"), (3, "第五条", "禁止向水源地排放污水。"), (3, "第六条", "违反本条例第四条规定的，责令改正。"),
    (1, "第三章", "附则"), (2, "第七条", "本条例自2021年5月1日起施行。"),
]  # fmt: skip
PLAN = [
    (0, "", "青河县防汛工作方案"),
    (1, "一、", "总体要求"), (2, "（一）", "指导思想"), (0, "", "坚持人民至上，做到有备无患。"),
    (2, "（二）", "工作目标"), (0, "", "到2025年，新建堤防3.5公里。"),
    (1, "二、", "重点任务"), (2, "（一）", "加固堤防"), (3, "1.", "组织排查。"), (3, "2.", "限期整改。"),
    (2, "（二）", "清理河道"), (3, "1.", "清理淤泥。"), (3, "2.", "打捞漂浮物。"),
]  # fmt: skip


@pytest.mark.parametrize("lost", ["\n", " ", "\u3000\u3000", ""])
def test_a_regulation_whose_line_breaks_are_lost(lost: str) -> None:
    gap = " " if lost else ""
    text = lost.join(f"{mark}{gap}{said}" if mark else said for _, mark, said in REGULATION)
    starts(text, [(level, mark + said[:2]) for level, mark, said in REGULATION if level])


@pytest.mark.parametrize("lost", ["\n", " ", "\u3000\u3000"])
def test_a_plan_whose_line_breaks_are_lost(lost: str) -> None:
    text = lost.join(mark + said for _, mark, said in PLAN)
    starts(text, [(level, mark + said[:2]) for level, mark, said in PLAN if level])


def test_a_law_from_its_second_chapter_on() -> None:
    articles = [f"第{n}条 各级人民政府应当做好工作。" for n in "三四五六七八"]
    lines = ["第一条 为了规范。", "第二条 适用本法。"]
    for chapter, pair in zip("二三四", (articles[:2], articles[2:4], articles[4:]), strict=True):
        lines += [f"第{chapter}章 职责", *pair]
    found = units("\n".join(lines))
    assert [unit[:3] for level, unit in found if level == 1][-3:] == ["第二章", "第三章", "第四章"]
    assert len(found) == 11
