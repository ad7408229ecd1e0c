"""Text -> what it mentions in quotation marks, and the persons whom it joins to an office."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from importlib import resources

from index.structure.frame import QUOTES, Frame
from index.types import Person, Span, Term

_LONGEST_TERM = 30  # characters; longer is a quotation
_SPOKEN = re.compile("[。！？!?：:；;\n]")  # what a quoted sentence has and a term has not
_HAN = "[\u4e00-\u9fff]"
_BETWEEN = " \u3000"
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
        if frame.text[opening] in QUOTES + "‘" and 0 < end - start <= _LONGEST_TERM and not _SPOKEN.search(text):
            places.setdefault(text, []).append((start, end))
    return tuple(Term(text, tuple(spans)) for text, spans in places.items())


def find_persons(frame: Frame, is_word: Callable[[str], bool]) -> tuple[Person, ...]:
    """Return the persons with an office before or after their name (省委书记张三, 张三同志), in order.

    A name ends where a mark or, by `is_word`, a word follows it (总理李强指出).
    """
    found: dict[int, Person] = {}
    for match in _titles().finditer(frame.text):
        for person in (*_after(frame, match, is_word), *_before(frame, match)):
            found.setdefault(person.name[0], person)
    return tuple(found[start] for start in sorted(found))


@functools.cache
def _names() -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    """Return the surnames, the heads of offices, and the words that begin like a name and are none."""
    lines = (resources.files("index") / "data" / "names.txt").read_text("utf-8").splitlines()
    kept = [line for line in lines if line and not line.startswith("#")]
    surnames, heads, others = (line.split() for line in kept)
    return frozenset(surnames), tuple(heads), frozenset(others)


@functools.cache
def _titles() -> re.Pattern[str]:
    heads = sorted(_names()[1], key=len, reverse=True)
    return re.compile("|".join(heads))


def _after(frame: Frame, title: re.Match[str], is_word: Callable[[str], bool]) -> Iterator[Person]:
    """Yield who is named right after an office, and those joined to the first by 、."""
    at = title.end()
    while at < len(frame.text) and frame.text[at] in _BETWEEN:
        at += 1
    if title.group() == "同志":
        return
    spaced = at > title.end()
    office = _office(frame, title)
    name = _name_at(frame, at, spaced, is_word)
    first = True
    while name:
        yield Person(office[0] if first else name[0], name[1], name, office)
        first = False
        following = name[1] + 1
        if frame.text[name[1] : following] != "、":
            return
        name = _name_at(frame, following, True, is_word)
        if name and frame.text[name[1] : name[1] + 1] not in ("、", "，", "。", "等", "和"):
            return


def _before(frame: Frame, title: re.Match[str]) -> Iterator[Person]:
    """Yield who is named right before 同志 or an office that follows its holder's name (习近平总书记)."""
    end = title.start()
    for size in (3, 2):
        start = end - size
        name = frame.text[max(0, start) : end]
        if start >= 0 and _is_name(name) and name not in _names()[2]:
            yield Person(start, title.end(), (start, end), title.span())
            return


def _office(frame: Frame, title: re.Match[str]) -> Span:
    """Return the office with the body it belongs to, and with the offices that 、 joins before it."""
    start = title.start()
    text = frame.text
    while start and title.start() - start < 30:
        character = text[start - 1]
        joined = character == "、" and _ends_office(text, start - 1)
        if not (re.match(_HAN, character) or joined):
            break
        start -= 1
    return (_without_lead(text, start, title.start()), title.end())


def _ends_office(text: str, end: int) -> bool:
    return any(text.endswith(head, 0, end) for head in _names()[1])


_LEAD = re.compile("以来|.*(?:时候?|由|向|请|与|和|同|对|在|经|任命|选举|当选|这是|的|了|，|。)(?=..)")


def _without_lead(text: str, start: int, end: int) -> int:
    lead = _LEAD.match(text, start, end)
    return lead.end() if lead else start


def _name_at(frame: Frame, at: int, alone: bool, is_word: Callable[[str], bool]) -> Span | None:
    """Return the name that starts at `at`: as long as what follows is a word, a mark or the end."""
    text = frame.text
    foreign = _FOREIGN.match(text, at)
    if foreign and foreign.end() - at > 3:
        return (at, foreign.end())
    fitting = [at + size for size in (3, 2) if _is_name(text[at : at + size])]
    if not fitting or text[at : at + 2] in _names()[2]:
        return None
    whole = next((end for end in fitting if end == len(text) or not re.match(_HAN, text[end])), None)
    if alone or whole:
        return (at, whole) if whole else None
    split = (end for end in fitting if is_word(text[end : end + 2]) or text[end] in "的等和与及是")
    end = next(split, None)
    return None if end is None else (at, end)


def _is_name(text: str) -> bool:
    surnames = _names()[0]
    if not re.fullmatch(f"{_HAN}{{2,4}}", text):
        return False
    if text[:2] in surnames:
        return len(text) > 2
    return text[0] in surnames and len(text) < 4
