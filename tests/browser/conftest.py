"""A real page in Debian's Chromium, over a real server. Every request to another host fails the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from index import Encoder, build_index, read_text
from tests.browser.chat import anew, visit
from tests.long import LONG
from tests.serving import Serving, free_port
from tests.texts import HOSTILE, SPEECH

ROOT = Path(__file__).parents[2]
CHROMIUM = (
    shutil.which("chromium-headless-shell")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
SLOW = 30_000  # milliseconds for what a fast machine does in one: others may have its cores
expect.set_options(timeout=SLOW)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]


LOOKS = {"look", "width", "size", "scheme", "theme", "dark"}  # parameters that are no case of their own


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test that differs in width and colours alone keep one look, the same each time (all with --long).

    All are skipped where there is no Chromium.
    """
    here = Path(__file__).parent
    ours = [item for item in items if Path(str(item.fspath)).is_relative_to(here)]
    looks: dict[str, list[pytest.Item]] = {}
    for item in ours:
        if set(getattr(getattr(item, "callspec", None), "params", ())) <= LOOKS:
            looks.setdefault(item.nodeid.partition("[")[0], []).append(item)
        if CHROMIUM is None and not os.environ.get("SPEECHQA_BROWSER_TESTS"):
            item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium fonts-noto-cjk"))
    chosen = any("[" in argument for argument in config.args)  # a look that is named is run
    left_out = {
        id(item)
        for name, group in looks.items()
        for number, item in enumerate(group)
        if number != crc32(name.encode()) % len(group)
    }
    if left_out and not LONG and not chosen:
        config.hook.pytest_deselected(items=[item for item in items if id(item) in left_out])
        items[:] = [item for item in items if id(item) not in left_out]


def wait_for(url: str, process: subprocess.Popen[Any], seconds: float = 120) -> None:
    """Wait until a server answers; raises AssertionError where it ends or takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing at {url} within {seconds} s")


class Served:
    """A running `streamlit run app.py`."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = folder / "conversations.sqlite3"
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "app.py",
                "--server.headless=true",
                f"--server.port={self.port}",
            ],
            cwd=ROOT,
            env=os.environ
            | {"SPEECHQA_STORE": str(self.store), "HF_HUB_OFFLINE": "1", "SPEECHQA_HOSTS": "qa.test"}
            | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(f"{self.url}/_stcore/health", self.process)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("store"))
    yield served
    served.stop()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """`speechqa serve --demo`, which has the shell; what `server` has not."""
    running = Serving(tmp_path_factory.mktemp("served"), "--demo")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def hostile_server(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Served]:
    """A page over two documents: one full of what a page might obey, and the speech."""
    folder = tmp_path_factory.mktemp("hostile")
    title = "<img src=x onerror=window.hit=1>**工作**要点"
    build_index([read_text(HOSTILE, title=title), read_text(SPEECH)], encoder=encoder, root=folder / "index")
    served = Served(folder, SPEECHQA_INDEX=str(folder / "index"))
    yield served
    served.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield launched
    launched.close()


@contextmanager
def watched(browser: Browser) -> Iterator[Any]:
    """Make browser contexts; at the end no request of theirs may have gone elsewhere and no script may have failed."""
    made: list[BrowserContext] = []
    elsewhere: list[str] = []
    errors: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(
            locale="zh-CN", **({"viewport": {"width": 1440, "height": 900}} | options)
        )
        context.set_default_timeout(SLOW)
        context.on("request", lambda r: None if local(r.url) else elsewhere.append(r.url))
        context.on("weberror", lambda e: errors.append(str(e.error)))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert not elsewhere
    assert not errors


def local(url: str) -> bool:
    scheme, _, rest = url.partition(":")
    return scheme in ("blob", "data", "about", "chrome", "chrome-extension") or rest.lstrip("/").split("/")[
        0
    ].split(":")[0].endswith(("127.0.0.1", ".test"))


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Any]:
    with watched(browser) as make:
        yield make


@pytest.fixture
def page(contexts: Any) -> Page:
    opened: Page = contexts().new_page()
    return opened


@pytest.fixture(scope="module")
def loaded(browser: Browser, server: Served) -> Iterator[Page]:
    """One page for a module's tests, which take turns: loading it anew for each takes longer than most of them."""
    with watched(browser) as make:
        opened: Page = make(permissions=["clipboard-read", "clipboard-write"]).new_page()
        visit(opened, server.url)
        yield opened


@pytest.fixture
def tab(loaded: Page) -> Page:
    """That page with nothing asked, nothing kept and the reader at the text's beginning."""
    return anew(loaded)
