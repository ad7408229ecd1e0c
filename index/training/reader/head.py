"""Train the head that reads a question and a passage together, over the shipped encoder's states of both.

The encoder reads each alone, so its states can be kept; two small layers over the states of both tell whether the
passage answers, which is asked of forty passages in the time that a whole transformer needs for two. Learnt listwise
(the passage that answers among others of its document) and by yes and no (a trap's own sentence: no).
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.transformer import WHYS, Read


@dataclass(frozen=True, slots=True)
class Case:
    """A question and candidates, by their places among the texts; `right` says which answer, `why` not, where known."""

    question: int
    candidates: tuple[int, ...]
    right: tuple[bool, ...]
    why: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """What a head is made of and how it is trained."""

    width: int = 128
    layers: int = 2
    heads: int = 4
    inner: int = 384
    dropout: float = 0.1
    epochs: int = 1
    batch: int = 16  # questions
    rate: float = 1e-3
    seed: int = 1


def make_head(torch: Any, states: int, shape: Shape) -> Any:
    """Return the head as a torch module.

    Takes question states (n, q, states), passage states (n, p, states), their masks, and which pieces stand in the
    other text (n, q), (n, p); gives the logit that the passage answers (n,), and the logits of WHYS (n, whys).
    """
    nn = torch.nn

    class Head(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.down = nn.Linear(states, shape.width)
            self.side = nn.Parameter(torch.randn(2, shape.width) * 0.02)
            self.met = nn.Linear(2, shape.width)
            self.first = nn.Parameter(torch.randn(1, 1, shape.width) * 0.02)
            self.layers = nn.ModuleList(_layer(torch, shape) for _ in range(shape.layers))
            self.norm = nn.LayerNorm(shape.width)
            self.answers = nn.Linear(shape.width, 1)
            self.why = nn.Linear(shape.width, len(WHYS))

        def forward(self, q: Any, p: Any, qs: Any, ps: Any, qm: Any, pm: Any) -> Any:
            norm = nn.functional.normalize
            like = norm(q, dim=-1) @ norm(p, dim=-1).transpose(1, 2)
            like = like.masked_fill(~(qm.unsqueeze(2) & pm.unsqueeze(1)), -1.0)
            own = self.down(q) + self.side[0] + self.met(torch.stack([qs, like.max(2).values], dim=-1))
            other = self.down(p) + self.side[1] + self.met(torch.stack([ps, like.max(1).values], dim=-1))
            seen = torch.cat([torch.ones_like(qm[:, :1]), qm, pm], dim=1)
            rows = torch.cat([self.first.expand(len(q), 1, -1), own, other], dim=1)
            for layer in self.layers:
                rows = layer(rows, seen)
            pooled = self.norm(rows[:, 0])
            return self.answers(pooled).squeeze(-1), self.why(pooled)

    torch.manual_seed(shape.seed)
    return Head()


def _layer(torch: Any, shape: Shape) -> Any:
    """Return a transformer layer, norms first, of operations that every exporter knows."""
    nn = torch.nn

    class Layer(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.before, self.between = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
            self.all, self.out = nn.Linear(shape.width, 3 * shape.width), nn.Linear(shape.width, shape.width)
            self.wide, self.narrow = nn.Linear(shape.width, shape.inner), nn.Linear(shape.inner, shape.width)
            self.drop = nn.Dropout(shape.dropout)

        def forward(self, rows: Any, seen: Any) -> Any:
            parts = self.all(self.before(rows)).chunk(3, dim=-1)
            q, k, v = (x.unflatten(-1, (shape.heads, -1)).transpose(1, 2) for x in parts)
            scores = q @ k.transpose(-1, -2) * (shape.width // shape.heads) ** -0.5
            scores = scores.masked_fill(~seen[:, None, None, :], -1e9)
            mixed = (self.drop(scores.softmax(-1)) @ v).transpose(1, 2).flatten(2)
            rows = rows + self.drop(self.out(mixed))
            return rows + self.drop(self.narrow(nn.functional.gelu(self.wide(self.between(rows)))))

    return Layer()


def collate(torch: Any, texts: Sequence[Read], pairs: Sequence[tuple[int, int]]) -> tuple[Any, ...]:
    """Return a head's inputs for (question, passage) pairs."""
    questions, passages = [texts[q] for q, _ in pairs], [texts[p] for _, p in pairs]
    sides = []
    for own, others in ((questions, passages), (passages, questions)):
        width = max(len(t.pieces) for t in own)
        states = np.zeros((len(own), width, own[0].states.shape[1]), np.float32)
        met, mask = np.zeros((len(own), width), np.float32), np.zeros((len(own), width), np.bool_)
        for row, (text, other) in enumerate(zip(own, others, strict=True)):
            states[row, : len(text.pieces)] = text.states
            met[row, : len(text.pieces)] = np.isin(text.pieces, other.pieces)
            mask[row, : len(text.pieces)] = True
        sides.append((states, met, mask))
    (q, qs, qm), (p, ps, pm) = sides
    return tuple(torch.from_numpy(x) for x in (q, p, qs, ps, qm, pm))


