"""axe-core on the page's states: nothing serious in our own markup, in light and dark, on a phone and a desktop."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import INPUT, visit
from tests.browser.conftest import Served
from tests.browser.looks import LOOKS
from tests.browser.screens import STATES

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


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("state", STATES)
def test_nothing_serious(contexts: Any, server: Served, state: str, width: int, scheme: str) -> None:
    page = contexts(viewport={"width": width, "height": 850}, color_scheme=scheme, bypass_csp=True).new_page()
    STATES[state](page, server.url)
    page.wait_for_timeout(300)
    ours, theirs = serious(page)
    assert ours == []
    assert theirs == [], "Streamlit's own markup"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_reaches_everything(page: Page, server: Served) -> None:
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


def test_the_focus_is_visible(page: Page, server: Served) -> None:
    visit(page, server.url)
    strip = page.locator("speech-map [role=slider]")
    strip.focus()
    page.keyboard.press("ArrowRight")
    assert strip.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    expect(page.locator("speech-map i.here")).to_be_visible()


def test_motion_is_not_forced(contexts: Any, server: Served) -> None:
    page = visit(contexts(reduced_motion="reduce").new_page(), server.url)
    assert page.locator("speech-reader dialog").evaluate("e => getComputedStyle(e).animationName") == "none"
