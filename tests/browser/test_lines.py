"""What is said once, in one place or the same everywhere: titles, actions, badges; the digest; pages beside the chat."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from qa import Engine
from qa.terminal import to_terminal
from tests.browser.chat import ask, drawn_points, last, settle
from tests.browser.looks import LOOKS, options
from tests.browser.test_accessibility import serious
from tests.browser.test_keeping import SMALL
from tests.serving import Serving

TITLE = "在县委全会上的讲话"
QUESTIONS = ["全县高标准农田面积达到多少", "口岸今年有哪些成绩", "讲话主体分几大部分", "粮食生产怎么样", "孙吴县的机场什么时候通航"]  # fmt: skip
SAYING = """([selector, title]) => {
  const place = document.querySelector(selector);
  const walk = (root) => [...root.querySelectorAll('*')].flatMap((e) => [e, ...(e.shadowRoot ? walk(e.shadowRoot) : [])]);
  const own = (e) => [...e.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data).join('');
  return walk(place.shadowRoot ?? place).filter((e) => e.checkVisibility() && own(e).includes(title)).map(own);
}"""


def test_each_title_once_and_one_row_of_actions(tab: Page) -> None:
    """Beside the source, which is headed by it, the title stands above the question box and nowhere else."""
    assert tab.evaluate(SAYING, [".stApp", TITLE]) == [f"问：《{TITLE}》"]
    for question in QUESTIONS:
        ask(tab, question)
        assert tab.evaluate(SAYING, [".stApp", TITLE]) == [f"问：《{TITLE}》"], question
        assert last(tab).locator(".actions").count() == 1


def test_the_digest_is_a_screen(tab: Page) -> None:
    tab.get_by_text("概览：各部分的要点").click()
    digest = tab.locator("speech-answer").first
    expect(digest.locator("h2")).to_have_text("概览")
    settle(tab)
    drawn, below = digest.bounding_box(), tab.get_by_test_id("stBottom").bounding_box()
    assert drawn and below and len(drawn_points(digest)) > 10
    assert drawn["height"] <= below["y"]
    assert digest.locator(".actions").count() == 1


def test_how_sure_it_is_stands_the_same_everywhere(page: Page, served: Serving, engine: Engine) -> None:
    """In the widget and in the terminal as on the page (test_outline.py): what the answer itself says."""
    question = "口岸今年有哪些成绩"
    answer = engine.ask(question)
    assert f"〔{answer.certainty}〕{answer.certainty_reason}" in to_terminal(answer).splitlines()
    page.goto(f"{served.url}/demo")
    page.get_by_role("button", name="问讲话", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="主要成绩有哪些？").wait_for()
    page.evaluate("question => SpeechQA.ask(question)", question)
    assert page.evaluate(SAYING, ["speech-qa[bubble]", TITLE]) == [f"《{TITLE}》"]  # in its head alone
    badge = page.get_by_role("dialog").locator("speech-answer .badge")
    expect(badge).to_have_text(str(answer.certainty))
    expect(badge).to_have_attribute("title", str(answer.certainty_reason))
    reason = page.get_by_role("dialog").locator("speech-answer .reason")
    badge.click()  # or tapped
    expect(reason).to_have_text(str(answer.certainty_reason))


def test_the_widget_under_a_finger(contexts: Any, served: Serving) -> None:
    page = contexts(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True).new_page()
    page.goto(f"{served.url}/demo")
    page.get_by_role("button", name="问讲话", exact=True).click()
    page.evaluate(
        "document.querySelectorAll('body > :not(speech-qa)').forEach((e) => e.remove())"
    )  # not ours
    page.get_by_role("button", name="主要成绩有哪些？").wait_for()
    assert page.evaluate(SMALL) == []
    for question in ("今年有哪些成绩", "孙吴县的机场什么时候通航"):
        page.evaluate("question => SpeechQA.ask(question)", question)
        page.get_by_role("dialog").locator("speech-answer").last.get_by_role("button", name="不好").click()
        assert page.evaluate(SMALL) == []


def beside(contexts: Any, address: str, width: int, scheme: str) -> Page:
    """Open a page beside the chat: readable, nothing too wide, in the design's colours."""
    page: Page = contexts(**options(width, scheme)).new_page()
    page.goto(address)
    assert serious(page) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ground = page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}[scheme]
    return page


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_page_of_an_unknown_address(contexts: Any, served: Serving, width: int, scheme: str) -> None:
    page = beside(contexts, f"{served.url}/not/there", width, scheme)
    expect(page.locator("code").first).to_have_text("/not/there")
    page.get_by_role("link", name="去提问").click()
    assert page.url == f"{served.url}/"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_page_of_the_api(contexts: Any, served: Serving, width: int, scheme: str) -> None:
    page = beside(contexts, f"{served.url}/api/v1/docs", width, scheme)
    assert "`" not in page.locator("body").inner_text()
    fields = page.locator("h3", has_text="返回的字段").first.locator("+ .wide tbody tr td:last-child")
    assert fields.count() > 15 and all(len(text) > 3 for text in fields.all_inner_texts())
