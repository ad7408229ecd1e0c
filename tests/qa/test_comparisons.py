"""A comparison as a person gets it: terminal, JSON, Markdown, Word; and documents chosen by their number."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document as WordFile

from index import Encoder, build_index
from qa import Engine, Settings
from qa.memo import memo_markdown
from qa.rendering import to_json, to_markdown
from qa.web.kept import read_answer
from tests.qa.test_cli import run
from tests.yearly import yearly

CHANGE = "青河县2023年和2024年对粮食安全的要求有什么变化"


@pytest.fixture(scope="module")
def folder(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("library")
    build_index(yearly(), encoder=encoder, root=root)
    return str(root)


def test_rows_that_are_left_out_are_counted(encoder: Encoder) -> None:
    engine = Engine(build_index(yearly(), encoder=encoder), encoder, Settings())
    answer = engine.ask(CHANGE)
    assert answer.table is not None
    assert "没有列出" not in to_markdown(answer)
    more = replace(answer, table=replace(answer.table, left_out=4))
    for text in (to_markdown(more), memo_markdown([more], "2024年3月1日")):
        assert "\n\n还有 4 行没有列出。\n" in text


def test_the_command(capsys: pytest.CaptureFixture[str], folder: str) -> None:
    code, out, err = run(capsys, "compare", CHANGE, "--index", folder)
    assert (code, err) == (0, "")
    assert "对比 2 篇：" in out
    for said in ("新出现", "不再提", "没有变化", "加强耕地保护。", "全面推广良种良法，加快建设高标准农田。"):
        assert said in out.translate(
            str.maketrans("", "", "【】〔〕")
        )  # without what marks the words that changed
    assert "《青河县政府工作报告》（2023年）：—" in out


def test_documents_by_name(capsys: pytest.CaptureFixture[str], folder: str, tmp_path: Path) -> None:
    word = tmp_path / "对比.docx"
    names = ("--document", "采砂", "--document", "砂石开采")
    code, out, err = run(
        capsys, "compare", "许可证有效期多久", "--index", folder, *names, "--json", "--output", str(word)
    )
    assert code == 0
    assert "已存到" in err
    answer = json.loads(out)
    texts = {d.title: d.text for d in yearly()}
    (row,) = answer["table"]["rows"]
    assert row["change"] == "changed"
    assert [column["year"] for column in answer["table"]["columns"]] == [2010, 2021]
    for column, cell in zip(answer["table"]["columns"], row["cells"], strict=True):
        point, text = cell["point"], texts[column["document"]["title"]]
        assert text[point["start"] : point["end"]] == point["text"]
    new = [texts[answer["table"]["columns"][1]["document"]["title"]][a:b] for a, b in row["cells"][1]["new"]]
    gone = [
        texts[answer["table"]["columns"][0]["document"]["title"]][a:b] for a, b in row["cells"][0]["gone"]
    ]
    assert "三年" in "".join(new) and "一年" in "".join(gone)
    (table,) = WordFile(str(word)).tables
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert cells[0] == ["变化", "《青河县河道采砂管理办法》", "《青河县河道砂石开采管理规定》"]
    assert cells[1][0] == "有变化"
    assert cells[1][2].startswith(row["cells"][1]["point"]["text"] + "（《")
    bold = [r.text for p in table.rows[1].cells[2].paragraphs for r in p.runs if r.font.bold]
    assert bold == new


def test_one_document_is_refused(capsys: pytest.CaptureFixture[str], folder: str) -> None:
    code, out, err = run(capsys, "compare", "就业", "--index", folder, "--document", "白山县")
    assert (code, out) == (2, "")
    assert "对比要有两篇以上的文稿" in err


def test_a_number_chooses_a_document(
    capsys: pytest.CaptureFixture[str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("全文分几部分\n2\n"))
    code, out, err = run(capsys, "chat", "--index", folder)
    assert (code, err) == (0, "")
    offered = [line.strip() for line in out.splitlines() if line.startswith("  [")][:3]
    assert [line[:3] for line in offered] == ["[1]", "[2]", "[3]"]
    name = offered[1].removeprefix("[2] ")
    assert f"只问：{name}" in out


def test_a_table_is_kept_and_read_again(encoder: Encoder) -> None:
    from qa import Engine, Settings

    answer = Engine(build_index(yearly(), encoder=encoder), encoder, Settings()).ask("两年的新增就业目标")
    assert answer.table is not None
    text = json.dumps(to_json(answer), ensure_ascii=False)
    again = read_answer(text)
    assert again is not None
    assert again.table == answer.table
    assert again.scope == answer.scope
    memo = memo_markdown([answer], "今天")
    assert "| 变化 | 《青河县政府工作报告》（2023年） | 《青河县政府工作报告》（2024年） |" in memo
