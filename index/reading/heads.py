"""The head of a document: which lines stand above its text, and what each of them is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from index.names import begins_as_name
from index.reading.characters import CHINESE
from index.reading.kinds import DATE_LINE
from index.reading.lines import MARKER, Line
from index.types import BlockKind
from index.words import is_word

# What official documents are called by their kind; a title ends with one.
GENRE = (
    r"(?:讲话|报告|致辞|致词|演讲|发言|汇报|说明|意见|决定|决议|公报|公告|通告|通知|通报|批复|复函|函|纪要|总结|小结|公示|启事|简章|"
    r"规划|方案|计划|纲要|要点|预案|安排|部署|条例|规定|办法|细则|建议|贺信|贺词|贺电|献词|慰问信|感谢信|公开信|倡议书|提纲|宣言|章程|"
    r"规则|解释|准则|制度|规范|标准|须知|指南|承诺|名单|清单|台账|目录|大事记|议案|提案|答复|谈话|党课|声明|白皮书|令|法|简报|情况|措施)"
)
GENRE_TAIL = r"(?:(?:讲话|发言)?(?:稿|全文|摘要|节选|摘编))?(?:[（(][^（()）]{1,24}[）)]|[〔\[]\d{4}[〕\]])?"
ENDS_AS_TITLE = re.compile(GENRE + GENRE_TAIL + r"》?$")
ISSUER = re.compile(
    r"[^，。：；！？、]{0,30}(?:政府|国务院|委员会|常委会|党委|[县市省区州旗乡镇]委|党组|办公[室厅]|(?:协|学|商|工|联合|理事|董事|基金)会|[^全大格布]局|厅|"
    r"(?:法|医|学|研究|检察)院|[^干全]部|(?:审计|总)署|集团|公司|学校|大学|中心|[支总大]队)$|[^，。：；！？、]{0,8}[省市县区州盟旗镇乡]$"
)
LISTENERS = r"(?:同志们|各位|尊敬的|女士们|朋友们|同胞们|主席先生|乡亲们|同学们|老师们|代表们|委员们)"
ADDRESS = re.compile(
    rf"(?:{LISTENERS}[^。；\n]{{0,150}}?|[^。；\n]{{2,150}}?(?:们|代表|先生|女士|同事|来宾|嘉宾|委员))(?:[：:！!]|$)"
)
_DATED = re.compile(
    rf"[—-]*[（(]?(?:\d{{4}}|[{CHINESE}]{{4}})年(?:\d{{1,2}}|[一二三四五六七八九十]{{1,2}})月"
)
_DATELINE = re.compile(
    r"(?=.*(?:社|报|网|台|\d日)).{2,30}(?:电|讯|消息)(?:[（(][^（）()]{1,20}[）)])*[：:]?(?:（记者.{0,20}）)?$|(?:央视网|新华社|人民网|中新网)[^，。]{0,20}[：:]$"
)
_NUMBER = re.compile(
    r".{0,20}[〔\[（(【]\d{4}[〕\]）)】].{0,3}\d+号?$|第?\s?\d{1,5}\s?号$|.{0,20}令第?\d{1,5}号$"
)
_RED_HEAD = re.compile(
    r"[^，。：]{0,40}文件(?:[^，。：]{0,20})?$|(?:机密|秘密|绝密|特急|加急|急件|内部资料)[★·：]?.{0,10}$|签发人.{0,12}$"
)
_SITE = re.compile(r"[^，。：！？]{0,12}(?:网|网站|门户|正文)$")
_TIME = re.compile(r"[\s\d〇零一二三四五六七八九十年月日时分秒星期:：./()（）-]+(?:来源[：:].*)?$")
_NAME = re.compile(rf"[{CHINESE}*]{{2,4}}$")
_POST = re.compile(
    rf"([{CHINESE}、·（）()*]{{2,30}}) ?([{CHINESE}*]{{2,4}}|[{CHINESE}]{{1,8}}·[{CHINESE}·]{{1,12}})$"
)
_OFFICE = re.compile(
    r"(?:书记|省长|市长|县长|区长|州长|盟长|旗长|镇长|乡长|主席|主任|总理|部长|局长|厅长|院长|校长|会长|董事长|总经理|处长|科长|行长|检察长|秘书长|司令员|政委|组长|代表|常委|委员|专员|所长|站长|队长)$"
)
_LIMIT = 60  # lines looked at: a saved page's menu may stand above the title
_LINE = 120  # characters of a line of the head


class Role(StrEnum):
    """What a line of the head is; OTHER may be the title, or a part of it."""

    OTHER = "other"
    ISSUER = "issuer"
    SUBTITLE = "subtitle"
    DATE = "date"
    SPEAKER = "speaker"
    ASIDE = "aside"  # a label, a caption, a dateline, a number: never the title


@dataclass(slots=True)
class Part:
    """One block of the head: lines[first:last], joined."""

    first: int
    last: int
    text: str
    role: Role
    level: int = 0


def read_head(lines: Sequence[Line]) -> list[Part]:
    """Return the blocks above the text: before the first address, number or full sentence."""
    parts: list[Part] = []
    at = 0
    while at < len(lines) and len(parts) < _LIMIT:
        end = at + 1
        while end < len(lines) and lines[end].joins:
            end += 1
        text = "".join(line.text for line in lines[at:end])
        if begins_text(text, lines[at]):
            break
        parts.append(Part(at, end, text, role_of(text, lines[at].kind), lines[at].level))
        at = end
    return parts


def begins_text(text: str, line: Line) -> bool:
    """Tell whether a block is the first of the text and none of the head."""
    if line.kind is BlockKind.TABLE:
        return True
    if line.kind in (BlockKind.META, BlockKind.CAPTION, BlockKind.ATTACHMENT) or _DATELINE.match(text):
        return False
    if len(text) > _LINE or ADDRESS.match(text) or text.endswith(("：", ":")):
        return True
    if _DATED.match(text) and len(text) <= 80:
        return False
    if MARKER.match(text) and not text.startswith(("——", "附")) and not ENDS_AS_TITLE.search(text):
        return True
    return bool(re.search(r"[。！？；，、][”’」』）)》]?$", text)) and not (
        text[-1] in "！？" and len(text) <= 30
    )


def role_of(text: str, kind: BlockKind) -> Role:
    """Return what a line of the head is."""
    if kind in (BlockKind.META, BlockKind.CAPTION, BlockKind.ATTACHMENT, BlockKind.CONTENTS):
        return Role.ASIDE
    if _TIME.fullmatch(text) or DATE_LINE.fullmatch(text):
        return Role.DATE
    if _DATED.match(text) and (text[0] in "—-（(" or not ENDS_AS_TITLE.search(text)):
        return Role.DATE
    if (
        _SITE.fullmatch(text)
        or _NUMBER.match(text)
        or _DATELINE.match(text)
        or not re.search(r"[^\W\d_]", text)
    ):
        return Role.ASIDE
    if ENDS_AS_TITLE.search(text) and not text.startswith(("—", "-")):
        return Role.OTHER
    if text.startswith(("——", "--", "—")):
        return Role.SUBTITLE
    if text[0] in "（(【[" and text[-1] in "）)】]":
        return Role.ASIDE
    return _person_or_issuer(text)


def _person_or_issuer(text: str) -> Role:
    if "关于" in text:
        return Role.OTHER
    if speaker_of(text):
        return Role.SPEAKER
    if _RED_HEAD.fullmatch(text):
        return Role.ASIDE
    return Role.ISSUER if ISSUER.fullmatch(text) else Role.OTHER


def _may_be_name(text: str) -> bool:
    """Tell whether a line alone is a name rather than a heading: 李明, 白玛赤林; not 前言, 总体要求."""
    return begins_as_name(text) or (len(text) == 4 and not (is_word(text[:2]) and is_word(text[2:])))


def speaker_of(text: str) -> tuple[int, int] | None:
    """Return where the name stands in a line that says who speaks: 县长 李四, 习近平; None where none does."""
    if _NAME.fullmatch(text) and not ISSUER.fullmatch(text) and _may_be_name(text):
        return 0, len(text)
    post = _POST.fullmatch(text)
    if post is None or len(text) > 30:
        return None
    holds_office = _OFFICE.search(post[1].strip())
    apart = " " in text[post.end(1) : post.start(2)]
    if (apart and (holds_office or len(post[2]) <= 3)) or (
        holds_office and len(post[2]) <= 3 and len(text) <= 15
    ):
        return post.span(2)
    return None
