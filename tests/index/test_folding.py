"""A long text is folded by a table, character by character as a short one is."""

import random

from index.folding import LONG, PIECE, fold


def one_by_one(text: str) -> str:
    return "".join(map(fold, text))


def test_a_long_text_as_its_characters() -> None:
    chance = random.Random(6)
    for codes in (
        range(0x110000),
        range(0x10000),
        range(0x3000, 0xA000),
        range(0xD800, 0xE000),
        range(0xFF00, 0xFFF0),
    ):
        text = "".join(map(chr, chance.choices(codes, k=3 * LONG)))
        assert fold(text) == one_by_one(text)
        assert len(fold(text)) == len(text)


def test_longer_ones_piece_by_piece() -> None:
    text = "ＧＤＰ漢字" * (PIECE // 5) + "Ａ" * 300
    assert fold(text) == "gdp汉字" * (PIECE // 5) + "a" * 300
