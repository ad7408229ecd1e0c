"""`speechqa keys make | list | rotate | withdraw`."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from qa import streams
from qa.commands.shared import ANSWERED, Commands
from qa.rendering import visible
from qa.settings import load_settings, scopes_of
from qa.web.keys import SCOPES, Key, Keys, open_keys

_ONCE = "这一行只显示这一次，请现在存好；密钥文件里只有它的摘要，找不回来。"


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser(
        "keys",
        help="管理访问密钥",
        description="发放、列出、更换、收回访问接口的密钥；正在运行的服务马上照办。",
    )
    parser.add_argument("--config", type=Path, metavar="文件", help="TOML 配置文件")
    parser.add_argument("--keys", metavar="文件", help="密钥文件；不写则用设置里的")
    parser.set_defaults(run=_list)
    actions = parser.add_subparsers(dest="action", metavar="做什么", title="子命令")
    make = actions.add_parser("make", help="发一把密钥", description="发一把密钥，显示一次。")
    make.add_argument("--name", required=True, metavar="名字", help="给谁、给什么用的")
    make.add_argument("--scope", required=True, metavar="权限", help=f"逗号分隔：{'、'.join(SCOPES)}")
    make.add_argument("--days", type=float, metavar="天数", help="多少天后到期；不写则不到期")
    make.set_defaults(run=_make)
    actions.add_parser(
        "list", help="列出密钥", description="列出密钥的编号、名字、权限和状态。"
    ).set_defaults(run=_list)
    rotate = actions.add_parser(
        "rotate", help="换一把", description="发一把名字和权限相同的新密钥，旧的收回。"
    )
    rotate.add_argument("id", metavar="编号", help="见 speechqa keys list")
    rotate.add_argument(
        "--overlap", type=float, default=0.0, metavar="小时", help="旧的再用几小时，默认马上收回"
    )
    rotate.set_defaults(run=_rotate)
    withdraw = actions.add_parser("withdraw", help="收回一把", description="收回一把密钥，一秒之内不能再用。")
    withdraw.add_argument("id", metavar="编号", help="见 speechqa keys list")
    withdraw.set_defaults(run=_withdraw)


def _keys(options: argparse.Namespace) -> Keys:
    return open_keys(load_settings(file=options.config, flags={"keys": options.keys}))


def _make(options: argparse.Namespace) -> int:
    key, token = _keys(options).make(options.name, scopes_of(options.scope), options.days)
    return _shown(key, token)


def _rotate(options: argparse.Namespace) -> int:
    key, token = _keys(options).rotate(options.id, options.overlap)
    return _shown(key, token)


def _shown(key: Key, token: str) -> int:
    """Show a new key: itself on the standard output, all about it beside."""
    streams.show(token)
    streams.complain(f"编号 {key.id}（{visible(key.name)}）：{'、'.join(key.scopes)}。{_ONCE}")
    return ANSWERED


def _withdraw(options: argparse.Namespace) -> int:
    key = _keys(options).withdraw(options.id)
    streams.complain(f"编号 {key.id}（{visible(key.name)}）的密钥已收回。")
    return ANSWERED


def _list(options: argparse.Namespace) -> int:
    keys = _keys(options)
    now = datetime.now().timestamp()
    for key in keys.all():
        made, expires = _day(key.made), _day(key.expires) if key.expires else "不到期"
        streams.show(
            "\t".join([key.id, visible(key.name), ",".join(key.scopes), made, expires, key.state(now)])
        )
    if not keys.all():
        streams.complain(f"还没有密钥（{keys.path}）。发一把：speechqa keys make --name 名字 --scope ask")
    return ANSWERED


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")
