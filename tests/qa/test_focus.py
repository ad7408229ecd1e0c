"""What the turns end on, and what a place means after them."""

import pytest

from index import IndexedDocument, index_document, read_text
from qa import Engine
from qa.evidence import make_point
from qa.focus import Focus, _listed, _shown, continued, focus_of, placed
from qa.grammar import read_where
from qa.types import Kind, Point, Query

PARTS = ["一、去年工作成效明显", "二、认清形势，把准方向", "三、抓好今年重点工作"]
POINTS = ["第一，抓好粮食生产", "第二，抓好项目建设", "第三，抓好民生改善"]


def after(engine: Engine, *history: str) -> Focus:
    one = engine.snapshot.documents[0]
    focus = focus_of(engine.turns(list(history)), one, lambda _: None)
    assert focus is not None
    return focus


def heads(focus: Focus, one: IndexedDocument) -> list[str]:
    return [one.document.text[i.start : i.lead_end].rstrip("。") for i in focus.items]


def test_a_list_that_was_shown(report_engine: Engine, report: IndexedDocument) -> None:
    focus = after(report_engine, "全文一共分几部分，标题是什么")
    assert heads(focus, report) == PARTS
    assert focus.whole
    assert not focus.told


def test_an_item_of_it(report_engine: Engine, report: IndexedDocument) -> None:
    focus = after(report_engine, "第三部分下面分几条", "第一条讲了什么")
    assert heads(focus, report) == POINTS[:1]
    assert len(focus.told) == 1


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("第二条呢", POINTS[1:2]),
        ("再往下一条呢", POINTS[1:2]),
        ("它后面两条呢", POINTS[1:]),
        ("最后一条呢", POINTS[2:]),
    ],
)
def test_places_after_an_item(
    question: str, wanted: list[str], report_engine: Engine, report: IndexedDocument
) -> None:
    focus = after(report_engine, "第三部分下面分几条", "第一条讲了什么")
    chosen = placed(read_where(question)[0], focus)
    assert chosen is not None
    assert [report.document.text[i.start : i.lead_end].rstrip("。") for i in chosen.items] == wanted


def test_beyond_the_end_is_nothing(report_engine: Engine) -> None:
    focus = after(report_engine, "第三部分下面分几条", "第三条讲了什么")
    assert placed(read_where("再往下一条呢")[0], focus) is None


def test_what_is_left_and_what_lies_below(report_engine: Engine, report: IndexedDocument) -> None:
    focus = after(report_engine, "第三部分下面分几条", "第一条讲了什么")
    rest = Query("剩下的呢", "", Kind.STRUCTURE, "", relation="rest")
    (choice,) = continued(rest, focus, report)
    assert [report.document.text[i.start : i.lead_end].rstrip("。") for i in choice.items] == POINTS[1:]
    below = Query("它下面分几条", "", Kind.STRUCTURE, "", where=read_where("它下面分几条")[0])
    third = after(report_engine, "第三部分讲了什么")
    assert any(len(c.items) == len(POINTS) for c in continued(below, third, report))


def test_a_place_below_what_was_shown(report_engine: Engine) -> None:
    for history in (["第三部分讲了什么"], ["全文一共分几部分，标题是什么", "第三部分讲了什么"]):
        answer = report_engine.ask("它下面第二条呢", history=history)
        assert answer.points[0].text.startswith(POINTS[1])


def test_behind_the_last_there_is_nothing(report_engine: Engine) -> None:
    answer = report_engine.ask("再往下一条呢", history=["第三部分下面分几条", "第三条讲了什么"])
    assert (answer.status, answer.reason, answer.points) == ("not_found", "beyond", ())


def test_a_list_collected_from_the_text_is_what_is_counted_in() -> None:
    one = index_document(
        read_text(
            "关于乡村振兴的意见\n\n一、总体要求\n坚持统筹推进。\n\n二、重点任务\n（一）抓好产业\n发展种植。\n"
            "（二）抓好环境\n整治村庄。\n（三）抓好治理\n健全制度。\n\n三、保障措施\n加强领导。\n"
        )
    )
    text = one.document.text

    def shown(*words: str) -> list[Point]:
        return [make_point(one, text.index(w), text.index(w) + len(w), ()) for w in words]

    whole = _listed(one, shown("（一）抓好产业", "（二）抓好环境", "（三）抓好治理"))
    assert whole is not None
    assert heads(whole, one) == ["（一）抓好产业", "（二）抓好环境", "（三）抓好治理"]
    most = _listed(one, shown("坚持统筹推进", "发展种植", "整治村庄", "健全制度"))
    assert most is not None
    assert heads(most, one) == heads(whole, one)
    assert _listed(one, shown("坚持统筹推进", "加强领导")) is None


NESTED = "第一章　总则\n第一节　目的\n为了规范，制定本办法。\n第二节　原则\n坚持便民。\n第二章　机构\n第一节　委员会\n设立委员会。\n第二节　办公室\n设立办公室。\n"


def test_behind_all_parts_of_a_unit_comes_the_next_unit() -> None:
    one = index_document(read_text(NESTED))
    points = [make_point(one, s.start, s.title_end, ()) for s in one.sections[1:3]]
    focus = _shown(one, points)
    assert focus is not None
    for question, wanted in (("后一章呢", "第二章　机构"), ("第二条呢", "第二节　原则")):
        chosen = placed(read_where(question)[0], focus)
        assert chosen is not None
        assert [one.document.text[i.start : i.lead_end] for i in chosen.items] == [wanted]


RUNNING = """河堤养护办法
一、日常巡查
1．每日巡堤一次，记下水位。
2．汛期加巡两次，夜间双人同行。
二、物资储备
3．沙袋不少于三千条，每季清点。
4．铁丝、木桩按需补足，登记入册。
三、经费使用
5．专款专用，每年审计一次。
6．结余留用，不得挪作他途。
"""


def test_what_is_numbered_on_counts_in_the_unit_shown() -> None:
    """A unit shown with its parts is what the next ordinal counts in, though the parts are numbered on through the text."""
    one = index_document(read_text(RUNNING))
    text = one.document.text
    starts = [text.index("二、物资"), text.index("3．"), text.index("4．")]
    points = [make_point(one, a, text.index("\n", a), ()) for a in starts]
    focus = _shown(one, points)
    assert focus is not None
    assert [text[i.start : i.start + 2] for i in focus.items] == ["3．", "4．"]
    assert len(focus.group.items) == 2
    assert focus.head is not None and text.startswith("二、", focus.head[1].start)


def test_a_place_named_before_is_gone_on_from(report_engine: Engine) -> None:
    """A yes-no question about a numbered unit leaves the conversation at that unit, not at what stands inside."""
    answer = report_engine.ask("紧跟着的下一条呢", history=["第三部分第一点说的是粮食生产对吧"])
    assert answer.points[0].text.startswith(POINTS[1])
