"""Nothing jumps while an answer arrives: the question stands where it was put, from the echo until the answer is drawn."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import ask, last, until
from tests.serving import Serving

# Where the newest question stands, looked at before every picture that the browser draws.
RECORD = """() => {
  const walk = (root) => [...root.querySelectorAll('*')].flatMap((e) => [e, ...(e.shadowRoot ? walk(e.shadowRoot) : [])]);
  window.tops = [];
  const look = () => {
    const found = walk(document.body).filter((e) => e.matches('.asked, .question h2'));
    const newest = found.findLast((e) => e.textContent === window.wanted);
    if (newest) window.tops.push(Math.round(newest.getBoundingClientRect().top));
    requestAnimationFrame(look);
  };
  look();
}"""


def steady(page: Page) -> None:
    page.wait_for_timeout(300)  # whatever may still come
    tops = page.evaluate("window.tops")
    assert len(tops) > 10 and max(tops) - min(tops) <= 2, sorted(set(tops))


@pytest.mark.parametrize("width", [1440, 390])
def test_on_the_page(tab: Page, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    try:
        tab.evaluate(RECORD)
        for question in ("口岸今年有哪些成绩", "讲话主体分几大部分", "机场什么时候通航"):
            tab.evaluate("question => { window.wanted = question; window.tops = []; }", question)
            ask(tab, question)
            steady(tab)
    finally:
        tab.set_viewport_size({"width": 1440, "height": 900})


def test_room_is_given_back(tab: Page) -> None:
    room = "() => parseFloat(document.querySelector('.stMainBlockContainer').style.marginBottom) || 0"
    ask(tab, "今年有哪些成绩")
    folded = tab.evaluate(room)
    last(tab).get_by_role("button", name="全部展开").click()
    until(tab, f"({room})() === 0")  # it is longer than the window now
    last(tab).get_by_role("button", name="全部收起").click()
    until(tab, f"Math.abs(({room})() - {folded}) <= 2")


def test_in_the_widget(page: Page, served: Serving) -> None:
    page.goto(f"{served.url}/demo")
    page.get_by_role("button", name="问讲话", exact=True).click()
    panel = page.get_by_role("dialog")
    panel.get_by_role("button", name="主要成绩有哪些？").wait_for()
    page.evaluate(RECORD)
    for number, question in enumerate(("口岸今年有哪些成绩", "机场什么时候通航"), 1):
        page.evaluate("question => { window.wanted = question; window.tops = []; }", question)
        panel.get_by_label("问题").fill(question)
        page.keyboard.press("Enter")
        expect(panel.locator("speech-answer")).to_have_count(number)
        steady(page)
