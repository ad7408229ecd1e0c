"""`speechqa compare`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from qa import streams
from qa.commands.asking import exit_code, save_memo
from qa.commands.shared import Commands, add_common, add_download, add_library, add_reranker, engine_of
from qa.rendering import to_json
from qa.requests import named_document
from qa.terminal import to_terminal


def declare(commands: Commands) -> None:
    """Add the command of this module to the grammar."""
    parser = commands.add_parser(
        "compare",
        help="同一个问题对比几篇文稿",
        description="同一个问题分别问几篇文稿（或几个年份），并排列出原文，标出新增、删去和没有变化的词。",
    )
    parser.add_argument("question", metavar="问题", help="要问什么；-：从标准输入读")
    source = parser.add_mutually_exclusive_group()
    add_library(source)
    source.add_argument("--index", type=Path, metavar="文件夹", help="索引文件夹")
    source.add_argument(
        "--file",
        type=Path,
        action="append",
        metavar="文件",
        help="不建索引，直接读这个文件、文件夹或 zip，可写多次",
    )
    parser.add_argument(
        "--no-cache", action="store_true", help="与 --file 同用：不用、也不留上次读这个文件的结果"
    )
    parser.add_argument(
        "--document",
        action="append",
        default=[],
        metavar="文稿",
        help="对比哪几篇：编号、标题或标题里的几个字，可写多次；不写：问题里写明的，或全部",
    )
    add_common(parser)
    add_download(parser)
    add_reranker(parser)
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--output", type=Path, metavar="文件", help="另存为 Word（.docx）或 Markdown（.md）")
    parser.set_defaults(run=compare)


def compare(options: argparse.Namespace) -> int:
    """Ask several documents the same, and set their answers side by side."""
    engine = engine_of(options)
    question = streams.read_question() if options.question == "-" else streams.typed(options.question)
    named = [named_document(engine, streams.typed(name)) for name in options.document]
    answer = engine.compare(question, [identity for identity in named if identity is not None])
    if options.output:
        save_memo(options.output, answer)
        streams.complain(f"已存到 {options.output.resolve()}")
    if options.json:
        streams.show(json.dumps(to_json(answer), ensure_ascii=False))
    else:
        streams.show(to_terminal(answer, color=streams.wants_color(), columns=streams.columns()))
    return exit_code(answer)
