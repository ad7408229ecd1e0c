"""Long lists as an outline: scannable, copied, printed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import ask, last, until, visit
from tests.browser.conftest import Served
from tests.long import only_long

LIST = "今年有哪些成绩"  # 50 points


@pytest.fixture(scope="module")
def answered(loaded: Page) -> dict[str, Any]:
    answer = ask(loaded, LIST)
    assert answer["total"] == len(answer["points"]) >= 50
    return answer


@pytest.fixture
def listed(loaded: Page, answered: dict[str, Any]) -> tuple[Page, dict[str, Any]]:
    """The page with the list, drawn as it came."""
    last(loaded).evaluate("e => { e.answer = e.answer; e.scrollIntoView({ block: 'start' }); }")
    return loaded, answered


def clipboard(page: Page, kind: str) -> str:
    return str(
        page.evaluate(
            "async kind => { const [item] = await navigator.clipboard.read(); return (await item.getType(kind)).text(); }",
            kind,
        )
    )


def numbers(page: Page) -> list[int]:
    found = last(page).locator("li.point .number").all_inner_texts()
    return [int(text.strip("[]")) for text in found]


def test_all_points_on_one_screen(listed: tuple[Page, dict[str, Any]]) -> None:
    page, answer = listed
    heads = last(page).locator(".heads li")
    assert heads.count() == answer["total"]
    question = page.get_by_test_id("stBottom").bounding_box()
    assert question
    expect(heads.nth(answer["total"] - 1)).to_be_in_viewport(ratio=1)
    for place in (0, answer["total"] - 1):
        box = heads.nth(place).bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= question["y"] + 1
    for point, head in zip(sorted(p["start"] for p in answer["points"]), sorted_heads(page), strict=True):
        assert point == head[0]
        text = next(p["text"] for p in answer["points"] if p["start"] == point)
        assert text.startswith(head[1].rstrip("…"))


def sorted_heads(page: Page) -> list[tuple[int, str]]:
    found = (
        last(page)
        .locator(".heads li")
        .evaluate_all(
            "all => all.map(e => [+e.dataset.start, e.querySelector('button').lastChild.data.trim()])"
        )
    )
    return sorted((int(start), str(text)) for start, text in found)


def test_groups_unfold_and_what_is_general_comes_last(listed: tuple[Page, dict[str, Any]]) -> None:
    page, answer = listed
    groups = last(page).locator("section.group")
    assert groups.count() > 3
    for group in groups.all():
        count = int(re.findall(r"\d+", group.locator(".count").inner_text())[0])
        assert group.locator("li.point").count() == count
        expect(group.locator("li.point").first).to_be_hidden()
        assert group.locator(".path cite").count() <= 1
    deepest = max(len(p["path"]) for p in answer["points"])
    general = [p["start"] for p in answer["points"] if len(p["path"]) < deepest]
    ends = groups.last.locator("li.point").evaluate_all("all => all.map(e => +e.dataset.start)")
    assert ends == general
    assert numbers(page) == list(range(1, answer["total"] + 1))
    button = groups.first.locator("button.name")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(groups.first.locator("blockquote").first).to_be_visible()
    last(page).get_by_role("button", name="全部展开").click()
    assert last(page).locator("blockquote:visible").count() == answer["total"]
    expect(last(page).locator("blockquote").first).to_be_in_viewport()
    last(page).get_by_role("button", name="全部收起").click()
    assert last(page).locator("blockquote:visible").count() == 0


def test_a_head_shows_its_place_in_the_source(listed: tuple[Page, dict[str, Any]]) -> None:
    page, _ = listed
    head = last(page).locator(".heads li").nth(20)
    start = head.get_attribute("data-start")
    head.locator("button").click()
    here = page.locator("speech-reader span.here").first
    expect(here).to_be_in_viewport()
    assert int(str(here.get_attribute("data-start"))) <= int(str(start))
    expect(head).to_have_class("now")


def test_on_a_phone_a_head_unfolds_its_group(contexts: Any, server: Served) -> None:
    page = contexts(viewport={"width": 360, "height": 780}).new_page()
    visit(page, server.url)
    ask(page, LIST)
    head = last(page).locator(".heads li").nth(10)
    start = head.get_attribute("data-start")
    head.locator("button").click()
    expect(last(page).locator(f'li.point[data-start="{start}"] blockquote')).to_be_visible()
    assert page.locator("speech-reader dialog[open]").count() == 0


@only_long
def test_long_numbers_stay_on_one_line(contexts: Any, server: Served) -> None:
    for width in (360, 1440):
        page = contexts(viewport={"width": width, "height": 800}).new_page()
        visit(page, server.url)
        ask(page, LIST)
        last(page).get_by_role("button", name="全部展开").click()
        heights = (
            last(page)
            .locator("li.point .number")
            .evaluate_all(
                "all => all.map(e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length; })"
            )
        )
        assert set(heights) == {1}


def test_all_are_copied_as_lines_and_for_word(listed: tuple[Page, dict[str, Any]]) -> None:
    page, answer = listed
    last(page).get_by_role("button", name="带出处", exact=False).first.click()
    expect(last(page).get_by_text("已复制")).to_be_visible()
    text, html = clipboard(page, "text/plain"), clipboard(page, "text/html")
    lines = [line for line in text.split("\n") if re.match(r"\d+\. ", line)]
    assert [int(line.split(".")[0]) for line in lines] == list(range(1, answer["total"] + 1))
    for point in answer["points"]:
        assert f"{point['text']}（{point['citation']}）" in text
    assert html.count("<li>") == answer["total"]
    assert html.count("<h3>") == html.count("<ol") == last(page).locator("section.group").count()
    last(page).get_by_role("button", name="不带出处").click()
    until(page, "async (old) => (await navigator.clipboard.readText()) !== old", arg=text)
    bare = clipboard(page, "text/plain")
    assert all(point["text"] in bare and point["citation"] not in bare for point in answer["points"])
    assert len([line for line in bare.split("\n") if re.match(r"\d+\. ", line)]) == answer["total"]


def test_one_group_is_copied(listed: tuple[Page, dict[str, Any]]) -> None:
    page, answer = listed
    group = last(page).locator("section.group").nth(1)
    group.get_by_role("button", name="复制“").click()
    expect(group.get_by_text("已复制")).to_be_visible()
    text = clipboard(page, "text/plain")
    starts = group.locator("li.point").evaluate_all("all => all.map(e => +e.dataset.start)")
    assert text.count("\n") + 1 == len(starts)
    for point in answer["points"]:
        assert (point["text"] in text) == (point["start"] in starts)


def test_copying_on_plain_http_keeps_the_structure_too(contexts: Any, server: Served) -> None:
    page = contexts().new_page()
    visit(page, f"http://qa.test:{server.port}")
    answer = ask(page, LIST)
    page.evaluate(
        "document.addEventListener('copy', e => { window.copied = [e.clipboardData.getData('text/plain'), e.clipboardData.getData('text/html')]; })"
    )
    last(page).get_by_role("button", name="不带出处").click()
    expect(last(page).get_by_text("已复制")).to_be_visible()
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('div'), {id: 'paste', contentEditable: 'true'}))"
    )
    page.locator("#paste").evaluate("e => e.focus()")
    page.keyboard.press("Control+V")
    assert page.locator("#paste li").count() == answer["total"]
    assert page.locator("#paste h3").count() > 3


def test_print_has_all_points_and_no_controls(listed: tuple[Page, dict[str, Any]]) -> None:
    import pypdfium2

    page, answer = listed
    document = pypdfium2.PdfDocument(page.pdf())
    text = "".join(document[n].get_textpage().get_text_range() for n in range(len(document)))
    flat = re.sub(r"\s", "", text)
    for point in answer["points"]:
        assert re.sub(r"\s", "", point["text"])[:12] in flat
    for control in ("复制", "有用", "接着问", "全部展开", "修改", "添加文稿", "新对话"):
        assert control not in flat
    document.close()


def test_the_whole_page_is_copied_without_labels(contexts: Any, server: Served) -> None:
    page = contexts(permissions=["clipboard-read", "clipboard-write"]).new_page()
    visit(page, server.url)
    answer = ask(page, "口岸今年有哪些成绩")
    page.locator(".speechqa-head h1").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+C")
    text = clipboard(page, "text/plain")
    assert answer["points"][0]["text"] in text
    for label in ("复制", "看原文", "有用", "全部复制", "接着问", "新对话"):
        assert label not in text


def test_a_single_facet_has_no_row_of_facets(listed: tuple[Page, dict[str, Any]]) -> None:
    page, answer = listed
    assert len({p["facet"] for p in answer["points"]}) == 1
    assert last(page).get_by_role("group", name="只看哪一类").count() == 0


def test_how_sure_it_is_says_why(listed: tuple[Page, dict[str, Any]]) -> None:
    page, answer = listed
    badge = last(page).locator(".badge")
    expect(badge).to_contain_text(answer["certainty"])
    reason = badge.get_attribute("title")
    assert reason
    expect(last(page).locator(".reason")).to_be_hidden()
    badge.click()
    expect(last(page).locator(".reason")).to_have_text(reason)
    badge.click()
    expect(last(page).locator(".reason")).to_be_hidden()


def test_masked_places_are_explained_once(page: Page, server: Served) -> None:
    visit(page, server.url)
    for place, question in enumerate(["全县高标准农田面积达到多少", "口岸今年有哪些成绩"]):
        answer = ask(page, question)
        assert "脱敏" in answer["note"]
        assert last(page).locator(".note").count() == (place == 0)
