"""How text sounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sounds import letters, sound_terms, syllables


@pytest.mark.parametrize(
    ("typed", "meant"), [("付工复产", "复工复产"), ("空域规化", "空域规划"), ("慣通", "贯通")]
)
def test_homophones_share_their_terms(typed: str, meant: str) -> None:
    assert sound_terms(typed) == sound_terms(meant)


def test_terms_do_not_cross_what_is_not_chinese() -> None:
    assert sound_terms("疫情，防控S516建设") == ["~yi qing", "~fang kong", "~jian she"]


def test_letters_keep_the_length() -> None:
    assert letters("疫情防控2022年，A𠮷") == b"yqfk2022n,a?"


@given(st.text())
def test_one_syllable_a_character(text: str) -> None:
    assert len(syllables(text)) == len(letters(text)) == len(text)
