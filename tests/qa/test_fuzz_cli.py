"""The command line under 4,000 seeded lots of arguments and input: one line for an error, its own exit code, no traceback."""

import io
import json
import random
import sys
from pathlib import Path

import pytest

from qa.cli import INTERNAL, main
from tests.index.test_fuzz import damaged, text_of
from tests.long import scaled

CASES = scaled(120, 4_000)
LINES = scaled(200, 2_000)  # of JSON for batch, damaged
COMMANDS = ("ask", "chat", "index", "outline", "digest", "batch", "eval", "feedback", "", "--help", "没有的")
FLAGS = ("--json", "--all", "--explain", "--version", "--help", "--allow-download", "-x", "--", "-")


def arguments_of(rng: random.Random, index: str, files: list[str]) -> list[str]:
    def word() -> str:
        kind = rng.random()
        if kind < 0.4:
            return rng.choice(
                ("粮食有哪些要求", "一共分几部分", "那第二个呢", "“三个盯住”是什么", "", "为什么")
            )
        if kind < 0.6:
            return rng.choice((*files, index, "没有.txt", "/dev/null", ".", "/", "a\x00b", "x" * 5_000))
        return text_of(rng)[: rng.randint(0, 1_200)]

    given = [rng.choice(COMMANDS[:6] if rng.random() < 0.8 else COMMANDS)]
    given += [word() for _ in range(rng.choice((0, 1, 1, 1, 2)))]
    for _ in range(rng.randint(0, 3)):
        option = rng.choice(
            ("--history", "--document", "--facet", "--index", "--title", "--config", "--output", "--store")
        )
        value = {
            "--facet": rng.choice(("goal", "requirement", "绿色")),
            "--index": rng.choice((index, index, "新的", "没有", word())),
            "--output": rng.choice(("a.docx", "a.md", "a.pdf", "没有/a.md", ".")),
        }.get(option, word())
        given += [option, value]
    if rng.random() < 0.4:
        given.append(rng.choice(FLAGS))
    if rng.random() < 0.7 and "--index" not in given:
        given += ["--index", index]
    # What a system hands over has no U+0000, and of surrogates only those that stand for undecodable bytes.
    return [word.translate({0: None, 0xD800: 0xDC80, 0xDFFF: 0xDCFF}) for word in given]


def run(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert isinstance(exit_.value.code, int)
    return exit_.value.code, *capsys.readouterr()


@pytest.fixture
def folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[str, list[str]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPEECHQA_STORE", str(tmp_path / "store.sqlite3"))
    files = ["好.txt", "坏.txt", "空.txt", "questions.jsonl"]
    Path(files[0]).write_text("关于工作的意见\n第一，抓好粮食。要落实。\n第二，抓好项目。", "utf-8")
    Path(files[1]).write_bytes(b"\xff\xfe\x00")
    Path(files[2]).write_bytes(b"")
    Path(files[3]).write_text('{"question": "粮食", "evidence": [["抓好粮食"]]}\n', "utf-8")
    assert run(capsys, ["index", files[0], "--index", "索引"])[0] == 0
    return "索引", files


def test_any_arguments(
    capsys: pytest.CaptureFixture[str], folder: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(13)
    for number in range(CASES):
        arguments = arguments_of(rng, *folder)
        data = damaged(rng, "\n".join(text_of(rng) for _ in range(3)).encode("utf-8", "replace"))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        code, out, err = run(capsys, arguments)
        case = f"case {number}: {arguments!r} → {code} {err[:300]}"
        assert code in (0, 1, 2, 3, 4), case
        assert code != INTERNAL, case
        assert "Traceback" not in out + err, case
        if code in (2, 3, 4) and arguments[0] != "chat" and len(arguments) > 1:
            assert len(err.strip().splitlines()) == 1 or "用法" in err, case


def test_any_line_of_a_batch(
    capsys: pytest.CaptureFixture[str], folder: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(14)
    lines = []
    for number in range(LINES):
        request = {
            "id": rng.choice((number, str(number), None, 1.5, [], 2**70)),
            "question": rng.choice(("粮食", text_of(rng), "", None, 7)),
            "history": rng.choice(([], ["粮食"], [text_of(rng)] * 3, "x", None, [1])),
            "document": rng.choice((None, "没有", 7, "关于工作的意见")),
            "facet": rng.choice((None, "goal", "x", 7)),
        }
        line = json.dumps(request, ensure_ascii=rng.random() < 0.5).encode("utf-8", "replace")
        lines.append((damaged(rng, line) if rng.random() < 0.4 else line).replace(b"\n", b""))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(lines))))
    code, out, err = run(capsys, ["batch", "--index", folder[0]])
    answers = [json.loads(line, parse_constant=pytest.fail) for line in out.split("\n") if line]
    assert (code, err) == (0, "")
    asked = [line for line in lines if line.decode("utf-8", "replace").strip()]
    assert len(answers) == len(asked)
    assert all(("error" in a) != ("status" in a) for a in answers)
