"""Answers as a memo: what is quoted reads as it stands."""

import re
from dataclasses import replace
from html import unescape
from io import BytesIO

from docx import Document
from markdown_it import MarkdownIt

from qa import Engine
from qa.memo import TITLE, memo_docx, memo_markdown
from tests.qa.test_rendering import answer, point

HOSTILE = "增长**%、*亿元 <b>x</b> $a$ [链接](x) \x07\u202e"


def text_of(data: bytes) -> str:
    return "\n".join(p.text for p in Document(BytesIO(data)).paragraphs)


def test_word(engine: Engine) -> None:
    answers = [engine.ask("口岸今年有哪些成绩"), engine.ask("孙吴县的机场什么时候通航")]
    text = text_of(memo_docx(answers, "2026年11月27日"))
    assert text.startswith(TITLE)
    assert "《在县委全会上的讲话》" in text
    assert "2026年11月27日" in text
    assert f"全文共 {answers[0].total} 处" in text
    for number, found in enumerate(answers[0].points, 1):
        assert f"{number}．{found.text}（{found.citation}）" in text
    assert "原文未提及" in text


def test_word_takes_what_xml_does_not() -> None:
    text = text_of(memo_docx([replace(answer(point(HOSTILE)), question=HOSTILE)], "今天"))
    assert "增长**%、*亿元 <b>x</b> $a$ [链接](x) \ufffd\ufffd" in text


def test_markdown(engine: Engine) -> None:
    text = memo_markdown([engine.ask("全县高标准农田面积达到多少")], "2026年11月27日")
    assert text.startswith(f"# {TITLE}\n")
    assert "## 一、全县高标准农田面积达到多少" in text
    assert r"\*\*万亩" in text


def test_a_follow_up_says_how_it_was_understood(engine: Engine) -> None:
    follow = engine.ask("那第二个呢", history=["讲话主体分几大部分"])
    assert f"理解为：{follow.standalone}" in text_of(memo_docx([follow], "今天"))
    assert "理解为：" in memo_markdown([follow], "今天")


def test_every_character_that_python_holds_goes_into_word_and_markdown() -> None:
    every = "".join(chr(code) for code in range(0x11_0000) if code < 0x3000 or code % 0x10000 > 0xD700)
    quoted = replace(answer(point(every)), question=every, standalone=every, note=every)
    assert "\ufffd" in text_of(memo_docx([quoted], "今天"))
    assert not set(memo_markdown([quoted], "今天")) & {"\x00", "\x1b", "\ufffe", "\uffff", "\ud800"}


def test_markdown_reads_character_for_character() -> None:
    hostile = "&lt;b&gt; &amp;copy; R&D &#x41; &notin 增长**%、*亿元 <b>x</b> $a$ [链接](x) ~~x~~ http://evil.test/?a&b"
    shown = MarkdownIt("commonmark").render(
        memo_markdown([replace(answer(point(hostile)), question=hostile)], "今天")
    )
    assert unescape(re.sub("<[^>]*>", "", shown)).count(hostile) == 2
