"""The text's first sentences -> a title, where the head has none.

In this order: what stands before （date） or the address in text without lines, the sentence that says which
report is given (我代表国务院，向大会作政府工作报告), the sentence that names the meeting (今天，我们召开科学家座谈会), the
file's name, at last the first words.
"""

from __future__ import annotations

import re

from index.reading.heads import ADDRESS
from index.reading.titles import RUN_IN
from index.reading.view import View
from index.types import BlockKind, Shown

_LOOK = 600  # characters of the text's beginning that are looked at
_REPORT = re.compile(
    r"我[^，。；！]{0,8}?(?:代表|受)([^，。；：！、向的]{0,24}?(?:国务院|政府|委员会|常委会|法院|检察院|党委|[省市县区州]委))(?:的?委托)?"
    r"(?=[，、向作做现])[^。；！]{0,40}?(?:报告[^，。；！]{0,10}?工作|(?:作|做|提出)[^，。；！]{0,12}?((?:政府|法院|检察院)?(?:工作)?(?:的)?报告))"
)
_MEETING = re.compile(
    r"(?:召开|举行|参加|出席)(?:的是|了|这次|的)?([^，。；：！？“”]{2,30}?(?:座谈会|大会|全会|推进会|动员会|部署会|总结会|会议|论坛|"
    r"仪式|交流会|培训班|研讨班|表彰会|例会|现场会|启动会|[开闭]幕式|典礼|博览会|年会|发布会)(?:[开闭]幕式)?)"
)
_GATHERING = re.compile(r"(?:集会|大会|欢聚一堂)[，、]?(?:共同)?((?:庆祝|纪念)[^，。；：！？]{4,40})")
_NOW = re.compile(r"今天|今日|今晚|这次|本次|我们在这里|现在|高兴")
_GREETING = re.compile(r"(?:大家|各位)?(?:早上|上午|中午|下午|晚上)?好(?:[！!。]|$)")
_NAMED = re.compile(r".(?:省|市|县|区|州|盟|旗|镇|乡|法院|检察院|委员会|委)$")
_SENTENCE = re.compile(r"[^。！？；\n]+")
_FILE_ENDS = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_FILE_ADDS = re.compile(
    r"^[\d_.\-\s、]+(?=\D)(?!年)|[\s_-]*[（(]\d{1,2}[）)]$|[\s_-]*(?:副本|终稿|定稿|最终版|扫描件)$"
)
_GENERIC = re.compile(
    r"(?:新建|未命名|无标题|测试)?(?:文本文档|文档|文本|文件|讲话|报告|材料|正文|全文|稿子?|测试|未命名|无标题)*\d*"
)
_SUBSTANCE = re.compile(r"[^\W_]")
_CLAUSE_END = re.compile(r"[\s，。！？；：,:;!?※]")
_FIRST_WORDS = 20


def opening_title(view: View, source: str) -> Shown:
    """Return the title that the text's beginning or the file's name gives, with its place where it has one."""
    start = next((b.start for b in view.blocks if b.kind in (BlockKind.BODY, BlockKind.NOTE)), 0)
    text = view.text[start : start + _LOOK]
    if run_in := RUN_IN.match(text):
        return shown(view, start + run_in.start(1), start + run_in.end(1))
    return (
        _report(view, start, text)
        or _meeting(view, start, text)
        or _named(source)
        or _first_words(view, start)
    )


def shown(view: View, start: int, end: int, value: str | None = None) -> Shown:
    """Return view.text[start:end] with its place in the source; `value` where the text says it in other words."""
    return Shown(value or view.text[start:end].replace("\n", " "), *view.span(start, end))


def _report(view: View, start: int, text: str) -> Shown | None:
    said = _REPORT.search(text)
    if said is None:
        return None
    issuer = re.sub(r"^(?:我们?|自己|中华人民共和国(?=国务院))", "", said[1])
    place = re.sub(r"(?:人民)?政府$", "", issuer)
    is_government = place != issuer or issuer == "国务院"
    named = place if place == "国务院" or _NAMED.search(place) else ""
    work = (said[2] or "").replace("的", "")
    if len(work) < 3:
        work = "报告" if work and not is_government else "工作报告"
    value = named + (f"政府{work}" if is_government and not work.startswith("政府") else work)
    at, end = said.span(2) if said[2] else said.span()
    return shown(view, start + at, start + end, value)


def _meeting(view: View, start: int, text: str) -> Shown | None:
    """Return 在…上的讲话 from the sentence that names the meeting one is at."""
    for sentence in _SENTENCE.finditer(text):
        if not _NOW.search(sentence[0]):
            continue
        for pattern, after in ((_GATHERING, "大会"), (_MEETING, "")):
            named = pattern.search(sentence[0])
            if named and not re.match("[了过的这]", named[1]):
                at = start + sentence.start()
                meeting = re.sub("^一[个次场届]", "", named[1])
                return shown(view, at + named.start(1), at + named.end(1), f"在{meeting}{after}上的讲话")
    return None


def _named(source: str) -> Shown | None:
    """Return the file's name as a title, where it says something: four Chinese characters at least."""
    name = source
    for _ in range(3):  # 讲话(1).docx.txt
        name = _FILE_ADDS.sub("", _FILE_ENDS.sub("", name)).strip(" _-")
    chinese = len(re.findall("[\u4e00-\u9fff]", name))
    return Shown(name) if chinese >= 4 and not _GENERIC.fullmatch(name) else None


def _first_words(view: View, start: int) -> Shown:
    """Return the opening clauses of the text, the address to the listeners left out."""
    text = view.text
    for block in view.blocks:
        line = text[block.start : block.end]
        if (
            block.start >= start
            and _SUBSTANCE.search(line)
            and not (ADDRESS.fullmatch(line) or _GREETING.fullmatch(line))
        ):
            start = block.start
            break
    address = ADDRESS.match(text, start)
    if address and address[0][-1:] in "：:！!" and _SUBSTANCE.search(text, address.end()):
        start = address.end() + (text[address.end() : address.end() + 1] == "\n")
    if (greeting := _GREETING.match(text, start)) and _SUBSTANCE.search(text, greeting.end()):
        start = greeting.end() + (text[greeting.end() : greeting.end() + 1] == "\n")
    end = text.find("\n", start)
    line = text[start : len(text) if end < 0 else end]
    if len(line) <= _FIRST_WORDS:
        words = line.rstrip("，。！？；：,:;!?") or line
        return shown(view, start, start + len(words)) if words else Shown("无标题")
    ends = [m.start() for m in _CLAUSE_END.finditer(line, 0, _FIRST_WORDS + 1) if m.start() >= 6]
    if ends:
        return shown(view, start, start + ends[-1])
    words = line[: _FIRST_WORDS - 1]
    return shown(view, start, start + len(words), words + "…")
