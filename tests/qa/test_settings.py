"""Settings: defaults < file < environment < flags; what is wrong is named."""

from dataclasses import fields
from pathlib import Path

import pytest

from qa.errors import BadSetting
from qa.settings import Settings, load_settings

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
