"""`speechqa serve`."""

from __future__ import annotations

import argparse
from pathlib import Path

from qa.commands.shared import ANSWERED, Commands, add_common, add_reranker, settings_of
from qa.errors import BadRequest


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser(
        "serve",
        help="启动网页、接口和挂件",
        description="一个进程提供聊天网页、HTTP 接口（/api/v1）和网页挂件（/widget.js）；Ctrl-C 停止。",
    )
    add_serving(parser)
    parser.add_argument(
        "--open", action="store_true", help="在浏览器里打开；端口被占用就换一个空的（给自己用）"
    )
    parser.add_argument("--demo", action="store_true", help="另外提供一个带挂件的示例门户 /demo")
    add_common(parser)
    add_reranker(parser)
    parser.set_defaults(run=serve)


def add_serving(parser: argparse.ArgumentParser) -> None:
    """Declare the settings of the server that have flags of their own."""
    parser.add_argument("--host", metavar="地址", help="监听的地址，默认 127.0.0.1；0.0.0.0：所有网卡")
    parser.add_argument("--port", type=int, metavar="端口", help="监听的端口，默认 8501")
    parser.add_argument("--index", type=Path, metavar="文件夹", help="索引文件夹；不写则用内置讲话")
    parser.add_argument("--origins", metavar="来源", help="允许嵌入和跨站调用的网页来源，逗号分隔")
    parser.add_argument(
        "--uploads", metavar="off|local|on", help="能否上传自己的文稿；local：只在监听本机地址时能（默认）"
    )
    parser.add_argument(
        "--hosts", metavar="主机名", help="别人打开本站时用的主机名，逗号分隔，如 qa.intranet"
    )
    parser.add_argument(
        "--watch", metavar="文件夹", help="监视这个文件夹：放进去的文稿一分钟内加进 --index 的文稿库"
    )
    parser.add_argument(
        "--watch-removes", action="store_true", default=None, help="监视的文件夹里删掉的文件，文稿也去掉"
    )
    parser.add_argument(
        "--library-writing",
        metavar="off|local|on",
        help="能否从接口增删文稿库里的文稿：local 只从本机，on 凭密钥；默认 off",
    )
    parser.add_argument(
        "--anonymous",
        metavar="权限",
        help="没有密钥的人能用什么：ask、feedback、documents 中的几个，逗号分隔，或 none；不写：都能",
    )
    parser.add_argument("--log-questions", action="store_true", default=None, help="访问日志里记下问题原文")


def serve(options: argparse.Namespace) -> int:
    """Serve the chat, the HTTP API and the widget until told to stop."""
    settings = settings_of(options)
    try:
        from qa.web import server  # Streamlit and the HTTP framework: 1 s that only this needs
    except ImportError as error:
        raise BadRequest(
            f"serve 需要网页组件（缺 {error.name}）：请先运行 pip install 'speechqa[app]'。"
        ) from error
    server.serve(settings, demo=options.demo, browse=options.open)
    return ANSWERED
