"""Several documents on the page: the scope that a question names, documents to choose from, a comparison, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from index import Encoder, build_index
from tests.browser.chat import answered, ask, last, visit
from tests.browser.conftest import Served
from tests.yearly import yearly

CHANGE = "青河县2023年和2024年对粮食安全的要求有什么变化"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("library")
    build_index(yearly(), encoder=encoder, root=folder / "index")
    served = Served(folder, SPEECHQA_INDEX=str(folder / "index"))
    yield served
    served.stop()


@pytest.mark.parametrize("width", [1440, 360])
def test_choices_and_a_comparison(contexts: Any, library: Served, width: int) -> None:
    page = contexts(viewport={"width": width, "height": 900}).new_page()
    visit(page, library.url)
    answer = ask(page, "全文分几部分")
    assert answer["reason"] == "which_document"
    last(page).get_by_role("group", name="选一篇文稿").get_by_role(
        "button", name="《白山县政府工作报告》"
    ).click()
    chosen = answered(page, 1)
    assert chosen["scope"] == [point["document"]["id"] for point in chosen["points"][:1]]
    expect(last(page).get_by_text("只问：《白山县政府工作报告》")).to_be_visible()
    ask(page, CHANGE)
    table = last(page).locator(".compare table")
    expect(table).to_be_visible()
    expect(table.locator("td blockquote").first).to_be_visible()
    expect(table.locator("td.none")).to_have_count(2)
    cells = table.locator("tbody tr:not(.change)").first.locator("td")
    first, second = cells.nth(0).bounding_box(), cells.nth(1).bounding_box()
    assert first and second
    if width == 360:
        assert second["y"] >= first["y"] + first["height"] - 1
        expect(cells.nth(1).locator(".of")).to_have_text("《青河县政府工作报告》（2024年）")
    else:
        assert abs(first["y"] - second["y"]) < 1 and second["x"] >= first["x"] + first["width"] - 1
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    cells.nth(1).get_by_role("button", name="看原文").click()
    expect(page.locator("speech-reader span.here").first).to_be_in_viewport()
