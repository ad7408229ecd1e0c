"""The choice of the weights of fusion, and the fit of the confidence model, on a made-up collection."""

import json
import lzma
from pathlib import Path

import pytest

from qa.training import weights
from qa.training.confidence import read_examples
from qa.training.sources import read_sources

REPORT = "粮食产量创历史新高。\n口岸货运量增长两成。\n道路建设加快推进。"
ASKED = {"question": "货运量增长多少", "history": [], "evidence": [["口岸货运量增长两成"]], "kind": "fact"}
NEAR = {"question": "客运量增长多少", "history": [], "evidence": [], "kind": "unanswerable"}


@pytest.fixture
def material(tmp_path: Path) -> Path:
    for name in ("t01", "v1"):
        folder = tmp_path / "sets" / name
        folder.mkdir(parents=True)
        (folder / "document.txt").write_text(REPORT, "utf-8")
        lines = [json.dumps(r, ensure_ascii=False) for r in (ASKED, NEAR)]
        (folder / "questions.jsonl").write_text("\n".join(lines), "utf-8")
    judged = [
        {"document": "1", "group": "g", "title": "县", "text": REPORT},
        {"document": "1", "question": "打了多少粮", "history": [], "voice": "everyday", "answerable": True,
         "evidence": ["粮食产量创历史新高"]},
    ]  # fmt: skip
    with lzma.open(tmp_path / "judged.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in judged)
    return tmp_path


def test_the_validation_sets_are_left_alone(material: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = read_sources(material, material / "sets", 0)
    assert [s.name for s in sources] == ["t01", "县"]
    assert sources[1].records[0]["evidence"] == [["粮食产量创历史新高"]]
    monkeypatch.setattr("qa.training.confidence.OTHERS", 1)
    kinds = [(e.document, e.kind) for e in read_examples(sources)]
    assert set(kinds) >= {("t01", "answerable"), ("t01", "near miss"), ("县", "everyday"), ("县", "other")}


def test_a_line_for_each_choice_of_weights(
    material: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--data", str(material), "--eval", str(material / "sets")]
    monkeypatch.setattr("sys.argv", ["weights", *arguments, "--lexical", "0.5", "1", "--late", "0.3"])
    weights.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [["0.65", "0.50", "0.3"], ["0.65", "1.00", "0.3"]]
    assert "fact (1) 100.0 100.0 100.0" in lines[1]
