"""Which documents have a text: what is found by pairs of characters is what looking through all of them finds."""

import random

import pytest

from index import Chosen, IndexedDocument, Lookup, documents_having, fold
from index.lookup import PAIRS, TOGETHER
from index.types import Document, Metadata, Shown

MANY = 3 * TOGETHER + 5
ALPHABET = "粮食生产口岸产業ＧＤＰgdp，。\n\ud800\U00020000 "


def document(number: int, text: str, **known: Shown) -> IndexedDocument:
    found = Document(
        f"{number:012x}", f"第{number}号", text, True, f"{number}.txt", Metadata(Shown(""), **known)
    )
    return IndexedDocument(found, (), (), ())


@pytest.fixture(scope="module")
def many() -> list[IndexedDocument]:
    chance = random.Random(4)
    sizes = (0, 1, 2, 30, 300)
    texts = ("".join(chance.choices(ALPHABET, k=chance.choice(sizes))) for _ in range(MANY))
    return [document(number, text) for number, text in enumerate(texts)]


def apart() -> list[IndexedDocument]:
    """Documents each with a word of its own."""
    return [
        document(n, f"第{n}号文件说的是{chr(0x4E00 + 7 * n)}{chr(0x6E00 + 5 * n)}的事。") for n in range(MANY)
    ]


def folded(documents: list[IndexedDocument]) -> set[int]:
    return {number for number, one in enumerate(documents) if "folded" in vars(one)}


def test_all_that_have_a_text_and_no_other_are_found(many: list[IndexedDocument]) -> None:
    chance = random.Random(5)
    lookup = Lookup(many)
    for _ in range(300):
        text = "".join(chance.choices(fold(ALPHABET), k=chance.choice((0, 1, 2, 3, 5))))
        among = sorted(chance.sample(range(MANY), chance.choice((3, TOGETHER + 9, MANY))))
        expected = [n for n in among if text in fold(many[n].document.text)]
        assert list(lookup.having(text, among)) == expected
        assert [one.document.id for one in documents_having(Chosen(lookup, among), text)] == [
            many[n].document.id for n in expected
        ]
    for one in many[:80]:  # and what does stand there
        text = fold(one.document.text)[3:8]
        assert list(lookup.having(text)) == [n for n, d in enumerate(many) if text in fold(d.document.text)]


def test_documents_that_cannot_have_it_are_not_looked_through() -> None:
    documents = apart()
    lookup = Lookup(documents)
    word = documents[100].document.text[-6:-3]
    assert list(lookup.having(word)) == [100]
    assert 100 in folded(documents) and len(folded(documents)) < 4
    assert sum(block.nbytes for block in lookup._blocks.values()) == PAIRS // 8 * TOGETHER * (
        MANY // TOGETHER + 1
    )


def test_of_those_behind_the_first_that_has_it_nothing_is_read() -> None:
    documents = apart()
    lookup = Lookup(documents)
    assert lookup.has_name("号文件")
    assert len(lookup._blocks) == 1 and folded(documents) == {0}


def test_of_few_documents_nothing_is_made() -> None:
    documents = apart()
    lookup = Lookup(documents)
    assert list(lookup.having("文件", range(10))) == list(range(10))
    assert not lookup._blocks


def test_a_name_may_stand_in_what_a_document_goes_by() -> None:
    documents = [
        *apart()[:-1],
        document(MANY - 1, "正文。", issuer=Shown("Ａ省青河县"), date=Shown("2023-05")),
    ]
    lookup = Lookup(documents)
    assert lookup.has_name("青河") and lookup.has_name("2023") and lookup.has_name("a省")
    assert not lookup.has_name("白山")
    assert not lookup.has_name("青河", range(MANY - 1))


def test_documents_by_their_ids() -> None:
    documents = apart()
    lookup = Lookup(documents)
    ids = frozenset([documents[9].document.id, documents[2].document.id, "nowhere"])
    assert lookup.select(ids) == (2, 9)
    assert lookup.select(ids) is lookup.select(frozenset(list(ids)))
    chosen = Chosen(lookup, lookup.select(ids))
    assert (len(chosen), chosen[1], list(chosen)) == (2, documents[9], [documents[2], documents[9]])
    assert list(chosen[1:]) == [documents[9]]
