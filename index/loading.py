"""A name -> the encoder: the shipped one, its fast part alone, or any sentence-transformers model."""

from __future__ import annotations

import functools
import importlib
import json
import os
from pathlib import Path
from typing import Any

from index.encoder import SHIPPED, Encoder, StaticEncoder, TransformerEncoder
from index.errors import EncoderDamaged, EncoderNotFound, short_reason
from index.transformer import READER, FusedEncoder, Reader

SHIPPED_NAME = "speechqa"
FAST = "fast"  # the static encoder without the transformer: for the weakest machines and for mass indexing


def load_encoder(name: str | None = None, *, allow_download: bool = False) -> Encoder:
    """Return the shipped encoder (None), its static part alone (FAST), or the model of a folder or of a hub's name.

    A name is looked up in the local cache; the hub is asked only where `allow_download`. Raises
    EncoderNotFound, EncoderDamaged, ModelsExtraMissing.
    """
    if name is None:
        return FusedEncoder(StaticEncoder(SHIPPED, FAST), Reader(READER), SHIPPED_NAME)
    if name == FAST:
        return StaticEncoder(SHIPPED, FAST)
    return _open(_checked_folder(model_folder(name, allow_download)), name)


def fast_of(encoder: Encoder) -> Encoder:
    """Return the shipped static encoder: a part of `encoder`, or loaded beside another model, once."""
    if isinstance(encoder, FusedEncoder):
        return encoder.static
    return encoder if encoder.name == FAST else _fast()


@functools.cache
def _fast() -> Encoder:
    return load_encoder(FAST)


def model_folder(name: str, allow_download: bool = False) -> Path:
    """Return the folder of a model: itself, or where the hub's cache holds it. Raises EncoderNotFound."""
    folder = Path(name)
    if folder.exists() or name.startswith((".", os.sep)):
        if not folder.is_dir():
            raise EncoderNotFound(f"找不到模型文件夹 {folder}。请检查 --encoder 或 --reranker 的路径。")
        return folder
    return _cached_folder(name, allow_download)


def _open(folder: Path, name: str) -> Encoder:
    """Return the encoder in a folder; a static one needs neither torch nor sentence-transformers."""
    try:
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        kinds = [str(m["type"]).rpartition(".")[2] for m in modules]
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise EncoderDamaged(
            f"编码器文件夹 {folder} 里的 modules.json 读不懂（{short_reason(error)}）。请重新下载这个模型。"
        ) from error
    if kinds == ["StaticEmbedding", "Normalize"] and not modules[0].get("path"):
        return StaticEncoder(folder, name)
    return TransformerEncoder(folder, name)


def _checked_folder(folder: Path) -> Path:
    if not (folder / "modules.json").is_file():
        raise EncoderDamaged(
            f"编码器文件夹 {folder} 里没有 modules.json：没有它就不知道怎样合成向量。请用 SentenceTransformer.save 存出的文件夹。"
        )
    return folder


def _cached_folder(name: str, allow_download: bool) -> Path:
    """Return the folder in which the hub's cache holds a model, downloaded first where that is allowed."""
    hub: Any = importlib.import_module("huggingface_hub")
    try:
        folder = hub.snapshot_download(
            name,
            local_files_only=not allow_download,
            ignore_patterns=["*.onnx", "onnx/*", "openvino/*", "*.h5", "*.msgpack"],
        )
    except Exception as error:  # each version of the hub's client has its own
        way = (
            "请检查名字和网络。"
            if allow_download
            else "要下载请加 --allow-download，或用 --encoder、--reranker 指向本机文件夹。"
        )
        raise EncoderNotFound(f"本机没有模型 {name}（{short_reason(error)}）。{way}") from error
    return Path(folder)
