"""Every place that speaks of a word: counted exactly, whatever the wording."""

import pytest

from index import Encoder, Snapshot, build_index, read_text
from qa import Engine, Settings
from qa.composing import MOST_POINTS
from qa.occurrences import occurrence_chance, occurrences_of, words_looked_for
from qa.reranking import load_reranker
from qa.types import Kind, Status

TEXT = """全县工作报告
一、去年工作
肉牛存栏达到3万头。新建光伏电站两座。
（一）肉牛产业
建成肉牛交易市场，肉牛养殖户增加200户。粮食总产12万吨。
二、今年安排
扩大光伏装机。办好农民丰收节。支持肉牛精深加工。
"""
MENTIONS = [
    ("凡是带“肉牛”两个字的句子都找出来", "肉牛", 5, 4),
    ("报告里前前后后提到肉牛的话全部翻给我", "肉牛", 5, 4),
    ("光伏在文中一共出现了几处，每处怎么说", "光伏", 2, 2),
]
OTHERS = [
    "肉牛存栏多少",
    "肉牛产业有哪些举措",
    "全文分几部分",
    "今年有哪些安排",
    "提没提到光伏",
    "粮食总产多少",
    "第二部分讲了什么",
]


@pytest.fixture(scope="module")
def report(encoder: Encoder) -> Snapshot:
    return build_index([read_text(TEXT)], encoder=encoder)


@pytest.fixture(scope="module")
def asked(report: Snapshot, encoder: Encoder) -> Engine:
    return Engine(report, encoder, Settings(), load_reranker("", encoder))


@pytest.mark.parametrize(("question", "word", "times", "places"), MENTIONS)
def test_every_place_is_shown_and_counted(
    asked: Engine, question: str, word: str, times: int, places: int
) -> None:
    answer = asked.ask(question)
    assert (answer.status, answer.kind, answer.total) == (Status.ANSWERED, Kind.LIST, places)
    assert len(answer.points) == places
    assert all(word in p.text and TEXT[p.start : p.end] == p.text for p in answer.points)
    assert TEXT.count(word) == times == sum(p.text.count(word) for p in answer.points)
    assert f"文中“{word}”出现 {times} 次" in (answer.note or "")
    assert (answer.certainty_reason or "").startswith("按字查找")


def test_of_a_library_every_document_is_looked_through(encoder: Encoder) -> None:
    texts = [f"{name}镇工作报告\n一是办好养老。\n二是抓好粮食。\n" for name in "甲乙丙丁戊己庚"]
    engine = Engine(build_index(list(map(read_text, texts)), encoder=encoder), encoder, Settings())
    answer = engine.ask("凡是带“养老”两个字的句子都找出来")
    assert (answer.total, len({p.document.id for p in answer.points})) == (7, 7)


def test_more_places_than_are_given_are_told(encoder: Encoder) -> None:
    text = "通知\n" + "".join(f"第{n}村办好养老。\n" for n in range(1, MOST_POINTS + 6))
    engine = Engine(build_index([read_text(text)], encoder=encoder), encoder, Settings())
    answer = engine.ask("凡是带“养老”两个字的句子都找出来")
    assert (len(answer.points), answer.total) == (MOST_POINTS, MOST_POINTS + 5)
    assert f"出现 {MOST_POINTS + 5} 次" in (answer.note or "") and f"只列出前 {MOST_POINTS} 处" in (
        answer.note or ""
    )


@pytest.mark.parametrize("question", OTHERS)
def test_what_is_no_such_question(asked: Engine, question: str) -> None:
    assert "次" not in (asked.ask(question).note or "")


def test_it_is_clearly_told_apart(encoder: Encoder) -> None:
    assert min(occurrence_chance(q, encoder) for q, *_ in MENTIONS) > max(
        occurrence_chance(q, encoder) for q in OTHERS
    )


def test_a_word_that_is_not_there_is_none(report: Snapshot) -> None:
    assert words_looked_for("凡是带“托育”两个字的句子都找出来")[0] == "托育"
    assert occurrences_of("托育", None, report.documents[0]) is None
    assert words_looked_for("") == ()


def test_one_word_is_counted_in_all_documents(encoder: Encoder) -> None:
    texts = ["甲镇工作报告\n一是办好养老。\n二是抓好粮食。\n", "乙镇工作报告\n一是抓好粮食。\n二是修路。\n"]
    engine = Engine(build_index(list(map(read_text, texts)), encoder=encoder), encoder, Settings())
    answer = engine.ask("凡是带“养老”或者“粮食”两个字的句子都找出来")
    assert answer.counted and answer.total == 1 and "养老" in answer.points[0].text
