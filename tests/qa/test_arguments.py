"""The command line's grammar, in Chinese."""

import pytest

from qa.cli import build_parser, parse


@pytest.mark.parametrize(
    "command", [[], ["ask"], ["compare"], ["chat"], ["index"], ["outline"], ["digest"], ["batch"], ["eval"]]
)
def test_help_is_chinese(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse([*command, "--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    for english in ("usage:", "options:", "positional", "show this help"):
        assert english not in shown
    assert "用法：" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask"], "缺少：问题"),
        (["ask", "问", "--facet", "好"], "--facet"),
        (["ask", "问", "--nonsense"], "不认识的参数"),
        (["nonsense"], "不能是"),
        (["index", "a.txt"], "--index"),
        (["ask", "问", "--index"], "后面要跟一个值"),
        (["ask", "问", "--index", "a", "--file", "b.docx"], "不能与 --index 同用"),
    ],
)
def test_bad_use_is_one_chinese_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse(arguments)
    assert stopped.value.code == 2
    shown = capsys.readouterr().err
    assert words in shown
    assert shown.count("\n") == 1


def test_what_is_parsed() -> None:
    found = build_parser().parse_args(["ask", "问题", "--history", "甲", "--history", "乙", "--json"])
    assert (found.command, found.question, found.history, found.json) == ("ask", "问题", ["甲", "乙"], True)
