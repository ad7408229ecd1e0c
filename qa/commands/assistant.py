"""`speechqa mcp`."""

from __future__ import annotations

import argparse
import asyncio
import logging

from qa.commands.shared import ANSWERED, Commands, add_source, engine_of
from qa.errors import BadRequest


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser(
        "mcp",
        help="供智能助手调用（MCP）",
        description="在标准输入输出上提供 MCP（Model Context Protocol），供单位自己的智能助手提问、查找、引用原文；由助手启动。",
    )
    add_source(parser)
    parser.set_defaults(run=mcp)


def mcp(options: argparse.Namespace) -> int:
    """Serve an assistant on standard input and output until it ends."""
    try:
        from qa.web.gate import Gate
        from qa.web.mcpserver import Assistant  # the protocol: 1 s that only this needs
    except ImportError as error:
        raise BadRequest(
            f"mcp 需要 MCP 组件（缺 {error.name}）：请先运行 pip install 'speechqa[app,mcp]'。"
        ) from error
    logging.basicConfig(level=logging.WARNING)
    engine = engine_of(options)
    engine.ask("工作")  # the first question loads the dictionary: before anybody waits

    async def served() -> None:
        gate = Gate(engine.settings.concurrent, engine.settings.question_seconds)
        await Assistant(lambda: engine, gate).over_stdio()
        gate.close()

    asyncio.run(served())
    return ANSWERED
