"""`speechqa backup | restore`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from qa import backup as backups
from qa import streams
from qa.commands.shared import ANSWERED, Commands, add_settings, flags_of, settings_of
from qa.rendering import visible
from qa.settings import named_file


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser(
        "backup",
        help="备份索引、对话和反馈、设置",
        description="把现用的索引、对话和反馈、设置文件备份成一个 zip；服务运行时也可以。访问密钥不在备份里：恢复旧备份不该让已收回的密钥复活。",
    )
    parser.add_argument("backup_file", type=Path, metavar="文件", help="备份放在哪里（新的文件）")
    _add_places(parser)
    parser.set_defaults(run=backup)

    parser = commands.add_parser(
        "restore",
        help="从备份恢复",
        description="从 speechqa backup 的文件恢复索引、对话和反馈；写了 --config 的，设置文件也放回那里。之后重启服务。",
    )
    parser.add_argument("backup_file", type=Path, metavar="文件", help="speechqa backup 做的备份")
    parser.add_argument("--replace", action="store_true", help="已有的内容也换掉")
    _add_places(parser)
    parser.set_defaults(run=restore)


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--index", type=Path, metavar="文件夹", help="索引文件夹；不写则按设置")
    parser.add_argument("--store", metavar="文件", help="对话和反馈存放的文件；不写则按设置")
    add_settings(parser)


def backup(options: argparse.Namespace) -> int:
    """Make a backup."""
    config = options.config or named_file(os.environ)
    made = backups.make_backup(settings_of(options), config, options.backup_file)
    streams.show(f"已备份到 {visible(str(options.backup_file))}：{_told(made)}。")
    return ANSWERED


def restore(options: argparse.Namespace) -> int:
    """Put a backup back, where its settings say; the settings last, when all the rest is there."""
    kept = backups.read_backup(options.backup_file)
    settings = backups.settings_to_be(kept, options.config, flags_of(options), replace=options.replace)
    backups.restore(kept, settings, replace=options.replace)
    put = options.config is not None and backups.put_config(kept, options.config)
    streams.show(f"已恢复：{_told(kept)}。请重启服务。")
    if kept.config is not None and not put:
        streams.show("设置文件没有动；要放回，请用 --config 指明位置。")
    return ANSWERED


def _told(kept: backups.Backup) -> str:
    store = f"对话和反馈 {len(kept.store) / 1e6:.1f} MB" if kept.store is not None else "没有对话库"
    index = f"索引 {kept.snapshot}" if kept.snapshot else "没有索引（用的是内置讲话）"
    return f"{index}，{store}，{'有' if kept.config is not None else '没有'}设置文件"
