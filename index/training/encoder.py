"""Train the shipped encoder: `python -m index.training.encoder --data ../shared/training --out index/data/encoder`.

A static model: one learnt vector a token, a text is the mean of its tokens' vectors. In three stages, each
seeded: a Unigram tokenizer whose pieces are jieba's words; word2vec on official text for a start; InfoNCE
(van den Oord et al. 2018) on question–sentence pairs written for this project. About 3 minutes on 2 cores.
Needs the extra `models` and gensim. `--validate` holds a sixth of the documents out and prints recall.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.words import fold, import_jieba

VOCABULARY = 20_000  # tokens: 10.2 MB in float16 at 256 dimensions; the wheel may take 12
CHARACTERS = 5_000  # of them single characters, the fallback for words that are not in it
DIMENSION = 256
LAW_SHARE = 0.25  # of the laws: they are 89 % of the text and one genre only
SCALE = 12.0  # inverse temperature; 20 and 30 lose 10 points among first 5 (../shared/training/README.md)
EPOCHS = (
    2  # over the pairs, each PAIR_REPEATS times; a third loses 2 points of recall@1 on held-out documents
)
PAIR_REPEATS = 6
QA_REPEATS = 2
BATCH = 1024
RATE = 2e-3
SMOOTHING = 1e-3  # of word2vec vectors by frequency: SIF weights (Arora et al. 2017)

_SENTENCE = re.compile(r"(?<=[。！？；\n])")
_RUN = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]+")
_PIECES = r"[a-z0-9]+|[\u4e00-\u9fff]+"

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sources:
    """What is learnt from: plain text, and (question, sentence) pairs of two kinds."""

    texts: list[str]
    pairs: list[tuple[str, str]]
    questions: list[tuple[str, str]]
    held: list[dict[str, Any]]
    sentences: list[str]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of an .jsonl.xz file."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_sources(data: Path, validate: bool, seed: int) -> Sources:
    """Read the training material; with `validate`, pairs of a sixth of the documents are held out."""
    rng = random.Random(seed)
    texts: list[str] = []
    for record in read_lines(data / "official.jsonl.xz"):
        if record["group"] != "laws" or rng.random() < LAW_SHARE:
            texts += _SENTENCE.split(fold(record["text"]))
    written = read_lines(data / "plain_pairs.jsonl.xz")
    documents = sorted({d for p in written for d in p.get("documents") or []})
    random.Random(7).shuffle(documents)
    out = set(documents[: len(documents) // 6])
    held = [p for p in written if out & set(p.get("documents") or [])]
    pairs = [pair for p in written if not validate or p not in held for pair in _pairs_of(p)]
    texts += [text for pair in pairs for text in pair]
    answered = read_lines(data / "cmrc2018_train_trial.jsonl.xz") + read_lines(data / "xquad_zh.jsonl.xz")
    for context in dict.fromkeys(r["context"] for r in answered):
        texts += _SENTENCE.split(fold(context))
    questions = [pair for r in answered if (pair := _question_of(r))]
    texts += [question for question, _ in questions]
    kept = [t for t in texts if len(t) > 3]
    return Sources(
        kept, pairs, questions, held if validate else [], sorted({fold(p["sentence"]) for p in written})
    )


def _pairs_of(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Return everyday wording → sentence; of texts that are not official, wording → plain statement.

    colloquial → plain of official ones is left out: with it, 8 points less among first 5.
    """
    asked = [fold(record["colloquial"]), fold(record["question"])]
    if record["source"] == "news_or_essay":
        return [(question, fold(record["plain"])) for question in asked]
    return [(text, fold(record["sentence"])) for text in [*asked, fold(record["plain"])]]


def _question_of(record: dict[str, Any]) -> tuple[str, str] | None:
    """Return a reading-comprehension question with the sentence that holds its first answer."""
    at = record["context"].find(record["answers"][0])
    start = 0
    for sentence in _SENTENCE.split(record["context"]):
        if start <= at < start + len(sentence):
            return fold(record["question"]), fold(sentence)
        start += len(sentence)
    return None


