"""Conversations and feedback on disk."""

import json
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa import Engine, to_json
from qa.errors import StoreUnusable
from qa.evaluation import evaluate, summarise
from qa.web.store import DAY, Store, default_store, open_store

TURNS = [{"question": "口岸有哪些成绩"}]


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Store:
    return Store(tmp_path / "deep" / "conversations.sqlite3", days=30, clock=clock)


def test_kept_and_found_again(store: Store) -> None:
    identity = store.save(None, TURNS, "abc")
    assert len(identity) == 22
    kept = store.load(identity)
    assert kept is not None
    assert (kept.turns, kept.document, kept.shared) == (TURNS, "abc", False)
    assert store.save(identity, TURNS * 2, None) == identity
    again = store.load(identity)
    assert again is not None
    assert len(again.turns) == 2
    assert store.load("unknown") is None
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_a_shared_copy_stays_as_it_was(store: Store) -> None:
    identity = store.save(None, TURNS, None)
    copy = store.share(identity)
    assert copy != identity
    store.save(identity, TURNS * 3, None)
    store.save(copy, [], None)
    kept = store.load(copy)
    assert kept is not None
    assert (kept.turns, kept.shared) == (TURNS, True)
    store.delete(identity)
    assert store.load(identity) is store.load(copy) is None
    with pytest.raises(StoreUnusable, match="没有可以分享的对话"):
        store.share(identity)


def test_conversations_expire(store: Store, clock: Clock) -> None:
    identity = store.save(None, TURNS, None)
    clock.now += 29 * DAY
    assert store.load(identity) is not None
    clock.now += 2 * DAY
    assert store.load(identity) is None
    store.save(None, TURNS, None)
    database = sqlite3.connect(store.path)
    assert database.execute("SELECT count(*) FROM conversations").fetchone() == (1,)
    database.close()


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
        identities = list(pool.map(lambda n: store.save(None, TURNS, str(n)), range(60)))
    assert len(set(identities)) == 60
    kept = [store.load(i) for i in identities]
    assert [k.document for k in kept if k] == [str(n) for n in range(60)]


def test_an_unusable_file_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreUnusable, match=r"对话记录 .*broken.sqlite3 用不了：应为可写的 SQLite 文件"):
        Store(broken, days=1).save(None, TURNS, None)
    with pytest.raises(StoreUnusable, match="问答不受影响"):
        Store(tmp_path / "broken.sqlite3" / "below", days=1).load("x")


def test_where_it_is_kept(tmp_path: Path) -> None:
    assert default_store({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "speechqa" / "conversations.sqlite3"
    assert default_store({"XDG_DATA_HOME": "relative"}).is_absolute()
    assert open_store(str(tmp_path / "x"), 1).path == tmp_path / "x"
