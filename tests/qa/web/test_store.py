"""Conversations and feedback on disk."""

import json
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa import Engine, Settings, to_json
from qa.cli import main
from qa.errors import ConversationChanged, ConversationGone, StoreFull, StoreUnusable
from qa.evaluation import evaluate, summarise
from qa.web.conversation import Asked, Row, question_of, turns_of
from qa.web.database import default_store, store_path
from qa.web.store import ANSWER, DAY, ROWS, Limits, Store, open_store

FIRST = Row(-1, Asked("口岸有哪些成绩", document="abc"), '{"id": "x"}', "snap")
SECOND = Row(-2, Asked("粮食呢"), '{"id": "y"}', "snap")


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, clock: Clock, said: list[str]) -> Store:
    return Store(tmp_path / "deep" / "conversations.sqlite3", clock=clock, report=said.append)


def questions(store: Store, identity: str) -> list[str]:
    return [question_of(row).question for row in turns_of(store.load(identity).rows)]


def test_kept_and_found_again(store: Store) -> None:
    identity, kept = store.append(None, [FIRST])
    assert len(identity) == 22
    assert [(r.asked, r.answer, r.snapshot) for r in store.load(identity).rows] == [
        (FIRST.asked, FIRST.answer, "snap")
    ]
    assert not store.load(identity).shared
    again, more = store.append(identity, [SECOND])
    assert again == identity
    assert store.load(identity).rows == kept + more
    assert store.load(identity, kept[0].number).rows == more
    with pytest.raises(ConversationGone, match="没有找到"):
        store.load("unknown")
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_two_windows_both_keep_their_turns(store: Store, clock: Clock) -> None:
    identity, kept = store.append(None, [FIRST])
    other = Store(store.path, clock=clock)
    store.append(identity, [SECOND])
    other.append(identity, [Row(-1, Asked("农业呢"))])
    assert questions(store, identity) == questions(other, identity) == ["口岸有哪些成绩", "粮食呢", "农业呢"]
    changed = Row(-1, Asked("口岸有哪些成绩", literal=True), replaces=kept[0].number)
    store.append(identity, [changed])
    with pytest.raises(ConversationChanged):
        other.append(identity, [SECOND, changed])
    assert questions(store, identity) == ["口岸有哪些成绩", "粮食呢", "农业呢"]  # all of a call, or nothing


def test_what_is_deleted_stays_deleted(store: Store, clock: Clock) -> None:
    identity, _ = store.append(None, [FIRST])
    copy = store.share(identity)
    other = Store(store.path, clock=clock)
    assert len(other.load(copy).rows) == 1
    store.delete(identity)
    for there in (identity, copy):
        with pytest.raises(ConversationGone, match="已删除"):
            other.load(there)
    with pytest.raises(ConversationGone, match="已删除"):
        other.append(identity, [SECOND])
    with pytest.raises(ConversationGone, match="已删除"):
        other.fork(copy, [SECOND])
    with pytest.raises(ConversationGone, match="已删除"):
        other.share(identity)
    with pytest.raises(ConversationGone, match="已删除"):
        other.delete(identity)


def test_a_shared_copy_stays_as_it_was_and_is_nobodys_to_write_to(store: Store) -> None:
    identity, _ = store.append(None, [FIRST])
    copy = store.share(identity)
    assert store.share(identity) == copy  # as often as one likes: it takes no room
    store.append(identity, [SECOND])
    assert store.share(identity) != copy
    assert store.load(copy).shared
    assert questions(store, copy) == ["口岸有哪些成绩"]
    for write in (
        lambda: store.append(copy, [SECOND]),
        lambda: store.delete(copy),
        lambda: store.share(copy),
    ):
        with pytest.raises(ConversationGone, match="别人分享的对话"):
            write()
    own, rows = store.fork(copy, [Row(-1, Asked("农业呢"))])
    assert questions(store, own) == ["口岸有哪些成绩", "农业呢"]
    assert [r.number for r in store.load(own).rows] == [r.number for r in rows]
    assert questions(store, copy) == ["口岸有哪些成绩"]
    store.delete(own)
    assert questions(store, identity) == ["口岸有哪些成绩", "粮食呢"]


def test_an_id_is_never_reused(store: Store) -> None:
    identity, kept = store.append(None, [FIRST])
    store.delete(identity)
    _, again = store.append(None, [FIRST])
    assert again[0].number > kept[0].number


