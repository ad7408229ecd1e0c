"""Pictures of the page in its states: `python -m tests.browser.screens --out DIR`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chat import INPUT, ask, last, settle, visit
from tests.browser.conftest import CHROMIUM, FLAGS, Served


def first_screen(page: Page, url: str) -> None:
    """Nothing asked yet."""
    visit(page, url)


def answer(page: Page, url: str) -> None:
    """A list with its count."""
    visit(page, url)
    ask(page, "口岸今年有哪些成绩")


def follow_up(page: Page, url: str) -> None:
    """A follow-up and how it was understood."""
    visit(page, url)
    ask(page, "讲话主体分几大部分")
    ask(page, "那第二个呢")


def not_found(page: Page, url: str) -> None:
    """The document does not say."""
    visit(page, url)
    ask(page, "孙吴县的机场什么时候通航")


def reader(page: Page, url: str) -> None:
    """The source, at a place of the answer."""
    answer(page, url)
    last(page).get_by_role("button", name="看原文：第 2 处").click()
    page.locator("speech-reader span.here").first.wait_for()


def long_list(page: Page, url: str) -> None:
    """Fifty points as an outline."""
    visit(page, url)
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
    visit(page, url)
    page.locator(INPUT).fill("粮食" * 800)
    page.get_by_role("alert").filter(has_text="问题太长").wait_for()


def waiting(page: Page, url: str) -> None:
    """A question that is being answered."""
    answer(page, url)
    page.evaluate("speechqaPage.echo('讲话主体分几大部分')")


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
    "shared": shared,
}
WIDTHS = (360, 768, 1200, 1440)
SCHEMES = ("light", "dark")


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        served = Served(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width in WIDTHS:
            for scheme in SCHEMES:
                for name, reach in STATES.items():
                    size = {"width": width, "height": 900 if width > 500 else 780}
                    page = browser.new_page(viewport=size, color_scheme=scheme, locale="zh-CN")
                    reach(page, served.url)
                    page.wait_for_timeout(700)
                    page.screenshot(path=out / f"{name}-{width}-{scheme}.png")
                    page.close()
        browser.close()
        served.stop()
    print(f"{len(STATES) * len(WIDTHS) * len(SCHEMES)} pictures -> {out}")


if __name__ == "__main__":
    main()
