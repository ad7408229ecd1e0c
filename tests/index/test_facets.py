import json
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.facets import FACETS, FacetModel, label_facets, neighbour_inputs, shipped_model, softmax
from index.reading import read_text, read_view
from index.structure.sentences import split_sentences
from index.structure.tree import parse_sections
from index.types import Facet, Sentence
from tests.texts import SPEECH

REPORT = """政府工作报告

各位代表：
现在，我代表市人民政府向大会报告工作，请予审议。
一、过去一年工作回顾
过去一年，全市地区生产总值增长6.1%，一般公共预算收入突破百亿元。
（一）民生福祉持续增进。新增就业3.2万人，建成保障性住房1200套，居民人均可支配收入增长7%。新建改扩建学校12所，新增学位8000个。社区养老服务实现全覆盖。
同时，我们清醒看到，发展中还存在不少困难和问题，主要是产业结构不优，民生领域还有短板。
二、今年工作安排
今年的主要预期目标是：地区生产总值增长6%左右，城镇新增就业3万人以上。
要加快推进重点项目建设。要切实保障和改善民生，着力解决群众急难愁盼问题。
"""


def labelled(text: str) -> list[tuple[str, Sentence]]:
    document = read_text(text)
    view = read_view(document.text)
    sections = parse_sections(view)
    sentences = label_facets(document, sections, split_sentences(view, sections))
    return [(document.text[s.start : s.end], s) for s in sentences]


@pytest.mark.parametrize(
    ("words", "facet"),
    [
        ("请予审议", Facet.OTHER),
        ("突破百亿元", Facet.ACHIEVEMENT),
        ("建成保障性住房", Facet.ACHIEVEMENT),
        ("困难和问题", Facet.BACKGROUND),
        ("主要预期目标", Facet.GOAL),
        ("要加快推进", Facet.REQUIREMENT),
        ("急难愁盼", Facet.REQUIREMENT),
    ],
)
def test_a_plain_report_is_told_apart(words: str, facet: Facet) -> None:
    assert [s.facet for text, s in labelled(REPORT) if words in text] == [facet]


def test_each_sentence_of_the_speech_keeps_all_but_its_facet() -> None:
    document = read_text(SPEECH)
    view = read_view(document.text)
    sections = parse_sections(view)
    before = split_sentences(view, sections)
    after = label_facets(document, sections, before)
    assert [(s.index, s.start, s.end, s.section, s.paragraph, s.number) for s in after] == [
        (s.index, s.start, s.end, s.section, s.paragraph, s.number) for s in before
    ]
    assert {s.facet for s in after} >= {Facet.ACHIEVEMENT, Facet.REQUIREMENT, Facet.BACKGROUND, Facet.OTHER}
    assert after == label_facets(document, sections, before)


def test_no_sentences_have_no_facets() -> None:
    assert label_facets(read_text("一"), (), ()) == ()


@given(
    st.text(st.sampled_from("要是了已一二第、，。；：\n“”*2%建成目标问题 各位代表"), min_size=1, max_size=80)
)
def test_any_text_is_labelled_with_a_probability(text: str) -> None:
    for _, sentence in labelled(f"文{text}"):
        assert sentence.facet in FACETS
        assert sentence.facet_probability is not None
        assert 0.2 <= sentence.facet_probability <= 1


def test_the_model_adds_the_weights_of_its_cues() -> None:
    model = FacetModel(
        {"a": [1.0, 0, 0, 0, 0], "b": [0, 2.0, 0, 0, 0]}, [0.0] * 5, [[0.0] * 5] * 15, [0.0] * 5
    )
    expected = np.exp([1.0, 2, 0, 0, 0]) / np.exp([1.0, 2, 0, 0, 0]).sum()
    np.testing.assert_allclose(model.first([["a", "b", "unknown"], []]), [expected, [0.2] * 5])
    np.testing.assert_allclose(model.second(np.array([expected])), [[0.2] * 5])


def test_neighbours_are_the_one_before_and_the_one_after() -> None:
    first = softmax(np.arange(15.0).reshape(3, 5) ** 1.1)
    logs = np.log(np.clip(first, 1e-4, None))
    inputs = neighbour_inputs(first)
    assert inputs.shape == (3, 15)
    np.testing.assert_allclose(inputs[1], np.hstack([logs[1], logs[0], logs[2]]))
    np.testing.assert_allclose(inputs[0], np.hstack([logs[0], logs[0], logs[1]]))
    np.testing.assert_allclose(inputs[2], np.hstack([logs[2], logs[1], logs[2]]))


def test_softmax_does_not_overflow() -> None:
    np.testing.assert_allclose(softmax(np.array([[1000.0, 1000, 0, 0, 0]])), [[0.5, 0.5, 0, 0, 0]])


def test_the_weights_file_says_what_it_is() -> None:
    data = json.loads((resources.files("index") / "data" / "facets.json").read_text("utf-8"))
    assert set(data["card"]) == {
        "what",
        "how",
        "data",
        "licence",
        "on documents left out of the fit",
        "limits",
    }
    assert all(len(weights) == len(FACETS) for weights in data["cues"].values())
    assert np.shape(data["second"]) == (3 * len(FACETS), len(FACETS))
    assert shipped_model() is shipped_model()
