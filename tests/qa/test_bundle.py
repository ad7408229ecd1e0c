"""`speechqa bundle`: for which machine, our own wheel, licences; the installer with wheels of two files."""

from __future__ import annotations

import ensurepip
import json
import os
import platform
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata, resources
from pathlib import Path

import pytest

from qa.bundle import install as installer
from qa.bundle import writing
from qa.bundle.card import LEFT_OUT
from qa.bundle.licences import copy_texts, package_of
from qa.bundle.making import refuse_missing, size_of
from qa.bundle.own import _digest, rebuilt
from qa.bundle.pips import Found
from qa.bundle.runtime import check_runtime
from qa.bundle.target import Target, compatible, glibc_of, target_of
from qa.bundle.writing import SUMS, write_bundle, write_sums, write_tar
from qa.commands.bundling import EXTRAS
from qa.errors import BundleFailed
from tests.long import LONG
from tests.test_dependencies import EXTRAS as DECLARED

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
ARM = target_of("3.11", ["manylinux_2_28_aarch64"])
WINDOWS = target_of("3.11", ["win_amd64"])
MIT = "Permission is hereby granted, free of charge"


def fake_wheel(folder: Path, name: str, version: str, files: dict[str, str], *lines: str) -> Path:
    """Write a wheel of a few files."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    said = "\n".join([f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *lines])
    members = files | {
        f"{info}/METADATA": said + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/licenses/LICENSE": MIT,
    }
    with zipfile.ZipFile(wheel, "w") as made:
        for path, text in members.items():
            made.writestr(path, text)
        rows = [
            f"{path},sha256={_digest(text.encode())},{len(text.encode())}\n" for path, text in members.items()
        ]
        made.writestr(f"{info}/RECORD", "".join(rows) + f"{info}/RECORD,,\n")
    return wheel


def test_every_extra_can_be_packed_and_is_named_where_it_is_not() -> None:
    ours = set(DECLARED) - {"dev"}
    assert set(EXTRAS) == ours - {"training"}
    assert set(LEFT_OUT) == ours


# --- for which machine ---


def test_platforms_are_told_apart() -> None:
    assert (ARM.system, ARM.machine, WINDOWS.system, WINDOWS.machine) == (
        "Linux",
        "aarch64",
        "Windows",
        "AMD64",
    )
    assert WINDOWS.markers()["sys_platform"] == "win32" and ARM.markers()["platform_machine"] == "aarch64"
    assert target_of(None, []).is_here and target_of(None, []).options() == []
    mac = target_of("3.12", ["macosx_11_0_arm64"])
    assert (mac.system, mac.machine) == ("Darwin", "arm64")
    options = ARM.options()
    assert options[:4] == ["--python-version", "3.11", "--implementation", "cp"]
    assert "manylinux2014_aarch64" in options and "manylinux_2_29_aarch64" not in options


@pytest.mark.parametrize(
    ("python", "platforms", "message"),
    [
        ("3.9", ["win_amd64"], "不早于 3.11，实际是“3.9”"),
        ("3", [], "--python 应为 3.11 这样的版本"),
        ("3.11", ["windows"], "--platform 应为 manylinux_2_28_x86_64"),
        ("3.11", ["win_amd64", "manylinux_2_28_x86_64"], "应是同一种机器"),
        ("3.99", [], "请同时用 --platform 写明机器"),
    ],
)
def test_a_machine_that_is_none(python: str, platforms: list[str], message: str) -> None:
    with pytest.raises(BundleFailed, match=message):
        target_of(python, platforms)


def test_older_glibc_s_wheels_run_on_newer_ones() -> None:
    tags = compatible("manylinux_2_28_x86_64")
    assert tags[:2] == ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64"]
    assert {"manylinux2014_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64"} <= set(tags)
    assert compatible("manylinux2014_x86_64")[0] == "manylinux_2_17_x86_64"
    assert compatible("win_amd64") == ["win_amd64"]
    assert (
        glibc_of(["a-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", "b-1-py3-none-any.whl"])
        == "2.27"
    )
    assert (
        glibc_of(["a-1-cp311-cp311-manylinux2014_x86_64.whl", "b-1-cp311-cp311-manylinux_2_28_x86_64.whl"])
        == "2.28"
    )
    assert glibc_of(["a-1-py3-none-any.whl"]) is None


# --- what is in it ---


def test_licences_are_told_and_copied(tmp_path: Path) -> None:
    wheel = fake_wheel(tmp_path, "thing", "1.0", {"thing/__init__.py": ""}, "License: The MIT License (MIT)")
    package = package_of(wheel)
    assert (package.name, package.version, package.licence) == ("thing", "1.0", "MIT")
    assert copy_texts(wheel, package, tmp_path / "licences") == 1
    assert (tmp_path / "licences" / "thing-1.0" / "LICENSE").read_text("utf-8") == MIT
    (tmp_path / "none-1.0-py3-none-any.whl").write_bytes(b"no zip")
    with pytest.raises(BundleFailed, match="不是完好的 wheel"):
        package_of(tmp_path / "none-1.0-py3-none-any.whl")


def test_a_package_that_only_the_other_machine_needs_is_missed(tmp_path: Path) -> None:
    own = fake_wheel(
        tmp_path, "speechqa", "0.1", {"qa/__init__.py": ""}, "Requires-Dist: colour; sys_platform == 'win32'"
    )
    packages = [package_of(own)]
    refuse_missing(packages, ARM, ["app"])
    with pytest.raises(BundleFailed, match="包 speechqa 要用 colour，安装包里却没有"):
        refuse_missing(packages, WINDOWS, ["app"])


def test_sizes_of_what_lies_here(tmp_path: Path) -> None:
    (tmp_path / "a b.whl").write_bytes(b"12345")
    assert size_of(Found("a", "1", (tmp_path / "a b.whl").as_uri(), "")) == 5
    assert size_of(Found("a", "1", "ftp://nowhere/a.whl", "")) is None


def test_our_wheel_is_put_together_from_what_is_installed(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    script = "[console_scripts]\nspeechqa = qa.cli:main\n"
    files = {
        "qa/__init__.py": "a = 1\n",
        "qa/数据.txt": "字",
        "speechqa-0.1.dist-info/entry_points.txt": script,
    }
    wheel = fake_wheel(tmp_path, "speechqa", "0.1", files)
    place = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target"]
    subprocess.run([*pip, str(place), str(wheel)], check=True)
    (installed,) = metadata.distributions(path=[str(place)])
    made = rebuilt(installed, tmp_path / "dist")
    assert made.name == wheel.name
    with zipfile.ZipFile(made) as one, zipfile.ZipFile(wheel) as other:
        assert {n: one.read(n) for n in one.namelist() if not n.endswith("RECORD")} == {
            n: other.read(n) for n in other.namelist() if not n.endswith("RECORD")
        }
    subprocess.run([*pip, str(tmp_path / "again"), str(made)], check=True)
    assert (tmp_path / "again" / "qa" / "__init__.py").read_text("utf-8") == "a = 1\n"
    (place / "qa" / "__init__.py").write_text("a = 2\n", "utf-8")
    with pytest.raises(BundleFailed, match=r"qa/__init__\.py 与安装时不同"):
        rebuilt(installed, tmp_path / "dist")


def test_a_runtime_is_checked(tmp_path: Path) -> None:
    def packed(*names: str) -> Path:
        file = tmp_path / "python.tar.gz"
        with tarfile.open(file, "w:gz") as made:
            for name in names:
                made.addfile(tarfile.TarInfo(name))
        return file

    check_runtime(packed("python/bin/python3", "python/lib/python3.11/os.py"), ARM)
    check_runtime(packed("python/python.exe", "python/python311.dll"), WINDOWS)
    for names, message in (
        (("python/bin/python3", "python/lib/python3.12/os.py"), "是 Python 3.12，要打包的是 Python 3.11"),
        (("python/bin/other",), "里没有 python3"),
        (("../bin/python3",), "指向外面"),
    ):
        with pytest.raises(BundleFailed, match=message):
            check_runtime(packed(*names), ARM)
    (tmp_path / "python.tar.gz").write_bytes(b"no tar")
    with pytest.raises(BundleFailed, match="读不了"):
        check_runtime(tmp_path / "python.tar.gz", ARM)


def test_the_scripts_for_windows_are_as_cmd_reads_them(tmp_path: Path) -> None:
    wheel = fake_wheel(tmp_path, "speechqa", "0.1", {"qa/__init__.py": ""})
    pip = fake_wheel(tmp_path, "pip", "1.0", {"pip/__init__.py": ""})
    packages = {one.name: package_of(one) for one in (wheel, pip)}
    write_bundle(tmp_path / "b", tmp_path, packages, WINDOWS, ("app",), None)
    for name in BATCHES:
        text = (tmp_path / "b" / name).read_bytes()
        assert text.count(b"\n") == text.count(b"\r\n") > 5
        assert "讲话问答" in text.decode("gbk") or name in ("speechqa.bat", "rollback.bat")
    card = (tmp_path / "b" / "说明.txt").read_text("utf-8")
    assert "没有在 Windows 上运行过" in card and "install.bat" in card and "install.sh" not in card
    assert not (tmp_path / "b" / "install.sh").exists()


BATCHES = ("install.bat", "start.bat", "speechqa.bat", "rollback.bat")


def batch(name: str) -> list[str]:
    return (resources.files("qa.bundle") / name).read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", BATCHES)
def test_a_script_for_windows_holds_together(name: str) -> None:
    """None of what cmd trips over: labels that are not there, words of ours as operators, blocks, lost exit codes."""
    lines = batch(name)
    labels = [line[1:] for line in lines if line.startswith(":")]
    text = "\n".join(lines)
    wanted = set(re.findall(r"(?:\bgoto |\bcall :)(\w+)", text))
    assert wanted <= set(labels) and len(labels) == len(set(labels))
    for line in lines:
        assert line == line.rstrip() and "\t" not in line and not line.rstrip().endswith(("(", "^"))
        if line.lstrip().startswith("echo "):
            assert not set("()<>|&^!") & set(line), line
        if "set " in line and "=" in line and "set /p" not in line:
            assert re.search(r'set "[A-Z_]+=', line), line  # quoted: no blank at the end, no operator
    if name in ("install.bat", "rollback.bat"):
        after = [
            lines[n + 1]
            for n, line in enumerate(lines)
            if "install.py" in line and line.startswith('"%PYTHON%"')
        ]
        assert after and set(after) == {'set "STATUS=%errorlevel%"'} and "exit /b %STATUS%" in lines


def test_what_the_windows_installer_checks_and_says_is_what_the_others_know(tmp_path: Path) -> None:
    text = "\n".join(batch("install.bat"))
    parser = (resources.files("qa.bundle") / "install.py").read_text("utf-8")
    commands = re.findall(r'if /i "%~1"=="(\w+)" goto command', text)
    assert f"choices={commands}".replace("'", '"') in parser
    for option in ("--to", "--python", "--unpacked"):
        assert option in text and f'"{option}"' in parser
    first = text.index(":run\nif defined")
    for checked in ("install.py", "bundle.json"):  # before anything of the bundle runs
        assert 0 < text.index(f'call :same "{checked}" "{checked}"\nif errorlevel 1 goto done') < first
    (code,) = re.findall(r'"%~1" -c "(.*?)" >nul', text)
    for wanted, status in ((HERE, 0), ("3.99", 1)):
        done = subprocess.run([sys.executable, "-c", code.replace("%WANTED%", wanted)], capture_output=True)
        assert done.returncode == status


def test_each_file_of_a_bundle_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = fake_wheel(tmp_path, "speechqa", "0.1", {"qa/__init__.py": ""})
    pip = fake_wheel(tmp_path, "pip", "1.0", {"pip/__init__.py": ""})
    runtime = tmp_path / "python.tar.gz"
    with tarfile.open(runtime, "w:gz") as made:
        made.add(wheel, "python/bin/python3")
    hashed: list[str] = []
    plain = writing._sha256
    monkeypatch.setattr(writing, "_sha256", lambda path: hashed.append(path.name) or plain(path))
    write_bundle(
        tmp_path / "b", tmp_path, {w.name: package_of(w) for w in (wheel, pip)}, ARM, ("app",), runtime
    )
    files = [p for p in (tmp_path / "b").rglob("*") if p.is_file() and p.name != SUMS]
    assert sorted(hashed) == sorted(p.name for p in files)
    installer.check_sums(tmp_path / "b")


# --- installed ---

PROGRAM = """
import os, sys
from pathlib import Path
if sys.argv[1] == "ask" and Path(sys.argv[0]).parent.joinpath("broken").exists():
    sys.exit("坏了")
