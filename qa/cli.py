"""The command line: `speechqa ask | chat | index | outline | batch | eval | feedback | serve`.

A thin shell: it turns arguments into calls, answers into text, and errors into one line and an exit code.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from index import Facet, SpeechIndexError, build_index, load_encoder, read_document
from qa.answering import Engine, open_engine
from qa.arguments import build_parser, parse
from qa.citation import chinese_date, document_name
from qa.errors import BadRequest, QuestionError
from qa.evaluation import evaluate, summarise
from qa.rendering import to_json, to_outline, to_terminal, visible
from qa.requests import answer_request, chosen_document, outline_of, parse_request
from qa.settings import Settings, load_settings
from qa.types import Answer, Status
from qa.web.store import open_store

ANSWERED, NOT_FOUND, BAD_USE, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = run(parse(arguments))
        sys.stdout.flush()
    except (QuestionError, SpeechIndexError) as error:
        print(f"错误：{visible(str(error))}", file=sys.stderr)
        code = BAD_USE if isinstance(error, QuestionError) else BROKEN
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - what is left to write goes nowhere
        code = ANSWERED
    sys.exit(code)


def run(options: argparse.Namespace) -> int:
    """Run the parsed command and return its exit code."""
    if options.version:
        from importlib import metadata  # 30 ms that only this needs

        print(f"speechqa {metadata.version('speechqa')}")
        return ANSWERED
    if options.command is None:
        build_parser().print_help(sys.stderr)
        return BAD_USE
    return COMMANDS[options.command](options)


def _settings(options: argparse.Namespace) -> Settings:
    index = getattr(options, "index", None)
    names = ("host", "port", "origins", "log_questions")
    flags = {"encoder": options.encoder, "index": None if index is None else str(index)}
    flags |= {name: getattr(options, name, None) for name in names}
    return load_settings(file=options.config, flags=flags)


def _engine(options: argparse.Namespace) -> Engine:
    return open_engine(settings=_settings(options))


def ask(options: argparse.Namespace) -> int:
    """Answer one question."""
    engine = _engine(options)
    facet = Facet(options.facet) if options.facet else None
    request = {
        "history": options.history,
        "document": options.document,
        "facet": facet,
    }
    answer = engine.ask(options.question, **request)
    if options.output:
        save_memo(options.output, answer)
    if options.explain:
        print(json.dumps(engine.explain(options.question, **request), ensure_ascii=False, indent=1))
    elif options.json:
        print(json.dumps(to_json(answer), ensure_ascii=False))
    else:
        print(to_terminal(answer, color=wants_color(sys.stdout), full=options.all))
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


def wants_color(stream: TextIO) -> bool:
    """Tell whether to write ANSI codes: to a terminal, and not where NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def chat(options: argparse.Namespace) -> int:
    """Answer questions one after another, each in the light of those before."""
    engine = _engine(options)
    history: list[str] = []
    code = ANSWERED
    titles = "、".join(document_name(d) for d in engine.snapshot.documents)
    print(f"可以问{visible(titles)}。空行结束。")
    for line in _prompted():
        try:
            answer = engine.ask(line, history=history, document=options.document)
        except QuestionError as error:
            print(f"错误：{visible(str(error))}", file=sys.stderr)
            continue
        print(to_terminal(answer, color=wants_color(sys.stdout), full=options.all) + "\n", flush=True)
        history.append(line)
        code = exit_code(answer)
    return code


def _prompted() -> Iterator[str]:
    while True:
        try:
            line = input("问：" if sys.stdin.isatty() else "")
        except EOFError:
            return
        if not line.strip():
            return
        yield line


