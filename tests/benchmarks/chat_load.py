"""The chat under load: `python -m tests.benchmarks.chat_load [--clients 29] [--seconds 60]`.

Websocket clients speak Streamlit's own protocol and ask without a pause; one real page in Chromium asks beside
them and is measured from the key press to the drawn answer. Then idle sessions are opened to see what one costs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from tests.benchmarks.timing import print_times
from tests.browser.chat import INPUT
from tests.browser.conftest import CHROMIUM, FLAGS, Served
from tests.tab import Tab

GOLDEN = Path(__file__).parents[1] / "golden" / "seed" / "questions.jsonl"
TURNS = 8  # questions of one conversation; then a new one
IDLE = 50  # idle sessions opened to see what one costs


async def keep_asking(served: Served, questions: list[str], until: float, times: list[float]) -> None:
    turn = 0
    client = Tab(served.port)
    await client.open()
    while time.monotonic() < until:
        if turn == TURNS:
            await client.close()
            await client.open()
            turn = 0
        times.append(await client.ask(questions[len(times) % len(questions)]))
        turn += 1
    await client.close()


async def real_page(served: Served, questions: list[str], until: float, times: list[float]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        while time.monotonic() < until:
            await page.goto(served.url)
            await page.locator(INPUT).wait_for(timeout=60_000)
            for turn in range(TURNS):
                await page.locator(INPUT).fill(questions[(7 * len(times)) % len(questions)])
                started = time.perf_counter()
                await page.keyboard.press("Enter")
                await page.locator("speech-answer").nth(turn).locator("h2").wait_for(timeout=60_000)
                times.append(time.perf_counter() - started)
                if time.monotonic() > until:
                    break
        await browser.close()


async def first_paint(served: Served, times: list[float]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context()
        for _ in range(6):
            page = await context.new_page()
            started = time.perf_counter()
            await page.goto(served.url)
            await page.locator("speech-doors section button").first.wait_for()
            times.append(time.perf_counter() - started)
            await page.close()
        await browser.close()


def resident(process: Any) -> float:
    """Return a process's resident memory in MB."""
    for line in Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


async def measure(served: Served, clients: int, seconds: float) -> None:
    questions = [json.loads(line)["question"] for line in GOLDEN.read_text("utf-8").splitlines()]
    paints: list[float] = []
    await first_paint(served, paints)
    print(
        f"first paint with starter questions, cold browser: {paints[0]:.2f} s; warm: {statistics.median(paints[1:]):.2f} s"
    )
    before = resident(served.process)
    idle = [Tab(served.port) for _ in range(IDLE)]
    for client in idle:
        await client.open()
    print(
        f"memory: {before:.0f} MB before, {(resident(served.process) - before) / IDLE:.2f} MB an idle session"
    )
    for client in idle:
        await client.close()
    alone: list[float] = []
    await real_page(served, questions, time.monotonic() + 10, alone)
    print_times("one page alone, question to drawn", alone)
    drawn: list[float] = []
    answered: list[list[float]] = [[] for _ in range(clients)]
    until = time.monotonic() + seconds
    await asyncio.gather(
        real_page(served, questions, until, drawn),
        *(keep_asking(served, questions[n:] + questions[:n], until, answered[n]) for n in range(clients)),
    )
    print_times(f"the page beside {clients} clients, question to drawn", drawn)
    print_times(f"{clients} clients, question to answer arrived", [t for times in answered for t in times])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=29)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder))
        try:
            asyncio.run(measure(served, options.clients, options.seconds))
        finally:
            served.stop()


if __name__ == "__main__":
    main()
