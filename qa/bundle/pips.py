"""What pip does for a bundle: wheels found for another machine, fetched, and built where there is only source."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from qa.bundle.target import Target
from qa.errors import BundleFailed

# pip reads requirements' markers for the Python that it runs on, whatever --platform says: told otherwise here.
_PIP = """
import json, runpy, sys
from pip._vendor.packaging import markers
there, plain = json.loads(sys.argv.pop(1)), markers.default_environment
markers.default_environment = lambda: {**plain(), **there}
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
_LACKING = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)([^\n;]*)")
BUILT = 20  # packages that may have to be built: more means that something else is wrong


@dataclass(frozen=True, slots=True)
class Found:
    """A wheel that pip chose; `size` in bytes, None where nobody says."""

    name: str
    version: str
    url: str
    sha256: str

    @property
    def file(self) -> str:
        """Return the wheel's file name."""
        return unquote(urlsplit(self.url).path).rpartition("/")[2]

    @property
    def path(self) -> Path | None:
        """Return its place where it lies on this machine."""
        parts = urlsplit(self.url)
        return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def resolve(target: Target, requirements: Sequence[str], built: Path) -> list[Found]:
    """Return the wheels that these requirements come to there; what has only source is built into `built`.

    Raises BundleFailed naming the package of which there is no wheel.
    """
    for _ in range(BUILT):
        lacking = None
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            told = _pip(
                target,
                *(
                    "install",
                    "--dry-run",
                    "--ignore-installed",
                    "--no-warn-conflicts",
                    "--report",
                    str(report),
                ),
                *(
                    "--target",
                    str(Path(folder) / "none"),
                    "--only-binary",
                    ":all:",
                    "--find-links",
                    str(built),
                ),
                *(*target.options(), *requirements),
            )
            if report.is_file():
                return [_found(one) for one in json.loads(report.read_text("utf-8"))["install"]]
            lacking = _LACKING.search(told)
        if lacking is None:
            raise BundleFailed(
                f"pip 找不齐 {target.shown} 要的包：{_reason(told)}。请检查网络和 pip 的包源（pip config list）。"
            )
        _build(target, lacking[1], lacking[1] + lacking[2].partition("(")[0].strip(), built)
    raise BundleFailed(f"只有源码的包超过 {BUILT} 个，没有打包。请检查 pip 的包源（pip config list）。")


def _found(record: dict[str, object]) -> Found:
    told = json.loads(json.dumps(record))
    metadata, source = told["metadata"], told["download_info"]
    digest = source.get("archive_info", {}).get("hashes", {}).get("sha256", "")
    return Found(metadata["name"], metadata["version"], source["url"], digest)


def _build(target: Target, name: str, requirement: str, built: Path) -> None:
    """Build the wheel of a package that the index has as source only. Raises BundleFailed."""
    before = set(built.glob("*.whl"))
    told = _pip(
        Target(target.python, ()), "wheel", "--no-deps", "--no-binary", name, "-w", str(built), requirement
    )
    new = sorted(set(built.glob("*.whl")) - before)
    if not new:
        raise BundleFailed(
            f"包 {requirement} 没有适用于 {target.shown} 的 wheel，也没有能做成 wheel 的源码（{_reason(told)}）。"
            "请换一个 pip 包源（pip config list 看现在的），或换 --python、--platform。"
        )
    if not target.is_here and not new[0].name.endswith("-none-any.whl"):
        new[0].unlink()
        raise BundleFailed(
            f"包 {requirement} 没有适用于 {target.shown} 的 wheel，源码只能在那样的机器上编译。请在那样的机器上打包。"
        )


def fetch(target: Target, wheels: Sequence[Found], folder: Path) -> None:
    """Put the wheels into a folder, each as its checksum says. Raises BundleFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        listed = Path(work) / "wheels.txt"
        lines = [f"{one.url} --hash=sha256:{one.sha256}" for one in wheels]
        listed.write_text("\n".join(lines) + "\n", "utf-8")
        told = _pip(
            target,
            *("download", "--no-deps", "--only-binary", ":all:", "-d", str(folder)),
            *(*target.options(), "-r", str(listed)),
        )
    missing = [one.file for one in wheels if not (folder / one.file).is_file()]
    if missing:
        raise BundleFailed(f"包 {missing[0]} 下载不了：{_reason(told)}。请检查网络，再运行一次。")


def build_tree(tree: Path, folder: Path) -> None:
    """Build the wheel of a source tree. Raises BundleFailed."""
    here = Target(f"{sys.version_info.major}.{sys.version_info.minor}", ())
    told = _pip(here, "wheel", "--no-deps", "-w", str(folder), str(tree))
    if not list(folder.glob("speechqa-*.whl")):
        raise BundleFailed(f"本软件的源码 {tree} 打不成 wheel：{_reason(told)}。请检查网络，再运行一次。")


def _pip(target: Target, *arguments: str) -> str:
    """Run this Python's pip with the index that it is configured for; return all it says. Raises BundleFailed."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [
            sys.executable,
            "-c",
            _PIP,
            json.dumps(target.markers()),
            "--disable-pip-version-check",
            "--no-input",
            *arguments,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        | {"PYTHONUTF8": "1", "NO_COLOR": "1"},
        check=False,
    )
    told = done.stdout.decode("utf-8", "replace")
    if done.returncode and "No module named pip" in told:
        raise BundleFailed(
            f"{sys.executable} 没有 pip，打不了包。请用 python3 -m venv 建的环境，或先装 pip。"
        )
    return told


def _reason(told: str) -> str:
    """Return pip's last error in one line."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip 没有说明原因"])[-1].removeprefix("ERROR: ")[:300]
