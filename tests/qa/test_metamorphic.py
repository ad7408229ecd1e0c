"""What must not change an answer, and what must change nothing but itself."""

from dataclasses import replace

import pytest

from index import Encoder, build_index, read_text
from qa import Engine, Settings
from qa.types import Answer
from tests.texts import REPORT

QUESTIONS = (
    "全县粮食总产达到多少万吨",
    "村组道路修了多少公里",
    "要新建几所幼儿园",
    "去年有哪些成绩",
    "第三部分下面分几条",
    "“三个盯住”是什么意思",
    "镇长工资是多少",
)
OTHER_TALK = (
    ["今天天气怎么样"],
    ["村组道路修了多少公里"],
    ["全文分几部分", "第一部分讲了什么"],
)  # what was asked before and has nothing to do with it


def engine_of(text: str, engine: Engine, encoder: Encoder) -> Engine:
    return replace(engine, snapshot=build_index([read_text(text)], encoder=encoder))


def said(answer: Answer) -> tuple[object, ...]:
    return answer.status, [point.text for point in answer.points]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_line_break_after_the_title(question: str, report_engine: Engine, encoder: Encoder) -> None:
    title, rest = REPORT.split("\n", 1)
    spaced = engine_of(f"{title}\n\n{rest}", report_engine, encoder)
    assert said(spaced.ask(question)) == said(report_engine.ask(question))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("shape", ["请问{}", "您好，请问{}？谢谢！", "{}？麻烦您了", "麻烦问一下，{}？"])
def test_courtesies(question: str, shape: str, report_engine: Engine) -> None:
    assert said(report_engine.ask(shape.format(question))) == said(report_engine.ask(question))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("history", OTHER_TALK, ids=len)
def test_what_was_asked_before_a_complete_question(
    question: str, history: list[str], report_engine: Engine
) -> None:
    assert said(report_engine.ask(question, history=history)) == said(report_engine.ask(question))


@pytest.mark.parametrize("question", ["有哪些要求", "今年要做哪些事", "民生方面有哪些安排"])
def test_naming_the_right_part_only_narrows(question: str, report_engine: Engine) -> None:
    one = report_engine.snapshot.documents[0]
    part = next(s for s in one.sections if one.title_of(s.index).startswith("三、"))
    points = report_engine.ask(f"第三部分{question}").points
    assert points
    assert all(part.start <= point.start and point.end <= part.end for point in points)


@pytest.mark.parametrize(
    ("old", "new", "question"),
    [
        ("幼儿园", "养老院", "要新建几所{}"),
        ("敬老院", "文化站", "哪个{}要扩建"),
    ],
)
def test_another_name_changes_only_the_name(
    old: str, new: str, question: str, report_engine: Engine, encoder: Encoder
) -> None:
    if REPORT.count(old) != 1:
        pytest.skip(f"{old} stands {REPORT.count(old)} times in the text")
    changed = engine_of(REPORT.replace(old, new), report_engine, encoder)
    before = [p.text.replace(old, new) for p in report_engine.ask(question.format(old)).points]
    assert [p.text for p in changed.ask(question.format(new)).points][:1] == before[:1] != []


def test_settings_do_not_matter_to_the_engine(report_engine: Engine, encoder: Encoder) -> None:
    again = Engine(report_engine.snapshot, encoder, Settings(), report_engine.reranker)
    for question in QUESTIONS:
        assert again.ask(question) == report_engine.ask(question)
