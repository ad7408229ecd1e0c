"""A first visit over a thin line: `python -m tests.benchmarks.first_visit [--kilobytes 50] [--url URL]`.

A cold Chromium opens the chat of `speechqa serve`, slowed to so many kilobytes a second: when something can be
read, when the question box is there, when the first answer stands, and what came over the line; then once more, warm.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, sync_playwright

from tests.benchmarks.thin import Thin
from tests.browser.chat import INPUT
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.serving import Serving


def visit(context: BrowserContext, url: str) -> dict[str, Any]:
    """Open the page once and ask; return seconds."""
    page = context.new_page()
    started = time.perf_counter()
    page.goto(url, wait_until="commit", timeout=240_000)
    words = "() => (document.body?.innerText || '').trim().length > 20"
    page.wait_for_function(words, timeout=240_000)
    readable = time.perf_counter() - started
    page.locator(INPUT).wait_for(timeout=240_000)
    box = time.perf_counter() - started
    page.locator("speech-doors section button").first.wait_for(timeout=240_000)
    whole = time.perf_counter() - started
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime / 1000")
    page.locator(INPUT).fill("口岸今年有哪些成绩")
    asked = time.perf_counter()
    page.keyboard.press("Enter")
    page.locator("speech-answer h2").first.wait_for(timeout=240_000)
    answer = time.perf_counter() - asked
    page.close()
    return {"paint": paint, "readable": readable, "box": box, "whole": whole, "answer": answer}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kilobytes", type=int, default=50)
    parser.add_argument("--url", help="a server that runs already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        served = None if options.url else Serving(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
        port = urlsplit(options.url).port if options.url else served.port  # type: ignore[union-attr]
        line = Thin(port or 80, options.kilobytes * 1000)
        for name in ("cold", "warm"):
            before = line.came
            got = visit(context, f"http://127.0.0.1:{line.port}")
            print(
                f"{name}: painted {got['paint']:.2f} s, words {got['readable']:.2f} s, question box {got['box']:.2f} s, "
                f"starter questions {got['whole']:.2f} s, an answer {got['answer']:.2f} s; "
                f"{(line.came - before) / 1e6:.2f} MB over the line"
            )
        browser.close()
        if served:
            served.stop()


if __name__ == "__main__":
    main()
