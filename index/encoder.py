"""Text -> vectors: static vectors, and any sentence-transformers model.

The former are read with numpy, tokenizers and safetensors alone (0.1 s); sentence-transformers and
torch (5 s) are imported only where another model is named.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EncoderDamaged, EncoderError, EncoderNotFound, ModelsExtraMissing, short_reason

SHIPPED = Path(__file__).parent / "data" / "encoder"
BATCH = 2048  # passages between two moves of the progress bar

Vectors = NDArray[np.float32]
Ids = NDArray[np.int32]


class Encoder(Protocol):
    """What turns text into vectors: float32 rows of unit length (zero for a text of no known token).

    `fingerprint` is the same for the same weights and tokenizer; a snapshot is refused with another.
    """

    name: str
    dimension: int
    fingerprint: str

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a question, shape (texts, dimension)."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        """Return one vector a passage, shape (texts, dimension)."""
        ...

    def token_ids(self, texts: Sequence[str]) -> list[Ids]:
        """Return each text's tokens; none where tokens have no vectors of their own outside a text."""
        ...

    def token_scores(self, text: str, others: Ids) -> Vectors:
        """Return how like each of the other tokens is to each of the text's, shape (others, the text's tokens).

        0 to 1, times the token's share of the text's weight: the best of each sum up to 1 at most.
        """
        ...


class StaticEncoder:
    """The mean of learnt token vectors, read from a sentence-transformers StaticEmbedding folder.

    Gives the same vectors as SentenceTransformer(folder). Safe to share between threads.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Read the folder. Raises EncoderNotFound, EncoderDamaged."""
        tokenizers = importlib.import_module("tokenizers")
        safetensors = importlib.import_module("safetensors.numpy")
        files = {
            file: _read(folder / file) for file in ("modules.json", "tokenizer.json", "model.safetensors")
        }
        self.name = name
        self.fingerprint = _fingerprint(files)
        mend = "请重新安装 speechqa。" if folder == SHIPPED else "请换一个完整的模型文件夹。"
        try:
            self._tokenizer = tokenizers.Tokenizer.from_buffer(files["tokenizer.json"])
            weights = safetensors.load(files["model.safetensors"])["embedding.weight"]
            self._weights = np.asarray(weights, dtype=np.float32)
            rows, self.dimension = self._weights.shape
            squares = np.einsum("ij,ij->i", self._weights, self._weights)  # a quarter of the time of norm()
            self._lengths = np.sqrt(squares)
        except Exception as error:  # both libraries raise bare Exception on broken files
            raise EncoderDamaged(f"编码器文件夹 {folder} 已损坏（{short_reason(error)}）。{mend}") from error
        if rows < self._tokenizer.get_vocab_size():
            raise EncoderDamaged(f"编码器文件夹 {folder} 已损坏：词表比向量多。{mend}")
        self._last_units: tuple[bytes, Vectors] | None = None
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a question; questions and passages are encoded alike."""
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        """Return one vector a passage, shape (texts, dimension)."""
        starts = range(0, len(texts), BATCH)
        if progress and len(texts) > 10 * BATCH:
            starts = importlib.import_module("tqdm").tqdm(starts, desc="编码", unit_scale=BATCH, unit="段")
        parts = [self._encode(texts[start : start + BATCH]) for start in starts]
        return np.vstack(parts) if parts else np.empty((0, self.dimension), dtype=np.float32)

    def token_ids(self, texts: Sequence[str]) -> list[Ids]:
        """Return each text's tokens."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [np.array(e.ids, dtype=np.int32) for e in encoded]

    def token_scores(self, text: str, others: Ids) -> Vectors:
        """Return the root of the cosines, times the length of the text's token's vector over their sum.

        The length is the weight that training gave a token in the mean; the root makes half a likeness
        count for more: 47.6 % of everyday questions first on held-out documents, against 46.5 without it
        (half the cosine of the means, half this).
        """
        ids = self.token_ids([text])[0]
        lengths = self._lengths[ids]
        ids, lengths = ids[lengths > 0], lengths[lengths > 0]
        cosines = self._units_of(others) @ (self._weights[ids] / lengths[:, None]).T
        return np.asarray(np.sqrt(np.maximum(cosines, 0)) * (lengths / lengths.sum()), dtype=np.float32)

    def _units_of(self, ids: Ids) -> Vectors:
        """Return the tokens' vectors at unit length. The last are kept: those of one speech are the same each time."""
        key = ids.tobytes()
        last = self._last_units  # read once: another thread may replace it
        if last is None or last[0] != key:
            last = (key, self._weights[ids] / np.maximum(self._lengths[ids], 1e-9)[:, None])
            self._last_units = last
        return last[1]

    def _encode(self, texts: Sequence[str]) -> Vectors:
        result = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, tokens in enumerate(self.token_ids(texts)):
            if len(tokens):
                result[row] = self._weights[tokens].mean(axis=0)
        return normalised(result)


