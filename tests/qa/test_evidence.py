"""Points: verbatim, short, and in place."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import build_index, index_document, load_encoder, read_text
from qa import Engine, Settings
from qa.evidence import (
    POINT_LIMIT,
    POINTS,
    _is_other_office,
    clauses,
    followed,
    make_point,
    marks,
    sentence_at,
    strip,
    trim,
    widen,
    with_what_follows,
)
from qa.notes import header_note, masked_note, scan_note
from qa.types import Status
from tests.texts import REPORT, SPEECH

PIECES = st.lists(
    st.sampled_from(
        [
            "要抓好农业",
            "我们",
            "**万",
            "，",
            "。",
            "；",
            "\n",
            "一是",
            "二是",
            "“质量”",
            "！",
            " ",
            "GDP",
            "第一，",
            "😀",
        ]
    ),
    min_size=1,
    max_size=80,
).map("".join)


@pytest.mark.parametrize(
    "question",
    [
        "口岸货运量是多少",
        "三个务必是什么",
        "讲话分几部分",
        "基层党建有哪些要求",
        "能力作风 五细 台账",
        "为什么要团结",
        "结尾怎么说的",
        "**是什么",
    ],
)
def test_all_that_is_shown_is_the_documents_text(question: str, engine: Engine) -> None:
    answer = engine.ask(question)
    for point in (*answer.points, *answer.passages):
        assert 0 <= point.start < point.end
        assert SPEECH[point.start : point.end] == point.text
        assert all(point.start <= a < b <= point.end for a, b in point.marks)
        assert len(point.text) <= 400


@settings(max_examples=60, deadline=None)
@given(
    PIECES.filter(lambda t: any(c.isalnum() for c in t)),
    st.sampled_from(["农业有哪些要求", "抓好什么", "一共几部分", "GDP多少"]),
)
def test_any_document_is_quoted_verbatim(engine: Engine, text: str, question: str) -> None:
    try:
        document = read_text(text)
    except Exception as error:
        assert type(error).__module__ == "index.errors"
        return
    built = Engine(build_index([document], encoder=engine.encoder), engine.encoder, engine.settings)
    answer = built.ask(question)
    for point in (*answer.points, *answer.passages):
        assert document.text[point.start : point.end] == point.text != ""


def test_one_point_questions_have_few_points(engine: Engine) -> None:
    for question in ("口岸货运量是多少", "党员有多少名", "会议审议通过了什么"):
        answer = engine.ask(question)
        assert answer.status == Status.ANSWERED
        assert 1 <= len(answer.points) <= POINTS


def test_strip() -> None:
    assert strip("  字 ", 0, 4) == (2, 3)


def test_clauses_cover_the_span() -> None:
    text = "一要抓好，二要“管好。”三是；完"
    pieces = [text[a:b] for a, b in clauses(text, 0, len(text))]
    assert "".join(pieces) == text
    assert pieces == ["一要抓好，", "二要“管好。”", "三是；", "完"]


def test_trim_keeps_the_clauses_that_hold_the_weight() -> None:
    text = (
        "，".join(["无关的内容很多很多很多"] * 20)
        + "，粮食产量达到三十万吨，"
        + "，".join(["别的事情"] * 30)
        + "。"
    )
    start, end = trim(text, 0, len(text), {"粮食": 2.0, "产量": 2.0})
    assert "粮食产量达到三十万吨" in text[start:end]
    assert end - start <= POINT_LIMIT
    assert trim("短句。", 0, 3, {}) == (0, 3)


def test_marks_join_what_overlaps() -> None:
    text = "能力作风建设年"
    assert list(marks(text, 0, 7, ["能力", "作风建设", "建设年", "没有"])) == [(0, 7)]
    assert list(marks(text, 0, 7, [])) == []


def test_sentence_at_and_widen() -> None:
    indexed = index_document(read_text("标题\n第一句很短。第二句也短。第三句完。\n另一段的句子。"))
    assert sentence_at(indexed, indexed.document.text.index("第二句")).number == 2
    assert sentence_at(indexed, 10_000) is indexed.sentences[-1]
    for passage in indexed.passages:
        start, end = widen(indexed, passage)
        assert start <= passage.start < passage.end <= end


def test_blanked_out_figures_are_noted(engine: Engine) -> None:
    answer = engine.ask("口岸货运量是多少万吨")
    assert answer.status == Status.ANSWERED
    assert "*" in answer.points[0].text
    assert answer.note == masked_note(engine.snapshot.documents[0], answer.points)
    assert "脱敏" in (answer.note or "")


def test_what_stands_under_a_heading_or_behind_a_colon_comes_with_it() -> None:
    text = REPORT.replace("盯住短板、盯住项目", "盯住短板；盯住项目")
    one = index_document(read_text(text))

    def below(words: str) -> list[str]:
        start = text.index(words)
        return [text[a:b].strip() for a, b in followed(one, start, start + len(words))]

    assert below("一、去年工作成效明显")[0].startswith("去年，我们建成高标准农田三万亩")
    assert below("我们把“三个盯住”作为工作方法：")[0].startswith("盯住项目")
    assert below("镇卫生院完成改造，门诊量增长一成二。") == []


LABELS = """机关事务通报
各单位：
一、会议室预约电话
6688123
二、食堂开放时间
早餐七点至八点，午餐十一点半至十二点半。
三、作物产量
作物\t产量（吨）
小麦\t51200
玉米\t87650
全县农民收入继续提高，比上年增长百分之八点二。
"""


def test_a_short_heading_is_shown_in_one_with_what_stands_under_it() -> None:
    one = index_document(read_text(LABELS))
    heading = one.sections[0]
    first, *rest = with_what_follows(one, heading.start, heading.title_end)
    assert one.document.text[slice(*first)] == "一、会议室预约电话\n6688123"
    assert not rest
    plain = one.document.text.index("6688123")
    assert with_what_follows(one, plain, plain + 7) == [(plain, plain + 7)]


def test_a_sentence_that_comes_twice_is_shown_once(engine: Engine) -> None:
    said = "全县新建敬老院3所，新增床位240张。"
    text = f"工作报告\n一、去年工作\n{said}\n二、今年打算\n继续修路。\n三、附录\n{said}\n"
    built = Engine(build_index([read_text(text)], encoder=engine.encoder), engine.encoder, engine.settings)
    answer = built.ask("新建敬老院几所")
    assert [p.text for p in answer.points].count(said) == 1


def test_a_row_of_a_table_comes_with_the_names_of_its_columns() -> None:
    one = index_document(read_text(LABELS))
    at = one.document.text.index("玉米")
    row = make_point(one, at, at + len("玉米\t87650"), ())
    assert header_note(one, [row]) == "表头：作物｜产量（吨）。"
    plain = make_point(one, 0, 6, ())
    assert header_note(one, [plain]) is None and header_note(one, []) is None


def test_the_year_that_is_asked_for_comes_first(engine: Engine) -> None:
    years = "".join(f"二〇二{n}年，全县生产总值达到{n}十六亿元，财政收入{n}亿二千万元。\n" for n in "三四五")
    built = Engine(
        build_index([read_text(f"历年情况\n{years}")], encoder=engine.encoder),
        engine.encoder,
        engine.settings,
    )
    for digit, year in zip("三四五", (2023, 2024, 2025), strict=True):
        answer = built.ask(f"{year}年财政收入多少")
        assert answer.points[0].text.startswith(f"二〇二{digit}年")


@pytest.mark.parametrize(
    ("asked", "said", "other"),
    [
        ("指挥长是谁", "副指挥长：李苓舟", True),
        ("副指挥长有哪些", "指挥长：周禾川", True),
        ("指挥长是谁", "指挥长：周禾川，副指挥长：李苓舟", False),
        ("副指挥长有哪些", "副指挥长：李苓舟", False),
        ("粮食产量", "粮食总产量51万吨", False),
    ],
)
def test_a_deputy_is_another_office(asked: str, said: str, other: bool) -> None:
    assert _is_other_office(asked, said) is other


def test_what_was_recognised_from_a_scan_says_so(engine: Engine) -> None:
    point = engine.ask("三个务必是什么").points[0]
    assert scan_note([point]) == ""
    assert "把握 91%" in scan_note([replace(point, scan=0.97), replace(point, scan=0.91)])


def test_tags_between_sentences_are_never_shown() -> None:
    text = "<p>青河县通告</p>\n<p>一、中心路实行单向通行。</p>\n<p>二、货车每日7时至21时禁止进入城区。</p>\n<!-- footer -->\n<p>特此通告。</p>\n"
    encoder = load_encoder()
    asked = Engine(build_index([read_text(text)], encoder=encoder), encoder, Settings())
    for question in ("货车什么时候禁止进城", "第二条说了什么"):
        answer = asked.ask(question)
        assert answer.points, question
        assert not any("<" in p.text for p in answer.points)
