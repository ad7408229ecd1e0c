"""The shipped encoder, and any sentence-transformers model."""

import json
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Encoder
from index.encoder import SHIPPED, StaticEncoder, normalised
from index.errors import EncoderDamaged, EncoderNotFound, ModelsExtraMissing
from index.loading import FAST, load_encoder

TEXTS = ["口岸货运量创历史新高", "要抓好基层党建", "GDP增长5%", "**万吨", "😀", "", "的"]


def have_models() -> bool:
    try:
        import sentence_transformers  # noqa: F401
    except ImportError:
        return False
    return True


needs_models = pytest.mark.skipif(not have_models(), reason="needs the extra models")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """Return the static encoder alone; the transformer has tests of its own."""
    return load_encoder(FAST)


def test_unit_vectors(encoder: Encoder) -> None:
    vectors = encoder.encode_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    norms = np.linalg.norm(vectors, axis=1)
    assert all(abs(n - 1) < 1e-5 or n == 0 for n in norms)
    assert norms[4] == norms[5] == 0
    assert np.array_equal(encoder.encode_queries(TEXTS), vectors)


@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_text_is_encoded_alone_as_among_others(encoder: Encoder, texts: list[str]) -> None:
    texts = [t.encode("utf-8", "replace").decode() for t in texts]
    together = encoder.encode_passages(texts)
    assert together.shape == (len(texts), encoder.dimension)
    for row, text in enumerate(texts):
        assert np.allclose(encoder.encode_passages([text])[0], together[row], atol=1e-6)


def test_everyday_words_find_official_ones(encoder: Encoder) -> None:
    question = encoder.encode_queries(["老百姓看病难不难"])[0]
    near, far = encoder.encode_passages(["着力解决群众就医问题", "推进口岸基础设施建设"])
    assert question @ near > question @ far


def test_progress_is_for_long_work_only(encoder: Encoder, capsys: pytest.CaptureFixture[str]) -> None:
    encoder.encode_passages(["短"] * 10, progress=True)
    assert capsys.readouterr().err == ""
    encoder.encode_passages(["短"] * 25_000, progress=True)
    assert "编码" in capsys.readouterr().err


def test_the_files_have_the_modes_of_a_package() -> None:
    for file in SHIPPED.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert sum(f.stat().st_size for f in SHIPPED.iterdir()) < 12_000_000


def test_normalised_keeps_zero_rows() -> None:
    rows = normalised(np.array([[3, 4], [0, 0]], dtype=np.float32))
    assert rows.tolist() == [[np.float32(0.6), np.float32(0.8)], [0, 0]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "encoder"
    shutil.copytree(SHIPPED, copy)
    return copy


def test_a_static_folder_needs_no_torch(folder: Path, encoder: Encoder) -> None:
    other = load_encoder(str(folder))
    assert isinstance(other, StaticEncoder)
    assert other.fingerprint == encoder.fingerprint
    assert np.array_equal(other.encode_queries(TEXTS), encoder.encode_queries(TEXTS))


@pytest.mark.parametrize("file", ["tokenizer.json", "model.safetensors"])
def test_broken_files(folder: Path, file: str) -> None:
    data = (folder / file).read_bytes()
    for broken in (b"", data[:100], data[: len(data) // 2], b"\x00" * 1000):
        (folder / file).write_bytes(broken)
        with pytest.raises(EncoderDamaged, match="已损坏"):
            StaticEncoder(folder, "x")


def test_missing_files(folder: Path, tmp_path: Path) -> None:
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EncoderNotFound, match=r"tokenizer\.json"):
        load_encoder(str(folder))
    (folder / "modules.json").unlink()
    with pytest.raises(EncoderDamaged, match=r"modules\.json"):
        load_encoder(str(folder))
    with pytest.raises(EncoderNotFound, match="找不到"):
        load_encoder(str(tmp_path / "nothing"))


def test_modules_that_cannot_be_read(folder: Path) -> None:
    for broken in ("", "{", "[1]", '{"a": 1}'):
        (folder / "modules.json").write_text(broken)
        with pytest.raises(EncoderDamaged, match=r"modules\.json"):
            load_encoder(str(folder))


def test_more_words_than_vectors(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")["embedding.weight"]
    save_file({"embedding.weight": np.ascontiguousarray(weights[:100])}, folder / "model.safetensors")
    with pytest.raises(EncoderDamaged, match="词表"):
        StaticEncoder(folder, "x")


def test_a_name_that_is_not_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EncoderNotFound, match="--allow-download"):
        load_encoder("nobody/no-such-model")


def test_a_transformer_without_the_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["type"] = "sentence_transformers.models.Transformer"
    (folder / "modules.json").write_text(json.dumps(modules))
    monkeypatch.setitem(__import__("sys").modules, "sentence_transformers", None)
    with pytest.raises(ModelsExtraMissing, match=r"pip install"):
        load_encoder(str(folder))


@needs_models
def test_the_same_vectors_as_sentence_transformers(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    texts = [t for t in TEXTS if encoder.encode_queries([t]).any()]
    theirs = np.asarray(SentenceTransformer(str(SHIPPED), local_files_only=True).encode(texts))
    assert (theirs * encoder.encode_queries(texts)).sum(axis=1).min() > 0.999


@pytest.fixture(scope="module")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a real transformer folder of two tiny layers, with prompts."""
    pytest.importorskip("sentence_transformers")
    from sentence_transformers import SentenceTransformer

    try:
        from sentence_transformers.sentence_transformer import modules as models
    except ImportError:  # before 6.2
        from sentence_transformers import models
    from transformers import BertConfig, BertModel, BertTokenizerFast

    root = tmp_path_factory.mktemp("transformer")
    characters = sorted({c for t in TEXTS for c in t} | set("查询文档:要抓好"))
    (root / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters]), "utf-8"
    )
    tokenizer = BertTokenizerFast(str(root / "vocab.txt"))
    size = len(characters) + 5
    model = BertModel(
        BertConfig(
            vocab_size=size, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
        )
    )
    model.save_pretrained(root / "bert")
    tokenizer.save_pretrained(root / "bert")
    word = models.Transformer(str(root / "bert"))
    whole = SentenceTransformer(
        modules=[word, models.Pooling(32)], device="cpu", prompts={"query": "查询:", "document": "文档:"}
    )
    whole.save(str(root / "model"))
    return root / "model"


@needs_models
def test_any_sentence_transformers_folder(transformer: Path) -> None:
    found = load_encoder(str(transformer))
    assert found.dimension == 32
    query, passage = found.encode_queries(["要抓好"])[0], found.encode_passages(["要抓好"])[0]
    assert abs(np.linalg.norm(query) - 1) < 1e-5
    assert not np.allclose(query, passage)  # each has its own prompt
    assert found.encode_passages([]).shape == (0, 32)
    assert load_encoder(str(transformer)).fingerprint == found.fingerprint


@needs_models
def test_a_truncated_transformer(transformer: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(transformer, copy)
    weights = next(copy.rglob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(EncoderDamaged, match="装不进来"):
        load_encoder(str(copy))
