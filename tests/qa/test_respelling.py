"""Misspelt words, put as the document spells what sounds alike."""

import pytest

from index import Encoder, Snapshot, build_index, read_text
from qa import Engine
from qa.respelling import respelt

TEXT = "文旅工作要点\n创建国家4A级景区1个，实现旅游综合收入9.6亿元，评选县级传承人36名。\n要排涝抢险。\n"


@pytest.fixture(scope="module")
def guide(encoder: Encoder) -> Snapshot:
    return build_index([read_text(TEXT)], encoder=encoder)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("国家4a级警区", "国家4a级景区"),
        ("旅游宗合收入", "旅游综合收入"),
        ("传成人有多少名", "传承人有多少名"),
        ("旅游综合收入多少", "旅游综合收入多少"),
        ("农业综合改革怎么搞", "农业综合改革怎么搞"),
        ("", ""),
    ],
)
def test_what_sounds_alike(guide: Snapshot, question: str, meant: str) -> None:
    assert respelt(question, guide, {0}) == meant


def test_only_the_documents_that_may_answer_count(guide: Snapshot) -> None:
    assert respelt("旅游宗合收入", guide, set()) == "旅游宗合收入"


def test_a_long_question_is_looked_at_in_part(guide: Snapshot) -> None:
    assert respelt("宗合" * 500, guide, {0}).startswith("综合综合")


def test_both_are_tried_and_the_surer_is_kept(engine: Engine) -> None:
    built = Engine(
        build_index([read_text(TEXT)], encoder=engine.encoder),
        engine.encoder,
        engine.settings,
        engine.reranker,
    )
    found = built.ask("旅游宗合收入")
    assert (found.question, found.standalone) == ("旅游宗合收入", "旅游综合收入")
    plain = built.ask("旅游综合收入")
    assert found.points[0].text == plain.points[0].text
    assert built.ask("旅游综合收入").standalone == "旅游综合收入"
