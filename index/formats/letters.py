"""Characters that a PDF's fonts name wrongly → those that they draw."""

from __future__ import annotations

import unicodedata

# Radicals as characters of their own (U+2E80…), which NFKC leaves: fonts of WPS and of macOS name them so.
_RADICALS = dict(
    zip(
        "⺁⺆⺇⺈⺊⺌⺍⺕⺗⺙⺛⺜⺝⺞⺟⺠⺤⺧⺩⺫⺬⺮⺯⺰⺳⺶⺷⺸⺼⻁⻂⻄⻅⻆⻈⻉⻊⻋⻌⻍⻎⻐⻑⻒⻓⻔⻗⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳",
        "厂冂几刀卜小小彐心攵旡日月歹母民爪牛王罒示竹糸纟网羊羊羊肉虎衣西见角讠贝足车辶辶辶钅長镸长门雨青韦页风飞食饣饣马骨鬼鱼鸟卤麦黄黾齐齿龙龟",
        strict=True,
    )
)
_COMPATIBLE = (
    (0x2F00, 0x2FDF),  # Kangxi radicals
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0xFB00, 0xFB06),  # Latin ligatures
    (0x2F800, 0x2FA1F),
)
_SOFT_HYPHEN = "\u00ad"  # where one is drawn, it is a hyphen


def letter(code: int) -> str:
    """Return the text of a code point of a PDF; "" for blanks, control characters and private ones."""
    if 0x4E00 <= code <= 0x9FFF:
        return chr(code)
    if (
        code > 0x10FFFF
        or 0xD800 <= code <= 0xDFFF
        or 0xE000 <= code <= 0xF8FF
        or code >= 0xFFFE == code & 0xFFFE
    ):
        return ""
    char = chr(code)
    if char == _SOFT_HYPHEN:
        return "-"
    if char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Cn", "Co"):
        return ""
    if any(first <= code <= last for first, last in _COMPATIBLE):
        return unicodedata.normalize("NFKC", char)
    return _RADICALS.get(char, char)


def is_known(code: int) -> bool:
    """Tell whether a code point says which character is drawn: not private, not the replacement mark."""
    return not (0xE000 <= code <= 0xF8FF or code in (0, 0xFFFD, 0xFFFE, 0xFFFF))
