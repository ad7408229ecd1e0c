"""Text -> its title."""

from __future__ import annotations

import re

_SUBSTANCE = re.compile(r"[^\W_]")
_TITLE_LIMIT = 60
_WHOLE_LIMIT = 120  # of a line that ends as titles do: notices name in their titles what they forward
_HEAD_LINES = 12  # title, subtitle, date, speaker and source stand in the first lines
_LOOK = 1_000  # characters of a line that are looked at
_FIRST_WORDS = 20
_GENRE = (
    r"(?:讲话|报告|致辞|演讲|发言|汇报|说明|意见|决定|决议|公报|公告|通告|通知|通报|批复|纪要|总结|"
    r"规划|方案|计划|纲要|要点|条例|规定|办法|细则|建议|贺信|提纲|宣言|章程|规则|解释|法)"
)
_LISTENERS = r"(?:同志们|各位|尊敬的|女士们|朋友们|同胞们|主席先生)"
_WHOLE = re.compile(_GENRE + r"(?:[（(][^（()）]{1,12}[）)])?$")
_RUN_IN = re.compile(
    r"(?:新华社[^，。]{1,15}?电\s*)?(?!" + _LISTENERS + r")([^。！？；：]{4,100}?" + _GENRE + r")"
    r"(?=\s*(?:[（(][^（()）]*年|[※—]|" + _LISTENERS + r")|\s[^。！？；：，]{1,30}?" + _LISTENERS + ")"
)
_ADDRESS = re.compile(
    rf"(?:{_LISTENERS}[^。；\n]{{0,150}}?|[^。；\n]{{2,150}}?(?:们|代表|先生|女士|同事|来宾|嘉宾|委员))(?:[：:！!]\s*|\n)"
)
_NUMBERED = re.compile(
    r"(?:第[一二三四五六七八九十百\d]+[章节条编篇]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d])"
)
_BODY_END = re.compile(r"[。！？；，、：!?;,:][”’』」）)]*$")
_DATE = re.compile(r"[\s\d〇○零一二三四五六七八九十年月日时分秒:：.\-/（）()]+")
_DATED = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
_DATE_AFTER = re.compile(r"\s*[（(][^（()）]*[\d〇○零一二三四五六七八九十]年[^（()）]*[）)]$")
_ASIDE = re.compile(r"[—―\-（(【\[〔]|[^：:]{1,8}[：:].|.*[〔\[（(]\d{4}[〕\])）]\d+号$|[\W_]+$")
_CLAUSE_END = re.compile(r"[\s，。！？；：,:;!?※]")


def find_title(text: str) -> str:
    """Return the title that the text shows, else its first words (… where they stop in mid-clause).

    A title is a line of the head (before the address, the first heading or the first full sentence) that
    ends as titles do (讲话, 工作报告, 意见), else the first line there; where line breaks are lost, what stands
    before （date） or the address.
    """
    lines = [
        line.strip()[:_LOOK] for line in text.lstrip()[: _HEAD_LINES * _LOOK].split("\n") if line.strip()
    ]
    if lines[0].startswith("#") and (heading := lines[0].strip("# ")):
        return heading
    if run_in := _RUN_IN.match(lines[0]):
        return run_in[1].strip()
    return (_title_of_head(_head(lines)) or _first_words(text)).strip()


def _head(lines: list[str]) -> list[str]:
    """Return the lines before the body begins; those that are no title (date, speaker, source) as ""."""
    head: list[str] = []
    for line in lines[:_HEAD_LINES]:
        limit = _WHOLE_LIMIT if _WHOLE.search(line) else _TITLE_LIMIT
        is_aside = _ASIDE.match(line) or _DATE.fullmatch(line) or _is_byline(line)
        is_body = len(line) > limit or _BODY_END.search(line) or _NUMBERED.match(line)
        if _ADDRESS.match(line + "\n") or (is_body and not is_aside):
            break
        head.append("" if is_aside else _DATE_AFTER.sub("", line))
    return head


def _is_byline(line: str) -> bool:
    """Tell whether a line says who or when: 习　近　平, 北京市市长 殷勇, 2020年10月17日 第…次会议通过."""
    last = line.split()[-1]
    is_name = len("".join(line.split())) <= 4 or (last != line and len(last) <= 4 and len(line) <= 25)
    return not _WHOLE.search(line) and bool(is_name or _DATED.match(line))


def _title_of_head(head: list[str]) -> str:
    """Return the title among the head's lines, joined where it runs over two; empty where there is none."""
    for number, line in enumerate(head):
        if _WHOLE.search(line):
            above = head[number - 1] if number else ""
            is_open = line.startswith(("的", "和", "暨")) or (
                above.startswith(("关于", "在", "中共")) and not line.startswith(("关于", "在", "中共"))
            )
            return above + line if above and is_open and not _WHOLE.search(above) else line
    first = next((number for number, line in enumerate(head) if line), None)
    if first is None:
        return ""
    two, after = head[first + 1 : first + 2], head[first + 2 : first + 3]
    if two and two[0] and after == [""]:  # two slogans, then subtitle, date or speaker
        return f"{head[first]} {two[0]}"
    return head[first]


def _first_words(text: str) -> str:
    """Return the opening clauses of the body, the address to the listeners left out."""
    substance = _SUBSTANCE.search(text)
    text = text[substance.start() :] if substance else text
    address = _ADDRESS.match(text)
    if address and _SUBSTANCE.search(text, address.end()):
        text = text[address.end() :].lstrip()
    lines = [line.strip() for line in text.split("\n")]
    line = next((line for line in lines if _SUBSTANCE.search(line)), lines[0])
    if len(line) <= _FIRST_WORDS:
        return line.rstrip("，。！？；：,:;!?") or line
    ends = [m.start() for m in _CLAUSE_END.finditer(line, 0, _FIRST_WORDS + 1) if m.start() >= 6]
    return line[: ends[-1]] if ends else line[: _FIRST_WORDS - 1] + "…"
