"""Several documents on the page: the scope that a question names, documents to choose from, a comparison, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from index import Encoder, build_index, entries_of
from qa.web.keys import Keys
from tests.browser.chat import answered, ask, last, visit
from tests.browser.conftest import Served
from tests.texts import REPORT
from tests.yearly import yearly

CHANGE = "青河县2023年和2024年对粮食安全的要求有什么变化"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("library")
    build_index(yearly(), encoder=encoder, root=folder / "index")
    keys = Keys(folder / "keys.json")
    served = Served(
        folder,
        SPEECHQA_INDEX=str(folder / "index"),
        SPEECHQA_KEYS=str(keys.path),
        SPEECHQA_LIBRARY_WRITING="on",
    )
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


def test_documents_go_into_the_library_and_out_of_it(contexts: Any, library: Served) -> None:
    """A document that is brought is added for everybody, then taken out; a wrong key and a change of mind do nothing."""
    index, there = library.store.parent / "index", len(yearly())
    _, token = Keys(library.store.parent / "keys.json").make("文稿员", ["documents"])
    page = contexts(bypass_csp=True).new_page()
    visit(page, library.url)
    page.get_by_label("选择文稿", exact=True).set_input_files(
        {"name": "全镇.txt", "mimeType": "text/plain", "buffer": REPORT.encode()}
    )
    page.locator("speech-files li", has_text="已读：《在全镇工作会议上的讲话》").wait_for(timeout=40_000)
    page.locator("speech-files .scope").click()
    panel = page.locator("speech-files .panel")
    shelf, doc = panel.locator("speech-shelf"), panel.locator(".doc", has_text="在全镇工作会议上的讲话")
    said, ask_first = shelf.get_by_role("status"), shelf.get_by_role("alertdialog")
    expect(doc).to_contain_text("自己的")
    expect(panel.get_by_role("button", name=re.compile("文稿库$"))).to_have_count(0)  # nothing without a key

    def enter(key: str) -> None:
        shelf.get_by_role("button", name="管理文稿库……").click()
        expect(shelf.get_by_label("权限的密钥")).to_be_focused()
        shelf.get_by_label("权限的密钥").fill(key)
        page.keyboard.press("Enter")

    enter("sq_wrong")
    doc.get_by_role("button", name="把《在全镇工作会议上的讲话》加入文稿库").click()
    ask_first.get_by_role("button", name="加入文稿库").click()
    expect(said).to_have_text(re.compile("^密钥不对"))
    assert len(entries_of(index)) == there
    enter(token)
    doc.get_by_role("button", name="把《在全镇工作会议上的讲话》加入文稿库").click()
    expect(ask_first).to_contain_text("加入后大家都能问到")
    ask_first.get_by_role("button", name="加入文稿库").click()
    expect(said).to_have_text("已加入文稿库：《在全镇工作会议上的讲话》，大家都能问到。")
    expect(doc).not_to_contain_text("自己的")
    assert len(entries_of(index)) == there + 1
    expect(page.locator("speech-files .scope span")).to_have_text("问：《在全镇工作会议上的讲话》")

    out = doc.get_by_role("button", name="把《在全镇工作会议上的讲话》移出文稿库")
    out.click()
    page.keyboard.press("Escape")
    expect(ask_first).to_be_hidden()
    expect(out).to_be_focused()
    out.click()
    ask_first.get_by_role("button", name="移出文稿库").click()
    expect(said).to_have_text("已移出文稿库：《在全镇工作会议上的讲话》。")
    expect(doc).to_have_count(0)
    expect(page.locator("speech-files .scope span")).to_have_text(f"问：全部 {there} 篇")
    assert len(entries_of(index)) == there
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
