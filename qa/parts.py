"""Questions about how a document is built and what it lists, answered from its groups and units.

Every group of items and every unit is a candidate. What the question says of places (第三部分第二点, 后两条) rules
out those that have none such; of the others the one is taken that the ranking of passages, the static vectors and the
reader of pairs together find likest.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from index import (
    Encoder,
    Group,
    IndexedDocument,
    Item,
    describe,
    fast_of,
    fold,
    groups_of,
    main_unit,
    words,
)
from qa.asking import whole_chance
from qa.deadline import check
from qa.grammar import Where
from qa.reranking import LARGEST, Candidate, Reranker
from qa.types import Choice, Place, Query

READ = 8  # of the likeliest groups that are read
LOOKED = 200  # members of a group whose headings are looked through
LIKEST = 10  # passages that are counted inside a group
MARKED = ("章", "节", "条", "编", "篇")  # nouns that stand in the markers of units: 第五条


def choose(
    query: Query,
    one: IndexedDocument,
    passages: NDArray[np.float64],
    encoder: Encoder,
    reranker: Reranker | None,
) -> Choice | None:
    """Return the group that a question means; None where the document has none such.

    `passages` holds each passage's fused relevance, shape (passages,).
    """
    where = query.where
    one_place = len(where.ordinals) == 1 or bool(where.mark)
    inside = query.wants == "count" or (query.wants == "parts" and one_place)
    inside = inside and not where.title
    choices = list(query.choices)
    if not choices and inside and (where.ordinals or where.mark):
        choices = parts_of(where, one, groups_of(one))
    choices = choices or choices_of(where, one, groups_of(one))
    if not choices:
        return None
    choices = _marked_so(where, one, _inside_place(query.place, choices))
    inputs = features(query, one, choices, passages, encoder)
    unread, read = load_weights()
    order = [int(n) for n in np.argsort(-(inputs @ unread), kind="stable")[:READ]]
    check()
    if reranker is None or not reranker.judges:
        return choices[order[0]]
    logits = read_groups(query, one, [choices[n] for n in order], reranker)
    best = int(np.argmax(inputs[order] @ read[:-1] + logits * read[-1]))
    whole = float(inputs[order[best], FEATURES.index("whole")])
    return replace(choices[order[best]], chance=max(whole, float(1 / (1 + np.exp(-logits[best])))))


def _inside_place(place: Place | None, choices: list[Choice]) -> list[Choice]:
    """Return the groups that lie in the place that was named by its subject, where any do, else all."""
    if place is None:
        return choices
    inside = [
        c for c in choices if place.start <= c.group.items[0].start and c.group.items[-1].end <= place.end
    ]
    return inside or choices


def _marked_so(where: Where, one: IndexedDocument, choices: list[Choice]) -> list[Choice]:
    """Return of choices what is numbered as the question says, where anything is, else what is a unit at all: 第五条."""
    noun = where.nouns[-1] if where.nouns else where.of
    if noun not in MARKED:
        return choices
    marked = [c for c in choices if any(noun in _marker(one, i) for i in c.items)]
    return marked or [c for c in choices if all(i.unit is not None for i in c.items)] or choices


def read_groups(
    query: Query, one: IndexedDocument, choices: Sequence[Choice], reranker: Reranker
) -> NDArray[np.float64]:
    """Return the logit of each group, shape (choices,)."""
    candidates = [Candidate(describe(one, choice.group)) for choice in choices]
    return np.clip(
        reranker.score(query.read or query.standalone, (), candidates).astype(np.float64), -LARGEST, LARGEST
    )


@functools.cache
def load_weights() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights of FEATURES before any group is read, and with the logit of what was read behind them."""
    found = json.loads((resources.files("qa") / "data" / "parts.json").read_text("utf-8"))
    return tuple(np.array(list(found[name].values()), dtype=np.float64) for name in ("unread", "read"))  # type: ignore[return-value]


def choices_of(where: Where, one: IndexedDocument, groups: Sequence[Group]) -> list[Choice]:
    """Return the groups that have what `where` names, and the items that it means."""
    found = []
    for group in groups:
        check()
        if where.mark:
            marked = tuple(i for i in group.items if _is_marked(one, i, where.mark))
            found += [Choice(group, marked)] if len(marked) == 1 else []
            continue
        ordinals = tuple(item.ordinal for item in group.items)
        chosen = where.chosen(len(group.items), ordinals)
        above = where.ordinals[:-1] if not (where.first or where.last or where.range) else where.ordinals
        if chosen and _lies_in(one, group, above):
            found.append(Choice(group, tuple(group.items[n] for n in chosen)))
    return found


def parts_of(where: Where, one: IndexedDocument, groups: Sequence[Group]) -> list[Choice]:
    """Return the groups right below the unit that `where` names: 第三部分下面分几条."""
    units = {c.items[0].unit for c in choices_of(where, one, groups) if len(c.items) == 1}
    return [Choice(g, g.items) for g in groups if g.unit is not None and g.unit in units]


def main_part(where: Where, one: IndexedDocument) -> int | None:
    """Return the part of the document that `where` names last, the outermost that may be meant; None where none is."""
    if not where.main or not where.ordinals:
        return None
    found = [c.items[0].unit for c in choices_of(where, one, groups_of(one)) if len(c.items) == 1]
    units = [unit for unit in found if unit is not None]
    return min(units, key=lambda unit: (one.sections[unit].level, unit), default=None)


