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

from playwright.sync_api import BrowserContext, sync_playwright

from tests.browser.chat import INPUT
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.serving import Serving

LATENCY = 20  # milliseconds to the server and back


def visit(context: BrowserContext, url: str, rate: int) -> dict[str, Any]:
    """Open the page once and ask; return seconds and bytes."""
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": LATENCY, "downloadThroughput": rate, "uploadThroughput": rate}
    wire.send("Network.emulateNetworkConditions", slow)
    count = {"bytes": 0, "responses": 0, "frames": 0}

    def finished(event: dict[str, Any]) -> None:
        count["bytes"] += int(event["encodedDataLength"])
        count["responses"] += 1

    wire.on("Network.loadingFinished", finished)
    wire.on(
        "Network.webSocketFrameReceived",
        lambda event: count.__setitem__("frames", count["frames"] + len(event["response"]["payloadData"])),
    )
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
    page.wait_for_timeout(500)
    page.close()
    return {"paint": paint, "readable": readable, "box": box, "whole": whole, "answer": answer} | count


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
        for name in ("cold", "warm"):
            got = visit(context, options.url or served.url, options.kilobytes * 1000)  # type: ignore[union-attr]
            print(
                f"{name}: painted {got['paint']:.2f} s, words {got['readable']:.2f} s, question box {got['box']:.2f} s, "
                f"starter questions {got['whole']:.2f} s, an answer {got['answer']:.2f} s; {got['responses']} responses, "
                f"{got['bytes'] / 1e6:.2f} MB, {got['frames'] / 1e3:.0f} kB over the WebSocket"
            )
        browser.close()
        if served:
            served.stop()


if __name__ == "__main__":
    main()
