"""What a person does on the chat page, for the browser tests and the screenshots."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

INPUT = '[data-testid="stChatInputTextArea"]'


def visit(page: Page, url: str) -> Page:
    """Open the page and wait until it can be used."""
    page.goto(url)
    page.locator(INPUT).wait_for()
    page.locator("speech-map, speech-reader").first.wait_for(state="attached")
    settle(page)
    return page


def settle(page: Page) -> None:
    """Wait until no script is running."""
    page.wait_for_function("document.querySelector('.stApp')?.dataset.testScriptState !== 'running'")


def ask(page: Page, question: str) -> dict[str, Any]:
    """Type a question, send it, and return the answer as it was handed to the element that draws it."""
    count = page.locator("speech-answer").count()
    page.locator(INPUT).fill(question)
    page.keyboard.press("Enter")
    return answered(page, count)


def answered(page: Page, number: int) -> dict[str, Any]:
    """Wait for answer `number` (from 0) and return it."""
    element = page.locator("speech-answer").nth(number)
    element.locator("h2").wait_for()
    settle(page)
    result: dict[str, Any] = element.evaluate("element => element.answer")
    return result


def last(page: Page) -> Locator:
    """Return the newest answer."""
    return page.locator("speech-answer").last
