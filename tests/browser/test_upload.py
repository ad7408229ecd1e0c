"""A person's own documents on the page: dropped, read, asked, opened at the place; refused in one line; private."""

from __future__ import annotations

import base64
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat import INPUT, ask, last, settle, visit
from tests.browser.conftest import Served
from tests.browser.looks import LOOKS, options
from tests.browser.test_accessibility import serious
from tests.long import only_long
from tests.qa.web.test_documents import bomb, word
from tests.serving import Serving
from tests.texts import HOSTILE, REPORT

LONG = (Path(__file__).parents[1] / "golden" / "d1" / "document.txt").read_text("utf-8")[:12_000]
NOTICE = "关于做好春季农业生产的通知\n各乡镇：\n一、抓好春耕备耕。各村要在三月底前完成整地。\n二、抓好农资供应。县农业农村局要备足种子化肥。\n"
SECONDS = 5.0  # from dropping a file of 20 pages to its first answer, on a machine that does nothing else
LOADED = 4  # times as long where others use it too


@pytest.fixture
def opened(contexts: Any, served: Serving) -> Page:
    page: Page = contexts(bypass_csp=True).new_page()
    return visit(page, served.url)


def give(page: Page, *files: tuple[str, bytes]) -> None:
    """Choose files; those that the server refuses stand in the browser's console, and that is all."""
    payload = [{"name": n, "mimeType": "application/octet-stream", "buffer": data} for n, data in files]
    page.locator("speech-files input[type=file]").set_input_files(payload)  # type: ignore[arg-type]


def line(page: Page, text: str) -> Locator:
    return page.locator("speech-files li", has_text=text)


def scope(page: Page) -> Locator:
    return page.locator("speech-files .scope span")


def read(page: Page, name: str, text: str, title: str) -> None:
    give(page, (name, word(text) if name.endswith(".docx") else text.encode()))
    line(page, f"已读：《{title}》").wait_for(timeout=40_000)
    expect(scope(page)).to_contain_text(title)
    settle(page)


def test_a_word_file_is_dropped_asked_and_opened_at_the_place(opened: Page) -> None:
    data = base64.b64encode(word(LONG)).decode()
    drop = """([data, name]) => {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const carried = new DataTransfer();
        carried.items.add(new File([bytes], name));
        for (const type of ["dragenter", "dragover", "drop"])
          document.querySelector(".stApp").dispatchEvent(
            new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true, composed: true }));
    }"""
    begun = time.monotonic()
    opened.evaluate(drop, [data, "报告.docx"])
    done = line(opened, "已读：《")
    done.wait_for(timeout=60_000)
    assert re.search(r"已读：《.+》 [\d,]+ 字", done.inner_text())
    expect(scope(opened)).not_to_contain_text("在县委全会上的讲话")
    settle(opened)
    answer = ask(opened, "今年的主要任务有哪些")
    taken = time.monotonic() - begun
    assert taken < SECONDS * LOADED
    assert answer["status"] == "answered"
    for point in answer["points"]:
        assert LONG[point["start"] : point["end"]] == point["text"] or point["text"] in LONG.replace("\n", "")
    last(opened).get_by_role("button", name="看原文：第 1 处").click()
    expect(opened.locator("speech-reader aside")).to_be_visible()
    here = opened.locator("speech-reader span.here").first
    expect(here).to_be_in_viewport()
    marked = "".join(opened.locator("speech-reader span.here").all_inner_texts())
    assert any(point["text"][:6] in marked for point in answer["points"])  # it may begin within a sentence
    expect(opened.locator("speech-reader").get_by_role("button", name="复制链接")).to_have_count(0)
    opened.keyboard.press("Escape")
    expect(last(opened).get_by_role("button", name="有用")).to_have_count(0)  # a verdict would keep its words


def test_three_at_once_one_of_them_broken(opened: Page) -> None:
    give(opened, ("一.docx", word()), ("二.docx", b"PK\x03\x04" + bytes(400)), ("三.txt", NOTICE.encode()))
    line(opened, "已读：《关于做好春季农业生产的通知》").wait_for(timeout=40_000)
    expect(line(opened, "已读：《在全镇工作会议上的讲话》")).to_have_count(1)
    expect(line(opened, "二.docx 已损坏")).to_have_count(1)
    expect(scope(opened)).to_have_text(re.compile("问 2 篇：《"))
    settle(opened)
    answer = ask(opened, "各村要在什么时候完成整地")
    assert answer["points"][0]["document"]["title"] == "关于做好春季农业生产的通知"
    line(opened, "二.docx").get_by_role("button", name="知道了").click()
    expect(line(opened, "二.docx")).to_have_count(0)


def test_what_is_refused_gets_one_clear_line(opened: Page, tmp_path: Path) -> None:
    large = tmp_path / "电影.docx"
    with large.open("wb") as file:
        file.truncate(60_000_000)
    opened.locator("speech-files input[type=file]").set_input_files(large)
    give(opened, ("报告.docx", b"MZ\x90\x00" + bytes(3000)), ("炸弹.docx", bomb()), ("空.txt", b""))
    line(opened, "空.txt").wait_for()
    expect(line(opened, "空.txt 里没有文字")).to_have_count(1, timeout=30_000)
    lines = opened.locator("speech-files li span").all_inner_texts()
    wanted = [
        "电影.docx：文件太大：最多 20 MB，实际 60.0 MB",
        "报告.docx 是程序",
        "炸弹.docx",
        "空.txt 里没有文字",
    ]
    assert len(lines) == 4
    for found, start in zip(lines, wanted, strict=True):
        assert found.startswith(start) and "\n" not in found and len(found) < 120
    expect(scope(opened)).to_have_text("问：《在县委全会上的讲话》")
    assert ask(opened, "口岸今年有哪些成绩")["status"] == "answered"