def train_head(texts: Sequence[Read], cases: Sequence[Case], shape: Shape) -> Any:
    """Return a head trained on the cases; prints loss and pace."""
    torch: Any = import_module("torch")
    head = make_head(torch, texts[0].states.shape[1], shape)
    head.train()
    optimizer = torch.optim.AdamW(head.parameters(), lr=shape.rate, weight_decay=0.02)
    steps = shape.epochs * (len(cases) // shape.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (0.05 * steps + 1), max(0.01, (steps - step) / steps))
    )
    rng, began, done = random.Random(shape.seed), time.monotonic(), 0
    shown: list[float] = []
    for _ in range(shape.epochs):
        order = rng.sample(range(len(cases)), len(cases))
        for at in range(0, len(order) - shape.batch + 1, shape.batch):
            loss = _loss(torch, head, texts, [cases[n] for n in order[at : at + shape.batch]])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(head.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            shown.append(float(loss.detach()))
            done += 1
            if done % 50 == 0 or done == steps:
                pace = (time.monotonic() - began) / done
                print(f"{done} of {steps}: loss {np.mean(shown[-100:]):.3f} {pace:.2f} s", flush=True)
    head.eval()
    return head


def _loss(torch: Any, head: Any, texts: Sequence[Read], cases: Sequence[Case]) -> Any:
    """Return the loss of some cases: listwise where a candidate is right, yes or no for each, and why not."""
    pairs = [(case.question, candidate) for case in cases for candidate in case.candidates]
    logits, whys = head(*collate(torch, texts, pairs))
    functional = torch.nn.functional
    right = torch.tensor([float(r) for case in cases for r in case.right])
    weights = torch.tensor([w for case in cases for w in _weights(case)])
    loss = (
        functional.binary_cross_entropy_with_logits(logits, right, reduction="none") * weights
    ).sum() / len(cases)
    at = 0
    for case in cases:
        own = logits[at : at + len(case.candidates)]
        if any(case.right) and not all(case.right):
            chances = functional.log_softmax(own, dim=0)
            loss = loss - torch.logsumexp(chances[torch.tensor(case.right)], dim=0) / len(cases)
        if case.why:
            loss = loss + 0.2 * functional.cross_entropy(whys[at : at + 1], torch.tensor([case.why])) / len(
                cases
            )
        at += len(case.candidates)
    return loss


def _weights(case: Case) -> list[float]:
    """Return what yes or no for each candidate is worth: the right ones as much as all the others."""
    right = max(1, sum(case.right))
    others = max(1, len(case.right) - sum(case.right))
    return [0.5 / right if yes else 0.5 / others for yes in case.right]


def score(
    head: Any, texts: Sequence[Read], pairs: Sequence[tuple[int, int]], size: int = 64
) -> NDArray[np.float32]:
    """Return the logit of each (question, passage) pair, shape (pairs,)."""
    torch: Any = import_module("torch")
    with torch.no_grad():
        parts = (collate(torch, texts, pairs[at : at + size]) for at in range(0, len(pairs), size))
        found = [head(*part)[0].numpy() for part in parts]
    return np.concatenate(found) if found else np.empty(0, np.float32)


def write_head(head: Any, states: int, file: Path) -> None:
    """Write a head as `file`, an .onnx of one pair: nothing is padded, so that nothing is masked."""
    torch: Any = import_module("torch")

    class Pair(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.head = head

        def forward(self, question: Any, passage: Any, question_met: Any, passage_met: Any) -> Any:
            masks = (
                torch.ones_like(question_met, dtype=torch.bool),
                torch.ones_like(passage_met, dtype=torch.bool),
            )
            return self.head(question, passage, question_met, passage_met, *masks)

    names = ["question", "passage", "question_met", "passage_met"]
    shapes = [(1, 5, states), (1, 7, states), (1, 5), (1, 7)]
    torch.onnx.export(
        Pair().eval(),
        tuple(torch.rand(*shape) for shape in shapes),
        str(file),
        input_names=names,
        output_names=["answers", "why"],
        dynamic_axes={name: {1: f"{name}_pieces"} for name in names},
        opset_version=17,
        dynamo=False,
    )
    file.chmod(0o644)
