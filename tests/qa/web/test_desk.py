"""What a person brings to a conversation: asked, kept apart, gone with it; old answers stay readable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index import Encoder, build_index, combine, read_text
from qa import Engine, QuestionError, Settings
from qa.errors import BadRequest, DocumentGone
from qa.web.actions import Action, read_action
from qa.web.conversation import question_of
from qa.web.desk import INDEX_CHANGED, NOT_HERE, OWN_GONE, Desk
from qa.web.doing import act
from qa.web.scope import LOST
from qa.web.session import Session, ask, resume, settle
from qa.web.shelving import library_view
from qa.web.store import Store
from qa.web.uploads import Held, Original, Uploads
from qa.web.views import desk_view, sent_view
from tests.qa.web.test_documents import Clock
from tests.texts import REPORT

NOTICE = (
    "关于做好春季农业生产的通知\n各乡镇：\n一、抓好春耕备耕。各村要在三月底前完成整地。\n二、抓好农资供应。\n"
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "s.sqlite3")


@pytest.fixture
def uploads() -> Uploads:
    return Uploads(clock=Clock())


def brought(uploads: Uploads, encoder: Encoder, text: str = REPORT) -> tuple[Held, str]:
    return uploads.add(build_index([read_text(text)], encoder=encoder))


def do(session: Session, store: Store, engine: Engine, kind: str, *names: str) -> None:
    act(session, store, engine, Action(kind, names=names), 0)  # type: ignore[arg-type]


def asked(session: Session, store: Store, engine: Engine, question: str) -> str:
    ask(session, question)
    settle(session, store, engine, lambda: True)
    shown = session.shown(session.turns[-1], engine)
    return str(shown.data.get("error") or "".join(p.text for p in shown.answer.points if shown.answer))  # type: ignore[union-attr]


def later(store: Store, engine: Engine, identity: str | None, uploads: Uploads) -> Session:
    session = Session(desk=Desk(uploads=uploads))
    assert identity
    resume(session, store, identity, {d.document.id for d in engine.snapshot.documents})
    return session


def test_what_was_brought_is_asked_and_comes_back_with_its_conversation(
    store: Store, engine: Engine, encoder: Encoder, uploads: Uploads
) -> None:
    session = Session(desk=Desk(uploads=uploads))
    held, token = brought(uploads, encoder)
    do(session, store, engine, "brought", token)
    assert session.desk.scope == (held.indexed.document.id,)
    assert "三月底前" in asked(session, store, engine, "各村要在什么时候完成春耕备耕")
    row = session.turns[-1]
    assert question_of(row).own and session.shown(row, engine).remark is None
    again = later(store, engine, session.identity, uploads)
    assert again.desk.scope == session.desk.scope
    assert again.shown(again.turns[0], engine).remark is None
    elsewhere = Session(desk=Desk(uploads=uploads))
    with pytest.raises(DocumentGone, match="另一个对话"):
        do(elsewhere, store, engine, "brought", token)
    shared = later(store, engine, store.share(str(session.identity)), uploads)
    assert shared.desk.own == [] and shared.copy
    assert "现在已删除或到期" in str(shared.shown(shared.turns[0], engine).remark)
    do(shared, store, engine, "brought", token)  # who only reads brings nothing
    assert shared.desk.own == []


def test_two_windows_on_one_conversation_have_both(
    store: Store, engine: Engine, encoder: Encoder, uploads: Uploads
) -> None:
    one = Session(desk=Desk(uploads=uploads))
    asked(one, store, engine, "口岸今年有哪些成绩")
    two = later(store, engine, one.identity, uploads)
    do(one, store, engine, "brought", brought(uploads, encoder)[1])
    asked(one, store, engine, "各村要在什么时候完成春耕备耕")
    settle(two, store, engine, lambda: True)
    assert [two.shown(row, engine).remark for row in two.turns] == [None, None]
    assert two.desk.own == one.desk.own and two.desk.scope == ()


def test_it_goes_with_the_conversation(
    store: Store, engine: Engine, encoder: Encoder, uploads: Uploads
) -> None:
    session = Session(desk=Desk(uploads=uploads))
    held, token = brought(uploads, encoder)
    do(session, store, engine, "brought", token)
    words = asked(session, store, engine, "各村要在什么时候完成春耕备耕")
    identity = session.identity
    session.forget()
    assert uploads.those([held.id]) == [] and session.desk.scope == ()
    old = later(store, engine, identity, uploads)
    assert old.notice == OWN_GONE
    shown = old.shown(old.turns[0], engine)
    assert shown.answer and shown.answer.points[0].text in words
    assert not shown.opens and "只留在当时的对话里" in str(shown.remark)
    act(old, store, engine, Action("again"), old.turns[0].number)  # then it is asked of what there is
    settle(old, store, engine, lambda: True)
    assert old.shown(old.turns[0], engine).data["snapshot"] == engine.snapshot.id


def test_the_browser_is_told_when_an_original_goes(encoder: Encoder) -> None:
    uploads = Uploads(clock=Clock(), originals=30)
    desk = Desk(uploads=uploads)
    whole, _ = uploads.add(
        build_index([read_text(REPORT)], encoder=encoder), original=Original("甲.pdf", "pdf", b"%PDF" * 5)
    )
    desk.brought[whole.id] = (whole.indexed.document.id, "甲")
    indexed = whole.indexed
    before = sent_view(indexed, 0, desk.held(indexed))
    assert before[2] and before[2].endswith(whole.key)
    uploads.add(
        build_index([read_text(NOTICE)], encoder=encoder), original=Original("乙.pdf", "pdf", b"%PDF" * 5)
    )
    assert sent_view(indexed, 0, desk.held(indexed)) == (*before[:2], None)


def test_it_goes_when_its_time_is_over(
    store: Store, engine: Engine, encoder: Encoder, uploads: Uploads
) -> None:
    session = Session(desk=Desk(uploads=uploads))
    do(session, store, engine, "brought", brought(uploads, encoder)[1])
    assert session.desk.expire() == ""
    uploads.clock.now += 60 * uploads.minutes  # type: ignore[attr-defined]
    assert asked(session, store, engine, "各村要在什么时候完成春耕备耕") == LOST
    assert "《在全镇工作会议上的讲话》很久没有用到" in session.desk.expire()
    assert session.desk.scope == () and session.desk.brought == {}
    assert session.desk.expire() == ""


def test_several_are_asked_together(store: Store, engine: Engine, encoder: Encoder, uploads: Uploads) -> None:
    session = Session(desk=Desk(uploads=uploads))
    (one, first), (two, second) = brought(uploads, encoder), brought(uploads, encoder, NOTICE)
    do(session, store, engine, "brought", first)
    do(session, store, engine, "brought", first, second)  # the page repeats what it has not seen taken
    ids = [held.indexed.document.id for held in (one, two)]
    assert list(session.desk.scope) == ids
    assert "整地" in asked(session, store, engine, "各村要在什么时候完成整地")
    index_document = engine.snapshot.documents[0].document.id
    do(session, store, engine, "scope", index_document, *ids)
    view = desk_view(session.desk.library(engine).values(), dict.fromkeys(ids, ("略去",)), session.desk.scope)
    assert view["all"] and [d["own"] for d in view["documents"]] == [True, True, False]
    asked(session, store, engine, "粮食生产有哪些要求")
    documents = {p.document.id for p in session.shown(session.turns[-1], engine).answer.passages}  # type: ignore[union-attr]
    assert len(documents) > 1
    do(session, store, engine, "scope", index_document)
    assert session.desk.scope == ()  # all of the index
    do(session, store, engine, "scope", ids[1])
    do(session, store, engine, "remove", ids[1])
    assert session.desk.scope == () and uploads.those([two.id]) == []
    with pytest.raises(BadRequest, match=NOT_HERE):
        do(session, store, engine, "scope", ids[1])
    assert session.shown(session.turns[0], engine).remark  # its source is gone
    again = later(store, engine, session.identity, uploads)
    assert again.notice in (OWN_GONE, INDEX_CHANGED)


def test_what_is_there_already_is_not_taken_twice(
    store: Store, engine: Engine, encoder: Encoder, uploads: Uploads
) -> None:
    session = Session(desk=Desk(uploads=uploads))
    same = uploads.add(build_index([engine.snapshot.documents[0].document], encoder=encoder))
    do(session, store, engine, "brought", same[1])
    assert "已经在这里" in session.notice
    assert session.desk.own == [] and uploads.those([same[0].id]) == []
    assert "口岸" in asked(session, store, engine, "口岸今年有哪些成绩")


def test_no_verdict_is_kept_on_what_was_brought(
    store: Store, engine: Engine, encoder: Encoder, uploads: Uploads
) -> None:
    session = Session(desk=Desk(uploads=uploads))
    do(session, store, engine, "brought", brought(uploads, encoder)[1])
    asked(session, store, engine, "各村要在什么时候完成春耕备耕")
    with pytest.raises(BadRequest, match="不能评价"):
        act(session, store, engine, Action("feedback", verdict="up"), session.turns[-1].number)


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "scope"},
        {"type": "scope", "documents": "x"},
        {"type": "scope", "documents": [1]},
        {"type": "scope", "documents": ["x" * 100]},
        {"type": "brought", "tokens": ["x"] * 501},
        {"type": "remove", "document": None},
        {"type": "remove", "document": ["x"]},
    ],
)
def test_actions_that_the_page_does_not_send(raw: object) -> None:
    with pytest.raises(QuestionError, match="看不懂"):
        read_action(raw, 100)


def test_what_went_into_the_library_is_asked_there_and_what_went_out_is_not(
    store: Store, engine: Engine, encoder: Encoder, uploads: Uploads
) -> None:
    held, token = brought(uploads, encoder)
    mine = held.indexed.document.id
    session = Session(desk=Desk(uploads=uploads))
    do(session, store, engine, "brought", token)
    assert session.desk.scope == (mine,)
    both = [engine.snapshot, held.snapshot]
    joined = combine([(one, frozenset(d.document.id for d in one.documents)) for one in both])
    more = Engine(joined, engine.encoder, engine.settings, engine.reranker)
    do(session, store, more, "shelved", mine)
    assert (session.desk.scope, session.desk.own, uploads.amount()[0]) == ((mine,), [], 0)
    assert "三月底前" in asked(session, store, more, "各村要在什么时候完成春耕备耕")
    do(session, store, engine, "shelved", mine)  # out again
    assert session.desk.scope == ()


ALL = frozenset(["ask", "feedback", "documents", "admin"])


def test_the_page_is_told_what_it_writes_in_the_library_with(encoder: Encoder, uploads: Uploads) -> None:
    held, _ = uploads.add(
        build_index([read_text(REPORT)], encoder=encoder), (), Original("一.txt", "text", b"x")
    )
    desk = Desk(uploads=uploads)
    desk.brought[held.id] = (held.indexed.document.id, "")
    here = Settings(index="库", library_writing="local")
    originals = {held.indexed.document.id: {"name": "一.txt", "address": f"api/v1/originals/{held.key}"}}
    assert library_view(here, desk, {}, ALL) == {"keyed": False, "originals": originals}
    assert library_view(here, desk, {"x-forwarded-for": "10.0.0.1"}, ALL) is None
    assert library_view(here, desk, {"x-real-ip": "10.0.0.1"}, ALL) is None
    assert library_view(replace(here, hosts="qa.example"), desk, {}, ALL) is None
    assert library_view(here, desk, {}, frozenset(["ask"])) is None  # the API would refuse it
    assert library_view(replace(here, host="0.0.0.0"), desk, {}, ALL) is None
    assert library_view(replace(here, library_writing="off"), desk, {}, ALL) is None
    assert library_view(replace(here, index=""), desk, {}, ALL) is None
    keyed = library_view(
        replace(here, library_writing="on", host="0.0.0.0"), Desk(), {"forwarded": "for=x"}, ALL
    )
    assert keyed == {"keyed": True, "originals": {}}
