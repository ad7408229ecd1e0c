"""A trained transformers folder -> a sentence-transformers folder, and the 8-bit file that onnxruntime reads.

The 8-bit weights are per channel and of 7 bits (reduced range), so that products do not saturate on processors
with AVX2 but without VNNI.
"""

from __future__ import annotations

import json
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

from index.training.reader.biencoder import TOKENS
from index.training.reader.pairs import PASSAGE, QUERY


def sentence_transformer(model: Path, out: Path) -> None:
    """Write `out`, an ordinary sentence-transformers folder of the model with mean pooling and its prompts."""
    library: Any = import_module("sentence_transformers")
    parts: Any = import_module("sentence_transformers.models")
    reader = parts.Transformer(str(model), max_seq_length=TOKENS)
    pooling = parts.Pooling(reader.get_word_embedding_dimension(), pooling_mode="mean")
    whole = library.SentenceTransformer(
        modules=[reader, pooling, parts.Normalize()], prompts={"query": QUERY, "document": PASSAGE}
    )
    whole.save(str(out))
    for file in out.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)  # sentence-transformers writes 0600


def int8(model: Path, out: Path) -> None:
    """Write `out`/model.onnx (8 bits) and `out`/tokenizer.json of the transformers folder `model`."""
    torch, transformers = import_module("torch"), import_module("transformers")
    quantization: Any = import_module("onnxruntime.quantization")
    out.mkdir(parents=True, exist_ok=True)
    trunk = transformers.BertModel.from_pretrained(
        model, add_pooling_layer=False, attn_implementation="eager"
    )
    trunk.eval()
    whole = out / "whole.onnx"
    ids = torch.ones((2, 8), dtype=torch.long)
    torch.onnx.export(
        _Pooled.of(torch, trunk),
        (ids, torch.ones_like(ids)),
        str(whole),
        input_names=["input_ids", "attention_mask"],
        output_names=["vector"],
        dynamic_axes={name: {0: "texts", 1: "tokens"} for name in ("input_ids", "attention_mask")},
        opset_version=17,
        dynamo=False,
    )
    quantization.quantize_dynamic(
        str(whole),
        str(out / "model.onnx"),
        per_channel=True,
        reduce_range=True,
        weight_type=quantization.QuantType.QInt8,
    )
    whole.unlink()
    shutil.copy(model / "tokenizer.json", out / "tokenizer.json")
    settings = {"tokens": TOKENS, "query": QUERY, "passage": PASSAGE, "dimension": trunk.config.hidden_size}
    (out / "reader.json").write_text(json.dumps(settings), "utf-8")


class _Pooled:
    """The trunk with mean pooling, as a torch module."""

    @staticmethod
    def of(torch: Any, trunk: Any) -> Any:
        class Pooled(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.trunk = trunk

            def forward(self, input_ids: Any, attention_mask: Any) -> Any:
                hidden = self.trunk(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
                shares = attention_mask.unsqueeze(-1).to(hidden.dtype)
                pooled = (hidden * shares).sum(1) / shares.sum(1)
                return torch.nn.functional.normalize(pooled, dim=-1)

        return Pooled()
