"""The reader's view: what is folded, joined and left out, and that it always maps back."""

import gc
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.reading import BlockKind, View, read_view
from tests.long import scaled
from tests.texts import SPEECH


def blocks(text: str) -> list[str]:
    view = read_view(text)
    return [view.text[b.start : b.end] for b in view.blocks]


def kinds(text: str) -> list[tuple[str, str]]:
    view = read_view(text)
    return [(b.kind.value, view.text[b.start : b.end]) for b in view.blocks]


def check(text: str, view: View) -> None:
    """Assert what holds for every view of every text."""
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert (view.starts < view.ends).all()
    assert (view.ends[:-1] <= view.starts[1:]).all()
    assert len(view.text) == 0 or (view.starts[0] >= 0 and view.ends[-1] <= len(text))
    assert "\n".join(view.text[b.start : b.end] for b in view.blocks) == view.text
    for block in view.blocks:
        piece = view.text[block.start : block.end]
        assert piece == piece.strip()
        assert piece
        assert "\n" not in piece
        start, end = view.span(block.start, block.end)
        assert 0 <= start < end <= len(text)
        assert view.locate(start) == block.start
        assert view.locate(end - 1) == block.end - 1


# --- it maps back -----------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "一、", "（一）", "第一章 总则", "1.", "1.1 ", "要抓好落实。", "同志们：", "各位代表！", "关于加强", "3.5%", "**", "*", "# ",
        "## ", "- ", "> ", "|", "| a | b |", "|---|", "[1]", "[文](u)", "![", "<p>", "</p>", "<br/>", "<td>", "<!--", "-->",
        "<script>", "&nbsp;", "&ldquo;", "&#12;", "&", "<", " ", "　", "\t", "\n", "\n\n", "\x0c", "\u200b", "\ufeff", "\xad", "\x07",
        "— 1 —", "目录", "来源：日报", "责任编辑：张", "打印", "２０２４", "，", ",", ".", "(", ")", '"', "“", "”", "——", "附件：", "关 于 加 强",
        "2024年1月2日", "名词解释", "㈠", "①", "a b", "Ⅰ、", "====", "---", "\u2f00", "\U00020000", "\r", "\\*", "`x`", "^[2]",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=40).map(
    lambda pieces: "".join(pieces).replace("\r\n", "\n").replace("\r", "\n")
)


@given(TEXTS)
@settings(max_examples=scaled(100, 1_000), deadline=None)
def test_every_view_maps_back(text: str) -> None:
    view = read_view(text)
    check(text, view)
    for start, end, char in zip(view.starts.tolist(), view.ends.tolist(), view.text, strict=True):
        if char.isalpha() and char in text[start:end]:
            assert end - start == 1 or "&" in text[start:end]


@given(st.text())
def test_any_text_has_a_view(text: str) -> None:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    check(text, read_view(text))


HAN = "关于加强全县农村工作的意见做好今冬明春森林防火粮食生产安全城乡居民收入稳步提高社会大局保持定"
SENTENCE = st.text(HAN, min_size=4, max_size=60).map(lambda s: s + "。")
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=4).map("".join)


@given(st.lists(PARAGRAPH, min_size=1, max_size=12))
def test_a_clean_text_is_its_own_view(paragraphs: list[str]) -> None:
    text = "\n".join(paragraphs)
    view = read_view(text)
    assert view.text == text
    assert view.starts.tolist() == list(range(len(text)))
    assert [view.text[b.start : b.end] for b in view.blocks] == paragraphs


