"""axe-core on the page's states: nothing serious in our own markup, in light and dark, on a phone and a desktop."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import INPUT
from tests.browser.conftest import Served
from tests.browser.looks import ZOOMED, options
from tests.browser.screens import STATES
from tests.long import scaled

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
SERIOUS = ("serious", "critical")


def serious(page: Page) -> tuple[list[str], list[str]]:
    """Return what axe finds serious or critical: in our own markup, and in Streamlit's."""
    page.evaluate(AXE)
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    found: tuple[list[str], list[str]] = ([], [])
    for violation in result["violations"]:
        for node in violation["nodes"] if violation["impact"] in SERIOUS else []:
            target = json.dumps(node["target"])
            found["speech" not in target].append(f"{violation['id']} {target}: {node['failureSummary']}")
    return found


def some(look: tuple[int, str, int]) -> list[str]:
    """Return the states to look through in a look: all of them with --long, else one in five, each of them somewhere."""
    place, all_of_them = ZOOMED.index(look), list(STATES)
    return scaled([name for n, name in enumerate(all_of_them) if (n - place) % 5 == 0], all_of_them)


@pytest.mark.parametrize("look", ZOOMED)
def test_nothing_serious(contexts: Any, server: Served, look: tuple[int, str, int]) -> None:
    page = contexts(**options(*look)).new_page()
    for state in some(look):
        STATES[state](page, server.url)
        ours, theirs = serious(page)
        assert (state, ours) == (state, [])
        assert (state, theirs) == (state, []), "Streamlit's own markup"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state


def test_the_keyboard_reaches_everything(tab: Page, server: Served) -> None:
    page = tab
    STATES["answer"](page, server.url)
    page.locator(INPUT).focus()
    reached = []
    for _ in range(80):
        page.keyboard.press("Shift+Tab")
        reached.append(
            page.evaluate(
                "() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
                " return e.getAttribute('aria-label') || e.innerText || e.localName; }"
            )
        )
    everything = "\n".join(map(str, reached))
    for name in (
        "看原文：第 1 处",
        "复制第 1 处和出处",
        "有用",
        "要求",
        "修改",
        "文稿地图",
        "新对话",
        "导出",
    ):
        assert name in everything


def test_the_focus_is_visible(tab: Page) -> None:
    page = tab
    strip = page.locator("speech-map [role=slider]")
    strip.focus()
    page.keyboard.press("ArrowRight")
    assert strip.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    expect(page.locator("speech-map i.here")).to_be_visible()


def test_motion_is_not_forced(tab: Page) -> None:
    turns = "() => { const e = document.createElement('speech-pending'); e.question = '问'; document.body.append(e);"
    turns += " const name = getComputedStyle(e.shadowRoot.querySelector('.wait'), '::before').animationName; e.remove(); return name; }"
    assert tab.evaluate(turns) == "turn"
    tab.emulate_media(reduced_motion="reduce")
    assert tab.evaluate(turns) == "none"
    tab.emulate_media(reduced_motion="no-preference")
