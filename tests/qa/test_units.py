"""The units for systemd: as systemd reads them, for any path; written only where they may be."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from qa.cli import main
from qa.errors import CannotInstall
from qa.settings import Settings
from qa.units import MARK, Service, install_units, quoted, units_of

ODD = "/opt/讲话 问答/100%/a$b"


def units(**settings: object) -> dict[str, str]:
    return units_of(Service((f"{ODD}/speechqa.sh",), Settings(**settings), Path(f"{ODD}/config.toml"), ""))  # type: ignore[arg-type]


def read(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


def test_the_service_has_no_rights() -> None:
    service = read(units()["speechqa.service"])["Service"]
    assert service["ExecStart"] == '"/opt/讲话 问答/100%%/a$$b/speechqa.sh" serve'
    assert service["DynamicUser"] == service["PrivateTmp"] == service["NoNewPrivileges"] == "yes"
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")
    assert (service["Type"], service["Restart"], service["WatchdogSec"]) == ("notify", "on-failure", "30")
    assert (service["StateDirectory"], service["TimeoutStopSec"]) == ("speechqa", "20")
    assert service["IPAddressDeny"] == "any"
    text = units(host="0.0.0.0")["speechqa.service"]
    assert "IPAddressDeny" not in text
    named = units_of(Service(("/usr/bin/python3",), Settings(), None, "qa"))["speechqa.service"]
    assert "\nUser=qa\n" in named and "DynamicUser" not in named and "SPEECHQA_CONFIG" not in named


def test_what_was_given_goes_into_the_unit(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flags = "--port 80 --index 库 --watch 放 --watch-removes --hosts qa.a,qa.b --anonymous none --uploads off"
    more = "--origins https://a$b --library-writing on --set passages=5 --log-questions"
    with pytest.raises(SystemExit):
        main(["service", "--print", *flags.split(), *more.split()])
    lines = capsys.readouterr().out.splitlines()
    given = {
        line.removeprefix("Environment=").strip('"') for line in lines if line.startswith("Environment=")
    }
    assert given >= {
        f"SPEECHQA_INDEX={tmp_path / '库'}",
        f"SPEECHQA_WATCH={tmp_path / '放'}",
        "SPEECHQA_WATCH_REMOVES=true",
        "SPEECHQA_HOSTS=qa.a,qa.b",
        "SPEECHQA_ANONYMOUS=none",
        "SPEECHQA_UPLOADS=off",
        "SPEECHQA_ORIGINS=https://a$b",
        "SPEECHQA_LIBRARY_WRITING=on",
        "SPEECHQA_PASSAGES=5",
        "SPEECHQA_LOG_QUESTIONS=true",
        "SPEECHQA_KEYS=/var/lib/speechqa/keys.json",
    }
    assert not any("_HOST=" in line or "_PORT=" in line for line in given)  # the socket's
    assert f"ReadWritePaths=-{tmp_path / '库'} -{tmp_path / '放'}" in lines


def test_only_what_changes_the_library_is_written_in() -> None:
    assert "ReadWritePaths" not in units(index="/srv/库")["speechqa.service"]
    text = units(index="/srv/库 1", library_writing="on")["speechqa.service"]
    assert '\nReadWritePaths="-/srv/库 1"\n' in text
    assert "ProtectHome=read-only" in units(index="/home/a/库", watch="/srv/放")["speechqa.service"]


@pytest.mark.parametrize("name", ["a\nExecStart=/bin/sh", "1a", "Root", "a b", "-a"])
def test_a_user_is_a_name(name: str) -> None:
    with pytest.raises(CannotInstall, match="--user 应为系统用户名"):
        units_of(Service(("/usr/bin/python3",), Settings(), None, name))


def test_the_socket_is_where_the_settings_say() -> None:
    assert "\nListenStream=127.0.0.1:8501\n" in units()["speechqa.socket"]
    assert "\nListenStream=[::1]:80\n" in units(host="::1", port=80)["speechqa.socket"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_them(tmp_path: Path) -> None:
    program = tmp_path / "讲话 100%" / "speechqa.sh"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    texts = units_of(Service((str(program),), Settings(), Path(f"{ODD}/config.toml"), ""))
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in texts)],
        capture_output=True,
        text=True,
        env=os.environ | {"SYSTEMD_PAGER": ""},
        check=False,
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "speechqa" in line]) == (0, [])


@pytest.mark.parametrize(
    ("word", "shown"),
    [("/a/b", "/a/b"), ("A=a$b", '"A=a$b"'), ("", '""'), ('a"b\\', '"a\\"b\\\\"'), ("é f", '"é f"')],
)
def test_words_are_quoted(word: str, shown: str) -> None:
    assert quoted(word) == shown


def test_units_are_written_where_systemd_runs_and_nothing_foreign_is_lost(tmp_path: Path) -> None:
    folder, running = tmp_path / "system", tmp_path / "running"
    folder.mkdir()
    with pytest.raises(CannotInstall, match="没有用 systemd 启动，装不了服务"):
        install_units(units(), folder, running)
    running.mkdir()
    install_units(units(), folder, running)
    install_units(units(port=80), folder, running)  # ours: written anew
    assert ":80\n" in (folder / "speechqa.socket").read_text("utf-8")
    assert {f.name for f in folder.iterdir()} == {"speechqa.socket", "speechqa.service"}
    assert all(f.read_text("utf-8").startswith(MARK) for f in folder.iterdir())
    (folder / "speechqa.socket").write_text("[Socket]\n", "utf-8")
    with pytest.raises(CannotInstall, match="不是本软件写的，没有改动"):
        install_units(units(), folder, running)
    assert (folder / "speechqa.socket").read_text("utf-8") == "[Socket]\n"


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["service", "--print", "--port", "8600"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert "ListenStream=127.0.0.1:8600" in shown and "-m qa serve" in shown
    if not Path("/run/systemd/system").is_dir():
        with pytest.raises(SystemExit) as stopped:
            main(["service", "--install"])
        assert stopped.value.code == 2 and "systemd" in capsys.readouterr().err
