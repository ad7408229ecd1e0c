"""The JavaScript and CSS of page and widget -> one text for each, without comments and indentation."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from hashlib import sha256
from importlib import resources

from qa.settings import Settings

PAGE_PATH = "/speechqa-page.js"
_ANSWER = ("tools", "points", "answerparts", "table", "answer")
_PAGE = (
    *_ANSWER,
    "pending",
    "map",
    "outline",
    "doors",
    "text",
    "find",
    "pages",
    "reader",
    "history",
    "shelf",
    "files",
    "standing",
    "setup",
    "chat",
)
_WIDGET = (*_ANSWER, "origin", "host", "memory", "panel", "widget", "start")
_ANSWER_SHEETS = ("tokens", "base", "answer", "points", "compare")
_SHEETS = (
    *_ANSWER_SHEETS,
    *("pending", "map", "outline", "doors"),
    *("pages", "reader", "history", "shelf", "files", "page"),
)
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.S | re.M)
_PLACE = "const STYLES = {};"
LIMIT = Settings().question_limit


def read(name: str) -> str:
    """Return the text of one of our files beside this one."""
    return (resources.files("qa.web") / name).read_text("utf-8")


@lru_cache(maxsize=1)
def page_script() -> str:
    """Return the chat page's script, a module."""
    return _bundle(_PAGE, _SHEETS)


@lru_cache(maxsize=2)
def widget_script(question_limit: int = LIMIT) -> str:
    """Return the widget's script, a classic one or a module; a question has at most `question_limit` characters."""
    bundled = _bundle(_WIDGET, (*_ANSWER_SHEETS, "widget"))
    return re.sub(r"const QUESTION = \d+;", f"const QUESTION = {question_limit};", bundled, count=1)


@lru_cache(maxsize=1)
def page_address() -> str:
    """Return where the page finds its script, relative to its own address; another script has another one."""
    return f"{PAGE_PATH[1:]}?v={sha256(page_script().encode()).hexdigest()[:16]}"


@lru_cache(maxsize=64)
def tokens(scheme: str) -> str:
    """Return the design's custom properties of a scheme (shared, light or dark) as CSS declarations."""
    found = re.search(rf"\.{scheme} {{([^}}]*)}}", read("tokens.css"))
    if found is None:
        raise ValueError(f"tokens.css has no .{scheme}")
    return re.sub(r"\s+", " ", found[1]).strip()


def root_style() -> str:
    """Return CSS that gives a page of ours the tokens, dark where the reader's system is."""
    dark = f"@media(prefers-color-scheme:dark){{:root{{{tokens('dark')}}}}}"
    return f":root{{{tokens('shared')}{tokens('light')}}}{dark}"


def lighter_css(text: str) -> str:
    """Return a style sheet without comments and needless blanks."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};]) ?", r"\1", text).strip()


def _bundle(names: tuple[str, ...], sheets: tuple[str, ...]) -> str:
    """Join scripts; the style sheets go into the first one as JSON."""
    scripts = "\n".join(read(f"{name}.js") for name in names)
    lines = (line.strip() for line in _COMMENT.sub("", scripts).splitlines())
    styles = json.dumps({name: lighter_css(read(f"{name}.css")) for name in sheets}, ensure_ascii=False)
    return "\n".join(line for line in lines if line and not line.startswith("// ")).replace(
        _PLACE, f"const STYLES = {styles};", 1
    )
