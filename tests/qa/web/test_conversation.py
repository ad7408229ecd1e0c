"""A conversation as the page holds it."""

from hypothesis import given
from hypothesis import strategies as st

from index import Facet
from qa import Engine, QuestionError, to_json
from qa.types import Answer
from qa.web.conversation import (
    TURNS,
    Asked,
    answer_turn,
    drawn,
    dump,
    history_before,
    load,
    narrowed,
    taken_literally,
)

TURNS_ASKED = (Asked("讲话主体分几大部分"), Asked("那第二个呢"), Asked("口岸有哪些成绩"))


def test_a_turn_leans_on_those_before(engine: Engine) -> None:
    found = answer_turn(engine, TURNS_ASKED, 1)
    assert found == engine.ask("那第二个呢", history=["讲话主体分几大部分"])


def test_a_literal_turn_starts_anew() -> None:
    turns = taken_literally(TURNS_ASKED, 1)
    assert history_before(turns, 1) == []
    assert history_before(turns, 2) == ["那第二个呢"]
    assert history_before(TURNS_ASKED, 2) == ["讲话主体分几大部分", "那第二个呢"]


def test_narrowing(engine: Engine) -> None:
    turns = narrowed((Asked("粮食生产怎么样"),), 0, "requirement")
    found = answer_turn(engine, turns, 0)
    assert isinstance(found, Answer)
    assert found.facet is Facet.REQUIREMENT
    assert narrowed(turns, 0, None)[0].facet is None
    assert narrowed(turns, 0, "<script>")[0].facet is None


def test_an_error_is_drawn_in_the_answers_place(engine: Engine) -> None:
    turn = Asked("长" * 5000)
    found = answer_turn(engine, [turn], 0)
    assert isinstance(found, QuestionError)
    assert "问题太长" in drawn(turn, found)["error"]
    good = answer_turn(engine, TURNS_ASKED, 0)
    assert isinstance(good, Answer)
    assert drawn(TURNS_ASKED[0], good) == to_json(good)


turns = st.builds(Asked, st.text(), st.none() | st.sampled_from(Facet), st.booleans(), st.none() | st.text())


@given(st.lists(turns, max_size=5))
def test_what_is_kept_comes_back(asked: list[Asked]) -> None:
    assert load(dump(asked)) == tuple(asked)


def test_broken_records_are_left_out() -> None:
    assert load({"no": "list"}) == ()
    assert load([1, {}, {"question": 3}, {"question": "问", "facet": "x", "document": 3}]) == (Asked("问"),)
    assert len(load([{"question": "问"}] * (TURNS + 5))) == TURNS
