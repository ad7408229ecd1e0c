"""The command line: answers, exit codes, one line of Chinese for every error."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document as WordFile

from index.reading import BUILTIN_TITLE
from qa.cli import main

DOCUMENT = "关于做好当前工作的意见\n第一，抓好粮食生产。要落实播种面积**万亩。\n第二，抓好项目建设。要加快**项目进度。\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as exit_:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert isinstance(exit_.value.code, int)
    return exit_.value.code, out, err


@pytest.fixture
def index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    file = tmp_path / "意见.txt"
    file.write_text(DOCUMENT, "utf-8")
    folder = str(tmp_path / "索引")
    code, out, _ = run(capsys, "index", str(file), "--index", folder)
    assert code == 0
    assert "已索引《关于做好当前工作的意见》" in out
    return folder


def test_ask_the_built_in_speech(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "ask", "“三个务必”是什么")
    assert code == 0
    assert "全党同志务必不忘初心、牢记使命，务必谦虚谨慎、艰苦奋斗，务必敢于斗争、善于斗争" in out
    assert f"《{BUILTIN_TITLE}》" in out
    assert err == ""


def test_ask_json_is_verbatim(capsys: pytest.CaptureFixture[str], index: str) -> None:
    code, out, _ = run(capsys, "ask", "粮食播种面积要落实多少", "--index", index, "--json")
    answer = json.loads(out)
    assert code == 0
    assert list(answer) == [
        "id", "snapshot", "question", "standalone", "status", "reason", "headline", "note", "kind", "facet",
        "confidence", "certainty", "certainty_reason", "points", "passages", "total", "counted", "digest", "suggestions",
        "scope", "choices", "table",
    ]  # fmt: skip
    for point in answer["points"] + answer["passages"]:
        assert DOCUMENT[point["start"] : point["end"]] == point["text"]
    assert "**万亩" in answer["points"][0]["text"]
    assert "脱敏" in answer["note"]


def test_the_same_question_gives_the_same_answer(capsys: pytest.CaptureFixture[str], index: str) -> None:
    assert run(capsys, "ask", "项目", "--index", index, "--json") == run(
        capsys, "ask", "项目", "--index", index, "--json"
    )


def test_explain(capsys: pytest.CaptureFixture[str], index: str) -> None:
    _, out, _ = run(capsys, "ask", "项目进度有哪些要求", "--index", index, "--explain")
    explained = json.loads(out)
    assert explained["kind"] == "list"
    assert explained["facet"] == "requirement"
    assert {"score", "lexical", "dense", "late", "text"} == set(explained["hits"][0])


def test_outline_with_all_that_stands_under_what(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = "2024年工作要点\n今年抓好两件大事。\n一、抓质量\n门诊量增长5%。\n二、抓安全\n院长王芳负责。\n所称隐患，是指可能致害的缺陷。\n"
    file = tmp_path / "要点.txt"
    file.write_text(text, "utf-8")
    folder = str(tmp_path / "i")
    assert run(capsys, "index", str(file), "--index", folder)[0] == 0
    _, out, _ = run(capsys, "outline", "--index", folder, "--json", "--all")
    found = json.loads(out)["contents"]
    assert [(e["stated"], e["found"]) for e in found["enumerations"]] == [(2, 2)]
    assert found["enumerations"][0]["announced"]["text"] == "今年抓好两件大事。"
    assert [(q["text"], q["value"], q["unit"]) for q in found["quantities"] if q["unit"] == "%"] == [
        ("5%", 5, "%")
    ]
    assert [(p["name"]["text"], p["office"]["text"]) for p in found["persons"]] == [("王芳", "院长")]
    assert [(d["term"]["text"], d["form"]) for d in found["definitions"]] == [("隐患", "是指")]
    assert not set(shown(found, text)) - {True}
    assert "contents" not in json.loads(run(capsys, "outline", "--index", folder, "--json")[1])
    _, tree, _ = run(capsys, "outline", "--index", folder, "--all")
    assert "列举（1）" in tree
    assert "隐患 = 可能致害的缺陷" in tree
    assert "王芳（院长）" in tree


def shown(value: object, text: str) -> Iterator[bool]:
    """Yield for each span whether its text is the document's."""
    if isinstance(value, dict):
        if {"start", "end", "text"} <= set(value):
            yield text[value["start"] : value["end"]] == value["text"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from shown(item, text)


def test_outline(capsys: pytest.CaptureFixture[str], index: str) -> None:
    _, out, _ = run(capsys, "outline", "--index", index, "--json")
    outline = json.loads(out)
    assert [DOCUMENT[s["start"] : s["end"]][:2] for s in outline["sections"]] == ["第一", "第二"]
    assert [s["title"] for s in outline["sections"]] == ["第一，抓好粮食生产", "第二，抓好项目建设"]
    assert all({"start", "end", "facet"} == set(s) for s in outline["sentences"])
    code, tree, _ = run(capsys, "outline", "--index", index)
    assert code == 0
    assert "  第一，抓好粮食生产" in tree


def test_understand_says_what_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        '{"id": 1, "question": "第三部分2025年的目标有哪些"}',
        '{"id": "b", "question": "那医疗呢", "history": ["养老金涨了多少"]}',
        "不是 JSON",
        '{"id": "d", "question": ""}',
        '{"id": "e", "question": "项目", "history": "x"}',
        json.dumps({"id": "f", "question": "项目", "history": ["长" * 900] * 40}),
        json.dumps({"id": "g", "question": "问" * 2_000}),
    ]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
    code, out, _ = run(capsys, "understand")
    first, second, *wrong = (json.loads(line) for line in out.splitlines())
    assert code == 0
    assert (first["id"], first["wants"], first["relation"], first["facet"]) == (1, "all", "none", "goal")
    assert first["where"] == {"ordinals": [3], "first": 0, "last": 0, "range": [], "topic": ""}
    assert (first["when"], first["standalone"]) == ("2025年", "第三部分2025年的目标有哪些")
    assert (second["relation"], second["standalone"]) == ("new_subject", "养老金涨了多少 那医疗呢")
    assert [w["error"]["code"] for w in wrong] == [
        "bad_request", "empty_question", "bad_request", "bad_request", "question_too_long",
    ]  # fmt: skip


