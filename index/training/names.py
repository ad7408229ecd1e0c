"""Rewrites the last line of data/names.txt: the words of jieba's dictionary that begin like a name and are none.

python -m index.training.names
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from index.words import import_jieba

LEAST = 50  # the dictionary's frequency from which a word counts; rarer ones are often names
_HAN = re.compile("[\u4e00-\u9fff]{2,3}")


def main() -> None:
    """Read the surnames from the file and write the words after them."""
    file = Path(str(resources.files("index") / "data" / "names.txt"))
    lines = file.read_text("utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    words = other_words(dictionary_lines(), set(lines[first].split()))
    file.write_text("\n".join([*lines[: first + 2], " ".join(words)]) + "\n", "utf-8")


def dictionary_lines() -> list[str]:
    """Return the lines of jieba's dict.txt: word, frequency, part of speech."""
    folder = Path(str(import_jieba().__file__)).parent
    return (folder / "dict.txt").read_text("utf-8").splitlines()


def other_words(lines: list[str], surnames: set[str]) -> list[str]:
    """Return the words of two or three characters that begin with a surname and are not tagged as names."""
    found: set[str] = set()
    for line in lines:
        word, frequency, tag = line.split(" ")
        if (
            _HAN.fullmatch(word)
            and word[0] in surnames
            and int(frequency) >= LEAST
            and not tag.startswith("nr")
        ):
            found.add(word)
    return sorted(found)


if __name__ == "__main__":
    main()
