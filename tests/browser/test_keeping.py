"""Nothing that was asked, typed or pasted is lost: echo, limit, draft, the list of conversations."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from qa.web.store import Store
from tests.browser.chat import INPUT, ask, last, settle, until, visit
from tests.browser.conftest import Served
from tests.long import only_long


def history(page: Page) -> Locator:
    return page.locator("speech-history")


def opened(page: Page) -> Locator:
    if history(page).locator("details[open]").count() == 0:
        history(page).locator("summary").click()
    return history(page)


def names(page: Page) -> list[str]:
    return [text.strip() for text in history(page).locator("li .open span:first-child").all_inner_texts()]


def begin_anew(page: Page) -> None:
    page.get_by_role("button", name="新对话").click()
    page.locator("speech-doors").wait_for()
    settle(page)


WATCH = """() => {
  window.echoed = [];
  new MutationObserver(() => {
    const walk = (root) => [...root.querySelectorAll('*')].flatMap((e) => [e, ...(e.shadowRoot ? walk(e.shadowRoot) : [])]);
    const found = walk(document).find((e) => e.localName === 'speech-pending');
    if (found) window.echoed.push([performance.now() - window.sent, found.shadowRoot.textContent]);
  }).observe(document.body, { childList: true, subtree: true });
  for (const type of ['keydown', 'click']) addEventListener(type, () => (window.sent = performance.now()), true);
  speechqaPage.echo = ((echo) => (question) => {
    echo(question);
    window.echoed.push([performance.now() - window.sent, speechqaPage.pending?.shadowRoot.textContent]);
  })(speechqaPage.echo);
}"""


def test_a_sent_question_is_echoed_at_once(page: Page, server: Served) -> None:
    visit(page, server.url)
    page.evaluate(WATCH)
    page.locator("speech-doors section button").first.click()  # a question of ours
    page.locator("speech-answer").first.locator("h2").wait_for()
    settle(page)
    after, text = page.evaluate("echoed[0]")
    assert after < 100
    assert "正在查找原文" in text
    expect(page.locator("speech-pending")).to_have_count(0)
    page.locator(INPUT).fill("口岸今年有哪些成绩")  # one that is typed
    page.evaluate(
        "document.addEventListener('keydown', () => setTimeout(() => window.seen = speechqaPage.pending?.shadowRoot.textContent), { once: true })"
    )
    page.keyboard.press("Enter")
    until(page, "() => window.seen !== undefined")
    assert page.evaluate("seen") == "口岸今年有哪些成绩正在查找原文……"
    page.locator("speech-answer").nth(1).locator("h2").wait_for()
    expect(page.locator("speech-pending")).to_have_count(0)


def test_a_refused_question_takes_its_echo_away(page: Page, server: Served) -> None:
    visit(page, server.url)
    page.evaluate("speechqaPage.act({ type: 'ask', question: '长'.repeat(1001) }); speechqaPage.echo('长')")
    expect(page.get_by_role("status").filter(has_text="问题太长")).to_be_visible()
    expect(page.locator("speech-pending")).to_have_count(0)


def test_a_paste_over_the_limit_is_kept_and_explained(page: Page, server: Served) -> None:
    visit(page, server.url)
    text = "粮食" * 2615
    page.locator(INPUT).fill(text)
    told = page.get_by_role("alert").filter(has_text="问题太长：最多 1000 字，现在 5230 字")
    expect(told).to_be_visible()
    page.locator(INPUT).press("Enter")
    page.get_by_test_id("stChatInputSubmitButton").click()
    settle(page)
    expect(page.locator(INPUT)).to_have_value(text)
    assert page.locator("speech-answer").count() == 0
    page.locator(INPUT).fill("粮食生产怎么样")
    expect(told).to_have_count(0)
    page.keyboard.press("Enter")
    page.locator("speech-answer h2").wait_for()


def test_what_is_typed_survives_a_reload(page: Page, server: Served) -> None:
    visit(page, server.url)
    page.locator(INPUT).fill("写了一半的问")
    page.reload()
    expect(page.locator(INPUT)).to_have_value("写了一半的问")
    ask(page, "粮食生产怎么样")
    page.reload()
    page.locator("speech-answer h2").wait_for()
    until(page, "!!speechqaPage.drafted")
    expect(page.locator(INPUT)).to_have_value("")


def test_the_list_of_conversations(page: Page, server: Served) -> None:
    visit(page, server.url)
    expect(history(page)).to_be_hidden()
    ask(page, "口岸今年有哪些成绩")
    ask(page, "粮食呢")
    first = page.url
    begin_anew(page)
    ask(page, "讲话主体分几大部分")
    opened(page)
    assert names(page) == ["讲话主体分几大部分", "口岸今年有哪些成绩"]
    history(page).get_by_label("在历史对话里查找").fill("粮食")  # found by any question
    assert names(page) == ["口岸今年有哪些成绩"]
    history(page).get_by_label("在历史对话里查找").fill("")
    history(page).get_by_role("button", name="改名：口岸今年有哪些成绩").click()
    history(page).get_by_label("新名字").fill("口岸的材料")
    page.keyboard.press("Enter")
    assert names(page) == ["讲话主体分几大部分", "口岸的材料"]
    history(page).locator(".open", has_text="口岸的材料").click()
    expect(page.locator("speech-answer h2")).to_have_text(["口岸今年有哪些成绩", "粮食呢"])
    settle(page)
    assert page.url == first
    page.reload()
    page.locator("speech-answer h2").first.wait_for()
    opened(page)
    assert sorted(names(page)) == ["口岸的材料", "讲话主体分几大部分"]


def test_a_conversation_is_deleted_from_the_list(page: Page, server: Served) -> None:
    visit(page, server.url)
    ask(page, "口岸今年有哪些成绩")
    identity = page.url.split("c=")[1]
    begin_anew(page)
    ask(page, "讲话主体分几大部分")
    opened(page)
    button = history(page).get_by_role("button", name="删除：口岸今年有哪些成绩")
    button.click()
    expect(button).to_have_text("确定删除？")
    button.click()
    expect(page.get_by_text("已删除。")).to_be_visible()
    expect(button).to_have_count(0)
    assert names(page) == ["讲话主体分几大部分"]
    assert page.locator("speech-answer").count() == 1  # the one at hand stays
    visit(page, f"{server.url}/?c={identity}")
    expect(page.get_by_text("这个对话已删除")).to_be_visible()
    button = opened(page).get_by_role("button", name="删除：讲话主体分几大部分")
    button.click()
    button.click()
    expect(history(page)).to_be_hidden()


def test_everything_is_forgotten(page: Page, contexts: Any, server: Served) -> None:
    visit(page, server.url)
    ask(page, "口岸今年有哪些成绩")
    identity = page.url.split("c=")[1]
    opened(page).get_by_role("button", name="全部忘记").click()
    history(page).get_by_role("button", name="取消").click()
    assert names(page)
    history(page).get_by_role("button", name="全部忘记").click()
    history(page).get_by_role("button", name="只从这台电脑忘记").click()
    page.locator("speech-doors").wait_for()
    expect(history(page)).to_be_hidden()
    assert page.evaluate("localStorage.getItem('speechqa:conversations')") == "[]"
    assert identity not in page.url
    assert Store(server.store).load(identity).rows  # on the server it is
    visit(page, f"{server.url}/?c={identity}")
    opened(page).get_by_role("button", name="全部忘记").click()
    history(page).get_by_role("button", name="连服务器上的一起删除").click()
    page.locator("speech-doors").wait_for()
    visit(page, f"{server.url}/?c={identity}")
    expect(page.get_by_text("这个对话已删除")).to_be_visible()
    expect(history(page)).to_be_hidden()
    other = contexts().new_page()  # another browser never knew of any
    visit(other, server.url)
    expect(other.locator("speech-history")).to_be_hidden()


@only_long
def test_a_shared_copy_is_none_of_ones_own(page: Page, contexts: Any, server: Served) -> None:
    visit(page, server.url)
    ask(page, "口岸今年有哪些成绩")
    copy = Store(server.store).share(page.url.split("c=")[1])
    other = contexts().new_page()
    visit(other, f"{server.url}/?s={copy}")
    expect(other.locator("speech-history")).to_be_hidden()
    ask(other, "粮食呢")
    expect(other.locator("speech-history")).to_be_visible()


def test_on_a_phone_the_sidebar_goes_once_a_conversation_is_chosen(contexts: Any, server: Served) -> None:
    page = contexts(viewport={"width": 390, "height": 800}).new_page()
    visit(page, server.url)
    ask(page, "口岸今年有哪些成绩")
    close = page.get_by_role("button", name="收起侧栏")
    page.get_by_role("button", name="展开侧栏").click()
    begin_anew(page)
    expect(close).not_to_be_in_viewport()
    page.get_by_role("button", name="展开侧栏").click()
    opened(page).locator(".open").first.click()
    expect(close).not_to_be_in_viewport()
    expect(last(page).locator("h2")).to_have_text("口岸今年有哪些成绩")


SMALL = """() => {
  const walk = (root) => [...root.querySelectorAll('*')].flatMap((e) => [e, ...(e.shadowRoot ? walk(e.shadowRoot) : [])]);
  return walk(document).filter((e) => e.matches('button, summary, select, input:not([type=checkbox]), label:has(input), a') && e.checkVisibility()
    && !e.disabled).map((e) => [e.localName, e.textContent.trim().slice(0, 20), e.getBoundingClientRect()])
    .filter(([, , box]) => box.height > 0 && box.right > 0).map(([tag, text, box]) => [tag, text, Math.round(box.height)]).filter(([, , height]) => height < 44);
}"""


def test_touch_targets(contexts: Any, server: Served) -> None:
    page = contexts(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True).new_page()
    visit(page, server.url)
    assert page.evaluate(SMALL) == []  # doors, files
    page.locator("speech-files .scope").click()
    expect(page.locator("speech-files .panel")).to_be_visible()
    assert page.evaluate(SMALL) == []
    page.keyboard.press("Escape")
    ask(page, "今年有哪些成绩")
    last(page).get_by_role("button", name="全部展开").click()
    assert page.evaluate(SMALL) == []
    last(page).get_by_role("button", name="不好").click()
    assert page.evaluate(SMALL) == []
    last(page).locator("blockquote").first.click()
    page.locator("speech-reader").get_by_label("在原文里查找").fill("口岸")
    assert page.evaluate(SMALL) == []
    page.locator("speech-reader").get_by_role("button", name="返回").click()
    page.get_by_role("button", name="展开侧栏").click()
    opened(page)
    assert page.evaluate(SMALL) == []
    page.get_by_role("button", name="导出").click()
    page.get_by_role("button", name="Word 文档").wait_for()
    assert page.evaluate(SMALL) == []


def test_a_name_goes_once_the_server_has_deleted(page: Page, server: Served) -> None:
    visit(page, server.url)
    ask(page, "口岸今年有哪些成绩")
    opened(page)
    history(page).evaluate("e => { e.act = () => {}; }")  # the server is not reached
    button = history(page).get_by_role("button", name="删除：口岸今年有哪些成绩")
    button.click()
    button.click()
    expect(button).to_have_text("正在删除……")
    assert names(page) == ["口岸今年有哪些成绩"]
    assert page.evaluate("JSON.parse(localStorage.getItem('speechqa:conversations')).length") == 1


@only_long
def test_no_title_is_cut(contexts: Any, server: Served) -> None:
    for zoom, widths in ((1, (720, 744, 768)), (2, (1440, 1200))):
        page = contexts(viewport={"width": 1440, "height": 900 // zoom}, device_scale_factor=zoom).new_page()
        visit(page, server.url)
        for number, width in enumerate(widths):
            page.set_viewport_size({"width": width // zoom, "height": 900 // zoom})
            check_title(page, (width, zoom))
            ask(page, "口岸今年有哪些成绩")
            expect(last(page).locator("h2")).to_be_in_viewport(ratio=1)
            check_question(page, (width, zoom))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert page.locator("speech-answer").count() == number + 1


def check_title(page: Page, look: tuple[int, int]) -> None:
    title = page.get_by_role("heading", name="讲话问答", level=1)
    title.scroll_into_view_if_needed()
    box = title.bounding_box()
    assert box and box["y"] >= 0 and box["x"] >= 0
    top = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y)?.closest('h1') !== null",
        [box["x"] + 5, box["y"] + box["height"] / 2],
    )
    assert top, look


def check_question(page: Page, look: tuple[int, int]) -> None:
    """Check that Streamlit's header does not lie over the newest question."""
    covered = """element => {
      const box = element.getBoundingClientRect(), header = document.querySelector('[data-testid="stHeader"]');
      const solid = !/, 0\\)$|transparent/.test(getComputedStyle(header).backgroundColor);
      return solid && box.y < header.getBoundingClientRect().bottom - 1;
    }"""
    end = 50
    while last(page).locator("h2").evaluate(covered) and end:
        end -= 1
        page.wait_for_timeout(20)  # the page is scrolled to it once it is drawn
    assert end, look