@given(st.lists(PARAGRAPH, min_size=2, max_size=8), st.integers(14, 40))
def test_wrapped_paragraphs_are_whole_again(paragraphs: list[str], columns: int) -> None:
    lines = [p[i : i + columns] for p in paragraphs for i in range(0, len(p), columns)]
    cut = [line for line in lines if not line.endswith("。") and len(line) == columns]
    widest = max(map(len, lines))
    apart = len(set(lines)) == len(lines)  # a line that comes again in mid-sentence is a running header
    if apart and len(cut) >= max(3, len(lines) // 3) and widest == columns:
        found = blocks("\n".join(lines))
        whole = {p for p in paragraphs if all(p[i - 1] != "。" for i in range(columns, len(p), columns))}
        assert whole <= set(found)


@given(st.text(HAN + "，。", min_size=3, max_size=30), st.sampled_from(" \u3000\u2003\xa0\u2009"))
def test_letter_spacing_leaves_no_blank(text: str, blank: str) -> None:
    view = read_view(blank.join(text))
    assert " " not in view.text
    assert view.text.replace("\n", "") == text


def test_the_speech_stands_as_it_is_but_for_its_blanks() -> None:
    view = read_view(SPEECH)
    check(SPEECH, view)
    assert view.text.count("*") == SPEECH.count("*")
    assert view.has_lines


def _seconds(text: str) -> float:
    begin = time.thread_time()
    read_view(text)
    return time.thread_time() - begin


@pytest.mark.parametrize(
    "piece",
    [
        "要抓好落实。", "\n", "（", "(", "<", "<p", "<!--", "&", "&amp;", "[", "![", "[a](", "*", "**", "**a", "|", "| ", "# ", "> ", "- ",
        " ", "\t", "a ", "一 ", '"', "`", "\\", "— 1 —\n", "目录\n", "附件：1.甲\n", "2024年1月2日\n", "<script>", "<td>", "\x07", "\u200b",
        "甲\t乙\n", "一、甲\n", "，\n", "来源：甲\n", "1.1.", "甲乙丙丁\n",
    ],
)  # fmt: skip
def test_the_view_is_linear(piece: str) -> None:
    """Ten times the text may take about ten times as long: at most thirty, and never seconds for 300 KB."""
    read_view.cache_clear()
    gc.collect()
    gc.disable()  # a collection walks everything that other tests hold
    try:
        short = _seconds(piece * (10_000 // len(piece)))
        assert _seconds(piece * (100_000 // len(piece))) < 30 * short + 0.2
    finally:
        gc.enable()


# --- characters and blanks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("关 于 加 强 校 园 安 全", "关于加强校园安全"),
        ("政　府　工　作　报　告", "政府工作报告"),
        ("政 府 工 作 报 告（2024 年 1 月）", "政府工作报告（2024年1月）"),
        ("达 到 1 0 0 % 。", "达到100%。"),
        ("第一章　总　　则", "第一章 总则"),
        ("第一章 总则", "第一章 总则"),
        ("1　总则", "1 总则"),
        ("1.1　编制目的", "1.1 编制目的"),
        ("一、 加强领导", "一、加强领导"),
        ("县长　李四", "县长 李四"),
        ("县长　李　四", "县长 李四"),
        ("国函〔2019〕860 号", "国函〔2019〕860号"),
        ("2019 年 8 月 20 日", "2019年8月20日"),
        ("凝心聚力 谱写新篇", "凝心聚力 谱写新篇"),
        ("落实。 进一步", "落实。进一步"),
        ("\u2003一、加强", "一、加强"),
        ("\u200b\ufeff一\xad、加\u200e强", "一、加强"),
        ("2014\xad2020年", "2014-2020年"),
        ("２０２４年５Ｇ基站１．５万个", "2024年5G基站1.5万个"),
        ("⼀、⼯作⽬标", "一、工作目标"),
        ("二○二四年", "二〇二四年"),
        ("――2022年1月", "——2022年1月"),
        ("\x1b[31m红\x1b[0m字", "红字"),
    ],
)
def test_blanks_widths_and_invisible_characters(text: str, seen: str) -> None:
    assert read_view(text).text == seen
    check(text, read_view(text))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("各学校:", "各学校："),
        ("一,全面摸排.各乡镇要摸底,建台账.", "一，全面摸排。各乡镇要摸底，建台账。"),
        ("增长3.5%,完成3,000元;10:30开会!", "增长3.5%，完成3,000元；10:30开会！"),
        ("见https://a.gov.cn/b?c=1,d", "见https://a.gov.cn/b?c=1,d"),
        ("(一)抓产业(5G)", "（一）抓产业（5G）"),
        ("一.总体要求", "一.总体要求"),
        ('牢固树立"四个意识"', "牢固树立“四个意识”"),
        ('牢固树立"四个意识', '牢固树立"四个意识'),
        ("1.提高", "1.提高"),
    ],
)
def test_half_width_punctuation(text: str, seen: str) -> None:
    assert read_view(text).text == seen


# --- markup -----------------------------------------------------------------------------------------


def test_markdown_marks_are_left_out() -> None:
    text = "# **办法** #\n\n## 一、目的\n\n> 满足**学习**需求，见[附表](a.html)。\n\n- 每期两周\n* 第二期\n+ 第三期\n\n---\n"
    view = read_view(text)
    assert [(b.markup, view.text[b.start : b.end]) for b in view.blocks] == [
        (1, "办法"), (2, "一、目的"), (0, "满足学习需求，见附表。"), (0, "每期两周"), (0, "第二期"), (0, "第三期"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "《中共**县委关于认真学习的决定》，加快打造新**。",
        "**县2023年政府工作报告",
        "完成投资**.**亿元，增长*.*%。",
        "建设“五个**”“六个**”，",
        "*月*日，**镇、**乡",
        "在**县委全会上奋力打造新**的决定",
    ],
)
def test_places_blanked_out_stay(text: str) -> None:
    assert read_view(text).text == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("**青河县信访工作报告**\n\n今年以来下降三成。", "青河县信访工作报告\n今年以来下降三成。"),
        ("**一是抓产业。**发展5家企业。", "一是抓产业。发展5家企业。"),
        ("# 报告\n推进**乡村振兴**工作。", "报告\n推进乡村振兴工作。"),
    ],
)
def test_bold_is_left_out(text: str, seen: str) -> None:
    assert read_view(text).text == seen


