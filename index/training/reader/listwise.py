"""Train the reader of pairs: listwise (the passage that answers among others of its document), by yes and no, and why not.

A trap's own sentence is a no. Restartable, the same for the same seed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.training.reader.cross import Case, Shape, make_cross
from index.transformer import ASKED, Read

SAVED = 25  # steps between two checkpoints: minutes of work
SORTED = 16  # batches whose cases are sorted by length together


def collate(torch: Any, texts: Sequence[Read], pairs: Sequence[tuple[int, int]]) -> tuple[Any, ...]:
    """Return its inputs for (question, passage) pairs."""
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


def train_cross(
    texts: Sequence[Read],
    cases: Sequence[Case],
    shape: Shape,
    upper: Any,
    state: Path,
    *,
    before: Any = None,
) -> Any:
    """Return it trained on the cases, from `before` (one trained already) or the layers `upper`.

    Goes on from `state` where that is of the same shape. Prints loss and pace.
    """
    torch: Any = import_module("torch")
    torch.set_flush_denormal(True)
    cross = make_cross(torch, shape, upper)
    if before is not None:
        cross.load_state_dict(before.state_dict())
    cross.train()
    new = [p for name, p in cross.named_parameters() if not name.startswith("layers.")]
    groups = [
        {"params": list(cross.layers.parameters()), "lr": shape.rate},
        {"params": new, "lr": shape.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = [b for epoch in range(shape.epochs) for b in _batches(texts, cases, shape, epoch)]
    warm = 0.05 * len(steps) + 1
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.01, (len(steps) - step) / len(steps)))
    )
    parts = {"cross": cross, "optimizer": optimizer, "schedule": schedule}
    start = _resume(torch, state, parts, shape)
    began, shown = time.monotonic(), []
    half = (
        torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    )  # 16 bits are faster only where the processor multiplies them
    for step in range(start, len(steps)):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = _loss(torch, cross, texts, [cases[n] for n in steps[step]])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(cross.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        shown.append(float(loss.detach()))
        if (step + 1) % 50 == 0 or step + 1 == len(steps):
            pace = (time.monotonic() - began) / (step + 1 - start)
            print(f"{step + 1} of {len(steps)}: loss {np.mean(shown[-200:]):.3f} {pace:.2f} s", flush=True)
        if (step + 1) % SAVED == 0 or step + 1 == len(steps):
            _save(torch, state, parts, shape, step + 1)
    cross.eval()
    return cross


def _batches(texts: Sequence[Read], cases: Sequence[Case], shape: Shape, epoch: int) -> Iterator[list[int]]:
    """Yield the places of an epoch's cases by batches: all once, those of about one length together."""
    rng = random.Random(f"{shape.seed} {epoch}")
    order = rng.sample(range(len(cases)), len(cases))
    groups = []
    for at in range(0, len(order), shape.batch * SORTED):
        part = sorted(order[at : at + shape.batch * SORTED], key=lambda n: _length(texts, cases[n]))
        groups += [part[at : at + shape.batch] for at in range(0, len(part), shape.batch)]
    rng.shuffle(groups)
    yield from groups


def _length(texts: Sequence[Read], case: Case) -> int:
    return max(len(texts[p].pieces) for p in case.candidates)


def _resume(torch: Any, state: Path, parts: dict[str, Any], shape: Shape) -> int:
    if not state.exists():
        return 0
    saved = torch.load(state, weights_only=True)
    if saved["shape"] != asdict(shape):
        raise SystemExit(f"{state}: another shape's ({saved['shape']}); remove it to start anew")
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return int(saved["step"])


def _save(torch: Any, state: Path, parts: dict[str, Any], shape: Shape, step: int) -> None:
    new = state.with_suffix(".part")
    torch.save({n: p.state_dict() for n, p in parts.items()} | {"shape": asdict(shape), "step": step}, new)
    new.replace(state)


def _loss(torch: Any, cross: Any, texts: Sequence[Read], cases: Sequence[Case]) -> Any:
    """Return the loss of some cases: listwise where a candidate is right, yes or no for each, and why not."""
    pairs = [(case.question, candidate) for case in cases for candidate in case.candidates]
    logits, whys, asked = (x.float() for x in cross(*collate(torch, texts, pairs)))
    functional = torch.nn.functional
    right = torch.tensor([float(r) for case in cases for r in case.right])
    weights = torch.tensor([w for case in cases for w in _weights(case)])
    loss = (
        functional.binary_cross_entropy_with_logits(logits, right, reduction="none") * weights
    ).sum() / len(cases)
    at = 0
    for case in cases:
        own = logits[at : at + len(case.candidates)]
        if case.asked:
            loss = loss + _asked_loss(torch, asked[at], case.asked) / len(cases)
        if any(case.right) and not all(case.right):
            chances = functional.log_softmax(own, dim=0)
            loss = loss - torch.logsumexp(chances[torch.tensor(case.right)], dim=0) / len(cases)
        if case.why:
            loss = loss + 0.2 * functional.cross_entropy(whys[at : at + 1], torch.tensor([case.why])) / len(
                cases
            )
        at += len(case.candidates)
    return loss


def _asked_loss(torch: Any, logits: Any, values: Sequence[int]) -> Any:
    """Return the mean loss of what is told of a question."""
    parts = logits.split([len(names) for names in ASKED.values()])
    known = [(part, value) for part, value in zip(parts, values, strict=True) if value >= 0]
    entropy = torch.nn.functional.cross_entropy
    return sum(entropy(part, torch.tensor(value)) for part, value in known) / max(1, len(known))


def _weights(case: Case) -> list[float]:
    """Return what yes or no for each candidate is worth: the right ones as much as all the others."""
    if case.asked:
        return [0.0] * len(case.candidates)
    right = max(1, sum(case.right))
    others = max(1, len(case.right) - sum(case.right))
    return [0.5 / right if yes else 0.5 / others for yes in case.right]


def score(
    cross: Any, texts: Sequence[Read], pairs: Sequence[tuple[int, int]], size: int = 64
) -> NDArray[np.float32]:
    """Return the logit of each (question, passage) pair, shape (pairs,)."""
    torch: Any = import_module("torch")
    with torch.no_grad():
        parts = (collate(torch, texts, pairs[at : at + size]) for at in range(0, len(pairs), size))
        found = [cross(*part)[0].numpy() for part in parts]
    return np.concatenate(found) if found else np.empty(0, np.float32)


def pair_figures(cross: Any, texts: list[Read], cases: list[Case]) -> str:
    """Return how often the right candidate comes first, and the AUC of the best logit, on cases left out."""
    first: list[bool] = []
    yes: list[float] = []
    no: list[float] = []
    for case in cases:
        own = score(cross, texts, [(case.question, candidate) for candidate in case.candidates])
        if any(case.right):
            first.append(case.right[int(own.argmax())])
        (yes if any(case.right) else no).append(float(own.max()))
    auc = np.mean(np.array(yes)[:, None] > np.array(no)[None])
    return f"right candidate first {100 * np.mean(first):.1f} %, AUC of answerable {auc:.3f}"
