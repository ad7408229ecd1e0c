"""Settings: defaults < file < environment < flags; what is wrong is named."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from qa.cli import main, parse
from qa.commands.shared import settings_of
from qa.errors import BadSetting
from qa.settings import Settings, load_settings, variable

ROOT = Path(__file__).parents[2]


def test_each_layer_wins_over_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("passages = 3\nlexical_weight = 0.5\nhistory_limit = 2\n", "utf-8")
    settings = load_settings(
        file=file,
        environment={"SPEECHQA_PASSAGES": "4", "SPEECHQA_LEXICAL_WEIGHT": "0.6"},
        flags={"passages": 5, "encoder": None},
    )
    assert (settings.passages, settings.lexical_weight, settings.history_limit, settings.encoder) == (
        5,
        0.6,
        2,
        "",
    )


def test_the_file_may_be_named_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("passages = 3\n", "utf-8")
    assert load_settings(environment={"SPEECHQA_CONFIG": str(file)}).passages == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pasages = 3", "不认识的设置“pasages”"),
        ("passages = 'x'", "“passages”应为整数，实际是“x”"),
        ("passages = true", "“passages”应为整数"),
        ("passages = 11", "应在 1 到 10 之间，实际是 11"),
        ("lexical_weight = 2", "应在 0 到 1 之间"),
        ("encoder = 3", "“encoder”应为文字"),
        ("passages = ", "读不了"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadSetting, match=message):
        load_settings(file=file, environment={})


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_setting_is_documented(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    for field in fields(Settings):
        assert f"| {field.name} |" in text
        assert f"SPEECHQA_{field.name.upper()}" in text


@pytest.mark.parametrize("key", ["index", "store", "encoder", "host"])
def test_a_null_character_is_refused(tmp_path: Path, key: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(f'{key} = "a\\u0000b"\n', "utf-8")
    with pytest.raises(BadSetting, match="空字符"):
        load_settings(file=file, environment={})


ALLOWED = {"anonymous": "ask", "library_writing": "local"}  # of those that are one of a few words


def other(name: str, default: Any) -> Any:
    """Return a value of a setting that is not its default, near enough to be allowed."""
    if name in ALLOWED:
        return ALLOWED[name]
    if isinstance(default, bool | str):
        return not default if isinstance(default, bool) else "off"
    return default / 2 if isinstance(default, float) else abs(default - 1)


@pytest.mark.parametrize("name", [one.name for one in fields(Settings)])
def test_file_environment_and_flags_agree(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    default = getattr(Settings(), name)
    value = other(name, default)
    assert value != default
    file = tmp_path / "a.toml"
    file.write_text(f"{name} = {json.dumps(value)}\n", "utf-8")
    monkeypatch.delenv(variable(name), raising=False)
    by_file = load_settings(file=file, environment={})
    by_environment = load_settings(environment={variable(name): str(value)})
    by_flag = load_settings(environment={}, flags={name: str(value)})
    assert getattr(by_file, name) == value
    assert by_file == by_environment == by_flag
    assert getattr(settings_of(parse(["ask", "问", "--set", f"{name}={value}"])), name) == value


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"SPEECHQA_PASAGES": "3"},
            "环境变量里有不认识的设置“SPEECHQA_PASAGES”；是不是“SPEECHQA_PASSAGES”？",
        ),
        ({"SPEECHQA_port": "3"}, "环境变量里有不认识的设置“SPEECHQA_port”；是不是“SPEECHQA_PORT”？"),
        ({"SPEECHQA_XYZZY": "3"}, "不认识的设置“SPEECHQA_XYZZY”；可用的是：index、encoder"),
    ],
)
def test_a_name_in_the_environment_that_is_none(environment: dict[str, str], message: str) -> None:
    with pytest.raises(BadSetting, match=re.escape(message)):
        load_settings(environment=environment)


def test_the_nearest_name_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.toml"
    file.write_text("log-question = true\n", "utf-8")
    with pytest.raises(BadSetting, match="不认识的设置“log-question”；是不是“log_questions”？"):
        load_settings(file=file, environment={})
    for arguments, message in (
        (["serve", "--log_questions"], "不认识的参数：--log_questions；是不是 --log-questions？"),
        (["ask", "问", "--set", "pasage=3"], "命令行里有不认识的设置“pasage”；是不是“passages”？"),
        (["ask", "问", "--set", "passages"], "应为 设置=值，如 passages=5，实际是“passages”"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
        assert message in capsys.readouterr().err


def test_config_tells_where_each_value_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "设置 一.toml"
    file.write_text("passages = 3\nport = 9000\nhosts = 'qa.intranet'\n", "utf-8")
    monkeypatch.setenv("SPEECHQA_CONFIG", str(file))
    monkeypatch.setenv("SPEECHQA_PORT", "9001")
    for arguments in (["config"], ["config", "--json"]):
        with pytest.raises(SystemExit) as stopped:
            main([*arguments, "--hosts", "b.intranet", "--set", "concurrent=9"])
        assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert f"passages = 3    〔配置文件 {file}〕\n    回答附带" in shown
    assert "port = 9001    〔环境变量 SPEECHQA_PORT〕" in shown
    assert "hosts = b.intranet    〔命令行〕" in shown
    assert "encoder = （空）    〔默认〕" in shown
    records = {r["name"]: r for r in map(json.loads, shown[shown.index("{") :].splitlines())}
    assert list(records) == [one.name for one in fields(Settings)]
    assert (records["passages"]["source"], records["passages"]["from"]) == ("file", str(file))
    assert (records["port"]["value"], records["port"]["from"]) == (9001, "SPEECHQA_PORT")
    assert (records["concurrent"]["value"], records["concurrent"]["source"]) == (9, "flag")
    assert records["index"]["source"] == "default" and records["index"]["about"]


def test_the_defaults_are_documented_as_they_are() -> None:
    for readme in ("README.md", "README.zh-CN.md"):
        text = (ROOT / readme).read_text("utf-8")
        for one in fields(Settings):
            row = re.search(rf"^\| {one.name} \| {variable(one.name)} \| ?([^|]*?) ?\|", text, re.M)
            assert row is not None, one.name
            assert row[1] == str(one.default), one.name
