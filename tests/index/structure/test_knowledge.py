"""What stands under what, beside the gold made by hand, and its invariants."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Document, IndexedDocument, index_document, read_text
from tests.knowledge_gold import Score, documents, score, total

# (precision, recall) in percent that each type keeps over the documents that are here.
LEAST = {
    "members": (90, 90),
    "enumerations": (85, 85),
    "announced": (85, 85),
    "stated": (85, 85),
    "definitions": (90, 90),
    "terms": (95, 95),
    "quantities": (95, 95),
    "value": (98, 98),
    "measured": (88, 88),
    "dates": (95, 95),
    "date value": (90, 90),
    "persons": (95, 95),
    "office": (90, 90),
}


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    found = [(gold, d.text, index_document(d).knowledge) for gold, d in documents()]
    assert len(found) >= 3
    return total([score(*one) for one in found])


@pytest.mark.parametrize("kind", LEAST)
def test_precision_and_recall_beside_the_gold(scores: dict[str, Score], kind: str) -> None:
    right, wanted, found = scores[kind]
    precision, recall = LEAST[kind]
    assert 100 * right >= precision * found
    assert 100 * right >= recall * wanted


def spans(one: Any) -> Iterator[tuple[int, int]]:
    """Yield every span of a find."""
    if hasattr(one, "start"):
        yield one.start, one.end
    for field in fields(one):
        yield from _spans_in(getattr(one, field.name))


def _spans_in(value: Any) -> Iterator[tuple[int, int]]:
    if hasattr(value, "__dataclass_fields__"):
        yield from spans(value)
    elif isinstance(value, tuple) and len(value) == 2 and all(type(x) is int for x in value):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _spans_in(item)


def check(indexed: IndexedDocument) -> None:
    size = len(indexed.document.text)
    known = indexed.knowledge
    for kind in fields(known):
        for one in getattr(known, kind.name):
            may_be_empty = kind.name == "headings"
            for start, end in spans(one):
                assert 0 <= start <= end <= size
                assert may_be_empty or start < end
    for heading in known.headings:
        assert heading.start <= heading.own_end <= heading.end
    for one in known.enumerations:
        assert len(one.members) > 1
        for member, following in zip(one.members, one.members[1:], strict=False):
            assert member.start < member.lead_end <= member.end <= following.start


def test_every_span_lies_in_the_text() -> None:
    for _, document in documents():
        check(index_document(document))


PIECES = [
    "一是抓产业。", "二是抓项目。", "（一）", "1.", "\n", "：", "；", "，", "、", "“三个意识”", "“", "”", "\"", "（", "）", "3个方面", "两件大事", "以上两项",
    "以下几点", "增长5%", "2.5万亿元", "**万亩", "去年5月", "2023年1月8日至12日", "“十四五”时期", "省委书记张三", "李四同志", "、王五", "所称企业，是指", "即", "名词解释",
    "A\t1\tB", "三年来", "\u3000", "  ", "百分之五",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_spans_that_lie_in_it(text: str) -> None:
    check(index_document(Document("0" * 12, "题", text, True, "x.txt")))


def test_a_heading_covers_its_parts_and_its_own_text() -> None:
    text = "一、抓产业\n产业是根本。\n（一）强农业\n粮食增产。\n（二）强工业\n工业提质。\n二、抓民生\n民生为大。\n"
    indexed = index_document(read_text(text, source="x.txt"))
    covered = {
        indexed.title_of(h.section): (text[h.start : h.own_end], text[h.start : h.end])
        for h in indexed.knowledge.headings
    }
    own, whole = covered["一、抓产业"]
    assert own == "产业是根本。"
    assert whole.endswith("工业提质。")
    assert covered["（一）强农业"] == ("粮食增产。", "粮食增产。")
