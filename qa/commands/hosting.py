"""`speechqa service`: run by systemd."""

from __future__ import annotations

import argparse
import os

from qa import streams
from qa.commands.serving import add_serving
from qa.commands.shared import ANSWERED, Commands, add_settings, flags_of, settings_of
from qa.settings import named_file
from qa.units import FOLDER, Service, install_units, own_command, units_of


def declare(commands: Commands) -> None:
    """Add the commands of this module to the grammar."""
    parser = commands.add_parser(
        "service",
        help="作为 systemd 服务运行",
        description="显示或写好两个 systemd 单元：没有特权的服务，和交给它的端口（升级、重启不丢请求）。",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--print", action="store_true", help="只显示")
    what.add_argument("--install", action="store_true", help=f"写到 {FOLDER}（要 root）")
    parser.add_argument(
        "--user", default="", metavar="用户", help="用哪个用户运行；不写则由 systemd 临时建一个"
    )
    add_serving(parser)
    add_settings(parser)
    parser.set_defaults(run=service)


def service(options: argparse.Namespace) -> int:
    """Show or write the units."""
    config = options.config or named_file(os.environ)
    units = units_of(Service(own_command(), settings_of(options), config, options.user, flags_of(options)))
    if options.print:
        streams.show("\n".join(f"# ---- {FOLDER / name}\n{text}" for name, text in units.items()))
        return ANSWERED
    install_units(units)
    streams.show(
        "已写好。接着运行：\n  systemctl daemon-reload\n  systemctl enable --now speechqa.socket speechqa.service"
    )
    return ANSWERED
