"""`speechqa add | remove | list | verify | gc | rollback`, as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from index import Done
from index.catalogue import DOCUMENTS, pointer
from index.locking import writing
from qa.cli import main
from qa.commands.library import progress_line
from tests.texts import REPORT

OTHER = "乙镇工作报告\n一是保障民生。要办好三件实事。\n二是守住底线。"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "文稿"
    folder.mkdir()
    (folder / "甲.txt").write_text(REPORT, "utf-8")
    (folder / "乙.txt").write_text(OTHER, "utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "库"


class Ran:
    """What a command said and its exit code."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: object) -> None:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        self.code = ended.value.code
        shown = capsys.readouterr()
        self.out, self.err = shown.out, shown.err


def test_a_life(root: Path, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ran(command: str, *words: object) -> Ran:
        named = ["--encoder", "fast"] if command in ("add", "remove", "ask") else []
        return Ran(capsys, command, *words, "--index", root, *named)

    first = ran("add", files)
    assert (first.code, first.err) == (0, "")
    assert "新加：《在全镇工作会议上的讲话》（" in first.out
    assert first.out.endswith("新加 2。\n")
    again = ran("add", files)
    assert again.out == "没有变 2。\n"
    (files / "坏.pdf").write_bytes(b"%PDF-1.4 x")
    (files / "副本.txt").write_text(OTHER, "utf-8")
    (files / "甲.txt").write_text(REPORT.replace("三万亩", "四万亩"), "utf-8")
    third = ran("add", files)
    assert third.code == 3
    assert "更新：《在全镇工作会议上的讲话》" in third.out
    assert f"重复：{files}/副本.txt 与《乙镇工作报告》" in third.out
    assert "没有读入：" in third.out
    assert third.out.endswith("更新 1，没有变 1，重复 1，没有读入 1。\n")
    assert "四万亩" in ran("ask", "高标准农田建了多少").out

    listed = ran("list")
    assert "《乙镇工作报告》" in listed.out
    assert f"共 2 篇，{len(REPORT) + len(OTHER):,} 字；快照 {pointer(root)}" in listed.out
    records = [json.loads(line) for line in ran("list", "--json").out.splitlines()]
    assert {record["source"] for record in records} == {"甲.txt", "乙.txt"}

    assert ran("verify").out == "完好：2 篇文稿，每个文件的校验和、每处位置都对。\n"
    assert "快照" in ran("rollback").out
    assert "三万亩" in ran("ask", "高标准农田建了多少").out
    ran("rollback")

    assert ran("remove", "乙.txt").out.startswith("已去掉《乙镇工作报告》（")
    gone = ran("remove", "乙.txt")
    assert (gone.code, "文稿库里没有“乙.txt”" in gone.err) == (2, True)
    last = ran("remove", files / "甲.txt")
    assert (last.code, "最后的文稿" in last.err) == (3, True)
    assert "不到十分钟" in ran("gc").out

    file = next((root / DOCUMENTS).glob(f"{json.loads(ran('list', '--json').out)['id']}*"))
    file.write_bytes(file.read_bytes()[:-1])
    damaged = ran("verify")
    assert damaged.code == 3
    assert f"修复：speechqa add {files}/甲.txt --index {root}" in damaged.out
    asked = ran("ask", "高标准农田建了多少")
    assert (asked.code, "speechqa verify" in asked.err) == (3, True)


def test_json_says_all_of_it(root: Path, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(Ran(capsys, "add", files, "--json", "--index", root, "--encoder", "fast").out)
    assert [entry["title"] for entry in said["added"]] == ["乙镇工作报告", "在全镇工作会议上的讲话"]
    assert said["refused"] == []


def test_another_writer_is_named(root: Path, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with writing(root, "x"):
        ran = Ran(capsys, "add", files, "--index", root, "--encoder", "fast")
    assert ran.code == 3
    assert "一次只能有一个。请等它写完，再运行 speechqa add 文件… --index" in ran.err
    assert ran.err.count("\n") == 1


def test_of_several_of_a_name_the_id_is_wanted(
    root: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "丙.txt").write_text(OTHER + "\n三是再加一条。", "utf-8")
    Ran(capsys, "add", files, "--index", root, "--encoder", "fast")
    ran = Ran(capsys, "remove", "乙镇工作报告", "--index", root, "--encoder", "fast")
    assert (ran.code, "有 2 篇文稿叫“乙镇工作报告”" in ran.err) == (2, True)


@pytest.mark.parametrize("command", ["list", "verify", "gc", "rollback"])
def test_no_library(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capsys, command, "--index", tmp_path / "没有")
    assert ran.code == 3
    assert "没有文稿库" in ran.err or "没有索引" in ran.err + ran.out
    assert "--index" in ran.err + ran.out


@pytest.mark.parametrize(
    ("done", "seconds", "shown"),
    [
        (Done(0, 9, 0, 900, "甲.txt"), 0.0, "0 / 9 个文件：甲.txt"),
        (Done(3, 9, 300, 900, "乙.txt"), 6.0, "3 / 9 个文件，0.5 个/秒，还要约 12 秒：乙.txt"),
        (Done(1, 9, 1, 900, "\x1b[2J.txt"), 60.0, "1 / 9 个文件，0.0 个/秒，还要约 15.0 小时："),
        (Done(9, 9, 900, 900, ""), 9.0, "9 / 9 个文件，1.0 个/秒"),
    ],
)
def test_the_line_of_progress(done: Done, seconds: float, shown: str) -> None:
    line = progress_line(done, seconds)
    assert line.startswith(shown)
    assert "\x1b" not in line


def test_the_commands_load_nothing_that_a_question_does_not_need(root: Path) -> None:
    """`ask` must not pay for what adds documents."""
    unwanted = (
        *("index.library", "index.build", "index.reading", "index.engine", "index.stage", "index.near"),
        *("qa.distant", "qdrant_client", "qdrant_edge"),
    )
    code = f"import sys, qa.cli; assert not {{m for m in sys.modules if m in {unwanted}}}"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
