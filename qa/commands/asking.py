"""`speechqa ask | chat`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from index import Facet, parse_numeral
from qa import streams
from qa.citation import chinese_date, document_name
from qa.commands.shared import ANSWERED, NOT_FOUND, Commands, add_source, engine_of
from qa.errors import BadRequest, QuestionError
from qa.notes import MASKED
from qa.rendering import to_json, visible
from qa.requests import named_document
from qa.terminal import to_terminal
from qa.types import Answer, DocumentChoice, Status


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser("ask", help="问一个问题", description="问一个问题，得到原文和出处。")
    parser.add_argument("question", metavar="问题", help="要问什么；-：从标准输入读")
    add_source(parser, elsewhere=True)
    parser.add_argument(
        "--history", action="append", default=[], metavar="问题", help="前面问过的问题，可写多次，先问的在前"
    )
    parser.add_argument(
        "--facet",
        choices=["achievement", "goal", "requirement", "background", "other"],
        help="只要哪一类：成绩、目标、要求、认识、其他",
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--explain", action="store_true", help="说明回答是怎么来的")
    parser.add_argument("--all", action="store_true", help="长清单全部显示，不折叠")
    parser.add_argument("--output", type=Path, metavar="文件", help="另存为 Word（.docx）或 Markdown（.md）")
    parser.set_defaults(run=ask)

    parser = commands.add_parser(
        "chat", help="连续问答", description="连续问答，可以追问；空行或 Ctrl-D 结束。"
    )
    add_source(parser, elsewhere=True)
    parser.add_argument("--all", action="store_true", help="长清单全部显示，不折叠")
    parser.set_defaults(run=chat)


def ask(options: argparse.Namespace) -> int:
    """Answer one question."""
    engine = engine_of(options)
    question = streams.read_question() if options.question == "-" else streams.typed(options.question)
    history = [streams.typed(earlier) for earlier in options.history]
    document = named_document(engine, options.document and streams.typed(options.document))
    facet = Facet(options.facet) if options.facet else None
    answer = engine.ask(question, history=history, document=document, facet=facet)
    if options.output:
        save_memo(options.output, answer)
        streams.complain(f"已存到 {options.output.resolve()}")
    if options.explain:
        explained = engine.explain(question, history=history, document=document, facet=facet)
        streams.show(json.dumps(explained, ensure_ascii=False, indent=1))
    elif options.json:
        streams.show(json.dumps(to_json(answer), ensure_ascii=False))
    else:
        shown = to_terminal(answer, color=streams.wants_color(), full=options.all, columns=streams.columns())
        streams.show(shown)
    return exit_code(answer)


def save_memo(path: Path, answer: Answer) -> None:
    """Write the answer as a memo, Word or Markdown by the file's ending. Raises BadRequest."""
    if path.suffix not in (".docx", ".md"):
        raise BadRequest(f"--output 应以 .docx 或 .md 结尾，实际是“{path.name}”。")
    try:
        from qa.memo import memo_docx, memo_markdown  # python-docx takes longer than a question
    except ImportError as error:
        raise BadRequest("--output 需要 python-docx：请先运行 pip install 'speechqa[app]'。") from error
    today = chinese_date(date.today())
    data = (
        memo_docx([answer], today)
        if path.suffix == ".docx"
        else memo_markdown([answer], today).encode("utf-8")
    )
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BadRequest(f"写不了 {path}：{error.strerror}。请换一个位置。") from error


def exit_code(answer: Answer) -> int:
    """Return 0 for an answer, 1 where the document does not say."""
    return ANSWERED if answer.status is Status.ANSWERED else NOT_FOUND


def chat(options: argparse.Namespace) -> int:
    """Answer questions one after another, each in the light of those before."""
    engine = engine_of(options)
    document = named_document(engine, options.document and streams.typed(options.document))
    history: list[str] = []
    offered: tuple[DocumentChoice, ...] = ()  # documents to choose from, by the number typed
    masked = False  # whether it has been said what a star stands for
    code = ANSWERED
    titles = "、".join(document_name(d) for d in engine.snapshot.documents)
    print(f"可以问{visible(titles)}。空行结束。")
    for typed in _prompted():
        try:
            line = chosen(streams.typed(typed), offered)
            answer = engine.ask(line, history=history, document=document)
        except QuestionError as error:
            streams.complain(f"错误：{visible(str(error))}")
            continue
        history.append(line)
        offered = answer.choices
        code = exit_code(answer)
        shown = to_terminal(
            answer,
            color=streams.wants_color(),
            full=options.all,
            columns=streams.columns(),
            masked=masked,
        )
        masked = masked or MASKED in (answer.note or "")
        try:
            print(shown + "\n", flush=True)
        except BrokenPipeError:
            break  # nobody reads on; main() meets the same pipe again
    return code


def chosen(line: str, offered: Sequence[DocumentChoice]) -> str:
    """Return the question of the choice whose number was typed; else the line as it is."""
    number = parse_numeral(line.strip().strip("[]【】"))
    return offered[number - 1].question if number is not None and 0 < number <= len(offered) else line


def _prompted() -> Iterator[str]:
    prompt = "问：" if streams.standard_input().isatty() else ""
    while True:
        try:
            line = input(prompt)
        except EOFError:
            return
        if not line.strip():
            return
        yield line
