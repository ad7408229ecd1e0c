"""Train the bi-encoder: InfoNCE both ways over batches of one document's sentences, mean pooling, restartable.

A question's sentence among the batch's sentences, and a sentence's question among the batch's questions and the
question that it tempts to but does not answer (van den Oord et al. 2018; Karpukhin et al. 2020).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from index.training.reader.pairs import PASSAGE, QUERY, Batch, Pair, batches

TOKENS = 96  # of a text that are read
BACK = 0.5  # weight of sentence -> question beside question -> sentence
GROUP = 24  # texts read together
SAVED = 50  # steps between two checkpoints


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run is made of; a checkpoint of another recipe is not gone on from."""

    epochs: int = 3
    batch: int = 48
    rate: float = 1e-4
    scale: float = 30.0
    warm: float = 0.05
    seed: int = 1


def train(base: Path, pairs: Sequence[Pair], out: Path, recipe: Recipe) -> Path:
    """Train from the transformers folder `base`; return the transformers folder `out`/model.

    Goes on from `out`/state.pt where that is of the same recipe. Prints loss and pace.
    """
    torch, transformers = import_module("torch"), import_module("transformers")
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(base)
    torch.set_flush_denormal(True)
    model = transformers.BertModel.from_pretrained(
        base, add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )  # without dropout a step takes a tenth less, and there are too few epochs to learn by heart
    model.train()
    steps = [b for epoch in range(recipe.epochs) for b in batches(pairs, recipe.batch, recipe.seed, epoch)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=0.01)
    warm = max(1.0, recipe.warm * len(steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.02, (len(steps) - step) / len(steps)))
    )
    run = _Run(torch, tokenizer, model, recipe)
    state = out / "state.pt"
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    start = _resume(torch, state, parts, recipe)
    began = time.monotonic()
    for step in range(start, len(steps)):
        torch.manual_seed(recipe.seed * 1_000_003 + step)  # dropout: the same where a run is taken up again
        loss, right = run.loss(steps[step])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 10 == 0 or step + 1 == len(steps):
            pace = (time.monotonic() - began) / (step + 1 - start)
            print(
                f"{step + 1} of {len(steps)}: loss {loss.item():.3f} right {right:.2f} {pace:.2f} s",
                flush=True,
            )
        if (step + 1) % SAVED == 0 or step + 1 == len(steps):
            _save(torch, state, parts, recipe, step + 1)
    folder = out / "model"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


class _Run:
    """The loss of a batch."""

    def __init__(self, torch: Any, tokenizer: Any, model: Any, recipe: Recipe) -> None:
        self._torch, self._tokenizer, self._model, self._recipe = torch, tokenizer, model, recipe

    def loss(self, batch: Batch) -> tuple[Any, float]:
        """Return the loss and the share of the questions whose sentence comes first."""
        torch = self._torch
        size = len(batch.sentences)
        wordings = (*batch.questions, *batch.others, *(trap for _, trap in batch.traps))
        asked = self._embed([QUERY + q for q in wordings])
        said = self._embed([PASSAGE + s for s in batch.sentences])
        scores = (asked[: 2 * size] @ said.T) * self._recipe.scale
        right = torch.arange(size)
        tempted = torch.full((size, 1), -1e4)
        if batch.traps:
            places = torch.tensor([place for place, _ in batch.traps])
            own = (asked[2 * size :] * said[places]).sum(1, keepdim=True) * self._recipe.scale
            tempted = tempted.index_put((places, torch.zeros_like(places)), own.squeeze(1))
        entropy = torch.nn.functional.cross_entropy
        twice = right.repeat(2)
        loss = entropy(scores, twice)
        for part in (scores[:size], scores[size:]):
            loss = loss + BACK / 2 * entropy(torch.cat([part.T, tempted], dim=1), right)
        return loss, float((scores.argmax(1) == twice).float().mean())

    def _embed(self, texts: Sequence[str]) -> Any:
        """Return vectors of unit length; texts of about one length are read together."""
        torch = self._torch
        encoded = [e[:TOKENS] for e in self._tokenizer(list(texts))["input_ids"]]
        order = sorted(range(len(encoded)), key=lambda n: len(encoded[n]))
        parts = []
        for at in range(0, len(order), GROUP):
            rows = [encoded[n] for n in order[at : at + GROUP]]
            width = max(map(len, rows))
            ids = torch.tensor([row + [1] * (width - len(row)) for row in rows])
            seen = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
            hidden = self._model(input_ids=ids, attention_mask=seen).last_hidden_state
            shares = seen.unsqueeze(-1).float()
            parts.append((hidden * shares).sum(1) / shares.sum(1))
        vectors = torch.nn.functional.normalize(torch.cat(parts), dim=-1)
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return vectors[back]


def _resume(torch: Any, state: Path, parts: dict[str, Any], recipe: Recipe) -> int:
    if not state.exists():
        return 0
    saved = torch.load(state, weights_only=True)
    if saved["recipe"] != asdict(recipe):
        raise SystemExit(f"{state}: another recipe's ({saved['recipe']}); remove it to start anew")
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return int(saved["step"])


def _save(torch: Any, state: Path, parts: dict[str, Any], recipe: Recipe, step: int) -> None:
    new = state.with_suffix(".part")
    torch.save({n: p.state_dict() for n, p in parts.items()} | {"recipe": asdict(recipe), "step": step}, new)
    new.replace(state)
