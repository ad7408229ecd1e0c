"""The shipped transformer, read by onnxruntime: text -> vector. Needs neither torch nor sentence-transformers.

One text is read at a time, by one thread: its vector is then the same, byte for byte, whatever is read beside it,
in whatever order and by however many threads. Several texts are read side by side, one thread each.
"""

from __future__ import annotations

import importlib
import json
import os
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoder import Ids, StaticEncoder, Vectors, normalised
from index.errors import EncoderDamaged, EncoderNotFound, short_reason

READER = Path(__file__).parent / "data" / "reader"
CROSS = "cross.onnx"
FILES = (
    "config_sentence_transformers.json",
    "tokenizer_config.json",
    "tokenizer.json",
    "onnx/model.onnx",
    CROSS,
)
OUTPUTS = ("last_hidden_state", "middle_states")  # of the encoder; the second after half of its layers
WORKERS = min(4, os.cpu_count() or 1)  # texts read side by side; more do not pay on office computers
REMEMBERED = 1_000  # texts of which what was read is kept: 30 MB
PAIRS = 20_000  # pairs of which what was read is kept: 15 MB
WHYS = (
    "",
    "figure_absent",
    "date_absent",
    "person_absent",
    "other_year",
    "other_place",
    "deadline_absent",
    "consequence_absent",
    "cause_absent",
    "comparison_absent",
    "policy_absent",
    "scope_mismatch",
    "object_mismatch",
    "quantity_of_other",
    "negation",
    "only_named",
)  # why a passage does not answer, as the reader of pairs tells them apart; the first: it does, or nobody said
HEADING = 24  # characters of the heading that is read in front of a passage
OUTERMOST = 14  # and of the outermost above it, which often says of what time or kind all below is
ASKED: dict[str, tuple[str, ...]] = {
    "wants": (
        "point", "all", "count", "parts", "text", "place", "opening", "closing", "definition", "check", "compare", "chat",
    ),
    "relation": (
        "none", "new_subject", "same_subject", "item", "rest", "narrow", "contrast", "time_shift", "correction",
        "topic_change",
    ),
    "facet": ("none", "achievement", "goal", "requirement", "background"),
    "answer": (
        "figure", "date", "period", "person", "organisation", "place", "reason", "measure", "meaning", "name", "event",
        "achievement", "goal", "problem", "quote", "heading", "other",
    ),
}  # what is told of a question, and the values of each  # fmt: skip
TURNS = 2  # of the questions before that are read beside a question
SHARE = 0.65  # of the transformer in the cosine of both; the static encoder has the rest


@dataclass(frozen=True, slots=True)
class Read:
    """A text as read: a vector of unit length, shape (width,); the pieces; each one's state (pieces, width) half way up."""

    vector: Vectors
    states: NDArray[np.float16]
    pieces: Ids