@only_long
def test_which_documents_are_asked_is_chosen_by_clicking(opened: Page) -> None:
    read(opened, "一.docx", REPORT, "在全镇工作会议上的讲话")
    opened.locator("speech-files .scope").click()
    panel = opened.locator("speech-files .panel")
    expect(panel.locator(".doc")).to_have_count(2)
    expect(panel.locator(".meta").first).to_have_text(re.compile(r"自己的 · 讲话 · \d+ 字"))
    panel.get_by_role("checkbox", name="在县委全会上的讲话").check()
    expect(scope(opened)).to_have_text("问：全部 2 篇")
    settle(opened)
    both = ask(opened, "粮食总产是多少")
    assert {p["document"]["title"] for p in both["passages"]} >= {
        "在全镇工作会议上的讲话",
        "在县委全会上的讲话",
    }
    panel.get_by_role("checkbox", name="在县委全会上的讲话").check()
    expect(scope(opened)).to_have_text("问：《在县委全会上的讲话》")
    settle(opened)
    one = ask(opened, "粮食总产是多少")
    assert {p["document"]["title"] for p in one["passages"]} == {"在县委全会上的讲话"}
    panel.get_by_role("button", name="删除《在全镇工作会议上的讲话》").click()
    expect(panel.locator(".doc")).to_have_count(1)
    expect(opened.locator("speech-answer").first).to_contain_text("现在已删除或到期")


def test_it_is_of_its_conversation_and_goes_with_it(contexts: Any, opened: Page, served: Serving) -> None:
    read(opened, "一.docx", REPORT, "在全镇工作会议上的讲话")
    asked = ask(opened, "各村要在什么时候完成春耕备耕")
    address = opened.url
    opened.reload()
    settle(opened)
    expect(scope(opened)).to_have_text("问：《在全镇工作会议上的讲话》")
    other = visit(contexts(bypass_csp=True).new_page(), served.url)
    other.locator("speech-files .scope").click()
    expect(other.locator("speech-files .doc")).to_have_count(1)
    opened.get_by_role("button", name="新对话").click()
    expect(scope(opened)).to_have_text("问：《在县委全会上的讲话》")
    other.goto(address)
    expect(other.get_by_text("这个对话问过上传的文稿，它已删除或到期")).to_be_visible()
    expect(last(other)).to_contain_text(asked["points"][0]["text"])
    expect(last(other)).to_contain_text("现在已删除或到期")


def test_who_only_reads_gets_no_place_to_drop(contexts: Any, opened: Page) -> None:
    ask(opened, "口岸今年有哪些成绩")
    opened.get_by_role("button", name="分享").click()
    opened.get_by_role("button", name="生成链接").click()
    reader = contexts(bypass_csp=True).new_page()
    reader.goto(opened.get_by_test_id("stCode").inner_text().strip())
    reader.get_by_text("这是别人分享的对话").wait_for()
    expect(reader.locator("speech-files .scope")).to_be_visible()
    expect(reader.locator("speech-files .add")).to_be_hidden()


def test_in_a_frame_the_full_page_is_offered(contexts: Any, served: Serving) -> None:
    page = visit(contexts(bypass_csp=True).new_page(), f"{served.url}/?embed=true")
    expect(page.locator("speech-files .add")).to_be_hidden()
    link = page.get_by_role("link", name="问自己的文稿：完整版")
    expect(link).to_have_attribute("target", "_blank")
    assert "embed" not in str(link.get_attribute("href"))


def test_the_widget_offers_the_full_page(page: Page, served: Serving) -> None:
    page.goto(f"{served.url}/demo")
    page.get_by_role("button", name="问讲话").or_(page.get_by_role("button", name="讲话问答")).first.click()
    with page.expect_popup() as full:
        page.get_by_role("button", name="打开完整版").first.click()
    expect(full.value.locator("speech-files .add")).to_be_visible()


def test_hostile_names_and_titles_stay_text(opened: Page) -> None:
    give(opened, ("<img src=x onerror=window.hit=1>\u202e.txt", HOSTILE.encode()))
    line(opened, "已读").wait_for(timeout=30_000)
    settle(opened)
    opened.locator("speech-files .scope").click()
    give(opened, ("<b>坏</b>**.docx", b"MZ\x00\x00"))
    expect(line(opened, "<b>坏")).to_have_count(1)
    assert opened.evaluate("window.hit") is None
    assert opened.locator("speech-files img").count() == 0


def test_under_streamlit_run(page: Page, server: Served) -> None:
    visit(page, server.url)
    read(page, "三.txt", NOTICE, "关于做好春季农业生产的通知")
    assert (
        ask(page, "各村要在什么时候完成整地")["points"][0]["document"]["title"]
        == "关于做好春季农业生产的通知"
    )


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_serious(contexts: Any, served: Serving, width: int, scheme: str) -> None:
    page = visit(contexts(**options(width, scheme)).new_page(), served.url)
    give(page, ("坏.docx", b"MZ\x00\x00"), ("三.txt", NOTICE.encode()))
    line(page, "已读").wait_for(timeout=30_000)
    settle(page)
    page.locator("speech-files .scope").click()
    ours, theirs = serious(page)
    assert (ours, theirs) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator(INPUT)).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("speech-files .panel")).to_be_hidden()
    expect(page.locator("speech-files .scope")).to_be_focused()
