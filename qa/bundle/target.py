"""For which machine a bundle is: its Python and platforms, as pip's options and as environment markers."""

from __future__ import annotations

import platform
import re
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass

from qa.errors import BundleFailed

EXAMPLES = "manylinux_2_28_x86_64、manylinux_2_28_aarch64、win_amd64、macosx_11_0_arm64"
_LINUX = re.compile(r"(?:manylinux|musllinux)_(\d+)_(\d+)_(\w+)")
_OLD = {"manylinux2014": (2, 17), "manylinux2010": (2, 12), "manylinux1": (2, 5)}
_FORM = re.compile(
    r"(?:manylinux_\d+_\d+|manylinux2014|musllinux_\d+_\d+|linux)_(?P<linux>\w+)"
    r"|win_(?P<windows>amd64|arm64)|macosx_\d+_\d+_(?P<mac>arm64|x86_64)"
)
_PYTHON = re.compile(r"3\.\d{1,2}")
OLDEST = (3, 11)


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of machine; `platforms` as wheels name them, none: this machine's kind."""

    python: str
    platforms: tuple[str, ...]

    @property
    def is_here(self) -> bool:
        """Tell whether it is this machine's kind."""
        return not self.platforms

    @property
    def system(self) -> str:
        """Return Linux, Windows or Darwin."""
        if not self.platforms:
            return platform.system()
        first = self.platforms[0]
        return "Windows" if first.startswith("win") else "Darwin" if first.startswith("macosx") else "Linux"

    @property
    def machine(self) -> str:
        """Return the processor, as that system's Python names it."""
        if not self.platforms:
            return platform.machine()
        found = _FORM.fullmatch(self.platforms[0])
        named = {} if found is None else found.groupdict()
        return named["mac"] or named["linux"] or named["windows"].upper()

    @property
    def shown(self) -> str:
        """Return what a person reads."""
        return f"Python {self.python}，{'、'.join(self.platforms) or sysconfig.get_platform()}"

    def options(self) -> list[str]:
        """Return pip's options for wheels of this kind only."""
        if not self.platforms:
            return []
        tags = [tag for one in self.platforms for tag in compatible(one)]
        return [
            *("--python-version", self.python, "--implementation", "cp"),
            *(part for tag in dict.fromkeys(tags) for part in ("--platform", tag)),
        ]

    def markers(self) -> dict[str, str]:
        """Return what differs there in the environment that requirements are read in (PEP 508)."""
        if not self.platforms:
            return {}
        systems = {"Linux": ("posix", "linux"), "Windows": ("nt", "win32"), "Darwin": ("posix", "darwin")}
        name, short = systems[self.system]
        return {
            "os_name": name,
            "sys_platform": short,
            "platform_system": self.system,
            "platform_machine": self.machine,
            "platform_release": "",
            "platform_version": "",
            "platform_python_implementation": "CPython",
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
        }


def target_of(python: str | None, platforms: Sequence[str]) -> Target:
    """Return the kind of machine that the options name. Raises BundleFailed."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    python = python or here
    if not _PYTHON.fullmatch(python) or tuple(map(int, python.split("."))) < OLDEST:
        raise BundleFailed(f"--python 应为 3.11 这样的版本，不早于 3.11，实际是“{python}”。请改正。")
    for one in platforms:
        if not _FORM.fullmatch(one):
            raise BundleFailed(f"--platform 应为 {EXAMPLES} 这样的名字，实际是“{one}”。请改正。")
    target = Target(python, tuple(platforms))
    if python != here and not platforms:
        raise BundleFailed(
            f"现在用的是 Python {here}；要为 Python {python} 打包，请同时用 --platform 写明机器，如 {EXAMPLES}。"
        )
    if len({(Target(python, (one,)).system, Target(python, (one,)).machine) for one in platforms}) > 1:
        raise BundleFailed("几个 --platform 应是同一种机器。不同的机器请分别打包。")
    return target


def compatible(tag: str) -> list[str]:
    """Return the platform tags of wheels that run where `tag` does, the best first: older glibc's too."""
    old = next((name for name in _OLD if tag.startswith(f"{name}_")), None)
    if old is not None:
        tag = tag.replace(old, "manylinux_{}_{}".format(*_OLD[old]))
    found = _LINUX.fullmatch(tag)
    if found is None or tag.startswith("musllinux"):
        return [tag]
    major, minor, machine = int(found[1]), int(found[2]), found[3]
    tags = []
    for one in range(minor, 4, -1):
        tags.append(f"manylinux_{major}_{one}_{machine}")
        tags += [f"{name}_{machine}" for name, version in _OLD.items() if version == (major, one)]
    return [*tags, f"linux_{machine}"]


def glibc_of(names: Sequence[str]) -> str | None:
    """Return the oldest glibc that wheels of these file names run with; None where none needs one."""
    needed = []
    for name in names:
        tags = name.removesuffix(".whl").rpartition("-")[2].split(".")
        versions = [version for tag in tags if (version := _glibc(tag)) is not None]
        if versions:
            needed.append(min(versions))
    return "{}.{}".format(*max(needed)) if needed else None


def _glibc(tag: str) -> tuple[int, int] | None:
    if not tag.startswith("manylinux"):
        return None
    found = _LINUX.fullmatch(tag)
    return (int(found[1]), int(found[2])) if found else _OLD.get(tag.partition("_")[0])
