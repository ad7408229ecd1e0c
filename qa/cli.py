"""The command line, `speechqa`, its commands by topic in qa/commands.

A thin shell: it turns arguments into calls, answers into text, and errors into one line and an exit code.
"""

from __future__ import annotations

import argparse
import sys

from index import REASONS, SpeechIndexError
from qa import streams
from qa.arguments import EPILOG, ChineseParser, translate
from qa.commands import TOPICS
from qa.commands.shared import ANSWERED, BAD_USE, BROKEN, INTERNAL, INTERRUPTED, NO_STREAM, NOT_FOUND
from qa.errors import QuestionError
from qa.rendering import visible


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
    return int(options.run(options))


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parse the command line; exits with 2 on bad use and with 0 after --help and --version."""
    translate()
    return build_parser().parse_args(arguments)


def build_parser() -> ChineseParser:
    """Return the whole grammar."""
    parser = ChineseParser(
        prog="speechqa", description="讲话问答：问一篇长讲话，得到一字不差的原文和出处。", epilog=EPILOG
    )
    parser.add_argument("--version", action="store_true", help="显示版本号")
    commands = parser.add_subparsers(
        dest="command", metavar="子命令", title="子命令", parser_class=ChineseParser
    )
    for topic in TOPICS:
        topic.declare(commands)
    return parser