def unit_named(where: Where, one: IndexedDocument) -> int | None:
    """Return the unit that is named by numbers (第三章第五条) or by its mark; None where none is, or several may be meant."""
    if not where.ordinals and not where.mark:
        return None
    found = _marked_so(where, one, choices_of(where, one, groups_of(one)))
    units = {c.items[0].unit for c in found if len(c.items) == 1}
    return units.pop() if len(units) == 1 else None


def _lies_in(one: IndexedDocument, group: Group, ordinals: Sequence[int]) -> bool:
    """Tell whether the units above a group have these ordinals, in order, others between them allowed."""
    path = list(one.path_of(group.unit))
    for number in ordinals:
        while path and not _is_number(one, path[0], number):
            path.pop(0)
        if not path:
            return False
        path.pop(0)
    return True


def _is_number(one: IndexedDocument, unit: int, number: int) -> bool:
    section = one.sections[unit]
    siblings = one.children_of(section.parent)
    if number < 0:
        return siblings[number] == unit if -number <= len(siblings) else False
    if section.ordinal is not None:
        return section.ordinal == number
    return siblings.index(unit) == number - 1


def features(
    query: Query,
    one: IndexedDocument,
    choices: Sequence[Choice],
    passages: NDArray[np.float64],
    encoder: Encoder,
) -> NDArray[np.float64]:
    """Return FEATURES of each choice, shape (choices, features), each 0 to 1 or nearly so."""
    topic = fold(query.topic)
    text = one.folded
    asked = {w for w in words(topic) if w in text}
    size = max(1, sum(map(len, asked)))
    fast = fast_of(encoder)
    described = [fold(describe(one, c.group)) for c in choices]
    meaning = fast.encode_passages(described) @ fast.encode_queries([topic or fold(query.standalone)])[0]
    starts = np.array([p.start for p in one.passages])
    likest = np.sort(np.argsort(-passages, kind="stable")[:LIKEST])
    best = max(float(passages.max(initial=0.0)), 1e-6)
    main = main_unit(one)
    whole = 0.0 if query.before else whole_chance(query.asked or query.standalone, encoder)
    where = query.where
    stated = where.range[0] if where.range else where.ordinals[-1] if where.ordinals else 0
    noun = where.nouns[-1] if where.nouns else where.of
    rows = []
    for choice, cosine in zip(choices, meaning, strict=True):
        check()
        group = choice.group
        first, after = np.searchsorted(starts, [group.items[0].start, group.items[-1].end])
        inside = passages[first : max(after, first + 1)]
        above = " ".join(
            text[one.sections[s].start : one.sections[s].title_end] for s in one.path_of(group.unit)
        )
        said = text[group.announced[0] : group.announced[1]] if group.announced else ""
        leads = " ".join(text[i.start : i.lead_end] for i in group.items[:LOOKED])
        own = above.rsplit(" ", 1)[-1] if group.unit is not None else ""
        rows.append(
            [
                float(cosine),
                sum(len(w) for w in asked if w in above or w in said) / size,
                sum(len(w) for w in asked if w in own or w in said) / size,
                sum(len(w) for w in asked if w in leads) / size,
                _best_inside(inside) / best,
                float(((likest >= first) & (likest < after)).sum()) / LIKEST
                - (after - first) / len(passages),
                len(one.path_of(group.unit)) / 4,
                float(group.unit == main),
                sum(i.ordinal is not None for i in group.items) / len(group.items),
                float(bool(noun) and any(noun in _marker(one, i) for i in choice.items)),
                float(bool({len(group.items), group.stated} & set(query.where.counts))),
                float(group.announced is not None),
                sum(i.unit is not None for i in group.items) / len(group.items),
                whole * _is_main(one, group, main, noun),
                float(bool(stated) and choice.items[0].ordinal == stated),
            ]
        )
    return np.array(rows)


def _best_inside(passages: NDArray[np.float64]) -> float:
    """Return the mean of the best three of a group's passages; -inf where all lie outside the part that was named."""
    looked_for = passages[np.isfinite(passages)]
    if not len(passages):
        return 0.0
    return float(np.sort(looked_for)[-3:].mean()) if len(looked_for) else -np.inf


FEATURES = (
    "meaning", "words above", "words right above", "words in members", "best passages", "passages inside", "depth", "main parts",
    "numbered", "noun", "count", "announced", "units", "whole", "stated",
)  # fmt: skip


def _is_marked(one: IndexedDocument, item: Item, mark: str) -> bool:
    text = one.document.text
    behind = text[item.start + len(mark) : item.start + len(mark) + 1]
    return text.startswith(mark, item.start) and not (behind.isdigit() or behind == ".")


def _is_main(one: IndexedDocument, group: Group, main: int | None, noun: str) -> bool:
    """Tell whether a group is the document's parts; what is numbered on from part to part only where its noun is said."""
    first = group.items[0].unit
    if first is None or group.unit != main:
        return False
    return one.sections[first].parent == main or (bool(noun) and noun in one.sections[first].marker)


def _marker(one: IndexedDocument, item: Item) -> str:
    return one.sections[item.unit].marker if item.unit is not None else ""
