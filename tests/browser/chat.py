"""What a person does on the chat page, for the browser tests and the screenshots."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Error, Locator, Page, expect

INPUT = '[data-testid="stChatInputTextArea"]'


def visit(page: Page, url: str) -> Page:
    """Open the page and wait until it can be used."""
    page.goto(url)
    page.locator(INPUT).wait_for()
    page.locator("speech-map, speech-reader").first.wait_for(state="attached")
    settle(page)
    return page


def anew(page: Page) -> Page:
    """Begin a new conversation on a page that is there, with nothing kept in the browser."""
    page.keyboard.press("Escape")
    page.evaluate("localStorage.clear(), sessionStorage.clear()")
    page.evaluate("speechqaPage.act({ type: 'resume', conversation: '' })")
    if page.get_by_label("概览：各部分的要点").is_checked():
        page.get_by_text("概览：各部分的要点").click()
    expect(page.locator("speech-answer")).to_have_count(0)
    page.locator("speech-doors").wait_for()
    settle(page)
    page.locator(INPUT).fill("")
    return page


def settle(page: Page) -> None:
    """Wait until no script is running."""
    until(page, "document.querySelector('.stApp')?.dataset.testScriptState !== 'running'")


def until(page: Page, condition: str, arg: object = None, seconds: float = 30) -> None:
    """Wait until an expression holds; unlike Playwright's own waiting also where the page forbids eval.

    Raises AssertionError where it takes too long.
    """
    end = time.monotonic() + seconds
    while not holds(page, condition, arg):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(30)


def holds(page: Page, condition: str, arg: object) -> bool:
    """Tell whether an expression holds; it does not in a page that is just going."""
    try:
        return bool(page.evaluate(condition, arg))
    except Error as error:
        if "Execution context was destroyed" in error.message:
            return False
        raise


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


def drawn_points(element: Locator) -> list[list[Any]]:
    """Return place and text of every point that an answer shows, by place."""
    found: list[list[Any]] = element.locator("li.point").evaluate_all(
        "all => all.map(e => [+e.dataset.start, +e.dataset.end, e.querySelector('blockquote').textContent])"
    )
    return sorted(found)


CITED = """all => all.map(e => {
  const group = e.closest('section.group'), shared = group.querySelector('.path cite'), own = e.querySelector('footer cite');
  return [e.dataset.start, group.querySelector('.path')?.textContent ?? '', group.querySelector('.name')?.title ?? '',
          shared?.title ?? '', shared?.textContent ?? '', own?.title ?? '', own?.textContent ?? ''];
})"""


def check_citations(element: Locator, points: list[dict[str, Any]]) -> None:
    """Check that every point's whole citation can be read: from what stands over its group and beside it, heading by heading."""
    drawn = {int(start): rest for start, *rest in element.locator("li.point").evaluate_all(CITED)}
    assert drawn.keys() == {p["start"] for p in points}
    said = element.evaluate("e => e.shadowRoot.querySelector('.source')?.textContent ?? ''")
    for point in points:
        path, title, shared_title, shared, own_title, own = drawn[point["start"]]
        citation = point["citation"]
        assert own_title in ("", citation)  # the whole of it, to be pointed at
        assert citation in (own_title, shared_title), (citation, own_title, shared_title)
        read = f"{said}{path}{shared}{own}"
        for piece in pieces(citation):
            if piece.startswith("“"):  # a heading: above the group, whole where one points at it
                assert piece in read or piece.strip("“”…").rstrip("。：；，") in title, (piece, title)
            elif not piece.startswith("《"):  # whose it is may stand elsewhere, where there is one document
                assert piece in read, (piece, read)


def pieces(citation: str) -> list[str]:
    """Return a citation's parts: 《…》, “…” with what is quoted inside it, and what stands between them."""
    found, depth, begun = [], 0, 0
    for place, letter in enumerate(citation):
        if letter in "“《" and depth == 0 and place > begun:
            found.append(citation[begun:place])
            begun = place
        depth += (letter in "“《") - (letter in "”》")
        if letter in "”》" and depth == 0:
            found.append(citation[begun : place + 1])
            begun = place + 1
    return [*found, *([citation[begun:]] if begun < len(citation) else [])]
