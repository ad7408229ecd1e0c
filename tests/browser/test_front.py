"""The page before and while it comes: what is written in the shell is not lost, a script that does not come is told."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.chat import INPUT, answered, settle, until, visit
from tests.browser.conftest import Served
from tests.long import only_long
from tests.serving import Serving

SHELL = "#speechqa-front input"


class Slowly:
    """Holds back Streamlit's program until it is let go: the shell is all that there is."""

    def __init__(self, page: Page) -> None:
        self._held: list[Route] = []
        self._open = False
        page.route("**/static/js/index.*.js", self._come)

    def _come(self, route: Route) -> None:
        if self._open:
            route.continue_()
        else:
            self._held.append(route)

    def let_go(self) -> None:
        self._open = True
        for route in self._held:
            route.continue_()


def test_a_question_from_the_shell_is_asked_once(page: Page, served: Serving) -> None:
    program = Slowly(page)
    page.goto(served.url, wait_until="commit")
    page.locator(SHELL).fill("口岸今年有哪些成绩")
    page.keyboard.press("Enter")
    expect(page.locator("#speechqa-wait")).to_have_text("问题已记下，打开后马上回答……")
    program.let_go()
    assert answered(page, 0)["question"] == "口岸今年有哪些成绩"
    expect(page.locator("#speechqa-front")).to_have_count(0)
    settle(page)
    assert page.locator("speech-answer").count() == 1 and "c=" in page.url
    page.reload()
    answered(page, 0)
    until(page, "!!speechqaPage.drafted")
    expect(page.locator(INPUT)).to_have_value("")
    assert page.locator("speech-answer").count() == 1


def test_a_question_that_is_still_written_goes_on_in_the_page(page: Page, served: Serving) -> None:
    program = Slowly(page)
    page.goto(served.url, wait_until="commit")
    page.locator(SHELL).click()
    page.keyboard.type("写了一半")
    program.let_go()
    page.locator(INPUT).wait_for(state="attached")
    page.keyboard.type(
        "的问题"
    )  # into whichever is there: the shell waits until the page has what is written
    expect(page.locator("#speechqa-front")).to_have_count(0)
    expect(page.locator(INPUT)).to_be_focused()
    expect(page.locator(INPUT)).to_have_value("写了一半的问题")
    page.keyboard.press("Enter")
    assert answered(page, 0)["question"] == "写了一半的问题"


@only_long
def test_a_paste_over_the_limit_in_the_shell_is_kept(page: Page, served: Serving) -> None:
    program = Slowly(page)
    page.goto(served.url, wait_until="commit")
    page.locator(SHELL).fill("长" * 1500)
    page.keyboard.press("Enter")
    program.let_go()
    expect(page.locator(INPUT)).to_have_value("长" * 1500)
    expect(page.get_by_role("alert").filter(has_text="最多 1000 字，现在 1500 字")).to_be_visible()
    assert page.locator("speech-answer").count() == 0


@only_long
def test_a_script_that_comes_late_or_never(contexts: Any, server: Served) -> None:
    page = contexts().new_page()
    failed: list[Route] = []

    def fail(route: Route) -> None:
        failed.append(route)
        route.abort() if len(failed) < 3 else route.continue_()

    page.route("**/speechqa-page.js*", fail)
    visit(page, server.url)
    assert len(failed) == 3
    page.unroute("**/speechqa-page.js*")
    page.route("**/speechqa-page.js*", lambda route: route.abort())
    page.goto(f"{server.url}/?again")
    expect(page.get_by_role("alert").filter(has_text="网页的脚本没有取到")).to_be_visible()


def test_streamlit_does_not_run_for_the_browsers_back(page: Page, served: Serving) -> None:
    visit(page, served.url)
    runs = "document.querySelector('.stApp').dataset.testScriptState"
    page.evaluate(
        f"window.ran = 0; new MutationObserver(() => {{ if ({runs} === 'running') window.ran += 1; }})"
        ".observe(document.querySelector('.stApp'), { attributes: true, attributeFilter: ['data-test-script-state'] })"
    )
    page.evaluate("history.pushState({}, ''), history.back()")
    page.wait_for_timeout(400)  # nothing is to be waited for
    assert page.evaluate("window.ran") == 0