def test_tables() -> None:
    text = "| 作物 | 产量 |\n|---|---:|\n| 小麦 | 51200 |\n\n文字。\n\n小麦\t5\t1\n玉米\t8\t2\n\n一、\t加强\n二、\t抓好"
    assert kinds(text) == [
        ("table", "作物\t产量"), ("table", "小麦\t51200"), ("body", "文字。"), ("table", "小麦\t5\t1"),
        ("table", "玉米\t8\t2"), ("body", "一、加强"), ("body", "二、抓好"),
    ]  # fmt: skip


def test_html() -> None:
    text = (
        "<h1>青河县通告</h1>\n<p>&nbsp;&nbsp;一、自3月1日起<b>单向</b>通行。<sup>[1]</sup></p><!-- a\nb -->\n"
        "<table><tr><td><p>甲</p></td><td>5</td></tr><tr><td>乙</td><td>6</td></tr></table><p>&ldquo;公安局&rdquo;"
        "<script>var a = 1;</script><合同> 1<2</p>"
    )
    view = read_view(text)
    check(text, view)
    assert view.text == "青河县通告\n一、自3月1日起单向通行。\n甲\t5\n乙\t6\n“公安局”<合同> 1<2"
    assert view.blocks[0].markup == 1


# --- lines ------------------------------------------------------------------------------------------

WRAPPED = (
    "关于做好今冬明春森林防火工作的通知\n各乡镇人民政府，县直各部门：\n为切实做好今冬明春森林防火工作，保护森林资源和人民群众生\n"
    "命财产安全，现将有关事项通知如下。\n一、落实责任\n各乡镇主要负责人是森林防火第一责任人，要层层签订责任书，把\n"
    "责任落实到每一个山头地块。\n— 1 —\n二、严管火源\n防火期内一律禁止野外用火，对违规用火的处以二百元以上三千元\n以下罚款。\n— 2 —\n"
)


def test_hard_wrapped_lines_and_page_numbers() -> None:
    assert blocks(WRAPPED) == [
        "关于做好今冬明春森林防火工作的通知",
        "各乡镇人民政府，县直各部门：",
        "为切实做好今冬明春森林防火工作，保护森林资源和人民群众生命财产安全，现将有关事项通知如下。",
        "一、落实责任",
        "各乡镇主要负责人是森林防火第一责任人，要层层签订责任书，把责任落实到每一个山头地块。",
        "二、严管火源",
        "防火期内一律禁止野外用火，对违规用火的处以二百元以上三千元以下罚款。",
    ]


def test_lines_broken_at_links_are_joined() -> None:
    text = "深刻领悟“\n两个确立\n”的意义。\n（一）产值增长6.8%，\n财政收入\n突破10亿元。\n（二）\n民生改善\n。新建学校12所。"
    assert blocks(text) == [
        "深刻领悟“两个确立”的意义。", "（一）产值增长6.8%，财政收入突破10亿元。", "（二）民生改善。新建学校12所。",
    ]  # fmt: skip


def test_a_paragraph_cut_at_links_where_all_others_end() -> None:
    whole = "过去一年，全县生产总值增长6.2%，固定资产投资增长9.5%，社会大局保持稳定，各项工作都有新的进展，群众生活水平又有新的提高。"
    cut = whole[:-1].replace("群众", "我们坚持在发展中") + "\n保障改善\n民生，新增就业两千人。"
    text = "\n".join([whole] * 3 + ["主要措施"] + [whole] * 3 + [cut, "下步打算", whole])
    assert blocks(text) == [*[whole] * 3, "主要措施", *[whole] * 3, cut.replace("\n", ""), "下步打算", whole]


