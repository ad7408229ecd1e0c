"""The admin's page in a browser: in by a key, figures as text, files, nothing serious for axe, nothing too wide."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from qa.opening import open_engine
from qa.rendering import to_json
from qa.web.journal import Entry, Journal
from qa.web.keys import Keys
from qa.web.store import Store
from tests.browser.test_accessibility import serious
from tests.serving import Serving

HOSTILE = "<img src=x onerror=window.hit=1>=1+1"
LOOKS = [(1440, "light"), (360, "dark"), (1440, "dark"), (360, "light")]


@dataclass(frozen=True)
class Office:
    served: Serving
    token: str
    keys: Keys
    key: str


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server whose store has a fortnight of questions."""
    folder = tmp_path_factory.mktemp("admin")
    keys = Keys(folder / "keys.json")
    key, token = keys.make("管理员", ["admin"])
    store = Store(folder / "conversations.sqlite3")
    journal = Journal(store.database, 30.0)
    engine = open_engine()
    document = engine.snapshot.documents[0].document.id
    for day in range(14):
        for number in range(3 + 7 * day % 11):
            status = "not_found" if number % 4 == 3 else "error" if number == 6 else "answered"
            question = ["口岸有哪些成绩", "农业有哪些要求", "全文分几个部分", "地铁什么时候开通？"][
                number % 4
            ]
            reason = {"not_found": "not_in_document", "error": "out_of_time"}.get(status)
            at = time.time() - (13 - day) * 86_400
            door, kind = ("page", "api", "mcp")[number % 3], ("list", "fact", "structure")[number % 3]
            journal.add(
                Entry(
                    at,
                    f"{day:08x}{number:08x}",
                    door,
                    kind,
                    status,
                    reason,
                    document,
                    20.0 + 3 * number,
                    question,
                )
            )
    journal.add(Entry(time.time(), "f" * 16, "api", "fact", "not_found", "off_topic", None, 812.0, HOSTILE))
    journal.flush()
    answer = to_json(engine.ask("口岸有哪些成绩"))
    for verdict in ("up", "up", "down"):
        store.add_feedback(answer, [], verdict, "")
    served = Serving(
        folder, SPEECHQA_KEYS=str(keys.path), SPEECHQA_ADMIN="true", SPEECHQA_LOG_QUESTIONS="true"
    )
    yield Office(served, token, keys, key.id)
    served.stop()


def enter(page: Page, office: Office, token: str | None = None) -> None:
    page.goto(f"{office.served.url}/admin")
    page.get_by_label("密钥").fill(token or office.token)
    page.get_by_role("button", name="进入").click()


def test_in_by_a_key_and_out_again(page: Page, office: Office) -> None:
    enter(page, office, "sq_wrong")
    expect(page.get_by_role("alert")).to_contain_text("密钥不对")
    expect(page.locator("#page")).to_be_hidden()
    enter(page, office)
    expect(page.get_by_role("heading", name="每天")).to_be_visible()
    assert office.token not in page.url and "sq_" not in page.content()
    page.get_by_role("button", name="退出").click()
    expect(page.locator("#page")).to_be_hidden()
    page.reload()
    expect(page.get_by_label("密钥")).to_be_focused()


def test_what_people_asked_is_text(page: Page, office: Office) -> None:
    enter(page, office)
    expect(page.locator("#unanswered")).to_contain_text(HOSTILE)
    expect(page.locator("#unanswered tbody tr").first).to_contain_text("地铁什么时候开通？")
    expect(page.locator("#per-day tbody tr")).to_have_count(14)
    page.get_by_label("最近").select_option("1")
    expect(page.locator("#per-day tbody tr")).to_have_count(1)
    assert page.evaluate("window.hit") is None


def test_files_by_one_click(page: Page, office: Office) -> None:
    enter(page, office)
    expect(page.locator("#page")).to_be_visible()
    for name, wanted in (
        ("“不好”的存成问题集", "口岸有哪些成绩"),
        ("导出表格", HOSTILE),
        ("导出问题集", "地铁什么时候开通？"),
    ):
        with page.expect_download() as saved:
            page.get_by_role("button", name=name).click()
        text = Path(str(saved.value.path())).read_text("utf-8-sig")
        assert wanted in text
        if saved.value.suggested_filename.endswith(".jsonl"):
            assert all(json.loads(line)["evidence"] is None for line in text.splitlines())


def test_a_key_that_is_withdrawn_shuts_the_page(page: Page, office: Office) -> None:
    key, token = office.keys.make("一时", ["admin"])
    enter(page, office, token)
    expect(page.locator("#page")).to_be_visible()
    office.keys.withdraw(key.id)
    page.get_by_role("button", name="刷新").click()
    expect(page.get_by_role("alert")).to_contain_text("已收回")
    expect(page.locator("#page")).to_be_hidden()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_serious_and_nothing_too_wide(contexts: Any, office: Office, width: int, scheme: str) -> None:
    page = contexts(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True).new_page()
    page.goto(f"{office.served.url}/admin")
    expect(page.get_by_label("密钥")).to_be_visible()
    assert serious(page) == ([], [])
    enter(page, office)
    expect(page.locator("#documents table")).to_be_visible()
    assert serious(page) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if shots := os.environ.get("SPEECHQA_SHOTS"):
        page.screenshot(path=f"{shots}/admin-{width}-{scheme}.png", full_page=True)
