"""The figures of an encoder alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from index import Encoder, build_index, read_text
from index.training import evaluation
from tests.encoders import CharacterEncoder

TEXT = "粮食产量创历史新高。\n口岸货运量增长两成。\n道路建设加快推进。"


def test_a_place_counts_what_scores_more_than_the_best_right_one() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.7], dtype=np.float32)
    assert evaluation.place_of(scores, np.array([True, False, True, False])) == 2
    assert evaluation.place_of(scores, np.array([False, True, False, False])) == 0
    assert evaluation.place_of(scores, np.zeros(4, dtype=bool)) == 4


def test_shares() -> None:
    assert evaluation.shares([0, 0, 3, 7]).split() == ["50", "/", "75"]
    assert evaluation.shares([]).split() == ["0", "/", "0"]


def test_what_overlaps_the_evidence_answers(encoder: Encoder) -> None:
    indexed = build_index([read_text(TEXT)], encoder=encoder).documents[0]
    found = evaluation.answering(indexed, [["货运量增长"], ["没有这句", "加快推进"]])
    texts = [TEXT[p.start : p.end] for p in indexed.passages]
    assert [t for t, right in zip(texts, found, strict=True) if right] == texts[1:]
    assert not evaluation.answering(indexed, [["没有这句"]]).any()


@pytest.mark.parametrize("own", [True, False])
def test_an_encoder_with_and_without_tokens(own: bool, encoder: Encoder) -> None:
    used = encoder if own else CharacterEncoder()
    snapshot = build_index([read_text(TEXT)], encoder=used)
    record = {"question": "口岸货运量增长", "evidence": [["口岸货运量增长两成"]]}
    assert evaluation.found_at(used, snapshot, record) == [0] * len(evaluation.WEIGHTS)


def test_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "document.txt").write_text(TEXT, "utf-8")
    asked = {"kind": "fact", "history": [], "question": "粮食产量", "evidence": [["粮食产量创历史新高"]]}
    (folder / "questions.jsonl").write_text(json.dumps(asked, ensure_ascii=False) + "\n", "utf-8")
    monkeypatch.setattr("sys.argv", ["evaluation", "--golden", str(tmp_path)])
    evaluation.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["one", "fact", "(1)", *(["100", "/", "100"] * len(evaluation.WEIGHTS))]