def test_a_running_header_is_left_out_and_the_sentence_goes_on() -> None:
    text = "一、扩大规模。到2026年全县枸杞面积达到十万亩，建设万亩示\n县公报 2024年第6期\n- 12 -\n范基地3个。\n二、延伸链条。引进企业5家，开发枸杞原浆、\n县公报 2024年第6期\n- 13 -\n籽油等产品30种。\n"
    assert blocks(text) == [
        "一、扩大规模。到2026年全县枸杞面积达到十万亩，建设万亩示范基地3个。",
        "二、延伸链条。引进企业5家，开发枸杞原浆、籽油等产品30种。",
    ]


def test_what_is_repeated_for_its_sense_stays() -> None:
    text = "各位代表！\n一、成绩。很大。\n主要措施\n抓紧。\n各位代表！\n二、不足。不少。\n主要措施\n抓好。\n各位代表！\n三、谢谢。"
    assert blocks(text) == text.split("\n")


def test_a_heading_over_two_lines() -> None:
    body = "过去一年，全县生产总值增长6.2%，固定资产投资增长9.5%，社会大局保持稳定，各项工作都有新的进展。"
    text = f"一、回顾\n{body}\n二、奋力推动全县经济社会\n高质量发展迈上新台阶\n（一）抓项目。好。\n（二）抓消费。好。"
    assert "二、奋力推动全县经济社会高质量发展迈上新台阶" in blocks(text)
    text = f"一、种植业\n主要作物产量\n小麦\t51200\t3\n玉米\t8\t2\n{body}"
    assert "一、种植业" in blocks(text)


def test_kinds_of_blocks() -> None:
    text = (
        "关于值班的通知\n来源：日报\n各乡镇：\n现通知如下。\n图为值班现场。记者 张三 摄\n附件：1.安排表\n2.名单\n县政府办公室\n2025年5月20日\n"
        "（此件公开发布）\n\n名词解释\n1.“1+4”：五个产业。\n[2]四水：水。\n责任编辑：李四\n【打印】【关闭】\n上一篇：无\n京ICP备1号\n"
    )
    assert [kind for kind, _ in kinds(text)] == [
        "title", "meta", "body", "body", "caption", "attachment", "attachment", "signature", "signature", "signature",
        "note", "note", "note",
    ]  # fmt: skip


def test_contents() -> None:
    text = "方案\n目　录\n1 总则\n1.1 目的……2\n2 附则\n1 总则\n1.1 目的\n为了做好工作，制定本方案。"
    assert [kind for kind, _ in kinds(text)] == ["title", *["contents"] * 4, "body", "body", "body"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("要抓好落实。" * 500, False),
        ("在大会上的讲话\n（2020年1月8日）\n习近平\n" + "要抓好落实。" * 500 + "\n", False),
        ("\n".join(["要抓好落实。" * 500] * 4), False),
        ("要抓好落实。", True),
        ("要抓好落实。" * 300, True),
        ("要抓好落实。\n" * 500, True),
        ("要抓好落实。" * 500 + "\n要落实责任。" * 700, True),  # one endless paragraph among ordinary ones
    ],
)
def test_lines_are_lost_where_most_of_the_text_stands_on_endless_ones(text: str, kept: bool) -> None:
    assert read_view(text).has_lines is kept


def test_block_at() -> None:
    view = read_view("甲。\n乙丙。")
    found = [view.block_at(i) for i in range(len(view.text) + 1)]
    assert [b and b.start for b in found] == [0, 0, None, 3, 3, 3, None]
    assert found[0] is not None
    assert found[0].kind is BlockKind.BODY


