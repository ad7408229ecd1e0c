"""What systemd runs the server by: a service without rights, and the socket that it is handed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.errors import CannotInstall
from qa.settings import Settings, variable

FOLDER = Path("/etc/systemd/system")
MARK = "# speechqa service --install 写的；改动请用 systemctl edit，升级时会重写这个文件。"
WATCHDOG_SECONDS = 30
START_SECONDS = 120  # an index of many documents, on a slow disk
BESIDE_SECONDS = 10  # to stop, beside the longest question
LOCAL = ("127.0.0.1", "::1", "localhost")
STATE = "/var/lib/speechqa"
PLACES = ("index", "store", "cache", "keys", "watch")  # settings that name a file or folder
OF_THE_SOCKET = ("host", "port")
_USER = re.compile("[a-z_][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Service:
    """How the server is to run: `command` starts it, `user` empty: one that systemd makes (DynamicUser).

    `flags` are the settings that were given beside the configuration's file: they go into the unit.
    """

    command: tuple[str, ...]
    settings: Settings
    config: Path | None
    user: str
    flags: Mapping[str, Any] = field(default_factory=dict)


def own_command() -> tuple[str, ...]:
    """Return what starts this program: the start file of an installed bundle, which an upgrade turns to the new one."""
    start = Path(sys.prefix).parents[2] / "speechqa.sh" if len(Path(sys.prefix).parts) > 4 else Path("/none")
    inside = Path(sys.prefix).name == "venv" and Path(sys.prefix).parents[1].name == "releases"
    return (str(start),) if inside and start.is_file() else (sys.executable, "-P", "-m", "qa")


def units_of(service: Service) -> dict[str, str]:
    """Return the two units by file name. Raises CannotInstall where the user's name is none."""
    if service.user and not _USER.fullmatch(service.user):
        raise CannotInstall(
            f"--user 应为系统用户名（小写字母、数字、_、-，不以数字开头），实际是“{service.user}”。请改正。"
        )
    return {"speechqa.socket": _socket(service.settings), "speechqa.service": _service(service)}


def _socket(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"""{MARK}
[Unit]
Description=讲话问答：端口

[Socket]
ListenStream={host}:{settings.port}
Backlog=1024
NoDelay=yes

[Install]
WantedBy=sockets.target
"""


SHUT_OFF = """\
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
KeyringMode=private
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
"""  # from devices, other users, the kernel and the network but its sockets


def _service(service: Service) -> str:
    command = " ".join(quoted(part).replace("$", "$$") for part in (*service.command, "serve"))
    environment = "\n".join(
        f"Environment={quoted(f'{name}={value}')}" for name, value in _environment(service).items()
    )
    whose = f"User={service.user}" if service.user else "DynamicUser=yes"
    written = _written(service.settings)
    writable = f"\nReadWritePaths={' '.join(quoted(f'-{path}') for path in written)}" if written else ""
    inside_home = any(part.startswith(("/home/", "/root/")) for part in (*service.command, *written))
    local = "IPAddressDeny=any\nIPAddressAllow=localhost\n" if service.settings.host in LOCAL else ""
    return f"""{MARK}
[Unit]
Description=讲话问答
Documentation=file:///opt/speechqa
Requires=speechqa.socket
After=network.target speechqa.socket

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
{environment}
{whose}
StateDirectory=speechqa
StateDirectoryMode=0700
CacheDirectory=speechqa
CacheDirectoryMode=0700
WorkingDirectory={STATE}
Restart=on-failure
RestartSec=2
SuccessExitStatus=SIGTERM
WatchdogSec={WATCHDOG_SECONDS}
TimeoutStartSec={START_SECONDS}
TimeoutStopSec={int(service.settings.question_seconds) + BESIDE_SECONDS}
KillMode=mixed
LimitNOFILE=8192
LimitCORE=0
UMask=0077

# 整个系统只读；只有上面两个文件夹，和要增删文稿时的文稿库能写。
ProtectSystem=strict{writable}
ProtectHome={"read-only" if inside_home else "yes"}
{SHUT_OFF}{local}SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


def _environment(service: Service) -> dict[str, str]:
    """Return the environment: the service's own places, and over them what was given; host and port are the socket's."""
    made = {
        "SPEECHQA_STORE": f"{STATE}/conversations.sqlite3",
        "SPEECHQA_CACHE": "/var/cache/speechqa",
        "SPEECHQA_KEYS": _value("keys", service.settings.keys or f"{STATE}/keys.json"),
        "HF_HUB_OFFLINE": "1",
        "HOME": STATE,
    }
    if service.config is not None:
        made["SPEECHQA_CONFIG"] = str(service.config.absolute())
    given = {n: v for n, v in service.flags.items() if n not in OF_THE_SOCKET}
    return made | {variable(name): _value(name, value) for name, value in given.items()}


def _value(name: str, value: Any) -> str:
    """Return a setting as its variable has it; a place by its whole path, since the service runs elsewhere."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return str(Path(text).absolute()) if name in PLACES and text else text


def _written(settings: Settings) -> list[str]:
    """Return the folders that a server which changes its library writes in, and the one it watches."""
    if not settings.index or (not settings.watch and settings.library_writing == "off"):
        return []
    return [_value("index", place) for place in (settings.index, settings.watch) if place]


def quoted(word: str) -> str:
    """Return a word as systemd's unit files take it, whatever is in it; Exec lines want `$` doubled beside."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("%", "%%")
    plain = text == word and not any(c.isspace() or c in "$'\";#" for c in word)
    return word if plain and word else f'"{text}"'


def install_units(
    units: dict[str, str], folder: Path = FOLDER, running: Path = Path("/run/systemd/system")
) -> None:
    """Write the units where systemd finds them. Raises CannotInstall where that is not possible here, OSError."""
    if not running.is_dir():
        raise CannotInstall(
            "这台机器没有用 systemd 启动，装不了服务。请用 service --print 看单元，或直接运行 speechqa serve。"
        )
    for name in units:
        path = folder / name
        if path.exists() and not path.read_text("utf-8", "replace").startswith(MARK):
            raise CannotInstall(f"{path} 已经有了，不是本软件写的，没有改动。请先移走它。")
    if not os.access(folder, os.W_OK):
        raise CannotInstall(f"没有权限写 {folder}。请用 sudo 再运行一次，或用 service --print 看单元。")
    for name, text in units.items():
        work = folder / f".{name}.new"
        work.write_text(text, "utf-8")
        work.chmod(0o644)
        work.replace(folder / name)