def test_conversations_and_feedback_expire(store: Store, clock: Clock) -> None:
    identity, _ = store.append(None, [FIRST])
    copy = store.share(identity)
    store.add_feedback({"id": "a", "snapshot": "s"}, [], "up", "")
    clock.now += 29 * DAY
    assert store.load(copy).rows
    clock.now += 2 * DAY
    for there in (identity, copy):
        with pytest.raises(ConversationGone, match="已过期"):
            store.load(there)
        with pytest.raises(ConversationGone):
            store.append(there, [SECOND])
    store.append(None, [FIRST])
    database = sqlite3.connect(store.path)
    assert database.execute("SELECT count(*) FROM conversations").fetchone() == (1,)
    assert database.execute("SELECT count(*) FROM turns").fetchone() == (1,)
    clock.now += 340 * DAY
    store.append(None, [FIRST])
    assert database.execute("SELECT count(*) FROM feedback").fetchone() == (0,)
    assert list(database.execute("SELECT bytes FROM totals WHERE kind = 'feedback'")) == [(0,)]
    database.close()


def test_a_share_outlives_no_age_but_its_own(store: Store, clock: Clock) -> None:
    identity, _ = store.append(None, [FIRST])
    clock.now += 29 * DAY
    copy = store.share(identity)
    clock.now += 29 * DAY
    assert store.load(copy).rows


def test_the_oldest_go_when_it_is_full_but_none_of_today(
    tmp_path: Path, clock: Clock, said: list[str]
) -> None:
    store = Store(tmp_path / "s.sqlite3", Limits(bytes=400_000), clock=clock, report=said.append)
    long = Row(-1, Asked("问"), json.dumps("长" * 20_000, ensure_ascii=False), "snap")  # 60 kB: three fit
    old = [store.append(None, [long])[0] for _ in range(3)]
    with pytest.raises(StoreFull, match=r"没有存下：对话已占满 .* MB。问答不受影响"):
        store.append(None, [long])
    assert all(store.load(identity).rows for identity in old)
    clock.now += 2 * DAY
    store.append(old[0], [SECOND])  # in use again
    new, _ = store.append(None, [long])
    assert store.load(new).rows and store.load(old[0]).rows and store.load(old[2]).rows
    with pytest.raises(ConversationGone, match="已清理：存储空间满了"):
        store.load(old[1])
    with pytest.raises(ConversationGone, match="已清理"):
        store.append(old[1], [SECOND])
    assert any("清理了 1 个最久未用的对话" in line for line in said)


def test_feedback_is_bounded_and_never_makes_room(tmp_path: Path, clock: Clock) -> None:
    store = Store(tmp_path / "s.sqlite3", Limits(bytes=400_000), clock=clock)
    answer = {"id": "a", "snapshot": "s", "text": "长" * 20_000}
    for _ in range(3):
        store.add_feedback(answer, [], "up", "")
    clock.now += 100 * DAY
    with pytest.raises(StoreFull, match="反馈已占满"):
        store.add_feedback(answer, [], "up", "")
    store.append(None, [FIRST])  # conversations have their own half
    clock.now += 300 * DAY
    store.append(None, [FIRST])  # sweeps what has reached its age
    store.add_feedback(answer, [], "up", "")
    history = [f"第{n}问" for n in range(200)]
    store.add_feedback({"id": "b", "snapshot": "s"}, history, "up", "")
    database = sqlite3.connect(store.path)
    kept = database.execute("SELECT history FROM feedback ORDER BY number DESC").fetchone()[0]
    assert json.loads(kept) == history[-8:]
    database.close()


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite3")
    identity, _ = store.append(None, [FIRST])
    with store.database.reading() as connection:  # what SQLite says of a full disk, it says of this limit
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    long = Row(-1, Asked("问"), json.dumps("长" * 80_000, ensure_ascii=False), "snap")
    with pytest.raises(StoreFull, match=r"没有存下：对话记录 .*磁盘满了.*问答不受影响"):
        store.append(identity, [long])
    assert questions(store, identity) == ["口岸有哪些成绩"]


def test_a_conversation_has_an_end(store: Store) -> None:
    identity, _ = store.append(None, [Row(-n, Asked(str(n))) for n in range(1, ROWS + 1)])
    with pytest.raises(StoreFull, match="请点“新对话”接着问"):
        store.append(identity, [SECOND])
    assert len(questions(store, identity)) == ROWS


def test_an_answer_too_long_is_given_anew(store: Store) -> None:
    identity, _ = store.append(None, [Row(-1, Asked("全部"), "长" * ANSWER, "snap")])
    row = store.load(identity).rows[0]
    assert (row.answer, row.snapshot) == (None, "snap")


