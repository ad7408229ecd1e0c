"""Pictures of the page in its states: `python -m tests.browser.screens --out DIR`; the README's: `--docs docs`."""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.chat import INPUT, anew, ask, last, settle, visit
from tests.browser.conftest import CHROMIUM, FLAGS, Served


def start(page: Page, url: str) -> None:
    """Come to the page with nothing asked: by opening it, or, where it is there already, by a new conversation."""
    if not page.url.startswith(url):
        visit(page, url)
        return
    page.evaluate("speechqaPage.reader.shadowRoot.querySelector('dialog').close()")
    close = page.get_by_test_id("stSidebar").get_by_role("button", name="收起侧栏")
    if (page.viewport_size or {"width": 0})["width"] < 800 and close.is_visible():
        close.click()
    anew(page)


def first_screen(page: Page, url: str) -> None:
    """Nothing asked yet."""
    start(page, url)


def answer(page: Page, url: str) -> None:
    """A list with its count."""
    start(page, url)
    ask(page, "口岸今年有哪些成绩")


def follow_up(page: Page, url: str) -> None:
    """A follow-up and how it was understood."""
    start(page, url)
    ask(page, "讲话主体分几大部分")
    ask(page, "那第二个呢")


def not_found(page: Page, url: str) -> None:
    """The document does not say."""
    start(page, url)
    ask(page, "孙吴县的机场什么时候通航")


def reader(page: Page, url: str) -> None:
    """The source, at a place of the answer."""
    answer(page, url)
    last(page).get_by_role("button", name="看原文：第 2 处").click()
    page.locator("speech-reader span.here").first.wait_for()


def long_list(page: Page, url: str) -> None:
    """Fifty points as an outline."""
    start(page, url)
    ask(page, "今年有哪些成绩")


def unfolded(page: Page, url: str) -> None:
    """The same, whole."""
    long_list(page, url)
    last(page).get_by_role("button", name="全部展开").click()


def search(page: Page, url: str) -> None:
    """A word looked for in the source."""
    reader(page, url)
    page.locator("speech-reader").get_by_label("在原文里查找").fill("口岸")


def editing(page: Page, url: str) -> None:
    """The question edited in place."""
    answer(page, url)
    last(page).get_by_role("button", name="修改").click()


def sidebar(page: Page) -> None:
    """Open the sidebar, where it is closed."""
    if page.get_by_role("button", name="展开侧栏").is_visible():
        page.get_by_role("button", name="展开侧栏").click()


def history(page: Page, url: str) -> None:
    """The conversations that this browser holds."""
    answer(page, url)
    sidebar(page)
    page.get_by_role("button", name="新对话").click()
    page.locator("speech-doors").wait_for()
    ask(page, "讲话主体分几大部分")
    sidebar(page)
    page.locator("speech-history summary").click()


def refused(page: Page, url: str) -> None:
    """A paste over the limit, kept and explained."""
    start(page, url)
    page.locator(INPUT).fill("粮食" * 800)
    page.get_by_role("alert").filter(has_text="问题太长").wait_for()


def waiting(page: Page, url: str) -> None:
    """A question that is being answered."""
    answer(page, url)
    page.evaluate("speechqaPage.echo('讲话主体分几大部分')")


def digest(page: Page, url: str) -> None:
    """The document's digest, all of it."""
    start(page, url)
    page.get_by_text("概览：各部分的要点").click()
    page.get_by_role("button", name="全部列出").click()
    page.get_by_role("button", name="收起，只看一屏").wait_for()
    settle(page)


def shared(page: Page, url: str) -> None:
    """Somebody's shared conversation, as its reader sees it."""
    answer(page, url)
    sidebar(page)
    page.get_by_role("button", name="分享").click()
    page.get_by_role("button", name="生成链接").click()
    page.goto(page.get_by_test_id("stCode").inner_text().strip())
    page.get_by_text("这是别人分享的对话").wait_for()
    last(page).locator("h2").wait_for()
    settle(page)


STATES: dict[str, Callable[[Page, str], None]] = {
    "first": first_screen,
    "answer": answer,
    "list": long_list,
    "unfolded": unfolded,
    "follow-up": follow_up,
    "not-found": not_found,
    "reader": reader,
    "search": search,
    "editing": editing,
    "history": history,
    "refused": refused,
    "waiting": waiting,
    "digest": digest,
    "shared": shared,
}
WIDTHS = (360, 768, 1200, 1440)
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")


# The README's pictures: name -> state, width, height.
DOCS = {"page": ("answer", 1440, 800), "list": ("list", 1440, 800), "phone": ("reader", 390, 780)}


def main() -> None:
    """Take every picture, or those of the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="folder for all states at all widths, light and dark")
    parser.add_argument("--docs", type=Path, help="folder for the README's pictures, as WebP")
    parser.add_argument("--only", nargs="*", default=list(STATES), choices=list(STATES), help="states")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        served = Served(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        if options.out:
            take_all(browser, served.url, options.out, options.only)
        if options.docs:
            take_for_docs(browser, served.url, options.docs)
        browser.close()
        served.stop()


def take_all(browser: Browser, url: str, out: Path, states: Sequence[str]) -> None:
    """Take the states at every width, light and dark."""
    out.mkdir(parents=True, exist_ok=True)
    for width, scheme in product(WIDTHS, SCHEMES):
        size: ViewportSize = {"width": width, "height": 900 if width > 500 else 780}
        page = browser.new_page(viewport=size, color_scheme=scheme, locale="zh-CN")
        for name in states:
            STATES[name](page, url)
            page.wait_for_timeout(700)  # what moves stands still
            page.screenshot(path=out / f"{name}-{width}-{scheme}.png")
        page.close()
    print(f"{len(states) * len(WIDTHS) * len(SCHEMES)} pictures -> {out}")


def take_for_docs(browser: Browser, url: str, folder: Path) -> None:
    """Take the README's pictures."""
    from PIL import Image

    for name, (state, width, height) in DOCS.items():
        page = browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
        STATES[state](page, url)
        page.wait_for_timeout(700)
        picture = Image.open(io.BytesIO(page.screenshot()))
        picture.thumbnail((1080, 1080))
        picture.save(folder / f"{name}.webp", quality=70, method=6)
        page.close()
    print(f"{len(DOCS)} pictures -> {folder}")


if __name__ == "__main__":
    main()
