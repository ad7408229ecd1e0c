"""A seeded random walk through the page: no error, no lost conversation, no request to another host."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Error, Page, expect

from qa.web.conversation import question_of, turns_of
from qa.web.store import Store
from tests.browser.chat import INPUT, settle, visit
from tests.browser.conftest import Served
from tests.long import scaled

CLICKS = scaled(40, 300)
QUESTIONS = [
    "今年有哪些成绩",
    "讲话主体分几大部分",
    "那第二个呢",
    "粮食呢",
    "机场什么时候通航",
    "对干部有哪些要求",
    "“三个务必”是什么",
]
BUTTONS = (
    "speech-answer button, speech-outline button, speech-doors button, speech-map i, speech-answer blockquote,"
    "speech-reader .text span, speech-reader button, speech-history .open, speech-history summary"
)


def type_question(page: Page, chance: random.Random) -> None:
    page.locator(INPUT).fill(chance.choice(QUESTIONS))
    page.keyboard.press("Enter")


def press_something(page: Page, chance: random.Random) -> None:
    there = [one for one in page.locator(BUTTONS).all() if one.is_visible()]
    if there:
        chance.choice(there).click(timeout=2_000, force=True)


def search(page: Page, chance: random.Random) -> None:
    field = page.get_by_label("在原文里查找")
    if field.is_visible():
        field.fill(chance.choice(["粮食", "口岸", "没有的词", ""]))


def begin_anew(page: Page, _: random.Random) -> None:
    button = page.get_by_role("button", name="新对话")
    if button.is_visible():
        button.click()


def resize(page: Page, chance: random.Random) -> None:
    page.set_viewport_size({"width": chance.choice([360, 768, 1200, 1440]), "height": 800})


STEPS: list[tuple[int, Callable[[Page, random.Random], Any]]] = [
    (5, type_question),
    (9, press_something),
    (2, search),
    (2, begin_anew),
    (2, lambda page, _: page.go_back()),
    (1, lambda page, _: page.go_forward()),
    (1, lambda page, _: page.keyboard.press("Escape")),
    (1, lambda page, _: page.reload()),
    (1, resize),
]


def seen(page: Page, known: dict[str, list[str]]) -> None:
    """Note which conversation stands in the address, once nothing runs."""
    if "c=" in page.url and page.locator("speech-answer h2").count():
        known.setdefault(page.url.split("c=")[1].split("&")[0], [])


def test_a_random_walk(contexts: Any, server: Served) -> None:
    chance = random.Random(20261201)
    page = contexts().new_page()
    visit(page, server.url)
    known: dict[str, list[str]] = {}
    for number in range(CLICKS):
        step = chance.choices([step for _, step in STEPS], [weight for weight, _ in STEPS])[0]
        try:
            step(page, chance)
        except Error as error:  # what was there a moment ago is covered or gone
            assert "Timeout" in str(error) or "not attached" in str(error) or "outside" in str(error), error
        if not page.url.startswith(server.url):  # the walk began here: back, and before it
            visit(page, server.url)
        page.locator(INPUT).wait_for(state="attached")
        settle(page)
        assert page.locator(".stException").count() == 0, number
        expect(page.locator("speech-reader")).to_be_attached()
        seen(page, known)
    assert known
    store = Store(server.store)
    for identity in known:
        turns = turns_of(store.load(identity).rows)
        assert turns and all(question_of(row).question for row in turns)
    listed = page.evaluate("JSON.parse(localStorage.getItem('speechqa:conversations')).map(one => one.id)")
    assert set(known) <= set(listed)
