"""FILE.toml or FILE.json beside FILE: its title, date, issuer, speaker and kind, where the text shows them wrong."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index.errors import BadSidecar
from index.types import DocumentKind

FIELDS = ("title", "date", "issuer", "speaker", "kind")
KIND_NAMES = {
    "讲话": DocumentKind.SPEECH,
    "报告": DocumentKind.REPORT,
    "通知": DocumentKind.NOTICE,
    "规划": DocumentKind.PLAN,
    "法规": DocumentKind.REGULATION,
    "公报": DocumentKind.COMMUNIQUE,
    "其他": DocumentKind.OTHER,
}
_LIMIT = 64_000  # bytes: five lines need no more
_DATE = re.compile(r"(\d{4})(?:(?:-|年)(\d{1,2})(?:(?:-|月)(\d{1,2})日?|月)?|年)?")


def read_sidecar(path: Path) -> dict[str, str]:
    """Return what stands beside `path` by field; empty where nothing does. Raises BadSidecar."""
    beside = [file for end in (".toml", ".json") if _is_file(file := path.with_name(path.name + end))]
    if not beside:
        return {}
    if len(beside) > 1:
        raise BadSidecar(f"{path.name} 旁边有 {beside[0].name} 和 {beside[1].name}：应只有一个。请删去一个。")
    file = beside[0]
    found = {key: _value(key, value, file) for key, value in _read(file).items()}
    return {key: value for key, value in found.items() if value}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long with the ending
        return False


def _read(file: Path) -> dict[str, Any]:
    kind = "TOML" if file.suffix == ".toml" else "JSON"
    try:
        with file.open("rb") as opened:
            data = opened.read(_LIMIT + 1)
        if len(data) > _LIMIT:
            raise BadSidecar(f"{file} 太大：应只写 {'、'.join(FIELDS)} 几项。请检查文件。")
        text = data.decode("utf-8-sig")
        content = tomllib.loads(text) if kind == "TOML" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadSidecar(f"{file} 读不了：应为 UTF-8 的 {kind}，实际：{reason}。请改正或删去它。") from error
    if not isinstance(content, dict):
        raise BadSidecar(f"{file} 应为一个对象，写 {'、'.join(FIELDS)} 几项，实际不是。请改正或删去它。")
    if unknown := [key for key in content if key not in FIELDS]:
        raise BadSidecar(f"{file} 里有不认识的项“{unknown[0]}”：可写 {'、'.join(FIELDS)}。请改正或删去它。")
    return content


def _value(key: str, value: Any, file: Path) -> str:
    """Return one field's value as Metadata has it. Raises BadSidecar."""
    if key == "date" and type(value) in (date, datetime, int):
        value = value.isoformat()[:10] if isinstance(value, date) else str(value)
    if not isinstance(value, str):
        raise BadSidecar(f"{file} 的 {key} 应为文字，实际是 {type(value).__name__}。请加引号。")
    value = " ".join(value.split())
    if key == "kind" and value:
        names = KIND_NAMES | {kind.value: kind for kind in DocumentKind}
        if value not in names:
            raise BadSidecar(f"{file} 的 kind 不能是“{value}”：可写 {'、'.join(KIND_NAMES)}。")
        return names[value].value
    return _day(value, file) if key == "date" and value else value


def _day(value: str, file: Path) -> str:
    parts = _DATE.fullmatch(value)
    numbers = [int(part) for part in parts.groups() if part] if parts else []
    try:
        date(*[*numbers, 1, 1][: max(3, len(numbers))])
    except (ValueError, TypeError) as error:
        raise BadSidecar(f"{file} 的 date 应为 2024、2024-05 或 2024-05-20，实际是“{value}”。") from error
    return "-".join(f"{number:02}" for number in numbers)
