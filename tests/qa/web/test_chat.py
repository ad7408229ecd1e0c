"""The page's logic, headless. What is drawn is tested in a browser: AppTest draws no component."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from qa.rendering import FACET_NAMES
from qa.web.chat import Session, _place, plain
from qa.web.resources import _by_settings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SPEECHQA_STORE", str(tmp_path / "conversations.sqlite3"))
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)


def session(page: AppTest) -> Session:
    held: Session = page.session_state["speechqa"]
    return held


def test_ask_and_follow_up(page: AppTest) -> None:
    page.run()
    assert not page.exception
    page.chat_input[0].set_value("讲话主体分几大部分").run()
    page.chat_input[0].set_value("那第二个呢").run()
    assert not page.exception
    assert [t.question for t in session(page).turns] == ["讲话主体分几大部分", "那第二个呢"]
    assert session(page).shown[1].standalone.startswith("“第二，认清历史方位")  # type: ignore[union-attr]
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
    assert [t.question for t in session(page).turns] == ["口岸有哪些成绩"]
    assert session(page).opened == {"document": session(page).opened["document"], "start": 120, "end": 130}  # type: ignore[index]


def test_a_broken_store_does_not_stop_answers(page: AppTest, tmp_path: Path) -> None:
    (tmp_path / "conversations.sqlite3").write_bytes(b"x" * 5000)
    page.run()
    page.chat_input[0].set_value("口岸有哪些成绩").run()
    assert not page.exception
    assert len(session(page).shown) == 1
    assert any("对话记录" in html.proto.body for html in page.get("html"))


def test_a_broken_setting_is_told(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEECHQA_INDEX", "/nowhere/<b>")
    _by_settings.cache_clear()
    page.run()
    assert not page.exception
    told = "".join(html.proto.body for html in page.get("html"))
    assert "/nowhere/&lt;b&gt;" in told
    _by_settings.cache_clear()


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
    script = (ROOT / "qa" / "web" / "answer.js").read_text("utf-8")
    for facet, name in FACET_NAMES.items():
        assert f'{facet.value}: "{name}"' in script
    assert ".innerHTML" not in script
    assert "insertAdjacentHTML" not in script