SENTENCE_LINE = "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (
            "　　为贯彻落实省、市工作部署，进一步做好全县安全生产\n工作，现将有关事项通知如下。\n　　一、提高认识。各乡镇各部门要深刻认识当前形势的严\n峻性，坚决克服麻痹思想。要层层落实责任，确保不出问题。\n　　二、强化措施。要对重点行业领域开展全面排查，建立\n台账，限期整改到位，逐项销号。\n",
            [
                "为贯彻落实省、市工作部署，进一步做好全县安全生产工作，现将有关事项通知如下。",
                "一、提高认识。各乡镇各部门要深刻认识当前形势的严峻性，坚决克服麻痹思想。要层层落实责任，确保不出问题。",
                "二、强化措施。要对重点行业领域开展全面排查，建立台账，限期整改到位，逐项销号。",
            ],
        ),
        (
            "全年完成地区生产总值一百二十三亿元，同比增长百分之6.\n5，固定资产投资完成八十六亿元，同比增长百分之十二点三\n，社会消费品零售总额完成四十五亿元，城乡居民收入分别达\n到28600元和15400元，各项指标均完成年初确定的目标任务。\n",
            [
                "全年完成地区生产总值一百二十三亿元，同比增长百分之6.5，固定资产投资完成八十六亿元，同比增长百分之十二点三，社会消费品零售总额完成四十五亿元，城乡居民收入分别达到28600元和15400元，各项指标均完成年初确定的目标任务。"
            ],
        ),
        (
            "　　今年以来，全县上下认真贯彻各项决策部署，狠抓落实。\n经济运行总体平稳，主要指标好于预期，民生持续得到改善，\n社会大局保持稳定。各乡镇要巩固成果，再接再厉，确保完成\n全年目标任务。\n　　下一步要做好三项工作，一是抓项目，二是抓产业，三是\n抓民生。\n",
            [
                "今年以来，全县上下认真贯彻各项决策部署，狠抓落实。经济运行总体平稳，主要指标好于预期，民生持续得到改善，社会大局保持稳定。各乡镇要巩固成果，再接再厉，确保完成全年目标任务。",
                "下一步要做好三项工作，一是抓项目，二是抓产业，三是抓民生。",
            ],
        ),
        (
            "现将二〇二四年上半年全县林业工作情况和下半年工作打算报告\n如下，请审阅。\n\n上半年完成人工造林三千二百亩，完成率达到年计划的百分之八\n十，义务植树四十五万株，超额完成任务。\n\n下半年重点抓好抚育管护、病虫害防治、森林防火三项工作，确\n保全年任务圆满完成。\n",
            [
                "现将二〇二四年上半年全县林业工作情况和下半年工作打算报告如下，请审阅。",
                "上半年完成人工造林三千二百亩，完成率达到年计划的百分之八十，义务植树四十五万株，超额完成任务。",
                "下半年重点抓好抚育管护、病虫害防治、森林防火三项工作，确保全年任务圆满完成。",
            ],
        ),
        (
            "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n第 1 页 共 3 页\n全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n第 2 页 共 3 页\n全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n第 3 页 共 3 页\n",
            [
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
            ],
        ),
        (
            "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n·12·\n全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n·13·\n",
            [
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
            ],
        ),
        (
            "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n－ 5 －\n全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n— 6 —\n全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n- 7 -\n",
            [
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
            ],
        ),
        (
            "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n1/3\n全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\nPage 2 of 3\n全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
            [
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
                "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。",
            ],
        ),
        (
            "关于加强校园安全工作的通知\n各学校：\n一、加强门卫值守，每所学校至少配备专职保安三名，实行二十四小时\n关于加强校园安全工作的通知\n值班制度。\n二、加强消防检查，每月开展一次消防检查，灭火器配备率必须达到百\n关于加强校园安全工作的通知\n分之百以上。\n三、加强食堂管理。\n",
            [
                "关于加强校园安全工作的通知",
                "各学校：",
                "一、加强门卫值守，每所学校至少配备专职保安三名，实行二十四小时值班制度。",
                "二、加强消防检查，每月开展一次消防检查，灭火器配备率必须达到百分之百以上。",
                "三、加强食堂管理。",
            ],
        ),
        (
            "# 通知\n[首页](/) | [新闻](/n) | [公开](/g)\n\n![logo](a.png)\n\n全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。\n\n[打印](javascript:print()) [关闭](javascript:close())\n",
            ["通知", "全县各级各部门要提高政治站位，压实工作责任，强化督促检查，确保各项工作任务落地见效。"],
        ),
        (
            '(一)总体要求:坚持稳中求进,狠抓落实;确保"两不愁三保障"全面实现!为什么?因为:群众期盼(尤其是老年人).\n二.主要目标.到2025年,GDP增长6.5%,人均收入达3,200元(约合450美元).\n1.抓项目.每天8:30-17:30办理,网址:http://www.a.gov.cn/x?a=1.\n',
            [
                "（一）总体要求：坚持稳中求进，狠抓落实；确保“两不愁三保障”全面实现！为什么？因为：群众期盼（尤其是老年人）。",
                "二.主要目标。到2025年，GDP增长6.5%，人均收入达3,200元（约合450美元）。",
                "1.抓项目。每天8:30-17:30办理，网址：http://www.a.gov.cn/x?a=1.",
            ],
        ),
        (
            "第一,要抓落实;第二,要抓督查.\n3.5万人受益,占比1:2.\n附件:1.名单(略)\n",
            ["第一，要抓落实；第二，要抓督查。", "3.5万人受益，占比1:2.", "附件：1.名单（略）"],
        ),
        (
            "一 、 提 高 认 识\n各 单 位 要 于 2 0 2 4 年 5 月 1 日 前 完 成 ， 共 3 . 5 万 人 。\n（ 一 ） 摸 清 底 数\n联 系 电 话 ： 0 9 5 1 - 1 2 3\n",
            [
                "一、提高认识",
                "各单位要于2024年5月1日前完成，共3.5万人。",
                "（一）摸清底数",
                "联系电话：0951-123",
            ],
        ),
        (
            "第 一 章   总   则\n第 一 条   为了加强管理，制定本办法。\n第 二 条   本办法适用于全县。\n",
            ["第一章 总则", "第一条 为了加强管理，制定本办法。", "第二条 本办法适用于全县。"],
        ),
        ("A 级 景 区 达 到 3 家，G 7 高 速 通 车。", ["A级景区达到3家，G7高速通车。"]),
        (
            "**一、总体要求**\n\n坚持稳中求进。\n\n**二、主要任务**\n\n抓好落实。\n",
            ["一、总体要求", "坚持稳中求进。", "二、主要任务", "抓好落实。"],
        ),
    ],
)
def test_how_files_look(text: str, seen: list[str]) -> None:
    assert blocks(text) == seen


