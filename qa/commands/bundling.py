"""`speechqa bundle`: for machines without a network."""

from __future__ import annotations

import argparse
from pathlib import Path

from qa import streams
from qa.commands.shared import ANSWERED, Commands
from qa.errors import BundleFailed

EXTRAS = ("app", "mcp", "ocr", "models", "qdrant")


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser(
        "bundle",
        help="做离线安装包",
        description="在能联网的机器上，为不能联网的机器做一个安装包：全部 wheel、安装脚本、校验和、许可、说明。",
    )
    parser.add_argument("folder", type=Path, metavar="文件夹", help="放在哪里（新的文件夹）")
    parser.add_argument("--python", metavar="版本", help="那台机器的 Python，如 3.11；不写则与现在的相同")
    parser.add_argument(
        "--platform",
        action="append",
        default=[],
        metavar="平台",
        help="那台机器，如 manylinux_2_28_aarch64、win_amd64，可写多次；不写则与这台相同",
    )
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        choices=EXTRAS,
        help="另外放进：mcp 供智能助手调用，ocr 识别扫描件，models 换用其他模型，qdrant 文稿放在引擎里的文稿库；app 网页和接口总是有",
    )
    parser.add_argument(
        "--runtime",
        type=Path,
        metavar="文件",
        help="一并放进可以放在任何位置的 Python（python-build-standalone 的 .tar.gz）",
    )
    parser.add_argument("--tar", action="store_true", help="另做成一个 .tar")
    parser.add_argument("--sizes", action="store_true", help="只列出要放进去的包和大小，不下载")
    parser.set_defaults(run=bundle)


def bundle(options: argparse.Namespace) -> int:
    """Make a bundle, or tell what would be in it."""
    from qa.bundle.making import Wish, make_bundle  # needs packaging and pip, 0.1 s
    from qa.bundle.target import target_of

    if options.runtime is not None and not options.runtime.is_file():
        raise BundleFailed(f"--runtime {options.runtime} 不是文件。请改正。")
    extras = tuple(dict.fromkeys(["app", *options.extra]))
    target = target_of(options.python, options.platform)
    folder = options.folder.absolute()
    make_bundle(Wish(folder, target, extras, options.runtime, options.tar, options.sizes), streams.complain)
    return ANSWERED
