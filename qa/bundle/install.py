"""The installer in a bundle: run there by install.sh or install.bat with the target's Python, alone, without a network.

TO/releases/ID/    one version: its venv, its Python where the bundle brings one; `complete` when it is whole
TO/CURRENT         the version in use, one line, replaced at once; TO/PREVIOUS the one before
TO/config.toml     the person's settings, never touched
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

BUNDLE = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
SUMS = "SHA256SUMS"
SCRIPTS = ("speechqa", "start", "rollback")
ROOM = 4  # times the wheels' size: unpacked, with what Python makes of it
QUESTION = "“三个务必”是什么"


class Stopped(Exception):
    """The installation cannot go on; str() is one line of Chinese."""


def main() -> int:
    """Install, go back or list; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="install", allow_abbrev=False, description="安装、升级、退回讲话问答（不联网）。"
    )
    parser.add_argument(
        "command",
        nargs="?",
        default="install",
        choices=["install", "rollback", "list"],
        help="install 安装或升级（默认）；rollback 退回上一版；list 列出装着的版本",
    )
    parser.add_argument(
        "--to",
        type=Path,
        default=_default_place(),
        metavar="文件夹",
        help=f"装在哪里，默认 {_default_place()}",
    )
    parser.add_argument("--python", metavar="路径", help="用本机的哪个 Python")
    parser.add_argument("--unpacked", type=Path, help=argparse.SUPPRESS)  # the bundle's Python, by install.sh
    options = parser.parse_args()
    place = options.to.expanduser().absolute()
    unpacked = options.unpacked and options.unpacked.absolute()
    try:
        if options.command == "rollback":
            roll_back(place)
        elif options.command == "list":
            list_releases(place)
        else:
            install(place, unpacked)
    except Stopped as error:
        print(f"错误：{error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(
            f"错误：读写失败 {error.filename or ''}：{error.strerror or error}。请检查权限和磁盘空间。",
            file=sys.stderr,
        )
        return 4
    return 0


def _default_place() -> Path:
    return Path(os.environ.get("LOCALAPPDATA", Path.home()) if WINDOWS else Path.home()) / "speechqa"


def install(place: Path, unpacked: Path | None) -> None:
    """Install this bundle's version beside the others and switch to it. Raises Stopped, OSError."""
    print("核对文件……", flush=True)
    check_sums(BUNDLE)
    told = json.loads((BUNDLE / "bundle.json").read_text("utf-8"))
    check_machine(told)
    release = place / "releases" / told["release"]
    if (release / "complete").is_file():
        print(f"{told['release']} 已经装好。")
    else:
        _check_room(place)
        _delete(release)
        release.mkdir(parents=True)
        try:
            _fill(release, told, unpacked)
            (release / "complete").touch()
        except BaseException:
            _delete(release)
            raise
    _put_scripts(place)
    switch(place, told["release"])
    print(
        f"装好了：{place}（{told['release']}）\n打开：{place / ('start.bat' if WINDOWS else 'start.sh')}\n命令行：{place / ('speechqa.bat' if WINDOWS else 'speechqa.sh')} --help\n退回上一版：{place / ('rollback.bat' if WINDOWS else 'rollback.sh')}\n正在运行的服务要重新启动才会用新的一版。"
    )