def test_batch_goes_on_after_lines_that_cannot_be_answered(
    capsys: pytest.CaptureFixture[str], index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        '{"id": 1, "question": "粮食生产有什么要求"}',
        "不是 JSON",
        '{"id": "b"}',
        '{"id": "c", "question": 7}',
        '{"id": "d", "question": "项目", "history": "x"}',
        '{"id": "e", "question": "", "history": []}',
        "[1]",
        '{"id": "f", "question": "项目", "facet": "绿色"}',
        '{"id": "g", "question": "项目", "document": "没有的"}',
        '{"id": [1], "question": "项目"}',
        "[" * 100000,
        '{"id": "z", "question": "那第二个呢", "history": ["一共分几部分", ""]}',
    ]
    marked = "\ufeff" + "\n".join(lines)  # as editors on Windows save it
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(marked.encode())))
    code, out, _ = run(capsys, "batch", "--index", index)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(answers) == len(lines)
    assert answers[0]["id"] == 1
    assert answers[0]["status"] == "answered"
    codes = [a["error"]["code"] for a in answers[1:-1]]
    assert codes == [
        "bad_request", "bad_request", "bad_request", "bad_request", "empty_question", "bad_request", "bad_request",
        "unknown_document", "bad_request", "bad_request",
    ]  # fmt: skip
    assert [a["id"] for a in answers[2:6]] == ["b", "c", "d", "e"]
    assert answers[-1]["id"] == "z"
    assert "第二，抓好项目建设" in answers[-1]["standalone"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ask"], 2, "用法不对：缺少：问题"),
        (["ask", "问", "--facet", "绿色"], 2, "可选：'achievement'"),
        (["问"], 2, "可选：'ask'"),
        (["ask", "  "], 2, "错误：没有问题"),
        (["ask", "长" * 10000], 2, "错误：问题太长：最多 1000 字，实际 10000 字"),
        (["ask", "问", "--document", "没有的"], 2, "错误：索引里没有文稿“没有的”"),
        (
            ["ask", "问", "--index", "没有的文件夹"],
            3,
            "没有索引。请重新建立索引：speechqa index 文件… --index 没有的文件夹",
        ),
        (["index", "没有.txt", "--index", "x"], 3, "错误：找不到文件 没有.txt"),
        (["ask", "问", "--encoder", "./没有的模型"], 3, "找不到模型文件夹"),
        (["ask", "问", "--reranker", "./没有的模型"], 3, "找不到模型文件夹"),
        (["ask", "问", "--reranker", "nobody/no-such-model"], 3, "本机没有模型"),
        (["ask", "问", "--config", "没有.toml"], 2, "配置文件 没有.toml 读不了"),
        (["eval", "没有.jsonl"], 2, "问题集 没有.jsonl 读不了"),
    ],
)
def test_errors(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str) -> None:
    found, out, err = run(capsys, *arguments)
    assert found == code
    assert message in err
    assert out == ""
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "question",
    [
        "粮",
        "😀😀",
        "'; DROP TABLE x; --",
        "${HOME} `id`",
        "../../etc/passwd",
        "\x1b[31m红\x1b[0m",
        "\ud800粮食",
        "a\x00b",
        "？？？",
    ],
)
def test_hostile_questions(capsys: pytest.CaptureFixture[str], index: str, question: str) -> None:
    code, out, err = run(capsys, "ask", question, "--index", index)
    assert code in (0, 1)
    assert "\x1b" not in out + err
    assert "\x00" not in out + err


