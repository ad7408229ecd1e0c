"""What a question asks for: as learnt, with the reader of pairs and without."""

from collections.abc import Sequence

import numpy as np
import pytest

from index import ASKED, FAST, Facet, fast_of, load_encoder
from qa import Engine
from qa.asking import Asked, features, linear_share, load_linear, read_asked
from qa.reranking import NONE, load_reranker
from qa.types import Kind
from qa.understanding import KINDS

QUESTIONS = [
    ("全县粮食总产是多少", "point", "figure"),
    ("今年取得了哪些成绩", "all", None),
    ("讲话一共分几部分，标题是什么", "parts", "heading"),
    ("第三条原文念一下", "text", "quote"),
    ("“三个盯住”是什么意思", "definition", "meaning"),
    ("机场批了没有", "check", None),
    ("帮我写一首诗", "chat", None),
]


@pytest.mark.parametrize(("question", "wants", "answer"), QUESTIONS)
def test_what_is_wanted(question: str, wants: str, answer: str | None, report_engine: Engine) -> None:
    asked = read_asked(question, (), report_engine.encoder, report_engine.reranker)
    assert asked.wants == wants
    assert answer is None or asked.answer == answer
    assert (asked.relation, asked.leans) == ("none", 0.0)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("全县粮食总产是多少", Kind.FACT),
        ("项目什么时候开工", Kind.FACT),
        ("这次会议是在哪一年开的", Kind.FACT),
        ("今年取得了哪些成绩", Kind.LIST),
        ("把对乡镇的要求逐条列出来", Kind.LIST),
        ("讲话一共分几部分", Kind.STRUCTURE),
        ("第三部分讲了什么", Kind.STRUCTURE),
        ("结尾是怎么说的", Kind.STRUCTURE),
        ("“三个盯住”是什么", Kind.TERM),
        ("什么叫四个体系", Kind.TERM),
        ("机场批了没有", Kind.CLAIM),
        ("园区已经建成了吗", Kind.CLAIM),
    ],
)
def test_kind(question: str, kind: Kind, report_engine: Engine) -> None:
    asked = read_asked(question, (), report_engine.encoder, report_engine.reranker)
    assert KINDS.get(asked.wants, Kind.STRUCTURE) == kind


@pytest.mark.parametrize(
    ("question", "facet"),
    [
        ("农业上取得了哪些成绩", Facet.ACHIEVEMENT),
        ("财政收入的目标是什么", Facet.GOAL),
        ("下一步怎么抓项目", Facet.REQUIREMENT),
        ("为什么要重视青年人才", Facet.BACKGROUND),
        ("把要点说一下", None),
    ],
)
def test_facet(question: str, facet: Facet | None, report_engine: Engine) -> None:
    assert read_asked(question, (), report_engine.encoder, report_engine.reranker).facet == facet


class Other:
    """Another model's encoder: of another width, and not the shipped one's."""

    name, dimension, fingerprint = "other", 7, "0"

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        raise AssertionError("what is asked is not told by another model's vectors")

    encode_passages = token_ids = token_scores = encode_queries


def test_another_encoder_understands_as_the_fast_one_does() -> None:
    fast = load_encoder(FAST)
    for question, _, _ in QUESTIONS:
        assert read_asked(question, (), Other(), None) == read_asked(question, (), fast, None)  # type: ignore[arg-type]


def test_without_a_reader_the_linear_models_tell(report_engine: Engine) -> None:
    none = load_reranker(NONE, report_engine.encoder)
    right = [read_asked(q, (), report_engine.encoder, none).wants == wants for q, wants, _ in QUESTIONS]
    assert sum(right) >= len(right) - 2


@pytest.mark.parametrize("question", ["那第二个呢", "它有什么作用", "农业的呢", "其中最难的是什么"])
def test_what_leans(question: str, report_engine: Engine) -> None:
    asked = read_asked(question, ["今年重点工作有哪几条"], report_engine.encoder, report_engine.reranker)
    assert asked.leans > 0.5
    assert asked.relation not in ("none", "topic_change")


@pytest.mark.parametrize(
    "question", ["镇卫生院门诊量增长了多少", "“三个盯住”是什么意思", "第三部分讲了什么", "主要成绩有哪些"]
)
def test_what_stands_alone(question: str, report_engine: Engine) -> None:
    asked = read_asked(question, ["村组道路修了多少公里"], report_engine.encoder, report_engine.reranker)
    assert asked.relation == "topic_change"


def chances(**given: dict[str, float]) -> dict[str, np.ndarray]:
    """Return chances of all of ASKED: those given, the rest on the first value."""
    result = {}
    for name, names in ASKED.items():
        row = np.zeros(len(names), np.float32)
        for value, chance in (given.get(name) or {names[0]: 1.0}).items():
            row[names.index(value)] = chance
        result[name] = row
    return result


def test_how_much_the_linear_models_count_beside_the_reader(report_engine: Engine) -> None:
    assert {head: linear_share(head, report_engine.encoder) for head in ASKED} == {
        "wants": 0.4, "relation": 0.6, "facet": 0.4, "answer": 0.4,
    }  # fmt: skip
    assert {linear_share(head, load_encoder(FAST)) for head in ASKED} == {0.4}


def test_one_that_is_unsure_is_searched_for_and_not_refused() -> None:
    unsure = chances(wants={"chat": 0.5, "point": 0.3, "all": 0.2})
    assert Asked.of(unsure, history=False).wants == "point"
    assert Asked.of(unsure, history=False).chat == pytest.approx(0.5)
    sure = chances(wants={"chat": 0.95, "point": 0.05})
    assert Asked.of(sure, history=False).wants == "chat"


def test_a_facet_counts_where_it_is_likelier_than_not() -> None:
    assert Asked.of(chances(facet={"goal": 0.7, "none": 0.3}), history=False).facet is Facet.GOAL
    assert Asked.of(chances(facet={"goal": 0.4, "none": 0.3, "background": 0.3}), history=False).facet is None


def test_leaning_is_the_sum_of_its_ways() -> None:
    both = chances(relation={"topic_change": 0.1, "item": 0.4, "narrow": 0.5})
    asked = Asked.of(both, history=True)
    assert asked.relation == "narrow"
    assert asked.leans == pytest.approx(0.9)
    assert Asked.of(both, history=False).relation == "none"


def test_the_linear_models_fit_the_shipped_encoder(report_engine: Engine) -> None:
    weights, bias = load_linear()
    fast = fast_of(report_engine.encoder)
    row = features(fast, "粮食产量多少", ["道路修了多少"])
    assert weights.shape == (len(row), len(bias))
    assert len(bias) == sum(map(len, ASKED.values()))
