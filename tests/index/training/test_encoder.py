"""The encoder's training on a toy corpus."""

import json
import lzma
import random
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("scipy")
pytest.importorskip("sklearn")

from index.encoder import StaticEncoder
from index.training import encoder as training

OFFICIAL = [
    "粮食生产稳步提升",
    "口岸贸易持续增长",
    "群众就医更加便利",
    "道路建设加快推进",
    "党员队伍不断壮大",
    "财政收入平稳增加",
]
EVERYDAY = [
    "种地打粮多不多",
    "跟外国做买卖咋样",
    "老百姓看病难不难",
    "路修得快不快",
    "入党的人多了没",
    "县里钱够不够花",
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rng = random.Random(0)

    def write(name: str, records: list[dict[str, object]]) -> None:
        with lzma.open(folder / name, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in records)

    texts = ["。".join(rng.sample(OFFICIAL, 6)) + "。" for _ in range(30)]
    write("official.jsonl.xz", [{"group": "party", "title": f"t{i}", "text": t} for i, t in enumerate(texts)])
    pairs = [
        {
            "sentence": s + "。",
            "colloquial": e,
            "question": e + "吗",
            "plain": e,
            "source": "official",
            "documents": [f"t{i}"],
        }
        for i in range(30)
        for s, e in zip(OFFICIAL, EVERYDAY, strict=True)
    ]
    write("plain_pairs.jsonl.xz", pairs)
    answered = [
        {"context": "太阳从东方升起。月亮绕着地球转。", "question": "太阳从哪升起", "answers": ["东方"]}
    ]
    write("cmrc2018_train_trial.jsonl.xz", answered)
    write("xquad_zh.jsonl.xz", answered)
    write("refusal.jsonl.xz", [{"document": "00", "text": texts[0]}])
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    patch = pytest.MonkeyPatch()
    for name, value in {
        "VOCABULARY": 300,
        "CHARACTERS": 150,
        "DIMENSION": 16,
        "BATCH": 16,
        "RUNS": 2,
        "PAIR_REPEATS": 2,
    }.items():
        patch.setattr(training, name, value)
    out = tmp_path_factory.mktemp("out")
    patch.setattr("sys.argv", ["encoder", "--data", str(data), "--out", str(out)])
    training.main()
    patch.undo()
    return out


def test_the_folder_can_be_read_at_run_time(trained: Path) -> None:
    encoder = StaticEncoder(trained, "toy")
    assert encoder.dimension == 16
    assert {f.name for f in trained.iterdir()} >= {"modules.json", "tokenizer.json", "model.safetensors"}
    assert all(f.stat().st_mode & 0o777 == 0o644 for f in trained.iterdir() if f.is_file())


def test_what_was_paired_is_near(trained: Path) -> None:
    encoder = StaticEncoder(trained, "toy")
    scores = encoder.encode_queries(EVERYDAY) @ encoder.encode_passages(OFFICIAL).T
    assert scores.argmax(axis=1).tolist() == list(range(len(OFFICIAL)))


def test_the_held_out_documents_are_whole_and_always_the_same(data: Path) -> None:
    written = training.read_lines(data / "plain_pairs.jsonl.xz")
    held = training.held_out(written)
    assert held == training.held_out(written)
    titles = {p["documents"][0] for p in held}
    assert len(titles) == 5
    sources = training.read_sources(data, True, False, 0)
    assert not titles & set(sources.homes)
    assert sources.held == held


def test_sentences_of_the_refusal_documents_are_left_out(data: Path) -> None:
    assert training.read_sources(data, True, True, 0).pairs == []


def test_hard_negatives_never_answer(data: Path) -> None:
    sources = training.read_sources(data, False, False, 0)
    tokenizer = training.train_tokenizer(sources.texts, 300)
    vectors = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 8)).astype(np.float32)
    vectors[0] = 0
    hard = training.mine(tokenizer, vectors, sources)
    assert len(hard) == len(sources.pairs)
    for (_, sentence), negatives in zip(sources.pairs, hard, strict=True):
        (own,) = training.encode(tokenizer, [sentence])
        assert not any(np.array_equal(own, n) for n in negatives)


def test_the_tokenizer_splits_before_it_looks_up(data: Path) -> None:
    tokenizer = training.train_tokenizer(["粮食生产稳步提升"] * 5 + ["gdp2026增长"] * 5, 300)
    (ids,) = training.encode(tokenizer, ["粮食😀生产**稳步gdp2026龘提升"])
    pieces = [tokenizer.id_to_token(int(i)) for i in ids]
    assert "".join(pieces) == "粮食生产稳步gdp2026提升"


def test_cooccurrences_are_counted_within_a_text() -> None:
    ids = [np.array([1, 2, 3]), np.array([3, 1]), np.array([2])]
    counts = training.cooccurrences(ids, 5, window=1).toarray()
    wanted = np.zeros((5, 5))
    for one, other in ((1, 2), (2, 3), (3, 1)):
        wanted[one, other] += 1
        wanted[other, one] += 1
    assert counts.tolist() == wanted.tolist()
    assert training.cooccurrences(ids, 5, window=2).toarray()[1, 3] == 2


def test_tokens_of_like_company_start_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """1 and 2 stand beside the same tokens, 3 beside others; 0 is unknown and 9 is never seen."""
    monkeypatch.setattr(training, "DIMENSION", 4)
    texts = [[1, 4], [2, 4], [1, 5], [2, 5], [3, 6], [3, 7], [6, 7]]
    vectors = training.initial_vectors([np.array(t) for t in texts for _ in range(5)], 10, seed=0)
    assert vectors.shape == (10, 4)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    assert unit[1] @ unit[2] > 0.9 > unit[1] @ unit[3]
    assert not vectors[0].any()
    assert vectors[9].any()
    again = training.initial_vectors([np.array(t) for t in texts for _ in range(5)], 10, seed=0)
    assert np.array_equal(vectors, again)


def test_recall_among_all_sentences() -> None:
    sentences = ["粮食丰收", "口岸畅通", "道路修好"]
    tokenizer = training.train_tokenizer([*sentences, *EVERYDAY[:3]] * 3, 100)
    vectors = np.eye(tokenizer.get_vocab_size(), dtype=np.float32)
    vectors[0] = 0
    held = [
        {"sentence": "粮食丰收", "colloquial": "粮食丰收", "question": "口岸畅通", "plain": "丰收"},
        {"sentence": "口岸畅通", "colloquial": "粮食丰收", "question": "口岸畅通", "plain": "口岸"},
    ]
    found = training.recall_among_all(tokenizer, vectors, held)
    assert found == {"colloquial": (50.0, 100.0), "question": (50.0, 100.0), "plain": (100.0, 100.0)}
