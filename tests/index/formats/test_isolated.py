"""Every parser runs in a process of its own: limits, crashes and the network, each one line of Chinese."""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from index import read_document
from index.errors import (
    DocumentDamaged,
    DocumentEncrypted,
    FormatExtraMissing,
    ParsingStopped,
    ReadingError,
    TooLarge,
    Unsafe,
    UnsupportedFormat,
)
from index.formats import child, isolated
from index.formats.isolated import extract_isolated
from index.formats.types import Extracted, Page
from tests.index.formats.made import SPACES, docx, p, write_zip


def extract_by(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str = "docx") -> Extracted:
    """Extract with a parser of our own in the place of a format's."""
    (tmp_path / "parser.py").write_text(
        "from index.formats.types import Extracted, Page\n" + textwrap.dedent(code), "utf-8"
    )
    place = json.dumps({kind: ["parser", "extract", "extra"]})
    program = isolated._PROGRAM.replace(
        "main()",
        f"from index.formats import child\nimport importlib\nsys.path.append({str(tmp_path)!r})\n"
        f"child.READERS.update({place})\nchild.importlib = type('I', (), dict(import_module=lambda n: importlib.import_module(n.removeprefix('index.formats.'))))\nmain()",
    )
    monkeypatch.setattr(isolated, "_PROGRAM", program)
    (tmp_path / "a.bin").write_bytes(b"x")
    return extract_isolated(tmp_path / "a.bin", kind)


