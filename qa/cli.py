"""The command line: `speechqa ask | chat | index | outline | digest | batch | understand | eval | feedback | serve`.

A thin shell: it turns arguments into calls, answers into text, and errors into one line and an exit code.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import index
from index import FAST, REASONS, Facet, SpeechIndexError, load_encoder
from qa import streams
from qa.answering import Engine, open_engine
from qa.arguments import build_parser, parse
from qa.builtin import default_cache
from qa.citation import chinese_date, document_name
from qa.contents import contents_json, contents_lines
from qa.errors import BadRequest, QuestionError
from qa.evaluation import evaluate, summarise, table
from qa.evidence import MASKED
from qa.filecache import FileCache
from qa.files import documents_of, index_of
from qa.rendering import digest_json, to_json, to_outline, visible
from qa.requests import (
    answer_request,
    chosen_document,
    digests_of,
    dump_line,
    named_document,
    outline_of,
    parse_request,
    read_lines,
    read_questions,
    request_id,
    understand_request,
)
from qa.reranking import load_reranker
from qa.settings import Settings, load_settings
from qa.terminal import digest_text, to_terminal
from qa.types import Answer, Status
from qa.web.store import open_store

ANSWERED, NOT_FOUND, BAD_USE, BROKEN, NO_STREAM, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    streams.prepare()
    code = _attempt(arguments)
    try:
        streams.flush_output()
    except BrokenPipeError:  # the reader has seen enough; the answer is what it is
        streams.silence(sys.stdout)
    except OSError as error:
        code = _unusable(error) if code in (ANSWERED, NOT_FOUND) else code
        streams.silence(sys.stdout)
    sys.exit(code)


def _attempt(arguments: list[str] | None) -> int:
    """Run one command; return its exit code, and say in one line of Chinese what went wrong."""
    try:
        return run(parse(arguments))
    except SystemExit as exit_:  # help, bad use
        return exit_.code if isinstance(exit_.code, int) else ANSWERED
    except (QuestionError, SpeechIndexError) as error:
        streams.complain(f"错误：{visible(str(error))}")
        return BAD_USE if isinstance(error, QuestionError) else BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        streams.silence(sys.stdout)
        return ANSWERED
    except OSError as error:
        return _unusable(error)
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        what = f"{type(error).__name__}：{visible(str(error))[:200]}"
        streams.complain(f"错误：程序内部出错（{what}）。请把这一行和所用的命令告诉维护者。")
        return INTERNAL


def _unusable(error: OSError) -> int:
    """Say why something cannot be read or written, and return the code for it."""
    reason = REASONS.get(error.errno or 0, error.strerror or str(error))
    where = f" {error.filename}" if error.filename else ""
    streams.silence(sys.stdout)
    streams.complain(f"错误：读写失败{visible(where)}：{visible(reason)}。请检查磁盘、权限和重定向。")
    return NO_STREAM


def run(options: argparse.Namespace) -> int:
    """Run the parsed command and return its exit code."""
    if options.version:
        from importlib import metadata  # 30 ms that only this needs

        streams.show(f"speechqa {metadata.version('speechqa')}")
        return ANSWERED
    if options.command is None:
        build_parser().print_help(sys.stderr)
        return BAD_USE
    return COMMANDS[options.command](options)


def _settings(options: argparse.Namespace) -> Settings:
    index = getattr(options, "index", None)
    names = ("reranker", "host", "port", "origins", "hosts", "uploads", "log_questions")
    flags = {
        "encoder": options.encoder,
        "index": None if index is None else str(index),
        "file_cache_megabytes": 0 if getattr(options, "no_cache", False) else None,
    }
    flags |= {name: getattr(options, name, None) for name in names}
    return load_settings(file=options.config, flags=flags)


def _engine(options: argparse.Namespace, encoder: str | None = None) -> Engine:
    """Open what the options name; files are indexed with `encoder` where none is named."""
    settings = _settings(options)
    if options.file and encoder and not settings.encoder:
        settings = replace(settings, encoder=encoder)
    if not options.file:
        return open_engine(settings=settings, allow_download=options.allow_download)
    root = Path(settings.cache) if settings.cache else default_cache(os.environ)
    cache = FileCache(root / "files", settings.file_cache_megabytes)
    made = partial(index_of, options.file, cache=cache)
    return open_engine(settings=settings, allow_download=options.allow_download, make=made)


def ask(options: argparse.Namespace) -> int:
    """Answer one question."""
    engine = _engine(options)
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
    engine = _engine(options)
    document = named_document(engine, options.document and streams.typed(options.document))
    history: list[str] = []
    masked = False  # whether it has been said what a star stands for
    code = ANSWERED
    titles = "、".join(document_name(d) for d in engine.snapshot.documents)
    print(f"可以问{visible(titles)}。空行结束。")
    for typed in _prompted():
        try:
            line = streams.typed(typed)
            answer = engine.ask(line, history=history, document=document)
        except QuestionError as error:
            streams.complain(f"错误：{visible(str(error))}")
            continue
        history.append(line)
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


def index_files(options: argparse.Namespace) -> int:
    """Index files into a folder."""
    if options.title is not None and len(options.files) > 1:
        raise BadRequest(
            f"--title 只能用于一个文件，这里有 {len(options.files)} 个。请分别建立或去掉 --title。"
        )
    documents = documents_of(options.files, title=options.title)
    encoder = load_encoder(_settings(options).encoder or None, allow_download=options.allow_download)
    snapshot = index.build_index(documents, encoder=encoder, root=options.index, progress=sys.stderr.isatty())
    for one in snapshot.documents:
        streams.show(
            f"已索引{visible(document_name(one))}：{len(one.document.text)} 字，{len(one.sections)} 节，{len(one.passages)} 段。"
        )
    streams.show(f"快照 {snapshot.id} → {options.index}")
    return ANSWERED


def outline(options: argparse.Namespace) -> int:
    """Show a document's section tree."""
    engine = _engine(options, encoder=FAST)  # nothing is asked of it
    one = chosen_document(engine, options.document)
    if options.json:
        found = {"contents": contents_json(one)} if options.all else {}
        streams.show(json.dumps(asdict(outline_of(one)) | found, ensure_ascii=False))
        return ANSWERED
    streams.show(to_outline(one))
    if options.all:
        streams.show("\n".join(contents_lines(one)))
    return ANSWERED


