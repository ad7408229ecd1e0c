"""View -> title, date, issuer, speaker and kind, each with the place that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.reading.heads import GENRE, GENRE_TAIL, ISSUER, speaker_of
from index.reading.openings import opening_title, shown
from index.reading.view import Block, View
from index.types import BlockKind, DocumentKind, Metadata, Shown

_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_NUMERAL = "[一二三四五六七八九十]{1,3}"
_DATE = re.compile(
    rf"(?P<y>(?:19|20)\d\d|[一二][九〇零][一二三四五六七八九〇零]{{2}}) ?(?:年 ?(?:(?P<m>\d{{1,2}}|{_NUMERAL}) ?月 ?(?:(?P<d>\d{{1,2}}|{_NUMERAL}) ?[日号])?)?"
    r"|[-/.](?P<m2>\d{1,2})[-/.](?P<d2>\d{1,2}))"
)
_DATED_FILE = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?=年|[_ -]\D)")
_PERSON = re.compile(r"(?:报告人|讲话人|主讲人|演讲人|发言人|作者)[：:] ?(.{2,40})$")
_ORGAN = re.compile(
    r"(?:发布机构|发文机关|发文单位|发布单位|制定机关|制定单位|颁布单位|印发单位)[：:] ?([^：\s]{2,40})$"
)
_PUBLISHED = re.compile(r"[【\[]?(?:成文|发文|印发|公布|发布)?(?:时间|日期)[】\]]?[：:]")
_OFFICE = re.compile(
    r"(?<![^\n上， ])([\u4e00-\u9fff*]{2,20}?(?:人民政府|人民法院|人民检察院|委员会|常委会|国务院|党组|[省市县区州旗]委))(?:党组)?"
    r"(?:代?(?:省长|市长|县长|区长|州长|主席|镇长|乡长|旗长|盟长|主任|院长|检察长|书记|秘书长|总理|常务副|副))"
)
_FOR = re.compile(
    r"我(?:们)?(?:受)?[^，。；：！]{0,6}?代表([^，。；：！、向]{0,24}?(?:政府|国务院|委员会|常委会|法院|检察院|党委|[省市县区州]委))"
)
_BEFORE_ABOUT = re.compile(r"([^，。《》“”]{2,30}?)(?:关于|批转|转发|印发)")
_LAST_WORDS = re.compile(r"(?<![^\n上，。])([^，。上\n]{2,30})$")
_SPOKEN = re.compile(r"^[（(][^（）()]{4,40}[）)] ?(习近平|[\u4e00-\u9fff]{2,3})(?=同志们|各位|尊敬的|党的)")
_KINDS = {
    DocumentKind.SPEECH: "讲话|致辞|致词|演讲|发言|贺词|贺信|贺电|献词|谈话|党课|慰问信|感谢信|公开信|倡议书|宣言|声明",
    DocumentKind.COMMUNIQUE: "公报",
    DocumentKind.REPORT: "报告|汇报|总结|小结|说明|大事记|简报|情况|白皮书",
    DocumentKind.NOTICE: "公告|通告|通知|通报|批复|复函|函|公示|启事|简章|答复|令|须知|名单",
    DocumentKind.PLAN: "规划|方案|计划|纲要|要点|预案|安排|部署|措施",
    DocumentKind.REGULATION: "条例|规定|办法|细则|章程|规则|解释|准则|制度|规范|标准|法",
}
_ENDING = re.compile(f"({GENRE}){GENRE_TAIL}》?$")
_OPENINGS = (
    (DocumentKind.REPORT, re.compile(r"向大会[^，。]{0,8}(?:报告|汇报)")),
    (DocumentKind.REGULATION, re.compile(r"^第一条 ?\S", re.M)),
    (
        DocumentKind.SPEECH,
        re.compile(
            r"^(?:同志们|各位[^，。\n]{1,12}|女士们)[^。\n]{0,60}[：！:!]|(?:今天|这次会议)[^。]{0,60}我",
            re.M,
        ),
    ),
)
_LOOK = 1_500  # characters of the text's beginning that are looked at


def read_metadata(view: View, source: str = "") -> Metadata:
    """Return what a document shows about itself; there is always a title."""
    head = [b for b in view.blocks[:80] if b.kind in (BlockKind.TITLE, BlockKind.META)]
    title = shown(view, *view.title) if view.title else opening_title(view, source)
    end = view.title[1] if view.title else 0 if title.end is None else view.locate(title.end - 1) + 1
    return Metadata(
        title=title,
        date=_date(view, head, end) or _file_date(source),
        issuer=_issuer(view, head),
        speaker=_speaker(view, head, end),
        kind=_kind(view, title),
    )


# --- the date ---------------------------------------------------------------------------------------


def _date(view: View, head: Sequence[Block], title_end: int) -> Shown | None:
    """Return the day of the speech, of adoption or signature, else of publication, else the title's year."""
    titles = [b for b in head if b.kind is BlockKind.TITLE]
    labels = [b for b in head if b.kind is BlockKind.META]
    signed = [b for b in view.blocks if b.kind is BlockKind.SIGNATURE]
    first = view.blocks[0] if view.blocks else None
    run_in = (
        [Block(title_end, min(title_end + 40, first.end), first.kind)]
        if first and title_end < first.end
        else []
    )
    found = [
        *(d for b in [*titles, *run_in] for d in _dates(view, b.start, b.end)),
        *(d for b in reversed(signed) for d in _dates(view, b.start, b.end)),
        *(
            d
            for b in labels
            if _PUBLISHED.match(view.text, b.start, b.end)
            for d in _dates(view, b.start, b.end)
        ),
        *(d for b in labels for d in _dates(view, b.start, b.end)),
        *(
            d
            for b in view.blocks[-1:]
            for d in _dates(view, max(b.start, b.end - 60), b.end)
            if "（" in view.text[b.end - 60 : b.end]
        ),
    ]
    return max(found, key=lambda d: len(d.value) > 4, default=None)