def test_several_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("甲", "乙"):
        (tmp_path / f"{name}.txt").write_text(
            f"{name}县工作意见\n第一，{name}县抓粮食。\n第二，{name}县抓项目。\n", "utf-8"
        )
    folder = str(tmp_path / "索引")
    assert run(capsys, "index", str(tmp_path / "甲.txt"), str(tmp_path / "乙.txt"), "--index", folder)[0] == 0
    code, out, _ = run(capsys, "ask", "一共分几部分", "--index", folder)
    assert code == 1  # asked back: which of them
    assert "[1] 《" in out and "[2] 《" in out and "《甲县工作意见》" in out and "《乙县工作意见》" in out
    code, out, _ = run(capsys, "ask", "一共分几部分", "--index", folder, "--document", "乙县工作意见")
    assert code == 0
    assert "第一，乙县抓粮食" in out
    assert run(capsys, "outline", "--index", folder)[0] == 2
    code, _, err = run(
        capsys, "index", str(tmp_path / "甲.txt"), str(tmp_path / "乙.txt"), "--index", folder, "--title", "x"
    )
    assert code == 2
    assert "--title 只能用于一个文件" in err


def test_an_escape_in_a_document_does_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("关于值班的\x1b[2J通知\n各乡镇要加强\x1b[2J值班值守工作。\n", "utf-8")
    for command in (["index", str(tmp_path / "a.txt")], ["ask", "值班值守"], ["outline"]):
        code, out, err = run(capsys, *command, "--index", str(tmp_path / "i"))
        assert code == 0
        assert "\x1b" not in out + err


def test_a_damaged_index(capsys: pytest.CaptureFixture[str], index: str) -> None:
    (passages,) = Path(index).glob("snapshots/*/passages.jsonl")
    passages.write_text("{}\n", "utf-8")
    code, _, err = run(capsys, "ask", "粮食", "--index", index)
    assert code == 3
    assert "passages.jsonl 已损坏" in err


def test_help_and_version_are_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert "用法：" in out
    for english in ("usage", "options", "positional", "show this"):
        assert english not in out
    code, out, _ = run(capsys, "--version")
    assert (code, out.split()[0]) == (0, "speechqa")
    assert run(capsys)[0] == 2


def start(*arguments: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "qa", *arguments],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_a_closed_pipe_is_quiet() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "qa", "outline", "--json"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert done.stderr == ""


