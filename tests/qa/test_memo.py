"""Answers as a memo: what is quoted reads as it stands."""

from dataclasses import replace
from io import BytesIO

from docx import Document

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
