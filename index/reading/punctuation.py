"""Half-width punctuation in Chinese text, folded to full width; 3.5, 10:30, 3,000 and URLs stay.

Length stays the same, so no offset moves.
"""

from __future__ import annotations

import re

from index.reading.characters import CHINESE

_FULL = {",": "，", ";": "；", ":": "：", "!": "！", "?": "？"}
_BESIDE = f"{CHINESE}，。；：！？、“”‘’（）《》〈〉「」『』【】〔〕…—"
_MARKS = re.compile(rf"(?<=[{_BESIDE}%\])}}])[,;:!?]|[,;:!?](?=[{CHINESE}“‘（《【])")
_STOP = re.compile(rf"(?<=[{CHINESE}”’）》】%])\.(?=[{CHINESE}“《（]|$|\n)", re.M)
_NUMERAL = re.compile(r"(?:^|[\n（(])(?:第|附件|[其之])?[一二三四五六七八九十百零〇]{1,5}$")
_BRACKETS = re.compile(r"[()\n]")
_QUOTES = re.compile(r'["\n]')
_HAN = re.compile(f"[{_BESIDE}]")


def fold_punctuation(text: str) -> str:
    """Return `text` with `,` `;` `:` `!` `?` `.` `(` `)` in full width where they stand in Chinese text."""
    if not any(mark in text for mark in ',;:!?.("'):
        return text
    text = _MARKS.sub(lambda m: m[0] if _in_number(text, m.start()) else _FULL[m[0]], text)
    text = _STOP.sub(lambda m: "." if _NUMERAL.search(text, max(0, m.start() - 8), m.start()) else "。", text)
    return _quoted(_bracketed(text))


def _in_number(text: str, at: int) -> bool:
    return text[at] in ",:" and text[at - 1 : at].isdecimal() and text[at + 1 : at + 2].isdecimal()


def _bracketed(text: str) -> str:
    """Fold a pair of brackets where Chinese stands beside or within it, a single one where beside it."""
    if "(" not in text and ")" not in text:
        return text
    characters = list(text)
    opened: list[int] = []
    for match in _BRACKETS.finditer(text):
        at = match.start()
        if match[0] == "\n":
            opened.clear()
        elif match[0] == "(":
            opened.append(at)
        start = opened.pop() if match[0] == ")" and opened else at
        if match[0] != "\n" and (_beside(text, at) or _beside(text, start)):
            for place in (at, start) if match[0] == ")" else (at,):
                characters[place] = "（" if text[place] == "(" else "）"
    return "".join(characters)


def _beside(text: str, at: int) -> bool:
    return bool(_HAN.match(text[at - 1 : at]) or _HAN.match(text[at + 1 : at + 2]))


def _quoted(text: str) -> str:
    """Turn straight quotes into “ and ” by turns, in paragraphs in which they come in pairs."""
    if '"' not in text:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if '"' in line and line.count('"') % 2 == 0 and _HAN.search(line):
            pieces = line.split('"')
            pairs = zip(pieces[::2], [*pieces[1::2], None], strict=True)
            lines[number] = "".join(out if said is None else f"{out}“{said}”" for out, said in pairs)
    return "\n".join(lines)
