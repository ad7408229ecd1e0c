"""Segmentation: the same words as jieba, numbers and Latin kept whole, folding keeps offsets."""

import importlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.folding import fold
from index.training.words import read_frequencies
from index.words import STOP_WORDS, TOTAL_FREQUENCY, FrequencyTable, import_jieba, words
from tests.texts import SPEECH


@pytest.fixture(scope="module")
def frequencies() -> dict[str, int]:
    table, total = read_frequencies()
    assert total == TOTAL_FREQUENCY
    return table


def test_shipped_table_holds_every_word_and_prefix_with_its_frequency(frequencies: dict[str, int]) -> None:
    table = FrequencyTable.shipped()
    sample = list(frequencies)[::97]
    assert [table[word] for word in sample] == [frequencies[word] for word in sample]


def test_shipped_table_does_not_hold_what_is_no_word() -> None:
    table = FrequencyTable.shipped()
    assert "县委全会上的讲话" not in table
    assert table.get("", 7) == 7
    with pytest.raises(KeyError):
        table["龘龘龘"]


def test_words_are_those_of_jieba_on_the_built_in_speech() -> None:
    jieba = import_jieba()
    for line in SPEECH.split("\n")[:12]:
        chinese = "".join(c for c in fold(line) if "\u4e00" <= c <= "\u9fff")[:250]  # longer runs are cut
        assert words(chinese) == [w for w in jieba.cut_for_search(chinese) if w not in STOP_WORDS]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S516、S204等", ["s516", "s204"]),
        ("增长4.7%、12.5亿吨", ["增长", "4.7", "12.5", "亿吨"]),
        ("５Ｇ基站", ["5g", "基站"]),
        ("「兩個維護」", ["两个", "维护"]),
        ("建设**镇高标准农田***万亩", ["建设", "镇", "高标", "标准", "高标准", "农田", "万亩"]),
        ("7×24小时", ["7", "24", "小时"]),
        ("这是哪些呢？！", []),
        ("", []),
        ("😀\x00\x1b[31m", ["31m"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
def test_fold_keeps_the_length_and_is_idempotent(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


def test_import_leaves_pkg_resources_as_it_was() -> None:
    before = importlib.sys.modules.get("pkg_resources")  # type: ignore[attr-defined]
    import_jieba()
    assert importlib.sys.modules.get("pkg_resources") is before  # type: ignore[attr-defined]


def test_two_first_questions_at_once() -> None:
    code = (
        "import sys, threading\nfrom index.words import words\nfailed = []\n"
        "def ask(n):\n    try:\n        words(f'建设{n}现代化强县')\n    except BaseException as error:\n        failed.append(error)\n"
        "sys.setswitchinterval(1e-6)\nthreads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]\n"
        "[t.start() for t in threads]\n[t.join() for t in threads]\nprint(failed)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_what_is_kept_of_words_that_were_asked_is_bounded() -> None:
    words("工作")
    table, before = FrequencyTable.shipped(), sys.getallocatedblocks()
    for number in range(200_000):
        table.get(f"x{number}")
    assert sys.getallocatedblocks() - before < 100_000
    words(" ".join(f"a{number}" for number in range(10_000)))
    before = sys.getallocatedblocks()
    words(" ".join(f"b{number}" for number in range(20_000)))
    assert sys.getallocatedblocks() - before < 5_000
