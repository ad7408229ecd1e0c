"""What systemd runs the server by: a service without rights, and the socket that it is handed."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from qa.errors import CannotInstall
from qa.settings import Settings

FOLDER = Path("/etc/systemd/system")
MARK = "# speechqa service --install 写的；改动请用 systemctl edit，升级时会重写这个文件。"
WATCHDOG_SECONDS = 30
START_SECONDS = 120  # an index of many documents, on a slow disk
BESIDE_SECONDS = 10  # to stop, beside the longest question
LOCAL = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Service:
    """How the server is to run: `command` starts it, `user` empty: one that systemd makes (DynamicUser)."""

    command: tuple[str, ...]
    settings: Settings
    config: Path | None
    user: str


def own_command() -> tuple[str, ...]:
    """Return what starts this program: the start file of an installed bundle, which an upgrade turns to the new one."""
    start = Path(sys.prefix).parents[2] / "speechqa.sh" if len(Path(sys.prefix).parts) > 4 else Path("/none")
    inside = Path(sys.prefix).name == "venv" and Path(sys.prefix).parents[1].name == "releases"
    return (str(start),) if inside and start.is_file() else (sys.executable, "-P", "-m", "qa")


def units_of(service: Service) -> dict[str, str]:
    """Return the two units by file name."""
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


def _service(service: Service) -> str:
    command = " ".join(quoted(part) for part in (*service.command, "serve"))
    given = {
        "SPEECHQA_STORE": "/var/lib/speechqa/conversations.sqlite3",
        "SPEECHQA_CACHE": "/var/cache/speechqa",
        "HF_HUB_OFFLINE": "1",
        "HOME": "/var/lib/speechqa",
    }
    if service.config is not None:
        given["SPEECHQA_CONFIG"] = str(service.config.absolute())
    environment = "\n".join(f"Environment={quoted(f'{name}={value}')}" for name, value in given.items())
    whose = f"User={service.user}" if service.user else "DynamicUser=yes"
    inside_home = any(part.startswith(("/home/", "/root/")) for part in service.command)
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
WorkingDirectory=/var/lib/speechqa
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

# 整个系统只读；只有上面两个文件夹能写。
ProtectSystem=strict
ProtectHome={"read-only" if inside_home else "yes"}
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
{local}SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


def quoted(word: str) -> str:
    """Return a word as systemd's unit files take it, whatever is in it."""
    text = (
        word.replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\n", "\\n")
        .replace("%", "%%")
        .replace("$", "$$")
    )
    plain = text == word and not any(c.isspace() or c in "'\";#" for c in word)
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
