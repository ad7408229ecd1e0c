"""A trained transformers folder -> a sentence-transformers folder, and the same with 8-bit weights for onnxruntime.

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
from index.transformer import OUTPUTS

WEIGHTS = ("model.safetensors", "README.md")  # of the folder, what the 8-bit one goes without
# Left as it is: in 8 bits it costs more than all the others together (cosine to the whole .981; .987 with it; 1.8 MB).
EXACT = "layer.4/output/dense"
ONNX = Path("onnx") / "model.onnx"  # where sentence-transformers looks for it


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


def int8(folder: Path, model: Path, out: Path) -> None:
    """Write `out`: the sentence-transformers folder `folder` with the weights of `model` as 8-bit onnx/model.onnx.

    input_ids, attention_mask -> last_hidden_state, each (texts, tokens, …): what the onnx backend of
    sentence-transformers wants; and the states after half of the layers, from which pairs are read.
    """
    torch, transformers = import_module("torch"), import_module("transformers")
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns(*WEIGHTS))
    (out / ONNX).parent.mkdir()
    trunk = transformers.BertModel.from_pretrained(
        model, add_pooling_layer=False, attn_implementation="eager"
    )
    whole = out / "whole.onnx"
    ids = torch.ones((2, 8), dtype=torch.long)
    names = ["input_ids", "attention_mask"]
    torch.onnx.export(
        _states(torch, trunk).eval(),
        (ids, torch.ones_like(ids)),
        str(whole),
        input_names=names,
        output_names=list(OUTPUTS),
        dynamic_axes={name: {0: "texts", 1: "tokens"} for name in (*names, *OUTPUTS)},
        opset_version=17,
        dynamo=False,
    )
    quantized(whole, out / ONNX)
    pieces = out / "tokenizer.json"  # indented it has a line for each piece and each number
    compact = json.dumps(json.loads(pieces.read_text("utf-8")), ensure_ascii=False, separators=(",", ":"))
    pieces.write_text(compact + "\n", "utf-8")
    for file in out.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)


def quantized(whole: Path, out: Path) -> None:
    """Write `out`, the .onnx file `whole` with 8-bit weights; `whole` is removed."""
    quantization: Any = import_module("onnxruntime.quantization")
    graph = import_module("onnx").load(str(whole)).graph
    eighth = whole.with_suffix(".eighth")
    quantization.quantize_dynamic(
        str(whole),
        str(eighth),
        per_channel=True,
        reduce_range=True,
        weight_type=quantization.QuantType.QInt8,
        nodes_to_exclude=[n.name for n in graph.node if n.op_type == "MatMul" and EXACT in n.name],
    )
    _write_optimized(eighth, out)
    whole.unlink()
    eighth.unlink()


def _write_optimized(file: Path, out: Path) -> None:
    """Write a model as onnxruntime would have it after loading: a third of the time to load, the same numbers.

    Nothing that depends on the processor: that is the next level, done when it is loaded.
    """
    runtime: Any = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(out)
    options.log_severity_level = 3
    runtime.InferenceSession(str(file), options)


def _states(torch: Any, trunk: Any) -> Any:
    """Return the trunk as a torch module that gives its last states and those after half of its layers."""

    class States(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.trunk = trunk

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            found = self.trunk(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True)
            return found.last_hidden_state, found.hidden_states[len(self.trunk.encoder.layer) // 2]

    return States()
