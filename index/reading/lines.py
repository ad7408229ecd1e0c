"""A line of the source as the reading stages see it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from index.types import BlockKind

_NUMERAL = r"[一二三四五六七八九十百千零〇两\d]{1,6}"
MARKER = re.compile(
    rf"(?:第{_NUMERAL}(?:部分|[章节条编篇款项点])|[一二三四五六七八九十百零〇壹贰叁肆伍陆柒捌玖拾]{{1,5}}[、.，,：](?![一二三四五六七八九十]、)|第{_NUMERAL}[，、：,:]"
    rf"|[（(【\[]{_NUMERAL}[）)】\]]|\d{{1,3}}(?:\.\d{{1,3}}){{0,4}}[.、)）](?!\d)|\d{{1,3}}(?:\.\d{{1,3}}){{1,4}}\s?(?=\D)|\d{{1,2}} (?=\D)"
    rf"|[①-⑳㈠-㈩⑴-⒇Ⅰ-Ⅻ][、.]?|[A-Z][.、)）]|附件?\s?{_NUMERAL}?[：:.]|——|其[一二三四五六七八九]|任务{_NUMERAL}"
    rf"|[一二三四五六七八九十]{{1,3}}[是要](?=\S)|首先|其次|再次|最后)"
)
_RUNS_IN = re.compile(
    r"[一二三四五六七八九十]{1,3}[是要，,：]|其[一二三四五六七八九]|首先|其次|再次|最后|\d{1,2} "
)
_ENDS = re.compile(r"[。！？；…：!?;:][”’」』）)》】\]\"']*$")
_SENTENCE_ENDS = re.compile(r"[。！？；!?;][”’」』）)》】\]\"']*$")
_PAUSE = re.compile("[，。；：！？,;:!?]")


@dataclass(slots=True)
class Line:
    """One line that is not blank: `text` is trace.text[start:end].

    `indent` is the width of its leading blanks in columns, `gap` the blank lines above it; `level` is its markup's heading
    level. The stages set the rest: `left_out` where it is page furniture, `after_page` where a page ended
    right above it, `joins` where it goes on the line before.
    """

    start: int
    end: int
    text: str
    indent: int = 0
    gap: int = 0
    is_row: bool = False
    level: int = 0
    kind: BlockKind = BlockKind.BODY
    left_out: bool = False
    after_page: bool = False
    joins: bool = False

    @property
    def ends(self) -> bool:
        """Tell whether a sentence or a lead-in ends with the line."""
        return bool(_ENDS.search(self.text, max(0, len(self.text) - 8)))

    @property
    def ends_sentence(self) -> bool:
        """Tell whether a sentence ends with the line."""
        return bool(_SENTENCE_ENDS.search(self.text, max(0, len(self.text) - 8)))

    @property
    def is_marked(self) -> bool:
        """Tell whether the line opens with a number, or what stands for one."""
        return bool(MARKER.match(self.text))

    @property
    def is_numbered(self) -> bool:
        """Tell whether the line opens with a number that stands at the start of lines only: 一、 （一） 1. 第一章."""
        return self.is_marked and not _RUNS_IN.match(self.text)

    @property
    def is_mark(self) -> bool:
        """Tell whether the line is a number and nothing else, so that its heading stands on the next."""
        return bool(len(self.text) <= 10 and MARKER.fullmatch(self.text))

    @property
    def is_plain(self) -> bool:
        """Tell whether the line is short and has no pause in it: a heading, a label, a name."""
        return len(self.text) <= 40 and not _PAUSE.search(self.text)


def width(text: str) -> int:
    """Return how wide `text` is on a page, in half-width columns; about, where it is longer than any page's line."""
    if text.isascii():
        return len(text)
    if len(text) > 200:
        return 2 * len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)
