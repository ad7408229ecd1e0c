"""A seeded random walk through the page: no error, no lost conversation, no request to another host."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Error, Page, expect

from qa.web.conversation import question_of, turns_of
from qa.web.session import DRAWN
from qa.web.store import Store
from tests.browser.chat import INPUT, until, visit
from tests.browser.conftest import Served
from tests.long import only_long

CLICKS = 300
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
    "speech-reader .text span, speech-reader button, speech-history summary"
)
SEEN = "all => all.flatMap((e, n) => (e.checkVisibility() && e.getClientRects().length ? [n] : []))"


def type_question(page: Page, chance: random.Random) -> None:
    page.locator(INPUT).fill(chance.choice(QUESTIONS))
    page.keyboard.press("Enter")


def press_something(page: Page, chance: random.Random) -> None:
    there = page.locator(BUTTONS).evaluate_all(SEEN)
    if there:
        page.locator(BUTTONS).nth(chance.choice(there)).click(timeout=2_000, force=True)


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


def turn_to(page: Page, chance: random.Random) -> None:
    """Take up another conversation from the list."""
    there = [one for one in page.locator("speech-history .open").all() if one.is_visible()]
    if there:
        chance.choice(there).click(timeout=2_000)


def go_back(page: Page, _: random.Random) -> None:
    page.go_back()


def go_on(page: Page, _: random.Random) -> None:
    page.go_forward()


STEPS: list[tuple[int, Callable[[Page, random.Random], Any]]] = [
    (5, type_question),
    (9, press_something),
    (2, search),
    (2, begin_anew),
    (2, go_back),
    (1, go_on),
    (2, turn_to),
    (1, lambda page, _: page.keyboard.press("Escape")),
    (1, lambda page, _: page.reload()),
    (1, resize),
]
# Steps that may lead to another conversation, or to none.
TURNING = (begin_anew, go_back, go_on, turn_to)


class Seen:
    """What the walk has seen of each conversation: the questions that stood there, in order, whenever nothing ran."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self.at: str | None = None

    def look(self, page: Page, *, may_turn: bool) -> None:
        """Look at the page; only a step that `may_turn` leads to another conversation, and none makes one shorter."""
        before, self.at = self.at, named(page.url)
        if before is not None and not may_turn:
            assert self.at == before, "a conversation was lost from the address"
        if self.at is not None:
            self.known[self.at] = merged(self.known.get(self.at, []), questions(page))


def merged(before: list[str], there: list[str]) -> list[str]:
    """Return all that was seen of a conversation; of a long one only the last questions are drawn when it is taken up."""
    for cut in range(len(before) + 1 if len(there) >= DRAWN else 1):
        if there[: len(before) - cut] == before[cut:]:
            return before[:cut] + there
    raise AssertionError(f"a conversation has lost questions: {before} -> {there}")


def named(url: str) -> str | None:
    return parse_qs(urlsplit(url).query).get("c", [None])[0]


def questions(page: Page) -> list[str]:
    """Return the questions that stand on the page, also one that is being edited; the digest is none."""
    answers = page.locator("speech-answer").evaluate_all(
        "all => all.map(e => [e.answer.id, e.answer.question])"
    )
    return [question for identity, question in answers if not identity.startswith("digest ")]


@only_long
def test_a_random_walk(contexts: Any, server: Served) -> None:
    chance = random.Random(20261201)
    page = contexts().new_page()
    visit(page, server.url)
    seen, last = Seen(), None
    for number in range(CLICKS):
        step = chance.choices([step for _, step in STEPS], [weight for weight, _ in STEPS])[0]
        try:
            step(page, chance)
        except Error as error:  # what was there a moment ago is covered or gone
            assert "Timeout" in str(error) or "not attached" in str(error) or "outside" in str(error), error
        if not page.url.startswith(server.url):  # the walk began here: back, and before it
            visit(page, server.url)
        page.locator(INPUT).wait_for(state="attached")
        still(page)
        assert page.locator(".stException").count() == 0, number
        expect(page.locator("speech-reader")).to_be_attached()
        seen.look(page, may_turn=step in TURNING or last in TURNING)  # what turns may do so a little later
        last = step
    assert seen.known
    store = Store(server.store)
    for identity, asked in seen.known.items():
        kept = [question_of(row).question for row in turns_of(store.load(identity).rows)]
        assert kept[-len(asked) :] == asked  # as they were seen last, and every one of them
    listed = page.evaluate("JSON.parse(localStorage.getItem('speechqa:conversations')).map(one => one.id)")
    assert set(seen.known) <= set(listed)


def still(page: Page) -> None:
    """Wait until nothing runs, no question is on its way, and the address names what is shown."""
    expect(page.locator("speech-pending")).to_have_count(0)
    until(
        page,
        """() => document.querySelector('.stApp')?.dataset.testScriptState !== 'running' && speechqaPage.wanted === null
          && (new URL(location.href).searchParams.get('c') ?? '') === speechqaPage.conversation""",
    )
