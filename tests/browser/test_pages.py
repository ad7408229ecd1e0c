"""The original beside its words: a PDF opened at its page, a scan's picture beside what was recognised, zips, progress."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import answered, ask, last, settle, visit
from tests.browser.looks import LOOKS, options
from tests.browser.test_accessibility import serious
from tests.browser.test_upload import LONG, NOTICE, give, line, scope
from tests.index.formats import drawn, official
from tests.long import only_long, scaled
from tests.qa.web.test_documents import word
from tests.serving import Serving

TITLE = "关于做好全县重点工作的通知"


@pytest.fixture
def opened(contexts: Any, served: Serving) -> Page:
    page: Page = contexts(bypass_csp=True).new_page()
    return visit(page, served.url)


def scanned() -> bytes:
    """Return the first page of the document as a scan with 1.5° skew, twice."""
    drawn.needs_recognition()
    out = io.BytesIO()
    pages = [drawn.scan(page, seed=at) for at, page in enumerate(official.pages())]
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=drawn.DPI)
    return out.getvalue()


def bring(page: Page, name: str, data: bytes) -> None:
    give(page, (name, data))
    line(page, f"已读：《{TITLE}》").wait_for(timeout=240_000)
    expect(scope(page)).to_contain_text(TITLE)
    settle(page)


def read_at(page: Page, question: str) -> dict[str, Any]:
    """Ask, open the first place in the reader, and return it."""
    answer = ask(page, question)
    assert answer["status"] == "answered"
    last(page).get_by_role("button", name="看原文：第 1 处").click()
    expect(page.locator("speech-reader aside")).to_be_visible()  # beside the answers, or in the sheet
    point: dict[str, Any] = answer["points"][0]
    return point


def test_a_pdf_is_opened_at_the_page(opened: Page) -> None:
    data = official.as_pdf(official.pages())
    bring(opened, "通知.pdf", data)
    point = read_at(opened, "督查结果怎么用")
    assert point["page"] == 2
    pages = opened.locator("speech-pages")
    expect(pages).to_contain_text("第 2 页，共 2 页")
    expect(pages).not_to_contain_text("识别自扫描件")
    link = pages.get_by_role("link", name="查看原件第2页")
    assert str(link.get_attribute("href")).endswith("#page=2")
    expect(pages.locator("figure")).to_be_hidden()
    pages.get_by_role("button", name="显示页面图像").click()
    expect(pages.get_by_role("img", name="原件第 2 页的图像")).to_be_visible(timeout=60_000)
    text = opened.locator("speech-reader .text").bounding_box()
    foot = opened.locator("speech-reader .foot").bounding_box()
    assert text and foot and text["y"] + text["height"] <= foot["y"] + 1  # neither lies over the other
    assert link.get_attribute("target") == "_blank"  # a browser without a viewer saves the file instead
    address = urljoin(opened.url, str(link.get_attribute("href")))
    fetched = opened.request.get(address.partition("#")[0])
    assert fetched.body() == data and fetched.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize(
    ("width", "beside"),
    scaled([(1920, True)], [(1920, True), (1440, False), (1200, False), (360, False)]),
)
def test_a_scan_is_shown_beside_its_words(contexts: Any, served: Serving, width: int, beside: bool) -> None:
    size = {"width": width, "height": 800}
    page = visit(contexts(viewport=size, bypass_csp=True).new_page(), served.url)
    bring(page, "扫描.pdf", scanned())
    point = read_at(page, "督查结果怎么用")
    assert point["page"] == 2 and point["scan"] > 0.9
    pages = page.locator("speech-pages")
    expect(pages).to_contain_text("识别自扫描件，把握 9")
    picture = pages.get_by_role("img", name="原件第 2 页的图像")
    expect(picture).to_be_visible(timeout=60_000)
    assert picture.evaluate("image => image.naturalWidth") == 1240
    text, seen = page.locator("speech-reader .text").bounding_box(), pages.locator("figure").bounding_box()
    assert text and seen
    if beside:
        assert seen["x"] + seen["width"] <= text["x"] + 1 and seen["width"] > 350 and text["width"] > 350
    else:
        assert seen["y"] + seen["height"] <= text["y"] + 1 and text["height"] > 150
    expect(page.locator("speech-reader span.here").first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ours, theirs = serious(page)
    assert (ours, theirs) == ([], [])
    page.wait_for_timeout(800)
    page.locator("speech-reader .text").evaluate("text => text.scrollTo(0, 0)")
    expect(pages.get_by_role("img", name="原件第 1 页的图像")).to_be_visible(timeout=60_000)
    pages.get_by_role("button", name="收起页面图像").click()
    expect(pages.locator("figure")).to_be_hidden()


def test_the_picture_says_why_it_is_not_there(opened: Page) -> None:
    bring(opened, "通知.pdf", official.as_pdf(official.pages()))
    read_at(opened, "督查结果怎么用")
    detail = '{"detail": "这份文稿已删除或到期。"}'
    opened.route("**/originals/**", lambda route: route.fulfill(status=404, body=detail))
    opened.locator("speech-pages").get_by_role("button", name="显示页面图像").click()
    expect(opened.locator("speech-pages figure")).to_contain_text("这份文稿已删除或到期。")
    expect(opened.locator("speech-pages").get_by_role("link")).to_have_count(0)  # it would lead nowhere


def test_a_word_file_can_be_kept_and_the_index_has_no_original(opened: Page) -> None:
    bring(opened, "通知.docx", word(official.as_text()))
    read_at(opened, "督查结果怎么用")
    link = opened.locator("speech-pages").get_by_role("link", name="存下原件")
    with opened.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "通知.docx"
    opened.keyboard.press("Escape")
    opened.get_by_role("button", name="新对话").click()
    expect(scope(opened)).to_have_text("问：《在县委全会上的讲话》")
    settle(opened)
    answer = ask(opened, "口岸今年有哪些成绩")
    assert answer["status"] == "answered"
    last(opened).get_by_role("button", name="看原文：第 1 处").click()
    expect(opened.locator("speech-pages .bar")).to_be_hidden()  # the built-in speech has no pages


def test_a_zip_brings_its_documents(opened: Page) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("甲.docx", word())
        file.writestr("乙.txt", NOTICE)
        file.writestr("丙.docx", b"MZ\x90\x00" + bytes(300))
    give(opened, ("材料.zip", out.getvalue()))
    line(opened, "材料.zip：丙.docx 是程序").wait_for(timeout=40_000)
    folded = line(opened, "已读 2 份")
    folded.wait_for()
    folded.locator("summary").click()
    expect(folded).to_contain_text("已读：《关于做好春季农业生产的通知》")
    expect(folded).to_contain_text("已读：《在全镇工作会议上的讲话》")
    expect(scope(opened)).to_have_text("问 2 篇：《关于做好春季农业生产的通知》《在全镇工作会议上的讲话》")
    settle(opened)
    ask(opened, "各村要在什么时候完成整地")
    expect(folded).to_have_count(0)  # the question is asked: what was read is no news
    expect(line(opened, "丙.docx")).to_have_count(1)


@only_long
def test_questions_to_start_with_come_for_what_was_brought(opened: Page) -> None:
    give(opened, ("讲话.docx", word(LONG)))
    line(opened, "已读").wait_for(timeout=60_000)
    doors = opened.locator("speech-doors section")
    expect(opened.get_by_text("直接提问，原文和出处都来自选中的文稿。")).to_have_count(0, timeout=30_000)
    expect(doors).to_have_count(3, timeout=30_000)
    button = doors.get_by_role("button").first
    question = button.inner_text()
    button.click()
    answer = answered(opened, 0)
    assert (answer["question"], answer["status"]) == (question, "answered")
    assert answer["points"][0]["document"]["title"] != "在县委全会上的讲话"


@only_long
def test_what_was_read_can_be_closed_and_its_notes_stay_in_the_list(opened: Page) -> None:
    bring(opened, "扫描.pdf", scanned())
    line(opened, "已读").get_by_role("button", name="知道了").click()
    expect(opened.locator("speech-files li")).to_have_count(0)
    opened.locator("speech-files .scope").click()
    expect(opened.locator("speech-files .panel")).to_contain_text("识别自扫描件：2 页，平均把握 9")


@only_long
def test_pages_are_counted_while_a_scan_is_read(opened: Page) -> None:
    drawn.needs_recognition()
    out = io.BytesIO()
    pages = [drawn.scan(official.pages()[0], seed=at) for at in range(4)]
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=drawn.DPI)
    give(opened, ("扫描.pdf", out.getvalue()))
    expect(line(opened, "扫描.pdf：正在读取第 1/4 页")).to_have_count(1, timeout=60_000)
    line(opened, "已读").wait_for(timeout=240_000)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_serious(contexts: Any, served: Serving, width: int, scheme: str) -> None:
    page = visit(contexts(**options(width, scheme)).new_page(), served.url)
    bring(page, "通知.pdf", official.as_pdf(official.pages()))
    read_at(page, "督查结果怎么用")
    page.locator("speech-pages").get_by_role("button", name="显示页面图像").click()
    expect(page.locator("speech-pages img")).to_be_visible(timeout=60_000)
    ours, theirs = serious(page)
    assert (ours, theirs) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
