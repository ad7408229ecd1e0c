"""Train the shipped encoder: `python -m index.training.encoder --data ../shared/training --out index/data/encoder`.

A static model: one learnt vector a token, a text is the mean of its tokens' vectors. In four stages, each
seeded: a Unigram tokenizer whose pieces are jieba's words; the SVD of positive pointwise mutual information on
official text for a start; InfoNCE (van den Oord et al. 2018) on question–sentence pairs written for this project;
the same once more from the start with the passages of the same document that the first run ranks highest as hard
negatives, four times, whose weights are averaged. About 6 minutes on 2 cores. Needs the extras `models` and
`training`. `--validate` holds a sixth of the documents out and prints recall inside each; `--without-refusal`
leaves out what the confidence model is fitted on, too.
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
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.folding import fold
from index.reading import read_text, read_view
from index.structure.passages import cut_passages
from index.structure.sentences import split_sentences
from index.structure.tree import parse_sections
from index.words import import_jieba

# 9.6 MB in float16; the wheel may take 12. Fewer tokens and more dimensions find more of ordinary questions
# (the table in index/data/encoder/README.md): 20,000 of 256 lose a point of recall@5, 30,000 of 170 four.
VOCABULARY = 12_000
CHARACTERS = 4_000  # of them single characters, the fallback for words that are not in it
DIMENSION = 400
LAW_SHARE = 0.25  # of the laws: they are 89 % of the text and one genre only
SCALE = 12.0  # inverse temperature; 9 loses 7 points of facts, 16 loses a point of colloquial ones
EPOCHS = 2  # over the pairs, each PAIR_REPEATS times; a third loses half a point on held-out documents
PAIR_REPEATS = 6
QA_REPEATS = 2
RUNS = 4  # of the last stage, whose weights are averaged: 0.6 points, and less chance
HARD = 8  # highest passages of the same document to draw one hard negative a pair from
DROPPED = 0.2  # share of the question's tokens left out at random: 1.4 points of recall@1
BATCH = 1024
RATE = 2e-3  # falling linearly to 0: 2.3 points of recall@1 on held-out documents
WINDOW = 5  # tokens to either side that count as beside; 3 and 8 are no better
SMOOTHED = 0.75  # power of the context's frequency (Levy, Goldberg and Dagan 2015)
SMOOTHING = 1e-3  # of the first vectors by frequency: SIF weights (Arora et al. 2017)

WORDINGS = ("colloquial", "question", "plain")

_SENTENCE = re.compile(r"(?<=[。！？；\n])")
_RUN = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]+")
_PIECES = r"[a-z0-9]+|[\u4e00-\u9fff]+"

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sources:
    """What is learnt from: plain text, and (question, sentence) pairs of two kinds.

    `passages` are the folded passages of the pairs' documents by title; `homes` the titles of the document
    of each pair ("" where it has none); `held` the records kept for validation.
    """

    texts: list[str]
    pairs: list[tuple[str, str]]
    homes: list[str]
    questions: list[tuple[str, str]]
    held: list[dict[str, Any]]
    passages: dict[str, list[str]]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of an .jsonl.xz file."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_sources(data: Path, validate: bool, without_refusal: bool, seed: int) -> Sources:
    """Read the training material; with `validate`, pairs of a sixth of the documents are held out."""
    rng = random.Random(seed)
    official = read_lines(data / "official.jsonl.xz")
    texts: list[str] = []
    for record in official:
        if record["group"] != "laws" or rng.random() < LAW_SHARE:
            texts += _SENTENCE.split(fold(record["text"]))
    written = read_lines(data / "plain_pairs.jsonl.xz")
    held = held_out(written) if validate else []
    out = {id(p) for p in held}
    if without_refusal:
        asked = "\n".join(r["text"] for r in read_lines(data / "refusal.jsonl.xz") if "text" in r)
        out |= {id(p) for p in written if p["sentence"] in asked}
    used = [p for p in written if id(p) not in out]
    pairs = [pair for p in used for pair in _pairs_of(p)]
    homes = [(p.get("documents") or [""])[0] for p in used for _ in _pairs_of(p)]
    texts += [text for pair in pairs for text in pair]
    answered = read_lines(data / "cmrc2018_train_trial.jsonl.xz") + read_lines(data / "xquad_zh.jsonl.xz")
    for context in dict.fromkeys(r["context"] for r in answered):
        texts += _SENTENCE.split(fold(context))
    questions = [pair for r in answered if (pair := _question_of(r))]
    texts += [question for question, _ in questions]
    titles = {d for p in written for d in p.get("documents") or []}
    passages = {r["title"]: _passages(r["text"]) for r in official if r["title"] in titles}
    return Sources([t for t in texts if len(t) > 3], pairs, homes, questions, held, passages)


def held_out(written: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records of a sixth of the documents, always the same ones."""
    documents = sorted({d for p in written for d in p.get("documents") or []})
    random.Random(7).shuffle(documents)
    out = set(documents[: len(documents) // 6])
    return [p for p in written if out & set(p.get("documents") or [])]


def _passages(text: str) -> list[str]:
    """Return a document's passages, folded, as the index has them."""
    document = read_text(text)
    view = read_view(document.text)
    sentences = split_sentences(view, parse_sections(view))
    return [fold(document.text[p.start : p.end]) for p in cut_passages(document, sentences)]


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


def cooccurrences(ids: Sequence[Ids], size: int, window: int = WINDOW) -> Any:
    """Return how often two tokens of one text stand at most `window` apart: sparse, symmetric, size × size."""
    sparse = import_module("scipy.sparse")
    flat = np.concatenate(ids)
    row = np.repeat(np.arange(len(ids)), [len(r) for r in ids])
    counts = sparse.csr_matrix((size, size), dtype=np.float32)
    for distance in range(1, window + 1):
        same = row[distance:] == row[:-distance]
        pair = (flat[:-distance][same], flat[distance:][same])
        counts += sparse.csr_matrix((np.ones(same.sum(), dtype=np.float32), pair), shape=(size, size))
    return counts + counts.T


def initial_vectors(ids: Sequence[Ids], size: int, seed: int) -> NDArray[np.float32]:
    """Return vectors from the SVD of positive pointwise mutual information, times a weight that frequency lowers.

    Levy, Goldberg and Dagan 2015: contexts smoothed by 0.75, singular values to the power of a half; each
    vector is of unit length before the weight. A token that stands beside none gets a small random one.
    """
    counts = cooccurrences(ids, size).tocoo()
    own = np.asarray(counts.sum(axis=1)).ravel()
    context = own**SMOOTHED
    context /= context.sum()
    with np.errstate(divide="ignore"):
        information = np.log(counts.data / (own[counts.row] * context[counts.col]))
    positive = import_module("scipy.sparse").csr_matrix(
        (np.maximum(information, 0).astype(np.float32), (counts.row, counts.col)), shape=(size, size)
    )
    positive.eliminate_zeros()
    dimension = min(DIMENSION, size)
    left, values, _ = import_module("sklearn.utils.extmath").randomized_svd(
        positive, dimension, random_state=seed
    )
    vectors = np.random.default_rng(seed).normal(scale=0.01, size=(size, DIMENSION)).astype(np.float32)
    seen = np.asarray(positive.sum(axis=1)).ravel() > 0
    vectors[seen, :dimension] = (left * np.sqrt(values))[seen]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    frequency = np.bincount(np.concatenate(ids), minlength=size)
    vectors *= (SMOOTHING / (SMOOTHING + frequency / frequency.sum()))[:, None]
    vectors[0] = 0
    return vectors.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Questions and the sentences that answer them, as token ids, each pair used `repeats` times an epoch.

    `hard` holds for each pair the ids of passages that look like its answer and are none; empty: no negatives.
    """

    questions: Sequence[Ids]
    sentences: Sequence[Ids]
    repeats: int
    hard: Sequence[Sequence[Ids]] = ()


def contrast(
    vectors: NDArray[np.float32], sources: Sequence[Pairs], seed: int, epochs: int = EPOCHS
) -> NDArray[np.float32]:
    """Return the vectors after InfoNCE in both directions, each batch from one source.

    SentenceTransformerTrainer does the same at a ninth of the speed (558 against 5,000 pairs a second), so
    this is a plain loop.
    """
    torch: Any = import_module("torch")
    torch.manual_seed(seed)
    rng = random.Random(seed)
    table = torch.nn.EmbeddingBag(*vectors.shape, mode="mean", sparse=True)
    table.weight.data = torch.tensor(vectors)
    optimizer = torch.optim.SparseAdam(table.parameters(), lr=RATE)
    steps = [
        b for _ in range(epochs) for b in _batches([(len(p.questions), p.repeats) for p in sources], rng)
    ]
    for step, (number, rows) in enumerate(steps):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / len(steps))
        loss = _loss(torch, table, sources[number], rows, rng)
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


def _loss(torch: Any, table: Any, pairs: Pairs, rows: Sequence[int], rng: random.Random) -> Any:
    """Return the mean of both directions' cross entropy; a sentence that stands twice in a batch is no negative."""
    kept = [r for r in rows if len(pairs.questions[r]) and len(pairs.sentences[r])]
    questions = [_thinned(pairs.questions[r], rng) for r in kept]
    sentences = [pairs.sentences[r] for r in kept]
    hard = [rng.choice(pairs.hard[r]) for r in kept if pairs.hard and pairs.hard[r]]
    functional = torch.nn.functional
    scores = SCALE * _mean(torch, table, questions) @ _mean(torch, table, [*sentences, *hard]).T
    keys: dict[bytes, int] = {}
    place = torch.tensor([keys.setdefault(s.tobytes(), len(keys)) for s in [*sentences, *hard]])
    twice = place[: len(kept), None] == place[None]
    twice.fill_diagonal_(False)
    scores = scores.masked_fill(twice, -1e4)
    target = torch.arange(len(kept))
    both = (
        functional.cross_entropy(scores, target),
        functional.cross_entropy(scores[:, : len(kept)].T, target),
    )
    return sum(both) / 2


def _thinned(ids: Ids, rng: random.Random) -> Ids:
    """Leave out a share of a question's tokens, never all of them."""
    kept = [i for i in ids if rng.random() >= DROPPED] if len(ids) > 2 else []
    return np.array(kept, dtype=np.int64) if kept else ids


def _mean(torch: Any, table: Any, rows: Sequence[Ids]) -> Any:
    offsets = np.cumsum([0, *(len(r) for r in rows[:-1])])
    flat = torch.from_numpy(np.concatenate(rows))
    return torch.nn.functional.normalize(table(flat, torch.from_numpy(offsets)), dim=1)


def mine(tokenizer: Any, vectors: NDArray[np.float32], sources: Sources) -> list[list[Ids]]:
    """Return for each pair the ids of the passages of its document that rank highest and do not answer it."""
    questions = _encoded(tokenizer, vectors, [q for q, _ in sources.pairs])
    ids = {title: encode(tokenizer, passages) for title, passages in sources.passages.items()}
    encoded = {title: _encoded(tokenizer, vectors, passages) for title, passages in sources.passages.items()}
    hard: list[list[Ids]] = []
    for question, home, (_, sentence) in zip(questions, sources.homes, sources.pairs, strict=True):
        if home not in encoded:
            hard.append([])
            continue
        order = np.argsort(-(encoded[home] @ question))[: HARD + 4]
        wrong = [i for i in order if not answers(sources.passages[home][i], sentence)]
        hard.append([ids[home][i] for i in wrong[:HARD] if len(ids[home][i])])
    return hard


def answers(passage: str, sentence: str) -> bool:
    """Tell whether a passage is the sentence, or a part of it, or holds it."""
    return passage.strip() in sentence or sentence.strip() in passage


def recall(tokenizer: Any, vectors: NDArray[np.float32], sources: Sources) -> dict[str, tuple[float, float]]:
    """Return recall@1 and @5 in percent of each held-out wording among the passages of its own document."""
    result = {}
    for kind in WORDINGS:
        places = []
        for title, passages in sources.passages.items():
            asked = [p for p in sources.held if (p.get("documents") or [""])[0] == title]
            found = [[answers(text, fold(p["sentence"])) for text in passages] for p in asked]
            rows = [r for r, f in enumerate(found) if any(f)]
            if not rows:
                continue
            queries = _encoded(tokenizer, vectors, [fold(asked[r][kind]) for r in rows])
            scores = queries @ _encoded(tokenizer, vectors, passages).T
            for own, row in zip(scores, rows, strict=True):
                places.append(int((own > own[np.array(found[row])].max()).sum()))
        result[kind] = _within(np.array(places), 5)
    return result


def recall_among_all(
    tokenizer: Any, vectors: NDArray[np.float32], held: Sequence[dict[str, Any]]
) -> dict[str, tuple[float, float]]:
    """Return recall@1 and @10 in percent of each held-out wording among the sentences of all held-out records."""
    sentences = list(dict.fromkeys(fold(p["sentence"]) for p in held))
    place = {sentence: row for row, sentence in enumerate(sentences)}
    own = np.array([place[fold(p["sentence"])] for p in held])
    encoded = _encoded(tokenizer, vectors, sentences)
    result = {}
    for kind in WORDINGS:
        scores = _encoded(tokenizer, vectors, [fold(p[kind]) for p in held]) @ encoded.T
        right = scores[np.arange(len(held)), own]
        result[kind] = _within((scores > right[:, None]).sum(axis=1), 10)
    return result


def _within(places: NDArray[np.int64], many: int) -> tuple[float, float]:
    """Return the percentages of places that are the first, and among the first `many`."""
    first, further = (round(100 * float((places < n).mean()), 1) for n in (1, many))
    return first, further


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
    """Run the four stages and return the tokenizer and the vectors."""
    started = time.perf_counter()

    def note(what: str) -> None:
        say(f"[{time.perf_counter() - started:5.0f} s] {what}")

    note(f"{len(sources.texts)} texts, {len(sources.pairs)} pairs, {len(sources.questions)} questions")
    tokenizer = train_tokenizer(sources.texts)
    ids = encode(tokenizer, sources.texts)
    note(f"tokenizer: {tokenizer.get_vocab_size()} tokens")
    vectors = initial_vectors(ids, tokenizer.get_vocab_size(), seed)
    note("first vectors")
    asked = [
        Pairs(encode(tokenizer, [q for q, _ in p]), encode(tokenizer, [s for _, s in p]), repeats)
        for p, repeats in ((sources.pairs, PAIR_REPEATS), (sources.questions, QA_REPEATS))
    ]
    first = contrast(vectors.copy(), asked, seed)
    note("contrast")
    hard = mine(tokenizer, first, sources)
    note("hard negatives")
    final = [replace(asked[0], hard=hard), asked[1]]
    runs = [contrast(vectors.copy(), final, seed + run) for run in range(RUNS)]
    note("contrast with hard negatives")
    return tokenizer, np.mean(runs, axis=0).astype(np.float32)


def main() -> None:
    """Train and write the folder; with --validate print recall on held-out documents instead, with --without-refusal both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data" / "encoder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--without-refusal", action="store_true")
    options = parser.parse_args()
    validate = options.validate or options.without_refusal
    sources = read_sources(options.data, validate, options.without_refusal, options.seed)
    tokenizer, vectors = train(sources, options.seed)
    if validate:
        everywhere = recall_among_all(tokenizer, vectors, sources.held)
        for kind, (first, fifth) in recall(tokenizer, vectors, sources).items():
            print(f"{kind:11} in its document: recall@1 {first:5.1f}  @5 {fifth:5.1f}", end="; ")
            print("among all sentences: recall@1 {:5.1f}  @10 {:5.1f}".format(*everywhere[kind]))
    if options.validate:
        return
    save(options.out, tokenizer, vectors)
    print(f"-> {options.out}")


if __name__ == "__main__":
    main()
