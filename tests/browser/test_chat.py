"""The web chat as its users meet it."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from index import Encoder, Snapshot, build_index, read_text
from qa import Engine, Settings, to_json
from qa.digest import digest_of
from qa.web.conversation import Asked, Row
from qa.web.session import Session
from qa.web.session import ask as ask_session
from qa.web.session import settle as settle_session
from qa.web.store import Store
from tests.browser.chat import (
    INPUT,
    answered,
    ask,
    check_citations,
    drawn_points,
    last,
    settle,
    visit,
)
from tests.browser.conftest import Served
from tests.long import only_long, scaled
from tests.serving import Serving
from tests.texts import REPORT, SPEECH

QUESTIONS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "golden" / "seed" / "questions.jsonl")
    .read_text("utf-8")
    .splitlines()
]
NARROW = {
    "width": 1000,
    "height": 800,
}  # here the text opens in a sheet; at 1440 it stands beside the answers
KINDS = scaled(["list", "unanswerable"], sorted({q["kind"] for q in QUESTIONS}))


def test_first_screen(page: Page, server: Served, engine: Engine) -> None:
    visit(page, server.url)
    assert page.title() == "讲话问答"
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    expect(page.get_by_role("heading", name="讲话问答")).to_be_visible()
    expect(page.get_by_text(f"{len(SPEECH):,} 字")).to_be_visible()
    doors = page.locator("speech-doors section")
    assert doors.locator("h2").all_inner_texts() == ["成绩", "目标", "要求"]
    for door, (_, questions) in zip(doors.all(), engine.starters().doors, strict=True):
        assert door.locator("button").all_inner_texts() == list(questions)
    expect(page.locator(INPUT)).to_be_focused()


def test_a_door_asks(tab: Page) -> None:
    question = tab.locator("speech-doors section button").first
    text = question.inner_text()
    question.click()
    assert answered(tab, 0)["question"] == text


def test_the_map_shows_every_sentence(tab: Page, snapshot: Snapshot) -> None:
    cells = tab.locator("speech-map i")
    indexed = snapshot.documents[0]
    assert cells.count() == len(indexed.sentences)
    wanted = indexed.sentences[100]
    cell = tab.locator(f'speech-map i[data-start="{wanted.start}"]')
    assert wanted.facet is not None
    assert wanted.facet.value in (cell.get_attribute("class") or "")
    cell.hover()
    expect(tab.locator("speech-map .tip")).to_contain_text(SPEECH[wanted.start : wanted.start + 10])
    cell.click()
    here = tab.locator("speech-reader span.here")
    expect(here).to_be_visible()
    assert here.inner_text() == SPEECH[wanted.start : wanted.end]
    expect(here).to_be_in_viewport()


def test_the_map_by_keyboard(contexts: Any, server: Served, snapshot: Snapshot) -> None:
    page = contexts(viewport=NARROW).new_page()
    visit(page, server.url)
    strip = page.locator("speech-map [role=slider]")
    strip.focus()
    for key in ("End", "ArrowLeft", "PageUp", "Home", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert strip.get_attribute("aria-valuenow") == "3"
    page.keyboard.press("Enter")
    third = snapshot.documents[0].sentences[2]
    assert page.locator("speech-reader span.here").inner_text() == SPEECH[third.start : third.end]
    page.keyboard.press("Escape")
    expect(page.locator("speech-reader dialog")).to_be_hidden()
    expect(strip).to_be_focused()


def test_an_answers_places_light_up(tab: Page) -> None:
    answer = ask(tab, "口岸今年有哪些成绩")
    lit = [int(str(c.get_attribute("data-start"))) for c in tab.locator("speech-map i.lit").all()]
    assert lit
    assert all(any(p["start"] <= start < p["end"] for p in answer["points"]) for start in lit)


def test_the_outline_opens_sections(page: Page, server: Served, snapshot: Snapshot) -> None:
    visit(page, server.url)
    outline = page.locator("speech-outline")
    indexed = snapshot.documents[0]
    assert outline.locator("li").count() == len(indexed.sections)
    parent = next(s for s in indexed.sections if s.parent is not None and indexed.children_of(s.index))
    item = outline.locator("li").nth(parent.index)
    child = outline.locator("li").nth(indexed.children_of(parent.index)[0])
    toggle = item.locator("> .item .toggle")
    expect(child).to_be_hidden()
    toggle.click()
    expect(child).to_be_visible()
    assert toggle.get_attribute("aria-expanded") == "true"
    counts = child.locator(".counts").first.inner_text()
    assert re.search(r"(成绩|目标|要求|认识) \d+", counts)
    child.locator(".title").click()
    first = page.locator("speech-reader span.here").first
    section = indexed.sections[indexed.children_of(parent.index)[0]]
    assert SPEECH[section.start : section.title_end].startswith(first.inner_text()[:4])


def test_the_reader_holds_the_text(page: Page, server: Served) -> None:
    visit(page, f"{server.url}/?at=120-140")
    expect(page.locator("speech-reader aside")).to_be_visible()
    shown = page.locator("speech-reader .text").evaluate(
        "e => [...e.querySelectorAll('p')].map(p => [p.classList.contains('goes-on'), p.textContent])"
    )
    joined: list[str] = []
    for goes_on, text in shown:  # an endless paragraph is broken for the eye only
        if goes_on:
            joined[-1] += text
        else:
            joined.append(text)
    assert joined == [line for line in SPEECH.split("\n") if line]
    assert any(goes_on for goes_on, _ in shown)
    here = page.locator("speech-reader span.here").first
    expect(here).to_be_in_viewport()
    assert SPEECH.index(here.inner_text()) <= 120


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_answers_as_the_command_line(tab: Page, engine: Engine, kind: str) -> None:
    asked: list[str] = []
    for record in [q for q in QUESTIONS if q["kind"] == kind][: scaled(4, 10)]:
        for question in [*record.get("history", []), record["question"]]:
            shown = ask(tab, question)
            assert shown == to_json(engine.ask(question, history=asked))
            asked.append(question)
            element = last(tab)
            if shown["points"]:
                check_citations(element, shown["points"])
                assert drawn_points(element) == sorted(
                    [p["start"], p["end"], p["text"]] for p in shown["points"]
                )


def test_the_digest_and_what_it_leaves_out(tab: Page, snapshot: Snapshot) -> None:
    ask(tab, "总结全文")
    tab.get_by_role("button", name="看概览").click()
    digest = tab.locator("speech-answer").first
    expect(digest.locator("h2")).to_have_text("概览")
    settle(tab)
    short = digest.locator("li.point").count()
    more = tab.get_by_role("button", name="全部列出：还有")
    left = digest_of(snapshot).left_out
    expect(more).to_have_text(f"全部列出：还有 {left.points} 个要点、{left.figures} 处数据")
    more.click()
    less = tab.get_by_role("button", name="收起，只看一屏")
    less.wait_for()
    settle(tab)
    full = digest_of(snapshot, full=True)
    shown = {(start, text) for start, _, text in drawn_points(digest)}
    assert len(shown) > short
    for point in (p for part in full.parts for p in (*part.points, *part.key, *part.figures)):
        assert (point.start, point.text) in shown
        assert SPEECH[point.start : point.end] == point.text
    less.click()
    more.wait_for()
    settle(tab)
    expect(digest.locator("li.point")).to_have_count(short)
    tab.get_by_text("概览：各部分的要点").first.click()
    expect(tab.locator("speech-answer")).to_have_count(1)


def test_masked_figures_have_their_note(tab: Page) -> None:
    ask(tab, "全县高标准农田面积达到多少")
    expect(last(tab).locator("blockquote").first).to_contain_text("**万亩")
    expect(last(tab).locator(".note")).to_contain_text("脱敏")
    assert last(tab).locator("mark").count()


def test_not_found_is_a_calm_card(tab: Page) -> None:
    answer = ask(tab, "孙吴县的机场什么时候通航")
    assert answer["status"] == "not_found"
    card = last(tab).locator(".card")
    expect(card.locator(".headline")).to_contain_text("原文未提及")
    expect(last(tab).get_by_text("最接近的地方")).to_be_visible()
    near = last(tab).locator("blockquote").all_inner_texts()
    assert len(near) == 3
    for text, passage in zip(near, answer["passages"], strict=False):
        assert text.strip("…") in passage["text"]
        assert len(text) <= 110 < len(passage["text"])
    assert last(tab).locator("li.point mark").first.inner_text() == "机场"


def test_copy_with_citation(tab: Page) -> None:
    point = ask(tab, "全县高标准农田面积达到多少")["points"][0]
    last(tab).get_by_role("button", name="复制第 1 处和出处").click()
    expect(last(tab).get_by_text("已复制")).to_be_visible()
    assert tab.evaluate("navigator.clipboard.readText()") == f"{point['text']}（{point['citation']}）"
    expect(tab.locator("#speechqa-live")).to_have_text("已复制")


def test_copy_on_plain_http(contexts: Any, server: Served) -> None:
    page = contexts().new_page()
    visit(page, f"http://qa.test:{server.port}")
    assert page.evaluate("navigator.clipboard") is None
    point = ask(page, "全县高标准农田面积达到多少")["points"][0]
    button = last(page).get_by_role("button", name="复制第 1 处和出处")
    button.click()
    expect(button).to_have_text("已复制")
    page.locator(INPUT).click()
    page.keyboard.press("Control+V")
    assert page.locator(INPUT).input_value() == f"{point['text']}（{point['citation']}）"


def test_open_in_context_and_back(contexts: Any, server: Served) -> None:
    page = contexts(viewport=NARROW).new_page()
    visit(page, server.url)
    answer = ask(page, "口岸今年有哪些成绩")
    button = last(page).get_by_role("button", name="看原文：第 2 处")
    button.click()
    reader = page.locator("speech-reader dialog")
    expect(reader).to_be_visible()
    expect(reader.locator("cite")).to_have_text(answer["points"][1]["citation"])
    expect(reader.locator("span.here").first).to_be_in_viewport()
    assert reader.locator("span.lit").count()
    reader.get_by_role("button", name="下一处引文").click()
    expect(reader.locator("cite")).to_have_text(answer["points"][2]["citation"])
    shown = "".join(reader.locator("span.here").all_inner_texts())
    assert answer["points"][2]["text"] in shown or shown in answer["points"][2]["text"]
    reader.get_by_role("button", name="返回").click()
    expect(reader).to_be_hidden()
    expect(button).to_be_focused()
    assert page.locator("speech-answer").count() == 1


def test_follow_up_and_the_literal_question(tab: Page, engine: Engine) -> None:
    ask(tab, "讲话主体分几大部分")
    assert ask(tab, "那第二个呢")["points"][0]["text"].startswith("第二，")
    understood = last(tab).locator(".understood")
    expect(understood).to_contain_text("理解为：")
    understood.get_by_role("button", name="按字面问").click()
    expect(last(tab).get_by_text("按字面问，未联系上文")).to_be_visible()
    settle(tab)
    literal = last(tab).evaluate("e => e.answer")
    assert literal == to_json(engine.ask("那第二个呢"))
    assert ask(tab, "农业有哪些要求") == to_json(engine.ask("农业有哪些要求", history=["那第二个呢"]))


def test_suggestions_and_chips(tab: Page, engine: Engine) -> None:
    first = ask(tab, "粮食生产怎么样")
    next_one = first["suggestions"][0]
    last(tab).get_by_role("group", name="接着问").get_by_role("button").first.click()
    second = answered(tab, 1)
    assert second["question"] == next_one
    assert second["status"] == "answered"


def test_facets_filter_what_is_shown(tab: Page) -> None:
    answer = ask(tab, "“三个务必”有哪些要求和认识")
    for question in ("党的建设讲了什么", "对干部有哪些要求", "粮食都讲了什么", "农业讲了哪些内容"):
        facets = {p["facet"] for p in answer["points"]}
        if len(answer["points"]) >= 4 and len(facets) > 1:
            break
        answer = ask(tab, question)
    counts = Counter(p["facet"] for p in answer["points"])
    assert len(counts) > 1, "no question here has several facets"
    chips = last(tab).get_by_role("group", name="只看哪一类")
    assert chips.get_by_role("button").count() == len(counts) + 1  # only those that are there, and 全部
    facet, count = counts.most_common()[-1]
    chips.locator(f"[data-facet={facet}]").click()
    expect(chips.locator(f"[data-facet={facet}]")).to_have_attribute("aria-pressed", "true")
    assert last(tab).locator("li.point:not(.out)").count() == count
    assert last(tab).evaluate("e => e.answer") == answer  # not asked anew
    chips.get_by_role("button", name="全部").click()
    assert last(tab).locator("li.point:not(.out)").count() == len(answer["points"])


def test_edit_the_last_question_in_place(tab: Page) -> None:
    ask(tab, "口岸今年有哪些成绩")
    ask(tab, "粮食呢")
    last(tab).get_by_role("button", name="修改").click()
    field = last(tab).get_by_label("修改问题")
    expect(field).to_have_value("粮食呢")
    field.fill("别的")
    last(tab).get_by_role("button", name="取消").click()
    expect(field).to_have_count(0)
    assert last(tab).locator("h2").inner_text() == "粮食呢"
    last(tab).get_by_role("button", name="修改").click()
    tab.keyboard.press("Escape")
    expect(field).to_have_count(0)
    last(tab).get_by_role("button", name="修改").click()
    field.fill("农业呢")
    last(tab).get_by_role("button", name="重新提问").click()
    expect(last(tab).locator("h2")).to_have_text("农业呢")
    settle(tab)
    assert tab.locator("speech-answer").count() == 2
    tab.reload()
    assert answered(tab, 1)["question"] == "农业呢"


def test_a_conversation_survives_a_reload(page: Page, server: Served) -> None:
    visit(page, server.url)
    first, second = ask(page, "讲话主体分几大部分"), ask(page, "那第二个呢")
    assert re.search(r"[?&]c=[\w-]{22}", page.url)
    page.reload()
    assert answered(page, 0) == first
    assert answered(page, 1) == second
    page.get_by_role("button", name="新对话").click()
    page.locator("speech-doors").wait_for()
    assert "c=" not in page.url


def test_sharing_is_read_only_and_deletable(page: Page, contexts: Any, server: Served) -> None:
    visit(page, server.url)
    first = ask(page, "口岸今年有哪些成绩")
    mine = page.url
    page.get_by_role("button", name="分享").click()
    page.get_by_role("button", name="生成链接").click()
    link = page.get_by_test_id("stCode").inner_text().strip()
    assert "?s=" in link
    other = contexts().new_page()
    visit(other, link)
    assert answered(other, 0) == first
    expect(other.get_by_text("这是别人分享的对话，只能看")).to_be_visible()
    expect(other.get_by_role("button", name="导出")).to_be_visible()
    for own in ("删除", "分享"):
        expect(other.get_by_role("button", name=own)).to_have_count(0)
    ask(other, "粮食呢")
    expect(other.get_by_role("button", name="删除")).to_be_visible()
    assert "c=" in other.url
    assert other.url.split("c=")[1] != mine.split("c=")[1]
    visit(page, mine)
    assert page.locator("speech-answer").count() == 1
    page.get_by_role("button", name="删除").click()
    page.get_by_role("button", name="确定删除").click()
    expect(page.get_by_text("对话已删除")).to_be_visible()
    for gone in (mine, link):
        visit(page, gone)
        expect(page.get_by_text("这个对话已删除")).to_be_visible()
    assert answered(other, 1)["question"] == "粮食呢"  # what the reader went on with is the reader's


@only_long
def test_two_tabs_on_one_conversation(page: Page, contexts: Any, server: Served) -> None:
    visit(page, server.url)
    ask(page, "口岸今年有哪些成绩")
    other = visit(contexts().new_page(), page.url)
    answered(other, 0)
    ask(page, "粮食呢")
    ask(other, "讲话主体分几大部分")
    expect(other.locator("speech-answer")).to_have_count(3)
    both = ["口岸今年有哪些成绩", "粮食呢", "讲话主体分几大部分"]
    assert other.locator("speech-answer h2").all_inner_texts() == both
    ask(page, "农业有哪些要求")
    expect(page.locator("speech-answer")).to_have_count(4)
    page.reload()
    answered(page, 3)
    assert page.locator("speech-answer h2").all_inner_texts() == [*both, "农业有哪些要求"]


@only_long
def test_deleted_in_another_tab(page: Page, contexts: Any, server: Served) -> None:
    visit(page, server.url)
    ask(page, "讲话主体分几大部分")
    mine = page.url
    other = visit(contexts().new_page(), mine)
    answered(other, 0)
    page.get_by_role("button", name="删除").click()
    page.get_by_role("button", name="确定删除").click()
    expect(page.get_by_text("对话已删除")).to_be_visible()
    other.locator(INPUT).fill("那第二个呢")
    other.keyboard.press("Enter")
    expect(other.get_by_text("这个对话已删除。你的新问题另起一个对话。")).to_be_visible()
    expect(other.locator("speech-answer")).to_have_count(1)
    assert other.locator("speech-answer h2").inner_text() == "那第二个呢"
    visit(page, mine)
    expect(page.get_by_text("这个对话已删除")).to_be_visible()


@only_long
def test_another_index_under_a_shared_link(
    page: Page, tmp_path: Path, encoder: Encoder, snapshot: Snapshot
) -> None:
    """Indexed anew with another text, the link says that its source is gone; nothing is answered from the other."""
    shared = Store(tmp_path / "conversations.sqlite3")
    first = Engine(snapshot, encoder, Settings())
    session = Session()
    ask_session(session, "口岸今年有哪些成绩")
    settle_session(session, shared, first, lambda: True)
    link = shared.share(str(session.identity))
    build_index([read_text(REPORT, title="镇里的讲话")], encoder=encoder, root=tmp_path / "index")
    served = Served(tmp_path, SPEECHQA_INDEX=str(tmp_path / "index"))
    try:
        visit(page, f"{served.url}/?s={link}")
        shown = answered(page, 0)
        assert shown == to_json(first.ask("口岸今年有哪些成绩"))
        remark = page.locator("speech-answer .old")
        expect(remark).to_contain_text("现在的索引里已没有这份原文")
        assert page.locator("speech-answer").get_by_role("button", name="看原文").count() == 0
        assert page.locator("speech-map i.lit").count() == 0
        remark.get_by_role("button", name="重新提问").click()
        expect(remark).to_have_count(0)
        settle(page)
        anew = last(page).evaluate("e => e.answer")
        assert anew["snapshot"] != shown["snapshot"]
        assert {p["document"]["title"] for p in anew["points"] or anew["passages"]} == {"镇里的讲话"}
        assert "c=" in page.url  # in a conversation of the reader's own
        visit(page, f"{served.url}/?s={link}")
        assert answered(page, 0) == shown
    finally:
        served.stop()


@only_long
def test_a_long_conversation_opens_at_once(page: Page, server: Served, engine: Engine) -> None:
    row = Row(
        -1,
        Asked("口岸今年有哪些成绩"),
        json.dumps(to_json(engine.ask("口岸今年有哪些成绩"))),
        engine.snapshot.id,
    )
    identity, _ = Store(server.store).append(None, [replace(row, number=-n) for n in range(1, 201)])
    visit(page, f"{server.url}/?c={identity}")
    expect(page.locator("speech-answer")).to_have_count(20, timeout=15_000)
    page.get_by_role("button", name="显示更早的 180 问").click()
    expect(page.locator("speech-answer")).to_have_count(200, timeout=30_000)


@only_long
def test_work_stops_when_the_tab_is_closed(contexts: Any, tmp_path: Path, engine: Engine) -> None:
    counted = tmp_path / "asked"
    slow = (
        "import time, qa.answering\n"
        "given = qa.answering.Engine.ask\n"
        "def ask(self, question, **more):\n"
        f"    open({str(counted)!r}, 'a').write(question + '\\n')\n"
        "    time.sleep(0.5)\n"
        "    return given(self, question, **more)\n"
    )
    served = Serving(tmp_path, prelude=slow + "qa.answering.Engine.ask = ask\n")
    try:
        rows = [Row(-n, Asked("农业有哪些要求"), None, engine.snapshot.id) for n in range(1, 21)]
        identity, _ = Store(served.store).append(None, rows)
        page = contexts().new_page()
        page.goto(f"{served.url}/?c={identity}")
        for _ in range(100):
            if counted.exists() and "农业" in counted.read_text("utf-8"):
                break
            page.wait_for_timeout(100)
        page.close()
        time.sleep(1.5)  # for the one at work
        begun = counted.read_text("utf-8").count("农业")
        assert 0 < begun < 15
        time.sleep(2)
        assert counted.read_text("utf-8").count("农业") == begun
    finally:
        served.process.kill()
        served.process.wait()


def test_actions_that_the_page_does_not_send(tab: Page) -> None:
    ask(tab, "口岸今年有哪些成绩")
    hostile = [
        {"type": "ask", "question": {"x": 1}},
        {"type": "ask", "question": "长" * 5000},
        {"type": "narrow", "facet": ["goal"]},
        {"type": "open", "document": "gone", "start": "0", "end": None},
        {"type": "feedback", "verdict": "up", "reason": "长" * 5000},
        {"type": "x" * 3000},
        [[[]]],
    ]
    for raw, said in zip(
        hostile, ["看不懂", "问题太长", "看不懂", "看不懂", "补充说明太长", "看不懂", "看不懂"], strict=True
    ):
        last(tab).evaluate("(element, raw) => element.act(raw)", raw)
        expect(tab.get_by_role("status").filter(has_text=said)).to_be_visible()
        assert tab.locator(".stException").count() == 0
        ask(tab, "粮食呢")  # takes the line away, and shows that all goes on
        expect(tab.get_by_role("status").filter(has_text=said)).to_have_count(0)


def test_deep_links(page: Page, server: Served, engine: Engine) -> None:
    visit(page, f"{server.url}/?q=口岸今年有哪些成绩")
    assert answered(page, 0) == to_json(engine.ask("口岸今年有哪些成绩"))
    assert "q=" not in page.url
    identity = engine.snapshot.documents[0].document.id
    visit(page, f"{server.url}/?doc={identity}&at=100")
    expect(page.locator("speech-reader .here").first).to_be_in_viewport()
    answer = ask(page, "口岸今年有哪些成绩")
    last(page).get_by_role("button", name="看原文：第 1 处").click()
    point = answer["points"][0]
    assert page.locator("speech-reader").evaluate("r => [r.now.document, r.now.start, r.now.end]") == [
        identity,
        point["start"],
        point["end"],
    ]
    visit(page, f"{server.url}/?doc=nowhere&at=x-y")
    expect(page.get_by_text("链接里的文稿不在这个索引里")).to_be_visible()


def test_export(tab: Page, tmp_path: Path) -> None:
    from docx import Document

    answer = ask(tab, "全县高标准农田面积达到多少")
    ask(tab, "孙吴县的机场什么时候通航")
    tab.get_by_role("button", name="导出").click()
    with tab.expect_download() as word:
        tab.get_by_role("button", name="Word 文档").click()
    word.value.save_as(tmp_path / "memo.docx")
    text = "\n".join(p.text for p in Document(str(tmp_path / "memo.docx")).paragraphs)
    assert f"{answer['points'][0]['text']}（{answer['points'][0]['citation']}）" in text
    assert "二、孙吴县的机场什么时候通航" in text
    with tab.expect_download() as markdown:
        tab.get_by_role("button", name="Markdown").click()
    markdown.value.save_as(tmp_path / "memo.md")
    assert r"\*\*万亩" in (tmp_path / "memo.md").read_text("utf-8")


def test_feedback_becomes_a_question_file(
    tab: Page, server: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    good = ask(tab, "全县高标准农田面积达到多少")
    last(tab).get_by_role("button", name="有用").click()
    expect(last(tab).get_by_text("已记下，谢谢")).to_be_visible()
    ask(tab, "口岸今年有哪些成绩")
    last(tab).get_by_role("button", name="不好").click()
    last(tab).get_by_label("哪里不好").select_option("没有列全")
    last(tab).get_by_label("补充说明").fill("少了一条")
    last(tab).get_by_role("button", name="提交").click()
    expect(last(tab).get_by_text("已记下，谢谢")).to_be_visible()
    up, down = list(Store(server.store).feedback())[-2:]
    assert up["evidence"] == [[p["text"]] for p in good["points"]]
    assert (down["evidence"], down["reason"]) == (None, "没有列全：少了一条")
    assert down["history"] == ["全县高标准农田面积达到多少"]


def test_too_long_a_question_is_told(page: Page, server: Served) -> None:
    visit(page, f"{server.url}/?q={'长' * 1001}")
    expect(page.get_by_text("问题太长：最多 1000 字，实际 1001 字")).to_be_visible()
    assert page.locator("speech-answer").count() == 0
    ask(page, "讲话主体分几大部分")
    assert ask(page, "那第二个呢")["points"][0]["text"].startswith("第二，")


def test_embedded(page: Page, server: Served) -> None:
    visit(page, f"{server.url}/?embed=true")
    expect(page.locator("speech-map")).to_be_hidden()
    assert not page.get_by_test_id("stSidebar").is_visible()
    ask(page, "口岸今年有哪些成绩")
    last(page).get_by_role("button", name="看原文：第 1 处").click()
    expect(page.locator("speech-reader .here").first).to_be_in_viewport()


def test_text_is_shown_exactly_and_inert(page: Page, hostile_server: Served) -> None:
    visit(page, hostile_server.url)
    for question in (
        "<script>window.hit=1</script> **粮食** $x$",
        "各乡镇有哪些要求",
        "成绩有哪些",
        "完成投资多少亿元",
    ):
        answer = ask(page, question)
        assert last(page).locator("h2").evaluate("e => e.textContent") == question
        texts = last(page).locator("blockquote").evaluate_all("all => all.map(q => q.textContent)")
        wanted = [
            re.sub("[\u202e\u202c\x07]", "\ufffd", p["text"]) for p in answer["points"] or answer["passages"]
        ]
        assert texts
        for text in texts:  # of what was not found, a piece
            assert any(text == one if answer["points"] else text.strip("…") in one for one in wanted)
    assert "** 亿元" in page.content() or page.locator("blockquote", has_text="** 亿元").count()
    last(page).get_by_role("button", name="看原文：第 1 处").click()
    expect(page.locator("speech-reader .here").first).to_be_in_viewport()
    page.get_by_role("button", name="导出").click()
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src=x]").count() == 0


@only_long
def test_two_documents(page: Page, hostile_server: Served) -> None:
    visit(page, hostile_server.url)
    answer = ask(page, "口岸今年有哪些成绩")
    assert {p["document"]["title"] for p in answer["points"]} != set()
    page.locator("speech-files .scope").click()
    page.locator("speech-files .panel").get_by_role("checkbox").nth(2).check()
    expect(page.locator("speech-files .scope")).to_contain_text("问：《")
    settle(page)
    narrowed = ask(page, "粮食有哪些成绩")
    assert len({p["document"]["id"] for p in narrowed["points"]}) == 1


def test_two_sessions_do_not_see_each_other(contexts: Any, server: Served) -> None:
    one, two = visit(contexts().new_page(), server.url), visit(contexts().new_page(), server.url)
    ask(one, "口岸今年有哪些成绩")
    ask(two, "讲话主体分几大部分")
    assert one.locator("speech-answer").count() == two.locator("speech-answer").count() == 1
    assert one.url != two.url
    expect(two.get_by_text("口岸今年有哪些成绩")).to_have_count(0)


def test_a_new_answer_is_announced(tab: Page) -> None:
    answer = ask(tab, "口岸今年有哪些成绩")
    expect(tab.locator("#speechqa-live")).to_have_text(f"全文共 {answer['total']} 处。")
    expect(tab.locator("#speechqa-live")).to_have_attribute("aria-live", "polite")


def test_no_english_in_what_can_be_read(tab: Page) -> None:
    ask(tab, "口岸今年有哪些成绩")
    tab.get_by_role("button", name="导出").click()
    tab.get_by_role("button", name="Word 文档").wait_for()
    names = tab.evaluate(
        "() => [...document.querySelectorAll('button,a,input,textarea,[aria-label],[title]')]"
        ".filter(e => e.checkVisibility?.()).map(e => { const c = e.cloneNode(true);"
        " c.querySelectorAll('[aria-hidden=true]').forEach(i => i.remove());"
        " return [e.getAttribute('aria-label') || e.title || c.textContent || '', e.placeholder || '']; }).flat()"
    )
    of_ours = {"Word 文档", "Markdown"}
    assert not [name for name in names if re.search(r"[A-Za-z]{4,}", name) and name not in of_ours]
    tab.keyboard.press("Escape")
