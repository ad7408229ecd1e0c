"""Starter and next questions: taken from the document, and answered by it."""

import re
from pathlib import Path

import pytest

from index import Encoder, Facet, Snapshot, build_index, read_document, read_text
from qa import Engine, Settings, Status
from qa.headings import bare
from qa.reranking import load_reranker
from qa.suggesting import NEXT, STARTERS, suggest_next, topics_of
from tests.long import scaled
from tests.texts import REPORT, SPEECH

GOLDEN = Path(__file__).parents[1] / "golden"
REGULATION = "青河县河道管理条例\n第一章 总则\n" + "".join(
    f"第{numeral}条 河道管理单位应当按照规定巡查河道，发现问题的，应当在{days}日内处理。违反规定的，依法处以罚款。\n"
    + ("第二章 监督检查\n" if days == 3 else "第三章 法律责任\n" if days == 6 else "")
    for days, numeral in enumerate("一二三四五六七八九", 1)
)


def offered(engine: Engine) -> list[str]:
    """Return the starters, and what is offered next in every section, of the first document."""
    one = engine.snapshot.documents[0]
    found = engine.starters()
    first = [question for _, questions in found.doors for question in questions]
    following = [q for s in one.sections for q in suggest_next(one, s.index, None, "")]
    return list(dict.fromkeys([*first, *found.more, *following]))


@pytest.fixture(
    scope="module",
    params=scaled(["speech", "report", "regulation"], ["speech", "d1", "d2", "report", "regulation"]),
)
def asked(request: pytest.FixtureRequest, engine: Engine, encoder: Encoder) -> Engine:
    if request.param == "speech":
        return engine
    texts = {"report": REPORT, "regulation": REGULATION}
    golden = GOLDEN / request.param / "document.txt"
    document = read_text(texts[request.param]) if request.param in texts else read_document(golden)
    return Engine(build_index([document], encoder=encoder), encoder, Settings(), load_reranker("", encoder))


def test_everything_offered_is_answered(asked: Engine) -> None:
    questions = offered(asked)
    assert len(questions) >= 5
    assert [q for q in questions if asked.ask(q).status is not Status.ANSWERED] == []


def test_what_is_offered_is_made_of_headings_and_terms(asked: Engine) -> None:
    one = asked.snapshot.documents[0]
    names = {bare(section) for section in one.sections}
    quoted = [m[1] for q in offered(asked) if (m := re.search("“(.+)”", q))]
    terms = {t.text for t in one.knowledge.terms} | {
        one.document.text[slice(*d.term)] for d in one.knowledge.definitions
    }
    assert quoted
    assert [q for q in quoted if q not in names | terms] == []


def test_a_heading_is_answered_from_its_own_unit(asked: Engine) -> None:
    one = asked.snapshot.documents[0]
    for topic in topics_of(one)[::7]:
        unit = one.sections[topic.section]
        points = asked.ask(topic.question).points
        assert all(unit.start <= p.start < unit.end for p in points), topic


def test_no_stumps_and_nothing_that_the_document_has_not(encoder: Encoder, engine: Engine) -> None:
    assert not any("阶段交出无愧于时代" in q for q in offered(engine))
    snapshot = build_index([read_text(REGULATION)], encoder=encoder)
    doors = dict(Engine(snapshot, encoder, Settings()).starters().doors)
    assert doors[Facet.ACHIEVEMENT] == ()  # a regulation has none
    assert doors[Facet.GOAL] == ()
    assert not any("第" in t.text for t in topics_of(snapshot.documents[0]))


def test_topics_stand_in_the_text(snapshot: Snapshot) -> None:
    topics = topics_of(snapshot.documents[0])
    assert len(topics) > 10
    assert all(t.text in SPEECH for t in topics)
    assert {t.facet for t in topics} >= {Facet.ACHIEVEMENT, Facet.REQUIREMENT}


def test_starters_are_answered(engine: Engine) -> None:
    found = engine.starters()
    assert [facet for facet, _ in found.doors] == [Facet.ACHIEVEMENT, Facet.GOAL, Facet.REQUIREMENT]
    for _, questions in found.doors:
        assert 1 <= len(questions) <= STARTERS
        assert all(engine.ask(q).status is Status.ANSWERED for q in questions)
    assert "全文分几个部分？" in found.more


def test_starters_of_a_short_report(report_engine: Engine) -> None:
    doors = dict(report_engine.starters().doors)
    assert doors[Facet.ACHIEVEMENT]
    assert doors[Facet.REQUIREMENT]
    assert all(report_engine.ask(q).points for questions in doors.values() for q in questions)


def test_a_text_without_topics_has_no_starters(encoder: Encoder) -> None:
    engine = Engine(build_index([read_text("天气很好。我们去散步。")], encoder=encoder), encoder, Settings())
    assert all(not questions for _, questions in engine.starters().doors)
    assert engine.ask("天气").suggestions == ()


def test_next_questions_are_near_and_new(snapshot: Snapshot, engine: Engine) -> None:
    indexed = snapshot.documents[0]
    for section in range(0, len(indexed.sections), 5):
        suggested = suggest_next(indexed, section, Facet.REQUIREMENT, "营商环境有哪些要求")
        assert len(suggested) == NEXT
        assert not any("环境" in s for s in suggested)
        assert all(engine.ask(s).status is Status.ANSWERED for s in suggested)


def test_no_suggestions_where_nothing_was_asked(engine: Engine) -> None:
    assert engine.ask("给我写首诗").suggestions == ()
    assert REPORT


def test_a_heading_of_two_documents_is_not_suggested(encoder: Encoder) -> None:
    texts = [REPORT, REPORT.replace("抓好民生改善", "抓好文化活动").replace("全镇", "全乡")]
    both = build_index(
        [read_text(text, title=name) for name, text in zip("甲乙", texts, strict=True)], encoder=encoder
    )
    one, other = both.documents
    alone, beside = (suggest_next(one, None, None, "", others) for others in ([], [other]))
    assert any("认清形势，把准方向" in question for question in alone)
    assert beside == ("“抓好民生改善”讲了什么？",)