class TransformerEncoder:
    """Any sentence-transformers model in a local folder, with its own prompts for questions and passages."""

    def __init__(self, folder: Path, name: str) -> None:
        """Load the model. Raises ModelsExtraMissing, EncoderDamaged, EncoderError (out of memory)."""
        self.name = name
        self.fingerprint = _fingerprint({str(f.relative_to(folder)): _sample(f) for f in _files(folder)})
        try:
            library: Any = importlib.import_module("sentence_transformers")
        except ImportError as error:
            raise ModelsExtraMissing(
                f"编码器 {name} 需要 sentence-transformers，这里没有安装。请运行：pip install 'speechqa[models]'"
            ) from error
        try:
            self._model = library.SentenceTransformer(str(folder), local_files_only=True)
            self.dimension = int(self._model.encode(["长度"], show_progress_bar=False).shape[1])
        except MemoryError as error:
            raise _out_of_memory(name) from error
        except Exception as error:  # OSError, ValueError, SafetensorError, bare Exception: measured
            if "memory" in str(error).lower():
                raise _out_of_memory(name) from error
            raise EncoderDamaged(
                f"编码器 {name} 装不进来：应为完整的 sentence-transformers 文件夹，实际：{short_reason(error)}。请重新下载这个模型。"
            ) from error

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a question, with the model's prompt for questions."""
        return self._encode(self._model.encode_query, texts, False)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        """Return one vector a passage, with the model's prompt for passages."""
        return self._encode(self._model.encode_document, texts, progress)

    def token_ids(self, texts: Sequence[str]) -> list[Ids]:
        """Return none: what a token means depends on the text around it."""
        return [np.empty(0, dtype=np.int32) for _ in texts]

    def token_scores(self, text: str, others: Ids) -> Vectors:
        """Return none."""
        del text
        return np.empty((len(others), 0), dtype=np.float32)

    def _encode(self, encode: Any, texts: Sequence[str], progress: bool) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        try:
            vectors = encode(list(texts), show_progress_bar=progress, convert_to_numpy=True)
        except (MemoryError, RuntimeError) as error:
            raise _out_of_memory(self.name) from error
        return normalised(np.asarray(vectors, dtype=np.float32))


def normalised(vectors: Vectors) -> Vectors:
    """Return the rows at unit length; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0))


def _fingerprint(files: dict[str, bytes]) -> str:
    """Return 16 hexadecimal digits over the files' names and contents."""
    digest = sha256()
    for name in sorted(files):
        digest.update(f"{name} {sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _files(folder: Path) -> list[Path]:
    """Return what a model is made of: its settings, vocabulary and weights, not its model card."""
    kinds = {".json", ".txt", ".model", ".safetensors", ".bin"}
    return [f for f in sorted(folder.rglob("*")) if f.suffix in kinds and f.is_file()]


def _sample(file: Path, size: int = 65536) -> bytes:
    """Return a file's length, beginning and end: enough to tell two sets of weights apart, in no time."""
    length = file.stat().st_size
    with file.open("rb") as opened:
        head = opened.read(size)
        opened.seek(max(0, length - size))
        return f"{length}".encode() + head + opened.read(size)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise EncoderNotFound(f"编码器缺少文件 {file}。请重新安装 speechqa。") from error


def _out_of_memory(name: str) -> EncoderError:
    return EncoderError(f"编码器 {name} 需要的内存超过这台电脑的。请换小一些的模型，或用自带的编码器。")
