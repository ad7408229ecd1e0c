"""The page's logic, headless. What is drawn is tested in a browser: AppTest draws no component."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from qa.rendering import FACET_NAMES
from qa.web.address import read_place as _place
from qa.web.chat import plain
from qa.web.conversation import Asked, Row, question_of
from qa.web.overview import SWITCH
from qa.web.resources import _by_settings
from qa.web.scripts import page_script, widget_script
from qa.web.session import DRAWN, Session
from qa.web.store import ROWS, Store
from tests.long import only_long, scaled

ROOT = Path(__file__).parents[3]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SPEECHQA_STORE", str(tmp_path / "conversations.sqlite3"))
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)


def session(page: AppTest) -> Session:
    held: Session = page.session_state["speechqa"]
    return held


def questions(page: AppTest) -> list[str]:
    return [question_of(row).question for row in session(page).turns]


def shown(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(row.answer or "null") for row in session(page).turns]


def said(page: AppTest) -> str:
    return "".join(html.proto.body for html in page.get("html"))


def test_ask_and_follow_up(page: AppTest) -> None:
    page.run()
    assert not page.exception
    page.chat_input[0].set_value("讲话主体分几大部分").run()
    page.chat_input[0].set_value("那第二个呢").run()
    assert not page.exception
    assert questions(page) == ["讲话主体分几大部分", "那第二个呢"]
    assert shown(page)[1]["standalone"].startswith("“第二，认清历史方位")
    assert page.query_params["c"]


def test_a_new_conversation(page: AppTest) -> None:
    page.run()
    page.chat_input[0].set_value("口岸有哪些成绩").run()
    page.button(key="new").click().run()
    assert session(page).turns == ()
    assert "c" not in page.query_params


def test_a_question_in_the_address(page: AppTest) -> None:
    page.query_params["q"] = "口岸有哪些成绩"
    page.query_params["at"] = "120-130"
    page.run()
    assert questions(page) == ["口岸有哪些成绩"]
    place = session(page).opened
    assert place and (place.start, place.end) == (120, 130)


def test_a_broken_store_does_not_stop_answers(page: AppTest, tmp_path: Path) -> None:
    (tmp_path / "conversations.sqlite3").write_bytes(b"x" * 5000)
    page.run()
    page.chat_input[0].set_value("口岸有哪些成绩").run()
    assert not page.exception
    assert len(shown(page)) == 1
    assert "对话记录" in said(page)


def test_a_broken_setting_is_told(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEECHQA_INDEX", "/nowhere/<b>")
    _by_settings.cache_clear()
    page.run()
    assert not page.exception
    assert "/nowhere/&lt;b&gt;" in said(page)
    _by_settings.cache_clear()


def test_too_long_a_question_is_told_and_the_chat_goes_on(page: AppTest, tmp_path: Path) -> None:
    page.query_params["q"] = "长" * 1001
    page.run()
    assert not page.exception
    assert "问题太长：最多 1000 字，实际 1001 字" in said(page)
    assert "q" not in page.query_params
    page.chat_input[0].set_value("讲话主体分几大部分").run()
    page.chat_input[0].set_value("那第二个呢").run()
    assert questions(page) == ["讲话主体分几大部分", "那第二个呢"]
    assert "长长".encode() not in (tmp_path / "conversations.sqlite3").read_bytes()


def test_a_shared_copy_offers_what_its_reader_may_do(page: AppTest, tmp_path: Path) -> None:
    store = Store(tmp_path / "conversations.sqlite3")
    identity, _ = store.append(None, [Row(-1, Asked("口岸有哪些成绩"))])
    page.query_params["c"] = store.share(identity)  # a share's id, wherever it stands in the address
    page.run()
    assert not page.exception
    labels = {button.key for button in page.button}
    assert "new" in labels and not labels & {"delete", "share"}
    assert "这是别人分享的对话，只能看" in said(page)
    assert "s" in page.query_params and "c" not in page.query_params
    page.chat_input[0].set_value("粮食呢").run()
    assert {"delete", "share"} <= {button.key for button in page.button}
    assert "s" not in page.query_params and page.query_params["c"] != identity


def test_a_long_conversation_is_drawn_from_its_end(page: AppTest, tmp_path: Path) -> None:
    store = Store(tmp_path / "conversations.sqlite3")
    rows = [Row(-n, Asked(f"第 {n} 问")) for n in range(1, 51)]
    page.query_params["c"], _ = store.append(None, rows)
    page.run()
    assert session(page).since == 50 - DRAWN
    page.button(key="earlier").click().run()
    assert not page.exception
    assert session(page).since == 0


def test_a_full_conversation_gives_the_question_back(page: AppTest, tmp_path: Path) -> None:
    rows = [Row(-n, Asked(f"第 {n} 问")) for n in range(1, ROWS + 1)]
    page.query_params["c"], _ = Store(tmp_path / "conversations.sqlite3").append(None, rows)
    page.run()
    page.chat_input[0].set_value("粮食呢").run()
    assert not page.exception
    assert "已经满了。请点“新对话”接着问" in said(page)
    assert len(questions(page)) == ROWS
    page.button(key="new").click().run()
    page.chat_input[0].set_value("粮食呢").run()
    assert questions(page) == ["粮食呢"]


def test_deleted_in_another_window(page: AppTest, tmp_path: Path) -> None:
    page.run()
    page.chat_input[0].set_value("口岸有哪些成绩").run()
    store = Store(tmp_path / "conversations.sqlite3")
    store.delete(page.query_params["c"])
    page.chat_input[0].set_value("粮食呢").run()
    assert questions(page) == ["粮食呢"]
    assert "这个对话已删除。你的新问题另起一个对话。" in said(page)


@only_long
def test_deep_links_of_any_shape(page: AppTest, tmp_path: Path) -> None:
    chance = random.Random(13)
    store = Store(tmp_path / "conversations.sqlite3")
    identity, _ = store.append(None, [Row(-1, Asked("口岸有哪些成绩"))])
    copy = store.share(identity)
    for _ in range(scaled(3, 4000)):
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        known = [identity, copy, "abc", "0-10", "5", "口岸有哪些成绩", "true", ""]
        text = "".join(chr(chance.choice((chance.randrange(32), chance.randrange(0xD800)))) for _ in range(9))
        for name in ("c", "s", "q", "at", "doc", "embed"):
            if chance.random() < 0.5:
                page.query_params[name] = chance.choice([*known, text, "长" * 3000, ["a", text], "9" * 400])
        page.run()
        assert not page.exception
        assert all(len(question) <= 1000 for question in questions(page))
    assert store.load(identity).rows and len(store.load(copy).rows) == 1


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ("", None),
        ("x", None),
        ("-3", None),
        ("5", (5, 6)),
        ("5-9", (5, 9)),
        ("9-5", (9, 10)),
        ("１", None),
        ("9" * 30, None),
    ],
)
def test_a_place_in_the_address(at: str, place: tuple[int, int] | None) -> None:
    assert _place(at) == place


def test_plain() -> None:
    assert plain("<b> & \u202e\x1b**") == "&lt;b&gt; &amp; \ufffd\ufffd**"


def test_the_script_names_facets_as_the_program_does() -> None:
    for script in (page_script(), widget_script()):
        for facet, name in FACET_NAMES.items():
            assert f'{facet.value}: "{name}"' in script
        for way in (
            ".innerHTML",
            ".outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ):
            assert way not in script


def test_the_overview_is_switched_on(page: AppTest) -> None:
    page.run()
    assert not page.toggle(key=SWITCH).value
    page.toggle(key=SWITCH).set_value(True).run()
    assert not page.exception


def test_an_answer_with_the_parts_leads_to_the_overview(page: AppTest) -> None:
    page.run()
    page.chat_input[0].set_value("口岸有哪些成绩").run()
    assert not [b for b in page.button if b.key == "to-overview"]
    page.chat_input[0].set_value("总结全文").run()
    page.button(key="to-overview").click().run()
    assert not page.exception
    assert page.toggle(key=SWITCH).value
    assert not [b for b in page.button if b.key == "to-overview"]
