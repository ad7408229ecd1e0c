"""Answered or not found: the features, the names, the model."""

import json
from dataclasses import replace
from importlib import resources

import pytest

from qa import Engine
from qa.comparing import load_places, missing_names
from qa.confidence import FAST_ONLY, READ, UNREAD, features, judge, load_model
from qa.types import Kind, Query


def query(text: str) -> Query:
    return Query(text, text, Kind.FACT, text)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("安吉县的竹产业", ["安吉县"]),
        ("四川有什么经验", ["四川"]),
        ("1997年的货运量", ["1997"]),
        ("kubernetes怎么部署", ["kubernetes"]),
        ("咱县的大豆种了多少", []),
        ("什么样的县", []),
        ("大城市的消费", []),
        ("口岸自1990年开通", []),
        ("全县农村公路", []),
    ],
)
def test_names_that_the_document_lacks(question: str, names: list[str], engine: Engine) -> None:
    assert missing_names(question, query(question), engine.snapshot) == names


def test_places_are_places() -> None:
    places = load_places()
    assert {"安吉县", "哈尔滨市"} <= places
    assert not places & {"城市", "开发区", "社区"}


def test_features_are_between_0_and_about_1(engine: Engine) -> None:
    for question in ("口岸货运量是多少", "红烧肉怎么做", "那第二个呢", "几月几号开会", "的确良"):
        asked, ranking, found = engine.find(question)
        values = features(asked, ranking, engine.snapshot, found.spans)
        assert all(-1 <= v <= 2 or name.startswith("read ") for name, v in values.items()), values
        assert {*load_model(READ).weights, "read"} == set(values)


def test_what_was_read_speaks_where_it_was(engine: Engine) -> None:
    asked, ranking, found = engine.find("口岸货运量是多少")
    values = features(asked, ranking, engine.snapshot, found.spans)
    assert values["read"] == 1
    assert values["read best"] >= max(values["read shown"], values["read first"])
    unread = replace(ranking, read=ranking.read[:0])
    assert not any(name.startswith("read") for name in features(asked, unread, engine.snapshot, found.spans))


def test_better_evidence_is_surer(engine: Engine) -> None:
    sure = engine.ask("口岸进出口总值和货运量分别是多少").confidence
    unsure = engine.ask("口岸的海关关长叫什么名字").confidence
    assert sure > unsure


def test_no_spans_no_answer(engine: Engine) -> None:
    asked, ranking, _ = engine.find("口岸")
    judged = judge(asked, ranking, engine.snapshot, (), structural=False)
    assert judged.reason == "not_in_document"


def test_the_shipped_model_says_how_it_came_to_be() -> None:
    model = json.loads((resources.files("qa") / "data" / "confidence.json").read_text("utf-8"))
    assert model["how"] == "qa/training/confidence.py"
    for name in (READ, UNREAD, FAST_ONLY):
        assert any("near miss" in line for line in model[name]["figures"])
        assert 0 < model[name]["threshold"] < 1
