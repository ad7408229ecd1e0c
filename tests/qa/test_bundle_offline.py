"""Whole bundles, made and walked through as at an office without a network. Minutes each: SPEECHQA_LONG only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.long import LONG
from tests.offline import walk
from tests.runtimes import make_runtime
from tests.serving import ROOT

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LONG, reason="SPEECHQA_LONG=1: makes bundles of 260 MB and installs them"),
]


def bundled(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qa", "bundle", str(folder), *(str(a) for a in arguments)],
        cwd=folder.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def python_of(version: str) -> Path | None:
    """Return a Python of that version on this machine that really runs: pyenv has names for those it does not use."""
    named = [Path(found)] if (found := shutil.which(f"python{version}")) else []
    for one in (*named, *Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")):
        done = subprocess.run([str(one), "-c", "import venv"], capture_output=True, check=False)
        if done.returncode == 0:
            return one
    return None


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv", "ip"))),
    reason="needs root, unshare, setpriv and ip, to be a plain user without a network",
)
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_installed_asked_served_upgraded_rolled_back(version: str, tmp_path: Path) -> None:
    python = python_of(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # a plain user walks through here
    runtime = make_runtime(python, tmp_path / f"python-{version}-test.tar.gz")
    platform = ["--platform", f"manylinux_2_28_{os.uname().machine}"]
    done = bundled(tmp_path / "bundle", "--python", version, *platform, "--runtime", runtime)
    assert done.returncode == 0, done.stderr
    walk(tmp_path / "bundle", tmp_path / "office")


@pytest.mark.parametrize("platform", ["manylinux_2_28_aarch64", "win_amd64"])
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_wheel_is_there_for_other_machines(platform: str, version: str, tmp_path: Path) -> None:
    done = bundled(tmp_path / "none", "--sizes", "--python", version, "--platform", platform)
    assert done.returncode == 0, done.stderr
    assert "大小不明" not in done.stderr and not (tmp_path / "none").exists()


def test_from_an_installation_that_is_no_source_tree(tmp_path: Path) -> None:
    """The wheel that an installed speechqa packs is the one that it came from."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path / "built"), str(ROOT)],
        check=True,
    )
    (wheel,) = (tmp_path / "built").glob("*.whl")
    place = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(place), str(wheel)],
        check=True,
    )
    made = tmp_path / "made"
    made.mkdir()
    code = "import sys; from pathlib import Path; from qa.bundle.own import own_wheel; import qa; print(qa.__file__); own_wheel(Path(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(made)],
        env=os.environ | {"PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0 and done.stdout.startswith(str(place)), done.stdout + done.stderr
    with zipfile.ZipFile(next(made.glob("*.whl"))) as one, zipfile.ZipFile(wheel) as other:
        names = {n for n in other.namelist() if not n.endswith("/RECORD")}
        assert names == {n for n in one.namelist() if not n.endswith("/RECORD")}
        assert all(one.read(name) == other.read(name) for name in names)
