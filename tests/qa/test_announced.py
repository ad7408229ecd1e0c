"""Lists that a sentence announces."""

from index import Facet, index_document, read_text
from qa.announced import admitted_problems, announced_list, announcements, stated_aims
from qa.types import Kind, Query

TEXT = """工作报告
一、回顾
成绩来之不易，问题也不容忽视。一是产业基础薄弱，链条不长。二是人才总量不足，结构不优。三是群众办事还不够便利。
今年发展的主要预期目标是：生产总值增长5%左右；居民收入同步增长；粮食产量保持稳定。
二、安排
要抓好产业发展。
"""


def items(question: str, topic: list[str], facet: Facet | None = None) -> list[str]:
    indexed = index_document(read_text(TEXT))
    query = Query(question, question, Kind.LIST, question, facet)
    return [indexed.document.text[a:b].strip() for a, b in announced_list(query, topic, indexed)]


def test_numbered_units_after_the_sentence() -> None:
    assert items("还有哪些短板", []) == [
        "一是产业基础薄弱，链条不长。",
        "二是人才总量不足，结构不优。",
        "三是群众办事还不够便利。",
    ]


def test_what_follows_a_colon() -> None:
    assert items("预期目标有哪几项", []) == [
        "生产总值增长5%左右；",
        "居民收入同步增长；",
        "粮食产量保持稳定。",
    ]


def test_another_topic_or_another_kind_of_thing() -> None:
    assert items("农业有哪些短板", ["农业"]) == []
    assert items("有哪些经验", []) == []
    assert items("有哪些问题", [], Facet.ACHIEVEMENT) == []


def test_announcements_are_in_the_text() -> None:
    indexed = index_document(read_text(TEXT))
    for (start, end), found in announcements(indexed):
        assert 0 <= start < end
        assert all(end <= a < b <= len(indexed.document.text) for a, b in found)


def test_problems_that_a_speech_admits() -> None:
    text = (
        "工作报告\n一、回顾\n去年，我们建成学校十二所。全年经济增长6%。\n"
        "我们也清醒看到，发展中还存在一些困难。产业结构不优，创新能力不强。民生领域还有短板。\n"
        "二、安排\n要着力解决发展不平衡的问题。要加快补齐短板。\n"
    )
    indexed = index_document(read_text(text))
    assert [text[a:b] for a, b in admitted_problems(indexed)] == [
        "我们也清醒看到，发展中还存在一些困难。",
        "产业结构不优，创新能力不强。",
        "民生领域还有短板。",
    ]


def test_one_sentence_may_hold_the_whole_list() -> None:
    text = "工作报告\n一、安排\n今年的主要预期目标是：生产总值增长5%，新增就业十万人，物价保持稳定。\n要求是：抓好落实，抓好民生，抓好安全。\n"
    indexed = index_document(read_text(text))

    def found(question: str) -> list[str]:
        query = Query(question, question, Kind.LIST, question)
        return [text[a:b] for a, b in announced_list(query, [], indexed)]

    assert found("主要目标有哪些") == ["生产总值增长5%，新增就业十万人，物价保持稳定。"]
    assert found("提出了哪些要求") == []


def test_a_run_of_problems_goes_on_to_the_end_of_its_paragraph() -> None:
    text = (
        "工作报告\n一、回顾\n去年，我们建成学校十二所。全年经济增长6%。\n"
        "我们也清醒看到，面临的困难和挑战很多。外部环境更加复杂，市场需求持续萎缩。（一）是基础薄弱。\n二、安排\n要加快发展。\n"
    )
    indexed = index_document(read_text(text))
    assert "市场需求持续萎缩" in "".join(text[a:b] for a, b in admitted_problems(indexed))


def test_a_full_width_number_after_a_colon() -> None:
    text = "工作报告\n一、回顾\n需要重视的问题：（一）基础薄弱；（二）人才不足；（三）资金紧张。\n二、安排\n要加快发展。\n"
    indexed = index_document(read_text(text))
    assert any("问题" in text[a:b] and len(items) > 1 for (a, b), items in announcements(indexed))


def test_a_speech_without_goals_names_its_aims_in_its_requirements() -> None:
    text = (
        "讲话\n一、回顾\n去年，我们建成学校十二所，获批国家级示范区。\n"
        "二、要求\n要扎实推进文化建设，打造全省文化强县。要认真学习领会会议精神。\n"
    )
    indexed = index_document(read_text(text))
    assert [text[a:b] for a, b in stated_aims(indexed)] == ["要扎实推进文化建设，打造全省文化强县。"]
    assert stated_aims(index_document(read_text(TEXT))) == []
