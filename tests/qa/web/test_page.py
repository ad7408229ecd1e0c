"""The Streamlit page, headless: its logic, and that quoted text is inert."""

from dataclasses import replace
from pathlib import Path

from streamlit.testing.v1 import AppTest

from qa import Engine
from qa.web.page import answer_html, error_html, marked_html, question_html
from tests.qa.test_rendering import answer, point

APP = str(Path(__file__).parents[3] / "app.py")


def test_ask_and_follow_up() -> None:
    page = AppTest.from_file(APP, default_timeout=30).run()
    assert not page.exception
    page.chat_input[0].set_value("讲话主体分几大部分").run()
    page.chat_input[0].set_value("那第二个呢").run()
    assert not page.exception
    drawn = "".join(html.proto.body for html in page.get("html"))
    assert "第一，牢记领袖嘱托" in drawn
    assert "理解为：“第二，认清历史方位" in drawn


def test_the_page_shows_what_ask_gives(engine: Engine) -> None:
    found = engine.ask("全县高标准农田面积达到多少")
    drawn = answer_html(found)
    assert f"[1] {marked_html(found.points[0])}" in drawn
    assert "**万亩" in drawn
    assert "脱敏" in drawn


def test_hostile_text_is_inert() -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=y> **粗** $x$ \u202e\x1b[31m"
    drawn = (
        answer_html(replace(answer(replace(point(hostile), marks=((2, 8),))), note=hostile))
        + question_html(hostile)
        + error_html(hostile)
    )
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "\u202e" not in drawn
    assert "\x1b" not in drawn
    assert "**粗** $x$" in drawn


def test_a_long_list_folds() -> None:
    drawn = answer_html(answer(*[point(start=50 * n) for n in range(15)], total=15))
    assert "全文共 15 处" in drawn
    assert "其余 3 处" in drawn