class Reader:
    """A transformer that gives a text's vector. Safe to share between threads."""

    def __init__(self, folder: Path, *, cross: bool = True) -> None:
        """Load the folder that `index.training.reader` writes: a sentence-transformers one, and what reads pairs (not where there is none yet). Raises EncoderNotFound, EncoderDamaged."""
        tokenizers = importlib.import_module("tokenizers")
        runtime = importlib.import_module("onnxruntime")
        digest = (
            sha256()
        )  # of what vectors depend on: an index stays good when only the reader of pairs is another
        for name in FILES if cross else FILES[:-1]:
            try:
                data = (folder / name).read_bytes()
            except OSError as error:
                raise EncoderNotFound(f"编码器缺少文件 {folder / name}。请重新安装 speechqa。") from error
            if name != CROSS:
                digest.update(f"{name} {sha256(data).hexdigest()}\n".encode())
        self.fingerprint = digest.hexdigest()[:16]
        try:
            prompts = json.loads((folder / FILES[0]).read_text("utf-8"))["prompts"]
            self._query, self._passage = str(prompts["query"]), str(prompts["document"])
            longest = int(json.loads((folder / FILES[1]).read_text("utf-8"))["model_max_length"])
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / FILES[2]))
            self._tokenizer.enable_truncation(longest)
            self._tokenizer.no_padding()
            self._model = _session(runtime, folder / FILES[3])
            self._cross: Any = _session(runtime, folder / FILES[4]) if cross else None
            self.dimension = int(self._model.get_outputs()[0].shape[2])
        except Exception as error:  # the libraries raise their own, and bare Exception, on broken files
            raise EncoderDamaged(
                f"编码器文件夹 {folder} 已损坏（{short_reason(error)}）。请重新安装 speechqa。"
            ) from error
        self._remembered: OrderedDict[str, Read] = OrderedDict()
        self._pairs: OrderedDict[tuple[bytes, bytes], tuple[Vectors, ...]] = OrderedDict()
        self._lock = Lock()

    def question(self, text: str) -> Read:
        """Return a question as read; the last texts are remembered."""
        return self._known(self._query + text)

    def passage(self, text: str) -> Read:
        """Return a passage as read; the last texts are remembered."""
        return self._known(self._passage + text)

    def of_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        """Return a vector of unit length for each passage, shape (texts, dimension)."""
        result = np.zeros((len(texts), self.dimension), dtype=np.float32)
        with ThreadPoolExecutor(WORKERS) as pool:
            found = pool.map(self.read, [self._passage + text for text in texts])
            rows = importlib.import_module("tqdm").tqdm(
                found, total=len(texts), desc="编码", unit="段", disable=not progress
            )
            for row, read in enumerate(rows):
                result[row] = read.vector
        return result

    def relevance(self, question: str, passages: Sequence[str]) -> tuple[Vectors, Vectors]:
        """Return for each passage the logit that it answers (passages,), and those of why not (passages, whys).

        Each pair is read on its own: what stands beside a passage does not change its numbers.
        """
        asked = self.question(question)
        with ThreadPoolExecutor(WORKERS) as pool:
            found = list(pool.map(lambda text: self._pair(asked, self.passage(text)), passages))
        if not found:
            return np.empty(0, dtype=np.float32), np.empty((0, 0), dtype=np.float32)
        return np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])

    def asked(self, question: str, history: Sequence[str]) -> dict[str, Vectors]:
        """Return what a question asks for in the light of those before it: for each of ASKED its values' chances."""
        _, _, logits = self._pair(self.question(question), self.passage(joined(history)))
        return chances(logits[0])

    def read(self, text: str) -> Read:
        """Return a text, its prompt in front, as read."""
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        last, middle = self._model.run(OUTPUTS, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        vector = normalised(last[0].mean(axis=0, keepdims=True))[0]
        return Read(vector, middle[0].astype(np.float16), ids[0].astype(np.int32))

    def _pair(self, question: Read, passage: Read) -> tuple[Vectors, ...]:
        """Return what is read of a pair; the last ones are remembered: the same is asked again and again."""
        key = (question.pieces.tobytes(), passage.pieces.tobytes())
        with self._lock:
            known = self._pairs.get(key)
        if known is None:
            known = tuple(self._cross.run(["answers", "why", "asked"], pair_inputs(question, passage)))
            with self._lock:
                self._pairs[key] = known
                if len(self._pairs) > PAIRS:
                    self._pairs.popitem(last=False)
        return known

    def _known(self, text: str) -> Read:
        with self._lock:
            known = self._remembered.get(text)
            if known is not None:
                self._remembered.move_to_end(text)
                return known
        read = self.read(text)
        with self._lock:
            self._remembered[text] = read
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return read


class FusedEncoder:
    """The static encoder and the transformer, side by side in one vector: its cosine is the mean of both, weighted.

    Tokens are the static encoder's.
    """

    def __init__(self, static: StaticEncoder, reader: Reader, name: str, share: float = SHARE) -> None:
        """Weigh the transformer's cosine by `share`, the static encoder's by the rest."""
        self.name = name
        self.dimension = static.dimension + reader.dimension
        self.fingerprint = sha256(f"{static.fingerprint} {reader.fingerprint} {share}".encode()).hexdigest()[
            :16
        ]
        self.static, self.reader = static, reader
        self._weights = np.sqrt(np.array([1 - share, share], dtype=np.float32))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a question, shape (texts, dimension)."""
        read = [self.reader.question(text).vector for text in texts]
        return self._joined(texts, np.reshape(read, (len(texts), self.reader.dimension)))

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        """Return one vector a passage, shape (texts, dimension)."""
        return self._joined(texts, self.reader.of_passages(texts, progress))

    def token_ids(self, texts: Sequence[str]) -> list[Ids]:
        """Return each text's tokens."""
        return self.static.token_ids(texts)

    def token_scores(self, text: str, others: Ids) -> Vectors:
        """Return how like each of the other tokens is to each of the text's."""
        return self.static.token_scores(text, others)

    def _joined(self, texts: Sequence[str], read: Vectors) -> Vectors:
        parts = (self.static.encode_passages(texts) * self._weights[0], read * self._weights[1])
        return normalised(np.hstack(parts).astype(np.float32))


def headed(path: Sequence[str], text: str) -> str:
    """Return a passage as it is read beside a question: the outermost and the nearest heading above it in front."""
    above = [path[0][:OUTERMOST]] if len(path) > 1 else []
    return " > ".join([*above, *(heading[:HEADING] for heading in path[-1:]), text])


def chances(logits: Vectors) -> dict[str, Vectors]:
    """Return the chances of the values of each of ASKED from their logits, all in one row, shape (values,)."""
    parts = np.split(logits, np.cumsum([len(names) for names in ASKED.values()])[:-1])
    raised = [np.exp(part - part.max()) for part in parts]
    return {name: part / part.sum() for name, part in zip(ASKED, raised, strict=True)}


def joined(history: Sequence[str]) -> str:
    """Return the questions before as they are read beside a question, newest last."""
    return " ".join(history[-TURNS:])


def in_context(history: Sequence[str], question: str) -> str:
    """Return a question that leans on those before as it is looked for and read beside passages."""
    return " ".join([*history[-1:], question])


def pair_inputs(question: Read, passage: Read) -> dict[str, NDArray[np.float32]]:
    """Return what is read of a pair: the states of both, and which pieces stand in the other text."""
    return {
        "question": question.states[None].astype(np.float32),
        "passage": passage.states[None].astype(np.float32),
        "question_met": np.isin(question.pieces, passage.pieces)[None].astype(np.float32),
        "passage_met": np.isin(passage.pieces, question.pieces)[None].astype(np.float32),
    }


def _session(runtime: Any, file: Path) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
