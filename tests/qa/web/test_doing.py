"""What a person did, beside asking: another conversation, some forgotten, the text sent again."""

from pathlib import Path

import pytest

from index import Encoder, build_index, read_text
from qa import Engine
from qa.errors import ConversationGone, StoreUnusable
from qa.web.actions import Action
from qa.web.conversation import question_of
from qa.web.desk import Desk
from qa.web.doing import act
from qa.web.session import Session, ask, settle
from qa.web.store import Kept, Store
from qa.web.uploads import Uploads
from tests.texts import REPORT


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


class Failing(Store):
    """A store whose disk fails after so many further uses."""

    left = 0

    def load(self, identity: str, after: int = 0) -> Kept:
        if self.left <= 0:
            raise StoreUnusable("对话记录用不了：磁盘出错。")
        return super().load(identity, after)

    def delete(self, identity: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise StoreUnusable("对话记录用不了：磁盘出错。")
        super().delete(identity)


def test_a_disk_that_fails_is_no_conversation_that_is_gone(tmp_path: Path, engine: Engine) -> None:
    store = Failing(tmp_path / "s.sqlite3")
    store.left = 9
    session = Session()
    first = asked(session, store, engine, "口岸有哪些成绩")
    act(session, store, engine, Action("resume"), 0)
    second = asked(session, store, engine, "讲话主体分几大部分")
    store.left = 0
    act(session, store, engine, Action("resume", names=(first,)), 0)
    assert (session.identity, session.gone, session.turned) == (second, (), 2)
    assert questions(session) == ["讲话主体分几大部分"] and "磁盘出错" in session.notice
    store.left = 1
    act(session, store, engine, Action("forget", names=(first, second)), 0)
    assert session.gone == (first,)  # the browser keeps the name of the other
    assert session.identity == second and "磁盘出错" in session.notice


def test_what_was_brought_goes_with_its_conversation(store: Store, engine: Engine, encoder: Encoder) -> None:
    uploads = Uploads()
    session = Session(desk=Desk(uploads=uploads))

    def bring() -> str:
        held, token = uploads.add(build_index([read_text(REPORT)], encoder=encoder))
        act(session, store, engine, Action("brought", names=(token,)), 0)
        return held.id

    kept = bring()
    first = asked(session, store, engine, "各村要在什么时候完成春耕备耕")
    act(session, store, engine, Action("resume"), 0)
    assert uploads.those([kept])  # it waits for whoever comes back to it
    nameless = bring()
    act(session, store, engine, Action("resume"), 0)
    assert not uploads.those([nameless])  # nobody could come back to this one
    act(session, store, engine, Action("forget", names=(first,)), 0)
    assert not uploads.those([kept])


def test_a_conversation_that_is_at_hand_stays_as_it_is(store: Store, engine: Engine) -> None:
    session = Session()
    first = asked(session, store, engine, "口岸有哪些成绩")
    ask(session, "粮食呢")
    act(session, store, engine, Action("resume", names=(first,)), 0)
    assert questions(session) == ["口岸有哪些成绩", "粮食呢"] and session.turned == 1
