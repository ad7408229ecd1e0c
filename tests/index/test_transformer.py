"""The shipped transformer: the same numbers whatever is read beside a text, and plain words where it is broken."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import build_index, builtin_document, fold, load_encoder, read_text
from index.encoder import SHIPPED, StaticEncoder
from index.errors import EncoderDamaged, EncoderNotFound
from index.kept import SPEECH, digest_of, read_vectors, write_vectors
from index.loading import FAST
from index.transformer import FILES, READER, SHARE, FusedEncoder, Reader

TEXTS = [
    "粮食总产量达到1.2亿斤，比上年增长3%。",
    "要把基层治理抓实。",
    "",
    "🙂" * 300,
    "坚持把解决好“三农”问题作为重中之重，加快推进农业农村现代化，确保粮食产量稳定。" * 8,
    "a",
]
QUESTION = "打了多少粮食"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(READER)


@pytest.fixture(scope="module")
def fused() -> FusedEncoder:
    encoder = load_encoder()
    assert isinstance(encoder, FusedEncoder)
    return encoder


def test_a_vector_is_the_same_byte_for_byte_in_any_company(reader: Reader) -> None:
    alone = [reader.of_passages([text])[0] for text in TEXTS]
    together = reader.of_passages(TEXTS)
    backwards = reader.of_passages(TEXTS[::-1])[::-1]
    many = reader.of_passages(TEXTS * 5)
    with ThreadPoolExecutor(8) as pool:
        threads = list(pool.map(lambda text: reader.of_passages([text])[0], TEXTS * 4))
    for row, vector in enumerate(alone):
        assert np.isfinite(vector).all()
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
        for other in (together[row], backwards[row], many[row + len(TEXTS)], threads[row + len(TEXTS)]):
            assert vector.tobytes() == other.tobytes()


def test_relevance_is_the_same_byte_for_byte_in_any_company(reader: Reader) -> None:
    together, whys = reader.relevance(QUESTION, TEXTS)
    assert together.shape == (len(TEXTS),)
    assert len(whys) == len(TEXTS)
    for row, text in enumerate(TEXTS):
        logit, why = (
            Reader(READER).relevance(QUESTION, [text]) if row == 0 else reader.relevance(QUESTION, [text])
        )
        assert logit.tobytes() == together[row : row + 1].tobytes()
        assert why.tobytes() == whys[row : row + 1].tobytes()
    assert reader.relevance(QUESTION, [])[0].shape == (0,)


def test_what_answers_is_told_from_what_does_not(reader: Reader) -> None:
    logits, _ = reader.relevance(QUESTION, TEXTS[:2])
    assert logits[0] > logits[1]


def test_the_fused_cosine_is_the_weighted_mean_of_both(fused: FusedEncoder, reader: Reader) -> None:
    texts = [t for t in TEXTS if t]
    static = StaticEncoder(SHIPPED, FAST)
    own = fused.encode_passages(texts) @ fused.encode_queries([QUESTION])[0]
    ours = reader.of_passages(texts) @ reader.question(QUESTION).vector
    theirs = static.encode_passages(texts) @ static.encode_queries([QUESTION])[0]
    known = np.array([bool(len(ids)) for ids in static.token_ids(texts)])
    assert own[known] == pytest.approx(SHARE * ours[known] + (1 - SHARE) * theirs[known], abs=1e-3)
    assert fused.encode_passages([]).shape == (0, fused.dimension)


def test_the_fast_encoder_reads_without_the_transformer(fused: FusedEncoder) -> None:
    fast = load_encoder(FAST)
    assert isinstance(fast, StaticEncoder)
    assert fast.fingerprint != fused.fingerprint


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_folder_is_refused_in_plain_words(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(READER, folder)
    (folder / name).write_bytes(b"\x00\x01{")
    with pytest.raises(EncoderDamaged, match=r"已损坏.*请重新安装"):
        Reader(folder)
    (folder / name).unlink()
    with pytest.raises(EncoderNotFound, match="缺少文件"):
        Reader(folder)


def test_files_are_readable_by_all_and_small() -> None:
    files = [f for f in READER.rglob("*") if f.is_file()]
    assert all(f.stat().st_mode & 0o444 == 0o444 for f in files)
    assert sum(f.stat().st_size for f in [*files, *SHIPPED.iterdir()]) <= 60_000_000


def test_what_has_not_changed_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder()
    asked: list[str] = []
    plain = FusedEncoder.encode_passages

    def spy(self: FusedEncoder, texts: list[str], progress: bool = False) -> np.ndarray:
        asked.extend(texts)
        return plain(self, texts, progress)

    monkeypatch.setattr(FusedEncoder, "encode_passages", spy)
    build_index([read_text("粮食丰收。\n道路修通。")], encoder=encoder, root=tmp_path)
    assert asked == ["粮食丰收。", "道路修通。"]
    asked.clear()
    again = build_index([read_text("粮食丰收。\n学校建成。")], encoder=encoder, root=tmp_path)
    assert asked == ["学校建成。"]
    anew = build_index([read_text("粮食丰收。\n学校建成。")], encoder=encoder)
    assert again.dense.vectors().tobytes() == anew.dense.vectors().tobytes()


def test_the_built_in_speech_ships_with_its_vectors(fused: FusedEncoder) -> None:
    kept = read_vectors(SPEECH, fused.fingerprint)
    snapshot = build_index([builtin_document()], encoder=fused)
    one = snapshot.documents[0]
    texts = [fold(one.document.text[p.start : p.end]) for p in one.passages]
    assert {digest_of(text) for text in texts} == set(kept)
    sample = texts[::25]
    found = np.array([kept[digest_of(text)] for text in sample])
    assert (found * fused.encode_passages(sample)).sum(axis=1) == pytest.approx(1, abs=0.01)


def test_vectors_of_another_encoder_or_a_broken_file_are_not_used(tmp_path: Path) -> None:
    file = tmp_path / "vectors.npz"
    assert read_vectors(file, "a") == {}
    write_vectors(file, "a", {digest_of("甲"): np.ones(4, np.float32)})
    first = file.read_bytes()
    assert list(read_vectors(file, "a")) == [digest_of("甲")]
    assert read_vectors(file, "b") == {}
    write_vectors(file, "a", {digest_of("甲"): np.ones(4, np.float32)})
    assert file.read_bytes() == first
    file.write_bytes(first[: len(first) // 2])
    assert read_vectors(file, "a") == {}
