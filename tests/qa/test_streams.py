"""The command line's streams: closed, full, broken, in another encoding; every failure has its own exit code."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qa import streams
from qa.errors import BadRequest
from tests.long import scaled

ROOT = Path(__file__).parents[2]
ASK = ("ask", "“三个务必”是什么")
NOT_SAID = ("ask", "写一首诗")
ANSWER = "务必不忘初心"
RUN = "import sys; from qa.cli import main; main(sys.argv[1:])"


def run(
    *arguments: str, shell: str = "", data: bytes | None = None, prelude: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own; `shell` holds redirections."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {shell}', "sh", sys.executable, "-c", prelude + RUN, *arguments],
        input=data,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        check=False,
        timeout=60,
    )


def is_one_line(err: bytes) -> bool:
    return len(err.decode("utf-8", "replace").strip().splitlines()) == 1 and b"Traceback" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "arguments", scaled([ASK, ("--help",)], [ASK, NOT_SAID, ("outline",), ("--help",), ("--version",)])
)
def test_a_full_disk_behind_standard_output(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, shell="> /dev/full")
    assert done.returncode == 4
    assert "读写失败：磁盘已满" in done.stderr.decode()
    assert is_one_line(done.stderr)


@pytest.mark.parametrize(
    "arguments", scaled([ASK, ("batch",)], [ASK, NOT_SAID, ("outline", "--json"), ("batch",)])
)
def test_closed_standard_output(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, shell=">&-", data=b'{"question": "x"}\n')
    assert done.returncode == 4
    assert "标准输出是关闭的" in done.stderr.decode()
    assert is_one_line(done.stderr)


@pytest.mark.parametrize("arguments", [("batch",), ("chat",)])
def test_closed_standard_input(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, shell="<&-")
    assert done.returncode == 4
    assert "标准输入是关闭的" in done.stderr.decode()
    assert is_one_line(done.stderr)


def test_standard_input_that_cannot_be_read() -> None:
    done = run("batch", shell="0>/dev/null")
    assert done.returncode == 4
    assert is_one_line(done.stderr)


@pytest.mark.parametrize(
    ("shell", "code"), scaled([("2>&- >&- <&-", 2)], [("2>&-", 2), ("2>&- >&- <&-", 2), ("2> /dev/full", 2)])
)
def test_an_error_that_nobody_hears(shell: str, code: int) -> None:
    done = run("ask", "", shell=shell)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


def test_closed_streams_are_not_taken_by_files(tmp_path: Path) -> None:
    """Where 1 is closed, the next file opened would be 1: what C code prints would go into it."""
    file = tmp_path / "a.txt"
    file.write_text("第一，抓好粮食。\n第二，抓好项目。", "utf-8")
    done = run("index", str(file), "--index", str(tmp_path / "i"), shell="<&- >&-")
    assert done.returncode == 4
    assert run("ask", "粮食", "--index", str(tmp_path / "i")).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"), scaled([(NOT_SAID, 1)], [(ASK, 0), (NOT_SAID, 1), (("outline", "--json"), 0)])
)
def test_a_broken_pipe_keeps_the_answer_s_exit_code(arguments: tuple[str, ...], code: int) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "qa", *arguments], stdout=write, stderr=subprocess.PIPE, check=False, cwd=ROOT
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        ("KeyError('x')", 5, "程序内部出错（KeyError"),
        ("RecursionError('deep')", 5, "程序内部出错（RecursionError"),
        ("MemoryError()", 5, "程序内部出错（MemoryError"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'y')", 5, "程序内部出错（UnicodeDecodeError"),
        ("OSError(5, 'Input/output error', '/a\\\\nb')", 4, "读写失败"),
        ("PermissionError(13, 'denied', 'x')", 4, "没有权限"),
        ("KeyboardInterrupt()", 130, ""),
        ("SystemExit(7)", 7, ""),
    ],
)
def test_every_error_has_an_exit_code_and_a_line(error: str, code: int, said: str) -> None:
    prelude = f"import qa.cli\ndef fail(options): raise {error}\nqa.commands.asking.ask = fail\n"
    done = run("ask", "粮食", prelude=prelude)
    assert done.returncode == code
    assert said in done.stderr.decode()
    assert is_one_line(done.stderr) or not said


def test_dev_mode_shows_where_it_happened() -> None:
    code = "import qa.cli\ndef fail(options): raise KeyError('x')\nqa.commands.asking.ask = fail\n" + RUN
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code, "ask", "x"], capture_output=True, check=False, cwd=ROOT
    )
    assert b"Traceback" in done.stderr


# --- encodings ----------------------------------------------------------------------------------------

GBK = {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0"}


def test_a_gbk_terminal_is_served() -> None:
    done = run(*ASK, **GBK)
    assert done.returncode == 0
    assert ANSWER in done.stdout.decode("gbk")


@pytest.mark.parametrize("encoding", scaled(["gb2312"], ["gbk", "gb2312", "cp936"]))
def test_what_an_encoding_lacks_is_escaped(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("关于𠮷镇😀粮食工作的意见\n第一，抓好𠮷镇粮食生产😀。\n第二，抓好项目。\n", "utf-8")
    index = str(tmp_path / "i")
    environment = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    assert run("index", str(file), "--index", index, **environment).returncode == 0
    for extra in ((), ("--json",), ("--explain",)):
        done = run("ask", "粮食生产", "--index", index, *extra, **environment)
        assert (done.returncode, done.stderr) == (0, b"")
        shown = done.stdout.decode(encoding)
        assert "\\ud842\\udfb7" in shown
        if extra == ("--json",):
            assert "𠮷镇粮食生产😀" in json.loads(shown)["points"][0]["text"]


@pytest.mark.parametrize("encoding", scaled(["cp1252"], ["ascii", "latin-1", "cp1252", "utf-8", "big5"]))
def test_an_encoding_without_chinese_gets_utf_8(encoding: str) -> None:
    done = run(*ASK, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert ANSWER in done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("sent", "declared"),
    scaled(
        [("gbk", "gbk"), ("utf-8", "ascii")],
        [(s, d) for s in ("utf-8", "gbk") for d in ("utf-8", "gbk", "ascii")],
    ),
)
def test_questions_in_gbk_and_utf_8_are_read(declared: str, sent: str) -> None:
    line = json.dumps({"id": 1, "question": "“三个务必”是什么"}, ensure_ascii=False)
    done = run("batch", data=f"{line}\n".encode(sent), PYTHONIOENCODING=f"{declared}:strict", PYTHONUTF8="0")
    shown = done.stdout.decode("gbk" if declared == "gbk" else "utf-8")
    assert json.loads(shown)["question"] == "“三个务必”是什么"
    assert ANSWER in shown
    done = run("chat", data="“三个务必”是什么\n\n".encode(sent), PYTHONIOENCODING=declared, PYTHONUTF8="0")
    assert done.returncode == 0
    assert ANSWER in done.stdout.decode("gbk" if declared == "gbk" else "utf-8")


@pytest.mark.parametrize(
    "data", scaled([b"\x81\x30\xff"], [b"\xff\xfe\xfa", b"\x81\x30\xff", "粮食生产".encode()[:-1] + b"\xff"])
)
def test_bytes_that_are_neither_are_refused_and_the_rest_goes_on(data: bytes) -> None:
    lines = b'{"question": "' + data + b'"}\n{"id": 2, "question": "\xe7\xb2\xae\xe9\xa3\x9f"}\n'
    done = run("batch", data=lines)
    first, second = map(json.loads, done.stdout.decode().splitlines())
    assert "编码认不出" in first["error"]["message"]
    assert second["id"] == 2
    done = run("chat", data=data + b"\n\n")
    assert "编码认不出" in done.stderr.decode()


def test_typed_text() -> None:
    for text in ("粮食", "一", "abc 123", "“三个务必”是什么？", "鹿"):
        assert streams.typed(text, "utf-8") == text
        for declared in ("gbk", "gb18030", "cp936"):
            read = text.encode("gb18030").decode("utf-8", "surrogateescape")
            assert streams.typed(read, declared) == text
    assert streams.typed("𠮷", "gbk") == "𠮷"
    with pytest.raises(BadRequest, match="编码认不出"):
        streams.typed(b"\xff\xff".decode("utf-8", "surrogateescape"), "utf-8")


def test_arguments_in_gbk_are_read() -> None:
    question = "“三个务必”是什么".encode("gbk")
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"qa", b"ask", question], capture_output=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0
    assert ANSWER in done.stdout.decode()


def test_ctrl_c_while_it_answers() -> None:
    code = (
        "import time, qa.cli\nqa.commands.asking.ask = lambda o: (print('on', flush=True), time.sleep(60))\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code + RUN, "ask", "x"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert running.stdout is not None
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, b"")