def test_the_result_comes_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
    def extract(path, progress):
        print("a library talks")
        progress(1, 2)
        return Extracted("甲\\x00乙𠮷\\ud800\\n丙", (Page(1, 0, 5, 0.5), Page(2, 5, 6)), "题", ("略去图片",))
    """
    told: list[tuple[int, int]] = []
    original = extract_isolated
    monkeypatch.setattr(
        sys.modules[__name__],
        "extract_isolated",
        lambda path, kind: original(path, kind, lambda *a: told.append(a)),
    )
    found = extract_by(code, tmp_path, monkeypatch)
    assert found == Extracted(
        "甲\ufffd乙𠮷\ufffd\n丙", (Page(1, 0, 5, 0.5), Page(2, 5, 6)), "题", ("略去图片",)
    )
    assert told == [(1, 2)]


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("import os\ndef extract(path): os.abort()", ParsingStopped, "a.bin 使解析程序出错退出（-6）。请用原来的软件打开并另存一份。"),
        ("import ctypes\ndef extract(path): ctypes.string_at(0)", ParsingStopped, "a.bin 使解析程序出错退出（-11）。请用原来的软件打开并另存一份。"),
        ("def extract(path): return bytearray(2_000_000_000)", ParsingStopped, "a.bin 要用的内存超过 1 GB，已停止。请拆成几个文件，或另存一份再试。"),
        ("def extract(path): return extract(path)", DocumentDamaged, "a.bin 打不开：内容已损坏（RecursionError）。请用原来的软件打开并另存一份。"),
        ("def extract(path): raise KeyError('x')", DocumentDamaged, "a.bin 打不开：内容已损坏（KeyError）。请用原来的软件打开并另存一份。"),
        ("def extract(path): return Extracted('字' * 7_000_001)", TooLarge, "a.bin 太长：最多 700 万字，实际 700 万字。请拆成几个文件。"),
        ("import no_such_library", FormatExtraMissing, "a.bin 是 docx 文件，读它的组件没有装（缺 no_such_library）：请先运行 pip install 'speechqa[extra]'。"),
        ("from index.errors import DocumentEncrypted\ndef extract(path): raise DocumentEncrypted('有密码')", DocumentEncrypted, "有密码"),
    ],
    ids=["abort", "segfault", "memory", "recursion", "bug", "long", "missing", "own"],
)  # fmt: skip
@pytest.mark.skipif(sys.platform != "linux", reason="limits and signals are Linux's")
def test_whatever_a_parser_does_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, error: type[ReadingError], message: str
) -> None:
    with pytest.raises(error) as raised:
        extract_by(code, tmp_path, monkeypatch)
    assert str(raised.value) == message


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells how much a process has taken")
@pytest.mark.parametrize("kind", ["pdf", "image"])
def test_a_parser_that_takes_much_memory_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    code = f"""
    import re, time
    def extract(path):
        held = []
        for _ in range(200):
            held.append(b"x" * 10_000_000)
            peak = re.search("VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]
            open({str(tmp_path / "peak")!r}, "a").write(peak + "\\n")
            time.sleep(0.01)
        return Extracted("went through")
    """
    with pytest.raises(ParsingStopped) as raised:
        extract_by(code, tmp_path, monkeypatch, kind)
    assert str(raised.value) == "a.bin 要用的内存超过 1 GB，已停止。请拆成几个文件，或另存一份再试。"
    *peaks, _ = (tmp_path / "peak").read_text().split("\n")
    assert 900_000 < int(peaks[-1]) <= 1_000_000


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(60)"])
def test_a_parser_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(isolated, "SECONDS", 1.5)
    begun = time.monotonic()
    with pytest.raises(ParsingStopped) as raised:
        extract_by(f"def extract(path):\n    {code}", tmp_path, monkeypatch)
    assert str(raised.value) == "a.bin 读了 2 秒还没有读完，已停止。请拆成几个文件，或另存一份再试。"
    assert time.monotonic() - begun < 10


@pytest.mark.skipif(os.name != "posix", reason="groups of processes are posix's")
def test_what_a_parser_started_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "SECONDS", 2.0)
    mark = tmp_path / "alive"
    code = f"import subprocess\ndef extract(path): subprocess.run(['sh', '-c', 'sleep 4; touch {mark}'])"
    with pytest.raises(ParsingStopped):
        extract_by(code, tmp_path, monkeypatch, "doc")
    time.sleep(3)
    assert not mark.exists()


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
    ],
)
def test_nothing_is_fetched_or_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    wrapped = f"""
def extract(path):
    try:
        {code}
    except PermissionError as error:
        return Extracted(str(error))
    except OSError as error:
        return Extracted(repr(error.__context__ or error.args))
    return Extracted("went through")
"""
    found = extract_by(wrapped, tmp_path, monkeypatch).text
    assert any(name in found for name in ("socket.", "subprocess.Popen", "os.system"))


def test_pages_give_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "SECONDS", 1.5)
    code = """
    import time
    def extract(path, progress):
        for page in range(4):
            time.sleep(0.7)
            progress(page + 1, 4)
        return Extracted("慢")
    """
    assert extract_by(code, tmp_path, monkeypatch, "pdf").text == "慢"


def test_a_format_whose_module_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.ofd").write_bytes(b"x")
    if (Path(child.__file__).parent / "ofd.py").exists():
        pytest.skip("it is there")
    with pytest.raises(
        FormatExtraMissing, match=r"a.ofd 是 ofd 文件，读它的组件没有装（缺 index.formats.ofd）"
    ):
        extract_isolated(tmp_path / "a.ofd", "ofd")


# --- whole files that are built to do harm ----------------------------------------------------------


def test_a_zip_bomb_named_docx(tmp_path: Path) -> None:
    files = {"word/document.xml": b"<a>" + b" " * 310_000_000 + b"</a>"}
    with pytest.raises(Unsafe, match="像是压缩炸弹"):
        read_document(write_zip(tmp_path / "a.docx", files))


def test_an_entity_bomb_stops_at_once(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = (
        f'<!DOCTYPE a [<!ENTITY e0 "哈">{entities}]><w:document {SPACES}><w:body>&e11;</w:body></w:document>'
    )
    begun = time.monotonic()
    with pytest.raises((Unsafe, DocumentDamaged)):
        read_document(write_zip(tmp_path / "a.docx", {"word/document.xml": bomb}))
    assert time.monotonic() - begun < 5


def test_what_is_no_document_at_all(tmp_path: Path) -> None:
    (tmp_path / "讲话.docx").write_bytes(b"MZ\x90\x00" + b"\x00" * 100)
    with pytest.raises(UnsupportedFormat):
        read_document(tmp_path / "讲话.docx")
    with (tmp_path / "大.docx").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(60_000_000)
    with pytest.raises(ReadingError) as raised:
        read_document(tmp_path / "大.docx")
    assert str(raised.value).count("\n") == 0


def test_a_cold_question_imports_no_format() -> None:
    program = (
        "import sys\nfrom qa.cli import main\n"
        "try:\n    main(['ask', '三个务必是什么'])\nexcept SystemExit:\n    pass\n"
        "print(*(m for m in ('lxml', 'docx', 'openpyxl', 'index.formats', 'index.reading') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    warm = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert any(line.startswith("  ◆") for line in done.stdout.splitlines())
    assert warm.stdout.splitlines()[-1] == ""


def test_the_process_of_a_parser_loads_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys\ndef extract(path): return Extracted(' '.join(sys.modules))"
    loaded = extract_by(code, tmp_path, monkeypatch).text.split()
    assert not {"numpy", "faiss", "onnxruntime", "jieba", "qa"} & set(loaded)


def test_a_docx_in_a_folder_with_modules_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lxml.py").write_text("raise SystemExit(1)", "utf-8")
    (tmp_path / "index.py").write_text("raise SystemExit(1)", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert extract_isolated(docx(tmp_path / "a.docx", p("字")), "docx").text == "字\n"


def test_a_killed_parser_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "SECONDS", 2.0)
    code = f"""
    import tempfile, time
    def extract(path):
        place = tempfile.mkdtemp()
        open({str(tmp_path / "place")!r}, "w").write(place)
        time.sleep(60)
    """
    with pytest.raises(ParsingStopped):
        extract_by(code, tmp_path, monkeypatch)
    assert not Path((tmp_path / "place").read_text("utf-8")).exists()
