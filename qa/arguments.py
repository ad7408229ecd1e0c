"""The command line's grammar, in Chinese throughout."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
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

    def error(self, message: str) -> NoReturn:
        """Print one line and exit with 2."""
        with contextlib.suppress(OSError):
            self._print_message(f"用法不对：{message}。查看帮助：{self.prog} --help\n")
        self.exit(2)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parse the command line; exits with 2 on bad use and with 0 after --help and --version."""
    argparse._ = _translate  # type: ignore[attr-defined]  # argparse looks its messages up here
    return build_parser().parse_args(arguments)


def _translate(message: str) -> str:
    return _CHINESE.get(message, message)


def build_parser() -> argparse.ArgumentParser:
    """Return the whole grammar."""
    parser = ChineseParser(
        prog="speechqa", description="讲话问答：问一篇长讲话，得到一字不差的原文和出处。", epilog=EPILOG
    )
    parser.add_argument("--version", action="store_true", help="显示版本号")
    commands = parser.add_subparsers(
        dest="command", metavar="子命令", title="子命令", parser_class=ChineseParser
    )

    ask = commands.add_parser("ask", help="问一个问题", description="问一个问题，得到原文和出处。")
    ask.add_argument("question", metavar="问题", help="要问什么；-：从标准输入读")
    _add_source(ask)
    ask.add_argument(
        "--history", action="append", default=[], metavar="问题", help="前面问过的问题，可写多次，先问的在前"
    )
    ask.add_argument(
        "--facet",
        choices=["achievement", "goal", "requirement", "background", "other"],
        help="只要哪一类：成绩、目标、要求、认识、其他",
    )
    ask.add_argument("--json", action="store_true", help="输出 JSON")
    ask.add_argument("--explain", action="store_true", help="说明回答是怎么来的")
    ask.add_argument("--all", action="store_true", help="长清单全部显示，不折叠")
    ask.add_argument("--output", type=Path, metavar="文件", help="另存为 Word（.docx）或 Markdown（.md）")

    chat = commands.add_parser(
        "chat", help="连续问答", description="连续问答，可以追问；空行或 Ctrl-D 结束。"
    )
    _add_source(chat)
    chat.add_argument("--all", action="store_true", help="长清单全部显示，不折叠")

    index = commands.add_parser("index", help="为文稿建立索引", description="为一篇或几篇文稿建立索引。")
    index.add_argument(
        "files", nargs="+", type=Path, metavar="文件", help="文稿（Word、PDF、网页、txt 等）、文件夹或 zip"
    )
    index.add_argument("--index", type=Path, required=True, metavar="文件夹", help="索引放在哪里")
    index.add_argument(
        "--title",
        metavar="标题",
        help="文稿标题（只有一个文件时可用）；不写则看旁边的 文件名.toml，再从文中找",
    )
    _add_common(index)
    _add_download(index)

    outline = commands.add_parser("outline", help="显示文稿结构", description="显示文稿的章节结构。")
    _add_source(outline)
    outline.add_argument("--json", action="store_true", help="输出 JSON")
    outline.add_argument(
        "--all", action="store_true", help="另列文中的列举、释义、引号中的词、数量、日期、人物和表格"
    )

    digest = commands.add_parser(
        "digest",
        help="概览：各部分的要点、关键句和数据",
        description="总结全文：逐个部分列出标题、要点、关键句、数据和表格，都是一字不差的原文，注明出处；大约一屏，没有列出的有数。",
    )
    _add_source(digest)
    digest.add_argument("--full", action="store_true", help="不限一屏：列出全部要点，每个要点有关键句")
    digest.add_argument("--part", type=int, metavar="序号", help="只看第几部分")
    digest.add_argument("--json", action="store_true", help="输出 JSON，一行一篇")

    batch = commands.add_parser(
        "batch", help="批量问答", description="从标准输入读 JSONL 问题，一行一个，逐行输出 JSON 回答。"
    )
    _add_source(batch)

    understand = commands.add_parser(
        "understand",
        help="说明怎样理解问题",
        description="从标准输入读 JSONL 问题，一行一个，逐行输出问的是什么（不需要文稿）。",
    )
    _add_common(understand)
    _add_reranker(understand)

    evaluate = commands.add_parser(
        "eval", help="用问题集评测", description="用自己的问题集评测，打印各类得分。"
    )
    evaluate.add_argument("questions", type=Path, metavar="问题集", help="JSONL 文件，格式见 README.zh-CN.md")
    _add_source(evaluate)
    evaluate.add_argument("--json", action="store_true", help="输出 JSON")

    serve = commands.add_parser(
        "serve",
        help="启动网页、接口和挂件",
        description="一个进程提供聊天网页、HTTP 接口（/api/v1）和网页挂件（/widget.js）；Ctrl-C 停止。",
    )
    serve.add_argument("--host", metavar="地址", help="监听的地址，默认 127.0.0.1；0.0.0.0：所有网卡")
    serve.add_argument("--port", type=int, metavar="端口", help="监听的端口，默认 8501")
    serve.add_argument("--index", type=Path, metavar="文件夹", help="索引文件夹；不写则用内置讲话")
    serve.add_argument("--origins", metavar="来源", help="允许嵌入和跨站调用的网页来源，逗号分隔")
    serve.add_argument(
        "--uploads", metavar="off|local|on", help="能否上传自己的文稿；local：只在监听本机地址时能（默认）"
    )
    serve.add_argument("--hosts", metavar="主机名", help="别人打开本站时用的主机名，逗号分隔，如 qa.intranet")
    serve.add_argument("--demo", action="store_true", help="另外提供一个带挂件的示例门户 /demo")
    serve.add_argument("--log-questions", action="store_true", default=None, help="访问日志里记下问题原文")
    _add_common(serve)
    _add_reranker(serve)

    feedback = commands.add_parser(
        "feedback",
        help="导出网页上的反馈",
        description="把网页上收到的反馈逐行输出为 JSONL，可作问题集交给 speechqa eval。",
    )
    feedback.add_argument("--store", metavar="文件", help="对话和反馈存放的文件；不写则用设置里的")
    _add_common(feedback)
    return parser


def _add_source(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--index", type=Path, metavar="文件夹", help="索引文件夹；不写则用内置讲话")
    source.add_argument(
        "--file",
        type=Path,
        action="append",
        metavar="文件",
        help="不建索引，直接读这个文件（Word、PDF、网页等）、文件夹或 zip，可写多次",
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="与 --file 同用：不用、也不留上次读这个文件的结果（用户缓存目录里）",
    )
    parser.add_argument("--document", metavar="文稿", help="只问哪一篇：编号、标题或标题里的几个字")
    _add_common(parser)
    _add_download(parser)
    _add_reranker(parser)


def _add_reranker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reranker", metavar="模型", help="重排模型：模型名或文件夹；不写则用自带的；none：不重排"
    )


def _add_download(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--allow-download", action="store_true", help="本机没有模型时允许联网下载")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--encoder", metavar="模型", help="编码器：模型名或文件夹；不写则用自带的；fast：只用其中快的一半"
    )
    parser.add_argument("--config", type=Path, metavar="文件", help="TOML 配置文件")