def _file_date(source: str) -> Shown | None:
    """Return the year that stands in the file's name: 2024年政府工作报告.txt."""
    found = _DATED_FILE.search(source)
    return Shown(_number(found["y"])) if found else None


def _dates(view: View, start: int, end: int) -> Iterator[Shown]:
    for match in _DATE.finditer(view.text, start, end):
        parts = [_number(match["y"]), _number(match["m"] or match["m2"]), _number(match["d"] or match["d2"])]
        known = [part for part in parts if part]
        if (len(known) < 2 or 1 <= int(known[1]) <= 12) and (len(known) < 3 or 1 <= int(known[2]) <= 31):
            if match["y"].isdecimal() and len(known) == 1 and match[0][-1] != "年":
                continue
            yield shown(view, *match.span(), "-".join(part.zfill(2) for part in known))


def _number(numeral: str | None) -> str:
    """Return 二〇二四, 十二, 二十一 or 7 in digits; empty for none."""
    if not numeral or numeral.isdecimal():
        return numeral or ""
    if "十" not in numeral:
        return "".join(_DIGITS[char] for char in numeral)
    tens, _, ones = numeral.partition("十")
    return f"{_DIGITS.get(tens, '1')}{_DIGITS.get(ones, '0')}"


# --- issuer, speaker, kind --------------------------------------------------------------------------


def _issuer(view: View, head: Sequence[Block]) -> Shown | None:
    """Return who issues it: what a label, the title, the speaker's office, the signature or the report says."""
    text = view.text
    for block in head:
        if organ := _ORGAN.match(text, block.start, block.end):
            return shown(view, *organ.span(1))
    about = _BEFORE_ABOUT.match(text, *view.title) if view.title else None
    if about and (ISSUER.fullmatch(about[1]) or about[1].startswith(("中共", "国务院"))):
        return shown(view, *about.span(1))
    for block in head:
        if block.kind is BlockKind.TITLE and (office := _OFFICE.search(text, block.start, block.end)):
            return shown(view, *office.span(1))
    signed = [b for b in view.blocks if b.kind is BlockKind.SIGNATURE]
    for block in signed:
        if ISSUER.fullmatch(text, block.start, block.end) or text[block.start : block.end] == "国务院":
            return shown(view, block.start, block.end)
    for block in head:
        if (
            block.kind is BlockKind.TITLE
            and block.start != (view.title or (-1,))[0]
            and ISSUER.fullmatch(text, block.start, block.end)
        ):
            return shown(view, block.start, block.end)
    said = _FOR.search(text, 0, _LOOK)
    return shown(view, *said.span(1)) if said else None


def _speaker(view: View, head: Sequence[Block], title_end: int) -> Shown | None:
    """Return who speaks: the name in a line of the head, after a label, or after （date） in text without lines."""
    text = view.text
    for block in head:
        if label := _PERSON.match(text, block.start, block.end):
            place = speaker_of(label[1])
            start = block.start + label.start(1) - block.start
            return shown(view, *((start + place[0], start + place[1]) if place else label.span(1)))
    for block in head:
        start = max(block.start, view.title[1] if view.title else 0)
        named = _LAST_WORDS.search(text, start, block.end) if start < block.end else None
        place = speaker_of(named[1]) if named and block.kind is BlockKind.TITLE else None
        if named and place:
            return shown(view, named.start(1) + place[0], named.start(1) + place[1])
    if said := _SPOKEN.match(text[title_end : title_end + 60]):
        return shown(view, title_end + said.start(1), title_end + said.end(1))
    return None


def _kind(view: View, title: Shown) -> Shown:
    """Return what sort of document it is: by the last word of the title that says so, else by how the text opens."""
    ending = _ENDING.search(title.value)
    if ending and title.start is not None:
        kind = next((k for k, words in _KINDS.items() if ending[1] in words.split("|")), DocumentKind.OTHER)
        return Shown(kind, title.start, title.end)
    for kind, pattern in _OPENINGS:
        if said := pattern.search(view.text, 0, _LOOK):
            return shown(view, *said.span(), kind)
    return Shown(DocumentKind.OTHER)