def train_tokenizer(texts: Iterable[str], size: int = VOCABULARY) -> Any:
    """Return a Unigram tokenizer over jieba's words: the likeliest split by word frequency, as jieba's own.

    Runs of Chinese, and of Latin letters and digits, are split apart first, everything else is dropped:
    so one unknown character never swallows its neighbours, and `*` runs give no token.
    """
    tokenizers = import_module("tokenizers")
    jieba = import_jieba()
    words: Counter[str] = Counter()
    for text in texts:
        for run in _RUN.findall(text):
            words.update([run] if run[0] < "\u4e00" else jieba.cut(run))
    characters: Counter[str] = Counter()
    for word, count in words.items():
        for character in word:
            characters[character] += count
    singles = [c for c, n in characters.most_common() if n >= 2][:CHARACTERS]
    longer = [w for w, n in words.most_common() if 2 <= len(w) <= 8 and n >= 2][: size - len(singles) - 1]
    total = sum(words.values())
    scores = {w: math.log(max(words[w], 0.5) / total) for w in [*singles, *longer]}
    vocabulary = [("[UNK]", -30.0), *sorted(scores.items(), key=lambda item: (-item[1], item[0]))]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.Unigram(vocabulary, unk_id=0, byte_fallback=False))
    split = tokenizers.pre_tokenizers.Split
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            split(tokenizers.Regex(_PIECES), "isolated"),
            split(tokenizers.Regex(r"[^a-z0-9\u4e00-\u9fff]+"), "removed"),
        ]
    )
    return tokenizer


def encode(tokenizer: Any, texts: Sequence[str]) -> list[Ids]:
    """Return each text's token ids, the unknown token (0) left out."""
    return [np.array([i for i in e.ids if i], dtype=np.int64) for e in tokenizer.encode_batch(list(texts))]


def initial_vectors(ids: Sequence[Ids], size: int, seed: int, epochs: int = 8) -> NDArray[np.float32]:
    """Return word2vec vectors (CBOW, Mikolov et al. 2013), unit length times a weight that frequency lowers."""
    model = import_module("gensim.models").Word2Vec(
        [[str(i) for i in row] for row in ids if len(row) > 1],
        vector_size=DIMENSION,
        window=8,
        negative=12,
        min_count=1,
        epochs=epochs,
        workers=1,  # one thread: the same vectors every time
        seed=seed,
    )
    vectors = np.random.default_rng(seed).normal(scale=0.01, size=(size, DIMENSION)).astype(np.float32)
    for token, row in model.wv.key_to_index.items():
        vectors[int(token)] = model.wv.vectors[row]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    counts = np.bincount(np.concatenate(ids), minlength=size)
    vectors *= (SMOOTHING / (SMOOTHING + counts / counts.sum()))[:, None]
    vectors[0] = 0
    return vectors


def contrast(
    vectors: NDArray[np.float32],
    sources: Sequence[tuple[Sequence[Ids], Sequence[Ids], int]],
    seed: int,
    epochs: int = EPOCHS,
) -> NDArray[np.float32]:
    """Return the vectors after InfoNCE in both directions, each batch from one source.

    `sources` are (questions, sentences, repeats) each. SentenceTransformerTrainer does the same at a ninth of the
    speed (558 against 5,000 pairs a second), so this is a plain loop.
    """
    torch: Any = import_module("torch")
    torch.manual_seed(seed)
    rng = random.Random(seed)
    table = torch.nn.EmbeddingBag(*vectors.shape, mode="mean", sparse=True)
    table.weight.data = torch.tensor(vectors)
    optimizer = torch.optim.SparseAdam(table.parameters(), lr=RATE)
    for _ in range(epochs):
        for number, rows in _batches([(len(q), repeats) for q, _, repeats in sources], rng):
            questions, sentences, _ = sources[number]
            kept = [r for r in rows if len(questions[r]) and len(sentences[r])]
            loss = _loss(torch, table, [questions[r] for r in kept], [sentences[r] for r in kept])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    trained: NDArray[np.float32] = table.weight.detach().numpy()
    trained[0] = 0
    return trained


