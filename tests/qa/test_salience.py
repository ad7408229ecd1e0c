"""Which sentences hold what people ask about."""

import json
from importlib import resources

import numpy as np

from index import Encoder, Snapshot, build_index, read_text
from qa.salience import FEATURES, load_weights, ranked, salience, sentence_inputs, sentence_vectors


def test_a_vector_for_each_sentence_of_its_own_document(snapshot: Snapshot, encoder: Encoder) -> None:
    vectors = sentence_vectors(snapshot, 0)
    assert vectors.shape == (len(snapshot.documents[0].sentences), snapshot.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0)
    texts = ["甲村修路。乙村种树。", "丙镇办学。"]
    two = build_index([read_text(t) for t in texts], encoder=encoder)
    own = build_index([read_text(texts[1])], encoder=encoder)
    assert np.allclose(sentence_vectors(two, 1), sentence_vectors(own, 0), atol=1e-3)


def test_inputs_tell_the_first_of_a_unit_and_its_figures(encoder: Encoder) -> None:
    text = "报告\n一、工业\n去年工业平稳。产值增长5%，利润3亿元。\n二、农业\n农业稳定。\n"
    one = (found := build_index([read_text(text)], encoder=encoder)).documents[0]
    inputs = sentence_inputs(one, sentence_vectors(found, 0))
    said = {one.document.text[s.start : s.end]: inputs[s.index] for s in one.sentences}
    figures = next(row for line, row in said.items() if "利润" in line)
    assert figures[FEATURES.index("figure")] == 1.0
    assert figures[FEATURES.index("figures")] > 0.0
    assert sum(row[FEATURES.index("first")] for row in said.values()) == len(
        {s.section for s in one.sentences}
    )
    assert inputs.min() >= -1.0
    assert inputs.max() <= 1.0 + 1e-6


def test_the_weights_say_what_they_were_measured_by() -> None:
    found = json.loads((resources.files("qa") / "data" / "salience.json").read_text("utf-8"))
    assert set(found["weights"]) == set(FEATURES)
    assert load_weights().shape == (len(FEATURES),)
    figures = found["figures"]
    assert figures["held by documents left out"] > figures["held at random"]
    assert figures["held by documents left out"] > figures["held by the first sentences"]


def test_what_says_the_same_is_passed_over() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert ranked(np.array([3.0, 2.9, 2.0]), vectors, [0, 1, 2], 2) == [0, 2]
    assert ranked(np.array([3.0, 2.9, 2.0]), vectors, [1, 2], 5) == [1, 2]
    assert ranked(np.array([1.0]), vectors[:1], [], 3) == []


def test_scores_are_one_a_sentence(snapshot: Snapshot) -> None:
    one = snapshot.documents[0]
    assert salience(one, sentence_vectors(snapshot, 0)).shape == (len(one.sentences),)