def index_files(options: argparse.Namespace) -> int:
    """Index files into a folder."""
    if options.title is not None and len(options.files) > 1:
        raise BadRequest(
            f"--title 只能用于一个文件，这里有 {len(options.files)} 个。请分别建立或去掉 --title。"
        )
    documents = [read_document(file, title=options.title) for file in options.files]
    encoder = load_encoder(_settings(options).encoder or None, allow_download=options.allow_download)
    snapshot = build_index(documents, encoder=encoder, root=options.index, progress=sys.stderr.isatty())
    for one in snapshot.documents:
        print(
            f"已索引{visible(document_name(one))}：{len(one.document.text)} 字，{len(one.sections)} 节，{len(one.passages)} 段。"
        )
    print(f"快照 {snapshot.id} → {options.index}")
    return ANSWERED


def outline(options: argparse.Namespace) -> int:
    """Show a document's section tree."""
    engine = _engine(options)
    one = chosen_document(engine, options.document)
    if options.json:
        print(json.dumps(asdict(outline_of(one)), ensure_ascii=False))
        return ANSWERED
    print(to_outline(one))
    return ANSWERED


def batch(options: argparse.Namespace) -> int:
    """Answer a stream of questions, one JSON object a line; a line that cannot be answered gives an error line."""
    engine = _engine(options)
    for line in sys.stdin:
        if not line.strip():
            continue
        identity: Any = None
        try:
            request = parse_request(line)
            identity = request.get("id")
            result = to_json(answer_request(engine, request, options.document))
        except (QuestionError, SpeechIndexError) as error:
            result = {"id": identity, "error": {"code": error.code, "message": str(error)}}
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return ANSWERED


def feedback(options: argparse.Namespace) -> int:
    """Print the feedback that the page collected, as a question file."""
    settings = load_settings(file=options.config, flags={"store": options.store})
    for record in open_store(settings.store, settings.conversation_days).feedback():
        print(json.dumps(record, ensure_ascii=False))
    return ANSWERED


def evaluate_file(options: argparse.Namespace) -> int:
    """Score a question file."""
    engine = _engine(options)
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
    print(json.dumps(summary, ensure_ascii=False) if options.json else table(summary))
    return ANSWERED


def read_questions(path: Path) -> Iterator[dict[str, Any]]:
    """Read a question file. Raises BadRequest naming the line that is wrong."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"问题集 {path} 读不了：应为 UTF-8 的 JSONL 文件，实际：{error}。") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = parse_request(line)
        except BadRequest as error:
            raise BadRequest(f"问题集 {path} 第 {number} 行：{error}") from error
        evidence = record.get("evidence")
        grouped = isinstance(evidence, list) and all(
            isinstance(g, list) and g and all(isinstance(s, str) for s in g) for g in evidence
        )
        if "evidence" not in record or (evidence is not None and not grouped):
            raise BadRequest(
                f"问题集 {path} 第 {number} 行：evidence 应为原文片段的分组列表，或 null（未评）。"
            )
        yield record


def table(summary: dict[str, Any]) -> str:
    """Return the scores as a table."""
    columns = ("credit", "first", "passages", "precision", "refused")
    lines = ["类别           题数  得分  首条  前五段  精度  拒答"]
    lines += [
        f"{kind:13}{row['n']:5}" + "".join(f"{row[c]:7.1f}" for c in columns)
        for kind, row in summary["kinds"].items()
    ]
    lines.append(
        f"可答得分 {summary['answerable']}  正确拒答 {summary['correct_refusal']}  "
        f"误拒 {summary['false_refusal']}  综合 {summary['headline']}"
    )
    return "\n".join(lines)


def serve(options: argparse.Namespace) -> int:
    """Serve the chat, the HTTP API and the widget until told to stop."""
    settings = _settings(options)
    try:
        from qa.web import server  # Streamlit and the HTTP framework: 1 s that only this needs
    except ImportError as error:
        raise BadRequest(
            f"serve 需要网页组件（缺 {error.name}）：请先运行 pip install 'speechqa[app]'。"
        ) from error
    server.serve(settings, demo=options.demo)
    return ANSWERED


COMMANDS = {
    "ask": ask,
    "chat": chat,
    "index": index_files,
    "outline": outline,
    "batch": batch,
    "eval": evaluate_file,
    "feedback": feedback,
    "serve": serve,
}