def _batches(sizes: Sequence[tuple[int, int]], rng: random.Random) -> list[tuple[int, list[int]]]:
    batches: list[tuple[int, list[int]]] = []
    for number, (size, repeats) in enumerate(sizes):
        for _ in range(repeats):
            rows = list(range(size))
            rng.shuffle(rows)
            batches += [(number, rows[i : i + BATCH]) for i in range(0, max(size - BATCH // 2, 1), BATCH)]
    rng.shuffle(batches)
    return batches


def _loss(torch: Any, table: Any, questions: Sequence[Ids], sentences: Sequence[Ids]) -> Any:
    """Return the mean of both directions' cross entropy; a sentence that stands twice in a batch is no negative."""
    functional = torch.nn.functional
    scores = SCALE * _mean(torch, table, questions) @ _mean(torch, table, sentences).T
    keys: dict[bytes, int] = {}
    place = torch.tensor([keys.setdefault(s.tobytes(), len(keys)) for s in sentences])
    twice = (place[:, None] == place[None]) & ~torch.eye(len(sentences), dtype=torch.bool)
    scores = scores.masked_fill(twice, -1e4)
    target = torch.arange(len(sentences))
    return (functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target)) / 2


def _mean(torch: Any, table: Any, rows: Sequence[Ids]) -> Any:
    offsets = np.cumsum([0, *(len(r) for r in rows[:-1])])
    flat = torch.from_numpy(np.concatenate(rows))
    return torch.nn.functional.normalize(table(flat, torch.from_numpy(offsets)), dim=1)


def recall(tokenizer: Any, vectors: NDArray[np.float32], sources: Sources) -> dict[str, tuple[float, float]]:
    """Return recall@1 and @10 in percent of each held-out wording among all sentences."""
    places = {s: i for i, s in enumerate(sources.sentences)}
    passages = _encoded(tokenizer, vectors, sources.sentences)
    result = {}
    for kind in ("colloquial", "question", "plain"):
        queries = _encoded(tokenizer, vectors, [fold(p[kind]) for p in sources.held])
        scores = queries @ passages.T
        gold = np.array([places[fold(p["sentence"])] for p in sources.held])
        better = (scores > scores[np.arange(len(gold)), gold][:, None]).sum(axis=1)
        result[kind] = (
            round(100 * float((better < 1).mean()), 1),
            round(100 * float((better < 10).mean()), 1),
        )
    return result


def _encoded(tokenizer: Any, vectors: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
    rows = np.array(
        [vectors[i].mean(axis=0) if len(i) else np.zeros(vectors.shape[1]) for i in encode(tokenizer, texts)]
    )
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def save(folder: Path, tokenizer: Any, vectors: NDArray[np.float32]) -> None:
    """Write a sentence-transformers folder: StaticEmbedding in float16, then Normalize; mode 0644."""
    folder.mkdir(parents=True, exist_ok=True)
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n", "utf-8")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    import_module("safetensors.numpy").save_file(
        {"embedding.weight": vectors.astype(np.float16)}, str(folder / "model.safetensors")
    )
    for file in folder.iterdir():
        file.chmod(0o644)


def train(sources: Sources, seed: int, say: Any = print) -> tuple[Any, NDArray[np.float32]]:
    """Run the three stages and return the tokenizer and the vectors."""
    started = time.perf_counter()

    def note(what: str) -> None:
        say(f"[{time.perf_counter() - started:5.0f} s] {what}")

    note(f"{len(sources.texts)} texts, {len(sources.pairs)} pairs, {len(sources.questions)} questions")
    tokenizer = train_tokenizer(sources.texts)
    ids = encode(tokenizer, sources.texts)
    note(f"tokenizer: {tokenizer.get_vocab_size()} tokens")
    vectors = initial_vectors(ids, tokenizer.get_vocab_size(), seed)
    note("word2vec")
    weighted = [(sources.pairs, PAIR_REPEATS), (sources.questions, QA_REPEATS)]
    encoded = [
        (encode(tokenizer, [q for q, _ in p]), encode(tokenizer, [s for _, s in p]), repeats)
        for p, repeats in weighted
    ]
    vectors = contrast(vectors, encoded, seed)
    note("contrast")
    return tokenizer, vectors


def main() -> None:
    """Train, and write the folder; with --validate print recall on held-out documents instead."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data" / "encoder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validate", action="store_true")
    options = parser.parse_args()
    sources = read_sources(options.data, options.validate, options.seed)
    tokenizer, vectors = train(sources, options.seed)
    if options.validate:
        for kind, (first, tenth) in recall(tokenizer, vectors, sources).items():
            print(f"{kind:11} recall@1 {first:5.1f}  recall@10 {tenth:5.1f}")
        return
    save(options.out, tokenizer, vectors)
    print(f"-> {options.out}")


if __name__ == "__main__":
    main()
