"""Text -> what it mentions in quotation marks, and the persons whom it joins to an office."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

from index.names import name_lists
from index.structure.frame import QUOTES, Frame
from index.types import Person, Span, Term

_LONGEST_TERM = 30  # characters; longer is a quotation
_SPOKEN = re.compile("[。！？!?：:；;\n]")  # what a quoted sentence has and a term has not
_HAN = "[\u4e00-\u9fff]"
_NAME = re.compile(f"{_HAN}{{2,3}}")
_PARTICLES = "的等和与及是在对向从为将就于"
_LONGEST_OFFICE = 30  # characters
# What leads up to an office: prepositions, the copula, verbs of appointment, particles; up to the last of them.
_LEAD = re.compile("以来|.*(?:由|向|请|与|和|同|对|经|任命|选举|当选|这是|的|了|时)(?=..)")
# Characters with which foreign names are written (Xinhua's tables of transliteration); three or more in a row.
_FOREIGN = re.compile(
    "[阿埃艾安昂奥巴班邦鲍贝本比彼宾波伯博布茨达丹道德登狄迪蒂丁杜多厄尔恩法凡菲费芬丰弗福富盖甘戈格根古哈海汉赫亨洪胡怀霍基吉加杰金卡凯坎康考科克肯库夸拉"
    "莱兰朗劳勒雷里利丽莉莲林隆卢鲁路伦罗洛马玛迈曼芒毛梅门蒙米密明莫姆默穆拿内纳奈南瑙尼涅宁纽努诺欧帕潘佩皮平蒲普奇齐钱乔切琴丘萨塞桑森沙山尚舍申圣施史舒斯松苏索塔"
    "泰坦汤唐特腾提图托瓦万旺威韦维文翁沃乌武西希锡夏肖谢辛休许雪雅亚扬耶伊易因英尤扎詹珍芝朱兹佐]{3,7}(?:·[\u4e00-\u9fff]{2,7})?"
)


def find_terms(frame: Frame) -> tuple[Term, ...]:
    """Return what stands in quotation marks and is no quoted sentence, by the first place."""
    places: dict[str, list[Span]] = {}
    for opening in sorted(frame.pairs):
        start, end = opening + 1, frame.pairs[opening]
        text = frame.text[start:end]
        if (
            frame.text[opening] in QUOTES + "‘"
            and 0 < end - start <= _LONGEST_TERM
            and not _SPOKEN.search(text)
        ):
            places.setdefault(text, []).append((start, end))
    return tuple(Term(text, tuple(spans)) for text, spans in places.items())


def find_persons(frame: Frame, is_word: Callable[[str], bool]) -> tuple[Person, ...]:
    """Return the persons with an office before or after their name (省委书记张三, 张三同志), in order.

    A name ends where a mark or, by `is_word`, a word follows it (总理李强指出); where that leaves a doubt, the
    names of the text that stand in none decide.
    """
    return tuple(_Finder(frame, is_word).persons())


@functools.cache
def _titles() -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(sorted(name_lists()[1], key=len, reverse=True)) + ")(?!们)")


class _Finder:
    """Finds one text's persons; `sure` are the names that end at a mark."""

    def __init__(self, frame: Frame, is_word: Callable[[str], bool]) -> None:
        self.text, self.frame, self.is_word = frame.text, frame, is_word
        self.titles = [t for t in _titles().finditer(frame.text) if not self._is_cut(t)]
        spans = (self._bounded(self._past_blanks(t.end())) for t in self.titles)
        self.sure = {self.text[slice(*span)] for span in spans if span}

    def persons(self) -> Iterator[Person]:
        floor = 0
        for title in self.titles:
            for person in (*self._before(title, floor), *self._after(title, floor)):
                floor = person.name[1]
                yield person

    def _is_cut(self, title: re.Match[str]) -> bool:
        """Tell whether words cross both ends of a title: 定州长安汽车, 发行长期国债."""
        start, end = title.span()
        return self.is_word(self.text[end - 1 : end + 1]) and self.is_word(
            self.text[max(0, start - 1) : start + 1]
        )

    def _past_blanks(self, at: int) -> int:
        while self.text[at : at + 1] in (" ", "\u3000"):
            at += 1
        return at

    def _after(self, title: re.Match[str], floor: int) -> Iterator[Person]:
        """Yield who is named right after an office, and those joined to the first by 、."""
        if title.group() == "同志":
            return
        at = self._past_blanks(title.end())
        name = self._bounded(at) or (self._unbounded(at) if at == title.end() else None)
        office = (self._office_start(title, floor), title.end())
        start = office[0]
        while name:
            yield Person(start, name[1], name, office)
            if self.text[name[1] : name[1] + 1] != "、":
                return
            start = name[1] + 1
            name = self._bounded(start)

    def _before(self, title: re.Match[str], floor: int) -> Iterator[Person]:
        """Yield who is named right before 同志 or an office that follows its holder's name (习近平总书记)."""
        end = title.start()
        for size in (3, 2):
            start = end - size
            name = self.text[max(0, start) : end]
            joined = start > 0 and self.is_word(self.text[start - 1 : start + 1])
            if (
                start >= floor
                and _is_name(name)
                and name not in name_lists()[2]
                and (not joined or name in self.sure)
            ):
                self.sure.add(name)
                yield Person(start, title.end(), (start, end), title.span())
                return

    def _office_start(self, title: re.Match[str], floor: int) -> int:
        """Return where the office starts: with the body it belongs to and the offices that 、 joins before it."""
        start = title.start()
        floor = max(floor, start - _LONGEST_OFFICE)
        while start > floor:
            character = self.text[start - 1]
            if not (re.match(_HAN, character) or (character == "、" and _ends_office(self.text, start - 1))):
                break
            start -= 1
        lead = _LEAD.match(self.text, start, title.start())
        if lead:
            return lead.end()
        after_name = start and start == floor and self.is_word(self.text[start : start + 2])
        return (
            start + 2 if after_name and start + 2 < title.start() else start
        )  # a verb stands between persons

    def _bounded(self, at: int) -> Span | None:
        """Return the name at `at` that a mark, a blank or the end of the text closes."""
        foreign = _FOREIGN.match(self.text, at)
        if foreign and foreign.end() - at > 3:
            return (at, foreign.end())
        for end in self._fitting(at):
            if end == len(self.text) or not re.match(_HAN, self.text[end]):
                return (at, end)
        return None

    def _unbounded(self, at: int) -> Span | None:
        """Return the name at `at` that a word follows."""
        fitting = self._fitting(at)
        known = next((end for end in fitting if self.text[at:end] in self.sure), None)
        if known:
            return (at, known)
        split = (e for e in fitting if self.is_word(self.text[e : e + 2]) or self.text[e] in _PARTICLES)
        end = next(split, None)
        return None if end is None else (at, end)

    def _fitting(self, at: int) -> list[int]:
        surnames, _, others = name_lists()
        if self.text[at : at + 2] in others and self.text[at : at + 2] not in surnames:
            return []
        names = (self.text[at : at + size] for size in (3, 2))
        return [at + len(name) for name in names if _is_name(name) and name not in others]


def _ends_office(text: str, end: int) -> bool:
    return text.endswith(name_lists()[1], 0, end)


def _is_name(text: str) -> bool:
    surnames = name_lists()[0]
    if not _NAME.fullmatch(text) or any(character in "的了是在与及" for character in text[1:]):
        return False
    return text[0] in surnames or (text[:2] in surnames and len(text) > 2)