def digest(options: argparse.Namespace) -> int:
    """Show what a document says, part by part: of each one asked, in less room where there are several."""
    engine = _engine(options)
    named = named_document(engine, options.document and streams.typed(options.document))
    if options.part is not None:
        named = chosen_document(engine, named).document.id
    digests = digests_of(engine, named, part=options.part, full=options.full)
    for number, one in enumerate(digests):
        if options.json:
            streams.show(json.dumps(digest_json(one), ensure_ascii=False))
        else:
            streams.show(("\n" if number else "") + digest_text(one, streams.columns()))
    return ANSWERED


def batch(options: argparse.Namespace) -> int:
    """Answer a stream of questions, one JSON object a line; a line that cannot be answered gives an error line."""
    engine = _engine(options)
    document = named_document(engine, options.document)
    return _each_line(lambda request: to_json(answer_request(engine, request, document)))


def understand(options: argparse.Namespace) -> int:
    """Say what each question of a stream asks for, one JSON object a line; no document is needed."""
    settings = _settings(options)
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
    settings = load_settings(file=options.config, flags={"store": options.store})
    for record in open_store(settings, reading=True).feedback():
        print(dump_line(record))
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
    streams.show(json.dumps(summary, ensure_ascii=False) if options.json else table(summary))
    return ANSWERED


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
    "digest": digest,
    "batch": batch,
    "understand": understand,
    "eval": evaluate_file,
    "feedback": feedback,
    "serve": serve,
}