def test_ctrl_c_is_quiet() -> None:
    import signal

    running = start("batch", stdin=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write('{"id": 1, "question": "粮食"}\n')
    running.stdin.flush()
    assert json.loads(running.stdout.readline())["id"] == 1
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert err == ""


def test_chat(index: str) -> None:
    talking = start("chat", "--index", index, stdin=subprocess.PIPE)
    out, err = talking.communicate("一共分几部分\n那第二个呢\n\n", timeout=30)
    assert talking.returncode == 0
    assert "理解为：“第二，抓好项目建设”" in out
    assert err == ""


def test_eval_asks_what_a_person_asks(capsys: pytest.CaptureFixture[str], index: str, tmp_path: Path) -> None:
    """A question's label in the file does not help to answer it."""
    record = {"id": 1, "question": "粮食怎么样", "kind": "fact", "evidence": [["抓好粮食生产"]]}
    printed = []
    for facet in (None, "achievement", "requirement"):
        file = tmp_path / "questions.jsonl"
        file.write_text(json.dumps(record | ({"facet": facet} if facet else {}), ensure_ascii=False), "utf-8")
        code, out, _ = run(capsys, "eval", str(file), "--index", index, "--json")
        assert code == 0
        printed.append(json.loads(out))
    assert printed[0] == printed[1] == printed[2]
    assert printed[0]["kinds"]["fact"]["n"] == 1


# --- files of an office -----------------------------------------------------------------------------


@pytest.fixture
def word(tmp_path: Path) -> Path:
    file = WordFile()
    for line in DOCUMENT.splitlines():
        file.add_paragraph(line)
    file.save(str(tmp_path / "意见.docx"))
    return tmp_path / "意见.docx"


def test_a_word_file_is_asked_without_an_index(
    capsys: pytest.CaptureFixture[str], word: Path, tmp_path: Path
) -> None:
    code, out, err = run(capsys, "ask", "粮食播种面积要落实多少", "--file", str(word), "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert "**万亩" in answer["points"][0]["text"]
    assert answer["points"][0]["document"]["title"] == "关于做好当前工作的意见"
    assert answer["points"][0]["page"] is None
    code, tree, _ = run(capsys, "outline", "--file", str(word))
    assert code == 0
    assert "  第一，抓好粮食生产" in tree
    assert [path.name for path in tmp_path.iterdir()] == ["意见.docx"]


def test_a_word_file_gives_the_answers_of_its_text(
    capsys: pytest.CaptureFixture[str], word: Path, tmp_path: Path
) -> None:
    (tmp_path / "意见.txt").write_text(DOCUMENT, "utf-8")
    found = [
        run(capsys, "ask", "项目", "--file", str(file), "--json")[1] for file in (word, tmp_path / "意见.txt")
    ]
    answers = [json.loads(out) for out in found]
    assert [p["text"] for p in answers[0]["points"]] == [p["text"] for p in answers[1]["points"]]
    assert answers[0]["confidence"] == answers[1]["confidence"]


def test_chat_about_a_word_file(word: Path) -> None:
    talking = start("chat", "--file", str(word), stdin=subprocess.PIPE)
    out, err = talking.communicate("一共分几部分\n\n", timeout=60)
    assert (talking.returncode, err) == (0, "")
    assert "第二，抓好项目建设" in out


def test_one_bad_file_does_not_stop_the_rest(
    capsys: pytest.CaptureFixture[str], word: Path, tmp_path: Path
) -> None:
    (tmp_path / "程序.docx").write_bytes(b"MZ\x90\x00")
    folder = str(tmp_path.parent / "i")
    code, out, err = run(capsys, "index", str(tmp_path), "--index", folder)
    assert code == 0
    assert "已索引《关于做好当前工作的意见》" in out
    assert err.startswith("没有读入：程序.docx 是程序（exe 或 dll）：应为 Word")
    assert err.count("\n") == 1
    code, out, err = run(
        capsys, "index", str(tmp_path / "程序.docx"), str(tmp_path / "无.txt"), "--index", folder
    )
    assert (code, out) == (3, "")
    assert [line.split("：")[0] for line in err.splitlines()] == ["没有读入", "错误"]
    assert "找不到文件" in err.splitlines()[1]


def test_a_zip_of_documents_is_indexed(
    capsys: pytest.CaptureFixture[str], word: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "包.zip", "w") as file:
        file.write(word, "意见.docx")
        file.writestr("通知.txt", "关于值班的通知\n各乡镇要加强值班值守工作。\n")
    code, out, err = run(capsys, "index", str(tmp_path / "包.zip"), "--index", str(tmp_path / "i"))
    assert (code, err) == (0, "")
    assert out.count("已索引") == 2
    code, _, err = run(
        capsys, "index", str(tmp_path / "包.zip"), "--index", str(tmp_path / "j"), "--title", "题"
    )
    assert code == 2
    assert "--title 只能用于一个文件，这里有 2 个" in err


def test_the_question_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("“三个务必”是什么\n", "\ufeff“三个务必”是什么"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        code, out, err = run(capsys, "ask", "-")
        assert (code, err) == (0, "")
        assert "务必敢于斗争、善于斗争" in out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    code, _, err = run(capsys, "ask", "-")
    assert code == 2
    assert err.startswith("错误：没有问题")


def test_an_answer_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "ask", "口岸有哪些成绩")
    lines = out.splitlines()
    assert re.fullmatch(r"全文共 \d+ 处(，分在 \d+ 个小节)?。", lines[0])
    assert re.match(r"〔(把握较大|有一定把握|把握不大)〕逐句判断后汇总；", lines[1])
    _, parts, _ = run(capsys, "ask", "总结全文")
    assert parts.startswith("全文分 5 个部分。\n〔把握较大〕按文稿的结构找到")
    assert parts.rstrip().endswith(
        "各部分的要点、关键句和数据：speechqa digest（加上同样的 --file 或 --index）"
    )
    code, missing, _ = run(capsys, "ask", "县里的地铁什么时候开通")
    assert code == 1
    assert len(missing.splitlines()) <= 5


def test_where_the_memo_was_saved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "答.md"
    code, _, err = run(capsys, "ask", "“三个务必”是什么", "--output", str(file))
    assert code == 0
    assert err == f"已存到 {file}\n"
    assert "务必敢于斗争" in file.read_text("utf-8")


def test_a_document_by_part_of_its_title(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, place in (("甲", "青河县"), ("乙", "白山县")):
        (tmp_path / f"{name}.txt").write_text(DOCUMENT.replace("当前工作", f"{place}当前工作"), "utf-8")
    folder = str(tmp_path / "两篇")
    assert run(capsys, "index", str(tmp_path / "甲.txt"), str(tmp_path / "乙.txt"), "--index", folder)[0] == 0
    code, out, _ = run(capsys, "ask", "全文分几个部分", "--index", folder, "--document", "青河")
    assert code == 0
    assert "青河县" in out and "白山县" not in out
    code, _, err = run(capsys, "ask", "粮食", "--index", folder, "--document", "当前工作的意见")
    assert code == 2
    assert "有 2 篇文稿的标题里有“当前工作的意见”" in err
    code, _, err = run(capsys, "ask", "粮食", "--index", folder, "--document", "赤水")
    assert code == 2
    assert "索引里没有文稿“赤水”" in err


def test_digest(capsys: pytest.CaptureFixture[str], index: str) -> None:
    code, out, err = run(capsys, "digest")
    assert (code, err) == (0, "")
    assert out.startswith(f"《{BUILTIN_TITLE}》\n全文分 5 个部分")
    assert [line[:3] for line in out.splitlines() if line.startswith("[")] == [f"[{n}]" for n in range(1, 6)]
    _, full, _ = run(capsys, "digest", "--full")
    assert len(full) > 2 * len(out)
    _, part, _ = run(capsys, "digest", "--part", "2")
    assert "这一部分分 3 点" in part
    _, data, _ = run(capsys, "digest", "--index", index, "--json")
    digest = json.loads(data)
    assert [p["heading"]["text"] for p in digest["parts"] if p["heading"]] == [
        "第一，抓好粮食生产",
        "第二，抓好项目建设",
    ]
    assert list(shown(digest, DOCUMENT))
    assert not set(shown(digest, DOCUMENT)) - {True}
    code, _, err = run(capsys, "digest", "--part", "7")
    assert code == 2
    assert "请用 1 到 5" in err


def test_digest_of_several_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("甲", "乙", "丙"):
        (tmp_path / f"{name}.txt").write_text(DOCUMENT.replace("当前", name), "utf-8")
    code, out, _ = run(capsys, "digest", "--file", str(tmp_path))
    assert code == 0
    assert out.count("全文分 2 个部分") == 3
    _, data, _ = run(capsys, "digest", "--file", str(tmp_path), "--json")
    assert len([json.loads(line) for line in data.splitlines()]) == 3
    code, _, err = run(capsys, "digest", "--file", str(tmp_path), "--part", "1")
    assert code == 2
    assert "请用 --document 指明一篇" in err


def test_chat_explains_stars_once(
    capsys: pytest.CaptureFixture[str], index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("粮食播种面积要落实多少\n项目进度有哪些要求\n\n"))
    _, out, _ = run(capsys, "chat", "--index", index)
    assert out.count("脱敏占位") == 1
