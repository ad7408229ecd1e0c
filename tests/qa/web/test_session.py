"""What one tab holds and what happens to it; two of them on one store; a store that fails; an index that changes."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from index import Encoder, build_index, read_text
from qa import Engine, QuestionError, Settings, to_json
from qa.errors import BadRequest, ConversationChanged, ConversationGone, StoreFull
from qa.web.actions import Action, Place, read_action
from qa.web.conversation import Asked, Row, question_of
from qa.web.desk import Desk
from qa.web.doing import act
from qa.web.kept import DAMAGED, EARLIER, EARLIER_NOT_FOUND, NOT_KEPT, UNTRUE
from qa.web.noting import Noted
from qa.web.session import Session, ask, leaning, resume, settle
from qa.web.store import ROWS, Limits, Store
from qa.web.watching import Left
from tests.long import scaled
from tests.qa.web.test_actions import anything
from tests.texts import REPORT, SPEECH


def here() -> bool:
    return True


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "s.sqlite3")


def asked(session: Session, store: Store, engine: Engine, *questions: str) -> Session:
    for question in questions:
        ask(session, question)
        settle(session, store, engine, here)
    return session


def opened(store: Store, engine: Engine, identity: str | None) -> Session:
    session = Session()
    assert identity
    resume(session, store, identity, {d.document.id for d in engine.snapshot.documents})
    settle(session, store, engine, here)
    return session


def done(session: Session, store: Store, engine: Engine, action: Action, place: int = -1) -> None:
    act(session, store, engine, action, session.turns[place].number)
    settle(session, store, engine, here)


def questions(session: Session) -> list[str]:
    return [question_of(row).question for row in session.turns]


def test_a_turn_leans_on_those_before_and_comes_back_as_it_was(store: Store, engine: Engine) -> None:
    one = asked(Session(), store, engine, "讲话主体分几大部分", "那第二个呢")
    shown = [one.shown(row, engine).data for row in one.turns]
    assert shown[1] == to_json(engine.ask("那第二个呢", history=["讲话主体分几大部分"]))
    assert not one.notice
    again = opened(store, engine, one.identity)
    assert [again.shown(row, engine).data for row in again.turns] == shown
    assert all(again.shown(row, engine).remark is None for row in again.turns)


def test_two_tabs_both_keep_their_turns_and_see_each_others(store: Store, engine: Engine) -> None:
    one = asked(Session(), store, engine, "口岸有哪些成绩")
    two = opened(store, engine, one.identity)
    asked(one, store, engine, "粮食呢")
    asked(two, store, engine, "农业有哪些要求")
    assert questions(two) == ["口岸有哪些成绩", "粮食呢", "农业有哪些要求"]
    settle(one, store, engine, here)
    assert questions(one) == questions(two) == questions(opened(store, engine, one.identity))


def test_a_change_meets_another(store: Store, engine: Engine) -> None:
    one = asked(Session(), store, engine, "粮食有哪些情况")
    two = opened(store, engine, one.identity)
    done(one, store, engine, Action("narrow", facet="goal"))
    act(two, store, engine, Action("narrow", facet="requirement"), two.turns[-1].number)
    ask(two, "农业呢")
    settle(two, store, engine, here)
    assert "已在别的窗口里改过" in two.notice
    assert [question_of(row).facet for row in two.turns] == ["goal", None]
    assert questions(two) == ["粮食有哪些情况", "农业呢"]
    with pytest.raises(ConversationChanged, match="请再试一次"):
        act(two, store, engine, Action("literal"), 1)


def test_the_same_change_at_the_same_moment(store: Store, engine: Engine) -> None:
    one = asked(Session(), store, engine, "粮食有哪些情况")
    two = opened(store, engine, one.identity)
    act(two, store, engine, Action("edit", question="农业呢"), two.turns[-1].number)
    late, load = iter([True]), store.load

    def first(*given: object) -> object:  # between the other tab's look and its write
        kept = load(*given)  # type: ignore[arg-type]
        if next(late, False):
            done(one, Store(store.path), engine, Action("narrow", facet="goal"))
        return kept

    store.load = first  # type: ignore[method-assign, assignment]
    settle(two, store, engine, here)
    assert [question_of(row).facet for row in two.turns] == ["goal"]
    assert "已在别的窗口里改过" in two.notice


def test_deleted_elsewhere_stays_deleted(store: Store, engine: Engine) -> None:
    one = asked(Session(), store, engine, "讲话主体分几大部分")
    two = opened(store, engine, one.identity)
    store.delete(str(one.identity))
    ask(two, "那第二个呢")
    settle(two, store, engine, here)
    assert questions(two) == ["那第二个呢"]  # the new question only
    assert two.shown(two.turns[0], engine).data == to_json(
        engine.ask("那第二个呢")
    )  # leans on nothing deleted
    assert two.identity not in (None, one.identity)
    assert two.notice == "这个对话已删除。你的新问题另起一个对话。"
    with pytest.raises(ConversationGone):
        store.load(str(one.identity))
    settle(one, store, engine, here)
    assert (one.turns, one.identity, one.notice) == ((), None, "这个对话已删除。")


def test_deleted_between_look_and_write(store: Store, engine: Engine) -> None:
    one = asked(Session(), store, engine, "讲话主体分几大部分")
    late, load = iter([True]), store.load

    def first(*given: object) -> object:
        kept = load(*given)  # type: ignore[arg-type]
        if next(late, False):
            Store(store.path).delete(str(one.identity))
        return kept

    gone = one.identity
    store.load = first  # type: ignore[method-assign, assignment]
    asked(one, store, engine, "那第二个呢")
    assert questions(one) == ["那第二个呢"] and one.identity != gone
    assert one.shown(one.turns[0], engine).data == to_json(engine.ask("那第二个呢"))


def test_a_reader_goes_on_in_a_conversation_of_ones_own(store: Store, engine: Engine) -> None:
    mine = asked(Session(), store, engine, "讲话主体分几大部分", "口岸有哪些成绩")
    link = store.share(str(mine.identity))
    reader = opened(store, engine, link)
    assert (reader.copy, reader.identity) == (link, None)
    done(reader, store, engine, Action("narrow", facet="goal"))
    assert reader.copy is None and reader.identity not in (None, mine.identity, link)
    assert question_of(reader.turns[1]).facet == "goal"
    asked(reader, store, engine, "粮食呢")
    assert len(opened(store, engine, link).turns) == len(opened(store, engine, mine.identity).turns) == 2
    late = opened(store, engine, link)
    store.delete(str(mine.identity))
    asked(late, store, engine, "农业呢")
    assert questions(late) == ["农业呢"]  # nothing of what was deleted is kept anew
    assert questions(opened(store, engine, reader.identity)) == [
        "讲话主体分几大部分",
        "口岸有哪些成绩",
        "粮食呢",
    ]


def test_a_refused_question_does_not_block_the_next(store: Store, encoder: Encoder) -> None:
    two = build_index([read_text(SPEECH), read_text(REPORT)], encoder=encoder)
    engine = Engine(two, encoder, Settings())
    session = asked(Session(), store, engine, "口岸有哪些成绩", "长" * 1001)
    assert "error" in session.shown(session.turns[1], engine).data
    for _ in range(3):
        asked(session, store, engine, "粮食工作有哪些要求", "农业有哪些成绩", "幼儿园建几所")
    assert all("error" not in session.shown(row, engine).data for row in session.turns[2:])
    assert leaning(session, engine, session.turns[2]) == ["口岸有哪些成绩"]
    again = opened(store, engine, session.identity)
    assert leaning(again, engine, again.turns[2]) == ["口岸有哪些成绩"]
    assert len(leaning(again, engine, again.turns[-1])) == 9


def test_a_literal_turn_starts_anew(store: Store, engine: Engine) -> None:
    session = asked(Session(), store, engine, "讲话主体分几大部分", "那第二个呢", "口岸有哪些成绩")
    done(session, store, engine, Action("literal"), 1)
    turns = session.turns
    assert questions(session) == ["讲话主体分几大部分", "那第二个呢", "口岸有哪些成绩"]
    assert session.shown(turns[1], engine).data == to_json(engine.ask("那第二个呢"))
    assert leaning(session, engine, turns[1]) == []
    assert leaning(session, engine, turns[2]) == ["那第二个呢"]


def test_editing_asks_anew_in_the_question_s_place(store: Store, engine: Engine) -> None:
    session = asked(Session(), store, engine, "口岸有哪些成绩", "粮食呢")
    done(session, store, engine, Action("literal"))
    done(session, store, engine, Action("edit", question="农业呢"))
    assert questions(session) == ["口岸有哪些成绩", "农业呢"]
    assert not question_of(session.turns[1]).literal
    data = session.shown(session.turns[1], engine).data
    assert data == to_json(engine.ask("农业呢", history=["口岸有哪些成绩"]))
    assert questions(opened(store, engine, session.identity)) == ["口岸有哪些成绩", "农业呢"]


def test_another_index(store: Store, engine: Engine, encoder: Encoder) -> None:
    answered, nothing = "口岸有哪些成绩", "孙吴县的机场什么时候通航"
    session = asked(Session(), store, engine, answered, nothing)
    link = store.share(str(session.identity))
    more = Engine(build_index([read_text(SPEECH), read_text(REPORT)], encoder=encoder), encoder, Settings())
    later = opened(store, more, link)
    assert [later.shown(row, more).remark for row in later.turns] == [EARLIER, EARLIER_NOT_FOUND]
    assert all(later.shown(row, more).opens for row in later.turns)
    other = Engine(build_index([read_text(REPORT)], encoder=encoder), encoder, Settings())
    gone = opened(store, other, link)
    shown = [gone.shown(row, other) for row in gone.turns]
    title = engine.snapshot.documents[0].document.title
    assert f"出自《{title}》，现在的索引里已没有这份原文" in str(shown[0].remark)
    assert shown[0].data == session.shown(session.turns[0], engine).data  # what was said then, nothing else
    assert not any(one.opens or one.leads for one in shown)
    asked(gone, store, other, "粮食生产有哪些要求")
    assert leaning(gone, other, gone.turns[-1]) == []
    done(gone, store, other, Action("again"), 0)
    anew = gone.shown(gone.turns[0], other)
    assert (anew.remark, anew.data["snapshot"]) == (None, other.snapshot.id)
    assert "粮食生产有哪些要求" in questions(gone)


def test_a_document_that_is_gone_is_not_replaced_without_a_word(
    store: Store, engine: Engine, encoder: Encoder
) -> None:
    session = Session(desk=Desk(document=engine.snapshot.documents[0].document.id))
    asked(session, store, engine, "口岸有哪些成绩")
    assert opened(store, engine, session.identity).desk.document == session.desk.document
    other = Engine(build_index([read_text(REPORT)], encoder=encoder), encoder, Settings())
    later = Session()
    resume(later, store, str(session.identity), {other.snapshot.documents[0].document.id})
    assert later.desk.document is None
    assert "它已不在现在的索引里" in later.notice
    done(later, store, other, Action("again"))
    assert later.shown(later.turns[0], other).data["snapshot"] == other.snapshot.id


def test_what_was_not_kept_or_is_damaged_is_said(store: Store, engine: Engine) -> None:
    good = to_json(engine.ask("口岸有哪些成绩"))
    session = asked(Session(), store, engine, "口岸有哪些成绩")
    text = str(session.turns[0].answer)
    lie = text.replace(good["points"][0]["text"], "长" * len(good["points"][0]["text"]))
    for answer, remark in (
        (None, NOT_KEPT),
        ("{", DAMAGED),
        ("[3]", DAMAGED),
        ("[" * 100_000, DAMAGED),
        (text.replace('"kind"', '"kin"'), DAMAGED),
        (lie, UNTRUE),
    ):
        identity, _ = store.append(None, [Row(-1, Asked("口岸有哪些成绩"), answer, None)])
        found = opened(store, engine, identity)
        shown = found.shown(found.turns[0], engine)
        assert (shown.remark, shown.answer, set(shown.data)) == (
            remark,
            None,
            {"id", "question", "standalone"},
        )
        done(found, store, engine, Action("again"))
        assert found.shown(found.turns[0], engine).data == good


def test_an_answer_too_long_to_keep_is_given_anew(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.web.store.ANSWER", 100)
    session = asked(Session(), store, engine, "口岸有哪些成绩")
    assert store.load(str(session.identity)).rows[0].answer is None
    again = opened(store, engine, session.identity)
    assert again.shown(again.turns[0], engine).data == to_json(engine.ask("口岸有哪些成绩"))


def test_an_old_link_asks_nothing_again(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = asked(Session(), store, engine, "口岸有哪些成绩")
    store.append(
        session.identity, [replace(session.turns[0], number=-n, replaces=None) for n in range(1, 200)]
    )

    def never(*_: object, **__: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(Engine, "ask", never)
    again = opened(store, engine, session.identity)
    assert len(again.turns) == 200
    assert all(again.shown(row, engine).answer for row in again.turns)


def test_it_stops_when_nobody_is_there(store: Store, engine: Engine) -> None:
    session = Session()
    for question in ("口岸有哪些成绩", "粮食呢", "农业呢"):
        ask(session, question)
    looks = iter([True, False])
    with pytest.raises(Left):
        settle(session, store, engine, lambda: next(looks, False))
    assert [row.answer is None for row in session.turns][1:] == [True, True]
    assert session.identity is None


def test_a_tab_that_closes_while_it_is_answered_is_no_error(store: Store, engine: Engine) -> None:
    session, seen = Session(), list[BaseException]()

    @contextmanager
    def noting(door: str, question: str, request: str | None = None) -> Iterator[Noted]:
        try:
            yield Noted("r1")
        except BaseException as error:
            seen.append(error)
            raise

    ask(session, "口岸有哪些成绩")
    looks = iter([True, True])
    with pytest.raises(Left):
        settle(session, store, engine, lambda: next(looks, False), noting)
    assert [type(error) for error in seen] == [Left]


def test_a_store_that_fails_stops_no_answer_and_catches_up(engine: Engine, tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3", Limits(bytes=2_000_000))
    store.path.mkdir()
    session = asked(Session(), store, engine, "口岸有哪些成绩")
    assert "用不了" in session.notice and session.shown(session.turns[0], engine).answer
    done(session, store, engine, Action("narrow", facet="goal"))
    store.path.rmdir()
    asked(session, store, engine, "粮食呢")
    again = opened(store, engine, session.identity)
    assert questions(again) == ["口岸有哪些成绩", "粮食呢"]
    assert question_of(again.turns[0]).facet == "goal"


def test_a_full_store_is_told(engine: Engine, tmp_path: Path) -> None:
    session = asked(Session(), Store(tmp_path / "s", Limits(bytes=1000)), engine, "口岸有哪些成绩")
    assert "没有存下" in session.notice
    assert session.shown(session.turns[0], engine).answer


def test_a_conversation_has_an_end(store: Store, engine: Engine) -> None:
    session = asked(Session(), store, engine, "口岸有哪些成绩")
    session.rows = session.rows * ROWS
    with pytest.raises(StoreFull, match="请点“新对话”接着问"):
        ask(session, "粮食呢")
    assert session.draft == "粮食呢"
    with pytest.raises(StoreFull):
        act(session, store, engine, Action("literal"), session.turns[0].number)


def test_a_verdict_counts_once(store: Store, engine: Engine) -> None:
    session = asked(Session(), store, engine, "口岸有哪些成绩", "粮食呢")
    for _ in range(5):
        done(session, store, engine, Action("feedback", verdict="up"))
    (record,) = store.feedback()
    assert (record["question"], record["history"]) == ("粮食呢", ["口岸有哪些成绩"])


def test_places_that_are_not_in_the_index(store: Store, engine: Engine) -> None:
    session = Session()
    here = engine.snapshot.documents[0].document.id
    act(session, store, engine, Action("open", place=Place(here, 3, 9)), 0)
    assert session.opened == Place(here, 3, 9)
    with pytest.raises(BadRequest, match="这份原文不在现在的索引里"):
        act(session, store, engine, Action("open", place=Place("gone", 3, 9)), 0)


def test_any_action_at_any_time(store: Store, engine: Engine) -> None:
    """Two tabs and a reader of one conversation, actions of any shape: nothing but our errors, and the log holds."""
    chance = random.Random(7)
    mine = asked(Session(), store, engine, "口岸有哪些成绩", "粮食呢")
    tabs = [
        mine,
        opened(store, engine, mine.identity),
        opened(store, engine, store.share(str(mine.identity))),
    ]
    for _ in range(scaled(150, 4000)):
        tab = chance.choice(tabs)
        raw = anything(chance)
        if isinstance(raw, dict) and chance.random() < 0.7:
            raw["type"] = chance.choice(["ask", "literal", "narrow", "edit", "again", "feedback", "open"])
            raw["question"] = chance.choice(["粮食呢", "农业有哪些要求", "那第二个呢"])
            raw["facet"] = chance.choice([None, "goal", "achievement"])
        number = chance.choice([row.number for row in tab.rows] or [0])
        try:
            act(tab, store, engine, read_action(raw, engine.settings.question_limit), number)
        except QuestionError as error:
            assert "\n" not in str(error)
            if isinstance(error, StoreFull):
                tab.forget()
        settle(tab, store, engine, here)
        assert all(row.answer for row in tab.turns)
        assert tab.identity is None or tab.copy is None
    own = {tab.identity for tab in tabs if tab.identity}
    for tab in tabs:
        settle(tab, store, engine, here)
        if tab.identity:
            assert questions(opened(store, engine, tab.identity)) == questions(tab)
    assert own
