"""`speechqa config`: every setting, its value, and where that comes from."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import Field, fields
from typing import Any

from qa import streams
from qa.commands.serving import add_serving
from qa.commands.shared import ANSWERED, Commands, add_common, add_reranker, flags_of
from qa.rendering import visible
from qa.settings import Settings, layers_given, load_settings, named_file, variable


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser(
        "config",
        help="列出全部设置：值、来自哪里、含义",
        description="列出全部设置：现在的值、来自哪里（默认、配置文件、环境变量、命令行）、含义。参数与 serve 相同，可先看会怎样。",
    )
    add_serving(parser)
    parser.add_argument("--store", metavar="文件", help="对话和反馈存放的文件")
    parser.add_argument("--json", action="store_true", help="输出 JSON，一行一项")
    add_common(parser)
    add_reranker(parser)
    parser.set_defaults(run=config)


def config(options: argparse.Namespace) -> int:
    """Show every setting."""
    for record in records_of(options):
        streams.show(json.dumps(record, ensure_ascii=False) if options.json else _lines(record))
    return ANSWERED


def records_of(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the settings under the options, each with name, value, default, source, from, environment and about.

    `source` is default, file, environment or flag; `from` the file's path or the variable. Raises BadSetting.
    """
    given = {"file": options.config, "flags": flags_of(options)}
    settings = load_settings(**given)
    layers = layers_given(**given)
    file = options.config or named_file(os.environ)
    return [
        _record(one, settings, [layer.kind for layer in layers if one.name in layer.values], str(file))
        for one in fields(Settings)
    ]


def _record(one: Field[Any], settings: Settings, kinds: list[str], file: str) -> dict[str, Any]:
    source = kinds[-1] if kinds else "default"
    where = {"file": file, "environment": variable(one.name)}.get(source)
    return {
        "name": one.name,
        "value": getattr(settings, one.name),
        "default": one.default,
        "source": source,
        "from": where,
        "environment": variable(one.name),
        "about": one.metadata["about"],
    }


def _lines(record: dict[str, Any]) -> str:
    sources = {
        "default": "默认",
        "file": f"配置文件 {record['from']}",
        "environment": f"环境变量 {record['from']}",
        "flag": "命令行",
    }
    value = record["value"]
    text = "true" if value is True else "false" if value is False else str(value) or "（空）"
    return f"{record['name']} = {visible(text)}    〔{visible(sources[record['source']])}〕\n    {record['about']}"
