"""A conversation: a log of rows, and the turns that follow from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Facet
from qa import QuestionError
from qa.web.conversation import Asked, Row, dump, entered, load, narrowed, question_of, turns_of


def row(number: int, question: str | None, replaces: int | None = None) -> Row:
    return Row(number, Asked(question) if question else None, replaces=replaces)


def standing(*rows: Row) -> list[str]:
    return [question_of(turn).question for turn in turns_of(rows)]


def test_turns_follow_from_the_log() -> None:
    assert standing(row(1, "甲"), row(2, "乙")) == ["甲", "乙"]
    assert standing(row(1, "甲"), row(2, "乙"), row(3, "丙", 1)) == ["丙", "乙"]
    assert standing(row(1, "甲"), row(2, "乙"), row(3, None, 2)) == ["甲"]
    assert standing(row(1, "甲"), row(2, "乙", 1), row(3, "丙", 2), row(4, None, 3)) == []
    assert standing(row(1, "甲"), row(-1, "乙"), row(-2, "丙", -1)) == ["甲", "丙"]


def test_of_two_changes_the_first_counts() -> None:
    assert standing(row(1, "甲"), row(2, "先", 1), row(3, "后", 1)) == ["先"]
    assert standing(row(1, "甲"), row(2, None, 1), row(3, "后", 1)) == []
    assert standing(row(1, "甲"), row(2, "无", 9)) == ["甲"]


rows = st.lists(
    st.tuples(st.none() | st.text(min_size=1, max_size=2), st.none() | st.integers(1, 12)), max_size=12
)


@given(rows)
def test_a_log_grows_without_losing_what_stands(made: list[tuple[str | None, int | None]]) -> None:
    log = [row(n, question, replaces) for n, (question, replaces) in enumerate(made, 1)]
    for length in range(len(log)):
        before, after = turns_of(log[:length]), turns_of(log[: length + 1])
        new = log[length]
        assert set(before) - set(after) <= {r for r in before if r.number == new.replaces}


asked = st.builds(
    Asked,
    st.text(st.characters(exclude_categories=["Cs"])),
    st.none() | st.sampled_from(Facet),
    st.booleans(),
    st.none() | st.text(),
)


@given(asked)
def test_what_is_kept_comes_back(question: Asked) -> None:
    assert load(dump(question)) == question


json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.text() | st.none() | st.integers() | st.binary())
def test_what_is_damaged_is_none(text: object) -> None:
    assert load(text) is None or isinstance(load(text), Asked)


def test_broken_records() -> None:
    for text in ("[", "3", "{}", '{"question": 3}', "[" * 100_000, b"\xff", None):
        assert load(text) is None
    assert load('{"question": "问", "facet": ["x"], "document": 3, "literal": 1}') == Asked("问")
    assert load('{"question": "\\ud800"}') == Asked("\ufffd")


def test_a_question_is_bounded_where_it_comes_in() -> None:
    assert entered("问\ud800" + "长" * 8, 10) == "问\ufffd" + "长" * 8
    with pytest.raises(QuestionError, match="问题太长：最多 10 字，实际 11 字"):
        entered("长" * 11, 10)
    with pytest.raises(QuestionError, match="没有问题"):
        entered(" \n", 10)


def test_narrowing() -> None:
    assert narrowed(Asked("粮食"), "requirement").facet is Facet.REQUIREMENT
    assert narrowed(Asked("粮食", Facet.GOAL), None).facet is None