def check_sums(bundle: Path) -> None:
    """Compare every file of the bundle with SHA256SUMS. Raises Stopped naming what differs, lacks or is not listed."""
    listed: dict[str, str] = {}
    for line in (bundle / SUMS).read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    found = {p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file()} - {SUMS}
    for name in sorted(found ^ set(listed)):
        what = "不在 SHA256SUMS 里" if name in found else "不见了"
        raise Stopped(f"安装包里的 {name} {what}。请重新拷贝，再运行一次。什么也没有装。")
    for name, digest in listed.items():
        if _sha256(bundle / name) != digest:
            raise Stopped(f"安装包里的 {name} 与 SHA256SUMS 不符。请重新拷贝，再运行一次。什么也没有装。")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_machine(told: dict[str, Any]) -> None:
    """Compare the bundle's target with this machine. Raises Stopped with what is wanted and what is here."""
    names = {"amd64": "x86_64", "arm64": "aarch64"}
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    machine, wanted = platform.machine().lower(), told["machine"].lower()
    if told["system"] != platform.system() or names.get(machine, machine) != names.get(wanted, wanted):
        raise Stopped(
            f"这个安装包是给 {told['system']} {told['machine']} 的，这台机器是 {platform.system()} {platform.machine()}。请换对应的安装包。"
        )
    if told["python"] != version:
        raise Stopped(
            f"这个安装包要 Python {told['python']}，现在用的是 {version}。请用 --python 指明，或换对应的安装包。"
        )
    library, found = platform.libc_ver()
    if told["glibc"] and (library != "glibc" or _numbers(found) < _numbers(told["glibc"])):
        kind = f"manylinux_{found.replace('.', '_')}" if library == "glibc" else "musllinux_1_2"
        raise Stopped(
            f"这个安装包要 glibc {told['glibc']} 以上，这台机器是 {found or '别的 C 库'}。请用 speechqa bundle --platform {kind}_{told['machine']} 另打一个。"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _check_room(place: Path) -> None:
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    needed = ROOM * sum(p.stat().st_size for p in (BUNDLE / "wheels").iterdir())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise Stopped(
            f"{there} 所在的磁盘只剩 {free // 1_000_000} MB，要 {needed // 1_000_000} MB。请腾出空间，或用 --to 换一个位置。"
        )


def _fill(release: Path, told: dict[str, Any], unpacked: Path | None) -> None:
    """Make the version's environment, install the wheels into it, and ask it a question. Raises Stopped, OSError."""
    python = Path(sys.executable)
    if unpacked is not None:
        print("放好自带的 Python……", flush=True)
        shutil.copytree(unpacked, release / "python", symlinks=True)
        python = release / "python" / python.relative_to(unpacked)
    print("建立环境……", flush=True)
    _run([str(python), "-I", "-m", "venv", "--without-pip", str(release / "venv")], "建不了 venv 环境")
    inside = release / "venv" / ("Scripts/python.exe" if WINDOWS else "bin/python")
    pip = BUNDLE / "wheels" / told["pip"] / "pip"
    wheels = ["--no-index", "--find-links", str(BUNDLE / "wheels"), "--no-deps", "--no-cache-dir"]
    print("安装（一两分钟）……", flush=True)
    _run(
        [
            str(inside),
            str(pip),
            "--isolated",
            "install",
            "--quiet",
            *wheels,
            "-r",
            str(BUNDLE / "requirements.txt"),
        ],
        "装不上",
    )
    _run([str(inside), str(pip), "--isolated", "check"], "装上的包不齐")
    print("试问一个问题……", flush=True)
    trial = release / "trial"
    _run([str(inside), "-P", "-m", "qa", "ask", QUESTION, "--set", f"cache={trial}"], "装上了，但答不了问题")
    shutil.rmtree(trial, ignore_errors=True)


def _run(command: list[str], failed: str) -> None:
    """Run a program without settings of ours or pip's around it. Raises Stopped with its last words."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(("PIP_", "SPEECHQA_", "PYTHON"))}
    alone = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONUTF8": "1",
        "HF_HUB_OFFLINE": "1",
    }
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=kept | alone,
        check=False,
    )
    if done.returncode:
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
        raise Stopped(f"{failed}：{(lines or ['没有说明原因'])[-1][:300]}")


def _put_scripts(place: Path) -> None:
    """Put the start files and this installer into the folder, in the place of older ones."""
    ending = ".bat" if WINDOWS else ".sh"
    for name in (*(f"{script}{ending}" for script in SCRIPTS), "install.py"):
        _replace(place / name, (BUNDLE / name).read_bytes(), executable=ending == ".sh")
    if not WINDOWS:
        _replace(place / "start.desktop", desktop_entry(place / "start.sh").encode("utf-8"), executable=True)


def desktop_entry(start: Path) -> str:
    """Return what starts the chat from a Linux desktop; the path quoted as the Desktop Entry Specification has it."""
    quoted = "".join(f"\\{c}" if c in '"`$\\' else c for c in str(start)).replace("%", "%%")
    value = f'sh "{quoted}"'.replace(
        "\\", "\\\\"
    )  # once more: a value of type string escapes backslashes too
    return f"[Desktop Entry]\nType=Application\nVersion=1.0\nName=讲话问答\nComment=在浏览器里打开，关上窗口就停止\nExec={value}\nTerminal=true\nCategories=Office;\n"


def switch(place: Path, release: str) -> None:
    """Make a version the one in use, at once; the one that was goes to PREVIOUS, older ones are deleted."""
    before = _read(place / "CURRENT")
    if before and before != release:
        _replace(place / "PREVIOUS", f"{before}\n".encode())
    _replace(place / "CURRENT", f"{release}\n".encode())
    kept = {release, _read(place / "PREVIOUS")}
    for old in (place / "releases").iterdir():
        if old.is_dir() and old.name not in kept:
            with contextlib.suppress(OSError):  # what cannot be deleted only takes room
                _delete(old)


def _delete(release: Path) -> None:
    """Delete a version; its mark first, so that what a kill or an open file leaves of it never counts as whole."""
    (release / "complete").unlink(missing_ok=True)
    shutil.rmtree(release, ignore_errors=True)


def roll_back(place: Path) -> None:
    """Exchange the version in use with the one before. Raises Stopped where there is none."""
    previous = _read(place / "PREVIOUS")
    if not previous or not (place / "releases" / previous / "complete").is_file():
        raise Stopped(f"{place} 里没有上一版可退。装着的：{'、'.join(_complete(place)) or '没有'}。")
    switch(place, previous)
    print(f"已退回 {previous}。正在运行的服务要重新启动才会用它。")


def list_releases(place: Path) -> None:
    """Print the versions that are installed, the one in use marked."""
    current = _read(place / "CURRENT")
    for name in _complete(place):
        print(f"{'*' if name == current else ' '} {name}")


def _complete(place: Path) -> list[str]:
    return sorted(p.parent.name for p in (place / "releases").glob("*/complete"))


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text("utf-8").strip()
    return ""


def _replace(path: Path, data: bytes, *, executable: bool = False) -> None:
    work = path.with_name(f".{path.name}.new")
    work.write_bytes(data)
    if executable:
        work.chmod(work.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    work.replace(path)


if __name__ == "__main__":
    sys.exit(main())
