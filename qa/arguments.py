"""The command line's parser, in Chinese throughout."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

_CHINESE = {
    "usage: ": "用法：",
    "positional arguments": "参数",
    "options": "选项",
    "subcommands": "子命令",
    "show this help message and exit": "显示这份帮助",
    "show program's version number and exit": "显示版本号",
    "the following arguments are required: %s": "缺少：%s",
    "unrecognized arguments: %s": "不认识的参数：%s",
    "invalid choice: %(value)r (choose from %(choices)s)": "不能是 %(value)r，可选：%(choices)s",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "expected one argument": "后面要跟一个值",
    "expected at least one argument": "后面至少要跟一个值",
    "not allowed with argument %s": "不能与 %s 同用",
    "ambiguous option: %(option)s could match %(matches)s": "选项 %(option)s 不明确，可能是：%(matches)s",
    "ignored explicit argument %r": "不接受值 %r",
    "invalid %(type)s value: %(value)r": "不是有效的 %(type)s：%(value)r",
}

EPILOG = """例：
  speechqa ask "“三个务必”是什么"
  speechqa ask "下一步有哪些要求" --file 讲话.docx
  speechqa digest --file 讲话.docx
  speechqa index 讲话.txt --index 我的索引
  speechqa ask "下一步有哪些要求" --index 我的索引

退出码：0 已回答；1 原文未提及；2 用法不对；3 索引或文件有问题；4 输入或输出读写不了；5 程序内部出错；130 被中断。设置与环境变量见 README.zh-CN.md。"""


class ChineseParser(argparse.ArgumentParser):
    """An ArgumentParser whose own words are Chinese and whose errors are one line and exit code 2."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**options, allow_abbrev=False)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write help or an error. Raises OSError, which argparse itself would keep to itself."""
        if (stream := file or sys.stderr) is not None:
            stream.write(message)

    def parse_args(  # type: ignore[override]  # argparse has a form for each kind of namespace
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> argparse.Namespace:
        """Parse all of it; what is not known is refused with the flag that is nearest to it."""
        found: argparse.Namespace
        found, left = self.parse_known_args(args, namespace)
        if left:
            message = _translate("unrecognized arguments: %s") % " ".join(left)
            near = self._nearest(left[0].partition("=")[0], found)
            self.error(f"{message}；是不是 {near}？" if near else message)
        return found

    def _nearest(self, flag: str, found: argparse.Namespace) -> str | None:
        """Return the flag of the command in use that is nearest to one that it does not know."""
        flags = list(self._option_string_actions)
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                used = action.choices.get(getattr(found, action.dest))
                flags += used._option_string_actions if used else []
        return next(iter(difflib.get_close_matches(flag, flags, 1)), None) if flag.startswith("-") else None

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with 2."""
        with contextlib.suppress(OSError):
            self._print_message(f"用法不对：{message}。查看帮助：{self.prog} --help\n")
        self.exit(2)


def translate() -> None:
    """Have argparse say its own words in Chinese."""
    argparse._ = _translate  # type: ignore[attr-defined]  # argparse looks its messages up here


def _translate(message: str) -> str:
    return _CHINESE.get(message, message)
