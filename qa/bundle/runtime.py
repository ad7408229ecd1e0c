"""A relocatable Python that is packed into a bundle: python-build-standalone's install_only tar.gz, or one like it."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path, PurePosixPath

from qa.bundle.target import Target
from qa.errors import BundleFailed

_WANTED = "应是可以放在任何位置运行的 Python，.tar.gz，里面有 bin/python3（Windows 的是 python.exe），如 python-build-standalone 的 install_only"
_LICENCES = re.compile(r"LICEN[CS]E(?:\.txt)?")


def check_runtime(file: Path, target: Target) -> None:
    """Check that a file is a Python for the target. Raises BundleFailed."""
    names = _members(file)
    inside = [PurePosixPath(name) for name in names]
    if any(path.is_absolute() or ".." in path.parts for path in inside):
        raise BundleFailed(f"--runtime {file} 里有指向外面的路径，不能用。{_WANTED}。")
    program = "python.exe" if target.system == "Windows" else "python3"
    if not any(path.name == program and len(path.parts) <= 3 for path in inside):
        raise BundleFailed(f"--runtime {file} 里没有 {program}。{_WANTED}。")
    versions = {
        match[1] or match[2][0] + "." + match[2][1:]
        for name in names
        if (match := re.search(r"(?:/lib/python(3\.\d+)/os\.py|/python(3\d+)\.dll)$", name))
    }
    if versions and target.python not in versions:
        raise BundleFailed(
            f"--runtime {file} 是 Python {'、'.join(sorted(versions))}，要打包的是 Python {target.python}。请换一个，或改 --python。"
        )


def _members(file: Path) -> list[str]:
    try:
        with tarfile.open(file, "r:gz") as opened:
            return opened.getnames()
    except (OSError, tarfile.TarError, EOFError) as error:
        raise BundleFailed(f"--runtime {file} 读不了（{error}）。{_WANTED}。") from error


def runtime_licence(file: Path) -> bytes | None:
    """Return the licence that a Python carries, the uppermost one; None where there is none."""
    with tarfile.open(file, "r:gz") as opened:
        named = [
            m for m in opened.getmembers() if m.isfile() and _LICENCES.fullmatch(PurePosixPath(m.name).name)
        ]
        for member in sorted(named, key=lambda m: (m.name.count("/"), m.name)):
            if (taken := opened.extractfile(member)) is not None:
                return taken.read()
    return None
