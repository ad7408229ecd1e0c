"""Pinyin initials in a question."""

from qa import Engine
from qa.initials import spell_out


def test_initials_become_the_words_of_the_document(report_engine: Engine) -> None:
    documents = report_engine.snapshot.documents
    assert spell_out("lszc是多少", documents) == "粮食总产是多少"
    assert spell_out("LSZC", documents) == "粮食总产"


def test_what_is_unknown_or_too_short_stays(report_engine: Engine) -> None:
    documents = report_engine.snapshot.documents
    for question in ("xyz是什么", "ls多少", "abcdefgh", "12345", "没有字母"):
        assert spell_out(question, documents) == question


def test_letters_the_document_writes_itself_stay(engine: Engine) -> None:
    assert spell_out("S516列进计划了吗", engine.snapshot.documents) == "S516列进计划了吗"


def test_short_names(engine: Engine, report_engine: Engine) -> None:
    assert spell_out("毛主席说过什么", engine.snapshot.documents) == "毛泽东说过什么"
    assert spell_out("毛主席说过什么", report_engine.snapshot.documents) == "毛主席说过什么"


def test_the_rewriting_is_seen(report_engine: Engine) -> None:
    answer = report_engine.ask("lszc稳定在多少")
    assert answer.question == "lszc稳定在多少"
    assert answer.standalone == "粮食总产稳定在多少"