print("版本", {version!r}, sys.argv[1:], os.environ.get("SPEECHQA_CONFIG"))
"""


def bundle_of(folder: Path, version: str, pip: Path, **more: str) -> Path:
    """Write a bundle whose speechqa only tells its version."""
    folder.mkdir(parents=True)
    program = {"qa/__init__.py": "", "qa/__main__.py": PROGRAM.format(version=version)}
    own = fake_wheel(folder, "speechqa", version, program | {f"qa/{n}": t for n, t in more.items()})
    (folder / pip.name).write_bytes(pip.read_bytes())
    packages = {name: package_of(folder / name) for name in (own.name, pip.name)}
    write_bundle(folder / "安装包", folder, packages, target_of(None, []), ("app",), None)
    return folder / "安装包"


@pytest.fixture(scope="module")
def pip() -> Path:
    found = sorted((Path(str(ensurepip.__file__)).parent / "_bundled").glob("pip-*.whl"))
    if not found or os.name != "posix":
        pytest.skip("this Python brings no pip wheel")
    return found[0]


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | environment,
        check=False,
    )


@pytest.mark.skipif(not LONG, reason="three installations: ./check --long")
def test_install_upgrade_and_rollback(tmp_path: Path, pip: Path) -> None:
    place = tmp_path / "装 在$这里 100%"
    first, second = (bundle_of(tmp_path / v, v, pip) for v in ("0.1", "0.2"))
    broken = bundle_of(tmp_path / "0.3", "0.3", pip, broken="")

    done = run(
        "sh",
        first / "install.sh",
        "--to",
        place,
        "--python",
        sys.executable,
        PIP_INDEX_URL="http://127.0.0.1:9",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"打开：{place}/start.sh" in done.stdout
    told = run("sh", place / "speechqa.sh", "ask", "一 个")
    assert told.stdout == "版本 0.1 ['ask', '一 个'] None\n", told.stderr
    (place / "config.toml").write_text("", "utf-8")

    assert run("sh", second / "install.sh", "--to", place, "--python", sys.executable).returncode == 0
    assert run("sh", place / "speechqa.sh", "x").stdout == f"版本 0.2 ['x'] {place}/config.toml\n"

    done = run("sh", broken / "install.sh", "--to", place, "--python", sys.executable)
    assert done.returncode == 3 and "装上了，但答不了问题：坏了" in done.stderr
    assert run("sh", place / "speechqa.sh", "x").stdout.startswith("版本 0.2 ")
    assert len(list((place / "releases").iterdir())) == 2

    for version in ("0.1", "0.2"):
        done = run("sh", place / "rollback.sh")
        assert done.returncode == 0 and f"已退回 {version}-" in done.stdout
        assert run("sh", place / "speechqa.sh", "x").stdout.startswith(f"版本 {version} ")
    (tmp_path / "link").symlink_to(place / "speechqa.sh")
    assert run(tmp_path / "link", "x").stdout.startswith("版本 0.2 ")
    entry = (place / "start.desktop").read_text("utf-8")
    assert f'Exec=sh "{place.parent}/装 在\\\\$这里 100%%/start.sh"\n' in entry


def test_a_bundle_that_is_not_whole_installs_nothing(tmp_path: Path, pip: Path) -> None:
    bundle = bundle_of(tmp_path / "a", "0.1", pip)
    place = tmp_path / "there"
    wheel = next((bundle / "wheels").glob("speechqa*"))
    whole = wheel.read_bytes()

    wheel.write_bytes(whole + b"x")
    done = run("sh", bundle / "install.sh", "--to", place, "--python", sys.executable)
    assert done.returncode == 3 and "安装包不完整" in done.stderr and wheel.name in done.stderr
    wheel.write_bytes(whole)
    (bundle / "wheels" / "more.whl").touch()
    done = run("sh", bundle / "install.sh", "--to", place, "--python", sys.executable)
    assert done.returncode == 3 and "wheels/more.whl 不在 SHA256SUMS 里" in done.stderr
    assert not place.exists()

    (bundle / "wheels" / "more.whl").unlink()
    done = run("sh", bundle / "install.sh", "--to", place, "--python", "/bin/false")
    assert done.returncode == 2 and f"要 Python {HERE}" in done.stderr


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"machine": "riscv64"}, "是给 Linux riscv64 的"),
        ({"system": "Windows"}, "是给 Windows"),
        ({"python": "3.99"}, "要 Python 3.99"),
        ({"glibc": "9.9"}, "要 glibc 9.9 以上"),
    ],
)
def test_another_machine_s_bundle_is_refused(changed: dict[str, str], message: str) -> None:
    told = {"system": platform.system(), "machine": platform.machine(), "python": HERE, "glibc": None}
    installer.check_machine(told)
    with pytest.raises(installer.Stopped, match=message):
        installer.check_machine(told | changed)


def test_the_tar_holds_the_same(tmp_path: Path, pip: Path) -> None:
    bundle = bundle_of(tmp_path / "a", "0.1", pip)
    write_tar(bundle)
    with tarfile.open(bundle.with_name("安装包.tar")) as made:
        made.extractall(tmp_path / "out", filter="data")
    installer.check_sums(tmp_path / "out" / "安装包")
    assert os.access(tmp_path / "out" / "安装包" / "install.sh", os.X_OK)
    sums = (bundle / SUMS).read_text("utf-8")
    write_sums(bundle)
    assert (bundle / SUMS).read_text("utf-8") == sums
    told = json.loads((bundle / "bundle.json").read_text("utf-8"))
    assert told["release"].startswith("0.1-") and told["pip"] == pip.name
    assert (Target("3.11", ()).is_here, told["glibc"]) == (True, None)


def releases(place: Path, *names: str) -> None:
    for name in names:
        (place / "releases" / name).mkdir(parents=True)
        (place / "releases" / name / "complete").touch()


def test_one_goes_back_by_any_version_s_python_that_runs(tmp_path: Path) -> None:
    for name in ("1", "2"):
        releases(tmp_path, name)
        installer.switch(tmp_path, name)
        inside = tmp_path / "releases" / name / "venv" / "bin"
        inside.mkdir(parents=True)
        (inside / "python").symlink_to(sys.executable if name == "2" else "/bin/false")
    for file in ("rollback.sh", "install.py"):
        (tmp_path / file).write_bytes((resources.files("qa.bundle") / file).read_bytes())
    done = run("sh", tmp_path / "rollback.sh")
    assert (done.returncode, (tmp_path / "CURRENT").read_text()) == (0, "1\n"), done.stderr
    (tmp_path / "releases" / "2" / "venv" / "bin" / "python").unlink()
    done = run("sh", tmp_path / "rollback.sh")
    assert done.returncode == 3 and "没有装好的版本" in done.stderr
    done = run(
        sys.executable, "-I", tmp_path / "install.py", "rollback", "--to", f"{tmp_path}/."
    )  # as rollback.bat says it
    assert (done.returncode, (tmp_path / "CURRENT").read_text()) == (0, "2\n")


def test_two_versions_are_kept_and_exchanged(tmp_path: Path) -> None:
    for name in ("1", "2", "3"):
        releases(tmp_path, name)
        installer.switch(tmp_path, name)
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == ["2", "3"]
    installer.roll_back(tmp_path)
    assert ((tmp_path / "CURRENT").read_text(), (tmp_path / "PREVIOUS").read_text()) == ("2\n", "3\n")
    installer.roll_back(tmp_path)
    assert (tmp_path / "CURRENT").read_text() == "3\n"
    installer.switch(tmp_path, "3")  # installed once more: what was before stays
    assert (tmp_path / "PREVIOUS").read_text() == "2\n"


def test_what_is_half_deleted_is_no_version_to_go_back_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # killed, or a file of it is open
    for name in ("1", "2", "3"):
        releases(tmp_path, name)
        installer.switch(tmp_path, name)
    assert not (tmp_path / "releases" / "1" / "complete").exists()
    (tmp_path / "PREVIOUS").write_text("1\n")
    with pytest.raises(installer.Stopped, match="没有上一版"):
        installer.roll_back(tmp_path)
    assert (tmp_path / "CURRENT").read_text() == "3\n"


def test_a_desktop_entry_quotes_its_path() -> None:
    line = next(
        one for one in installer.desktop_entry(Path('/家 里/a$b"c%')).splitlines() if one.startswith("Exec=")
    )
    assert line == 'Exec=sh "/家 里/a\\\\$b\\\\"c%%"'
