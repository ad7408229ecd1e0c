"""Make index/data/words from jieba's own dictionary: `python -m index.training.words`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from index.words import TOTAL_FREQUENCY, import_jieba, word_hash


def read_frequencies() -> tuple[dict[str, int], int]:
    """Return jieba's table of words and prefixes, and the sum of the frequencies."""
    jieba = import_jieba()
    with Path(jieba.__file__).with_name("dict.txt").open("rb") as file:
        frequencies, total = jieba.Tokenizer().gen_pfdict(file)
    return frequencies, total


def main() -> None:
    """Write hashes.npy (uint64, sorted) and frequencies.npy (uint32, in the same order)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "data" / "words")
    out: Path = parser.parse_args().out
    frequencies, total = read_frequencies()
    if total != TOTAL_FREQUENCY:
        raise SystemExit(
            f"expected a total of {TOTAL_FREQUENCY}, found {total}: set index.words.TOTAL_FREQUENCY"
        )
    hashes = np.array([word_hash(word) for word in frequencies], dtype=np.uint64)
    order = np.argsort(hashes)
    if len(np.unique(hashes)) != len(hashes):
        raise SystemExit("two words share a hash")
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "hashes.npy", hashes[order])
    np.save(out / "frequencies.npy", np.array(list(frequencies.values()), dtype=np.uint32)[order])
    print(f"{len(hashes)} words and prefixes -> {out}")


if __name__ == "__main__":
    main()