WEB = (
    "青河县人民政府\n当前位置： 首页 > 政务公开 > 政策文件\n关于做好秋粮收购的通知\n发布时间：2024-09-01 10:00 来源：县粮食局 作者： 阅读：123次\n"
    f"【字体：大 中 小】\n打印\n关闭\n各粮站：\n{SENTENCE_LINE}\n分享到： QQ空间 新浪微博 微信\n【打印本页】 【关闭窗口】\n上一篇：关于甲的通知\n"
    "下一篇：没有了\n相关阅读\n关于乙的通知\n主办：青河县人民政府办公室\n地址：中心路1号\n网站标识码：6403000001 宁ICP备12345678号\n您是第 12345 位访客\n"
)


def test_the_frame_of_a_web_page_is_left_out_and_no_sentence_of_the_text() -> None:
    assert blocks(WEB) == [
        "青河县人民政府关于做好秋粮收购的通知", "发布时间：2024-09-01 10:00来源：县粮食局 作者：阅读：123次", "各粮站：", SENTENCE_LINE,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "foot", ["京ICP备1号", "相关阅读", "主办：县政府\n版权所有", "上一篇：无\n网站标识码：1"]
)
@given(st.lists(st.text(HAN, min_size=12, max_size=40).map(lambda s: s + "。"), min_size=1, max_size=6))
@settings(deadline=None, max_examples=20)
def test_a_foot_never_reaches_into_the_text(foot: str, paragraphs: list[str]) -> None:
    assert blocks("\n".join(paragraphs) + "\n" + foot) == paragraphs


def test_stars_round_a_numbered_heading_among_blanks() -> None:
    text = "**县2024年工作要点\n**、**两镇要抓紧。\n**一、总体要求**\n完成投资**亿元。"
    assert blocks(text) == ["**县2024年工作要点", "**、**两镇要抓紧。", "一、总体要求", "完成投资**亿元。"]


def test_a_chronicle_a_roster_and_a_notice_of_a_meeting_are_text() -> None:
    days = "".join(f"2024年3月{day}日\n县里开会\n" for day in range(1, 9))
    assert {
        kind for kind, _ in kinds("青河县大事记\n记事如下，逐日排列，供查阅使用。\n" + days + "完。")
    } == {"title", "body"}
    names = "防汛值班名单\n张三\n李四\n王五\n赵六\n孙七\n"
    assert [kind for kind, _ in kinds(names)] == ["title", *["body"] * 5]
    notice = "关于召开会议的通知\n各单位：\n经研究，决定召开全县工作会议，安排如下。\n时间：2024年5月6日\n地点：礼堂\n来源：县政府\n"
    assert [kind for kind, _ in kinds(notice)] == ["title", "body", "body", "body", "body", "meta"]