def test_damaged_rows_are_skipped_and_reported(store: Store, engine: Engine, said: list[str]) -> None:
    identity, _ = store.append(None, [FIRST, SECOND])
    good = to_json(engine.ask("口岸有哪些成绩"))
    for _ in range(3):
        store.add_feedback(good, [], "up", "")
    database = sqlite3.connect(store.path)
    with database:
        database.execute("UPDATE turns SET asked = '{' WHERE number = 1")
        database.execute("UPDATE feedback SET answer = '{\"id\"' WHERE number = 1")
        database.execute("UPDATE feedback SET answer = '[3]' WHERE number = 2")
    database.close()
    assert (questions(store, identity), store.load(identity).damaged) == (["粮食呢"], 1)
    assert [record["id"] for record in store.feedback()] == ["feedback-3"]
    assert [line for line in said if "第 1 条反馈已损坏" in line]
    assert [line for line in said if "1 行已损坏，跳过" in line]


def test_what_is_deleted_is_overwritten(store: Store) -> None:
    secret = "不能留下的问题" * 5000
    identity, _ = store.append(None, [Row(-1, Asked(secret), json.dumps(secret), "snap")])
    files = [store.path, store.path.with_name(store.path.name + "-wal")]
    assert any("不能留下".encode() in file.read_bytes() for file in files)
    store.delete(identity)
    assert not any("不能留下".encode() in file.read_bytes() for file in files if file.exists())
    with store.database.reading() as connection:
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_feedback_is_a_question_file(store: Store, engine: Engine) -> None:
    good, bad, none = (
        to_json(engine.ask(q))
        for q in ("全县高标准农田面积达到多少", "口岸有哪些成绩", "孙吴县的机场什么时候通航")
    )
    store.add_feedback(good, [], "up", "")
    store.add_feedback(bad, ["粮食呢"], "down", "没有列全")
    store.add_feedback(none, [], "up", "")
    records = list(store.feedback())
    json.dumps(records)
    assert [r["evidence"] for r in records] == [[[p["text"]] for p in good["points"]], None, []]
    assert (records[1]["history"], records[1]["reason"], records[1]["verdict"]) == (
        ["粮食呢"],
        "没有列全",
        "down",
    )
    assert records[0]["snapshot"] == engine.snapshot.id
    scores = evaluate(
        records,
        lambda r: engine.ask(r["question"], history=r["history"]),
        engine.snapshot.documents[0].document.text,
    )
    assert summarise(scores)["correct_refusal"] == 100.0
    assert len(scores) == 2


def test_many_at_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        identities = list(pool.map(lambda n: store.append(None, [Row(-1, Asked(str(n)))])[0], range(60)))
    assert len(set(identities)) == 60
    assert [questions(store, i) for i in identities] == [[str(n)] for n in range(60)]


def test_another_file_in_its_place(store: Store, clock: Clock) -> None:
    store.append(None, [FIRST])
    for name in ("", "-wal", "-shm"):
        store.path.with_name(store.path.name + name).unlink()
    identity, _ = store.append(None, [SECOND])
    assert questions(Store(store.path, clock=clock), identity) == ["粮食呢"]


def test_an_unusable_file_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreUnusable, match=r"对话记录 .*broken.sqlite3 用不了：应为可写的 SQLite 文件"):
        Store(broken).append(None, [FIRST])
    with pytest.raises(StoreUnusable, match="问答不受影响"):
        Store(tmp_path / "broken.sqlite3" / "below").load("x")


def test_reading_makes_and_changes_no_file(
    store: Store, tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "TYPO.sqlite3"
    with pytest.raises(SystemExit) as ended:
        main(["feedback", "--store", str(nowhere)])
    assert ended.value.code == 2
    assert "没有这个文件" in capsys.readouterr().err
    assert not nowhere.exists()
    store.add_feedback(to_json(engine.ask("口岸有哪些成绩")), [], "up", "")
    before = store.path.read_bytes()
    assert len(list(Store(store.path, clock=store._clock, reading=True).feedback())) == 1
    with pytest.raises(StoreUnusable):
        open_store(Settings(store=str(store.path)), reading=True).append(None, [FIRST])
    assert store.path.read_bytes() == before


def test_where_it_is_kept(tmp_path: Path) -> None:
    assert default_store({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "speechqa" / "conversations.sqlite3"
    assert default_store({"XDG_DATA_HOME": "relative"}).is_absolute()
    assert store_path(str(tmp_path / "x")) == tmp_path / "x"
