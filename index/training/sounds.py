"""Make index/data/sounds/pinyin.txt from pypinyin (MIT): `python -m index.training.sounds`."""

from __future__ import annotations

import argparse
from collections import defaultdict
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Write one line a syllable: the syllable, a space, its characters (U+4E00 to U+9FFF, first reading)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parents[1] / "data" / "sounds" / "pinyin.txt"
    )
    out: Path = parser.parse_args().out
    lazy_pinyin = import_module("pypinyin").lazy_pinyin
    table: dict[str, list[str]] = defaultdict(list)
    for code in range(0x4E00, 0xA000):
        (syllable,) = lazy_pinyin(chr(code))
        if syllable.isascii() and syllable.isalpha():
            table[syllable].append(chr(code))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(f"{s} {''.join(chars)}\n" for s, chars in sorted(table.items())), "utf-8")
    print(f"{sum(map(len, table.values()))} characters, {len(table)} syllables -> {out}")


if __name__ == "__main__":
    main()
