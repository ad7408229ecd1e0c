"""`speechqa batch | understand | eval | feedback`: many questions, one a line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from index import SpeechIndexError, load_encoder
from qa import streams
from qa.commands.shared import (
    ANSWERED,
    Commands,
    add_common,
    add_reranker,
    add_source,
    engine_of,
    settings_of,
)
from qa.errors import QuestionError
from qa.evaluation import evaluate, summarise, table
from qa.rendering import to_json
from qa.requests import (
    answer_request,
    chosen_document,
    dump_line,
    named_document,
    parse_request,
    read_lines,
    read_questions,
    request_id,
    understand_request,
)
from qa.reranking import load_reranker
from qa.types import Answer
from qa.web.store import open_store


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser(
        "batch", help="批量问答", description="从标准输入读 JSONL 问题，一行一个，逐行输出 JSON 回答。"
    )
    add_source(parser, elsewhere=True)
    parser.set_defaults(run=batch)

    parser = commands.add_parser(
        "understand",
        help="说明怎样理解问题",
        description="从标准输入读 JSONL 问题，一行一个，逐行输出问的是什么（不需要文稿）。",
    )
    add_common(parser)
    add_reranker(parser)
    parser.set_defaults(run=understand)

    parser = commands.add_parser(
        "eval", help="用问题集评测", description="用自己的问题集评测，打印各类得分。"
    )
    parser.add_argument("questions", type=Path, metavar="问题集", help="JSONL 文件，格式见 README.zh-CN.md")
    add_source(parser)
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.set_defaults(run=evaluate_file)

    parser = commands.add_parser(
        "feedback",
        help="导出网页上的反馈",
        description="把网页上收到的反馈逐行输出为 JSONL，可作问题集交给 speechqa eval。",
    )
    parser.add_argument("--store", metavar="文件", help="对话和反馈存放的文件；不写则用设置里的")
    add_common(parser)
    parser.set_defaults(run=feedback)


def batch(options: argparse.Namespace) -> int:
    """Answer a stream of questions, one JSON object a line; a line that cannot be answered gives an error line."""
    engine = engine_of(options)
    document = named_document(engine, options.document)
    return _each_line(lambda request: to_json(answer_request(engine, request, document)))


def understand(options: argparse.Namespace) -> int:
    """Say what each question of a stream asks for, one JSON object a line; no document is needed."""
    settings = settings_of(options)
    encoder = load_encoder(settings.encoder or None)
    reranker = load_reranker(settings.reranker, encoder)
    return _each_line(lambda request: understand_request(request, encoder, reranker, settings))


def _each_line(answered: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Answer the lines of the standard input; one that cannot be answered gives an error line."""
    source = streams.standard_input()
    if isinstance(source, TextIOWrapper):
        source.reconfigure(newline="\n")
    for number, line in enumerate(read_lines(source)):
        line = line if number else line.removeprefix("\ufeff")  # an editor's mark of UTF-8
        if not line.strip():
            continue
        identity: str | int | None = None
        try:
            request = parse_request(streams.typed(line))
            identity = request_id(request)
            result = answered(request)
        except (QuestionError, SpeechIndexError) as error:
            result = {"id": identity, "error": {"code": error.code, "message": str(error)}}
        print(dump_line(result), flush=True)
    return ANSWERED


def feedback(options: argparse.Namespace) -> int:
    """Print the feedback that the page collected, as a question file."""
    for record in open_store(settings_of(options), reading=True).feedback():
        print(dump_line(record))
    return ANSWERED


def evaluate_file(options: argparse.Namespace) -> int:
    """Score a question file."""
    engine = engine_of(options)
    one = chosen_document(engine, options.document)
    records = list(read_questions(options.questions))

    def answer(record: dict[str, Any]) -> Answer | None:
        try:
            asked = {
                key: value for key, value in record.items() if key != "facet"
            }  # what it is, not what is asked
            return answer_request(engine, asked, one.document.id)
        except QuestionError:
            return None

    summary = summarise(evaluate(records, answer, one.document.text))
    streams.show(json.dumps(summary, ensure_ascii=False) if options.json else table(summary))
    return ANSWERED
