"""Bytes -> text: UTF-8, UTF-16, GB18030 or Big5."""

from __future__ import annotations

import re
from collections import Counter

from index.errors import NotText

_ENCODINGS = ["gb18030", "cp950", "big5hkscs", "utf_16_le", "utf_16_be"]  # tried where UTF-8 fails
# Share of common characters in a right decoding: 0.98 and up at 60 characters, 0.89 and up at 20; in
# damaged UTF-8, Shift-JIS, compressed and random bytes at most 0.60 (official.jsonl.xz, 190 documents).
_PLAUSIBLE = 0.75
_SAMPLE = 20_000  # characters looked at to tell a right decoding from a wrong one
_CHANCE = 64  # bytes: longer text in GB18030 is not valid UTF-8 as well
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8, UTF-16, GB18030 or Big5; `name` is for the message. Raises NotText for anything else.

    charset-normalizer finds the encodings that fit; of these the one is right that gives the most common
    characters, which tells GB18030 from Big5 and UTF-16 even in a line of 12 characters.
    """
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
        if "\x00" not in text:
            return _by_chance(data, text) or text
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes  # 20 ms that UTF-8 does without

    fitting = {m.encoding: str(m) for m in from_bytes(data, cp_isolation=_ENCODINGS, threshold=1.0)}
    readings = [fitting[e] for e in _ENCODINGS if e in fitting and not _CONTROL.search(fitting[e])]
    best = max(readings, key=_common_share, default="")
    if _common_share(best) >= _PLAUSIBLE:
        return best
    if b"\x00" in data:
        raise NotText(f"{name} 是二进制文件：应为 txt 或 md 文本。请另存为 UTF-8 的 txt 文件。")
    raise NotText(
        f"{name} 的编码认不出：应为 UTF-8、GB18030、Big5 或 UTF-16，实际都不是，或文件已损坏。请另存为 UTF-8。"
    )


def _by_chance(data: bytes, text: str) -> str | None:
    """Return a few Chinese characters in GB18030 whose bytes are UTF-8 by chance; they would be none there."""
    if len(data) > _CHANCE or text.isascii() or _common_share(text) >= _PLAUSIBLE:
        return None
    try:
        other = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return other if _common_share(other) == 1 else None


def _common_share(text: str) -> float:
    """Return the share of characters that are common, in simplified or in traditional writing."""
    counts = Counter(text[:_SAMPLE])
    return max(_common(counts, "gb2312", 0xD7), _common(counts, "cp950", 0xC6)) / max(1, counts.total())


def _common(counts: Counter[str], charset: str, last: int) -> int:
    """Count ASCII and what stands before the rare half of `charset`, whose first byte is above `last`."""
    codes = ((char.encode(charset, "ignore"), count) for char, count in counts.items())
    return sum(count for code, count in codes if code and (len(code) == 1 or code[0] <= last))
