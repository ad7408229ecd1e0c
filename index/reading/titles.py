"""The head's blocks -> the title among them.

It is, in this order: what a label names (标题：…), a heading that the markup marks, the line that ends as
titles do (讲话, 工作报告, 意见), the first other line. Broken ones are put together, and what a page adds is cut
off. A salutation, a caption or a dateline is never the title.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.reading.heads import ENDS_AS_TITLE, GENRE, LISTENERS, Part, Role

LABEL = re.compile(r"[【\[]?(?:标题|题目|文件名称|文件标题|信息名称|名称)(?:[】\]][：:]?|[：:])")
_SITE = re.compile(r"[ _]*[|_][ _]*[^|_]{2,30}$|[ ]?[-—–]+[ ]?[^|_—–-]{2,30}$")
_SITE_NAME = re.compile(r"(?:网|网站|门户|新闻|频道|日报|平台)$")
_AFTER = re.compile(r"[（(][^（()）]*[\d〇零一二三四五六七八九十]年[^（()）]*[）)]$")
_BEFORE = re.compile(
    r"^(?:[（(]?受权发布[）)]?[|丨：:]?|[（(【\[](?:全文|实录|最新|重磅|转载)[）)】\]]|全文[：:|丨])"
)
RUN_IN = (
    re.compile(  # in text without lines: what stands before （2020年…, —, the address, the sign of a note
        r"(?:新华社[^，。]{1,15}?电\s*)?(?!"
        + LISTENERS
        + r")([^。！？；：※]{4,100}?(?:(?=※)|"
        + GENRE
        + r"(?=\s*(?:[（(][^（()）]*年|—|"
        + LISTENERS
        + r")|\s[^。！？；：，]{1,30}?"
        + LISTENERS
        + ")))"
    )
)
_OPEN_END = re.compile(r"(?:关于|印发|转发|批转|[的和与及、在对为暨并])$")
_OPENER = re.compile(r"[^《》]{0,30}关于|在|中共")
_BROKEN = 4  # lines of a title that is broken
_ADDED = re.compile(r"[（(][^（()）年月]{1,10}[）)]$")
_SHORT = 8  # characters of an entry of a menu
_OPEN_START = re.compile(r"[的和暨与及》）、]|上的|中的|会议?上的")


@dataclass(frozen=True, slots=True)
class Headline:
    """The title: parts[first:last] of the head, without `front` and `back` characters of their text.

    `spaced` tells that its lines are two slogans and no broken line.
    """

    first: int
    last: int
    front: int = 0
    back: int = 0
    spaced: bool = False


def find_headline(parts: Sequence[Part]) -> Headline | None:
    """Return the title among the blocks of a head; None where it shows none."""
    if labelled := _labelled(parts):
        return labelled
    choice = _choose(parts)
    if choice is None:
        return None
    first, last = _whole(parts, choice)
    if first + 1 == last and (slogans := _slogans(parts, first)):
        return slogans
    return _trimmed(parts, first, last)


def _labelled(parts: Sequence[Part]) -> Headline | None:
    """Return the title that stands after a label, on its line or on the next."""
    for number, part in enumerate(parts):
        label = LABEL.match(part.text)
        if label and len(part.text) - label.end() > 1:
            return _trimmed(parts, number, number + 1, label.end())
        if label and number + 1 < len(parts) and parts[number + 1].role is Role.OTHER:
            return _trimmed(parts, number + 1, number + 2)
    return None


def _choose(parts: Sequence[Part]) -> int | None:
    """Return the block that is the title, or its last line."""
    texts = [part.text for part in parts]
    open_parts = [n for n, part in enumerate(parts) if part.role is Role.OTHER]
    titles = [
        n for n in open_parts if ENDS_AS_TITLE.search(strip_site(texts[n], texts)) or RUN_IN.match(texts[n])
    ]
    marked = [n for n in titles or open_parts if parts[n].level]
    if marked:
        return min(marked, key=lambda n: (parts[n].level, n))
    if titles:  # a short one may be an entry of a menu
        return max(titles, key=lambda n: (len(texts[n]) > _SHORT, texts.count(texts[n]) > 1, -n))
    if open_parts and _slogans(parts, open_parts[0]):
        return open_parts[0]
    if len(open_parts) > 1 and (len(open_parts) > 3 or len(texts[open_parts[0]]) <= _SHORT):
        return max(open_parts, key=lambda n: (texts.count(texts[n]) > 1, len(texts[n]) > _SHORT, -n))
    return open_parts[0] if open_parts else None


def _whole(parts: Sequence[Part], choice: int) -> tuple[int, int]:
    """Return the range of blocks over which a broken title runs."""
    first, last = choice, choice + 1
    while first:
        text = "".join(part.text for part in parts[first:last])
        lines = next(
            (n for n in range(1, _BROKEN) if first >= n and _goes_on(parts[first - n], text, n)), None
        )
        if lines is None or any(not _is_middle(part) for part in parts[first - lines + 1 : first]):
            break
        first -= lines
    while last < len(parts) and _has_more(parts[last - 1], parts[last]):
        last += 1
    if (
        last + 1 < len(parts)
        and _OPEN_END.search(parts[last].text)
        and all(map(_may_end, parts[last : last + 2]))
    ):
        last += 2  # the first line ends as titles do by chance: …发展计划 / 执行情况与…和 / …草案的报告
    return first, last


def _may_end(part: Part) -> bool:
    """Tell whether a block can be one of the last two lines of a broken title: open, or ending as titles do."""
    is_end = bool(_OPEN_END.search(part.text) or ENDS_AS_TITLE.search(part.text))
    return part.role is Role.OTHER and not part.level and is_end


def _is_middle(part: Part) -> bool:
    """Tell whether a block can be the middle line of a broken title."""
    return part.role is Role.OTHER and not part.level and not ENDS_AS_TITLE.search(part.text)


def _goes_on(above: Part, text: str, distance: int) -> bool:
    """Tell whether a title begins in a block, `distance` lines above `text`."""
    if above.level or text in above.text:
        return False
    if above.role is Role.ISSUER:
        place = above.text[-1] in "省市县区州盟旗镇乡"
        follows = text.startswith("关于") or (place and text.startswith(("政府", "人民政府", "国民经济")))
        return distance == 1 and follows
    if above.role is not Role.OTHER:
        return False
    if distance == 1 and (_OPEN_START.match(text) or _OPEN_END.search(above.text)):
        return True
    is_open = above.text.count("《") > above.text.count("》") or bool(_OPENER.match(above.text))
    return is_open and not ENDS_AS_TITLE.search(above.text)


def _has_more(part: Part, below: Part) -> bool:
    """Tell whether a title goes on in the block below."""
    if part.text.count("《") > part.text.count("》") or re.match(
        r"的|[（(][^（()）]{1,12}[）)]的", below.text
    ):
        return below.role in (Role.OTHER, Role.ASIDE)
    return bool(_ADDED.fullmatch(below.text)) and len(part.text) > 4


def _slogans(parts: Sequence[Part], first: int) -> Headline | None:
    """Return two lines of a title that stand above a subtitle, a date or a speaker."""
    two = parts[first : first + 3]
    if len(two) < 3 or two[1].role is not Role.OTHER or two[2].role is Role.OTHER:
        return None
    first_text = strip_site(two[0].text, [two[1].text])
    if (
        two[1].text in two[0].text
        or ENDS_AS_TITLE.search(first_text)
        or min(len(two[0].text), len(two[1].text)) < 5
    ):
        return None
    return Headline(first, first + 2, spaced=True)


def _trimmed(parts: Sequence[Part], first: int, last: int, front: int = 0) -> Headline:
    """Cut off what is no part of the title: the site's name, the date of adoption, （受权发布）, 《》 round all."""
    whole = "".join(part.text for part in parts[first:last])
    text = whole[front:]
    if before := _BEFORE.match(text):
        front += before.end()
    text = strip_site(whole[front:], [part.text for part in parts])
    if not ENDS_AS_TITLE.search(text) and (run_in := RUN_IN.match(text)):
        text = run_in[1]
    after = _AFTER.search(text)
    if after and after.start() >= 4 and re.search("[月日]", after[0]):
        text = text[: after.start()]
    text = text.rstrip(" ※*")
    back = len(whole) - front - len(text)
    if text[:1] == "《" and text.endswith("》") and text.count("《") == 1 and len(text) > 4:
        front, back = front + 1, back + 1
    return Headline(first, last, front, back)


def strip_site(text: str, others: Sequence[str]) -> str:
    """Cut off what a page adds to its title: | 某某网, _某某网; - 某某网 where it names a site or the rest is a line."""
    while (site := _SITE.search(text)) and site.start() >= 4:
        rest = text[: site.start()].rstrip()
        is_apart = "|" in site[0] or "_" in site[0]
        names_site = " " in site[0] and _SITE_NAME.search(site[0])
        if not (is_apart or names_site or rest in others):
            break
        text = rest
    return text
