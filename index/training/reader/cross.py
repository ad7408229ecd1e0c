"""What reads a question and a passage together: the encoder's upper layers once more, over the states of both.

The lower layers read each text alone, so that their states can be kept; the upper ones read both at once and tell
whether the passage answers (MacAvaney et al. 2020, PreTTR). They begin as the encoder's own; listwise.py trains them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.transformer import ASKED, WHYS

_LAYER = re.compile(r"trunk\.encoder\.layer\.(\d+)\.")
_LINEAR = (
    "attention/self/query", "attention/self/key", "attention/self/value", "attention/output/dense",
    "intermediate/dense", "output/dense",
)  # fmt: skip
_ADDED = {
    "side": ("/cross/Add", "/cross/Add_2"),
    "met": ("/cross/Mul", "/cross/Mul_1"),
}  # where an .onnx adds them: to the question, to the passage


@dataclass(frozen=True, slots=True)
class Case:
    """A question and candidates, by their places among the texts; `right` says which answer, `why` not, where known.

    `asked` says what is wanted (the value's place for each of ASKED, -1 where unknown): the one candidate is then the
    history, and nothing is right or wrong.
    """

    question: int
    candidates: tuple[int, ...]
    right: tuple[bool, ...]
    why: int = 0
    asked: tuple[int, ...] = ()


def shorter(case: Case, most: int) -> Case:
    """Return a case with at most `most` candidates: two that are right, and the first of the others."""
    right = [n for n, yes in enumerate(case.right) if yes][:2]
    others = [n for n, yes in enumerate(case.right) if not yes][: most - len(right)]
    kept = sorted(right + others)
    return replace(
        case,
        candidates=tuple(case.candidates[n] for n in kept),
        right=tuple(case.right[n] for n in kept),
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """What it is made of and how it is trained; a checkpoint of another one is not gone on from."""

    width: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1536
    epochs: int = 1
    batch: int = 16  # questions
    rate: float = 6e-5
    head_rate: float = 1e-3  # of what begins at random
    seed: int = 1


def make_cross(torch: Any, shape: Shape, upper: Any = None) -> Any:
    """Return it as a torch module, its layers with the weights of `upper` (a state dict of a BertEncoder's `layer`).

    Takes question states (n, q, width), passage states (n, p, width), which pieces stand in the other text (n, q),
    (n, p), and masks; gives the logit that the passage answers (n,), the logits of WHYS (n, whys), and those of all
    values of ASKED in order (n, values), where the passage is the history.
    """
    nn = torch.nn
    bert: Any = import_module("transformers.models.bert.modeling_bert")
    config = import_module("transformers").BertConfig(
        vocab_size=1,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        layer_norm_eps=1e-12,
    )
    config._attn_implementation = "eager"  # every exporter knows it, and in 16 bits it trains faster

    class Cross(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.side = nn.Parameter(torch.zeros(2, shape.width))
            self.met = nn.Parameter(torch.zeros(2, shape.width))
            self.layers = nn.ModuleList(bert.BertLayer(config) for _ in range(shape.layers))
            self.answers = nn.Linear(shape.width, 1)
            self.why = nn.Linear(shape.width, len(WHYS))
            self.asked = nn.Linear(shape.width, sum(map(len, ASKED.values())))

        def forward(self, q: Any, p: Any, qs: Any, ps: Any, qm: Any, pm: Any) -> Any:
            own = q + self.side[0] + qs.unsqueeze(-1) * self.met[0]
            other = p + self.side[1] + ps.unsqueeze(-1) * self.met[1]
            rows = torch.cat([own, other], dim=1)
            seen = torch.cat([qm, pm], dim=1)[:, None, None, :]
            hidden = torch.zeros_like(seen, dtype=rows.dtype).masked_fill(~seen, -1e9)
            for layer in self.layers:
                found = layer(rows, attention_mask=hidden)
                rows = found[0] if isinstance(found, tuple) else found
            first = rows[:, 0]
            return self.answers(first).squeeze(-1), self.why(first), self.asked(first)

    torch.manual_seed(shape.seed)
    cross = Cross()
    if upper is not None:
        cross.layers.load_state_dict(upper)
    return cross


def upper_layers(file: Path, shape: Shape) -> dict[str, Any]:
    """Return the weights of the last `shape.layers` layers of an encoder's 8-bit .onnx, as a torch state dict."""
    torch, onnx = import_module("torch"), import_module("onnx")
    graph = onnx.load(str(file)).graph
    tensors = {t.name: import_module("onnx.numpy_helper").to_array(t) for t in graph.initializer}
    nodes = {n.name: n for n in graph.node}
    last = max(int(m[1]) for name in tensors if (m := _LAYER.match(name)))
    state = {}
    for layer in range(shape.layers):
        prefix = f"trunk.encoder.layer.{last + 1 - shape.layers + layer}."
        for name, tensor in tensors.items():  # biases, and the weights of norms
            if name.startswith(prefix):
                state[f"{layer}.{name.removeprefix(prefix)}"] = torch.tensor(tensor)
        for part in _LINEAR:
            place = "/" + prefix.rstrip(".").replace("trunk.encoder.", "trunk/encoder/") + f"/{part}/MatMul"
            state[f"{layer}.{part.replace('/', '.')}.weight"] = torch.tensor(_matrix(nodes, tensors, place).T)
    return state


def shipped_cross(file: Path, shape: Shape) -> Any:
    """Return what a shipped .onnx of write_cross holds, its 8 bits as 32, to be trained further."""
    torch, onnx = import_module("torch"), import_module("onnx")
    graph = onnx.load(str(file)).graph
    tensors = {t.name: import_module("onnx.numpy_helper").to_array(t) for t in graph.initializer}
    nodes = {n.name: n for n in graph.node}
    cross = make_cross(torch, shape)
    state = cross.state_dict()
    for name in state:
        if f"cross.{name}" in tensors:
            state[name] = torch.tensor(tensors[f"cross.{name}"])
        elif name in ("side", "met"):
            rows = [tensors[i] for n in _ADDED[name] for i in nodes[n].input if i in tensors]
            state[name] = torch.tensor(np.stack(rows))
        else:
            part = name.removesuffix(".weight").replace(".", "/").replace("layers/", "layers.")
            place = f"/cross/{part}/MatMul" if "/" in part else f"/cross/{part}/Gemm_MatMul"
            state[name] = torch.tensor(_matrix(nodes, tensors, place).T)
    cross.load_state_dict(state)
    return cross


def _matrix(nodes: dict[str, Any], tensors: dict[str, Any], place: str) -> NDArray[np.float32]:
    """Return the matrix of the product at `place`, shape (inputs, outputs), from its 8 bits where it has them."""
    whole = nodes.get(place)
    if whole is not None:
        return np.asarray(tensors[whole.input[1]], dtype=np.float32)
    eighth = next(i for i in nodes[f"{place}_quant"].input if i.endswith("_quantized") and i in tensors)
    name = eighth.removesuffix("_quantized")
    zero, scale = (tensors[f"{name}_{what}"] for what in ("zero_point", "scale"))
    return np.asarray(
        (tensors[eighth].astype(np.float32) - zero.astype(np.float32)) * scale, dtype=np.float32
    )


def write_cross(cross: Any, width: int, file: Path) -> None:
    """Write it as `file`, an .onnx of one pair: nothing is padded, so that nothing is masked."""
    torch: Any = import_module("torch")

    class Pair(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.cross = cross

        def forward(self, question: Any, passage: Any, question_met: Any, passage_met: Any) -> Any:
            masks = (
                torch.ones_like(question_met, dtype=torch.bool),
                torch.ones_like(passage_met, dtype=torch.bool),
            )
            return self.cross(question, passage, question_met, passage_met, *masks)

    names = ["question", "passage", "question_met", "passage_met"]
    shapes = [(1, 5, width), (1, 7, width), (1, 5), (1, 7)]
    torch.onnx.export(
        Pair().eval(),
        tuple(torch.rand(*shape) for shape in shapes),
        str(file),
        input_names=names,
        output_names=["answers", "why", "asked"],
        dynamic_axes={name: {1: f"{name}_pieces"} for name in names},
        opset_version=17,
        dynamo=False,
    )
    file.chmod(0o644)
