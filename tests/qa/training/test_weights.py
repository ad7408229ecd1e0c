"""The choice of the weights of fusion on a made-up collection."""

import json
import lzma
from pathlib import Path

import pytest

from index.encoder import SHIPPED
from qa.training import weights

REPORT = "粮食产量创历史新高。\n口岸货运量增长两成。\n道路建设加快推进。"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    def write(name: str, records: list[dict[str, object]]) -> None:
        with lzma.open(tmp_path / name, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in records)

    asked = {
        "document": "a",
        "question": "货运量增长多少",
        "answerable": True,
        "evidence": ["口岸货运量增长两成"],
    }
    near = {"document": "a", "question": "客运量增长多少", "answerable": False, "near": "口岸货运量"}
    write("refusal.jsonl.xz", [{"document": "a", "text": REPORT}, asked, near])
    titles = [f"t{number}" for number in range(12)]
    write("official.jsonl.xz", [{"group": "party", "title": t, "text": REPORT} for t in titles])
    pair = {"sentence": "粮食产量创历史新高。", "colloquial": "打粮多不多", "question": "粮食产量如何"}
    write("plain_pairs.jsonl.xz", [pair | {"plain": "粮食多了", "documents": [t]} for t in titles])
    return tmp_path


def test_the_answerable_and_the_held_out_are_asked(data: Path) -> None:
    found = weights.read_questions(data)
    assert len(found) == 1 + 2  # and a sixth of twelve
    assert [q["question"] for q in found["a"][1]] == ["货运量增长多少"]
    assert found["a"][1][0]["evidence"] == [["口岸货运量增长两成"]]
    (other,) = {tuple(q["kind"] for q in own) for title, (_, own) in found.items() if title != "a"}
    assert other == ("colloquial", "question")


def test_a_line_for_each_pair_of_weights(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--data", str(data), "--encoder", str(SHIPPED), "--lexical", "0.5", "1", "--late", "0.3"]
    monkeypatch.setattr("sys.argv", ["weights", *arguments])
    weights.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["0.50", "0.3"], ["1.00", "0.3"]]
    assert "fact (1) 100.0 100.0 100.0" in lines[1]
