"""Answers left, source right, from 1200 px on; below, a sheet that the browser's Back closes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from index import Snapshot
from tests.browser.chat import INPUT, answered, ask, last, settle, visit
from tests.browser.conftest import Served
from tests.texts import SPEECH

QUESTION = "口岸今年有哪些成绩"


def source(page: Page) -> Locator:
    return page.locator("speech-reader aside")


def boxes(page: Page) -> tuple[Any, Any]:
    answers, text = page.locator(".stMain").bounding_box(), source(page).bounding_box()
    assert answers and text
    return answers, text


def test_the_source_is_always_there(tab: Page) -> None:
    ask(tab, QUESTION)
    for width in (1200, 1440):
        tab.set_viewport_size({"width": width, "height": 900})
        expect(source(tab)).to_be_visible()
        answers, text = boxes(tab)
        assert answers["x"] + answers["width"] <= text["x"] + 1
        assert text["x"] + text["width"] == width
        box = tab.locator(INPUT).bounding_box()
        assert box and box["x"] + box["width"] < text["x"]
        assert answers["width"] >= 400 and text["width"] >= 400
        assert tab.locator("speech-reader dialog[open]").count() == 0


def test_a_point_and_its_place_are_synchronised(tab: Page) -> None:
    answer = ask(tab, QUESTION)
    first, second = answer["points"][:2]
    last(tab).locator("blockquote").nth(1).click()
    here = source(tab).locator("span.here").first
    expect(here).to_be_in_viewport()
    assert SPEECH[second["start"] :].startswith(here.inner_text()[:10])
    expect(last(tab).locator("li.point.now")).to_have_attribute("data-start", str(second["start"]))
    source(tab).locator(f'span[data-start="{first["start"]}"]').click()  # the other way round
    expect(last(tab).locator("li.point.now")).to_have_attribute("data-start", str(first["start"]))
    expect(source(tab).locator(".foot cite")).to_have_text(first["citation"])


def test_a_new_conversation_begins_with_the_text(tab: Page) -> None:
    """Nothing is left over of the answer that was there."""
    ask(tab, QUESTION)
    expect(source(tab).locator("span.here").first).to_be_in_viewport()
    where = source(tab).locator(".where")
    expect(where).to_contain_text("我们全力推进高水平对外开放")
    tab.get_by_role("button", name="新对话").click()
    tab.locator("speech-doors").wait_for()
    expect(source(tab).locator("span.here, span.lit")).to_have_count(0)
    expect(source(tab).locator(".foot")).to_be_hidden()
    expect(source(tab).locator(".text p").first).to_be_in_viewport()
    expect(where).to_have_text("点一句可以复制，或就它提问。")


def test_a_sentence_is_copied_or_asked_about(tab: Page, snapshot: Snapshot) -> None:
    sentence = snapshot.documents[0].sentences[3]
    source(tab).locator(f'span[data-start="{sentence.start}"]').click()
    source(tab).get_by_role("button", name="复制", exact=True).click()
    expect(source(tab).get_by_text("已复制")).to_be_visible()
    copied = tab.evaluate("navigator.clipboard.readText()")
    words = SPEECH[sentence.start : sentence.end]
    assert copied.startswith(f"{words}（《") and copied.endswith(f"第{sentence.paragraph}段）")
    source(tab).get_by_role("button", name="就这句提问").click()
    expect(tab.locator(INPUT)).to_have_value(f"“{words[:60]}”")
    expect(tab.locator(INPUT)).to_be_focused()
    tab.keyboard.press("Enter")
    assert answered(tab, 0)["question"] == f"“{words[:60]}”"


def test_paragraphs_have_the_numbers_of_citations(tab: Page, snapshot: Snapshot) -> None:
    numbers = (
        source(tab).locator("p[data-paragraph]").evaluate_all("all => all.map(p => +p.dataset.paragraph)")
    )
    assert numbers == sorted(set(numbers))
    assert set(numbers) == {s.paragraph for s in snapshot.documents[0].sentences}
    for sentence in snapshot.documents[0].sentences[::20]:
        found = (
            source(tab)
            .locator(f'span[data-start="{sentence.start}"]')
            .evaluate(
                "e => { let p = e.closest('p'); while (!p.dataset.paragraph) p = p.previousElementSibling; return +p.dataset.paragraph; }"
            )
        )
        assert found == sentence.paragraph


def test_searching_the_text(tab: Page) -> None:
    source(tab).locator(".text").click(position={"x": 5, "y": 5})
    tab.keyboard.press("Control+f")  # its own, where one is in the text
    field = source(tab).get_by_label("在原文里查找")
    expect(field).to_be_focused()
    word = "口岸"
    field.fill(word)
    count = SPEECH.count(word)
    paragraphs = sum(word in line for line in SPEECH.split("\n"))
    said = source(tab).locator(".find .count")
    expect(said).to_contain_text(f"第 1 处，共 {count} 处")
    told = re.search(r"在 (\d+) 段里", said.inner_text())
    assert told and int(told[1]) == paragraphs  # those of the text, not the pieces that are seen
    assert tab.evaluate("CSS.highlights.get('speechqa-found').size") == count
    source(tab).get_by_role("button", name="下一处", exact=True).click()
    expect(said).to_contain_text("第 2 处")
    for _ in range(2):
        source(tab).get_by_role("button", name="上一处", exact=True).click()
    expect(said).to_contain_text(f"第 {count} 处")  # round the end
    shown = tab.evaluate(
        "(() => { const [r] = CSS.highlights.get('speechqa-now'); const b = r.getBoundingClientRect(); return [String(r), b.top, innerHeight]; })()"
    )
    assert shown[0] == word and 0 < shown[1] < shown[2]
    field.fill("没有这个词")
    expect(said).to_have_text("没有“没有这个词”")
    tab.keyboard.press("Escape")
    expect(field).to_have_value("")
    assert tab.evaluate("CSS.highlights.get('speechqa-found').size") == 0


def test_the_outline_follows_the_text(tab: Page, snapshot: Snapshot) -> None:
    indexed = snapshot.documents[0]
    deepest = max((s for s in indexed.sections if s.parent is not None), key=lambda s: s.start)
    source(tab).locator(f'span[data-start="{deepest.start}"]').evaluate(
        "e => e.scrollIntoView({block: 'start'})"
    )
    current = tab.locator("speech-outline [aria-current=location]")
    heading = re.compile(re.escape(SPEECH[deepest.start : deepest.title_end][:8]))
    expect(current).to_have_attribute("title", heading)
    expect(current).to_be_in_viewport()
    expect(source(tab).locator(".where")).to_contain_text(SPEECH[deepest.start : deepest.title_end][:8])


def test_type_size_and_theme_are_kept(page: Page, server: Served) -> None:
    visit(page, server.url)
    text = source(page).locator(".text")
    before = text.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    source(page).get_by_role("button", name="字大一号").click()
    larger = text.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert larger > before
    for _ in range(2):
        source(page).get_by_role("button", name="颜色：").click()
    dark = source(page).evaluate("e => getComputedStyle(e).backgroundColor")
    assert dark == "rgb(20, 23, 28)"
    page.reload()
    expect(source(page)).to_be_visible()
    assert text.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") == larger
    assert source(page).evaluate("e => getComputedStyle(e).backgroundColor") == dark


@pytest.mark.parametrize("width", [360, 768])
def test_back_closes_the_sheet_and_nothing_else(contexts: Any, server: Served, width: int) -> None:
    page = contexts(viewport={"width": width, "height": 780}).new_page()
    visit(page, server.url)
    ask(page, QUESTION)
    ask(page, "粮食呢")
    address, sheet = page.url, page.locator("speech-reader dialog")
    for _ in range(2):
        last(page).locator("blockquote").first.click()
        expect(sheet).to_be_visible()
        page.go_back()
        expect(sheet).to_be_hidden()
        assert page.url == address
        assert page.locator("speech-answer h2").all_inner_texts() == [QUESTION, "粮食呢"]
    last(page).locator("blockquote").first.click()  # words have no focus to give back
    sheet.get_by_role("button", name="返回").click()
    expect(sheet).to_be_hidden()
    expect(last(page).get_by_role("button", name="看原文：第 1 处")).to_be_focused()
    page.get_by_role("button", name="展开侧栏").click()
    page.get_by_role("button", name="新对话").click()
    page.locator("speech-doors").wait_for()
    page.go_back()  # no entry of the sheet's is left: this is the conversation
    expect(page.locator("speech-answer h2")).to_have_text([QUESTION, "粮食呢"])
    expect(page).to_have_url(address)


def test_going_back_and_on_between_conversations(page: Page, server: Served) -> None:
    visit(page, server.url)
    ask(page, QUESTION)
    first = page.url
    page.get_by_role("button", name="新对话").click()
    page.locator("speech-doors").wait_for()
    ask(page, "讲话主体分几大部分")
    second = page.url
    assert first != second
    page.go_back()
    expect(page.locator("speech-answer h2")).to_have_text([QUESTION])
    settle(page)
    assert page.url == first
    page.go_forward()
    expect(page.locator("speech-answer h2")).to_have_text(["讲话主体分几大部分"])
    page.reload()
    expect(page.locator("speech-answer h2")).to_have_text(["讲话主体分几大部分"])


def test_the_keyboard_through_two_panes(tab: Page) -> None:
    ask(tab, QUESTION)
    tab.locator(INPUT).focus()
    reached = []
    for _ in range(30):
        tab.keyboard.press("Tab")
        reached.append(
            tab.evaluate(
                "() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
                " return e.getAttribute('aria-label') || e.innerText || e.localName; }"
            )
        )
    for name in ("在原文里查找", "字大一号", "原文"):
        assert any(name in str(one) for one in reached), reached
