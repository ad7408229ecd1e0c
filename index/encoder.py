"""Text -> vectors: the encoder that is shipped, and any sentence-transformers model."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EncoderDamaged, EncoderNotFound

SHIPPED = Path(__file__).parent / "data" / "encoder"


class Encoder(Protocol):
    """What turns text into vectors; rows are float32 of unit length (all zero for a text of no known token)."""

    name: str
    dimension: int
    fingerprint: str

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector a question, shape (texts, dimension)."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        """Return one vector a passage, shape (texts, dimension)."""
        ...


class StaticEncoder:
    """The mean of learnt token vectors, read from a sentence-transformers StaticEmbedding folder.

    Needs neither torch nor sentence-transformers; gives the same vectors as SentenceTransformer(folder).
    """

    def __init__(self, folder: Path, name: str) -> None:
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        self.name = name
        data = {
            file: _read(folder / file) for file in ("modules.json", "tokenizer.json", "model.safetensors")
        }
        digest = sha256()
        for file in sorted(data):
            digest.update(sha256(data[file]).digest())
        self.fingerprint = digest.hexdigest()[:16]
        try:
            self._tokenizer = Tokenizer.from_buffer(data["tokenizer.json"])
            weights: Any = load(data["model.safetensors"])["embedding.weight"]
        except Exception as error:
            raise EncoderDamaged(f"编码器文件夹 {folder} 读不了：{error}。请重新安装 speechqa。") from error
        self._weights = np.asarray(weights, dtype=np.float32)
        self.dimension = int(self._weights.shape[1])

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector a question; questions and passages are encoded alike."""
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        """Return one vector a passage, shape (texts, dimension)."""
        result = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            if encoding.ids:
                result[row] = self._weights[encoding.ids].mean(axis=0)
        norms = np.linalg.norm(result, axis=1, keepdims=True)
        np.divide(result, norms, out=result, where=norms > 0)
        return result


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise EncoderNotFound(f"编码器缺少文件 {file}。请重新安装 speechqa。") from error


def load_encoder(name: str | None = None, *, allow_download: bool = False) -> Encoder:
    """Return the shipped encoder."""
    return StaticEncoder(SHIPPED, "speechqa")
