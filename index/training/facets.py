"""Fit the facet model: `python -m index.training.facets --data ../shared/training`.

The labels in facet_labels.json were given by reading ten official documents sentence by sentence;
their text is not kept here, only offsets into it. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from index.facets import FACETS, FacetModel, neighbour_inputs, sentence_features
from index.reading import read_text
from index.sections import parse_sections
from index.sentences import split_sentences
from index.types import Facet, Sentence

HERE = Path(__file__).parent
LETTERS = {
    "a": Facet.ACHIEVEMENT,
    "g": Facet.GOAL,
    "r": Facet.REQUIREMENT,
    "b": Facet.BACKGROUND,
    "o": Facet.OTHER,
}
MIN_DOCUMENTS = (
    2  # documents that must have a word for it to be a cue; with 3, 3 points less on documents left out
)
MIN_SENTENCES = 5
STRENGTH = 0.3  # inverse L2 penalty of the first layer; 0.03 to 0.3 differ by less than a point
SECOND_STRENGTH = 1.0  # the same of the second layer; with 0.1, goals lose 6 points of F1


@dataclass(frozen=True, slots=True)
class Labelled:
    """One document's sentences with their cues and labels."""

    title: str
    sentences: tuple[Sentence, ...]
    rows: list[list[str]]
    labels: list[Facet]


def read_labelled(data: Path) -> list[Labelled]:
    """Join the labels with the documents' text; raises SystemExit where a document is not the labelled one."""
    wanted = json.loads((HERE / "facet_labels.json").read_text("utf-8"))
    texts: dict[str, str] = {}
    with lzma.open(data / "official.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            texts[record["title"]] = record["text"]
    return [_join(entry, texts[entry["title"]]) for entry in wanted]


def _join(entry: dict[str, Any], text: str) -> Labelled:
    document = read_text(text)
    if document.id != entry["document"]:
        raise SystemExit(f"{entry['title']}: another text than the labelled one")
    sections = parse_sections(document.text)
    sentences = split_sentences(document, sections)
    given = [(start, end, LETTERS[letter]) for start, end, letter in entry["labels"]]
    labels = []
    for sentence in sentences:
        overlap: Counter[Facet] = Counter()
        for start, end, label in given:
            overlap[label] += max(0, min(end, sentence.end) - max(start, sentence.start))
        labels.append(overlap.most_common(1)[0][0])
    return Labelled(entry["title"], sentences, sentence_features(document, sections, sentences), labels)


def choose_cues(documents: Sequence[Labelled]) -> list[str]:
    """Return the cues that enough sentences of enough documents have."""
    sentences: Counter[str] = Counter()
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for document in documents:
        for row in document.rows:
            sentences.update(set(row))
            for name in row:
                holders[name].add(document.title)
    return sorted(
        n
        for n, c in sentences.items()
        if c >= MIN_SENTENCES and len(holders[n]) >= min(MIN_DOCUMENTS, len(documents))
    )


def fit(documents: Sequence[Labelled]) -> dict[str, Any]:
    """Return the model's file: both layers, the second fitted on first layers that had not seen its document."""
    cues = choose_cues(documents)
    inputs, targets = [], []
    for held in documents:
        rest = [d for d in documents if d is not held]
        model = _first_layer(rest, cues)
        inputs.append(neighbour_inputs(model.first(held.rows)))
        targets += [FACETS.index(label) for label in held.labels]
    second = _regression(SECOND_STRENGTH, False).fit(np.vstack(inputs), targets)
    first = _layer(_matrix(documents, cues), [label for d in documents for label in d.labels], STRENGTH)
    return {
        "cues": {n: [round(float(w), 3) for w in weights] for n, weights in zip(cues, first[0], strict=True)},
        "bias": [round(float(b), 3) for b in first[1]],
        "second": np.round(_full(second)[0], 4).tolist(),
        "second_bias": np.round(_full(second)[1], 4).tolist(),
    }


def _first_layer(documents: Sequence[Labelled], cues: Sequence[str]) -> FacetModel:
    weights, bias = _layer(
        _matrix(documents, cues), [label for d in documents for label in d.labels], STRENGTH
    )
    size = 3 * len(FACETS)
    return FacetModel(
        dict(zip(cues, weights.tolist(), strict=True)),
        bias.tolist(),
        np.zeros((size, len(FACETS))).tolist(),
        [0.0] * len(FACETS),
    )


def _matrix(documents: Sequence[Labelled], cues: Sequence[str]) -> Any:
    place = {name: i for i, name in enumerate(cues)}
    rows = [row for document in documents for row in document.rows]
    matrix = np.zeros((len(rows), len(cues)))
    for number, row in enumerate(rows):
        for name in row:
            if name in place:
                matrix[number, place[name]] = 1
    return matrix


def _regression(strength: float, balanced: bool) -> Any:
    """Return an unfitted regression; balanced classes keep the first layer from saying 要求 to everything."""
    kind = import_module("sklearn.linear_model").LogisticRegression
    return kind(C=strength, max_iter=3000, class_weight="balanced" if balanced else None)


def _layer(matrix: Any, labels: Sequence[Facet], strength: float) -> tuple[Any, Any]:
    return _full(_regression(strength, True).fit(matrix, [FACETS.index(label) for label in labels]))


def _full(regression: Any) -> tuple[Any, Any]:
    """Return (inputs, facets) weights and (facets,) bias; a facet that no label had gets a low bias."""
    weights = np.zeros((regression.coef_.shape[1], len(FACETS)))
    bias = np.full(len(FACETS), -5.0)
    for row, facet in enumerate(regression.classes_):
        weights[:, facet] = regression.coef_[row]
        bias[facet] = regression.intercept_[row]
    return weights, bias


def leave_one_out(documents: Sequence[Labelled]) -> None:
    """Print the accuracy on each document by a model that has not seen it."""
    total = right = 0
    for held in documents:
        file = fit([d for d in documents if d is not held])
        model = FacetModel(file["cues"], file["bias"], file["second"], file["second_bias"])
        said = model.second(model.first(held.rows)).argmax(axis=1)
        hits = sum(FACETS[int(s)] == label for s, label in zip(said, held.labels, strict=True))
        total, right = total + len(held.labels), right + hits
        print(f"{100 * hits / len(held.labels):5.1f} % of {len(held.labels):4}  {held.title[:40]}")
    print(f"{100 * right / total:5.1f} % of {total} over all, each document left out of the fit")


def main() -> None:
    """Fit on all labels and write the weights file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent / "data" / "facets.json")
    options = parser.parse_args()
    documents = read_labelled(options.data)
    leave_one_out(documents)
    file = fit(documents)
    lines = [f"  {json.dumps(n, ensure_ascii=False)}: {json.dumps(w)}" for n, w in file["cues"].items()]
    rest = {k: v for k, v in file.items() if k != "cues"}
    about = f"one weight each for {', '.join(FACETS)}; fitted by index.training.facets on {sum(len(d.labels) for d in documents)} sentences of {len(documents)} official documents"
    text = (
        json.dumps({"about": about, **rest}, ensure_ascii=False)[:-1]
        + ',\n "cues": {\n'
        + ",\n".join(lines)
        + "\n }}\n"
    )
    options.out.write_text(text, "utf-8")
    print(f"{len(file['cues'])} cues -> {options.out}")


if __name__ == "__main__":
    main()
