"""Fit the facet model: `python -m index.training.facets --data ../shared/training`.

The labels in facet_labels.json were given by reading official documents sentence by sentence, each in
its context; of some only the parts with goals, problems, thanks or procedure. Their text is not kept
here, only offsets into it. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.cues import sentence_cues
from index.facets import FACETS, FacetModel, neighbour_inputs
from index.reading import read_text, read_view
from index.structure.sentences import split_sentences
from index.structure.tree import parse_sections
from index.types import Document, Section, Sentence

HERE = Path(__file__).parent
LETTERS = {"a": 0, "g": 1, "r": 2, "b": 3, "o": 4}  # places in FACETS
UNLABELLED = -1
AS_IT_STANDS = "as it stands"
MIN_DOCUMENTS = 2  # documents that must have a cue; with 3, and 8 sentences, 0.5 points less on others
MIN_SENTENCES = 12  # counted in every view; with 5, twice the cues and 0.1 points more
STRENGTH = 0.3  # inverse L2 penalty of the first layer; 0.1 to 0.3 differ by less than 0.3 points
SECOND_STRENGTH = 1.0  # the same of the second layer

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One view of one document: its sentences' cues and the places in FACETS of their labels.

    A sentence without a label has UNLABELLED. A document is fitted in three views, so that neither its
    headings nor its line breaks are relied on alone: 1.1 points more on other documents, 6 where their
    line breaks are lost.
    """

    title: str
    view: str
    rows: list[list[str]]
    labels: Integers

    @property
    def known(self) -> NDArray[np.bool_]:
        """Return which sentences have a label."""
        return np.asarray(self.labels != UNLABELLED)

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells this view from all others."""
        return self.title, self.view


Unseen = Mapping[
    tuple[str, str], Floats
]  # by Labelled.key: probabilities by a model fitted on other documents


def read_labelled(data: Path) -> list[Labelled]:
    """Join the labels with the documents' text; raises SystemExit where a document is not the labelled one."""
    wanted = json.loads((HERE / "facet_labels.json").read_text("utf-8"))
    texts: dict[str, str] = {}
    with lzma.open(data / "official.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            texts[record["title"]] = record["text"]
    return [view for entry in wanted for view in _views(entry, texts[entry["title"]])]


def _views(entry: Mapping[str, Any], text: str) -> Iterator[Labelled]:
    """Yield the document as it stands, without its sections, and (where it has lines) without line breaks."""
    document = read_text(text)
    if document.id != entry["document"]:
        raise SystemExit(f"{entry['title']}: another text than the labelled one")
    view = read_view(document.text)
    sections = parse_sections(view)
    sentences = split_sentences(view, sections)
    yield _labelled(entry, AS_IT_STANDS, document, sections, sentences)
    apart = tuple(replace(s, section=None) for s in sentences)
    yield _labelled(entry, "sections lost", document, (), apart)
    if document.has_lines:
        joined = replace(document, text=document.text.replace("\n", " "), has_lines=False)
        view = read_view(joined.text)
        sections = parse_sections(view)
        yield _labelled(entry, "line breaks lost", joined, sections, split_sentences(view, sections))


def _labelled(
    entry: Mapping[str, Any],
    view: str,
    document: Document,
    sections: Sequence[Section],
    sentences: Sequence[Sentence],
) -> Labelled:
    labels = []
    for sentence in sentences:
        overlap: Counter[int] = Counter({UNLABELLED: 0})
        for start, end, letter in entry["labels"]:
            overlap[LETTERS[letter]] += max(0, min(end, sentence.end) - max(start, sentence.start))
        labels.append(overlap.most_common(1)[0][0])
    return Labelled(entry["title"], view, sentence_cues(document, sections, sentences), np.array(labels))


def choose_cues(documents: Sequence[Labelled]) -> list[str]:
    """Return the cues that enough labelled sentences of enough documents have."""
    sentences: Counter[str] = Counter()
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for document in documents:
        for row, known in zip(document.rows, document.known, strict=True):
            for name in set(row) if known else ():
                sentences[name] += 1
                holders[name].add(document.title)
    return sorted(n for n, c in sentences.items() if c >= MIN_SENTENCES and len(holders[n]) >= MIN_DOCUMENTS)


def fit_first(documents: Sequence[Labelled]) -> FacetModel:
    """Return a model whose first layer is fitted on `documents`; classes weigh the same, however rare."""
    cues = choose_cues(documents)
    place = {name: i for i, name in enumerate(cues)}
    rows = [row for d in documents for row, known in zip(d.rows, d.known, strict=True) if known]
    pairs = [(i, place[name]) for i, row in enumerate(rows) for name in set(row) if name in place]
    cells = (np.ones(len(pairs)), tuple(np.array(pairs).T))
    matrix = import_module("scipy.sparse").csr_matrix(cells, shape=(len(rows), len(cues)))
    weights, bias = _regression(matrix, _labels(documents), STRENGTH, "balanced")
    size = 3 * len(FACETS)
    nothing = [[0.0] * len(FACETS)] * size
    return FacetModel(
        dict(zip(cues, np.round(weights, 3).tolist(), strict=True)),
        np.round(bias, 3).tolist(),
        nothing,
        [0.0] * len(FACETS),
    )


def fit_second(documents: Sequence[Labelled], unseen: Unseen) -> tuple[Floats, Floats]:
    """Return the second layer's weights and bias, fitted on probabilities by models that had not seen the document."""
    inputs = np.vstack([neighbour_inputs(unseen[d.key])[d.known] for d in documents])
    return _regression(inputs, _labels(documents), SECOND_STRENGTH, None)


def _labels(documents: Sequence[Labelled]) -> Integers:
    return np.concatenate([d.labels[d.known] for d in documents])


def _regression(
    matrix: Any, labels: Integers, strength: float, class_weight: str | None
) -> tuple[Floats, Floats]:
    """Return (inputs, facets) weights and (facets,) bias of a multinomial logistic regression."""
    kind = import_module("sklearn.linear_model").LogisticRegression
    fitted = kind(C=strength, max_iter=3000, class_weight=class_weight).fit(matrix, labels)
    return np.asarray(fitted.coef_).T, np.asarray(fitted.intercept_)


def leave_one_out(documents: Sequence[Labelled], unseen: Unseen) -> tuple[list[str], list[str]]:
    """Return lines with the accuracy on each document and over all, by models that have not seen it."""
    lines: list[str] = []
    results: defaultdict[str, list[tuple[Floats, Integers]]] = defaultdict(list)
    for held in documents:
        weights, bias = fit_second([d for d in documents if d.title != held.title], unseen)
        final = FacetModel({}, [0.0], weights.tolist(), bias.tolist()).second(unseen[held.key])[held.known]
        labels = held.labels[held.known]
        results[held.view].append((final, labels))
        if held.view == AS_IT_STANDS:
            right = 100 * (final.argmax(axis=1) == labels).mean()
            lines.append(f"{right:5.1f} % of {len(labels):4}  {held.title[:40]}")
    figures = []
    for view, parts in results.items():
        final, true = np.vstack([p for p, _ in parts]), np.concatenate([t for _, t in parts])
        figures.append(
            f"{100 * (final.argmax(axis=1) == true).mean():.1f} % of {len(true)} sentences, {view}"
        )
        if view == AS_IT_STANDS:
            figures += _figures(final.argmax(axis=1), final.max(axis=1), true)
    return lines, figures


def _figures(said: Integers, sure: Floats, true: Integers) -> list[str]:
    lines: list[str] = []
    for place, facet in enumerate(FACETS):
        both = ((said == place) & (true == place)).sum()
        f1 = 2 * both / ((said == place).sum() + (true == place).sum())
        lines.append(f"{100 * f1:5.1f} F1 {facet}, {(true == place).sum()} sentences")
    for low in (0.2, 0.5, 0.7, 0.9):
        band = (sure >= low) & (sure < {0.2: 0.5, 0.5: 0.7, 0.7: 0.9, 0.9: 1.1}[low])
        right = 100 * (said == true)[band].mean()
        lines.append(f"{right:5.1f} % right of {band.sum()} given {100 * sure[band].mean():.1f} % on average")
    return lines


def render(first: FacetModel, second: tuple[Floats, Floats], card: Mapping[str, Any]) -> str:
    """Return the text of the weights file: the card, the second layer, then one line a cue."""
    lines = [
        f"  {json.dumps(n, ensure_ascii=False)}: {json.dumps(w.tolist())}" for n, w in first.cues.items()
    ]
    rest = {
        "card": card,
        "bias": first.bias.tolist(),
        "second": np.round(second[0], 4).tolist(),
        "second_bias": np.round(second[1], 4).tolist(),
    }
    head = json.dumps(rest, ensure_ascii=False, indent=1)[:-2]
    return head + ',\n "cues": {\n' + ",\n".join(lines) + "\n }\n}\n"


def main() -> None:
    """Fit on all labels, print the figures and write the weights file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent / "data" / "facets.json")
    options = parser.parse_args()
    documents = read_labelled(options.data)
    unseen: dict[tuple[str, str], Floats] = {}
    for title in dict.fromkeys(d.title for d in documents):
        model = fit_first([d for d in documents if d.title != title])
        unseen |= {d.key: model.first(d.rows) for d in documents if d.title == title}
    lines, figures = leave_one_out(documents, unseen)
    print("\n".join(lines + figures))
    first = fit_first(documents)
    plain = [d for d in documents if d.view == AS_IT_STANDS]
    card = {
        "what": f"weights of index/facets.py, one a facet ({', '.join(FACETS)}) for each cue",
        "how": "multinomial logistic regression twice (index/training/facets.py); the second layer sees neighbours",
        "data": f"{len(_labels(plain))} sentences of {len(plain)} official documents, each labelled by one reader",
        "licence": "MIT; the documents are official ones, outside copyright (PRC Copyright Law, Article 5)",
        "on documents left out of the fit": figures,
        "limits": "goals are few in the labels; drafting notes and rules for assessments are labelled worst",
    }
    options.out.write_text(render(first, fit_second(documents, unseen), card), "utf-8")
    print(f"{len(first.cues)} cues -> {options.out}")


if __name__ == "__main__":
    main()
