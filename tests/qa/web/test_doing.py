"""What a person did, beside asking: another conversation, some forgotten, the text sent again."""

from pathlib import Path

import pytest

from qa import Engine
from qa.errors import ConversationGone
from qa.web.actions import Action
from qa.web.conversation import question_of
from qa.web.doing import act
from qa.web.session import Session, ask, settle
from qa.web.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "s.sqlite3")


def asked(session: Session, store: Store, engine: Engine, question: str) -> str:
    ask(session, question)
    settle(session, store, engine, lambda: True)
    return str(session.identity)


def questions(session: Session) -> list[str]:
    return [question_of(row).question for row in session.turns]


def test_turning_to_another_conversation_and_to_none(store: Store, engine: Engine) -> None:
    session = Session()
    first = asked(session, store, engine, "口岸有哪些成绩")
    act(session, store, engine, Action("resume"), 0)
    assert (session.identity, session.turns, session.turned) == (None, (), 1)
    second = asked(session, store, engine, "讲话主体分几大部分")
    act(session, store, engine, Action("resume", names=(first,)), 0)
    assert (session.identity, questions(session)) == (first, ["口岸有哪些成绩"])
    act(session, store, engine, Action("resume", names=(store.share(second),)), 0)
    assert session.identity is None and session.copy
    act(session, store, engine, Action("resume", names=("nowhere",)), 0)
    assert (session.identity, session.copy, session.gone) == (None, None, ("nowhere",))
    assert "没有找到" in session.notice


def test_forgetting_deletes_and_leaves_the_one_at_hand(store: Store, engine: Engine) -> None:
    session = Session()
    first = asked(session, store, engine, "口岸有哪些成绩")
    act(session, store, engine, Action("resume"), 0)
    second = asked(session, store, engine, "讲话主体分几大部分")
    copy = store.share(second)
    act(session, store, engine, Action("forget", names=(first, "nowhere")), 0)
    assert questions(session) == ["讲话主体分几大部分"]
    with pytest.raises(ConversationGone):
        store.load(first)
    act(session, store, engine, Action("forget", names=(copy,)), 0)  # a copy is nobody's to delete
    assert store.load(second).rows and store.load(copy).rows
    act(session, store, engine, Action("forget", names=(second,)), 0)
    assert session.identity is None and not session.turns


def test_the_text_is_sent_again_where_the_browser_lacks_it(store: Store, engine: Engine) -> None:
    session = Session(sent=("abc", 0, None))
    act(session, store, engine, Action("need"), 0)
    assert session.sent is None
