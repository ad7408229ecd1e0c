"""Starter and next questions: taken from the document, and answered by it."""

from index import Encoder, Facet, Snapshot, build_index, read_text
from qa import Engine, Settings, Status
from qa.suggesting import NEXT, STARTERS, suggest_next, topics_of
from tests.texts import REPORT, SPEECH


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
